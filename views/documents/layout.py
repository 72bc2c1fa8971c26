"""What a page is declared with (rows of cells), and how wide and high those come out.

A cell has a small label and a large value, or boxes to tick, or room for the pen. Widths start from the
cells' weights and shift from cells with room to spare to cells that need more; a row whose cells cannot
stand side by side on a narrow form becomes several rows. All measures in pt except where a name says mm.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from views.documents.forms import MM, Style
from views.documents.linebreaking import Line, break_text
from views.documents.typefaces import Typeface, Typefaces, printable

LEADING = 1.34
"""Distance of baselines in a cell, as a part of the type size."""
EMPTY_BOX, TICK = "□", "✓"
_FIRM_LIMIT = 1.8  # times its share of the width that a firm column may take
_NARROW = 260.0  # pt; in a narrower table long text goes below its label


@dataclass(frozen=True)
class Mark:
    """A box to tick and its word; ``blank_mm`` of room for the pen after it."""

    word: str
    is_checked: bool = False
    blank_mm: float = 0.0


@dataclass(frozen=True)
class Cell:
    """One cell. ``size`` names a size of the form's style. ``blank_mm`` is kept free for the pen after the
    value.

    ``is_stacked`` puts the label above the value; ``align`` is left, centre or right for cells without a
    label. ``is_firm`` keeps a table's column wide enough for this cell on one line (a phone), within reason.
    """

    label: str = ""
    value: str = ""
    marks: tuple[Mark, ...] = ()
    weight: float = 1.0
    size: str = "value"
    is_bold: bool = False
    align: str = "left"
    blank_mm: float = 0.0
    is_stacked: bool = False
    is_firm: bool = False


@dataclass(frozen=True)
class Row:
    """One row of cells.

    ``height_mm`` is the height wanted (0: the form's row); a full page makes do with less. ``grow`` is
    its share of height left over on the page. ``is_text`` marks long text, which gives way first when the
    page is short. ``is_whole`` rows move to the next page rather than being cut, under ``header`` repeated.
    ``drop_rank`` above 0: an empty row that is left out when the page is short, the highest rank first.
    ``named_by``: numbers of the cells of a table's row that are repeated where a row goes on overleaf.
    ``band`` names the group at the left edge.
    """

    cells: tuple[Cell, ...]
    height_mm: float = 0.0
    grow: float = 0.0
    is_text: bool = False
    is_whole: bool = False
    header: Row | None = None
    drop_rank: int = 0
    named_by: tuple[int, ...] = ()
    band: str = ""


@dataclass
class CellBox:
    """A measured cell: how wide it is, its lines, where they begin inside it, and the height of one line's
    row."""

    cell: Cell
    width: float
    size: float
    text_x: float
    text_width: float
    is_stacked: bool
    first: float
    lines: list[Line] = field(default_factory=list)
    mark_lines: list[list[tuple[float, Mark]]] = field(default_factory=list)

    @property
    def line_count(self) -> int:
        return max(1, len(self.lines), len(self.mark_lines))

    @property
    def leading(self) -> float:
        return self.size * LEADING


@dataclass
class RowBox:
    """A measured row: its cells, its least height, what its content takes, and that with room for the pen.

    ``is_heading`` marks a table's heading that was put in for the page.
    """

    row: Row
    cells: list[CellBox]
    least: float
    content: float
    natural: float
    is_heading: bool = False

    @property
    def is_long_text(self) -> bool:
        """Whether the row holds text that gives way first (an empty one is room for the pen)."""
        return self.row.is_text and any(box.lines for box in self.cells)


class Measure:
    """Measures rows for one style and width."""

    def __init__(self, style: Style, faces: Typefaces, width: float) -> None:
        self.style = style
        self.faces = faces
        self.width = width
        self.pad = style.pad * MM
        self.gap = style.label * 0.55

    def face(self, cell: Cell) -> Typeface:
        """The weight that the cell's value is set in."""
        return self.faces.of(bold=cell.is_bold)

    def label_width(self, cell: Cell) -> float:
        """Width of the label and the gap behind it; 0 without a label."""
        return self.faces.regular.width(cell.label, self.style.label) + self.gap if cell.label else 0.0

    def mark_width(self, mark: Mark, size: float) -> float:
        """Width of a box, its word and the room after it."""
        return size * 1.12 + self.faces.of(bold=mark.is_checked).width(mark.word, size) + mark.blank_mm * MM

    def _value_width(self, cell: Cell, size: float) -> float:
        if cell.marks:
            return sum(self.mark_width(mark, size) for mark in cell.marks) + size * 0.6 * (
                len(cell.marks) - 1
            )
        face = self.face(cell)
        return max((face.width(line, size) for line in cell.value.split("\n")), default=0.0)

    def natural_width(self, cell: Cell) -> float:
        """The width at which nothing needs a second line."""
        size: float = getattr(self.style, cell.size)
        value = self._value_width(cell, size) + cell.blank_mm * MM + self.pad * 2 + 0.5
        label = self.label_width(cell)
        return max(value, label + self.pad * 2) if cell.is_stacked else value + label

    def narrowest_width(self, cell: Cell) -> float:
        """The width below which the cell would look broken: nine characters, or all its boxes to tick."""
        size: float = getattr(self.style, cell.size)
        if cell.marks:
            value = self._value_width(cell, size) - sum(mark.blank_mm for mark in cell.marks) * MM
        else:
            value = min(self._value_width(cell, size), size * 9)
        value += min(cell.blank_mm, 12.0) * MM
        label = self.label_width(cell)
        return (max(value, label) if cell.is_stacked else value + label) + self.pad * 2

    def column_widths(self, cells: tuple[Cell, ...]) -> list[float]:
        """Widths by weight, then moved from cells with room to spare to cells that need more."""
        total = sum(cell.weight for cell in cells)
        widths = [self.width * cell.weight / total for cell in cells]
        if len(cells) == 1:
            return widths
        needs = [self.natural_width(cell) for cell in cells]
        lacks = [max(0.0, need - width) for need, width in zip(needs, widths, strict=True)]
        spares = [max(0.0, width - need) for need, width in zip(needs, widths, strict=True)]
        lack, spare = sum(lacks), sum(spares)
        if not lack or not spare:
            return widths
        moved = min(lack, spare)
        return [
            width + moved * (own_lack / lack) - moved * (own_spare / spare)
            for width, own_lack, own_spare in zip(widths, lacks, spares, strict=True)
        ]

    def table_widths(self, rows: list[Row]) -> list[float]:
        """Widths that all rows of a table share: firm columns get what the longest needs, others give way
        (and wrap)."""
        cells = rows[0].cells
        total = sum(cell.weight for cell in cells)
        widths = [self.width * cell.weight / total for cell in cells]
        is_tight = [cell.is_firm for cell in rows[-1].cells]
        period = len(cells) // 2 if cells[: len(cells) // 2] * 2 == cells else len(cells)
        needs = [0.0] * period
        for row in rows[1:]:
            for column, cell in enumerate(row.cells):
                if cell.marks:
                    widest = max(self.mark_width(mark, getattr(self.style, cell.size)) for mark in cell.marks)
                    needs[column % period] = max(needs[column % period], widest + self.pad * 2)
                elif is_tight[column] and cell.value:
                    need = min(self.natural_width(cell), widths[column] * _FIRM_LIMIT)
                    needs[column % period] = max(needs[column % period], need)
        lacks = [max(0.0, needs[i % period] - width) for i, width in enumerate(widths)]
        spares = [0.0 if tight else width * 0.5 for tight, width in zip(is_tight, widths, strict=True)]
        lack, spare = sum(lacks), sum(spares)
        share = min(1.0, spare / lack) if lack else 0.0
        return [
            width + own_lack * share - (own_spare * lack * share / spare if spare else 0.0)
            for width, own_lack, own_spare in zip(widths, lacks, spares, strict=True)
        ]

    def split(self, row: Row) -> list[Row]:
        """The row itself, or several when its cells cannot stand side by side in this width."""
        if row.header is not None or len(row.cells) == 1:
            return [row]
        groups: list[list[Cell]] = [[]]
        used = 0.0
        for cell in row.cells:
            need = self.narrowest_width(cell)
            if groups[-1] and used + need > self.width:
                groups.append([])
                used = 0.0
            groups[-1].append(cell)
            used += need
        return [replace(row, cells=tuple(group)) for group in groups]

    def _mark_lines(self, cell: Cell, size: float, width: float) -> list[list[tuple[float, Mark]]]:
        lines: list[list[tuple[float, Mark]]] = [[]]
        x = 0.0
        for mark in cell.marks:
            need = self.mark_width(mark, size)
            if lines[-1] and x + need > width + 0.01:
                lines.append([])
                x = 0.0
            lines[-1].append((x, mark))
            x += need + size * 0.6
        return lines

    def cell(self, cell: Cell, width: float, first: float) -> CellBox:
        """Break the cell's text for *width*; a label that would take half the cell moves above the value."""
        size: float = getattr(self.style, cell.size)
        label = self.label_width(cell)
        has_content = bool(cell.value or cell.marks)
        inner = width - self.pad * 2
        is_crowded = label > inner * 0.45 and self.natural_width(cell) > width
        is_stacked = bool(cell.label) and has_content and (cell.is_stacked or is_crowded)
        box = self._broken(cell, width, size, first, is_stacked=is_stacked)
        if cell.label and not is_stacked and len(box.lines) > 2 and self.width < _NARROW:
            box = self._broken(cell, width, size, first, is_stacked=True)
        return box

    def _broken(self, cell: Cell, width: float, size: float, first: float, *, is_stacked: bool) -> CellBox:
        text_x = self.pad if is_stacked else self.pad + self.label_width(cell)
        room = max(size * 2, width - text_x - self.pad)
        box = CellBox(cell, width, size, text_x, room, is_stacked, first)
        if cell.marks:
            box.mark_lines = self._mark_lines(cell, size, room)
        else:
            box.lines = break_text(cell.value, self.face(cell), size, room)
        return box

    def height(self, box: CellBox, lines: int) -> float:
        """Height of a cell that shows so many lines."""
        stacked = self.style.label * 1.25 if box.is_stacked else 0.0
        return box.first + (lines - 1) * box.leading + stacked

    def lines_within(self, box: CellBox, height: float) -> int:
        """How many lines of the cell a row of *height* shows; at least one."""
        return max(1, 1 + int((height - self.height(box, 1) + 0.01) / box.leading))

    def row(self, row: Row, widths: list[float] | None = None) -> RowBox:
        """Measure one row; *widths* of its cells if a table has set them."""
        clean = tuple(replace(c, value=printable(c.value)) if c.value else c for c in row.cells)
        first = min(row.height_mm or self.style.row, self.style.row) * MM
        measured = widths or self.column_widths(clean)
        cells = [self.cell(cell, width, first) for cell, width in zip(clean, measured, strict=True)]
        least = max(first, *(self.height(box, len(box.mark_lines) or 1) for box in cells))
        content = max(first, *(self.height(box, box.line_count) for box in cells))
        natural = max((row.height_mm or self.style.row) * MM, content)
        return RowBox(row, cells, natural if row.is_whole else least, content, natural)
