"""Writes lists as workbooks that stay what they are: text is text, widths fit, the header stands still.

The file appears whole or not at all.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import DomainError
from models.spreadsheets.guards import column_letters
from models.spreadsheets.progress import EVERY, SILENT, Progress

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook

WIDEST = 60
"""Characters; longer text is cut on screen, never in the cell."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_SHEET_NAME = re.compile(r"[\\/*?:\[\]]")
_EPOCH = date(1899, 12, 30)
EXCEL_CELL = 32_767
"""Characters that a cell can hold."""


class Kind(StrEnum):
    """What a column holds. Values: str, int, int (1/100 m²), date, aware datetime, int (fen)."""

    TEXT = "text"
    WHOLE = "whole"
    AREA = "area"
    DAY = "day"
    MOMENT = "moment"
    MONEY = "money"


_FORMATS = {
    Kind.TEXT: "@",
    Kind.WHOLE: "0",
    Kind.AREA: "0.00",
    Kind.DAY: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
    Kind.MONEY: "#,##0.00",
}
_FIXED_WIDTHS = {Kind.DAY: 11, Kind.MOMENT: 17, Kind.AREA: 10, Kind.MONEY: 12, Kind.WHOLE: 8}


@dataclass(frozen=True)
class ExportColumn:
    """``title`` is shown as it is given: translate it before."""

    title: str
    kind: Kind = Kind.TEXT


Rows = Sequence[Sequence[Any]] | Callable[[], Iterable[Sequence[Any]]]
"""Rows at hand, or a function that reads them anew: they are gone through twice (widths, then cells)."""


@dataclass(frozen=True)
class ExportSheet:
    """One sheet of an export."""

    title: str
    columns: Sequence[ExportColumn]
    rows: Rows


def export_rows(
    columns: Sequence[ExportColumn],
    rows: Rows,
    path: Path,
    *,
    title: str = "Sheet1",
    zone: tzinfo | None = None,
    progress: Progress = SILENT,
) -> int:
    """Write one list; returns the number of rows. See `export_sheets`."""
    return export_sheets([ExportSheet(title, columns, rows)], path, zone=zone, progress=progress)


def export_sheets(
    sheets: Sequence[ExportSheet], path: Path, *, zone: tzinfo | None = None, progress: Progress = SILENT
) -> int:
    """Write a workbook of several lists; returns the number of rows.

    Moments are written in ``zone``, the machine's own if None. Raises ``DomainError``:
    ``export-not-writable``, ``export-file-in-use``, ``disk-full``; ``Cancelled`` by ``progress``. Then the
    file of that name is as it was.
    """
    with replacing(path) as temporary:
        return _write_package(sheets, temporary, zone, progress)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside ``path`` that takes its place when the block ends well; faults as ``DomainError``."""
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem[:40]}-", suffix=".part")
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.chmod(0o600)
        temporary.replace(path)
    except PermissionError as error:
        code = "export-file-in-use" if path.exists() else "export-not-writable"
        raise DomainError(code, path=str(path)) from error
    except OSError as error:
        if error.errno == 28:
            raise DomainError("disk-full") from error
        raise DomainError("export-not-writable", path=str(path)) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _write_package(
    sheets: Sequence[ExportSheet], target: Path, zone: tzinfo | None, progress: Progress
) -> int:
    """Through openpyxl's write-only workbook: rows go to the disk as they come."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    writers = [_SheetWriter(book, sheet, zone, progress) for sheet in sheets]
    written = 0
    for writer in writers:
        written += writer.write(written)
    book.save(target)
    return written


class _SheetWriter:
    """Prepares one sheet (widths, header, styles), then writes its rows."""

    def __init__(self, book: Workbook, sheet: ExportSheet, zone: tzinfo | None, progress: Progress) -> None:
        self.sheet = sheet
        self.zone = zone
        self.progress = progress
        self.last_column = column_letters(max(0, len(sheet.columns) - 1))
        self.count, widths = self._measure()
        self.out: Any = book.create_sheet(_SHEET_NAME.sub(" ", sheet.title)[:31] or "Sheet1")
        self._set_up(widths)

    def _rows(self) -> Iterable[Sequence[Any]]:
        return self.sheet.rows() if callable(self.sheet.rows) else self.sheet.rows

    def _measure(self) -> tuple[int, list[int]]:
        """How many rows come and how wide each column must be."""
        widths = [text_width(column.title) + 3 for column in self.sheet.columns]
        for at, column in enumerate(self.sheet.columns):
            widths[at] = max(widths[at], _FIXED_WIDTHS.get(column.kind, 0))
        textual = [at for at, column in enumerate(self.sheet.columns) if column.kind == Kind.TEXT]
        count = 0
        rows = iter(self._rows())
        while chunk := list(islice(rows, EVERY)):
            self.progress.check()
            count += len(chunk)
            for at in textual:
                longest = max((_byte_width(row[at]) for row in chunk if row[at]), default=0)
                widths[at] = max(widths[at], longest + 1)
        return count, widths

    def _set_up(self, widths: list[int]) -> None:
        for at, column in enumerate(self.sheet.columns):
            dimension = self.out.column_dimensions[column_letters(at)]
            dimension.width = min(widths[at], WIDEST) + 0.7
            dimension.number_format = _FORMATS[column.kind]
        self.out.freeze_panes = "A2"
        self.out.auto_filter.ref = f"A1:{self.last_column}{self.count + 1}"

    def _title(self, column: ExportColumn) -> Any:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Font, PatternFill

        cell = WriteOnlyCell(self.out, clean(column.title))
        cell.data_type = "s"
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", start_color="FFE8EDF3")
        return cell

    def write(self, already: int) -> int:
        """The header and all rows; returns how many. One cell a column is filled again for each row."""
        self.out.append([self._title(column) for column in self.sheet.columns])
        cells = [self._filler(column.kind) for column in self.sheet.columns]
        done = 0
        rows = iter(self._rows())
        while chunk := list(islice(rows, EVERY)):
            self.progress.check()
            for row in chunk:
                self.out.append(
                    [
                        fill(value) if value is not None and value != "" else None
                        for fill, value in zip(cells, row, strict=True)
                    ]
                )
            done += len(chunk)
            self.progress.step(already + done, already + max(done, self.count), self.sheet.title)
        return done

    def _filler(self, kind: Kind) -> Callable[[Any], Any]:
        """Gives the cell of a value: the same cell each time, since it is written at once."""
        cell = styled_cell(self.out, _FORMATS[kind], "s" if kind is Kind.TEXT else "n")
        if kind is Kind.TEXT:
            return partial(_fill_text, cell, styled_cell(self.out, _FORMATS[kind], "s", is_quoted=True))
        forms: dict[Kind, Callable[[Any], Any]] = {
            Kind.WHOLE: int,
            Kind.AREA: lambda value: value / 100,
            Kind.MONEY: lambda value: value / 100,
            Kind.DAY: lambda value: (value - _EPOCH).days,
            Kind.MOMENT: self._moment,
        }
        return partial(_fill, cell, forms[kind])

    def _moment(self, value: datetime) -> float:
        local = value.astimezone(self.zone).replace(tzinfo=None)
        since = local - datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook knows no zones
        return since.days + since.seconds / 86_400


def _fill(cell: Any, form: Callable[[Any], Any], value: Any) -> Any:
    cell._value = form(value)
    return cell


def _fill_text(cell: Any, guarded: Any, value: Any) -> Any:
    text = clean(str(value))
    chosen = guarded if text.startswith(_FORMULA_STARTS) else cell
    chosen._value = text
    return chosen


def styled_cell(out: Any, number_format: str, data_type: str, *, is_quoted: bool = False) -> Any:
    """An openpyxl cell whose style is looked up once: at each row that look-up costs as much as the rest.

    Its type is fixed too, so that text that looks like a number or a formula stays text.
    """
    from openpyxl.cell import Cell

    class Fixed(Cell):
        __slots__ = ()
        style_id = property(lambda _cell: style)
        has_style = property(lambda _cell: True)

    plain: Any = Cell(out, 1, 1)
    plain.number_format = number_format
    plain.quotePrefix = is_quoted
    style = int(plain.style_id)
    cell: Any = Fixed(out, 1, 1)
    cell.data_type = data_type
    return cell


def clean(text: str) -> str:
    """Without the signs that a workbook cannot hold, and no longer than a cell."""
    return _FORBIDDEN.sub("", text)[:EXCEL_CELL]


def text_width(text: str) -> int:
    """Columns that the text takes: a Chinese sign two, a line break starts anew."""
    return max((_byte_width(line) for line in str(text).splitlines()), default=0)


def _byte_width(value: Any) -> int:
    # GB18030 takes one byte for a narrow sign and two (rarely four) for a wide one.
    text = str(value)
    return len(text) if text.isascii() else min(len(text.encode("gb18030", "replace")), 2 * len(text))
