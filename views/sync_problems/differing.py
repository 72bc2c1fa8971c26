"""Where two texts differ. Free of Qt."""

from __future__ import annotations

from difflib import SequenceMatcher

Spans = list[tuple[int, int]]
SHORTEST = 12
"""Characters from which on marking helps: two codes or names differ as a whole."""
COMPARED = 2_000
"""Of longer texts only the common beginning and end are found: a character-wise comparison takes seconds."""
AT_LEAST = 0.3
"""Texts less alike than this differ as a whole."""


def differing(one: str, other: str) -> tuple[Spans, Spans]:
    """(start, end) of what is only in *one*, and of what is only in *other*; nothing where marking all of
    both would say no more."""
    if min(len(one), len(other)) < SHORTEST or one == other:
        return [], []
    if max(len(one), len(other)) > COMPARED:
        return _by_ends(one, other)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.ratio() < AT_LEAST:
        return [], []
    left: Spans = []
    right: Spans = []
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag != "equal":
            left.append((start, end))
            right.append((other_start, other_end))
    return [span for span in left if span[0] < span[1]], [span for span in right if span[0] < span[1]]


def _by_ends(one: str, other: str) -> tuple[Spans, Spans]:
    shorter = min(len(one), len(other))
    begin = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    most = shorter - begin
    end = next((at for at in range(most) if one[-1 - at] != other[-1 - at]), most)
    spans = (begin, len(one) - end), (begin, len(other) - end)
    return tuple([span] if span[0] < span[1] else [] for span in spans)  # type: ignore[return-value]
