"""Lines end where Chinese typesetting lets them, are never too wide, and hold every character."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from views.documents.linebreaking import CANNOT_END, CANNOT_START, Line, break_text, may_break, shorten
from views.documents.typefaces import typefaces

FACE = typefaces().regular
TEXT = st.text(
    st.sampled_from("漏水修好了，。！？；：、（）《》“”abcXYZ 019.-%¥\n") | st.sampled_from("喆𬭎𠮷한"),
    max_size=200,
)


def lines_of(text: str, width: float, size: float = 10) -> list[str]:
    return [line.text for line in break_text(text, FACE, size, width)]


def test_an_empty_text_has_no_line_and_an_empty_paragraph_has_one() -> None:
    assert lines_of("", 100) == []
    assert lines_of("甲\n\n乙", 100) == ["甲", "", "乙"]


@pytest.mark.parametrize("mark", "，；：？！。、）》”")
def test_no_line_begins_with(mark: str) -> None:
    lines = lines_of(f"一二三四五六七八九十{mark}甲乙", 100)
    assert lines == ["一二三四五六七八九", f"十{mark}甲乙"]


@pytest.mark.parametrize("mark", "（《“")
def test_no_line_ends_with(mark: str) -> None:
    assert lines_of(f"一二三四五六七八九{mark}十甲", 100) == ["一二三四五六七八九", f"{mark}十甲"]


def test_words_and_numbers_are_not_parted() -> None:
    assert lines_of("请打电话 18909711443", 75) == ["请打电话", "18909711443"]
    assert lines_of("请打电话18909711443", 75) == ["请打电话", "18909711443"]
    assert lines_of("the valve broke", 60) == ["the valve", "broke"]


def test_a_word_wider_than_the_line_is_cut_where_it_is_full() -> None:
    lines = lines_of("W" * 30, 100)
    assert len(lines) > 1
    assert "".join(lines) == "W" * 30


@given(text=TEXT, width=st.floats(20, 300))
def test_lines_fit_and_hold_everything(text: str, width: float) -> None:
    lines = break_text(text, FACE, 10, width)
    assert all(FACE.width(line.text, 10) <= width + 0.01 for line in lines)
    assert "".join("".join(line.text.split()) for line in lines) == "".join(text.split())
    for line in lines:
        assert text[line.start : line.end].rstrip() == line.text
    for before, after in pairwise(lines):
        assert before.end <= after.start
        assert not text[before.end : after.start].strip()


@given(text=TEXT.map(lambda text: text.replace("\n", "")), width=st.floats(10, 200))
def test_shortening_keeps_a_beginning_that_fits(text: str, width: float) -> None:
    line = Line(text.rstrip(), 0, len(text))
    short = shorten(line, FACE, 10, width)
    assert text.startswith(short.text)
    assert FACE.width(short.text, 10) <= width + 0.01
    assert text[short.end :].strip() == text[len(short.text) :].strip()


def test_the_rules_name_no_character_on_both_sides() -> None:
    assert not CANNOT_START & CANNOT_END
    assert may_break("漏", "水")
    assert not may_break("漏", "，")
    assert not may_break("1", "5")
