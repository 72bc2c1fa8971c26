"""Draws: ``Sheet`` collects one page's ink, ``Paper`` writes pages into one PDF file.

Positions are in pt from the upper left corner of the page. A sheet's ink can be written to several pages (the
copies of a slip), so that only what differs is drawn again. Text goes straight into the page's stream: one
encoding of a text is used again wherever it recurs.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from reportlab.pdfgen.canvas import Canvas

from views.documents.typefaces import Typeface, Typefaces, typefaces

_Encoded = tuple[tuple[str, str], ...]


class _Canvas(Canvas):
    """reportlab's canvas without the Helvetica that it mentions on every page."""

    def _make_preamble(self) -> None:
        self._preamble = ""


class Paper:
    """A PDF being written. Use under ``typefaces().lock``; ``finish`` gives the bytes."""

    def __init__(self, title: str, language: str, subject: str = "") -> None:
        self.faces: Typefaces = typefaces()
        self.missing: dict[str, None] = {}
        self.pages = 0
        self._buffer = io.BytesIO()
        self._canvas = _Canvas(self._buffer, pageCompression=1, invariant=1, lang=language)
        self._canvas.setTitle(title)
        self._canvas.setSubject(subject)
        self._canvas.setCreator("qiantai")
        self._stamps: list[str] = []
        self._encoded: dict[tuple[str, bool], _Encoded] = {}

    def encode(self, text: str, *, bold: bool) -> _Encoded:
        """*text* as pairs of a PDF font name and a hexadecimal string."""
        known = self._encoded.get((text, bold))
        if known is not None:
            return known
        face: Typeface = self.faces.of(bold=bold)
        doc: Any = self._canvas._doc  # type: ignore[attr-defined]
        pieces: list[tuple[str, str]] = []
        for number, run in face.runs(text):
            font = face.font(number)
            for subset, codes in font.splitString(run, doc):
                pieces.append((font.getSubsetInternalName(subset, doc), codes.hex()))
        for character in text:
            if face.glyph(character).is_missing:
                self.missing[character] = None
        result = tuple(pieces)
        self._encoded[text, bold] = result
        return result

    def take_missing(self) -> list[str]:
        """Characters without a glyph that were met since the last call, each once.

        Texts met before count again: the memory of encoded texts forgets those that had one.
        """
        found = list(self.missing)
        if found:
            marked = set(found)
            self._encoded = {key: value for key, value in self._encoded.items() if marked.isdisjoint(key[0])}
        self.missing.clear()
        return found

    def add_stamp(self, ink: Iterable[str], width: float, height: float) -> str:
        """Keep ink that several pages share once in the file; gives the name that ``add_page`` takes."""
        name = f"s{len(self._stamps)}"
        self._canvas.beginForm(name, 0, 0, width, height)
        self._canvas.addLiteral("\n".join(ink))
        self._canvas.endForm()
        self._stamps.append(name)
        return name

    def add_page(self, width: float, height: float, ink: Iterable[str], stamp: str = "") -> None:
        """One page of *width* × *height* pt with a stamp, if given, and the ink of one or more sheets."""
        self._canvas.setPageSize((width, height))
        if stamp:
            self._canvas.doForm(stamp)
        self._canvas.addLiteral("\n".join(ink))
        self._canvas.showPage()
        self.pages += 1

    def finish(self) -> bytes:
        """The whole file."""
        self._canvas.save()
        return self._buffer.getvalue()


def _n(value: float) -> str:
    return f"{value:.2f}"


class Sheet:
    """The ink of one page that is *height* pt high."""

    def __init__(self, paper: Paper, height: float) -> None:
        self.paper = paper
        self.height = height
        self.ink: list[str] = []
        self._grey = -1.0
        self._stroke = (-1.0, -1.0)

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """Width of *text* in pt."""
        return self.paper.faces.of(bold=bold).width(text, size)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        grey: float = 0.0,
        spacing: float = 0.0,
        upwards: bool = False,
    ) -> None:
        """Set one line with its baseline at *y*; *spacing* pt between characters; *upwards* turned by 90°."""
        pieces = self.paper.encode(text, bold=bold)
        if not pieces:
            return
        self._set_grey(grey)
        place = "0 1 -1 0" if upwards else "1 0 0 1"
        parts = [f"BT {place} {_n(x)} {_n(self.height - y)} Tm"]
        if spacing:
            parts.append(f"{_n(spacing)} Tc")
        for font, codes in pieces:
            parts.append(f"{font} {_n(size)} Tf <{codes}> Tj")
        if spacing:
            parts.append("0 Tc")
        parts.append("ET")
        self.ink.append(" ".join(parts))

    def text_right(
        self, right: float, y: float, text: str, size: float, *, bold: bool = False, grey: float = 0
    ) -> None:
        """Set one line that ends at *right*."""
        self.text(right - self.width(text, size, bold=bold), y, text, size, bold=bold, grey=grey)

    def text_centre(
        self,
        centre: float,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        grey: float = 0,
        spacing: float = 0,
    ) -> None:
        """Set one line around *centre*."""
        width = self.width(text, size, bold=bold) + spacing * max(0, len(text) - 1)
        self.text(centre - width / 2, y, text, size, bold=bold, grey=grey, spacing=spacing)

    def _set_grey(self, grey: float) -> None:
        if grey != self._grey:
            self._grey = grey
            self.ink.append(f"{_n(grey)} g")

    def _set_stroke(self, thickness: float, grey: float) -> None:
        if (thickness, grey) != self._stroke:
            self._stroke = (thickness, grey)
            self.ink.append(f"{_n(thickness)} w {_n(grey)} G")

    def lines(
        self, segments: Sequence[tuple[float, float, float, float]], thickness: float, grey: float = 0
    ) -> None:
        """Draw straight lines (x1, y1, x2, y2), square at their ends."""
        if not segments:
            return
        self._set_stroke(thickness, grey)
        top = self.height
        moves = [f"{_n(a)} {_n(top - b)} m {_n(c)} {_n(top - d)} l" for a, b, c, d in segments]
        self.ink.append("2 J " + " ".join(moves) + " S 0 J")

    def box(
        self, x: float, y: float, width: float, height: float, *, thickness: float, grey: float = 0
    ) -> None:
        """Draw the outline of a rectangle."""
        self._set_stroke(thickness, grey)
        self.ink.append(f"{_n(x)} {_n(self.height - y - height)} {_n(width)} {_n(height)} re S")

    def fill(self, rectangles: Iterable[tuple[float, float, float, float]], grey: float = 0) -> None:
        """Fill rectangles (x, y, width, height)."""
        self._set_grey(grey)
        top = self.height
        parts = [f"{_n(x)} {_n(top - y - h)} {_n(w)} {_n(h)} re" for x, y, w, h in rectangles]
        if parts:
            self.ink.append(" ".join(parts) + " f")

    def grid(self, x: float, y: float, step: float, runs: Iterable[tuple[int, int, int]]) -> None:
        """Fill runs (column, row, length) of a grid of squares *step* pt wide, its upper left corner at (x,
        y)."""
        self._set_grey(0)
        squares = " ".join([f"{column} {row} {length} 1 re" for column, row, length in runs])
        self.ink.append(f"q {step:.5f} 0 0 {-step:.5f} {_n(x)} {_n(self.height - y)} cm {squares} f Q")

    def rounded_box(
        self, x: float, y: float, width: float, height: float, *, radius: float, thickness: float
    ) -> None:
        """Draw the outline of a rectangle with round corners."""
        self._set_stroke(thickness, 0)
        left, right, high, low = x, x + width, self.height - y, self.height - y - height
        r, k = radius, radius * 0.4477
        corners = (
            (right - k, low, right, low + k, right, low + r, right, high - r),
            (right, high - k, right - k, high, right - r, high, left + r, high),
            (left + k, high, left, high - k, left, high - r, left, low + r),
            (left, low + k, left + k, low, left + r, low, right - r, low),
        )
        path = [f"{_n(right - r)} {_n(low)} m"]
        for corner in corners:
            points = [_n(value) for value in corner]
            path.append(f"{' '.join(points[:6])} c {' '.join(points[6:])} l")
        self.ink.append(" ".join(path) + " s")
