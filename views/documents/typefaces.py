"""The faces on paper: which face has a character, how wide it is, and its bytes in one PDF.

reportlab alone would lose a character that a face lacks and write a wrong copy-and-paste map for characters
beyond the BMP; both are put right here. Faces are read from disk when the first character needs them.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reportlab import rl_config
from reportlab.pdfbase import ttfonts

from models.errors import DomainError
from resources import fonts

MISSING_MARK = "□"
_CHUNK = 100  # entries in one bfchar block, by the PDF specification

rl_config.useA85 = 0  # binary streams: a fifth smaller, and nothing reads our files as seven-bit text


def to_unicode_map(name: str, subset: list[int]) -> str:
    """The PDF map from the codes of one *subset* (code → code point) to UTF-16, so that text copies right."""
    entries = [
        f"<{code:02X}> <{chr(point).encode('utf-16-be').hex().upper()}>" for code, point in enumerate(subset)
    ]
    blocks = [entries[start : start + _CHUNK] for start in range(0, len(entries), _CHUNK)]
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        f"/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def",
        f"/CMapName /{name} def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        f"<00> <{len(subset) - 1:02X}>",
        "endcodespacerange",
    ]
    for block in blocks:
        lines += [f"{len(block)} beginbfchar", *block, "endbfchar"]
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines)


class _EmbeddedFont(ttfonts.TTFont):
    """reportlab's subset font with the right copy-and-paste map."""

    def addObjects(self, doc: Any) -> None:
        subsets = self._assignState(doc).subsets  # type: ignore[attr-defined]
        super().addObjects(doc)
        for number, subset in enumerate(subsets):
            name = (ttfonts.SUBSETN(number) + b"+" + self.face.name + self.face.subfontNameX).decode("pdfdoc")
            doc.idToObject["toUnicodeCMap:" + name].content = to_unicode_map(name, subset)


@dataclass(frozen=True)
class Glyph:
    """How a character is set: number of the face, width as a part of the type size, and what is drawn."""

    face: int
    width: float
    drawn: str
    is_missing: bool = False


def _is_ignorable(character: str) -> bool:
    """Whether the character has no picture of its own (controls, joiners, variation selectors)."""
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return True
    return unicodedata.category(character) in ("Cc", "Cf")


class Typeface:
    """One weight: the main face and the fall-back faces behind it, in order."""

    def __init__(self, weight: str, files: Mapping[str, Path]) -> None:
        self._files = list(files.items())
        self._fonts: dict[int, _EmbeddedFont] = {}
        self.weight = weight
        self.glyphs: dict[str, Glyph] = {}

    def font(self, face: int) -> _EmbeddedFont:
        """The reportlab font of face number *face*, read now if it was not."""
        if face not in self._fonts:
            key, path = self._files[face]
            self._fonts[face] = _EmbeddedFont(key, str(path), asciiReadable=0, shapable=False)
        return self._fonts[face]

    def glyph(self, character: str) -> Glyph:
        """How *character* is set; a box, flagged as missing, if no face has it."""
        known = self.glyphs.get(character)
        if known is None:
            known = self.glyphs[character] = self._look_up(character)
        return known

    def _look_up(self, character: str) -> Glyph:
        shown = " " if character in "\t\u00a0" else character
        code = ord(shown)
        if _is_ignorable(shown):
            return Glyph(0, 0.0, "")
        for face in range(len(self._files)):
            widths: Any = self.font(face).face
            if code in widths.charToGlyph:
                return Glyph(face, widths.getCharWidth(code) / 1000, shown)
        box = self.glyph(MISSING_MARK)
        return Glyph(box.face, box.width, MISSING_MARK, is_missing=True)

    def width(self, text: str, size: float) -> float:
        """Width of *text* in pt at *size* pt."""
        glyphs = self.glyphs
        try:
            return size * sum([glyphs[character].width for character in text])
        except KeyError:
            return size * sum([self.glyph(character).width for character in text])

    def runs(self, text: str) -> list[tuple[int, str]]:
        """*text* as drawn, cut where the face changes: (number of the face, piece)."""
        result: list[tuple[int, str]] = []
        current = 0
        piece: list[str] = []
        for character in text:
            glyph = self.glyph(character)
            if glyph.face != current and glyph.drawn:
                if piece:
                    result.append((current, "".join(piece)))
                current, piece = glyph.face, []
            piece.append(glyph.drawn)
        if piece:
            result.append((current, "".join(piece)))
        return result


@dataclass(frozen=True)
class Typefaces:
    """Both weights. reportlab's fonts keep state while a file is written: hold ``lock`` from first to last
    page."""

    regular: Typeface
    bold: Typeface
    lock: threading.RLock

    def of(self, *, bold: bool) -> Typeface:
        return self.bold if bold else self.regular


def _weight(files: Mapping[str, Path], style: str) -> Typeface:
    return Typeface(style, {key: path for key, path in files.items() if key.endswith(style)})


@cache
def typefaces() -> Typefaces:
    """The program's faces, opened once a process; ``DomainError("fonts-not-built")`` if not made yet."""
    try:
        files = fonts.paths()
    except fonts.FontsNotBuiltError as error:
        raise DomainError("fonts-not-built", command="python -m resources.fonts") from error
    return Typefaces(_weight(files, "regular"), _weight(files, "bold"), threading.RLock())


def printable(text: str) -> str:
    """*text* with line ends as ``\\n`` and letters joined with their accents where one character exists for
    both."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if any(unicodedata.combining(character) for character in text):
        text = unicodedata.normalize("NFC", text)
    return text
