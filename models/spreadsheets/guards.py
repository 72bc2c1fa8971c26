"""Looks at a workbook file before anything parses it, so that no file can hurt the desk.

The zip directory may lie, so every member is also inflated once, piece by piece and thrown away: that
counts its true size, finds one endless cell and finds a lone value at the far corner of a sheet (which
would make a dense table of 17 thousand million cells). The same pass collects the cells that hold an
error or a formula nobody has computed, which the fast reader shows as blank.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from models.errors import DomainError

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"
_CHUNK = 1 << 20
_OVERLAP = 256
_SHEET_MEMBER = re.compile(r"xl/worksheets/[^/]+\.xml$")
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d{1,9})"')
_WIDE = re.compile(rb'\br="([A-Z]{2,3})\d')
_ERROR_CELL = re.compile(rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]{1,3}\d+)"')
_DRY_FORMULA = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3}\d+)"[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)'
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


@dataclass(frozen=True)
class ReadLimits:
    """What a workbook may weigh. Bytes, except the counts."""

    file_bytes: int = 64 * _CHUNK
    member_bytes: int = 256 * _CHUNK
    total_bytes: int = 512 * _CHUNK
    text_run_bytes: int = 2 * _CHUNK
    """The longest text without a tag in between; Excel's own limit is 32,767 characters a cell."""
    members: int = 4_000
    rows: int = 200_000
    columns: int = 500
    cells: int = 12_000_000
    """Rows times columns of one sheet, as a dense table."""


@dataclass(frozen=True)
class SheetMarks:
    """Cells (``"B7"``) of one sheet that look blank to the reader but are not."""

    errors: frozenset[str] = frozenset()
    uncomputed: frozenset[str] = frozenset()


@dataclass
class _Extent:
    """What one sheet's XML has shown so far."""

    rows: int = 0
    columns: int = 26
    errors: set[str] = field(default_factory=set)
    uncomputed: set[str] = field(default_factory=set)


def inspect_zip(path: Path, limits: ReadLimits) -> dict[str, SheetMarks]:
    """Check an .xlsx against the limits; sheet member name → its marks.

    Raises ``DomainError``: ``workbook-damaged``, ``workbook-not-one``, ``workbook-too-large``,
    ``workbook-cell-too-large``, ``workbook-kind-unsupported``.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            _check_directory(path, infos, limits)
            return {
                info.filename: _inspect_sheet(archive, info, limits)
                for info in infos
                if _is_weighed(archive, info, limits) and _SHEET_MEMBER.search(info.filename)
            }
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise DomainError("workbook-damaged", file=path.name) from error
    except RuntimeError as error:  # zipfile's word for an encrypted member
        raise DomainError("workbook-encrypted", file=path.name) from error


def _check_directory(path: Path, infos: list[zipfile.ZipInfo], limits: ReadLimits) -> None:
    names = {info.filename for info in infos}
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise DomainError("workbook-kind-unsupported", file=path.name)
    if "xl/workbook.xml" not in names:
        raise DomainError("workbook-not-one", file=path.name)
    if len(infos) > limits.members:
        raise DomainError("workbook-too-large", file=path.name, limit_mb=limits.total_bytes >> 20)
    total = 0
    for info in infos:
        total += info.file_size
        if info.file_size > limits.member_bytes or total > limits.total_bytes:
            raise DomainError("workbook-too-large", file=path.name, limit_mb=limits.total_bytes >> 20)


def _is_weighed(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: ReadLimits) -> bool:
    """Inflate a member that is not a sheet and throw it away; sheets are weighed while inspected."""
    if not _SHEET_MEMBER.search(info.filename):
        _stream(archive, info, limits, lambda piece: None)
    return True


def _stream(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: ReadLimits, look: Callable[[bytes], None]
) -> None:
    """Pass a member's true bytes to ``look`` in overlapping pieces; refuse one endless text."""
    tail = b""
    run = seen = 0
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            seen += len(chunk)
            last = chunk.rfind(b"<")
            first = chunk.find(b"<")
            run += len(chunk) if first < 0 else first
            if run > limits.text_run_bytes and info.filename.endswith(".xml"):
                raise DomainError("workbook-cell-too-large", file=Path(archive.filename or "").name)
            if last >= 0:
                run = len(chunk) - last
            look(tail + chunk)
            tail = chunk[-_OVERLAP:]
    if seen != info.file_size:
        raise zipfile.BadZipFile("the directory tells another size")


def _inspect_sheet(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: ReadLimits) -> SheetMarks:
    extent = _Extent()

    def look(piece: bytes) -> None:
        rows = [int(found) for found in _ROW.findall(piece)]
        if rows:
            extent.rows = max(extent.rows, *rows)
        for letters in set(_WIDE.findall(piece)):
            extent.columns = max(extent.columns, column_index(letters.decode()) + 1)
        if b't="e"' in piece:
            extent.errors.update(found.decode() for found in _ERROR_CELL.findall(piece))
        if re.search(rb"<(?:\w+:)?f\b", piece):
            extent.uncomputed.update(found.decode() for found in _DRY_FORMULA.findall(piece))

    _stream(archive, info, limits, look)
    if _is_too_large(extent, limits):
        _check_valued_cells(archive, info, limits)
    return SheetMarks(frozenset(extent.errors), frozenset(extent.uncomputed))


def _is_too_large(extent: _Extent, limits: ReadLimits) -> bool:
    return (
        extent.rows > limits.rows
        or extent.columns > limits.columns
        or extent.rows * extent.columns > limits.cells
    )


def _check_valued_cells(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: ReadLimits) -> None:
    """The exact look, only for sheets that reach far: formatted but empty cells do not count."""
    from lxml import etree

    rows = columns = row_number = 0
    with archive.open(info) as stream:
        for event, element in etree.iterparse(
            stream, events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False
        ):
            name = etree.QName(element).localname
            if name == "row" and event == "start":
                row_number = int(element.get("r") or row_number + 1)
            elif name == "c" and event == "end":
                if any(child.text or len(child) for child in element):
                    rows = max(rows, row_number)
                    letters = re.match(r"[A-Z]+", element.get("r") or "A")
                    columns = max(columns, column_index(letters.group() if letters else "A") + 1)
            elif name == "row":
                element.clear()
    if _is_too_large(_Extent(rows=rows, columns=columns), limits):
        raise DomainError(
            "workbook-sheet-too-large", file=Path(archive.filename or "").name, rows=rows, columns=columns
        )


def column_index(letters: str) -> int:
    """``"A"`` → 0, ``"AA"`` → 26."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def column_letters(index: int) -> str:
    """0 → ``"A"``, 26 → ``"AA"``."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
