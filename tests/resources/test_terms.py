from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.rules.callback_rules import CallbackKind, Exclusion, Reason
from models.rules.rights import BUILTIN_GROUPS, Right
from models.rules.ticket_life import RESULTS, Action, State
from models.rules.warranty import WarrantyItem
from resources import translations
from resources.terms import TERMS, choices, codes, label, marked, symbol


@pytest.fixture
def english() -> Iterator[None]:
    translations.use("en")
    yield
    translations.use(translations.SOURCE_LANGUAGE)


@pytest.mark.parametrize(
    ("vocabulary", "used"),
    [
        ("ticket.state", State),
        ("ticket.action", Action),
        ("ticket.event", Action),
        ("ticket.result", RESULTS),
        ("callback.kind", CallbackKind),
        ("callback.reason", Reason),
        ("callback.exclusion", Exclusion),
        ("warranty.item", WarrantyItem),
        ("right", Right),
        ("permission_group", [group.code for group in BUILTIN_GROUPS]),
    ],
)
def test_every_code_of_the_rules_has_its_word(vocabulary: str, used: object) -> None:
    assert {str(code) for code in used} <= set(codes(vocabulary))  # type: ignore[attr-defined]


def test_every_state_has_a_sign_of_its_own() -> None:
    signs = [symbol("ticket.state", code) for code in codes("ticket.state")]
    assert all(signs)
    assert len(set(signs)) == len(signs)


def test_words_unknown_codes_and_none() -> None:
    assert label("ticket.state", "dispatched") == "已派单"
    assert marked("ticket.state", "dispatched") == "▶ 已派单"
    assert marked("ticket.kind", "repair") == "报修"
    assert label("ticket.state", "teleported") == "teleported"
    assert label("ticket.state", None) == ""
    with pytest.raises(KeyError):
        label("ticket.colour", "red")


def test_labels_of_one_vocabulary_differ() -> None:
    for vocabulary, words in TERMS.items():
        assert len(set(words.values())) == len(words), vocabulary


@pytest.mark.usefixtures("english")
def test_every_term_has_english() -> None:
    for vocabulary in TERMS:
        for code, word in choices(vocabulary):
            assert not any("一" <= sign <= "鿿" for sign in word), (vocabulary, code, word)
