"""Puts rows onto pages: what does not fit goes to the next page, never off the paper and never away.

On a page that is too short, empty rows go first, then long text is cut at a line and continues on the next
page under its own label. Height left over goes to the rows that can use it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from views.documents.layout import Cell, CellBox, Measure, Row, RowBox
from views.documents.linebreaking import Line, shorten
from views.documents.typefaces import printable

_USUAL_LINES = 4  # lines that a short field may take before long texts get their share


@dataclass
class Placed:
    """A row on a page: ``y`` from the top of the body, its height, each cell's lines that are shown, and for
    each cell whether it continues overleaf."""

    box: RowBox
    y: float
    height: float
    shown: list[list[Line]] = field(default_factory=list)
    goes_on: list[bool] = field(default_factory=list)


@dataclass
class Page:
    """One page's rows; ``height`` is what they take."""

    rows: list[Placed]
    height: float


@dataclass(frozen=True)
class Wording:
    """The words that pagination itself puts on paper: a label's addition (续), and the sign that text goes
    on."""

    continued: str
    overleaf: str


def paginate(
    rows: Sequence[Row],
    later: Sequence[Row],
    measure: Measure,
    room: Callable[[int], float],
    wording: Wording,
    *,
    fills: bool = True,
) -> list[Page]:
    """All pages of a document.

    *later* rows begin after the first page. *room* gives the height of the body of page 0, 1, …; a room
    smaller than a line counts as a line. With *fills* the first page's spare height is given to the rows
    that grow.
    """
    pages: list[Page] = []
    waiting = [part for row in rows for part in measure.split(row)]
    follow = [part for row in later for part in measure.split(row)]
    while waiting or not pages:
        boxes = _with_headers(waiting, measure)
        if pages:  # overleaf one text follows the other; on the first page each shows its beginning
            for box in boxes:
                box.least = max(box.least, box.content)
        page, waiting = _fill(boxes, max(room(len(pages)), measure.style.row * 2.9), measure, wording)
        if not pages:
            waiting = [*waiting, *follow]
            if fills:
                _spread(page, room(0))
        pages.append(page)
    return pages


def _with_headers(rows: Sequence[Row], measure: Measure) -> list[RowBox]:
    """Measure *rows*, each table's heading put before its first row on this page."""
    boxes: list[RowBox] = []
    for header, group in groupby(rows, key=lambda row: row.header):
        members = list(group)
        if header is None:
            boxes += [measure.row(row) for row in members]
            continue
        widths = measure.table_widths([header, *members])
        heading = measure.row(replace(header, is_whole=True), widths)
        heading.is_heading = True
        boxes.append(heading)
        boxes += [measure.row(row, widths) for row in members]
    return boxes


def _without_droppable(boxes: list[RowBox], room: float) -> list[RowBox]:
    """Leave out empty rows until the rest fits, and headings that have lost all their rows."""
    kept = list(boxes)
    spare = sum(_desired(box) for box in kept) - room
    droppable = [box for box in reversed(boxes) if box.row.drop_rank]
    for box in sorted(droppable, key=lambda b: -b.row.drop_rank):
        if spare <= 0:
            break
        kept = [other for other in kept if other is not box]
        spare -= _desired(box)
    return [
        box
        for box, after in zip(kept, [*kept[1:], None], strict=True)
        if not box.is_heading or (after is not None and after.row.header is not None)
    ]


def _fill(boxes: list[RowBox], room: float, measure: Measure, wording: Wording) -> tuple[Page, list[Row]]:
    """One page from the front of *boxes*, and the rows that come after it."""
    boxes = _without_droppable(boxes, room)
    count, used = 0, 0.0
    for box in boxes:
        if used + box.least > room + 0.01:
            break
        used += box.least
        count += 1
    heading_alone = count == 1 and len(boxes) > 1 and boxes[0].is_heading
    if (
        count == 0
        or heading_alone
        or (count < len(boxes) and _is_worth_cutting(boxes[count], room, room - used))
    ):  # higher than a page: cut it, so that every page carries something
        count += 1
    heights = [box.least for box in boxes[:count]]
    heights[-1] = min(heights[-1], room - sum(heights[:-1]))
    if count > 1 and boxes[count - 1].is_heading:  # a heading does not stand alone at the foot of a page
        count -= 1
        heights.pop()
    _grow(boxes[:count], heights, room)
    placed: list[Placed] = []
    rest: list[Row] = []
    y = 0.0
    for box, height in zip(boxes[:count], heights, strict=True):
        item = Placed(box, y, height)
        remainder = _cut(item, measure, wording)
        placed.append(item)
        if remainder is not None:
            rest.append(remainder)
        y += height
    rest += [box.row for box in boxes[count:] if not box.is_heading]
    return Page(placed, y), rest


def _is_worth_cutting(box: RowBox, room: float, left: float) -> bool:
    """Whether a row begins on this page, and goes on overleaf, rather than leaving the rest of it empty."""
    if box.is_long_text:
        return left > max(cell.first + 2 * cell.leading for cell in box.cells)
    fewest = max(cell.first + 3 * cell.leading for cell in box.cells)
    return box.row.is_whole and not box.is_heading and box.natural > room / 2 and left > fewest


def _desired(box: RowBox) -> float:
    """The height for which empty rows are given up: all content, of a long text three lines."""
    if box.is_long_text:
        return min(box.content, box.least + 2 * box.cells[0].leading)
    return max(box.content, box.least)


def _grow(boxes: list[RowBox], heights: list[float], room: float) -> None:
    """Give rows that lack height what the page has left.

    A second line of text first, then short fields. Then long texts before room for the pen if they can end on
    this page; if they cannot, the pen keeps its room, since they go on overleaf anyway.
    """

    def give(wanted: Callable[[RowBox], float]) -> None:
        for index, box in enumerate(boxes):
            left = room - sum(heights)
            more = max(0.0, wanted(box) - heights[index])
            if more > left:  # whole lines only
                leading = max(cell.leading for cell in box.cells)
                more = max(0.0, left) // leading * leading
            heights[index] += more

    give(lambda box: min(box.content, box.least + box.cells[0].leading) if box.is_long_text else 0.0)
    give(
        lambda box: (
            0.0 if box.is_long_text else min(box.content, box.least + _USUAL_LINES * box.cells[0].leading)
        )
    )
    missing = sum(max(0.0, box.content - height) for box, height in zip(boxes, heights, strict=True))
    if missing > room - sum(heights):
        give(lambda box: 0.0 if box.is_long_text else box.natural)
    give(lambda box: box.content)
    give(lambda box: box.natural)


def _spread(page: Page, room: float) -> None:
    """Give the height left over to the rows that grow, by their shares."""
    left = room - page.height
    shares = sum(item.box.row.grow for item in page.rows)
    if left <= 0 or not shares:
        return
    y = 0.0
    for item in page.rows:
        item.y = y
        item.height += left * item.box.row.grow / shares
        y += item.height
    page.height = y


def _cut(item: Placed, measure: Measure, wording: Wording) -> Row | None:
    """Decide which lines are shown; the row that carries the rest, if any."""
    box = item.box
    is_table = box.row.is_whole
    rests: list[str] = []
    for cell_box in box.cells:
        allowed = measure.lines_within(cell_box, item.height)
        lines = cell_box.lines
        if len(lines) <= allowed:
            item.shown.append(lines)
            item.goes_on.append(False)
            rests.append("")
            continue
        kept = lines[:allowed]
        if not is_table:
            kept[-1] = _make_room(kept[-1], cell_box, measure, wording)
        end = max((line.end for line in kept), default=0)
        item.shown.append(kept)
        item.goes_on.append(not is_table)
        rests.append(cell_box.cell.value[end:].lstrip("\n "))
    if not any(rests):
        return None
    if is_table:
        cells = tuple(
            replace(b.cell, marks=()) if number in box.row.named_by else _carried(b.cell, rest)
            for number, (b, rest) in enumerate(zip(box.cells, rests, strict=True))
        )
        return replace(box.row, cells=cells, drop_rank=0)
    cells = tuple(
        Cell(_continued(b.cell.label, wording), rest, is_stacked=True, is_bold=b.cell.is_bold)
        for b, rest in zip(box.cells, rests, strict=True)
        if rest
    )
    return Row(cells, is_text=True, band=box.row.band) if len(cells) == 1 else _one_each(cells, box.row.band)


def _one_each(cells: tuple[Cell, ...], band: str) -> Row:
    """Several cells of a row go on: they are joined below each other in one cell, each under its label."""
    text = "\n".join(f"{cell.label}\n{cell.value}" for cell in cells)
    return Row((Cell("", printable(text)),), is_text=True, band=band)


def _carried(cell: Cell, rest: str) -> Cell:
    return replace(cell, value=rest, marks=(), label="" if not rest else cell.label)


def _continued(label: str, wording: Wording) -> str:
    return label if not label or label.endswith(wording.continued) else label + wording.continued


def _make_room(line: Line, box: CellBox, measure: Measure, wording: Wording) -> Line:
    """The part of the last line that leaves room for the sign that the text goes on."""
    sign = measure.faces.regular.width(wording.overleaf, measure.style.label) + measure.gap
    face = measure.face(box.cell)
    if face.width(line.text, box.size) + sign <= box.text_width:
        return line
    return shorten(line, face, box.size, box.text_width - sign)
