"""Tokens answer one and two characters exactly, and never lose a longer word."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from models.search.text import number_query, number_tokens, text_query, text_tokens, words

TEXTS = st.text(alphabet="漏水厨房门aB1２。， \n", max_size=20)


def _tokens_of(query: str) -> set[str] | None:
    asked = text_query(query)
    return None if asked is None else {token.strip('"') for token in asked.expression.split(" AND ")}


@given(TEXTS, st.integers(0, 19), st.integers(1, 6))
@example("厨房漏水，急", 2, 4)
def test_what_is_in_a_text_is_among_its_tokens(text: str, start: int, length: int) -> None:
    asked = _tokens_of(text[start : start + length])
    assert asked is None or asked <= text_tokens([text])


@given(TEXTS, st.text(alphabet="漏水厨房门", min_size=1, max_size=2))
def test_one_and_two_characters_need_no_second_look(text: str, query: str) -> None:
    asked = text_query(query)
    assert asked is not None
    assert asked.is_exact
    assert ({token.strip('"') for token in asked.expression.split(" AND ")} <= text_tokens([text])) == (
        query in text
    )


def test_pairs_that_are_not_neighbours_are_seen_through() -> None:
    asked = text_query("漏水管")
    assert asked is not None
    assert not asked.is_exact
    assert not asked.contains(["漏水，水管"])
    assert asked.contains(["楼上漏水管道井"])


def test_words_do_not_run_across_fields() -> None:
    asked = text_query("房漏")
    assert asked is not None
    assert not asked.contains(["厨房", "漏水"])
    assert "房漏" not in text_tokens(["厨房", "漏水"])


def test_width_and_case_do_not_matter() -> None:
    assert text_tokens(["ＷＩＦＩ"]) == text_tokens(["wifi"])
    assert words("ＷiＦi 漏水") == ["wifi", "漏水"]


def test_single_letters_and_punctuation_ask_nothing() -> None:
    assert text_query("1") is None
    assert text_query("a") is None
    assert text_query("，。") is None
    assert text_query("") is None


def test_a_ticket_number_is_known_however_it_is_typed() -> None:
    tokens = number_tokens("B-261121-0042")
    for typed in (
        "B-261121-0042",
        "b2611210042",
        "Ｂ-261121-0042",
        "261121-0042",
        "B 261121 0042",
        "0042",
        "42",
        "B42",
    ):
        asked = number_query(typed)
        assert asked is not None, typed
        expression, _ = asked
        token = expression.strip('"*')
        assert token in tokens or (
            expression.endswith("*") and any(t.startswith(token.strip('"')) for t in tokens)
        )
    assert number_query("A42") != number_query("B42")
    assert number_query("漏水") is None
