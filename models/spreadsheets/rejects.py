"""The bad rows of an import as a workbook: the sender's own header, order and formatting, and why.

Rows that did not go in stand apart from doubtful ones that did. What is mended there can be imported as it
is: the columns for reason and row number are known as ours.
"""

from __future__ import annotations

import re
import zipfile
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.spreadsheets.archive import Place
from models.spreadsheets.fields import CHECK_HEADER, REASON_HEADER, SOURCE_ROW_HEADER
from models.spreadsheets.guards import column_index, column_letters
from models.spreadsheets.plan import ImportPlan, PlanRow
from models.spreadsheets.progress import EVERY, SILENT, Progress
from models.spreadsheets.reading import Cell, Sheet
from models.spreadsheets.reasons import word
from models.spreadsheets.writing import clean, replacing
from resources.translations import gettext as _

_COLUMN_WIDTH = re.compile(rb"<col\b[^>]*>")
_ATTRIBUTE = re.compile(rb'(min|max|width)="([\d.]+)"')
_HEAD_BYTES = 65_536
_WIDE_REASON = 60


@dataclass(frozen=True)
class Written:
    """How many rows: ``left_out`` of the archive, and those that went in and are ``to_check``."""

    left_out: int
    to_check: int

    def __bool__(self) -> bool:
        return bool(self.left_out or self.to_check)


def write_rejects(
    plan: ImportPlan, path: Path, *, left_out: frozenset[Place] = frozenset(), progress: Progress = SILENT
) -> Written:
    """Write the refused rows and the suspect ones; nothing when there are none.

    ``left_out``: the rows that were not written though they could have been, as (sheet, row). Suspect rows
    that are not among them went in, and stand on sheets of their own. Raises the faults of
    `models.spreadsheets.writing.export_sheets`.
    """
    from openpyxl import Workbook

    out: dict[str, list[PlanRow]] = {}
    inside: dict[str, list[PlanRow]] = {}
    for row in plan.rows:
        if row.outcome == "refused" or (row.outcome == "suspect" and (row.sheet, row.row) in left_out):
            out.setdefault(row.sheet, []).append(row)
        elif row.outcome == "suspect":
            inside.setdefault(row.sheet, []).append(row)
    written = Written(sum(map(len, out.values())), sum(map(len, inside.values())))
    if not written:
        return written
    book = Workbook()
    book.remove(book.worksheets[0])
    source = _Source(plan)
    mark = _("（请核对）")
    try:
        for name, rows in out.items():
            _write_sheet(
                plan, book.create_sheet(_title(name)), source, rows, why=REASON_HEADER, progress=progress
            )
        for name, rows in inside.items():
            title = _title(name)[: 31 - len(mark)] + mark
            _write_sheet(plan, book.create_sheet(title), source, rows, why=CHECK_HEADER, progress=progress)
    finally:
        source.close()
    with replacing(path) as temporary:
        book.save(temporary)
    return written


def suspects(plan: ImportPlan) -> frozenset[Place]:
    """The suspect rows, for an import that leaves them out."""
    return frozenset((row.sheet, row.row) for row in plan.of_outcome("suspect"))


def _title(name: str) -> str:
    return re.sub(r"[\\/*?:\[\]]", " ", name)[:31]


class _Source:
    """The sender's workbook once more, this time with its formatting; .xls and .csv have none to give."""

    def __init__(self, plan: ImportPlan) -> None:
        self.path = plan.workbook.path
        self.book: Any = None
        if plan.workbook.kind == "xlsx" and self.path.exists():
            from openpyxl import load_workbook

            self.book = load_workbook(self.path, read_only=True, data_only=True)

    def rows(self, name: str, wanted: set[int]) -> dict[int, tuple[Any, ...]]:
        """Row number → its cells with their styles; read no further than needed."""
        if self.book is None or name not in self.book.sheetnames or not wanted:
            return {}
        sheet = self.book[name]
        sheet.reset_dimensions()
        rows = enumerate(sheet.iter_rows(max_row=max(wanted)), 1)
        return {at: cells for at, cells in rows if at in wanted}

    def widths(self, name: str) -> dict[str, float]:
        """Column letters → width, from the head of the sheet's XML."""
        if self.book is None or name not in self.book.sheetnames:
            return {}
        member = getattr(self.book[name], "_worksheet_path", "").lstrip("/")
        widths: dict[str, float] = {}
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(member) as stream:
                head = stream.read(_HEAD_BYTES)
        except (KeyError, OSError, zipfile.BadZipFile):
            return {}
        for found in _COLUMN_WIDTH.findall(head):
            about = {key.decode(): float(value) for key, value in _ATTRIBUTE.findall(found)}
            if "width" in about:
                last = min(int(about.get("max", 1)), 200)
                reach = (column_letters(at - 1) for at in range(int(about.get("min", 1)), last + 1))
                widths.update(dict.fromkeys(reach, about["width"]))
        return widths

    def close(self) -> None:
        if self.book is not None:
            self.book.close()


def _write_sheet(
    plan: ImportPlan, out: Any, source: _Source, rows: list[PlanRow], *, why: str, progress: Progress
) -> None:
    sheet = plan.workbook.sheet(rows[0].sheet)
    of = next(mapped for mapped in plan.mapping.sheets if mapped.sheet == sheet.name)
    heads = list(range(1, of.first_data_row + 1))
    last = max((each.column for each in of.columns), default=0)
    styled = source.rows(sheet.name, {*heads, *(row.row for row in rows)})
    writer = _RowWriter(out, sheet, styled, last)
    for number in heads:
        writer.write(number, number)
    for letters, width in source.widths(sheet.name).items():
        if column_index(letters) <= last:
            out.column_dimensions[letters].width = width
    _merge_heads(out, sheet, len(heads), last)
    if heads:
        writer.head(heads[-1], last + 2, _(why))
        writer.head(heads[-1], last + 3, _(SOURCE_ROW_HEADER))
        out.freeze_panes = f"A{heads[-1] + 1}"
    out.column_dimensions[column_letters(last + 1)].width = _WIDE_REASON
    for at, row in enumerate(rows, len(heads) + 1):
        if at % EVERY == 0:
            progress.check()
            progress.step(at, len(rows), sheet.name)
        writer.write(row.row, at)
        _text(out.cell(at, last + 2), "；".join(word(reason) for reason in row.reasons))
        out.cell(at, last + 3, row.row)


def _merge_heads(out: Any, sheet: Sheet, depth: int, last: int) -> None:
    for first_row, first_column, last_row, last_column in sheet.merged:
        if last_row < depth and first_column <= last:
            out.merge_cells(
                start_row=first_row + 1,
                start_column=first_column + 1,
                end_row=last_row + 1,
                end_column=min(last_column, last) + 1,
            )


class _RowWriter:
    """Copies rows with their styles; a style is copied once and shared by the cells that wear it."""

    def __init__(self, out: Any, sheet: Sheet, styled: dict[int, tuple[Any, ...]], last: int) -> None:
        self.out = out
        self.sheet = sheet
        self.styled = styled
        self.last = last
        self._styles: dict[int, Any] = {}

    def write(self, number: int, at: int) -> None:
        """Row ``number`` of the source becomes row ``at``."""
        cells = self.styled.get(number, ())
        for column in range(self.last + 1):
            from_cell = cells[column] if column < len(cells) else None
            value = from_cell.value if from_cell is not None else None
            if value is None:
                value = self.sheet.cell(number - 1, column)
            target = self.out.cell(at, column + 1)
            _put(target, value)
            if from_cell is not None and getattr(from_cell, "has_style", False):
                self._dress(target, from_cell)

    def _dress(self, target: Any, from_cell: Any) -> None:
        key = from_cell._style_id
        if key not in self._styles:
            for part in ("font", "fill", "border", "alignment", "protection"):
                setattr(target, part, copy(getattr(from_cell, part)))
            target.number_format = from_cell.number_format
            self._styles[key] = target._style
        target._style = copy(self._styles[key])

    def head(self, row: int, column: int, title: str) -> None:
        """One of our own headers, dressed like the sender's last one."""
        target = self.out.cell(row, column)
        _text(target, title)
        cells = self.styled.get(row, ())
        if self.last < len(cells) and getattr(cells[self.last], "has_style", False):
            self._dress(target, cells[self.last])


def _put(target: Any, value: Cell | None) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        _text(target, value)
    else:
        target.value = value


def _text(target: Any, value: str) -> None:
    """Text stays text, whatever it begins with."""
    target.value = clean(value)
    target.data_type = "s"
    if value.startswith(("=", "+", "-", "@")):
        target.quotePrefix = True
