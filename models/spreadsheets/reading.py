"""Opens the workbooks people send (.xlsx, .xlsm, .xls, .csv) as plain rows of plain values.

What kind a file is comes from its bytes, never from its name. Limits are checked before anything is
parsed. Every fault is a ``DomainError`` with a code of `views.messages.spreadsheets`.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from models.errors import DomainError
from models.spreadsheets.guards import (
    OLE_MAGIC,
    ZIP_MAGIC,
    ReadLimits,
    SheetMarks,
    column_index,
    inspect_zip,
)

Cell = str | float | int | bool | date | datetime | time | timedelta
"""A blank cell is ``""``."""
Row = list[Cell]
_ENCRYPTED_STREAMS = ("EncryptedPackage".encode("utf-16-le"), "EncryptionInfo".encode("utf-16-le"))
_WEB_PAGE = re.compile(rb"\s*(?:<!doctype html|<html|<table|<head|<meta|<\?xml)", re.IGNORECASE)
_FILL_BUDGET = 2_000_000
"""Cells that merged areas may fill; a crafted file could ask for thousands of millions."""


@dataclass(frozen=True)
class Sheet:
    """``rows[0]`` is row 1 of the sheet. Vertically merged cells are filled down."""

    name: str
    rows: list[Row]
    is_hidden: bool = False
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """First row, first column, last row, last column; counted from 0, inclusive."""
    uncomputed: frozenset[tuple[int, int]] = frozenset()
    """(row, column) from 0 of formulas that hold no result."""
    errors: frozenset[tuple[int, int]] = frozenset()
    """(row, column) from 0 of cells that show #N/A, #REF! and the like."""

    def cell(self, row: int, column: int) -> Cell:
        """The value, blank beyond the edge."""
        cells = self.rows[row] if 0 <= row < len(self.rows) else []
        return cells[column] if 0 <= column < len(cells) else ""


@dataclass(frozen=True)
class Workbook:
    """``kind`` is xlsx, xls or csv."""

    path: Path
    kind: str
    sheets: tuple[Sheet, ...]
    limits: ReadLimits = field(default_factory=ReadLimits)

    @property
    def file_name(self) -> str:
        return self.path.name

    def sheet(self, name: str) -> Sheet:
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        raise DomainError("workbook-sheet-missing", file=self.file_name, sheet=name)


def read_workbook(path: Path, limits: ReadLimits | None = None) -> Workbook:
    """Read every sheet.

    Raises ``DomainError``: ``workbook-missing``, ``-unreadable``, ``-empty``, ``-too-large``,
    ``-cell-too-large``, ``-sheet-too-large``, ``-encrypted``, ``-damaged``, ``-not-one``, ``-web-page``,
    ``-kind-unsupported``.
    """
    limits = limits or ReadLimits()
    head = _head(path, limits)
    if head.startswith(ZIP_MAGIC):
        sheets = _read_xlsx(path, inspect_zip(path, limits))
        kind = "xlsx"
    elif head.startswith(OLE_MAGIC):
        sheets = _read_xls(path)
        kind = "xls"
    elif _WEB_PAGE.match(head.removeprefix(codecs.BOM_UTF8)):
        raise DomainError("workbook-web-page", file=path.name)
    else:
        sheets = [_read_csv(path, limits)]
        kind = "csv"
    for sheet in sheets:
        if len(sheet.rows) > limits.rows:
            raise DomainError(
                "workbook-sheet-too-large",
                file=path.name,
                rows=len(sheet.rows),
                columns=max(map(len, sheet.rows), default=0),
            )
    if not any(sheet.rows for sheet in sheets):
        raise DomainError("workbook-empty", file=path.name)
    return Workbook(path, kind, tuple(sheets), limits)


def _head(path: Path, limits: ReadLimits) -> bytes:
    try:
        size = path.stat().st_size
        if size == 0:
            raise DomainError("workbook-empty", file=path.name)
        if size > limits.file_bytes:
            raise DomainError("workbook-too-large", file=path.name, limit_mb=limits.file_bytes >> 20)
        with path.open("rb") as stream:
            return stream.read(4096)
    except FileNotFoundError as error:
        raise DomainError("workbook-missing", file=str(path)) from error
    except OSError as error:
        raise DomainError("workbook-unreadable", file=str(path), why=error.strerror or str(error)) from error


# -- binary kinds -------------------------------------------------------------------------------------


def _read_xlsx(path: Path, marks: dict[str, SheetMarks]) -> list[Sheet]:
    by_name = _marks_by_sheet(path, marks) if any(m.errors or m.uncomputed for m in marks.values()) else {}
    return _read_calamine(path, by_name)


def _read_xls(path: Path) -> list[Sheet]:
    content = path.read_bytes()
    if any(name in content for name in _ENCRYPTED_STREAMS):
        raise DomainError("workbook-encrypted", file=path.name)
    return _read_calamine(path, {})


def _read_calamine(path: Path, marks: dict[str, SheetMarks]) -> list[Sheet]:
    from python_calamine import (
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        SheetTypeEnum,
        SheetVisibleEnum,
        WorksheetNotFound,
        XmlError,
        ZipError,
    )

    sheets: list[Sheet] = []
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes())) as book:
            for about in book.sheets_metadata:
                if about.typ != SheetTypeEnum.WorkSheet:
                    continue
                source = book.get_sheet_by_name(about.name)
                rows: list[Row] = source.to_python(skip_empty_area=False)
                merged = tuple(
                    (start[0], start[1], end[0], end[1])
                    for start, end in getattr(source, "merged_cell_ranges", None) or ()
                )
                _fill_down(rows, merged)
                known = marks.get(about.name, SheetMarks())
                sheets.append(
                    Sheet(
                        name=about.name,
                        rows=rows,
                        is_hidden=about.visible != SheetVisibleEnum.Visible,
                        merged=merged,
                        uncomputed=_places(known.uncomputed),
                        errors=_places(known.errors),
                    )
                )
    except PasswordError as error:
        raise DomainError("workbook-encrypted", file=path.name) from error
    except (CalamineError, WorksheetNotFound, XmlError, ZipError, OSError, ValueError) as error:
        if "password" in str(error).lower():
            raise DomainError("workbook-encrypted", file=path.name) from error
        raise DomainError("workbook-damaged", file=path.name) from error
    except BaseException as error:
        # A panic of the Rust reader arrives as pyo3_runtime.PanicException, a BaseException.
        if type(error).__name__ == "PanicException":
            raise DomainError("workbook-damaged", file=path.name) from error
        raise
    return sheets


def _fill_down(rows: list[Row], merged: Iterable[tuple[int, int, int, int]]) -> None:
    """Give each row below a merged area's first the value of the area (first column only)."""
    budget = _FILL_BUDGET
    for first_row, first_column, end, last_column in merged:
        last_row = min(end, len(rows) - 1)
        budget -= max(0, last_row - first_row)
        if last_row <= first_row or budget < 0 or first_column >= len(rows[first_row]):
            continue
        value = rows[first_row][first_column]
        if value == "" or last_column - first_column > 2:  # a wide area is a title or a note
            continue
        for row in rows[first_row + 1 : last_row + 1]:
            if first_column < len(row) and row[first_column] == "":
                row[first_column] = value


def _places(references: Iterable[str]) -> frozenset[tuple[int, int]]:
    places = set()
    for reference in references:
        letters = reference.rstrip("0123456789")
        places.add((int(reference[len(letters) :]) - 1, column_index(letters)))
    return frozenset(places)


def _marks_by_sheet(path: Path, marks: dict[str, SheetMarks]) -> dict[str, SheetMarks]:
    """Sheet name → marks, by the workbook's own list of sheets."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    with zipfile.ZipFile(path) as archive:
        try:
            book = etree.fromstring(archive.read("xl/workbook.xml"), parser)
            links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), parser)
        except (KeyError, etree.XMLSyntaxError) as error:
            raise DomainError("workbook-damaged", file=path.name) from error
    targets = {link.get("Id"): (link.get("Target") or "").lstrip("/") for link in links}
    named: dict[str, SheetMarks] = {}
    for sheet in book.iter("{*}sheet"):
        relation = next((value for key, value in sheet.attrib.items() if str(key).endswith("}id")), None)
        target = targets.get(relation, "")
        member = target if target.startswith("xl/") else f"xl/{target}"
        if member in marks:
            named[str(sheet.get("name"))] = marks[member]
    return named


# -- text ---------------------------------------------------------------------------------------------


def _read_csv(path: Path, limits: ReadLimits) -> Sheet:
    text = _decode(path)
    rows: list[Row] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        for cells in reader:
            if len(cells) > limits.columns or any(len(cell) > 40_000 for cell in cells):
                raise DomainError("workbook-cell-too-large", file=path.name)
            rows.append([*cells])
            if len(rows) > limits.rows:
                break
    except csv.Error as error:
        too_long = "field larger" in str(error)
        raise DomainError(
            "workbook-cell-too-large" if too_long else "workbook-damaged", file=path.name
        ) from error
    while rows and not any(str(cell).strip() for cell in rows[-1]):
        rows.pop()
    return Sheet(name=path.stem, rows=rows)


def _decode(path: Path) -> str:
    """UTF-8 with or without mark, UTF-16 with mark, else GB18030, as Excel in China writes it."""
    content = path.read_bytes()
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif b"\0" in content:
        raise DomainError("workbook-not-one", file=path.name)
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        odd = sum(1 for sign in text[:4096] if sign < " " and sign not in "\t\r\n\f")
        if odd * 50 > len(text[:4096]):
            break
        return text
    raise DomainError("workbook-not-one", file=path.name)


def _delimiter(text: str) -> str:
    """The sign that parts the first lines most evenly."""
    lines = [line for line in text[:20_000].splitlines()[:20] if line.strip()]
    counts = {sign: sorted(line.count(sign) for line in lines) for sign in ",\t;|"}
    best = max(counts, key=lambda sign: counts[sign][len(lines) // 2] if lines else 0)
    if not lines or not counts[best][len(lines) // 2]:
        return ","
    return best
