"""Draws a laid-out page: cells with label and value, boxes to tick, rules, and the bands that name the
groups."""

from __future__ import annotations

from itertools import groupby

from views.documents.layout import EMPTY_BOX, TICK, CellBox, Mark, Measure
from views.documents.pagination import Page, Placed, Wording
from views.documents.sheet import Sheet

_BASELINE = 0.37
"""How far the baseline lies under the middle of a line, as a part of the type size."""
_LASER_LEAST, _DOTS_LEAST = 5.6, 9.0


class Drawing:
    """Draws rows onto a sheet whose body begins at (``left``, ``top``), bands included."""

    def __init__(self, sheet: Sheet, measure: Measure, wording: Wording, left: float, top: float) -> None:
        self.sheet = sheet
        self.measure = measure
        self.style = measure.style
        self.wording = wording
        self.left = left
        self.top = top

    def page(self, page: Page, band: float) -> None:
        """All rows, the rules between them, the frame. *band* is the width of the side bands, 0 for none."""
        inner = self.left + band
        right = inner + self.measure.width
        if band:
            self._bands(page, band)
        hair: list[tuple[float, float, float, float]] = []
        rules: list[tuple[float, float, float, float]] = []
        before = page.rows[0].box.row.band if page.rows else ""
        for number, item in enumerate(page.rows):
            y = self.top + item.y
            if number:
                is_group = item.box.row.band != before
                before = item.box.row.band
                (rules if is_group else hair).append((self.left if is_group else inner, y, right, y))
            x = inner
            for index, cell in enumerate(item.box.cells):
                if index:
                    hair.append((x, y, x, y + item.height))
                self._cell(item, index, cell, x, y)
                x += cell.width
        if band:
            hair.append((inner, self.top, inner, self.top + page.height))
        self.sheet.lines(hair, self.style.hair, self.style.hair_grey)
        self.sheet.lines(rules, self.style.rule)
        self.sheet.box(self.left, self.top, right - self.left, page.height, thickness=self.style.frame)

    def _cell(self, item: Placed, index: int, box: CellBox, x: float, y: float) -> None:
        style, cell = self.style, box.cell
        base = y + box.first / 2
        if cell.label:
            beside = box.size if cell.value or cell.marks else self.style.value
            label_y = base + beside * _BASELINE - (beside - style.label) * 0.06
            if box.is_stacked:
                label_y = y + style.label * 1.35
            self.sheet.text(x + self.measure.pad, label_y, cell.label, style.label, grey=style.grey)
        if box.is_stacked:
            base += style.label * 1.25
        baseline = base + box.size * _BASELINE
        for number, marks in enumerate(box.mark_lines):
            for offset, mark in marks:
                self._mark(x + box.text_x + offset, baseline + number * box.leading, mark, box.size)
        self._lines(item, index, box, x, baseline)

    def _lines(self, item: Placed, index: int, box: CellBox, x: float, baseline: float) -> None:
        cell, lines = box.cell, item.shown[index]
        for number, line in enumerate(lines):
            y = baseline + number * box.leading
            if cell.align == "centre":
                self.sheet.text_centre(x + box.width / 2, y, line.text, box.size, bold=cell.is_bold)
            elif cell.align == "right":
                self.sheet.text_right(
                    x + box.width - self.measure.pad, y, line.text, box.size, bold=cell.is_bold
                )
            else:
                self.sheet.text(x + box.text_x, y, line.text, box.size, bold=cell.is_bold)
        if item.goes_on[index]:
            y = baseline + (len(lines) - 1) * box.leading
            right = x + box.width - self.measure.pad
            self.sheet.text_right(right, y, self.wording.overleaf, self.style.label, grey=self.style.grey)

    def _mark(self, x: float, y: float, mark: Mark, size: float) -> None:
        self.sheet.text(x, y, EMPTY_BOX, size)
        if mark.is_checked:
            self.sheet.text(x + size * 0.06, y - size * 0.05, TICK, size * 1.08, bold=True)
        self.sheet.text(x + size * 1.12, y, mark.word, size, bold=mark.is_checked)

    def _bands(self, page: Page, band: float) -> None:
        groups: list[tuple[str, float, float]] = []
        for name, items in groupby(page.rows, key=lambda placed: placed.box.row.band):
            rows = list(items)
            top = self.top + rows[0].y
            groups.append((name, top, self.top + rows[-1].y + rows[-1].height))
        if self.style.tint < 1:
            self.sheet.fill([(self.left, self.top, band, page.height)], self.style.tint)
        for name, top, bottom in groups:
            self._band_name(name, self.left + band / 2, top, bottom)

    def _band_name(self, name: str, centre: float, top: float, bottom: float) -> None:
        """Chinese one character below the other, other scripts turned; smaller where the group is low."""
        room = bottom - top - 3
        is_laser = self.style.tint < 1
        size = self.style.label + (0.8 if is_laser else 0.0)
        least = _LASER_LEAST if is_laser else _DOTS_LEAST
        if name and name[0] >= "\u2e80":
            size = min(size, room / (len(name) * 1.16))
            if size < least:
                return
            y = (top + bottom) / 2 - len(name) * size * 1.16 / 2 + size * (0.58 + _BASELINE)
            for number, character in enumerate(name):
                self.sheet.text_centre(centre, y + number * size * 1.16, character, size, bold=True)
            return
        width = self.sheet.width(name, 1, bold=True)
        size = min(size, room / max(width, 0.1))
        if size >= least:
            self.sheet.text(
                centre + size * _BASELINE,
                (top + bottom) / 2 + width * size / 2,
                name,
                size,
                bold=True,
                upwards=True,
            )
