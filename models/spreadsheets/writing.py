"""Writes lists as workbooks that stay what they are: text is text, widths fit, the header stands still.

The file appears whole or not at all.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.sax.saxutils import escape

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
_SHEET_MEMBER = re.compile(r"xl/worksheets/sheet(\d+)\.xml$")
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"')
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
    """openpyxl makes the whole workbook but for its rows, which are then streamed into place.

    Written cell by cell through openpyxl, each styled cell costs an exception and a new object: 9.5 s for
    50,000 rows where this takes under two.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    writers = [_SheetWriter(book, sheet, zone, progress) for sheet in sheets]
    skeleton = io.BytesIO()
    book.save(skeleton)
    written = 0
    with (
        zipfile.ZipFile(skeleton) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as package,
    ):
        for name in source.namelist():
            found = _SHEET_MEMBER.match(name)
            if found is None:
                package.writestr(name, source.read(name))
                continue
            writer = writers[int(found.group(1)) - 1]
            head, foot = source.read(name).split(b"</sheetData>")
            with package.open(name, "w", force_zip64=True) as stream:
                stream.write(_DIMENSION.sub(writer.dimension.encode(), head))
                written += writer.stream(stream, written)
                stream.write(b"</sheetData>" + foot)
    return written


class _SheetWriter:
    """Prepares one sheet (widths, header, styles) and streams its rows."""

    def __init__(self, book: Workbook, sheet: ExportSheet, zone: tzinfo | None, progress: Progress) -> None:
        self.sheet = sheet
        self.zone = zone
        self.progress = progress
        self.last_column = column_letters(max(0, len(sheet.columns) - 1))
        self.count, widths = self._measure()
        out = book.create_sheet(_SHEET_NAME.sub(" ", sheet.title)[:31] or "Sheet1")
        self._head(out, widths)
        self.styles = [self._style(out, _FORMATS[column.kind]) for column in sheet.columns]
        self.guarded = self._style(out, "@", is_quoted=True)

    @property
    def dimension(self) -> str:
        return f'<dimension ref="A1:{self.last_column}{self.count + 1}"'

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

    def _head(self, out: Any, widths: list[int]) -> None:
        from openpyxl.styles import Font, PatternFill

        for at, column in enumerate(self.sheet.columns):
            cell = out.cell(row=1, column=at + 1)
            cell.value = clean(column.title)
            cell.data_type = "s"
            cell.font = Font(bold=True)
            cell.fill = PatternFill("solid", start_color="FFE8EDF3")
            dimension = out.column_dimensions[column_letters(at)]
            dimension.width = min(widths[at], WIDEST) + 0.7
            dimension.number_format = _FORMATS[column.kind]
        out.freeze_panes = "A2"
        out.auto_filter.ref = f"A1:{self.last_column}{self.count + 1}"

    @staticmethod
    def _style(out: Any, number_format: str, *, is_quoted: bool = False) -> int:
        """The number of a cell style in the workbook's table; the cell that carries it is not kept."""
        from openpyxl.cell.cell import Cell

        cell: Any = Cell(out, row=2, column=1)
        cell.number_format = number_format
        cell.quotePrefix = is_quoted
        return int(cell.style_id)

    def stream(self, out: IO[bytes], already: int) -> int:
        """Write the rows as XML; returns how many."""
        makers = [self._maker(at, column.kind) for at, column in enumerate(self.sheet.columns)]
        done = 0
        rows = iter(self._rows())
        while chunk := list(islice(rows, EVERY)):
            self.progress.check()
            lines = []
            for row in chunk:
                done += 1
                at = str(done + 1)
                cells = [
                    make(at, value)
                    for make, value in zip(makers, row, strict=True)
                    if value is not None and value != ""
                ]
                lines.append(f'<row r="{at}">{"".join(cells)}</row>')
            out.write("".join(lines).encode())
            self.progress.step(already + done, already + max(done, self.count), self.sheet.title)
        return done

    def _maker(self, column: int, kind: Kind) -> Callable[[str, Any], str]:
        """The function that writes one column's cells."""
        letters = column_letters(column)
        style = self.styles[column]
        if kind is Kind.TEXT:
            return partial(_text_cell, letters, style, self.guarded)
        forms: dict[Kind, Callable[[Any], str]] = {
            Kind.WHOLE: str,
            Kind.AREA: lambda value: f"{value / 100:.2f}",
            Kind.MONEY: lambda value: f"{value / 100:.2f}",
            Kind.DAY: lambda value: str((value - _EPOCH).days),
            Kind.MOMENT: self._moment,
        }
        number = forms[kind]
        return lambda row, value: f'<c r="{letters}{row}" s="{style}"><v>{number(value)}</v></c>'

    def _moment(self, value: datetime) -> str:
        local = value.astimezone(self.zone).replace(tzinfo=None)
        since = local - datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook knows no zones
        return f"{since.days + since.seconds / 86_400:.10f}"


def _text_cell(letters: str, style: int, guarded: int, row: str, value: Any) -> str:
    text = clean(str(value))
    if text.startswith(_FORMULA_STARTS):
        style = guarded
    if not text.isalnum():
        text = escape(text)
    return f'<c r="{letters}{row}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


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
