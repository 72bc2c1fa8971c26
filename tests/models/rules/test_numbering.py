from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.numbering import complete, counter_key, parse, sheet_number, ticket_number

TODAY = date(2026, 11, 21)


def test_the_form_of_a_number() -> None:
    assert ticket_number("B", TODAY, 42) == "B-261121-0042"
    assert ticket_number("B", TODAY, 12345) == "B-261121-12345"
    assert sheet_number("B", TODAY, 3) == "HF-B-261121-003"
    for letters, count in (("b", 1), ("", 1), ("B", 0)):
        with pytest.raises(ValueError, match="number"):
            ticket_number(letters, TODAY, count)
    with pytest.raises(ValueError, match="counted"):
        sheet_number("B", TODAY, 0)


@given(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=3),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.integers(1, 999_999),
)
def test_what_is_written_reads_back(letters: str, day: date, count: int) -> None:
    text = ticket_number(letters, day, count)
    for spelling in (text, text.lower(), text.replace("-", ""), f" {text} "):
        found = parse(spelling)
        assert found is not None
        assert (found.letters, found.day, found.count) == (letters, day, count)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("42", "B-261121-0042"),
        ("0042", "B-261121-0042"),
        ("a42", "A-261121-0042"),
        ("261119-7", "B-261119-0007"),
        ("Ａ－２６１１２１－００４１", "A-261121-0041"),
        ("B2611210042", "B-261121-0042"),
    ],
)
def test_a_short_saying_means_this_desk_today(said: str, meant: str) -> None:
    assert complete(said, "B", TODAY) == meant


@pytest.mark.parametrize(
    "text", ["", "漏水", "B-261341-0001", "0", "261341-7", "ABCD-261121-0001", "B-261121-0000"]
)
def test_what_is_no_number(text: str) -> None:
    assert parse(text) is None
    assert complete(text, "B", TODAY) is None


def test_each_scope_desk_and_day_counts_by_itself() -> None:
    keys = {
        counter_key(s, d, day)
        for s in ("ticket", "sheet")
        for d in "AB"
        for day in (TODAY, date(2026, 11, 22))
    }
    assert len(keys) == 8
