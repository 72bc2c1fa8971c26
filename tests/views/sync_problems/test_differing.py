"""Where two texts differ is marked, and only where marking says more than the texts do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from views.sync_problems.differing import COMPARED, Spans, differing
from views.widgets.marked_text import Marked

LONG = "楼道灯夜里偏暗，老人下楼不方便，希望换成声控灯"


def marked(text: str, spans: Spans) -> list[str]:
    return [piece for piece, is_marked in Marked(text, spans).pieces() if is_marked]


def test_a_changed_word_is_marked_on_both_sides() -> None:
    other = LONG.replace("声控", "感应")
    one_spans, other_spans = differing(LONG, other)
    assert marked(LONG, one_spans) == ["声控"]
    assert marked(other, other_spans) == ["感应"]


@pytest.mark.parametrize(
    ("one", "other"), [("紧急", "一般"), (LONG, LONG), (LONG, "完全是另外一回事情了，毫不相干呢")]
)
def test_short_same_and_altogether_different_ones_are_not_marked(one: str, other: str) -> None:
    assert differing(one, other) == ([], [])


@given(st.text(min_size=12, max_size=60), st.text(min_size=12, max_size=60))
def test_what_is_not_marked_is_the_same_on_both_sides(one: str, other: str) -> None:
    one_spans, other_spans = differing(one, other)
    if one_spans or other_spans:
        left = [piece for piece, is_marked in Marked(one, one_spans).pieces() if not is_marked]
        right = [piece for piece, is_marked in Marked(other, other_spans).pieces() if not is_marked]
        assert "".join(left) == "".join(right)


def test_very_long_ones_are_compared_at_their_ends_at_once() -> None:
    one = "甲" * COMPARED * 50 + "中" + "乙" * COMPARED
    other = one.replace("中", "间里")
    one_spans, other_spans = differing(one, other)
    assert marked(one, one_spans) == ["中"]
    assert marked(other, other_spans) == ["间里"]
