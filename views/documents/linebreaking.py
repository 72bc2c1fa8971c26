"""Breaks text into lines by the rules of Chinese typesetting (避头尾), keeping track of where each line came
from."""

from __future__ import annotations

from dataclasses import dataclass

from views.documents.typefaces import Typeface

CANNOT_START = frozenset(
    "!%),.:;?]}°·’”…‰℃℉、。〃々〉》」』】〕〗〞︰！＂％＇），．：；？］｝～￠ー～—－|/\"'"
)
CANNOT_END = frozenset("([{£¥‘“〈《「『【〔〖〝（［｛￡￥＄$#＃№@")


@dataclass(frozen=True)
class Line:
    """One line: what is drawn, and the half-open range of the source text that it stands for."""

    text: str
    start: int
    end: int


def _is_wide(character: str) -> bool:
    """Whether a line may end on either side of the character without a space (ideographs, kana, hangul,
    full-width)."""
    return character >= "\u2e80"


def may_break(before: str, after: str) -> bool:
    """Whether a line may end between the two characters."""
    if after in CANNOT_START or before in CANNOT_END or after.isspace():
        return False
    if before.isspace():
        return True
    return _is_wide(before) or _is_wide(after) or before == "-"


def _break_paragraph(text: str, base: int, face: Typeface, size: float, width: float) -> list[Line]:
    """Lines of one paragraph (no ``\\n``); *base* is where it begins in the whole text."""
    lines: list[Line] = []
    limit = width / size
    start, chance, used, used_at_chance = 0, 0, 0.0, 0.0
    for index, character in enumerate(text):
        advance = face.glyph(character).width
        if index > start and may_break(text[index - 1], character):
            chance, used_at_chance = index, used
        while used + advance > limit and index > start and not character.isspace():
            end = chance if chance > start else index
            used -= used_at_chance if chance > start else used
            lines.append(Line(text[start:end].rstrip(), base + start, base + end))
            start = end
        used += advance
    lines.append(Line(text[start:].rstrip(), base + start, base + len(text)))
    return lines


def break_text(text: str, face: Typeface, size: float, width: float) -> list[Line]:
    """*text* in lines no wider than *width* pt; an empty text has no line.

    A word or number that is wider than a line is cut where the line is full. White space at a line's end is
    not drawn; every other character is in exactly one line.
    """
    lines: list[Line] = []
    base = 0
    for paragraph in text.split("\n") if text else ():
        if face.width(paragraph, size) <= width:
            lines.append(Line(paragraph.rstrip(), base, base + len(paragraph)))
        else:
            lines += _break_paragraph(paragraph, base, face, size, width)
        base += len(paragraph) + 1
    return lines


def shorten(line: Line, face: Typeface, size: float, width: float) -> Line:
    """The beginning of *line* that fits into *width*, ending where a line may end; possibly nothing."""
    used, chance = 0.0, 0
    text = line.text
    for index, character in enumerate(text):
        if index and may_break(text[index - 1], character):
            chance = index
        used += face.glyph(character).width * size
        if used > width:
            return Line(text[:chance].rstrip(), line.start, line.start + chance)
    return Line(text, line.start, line.end)
