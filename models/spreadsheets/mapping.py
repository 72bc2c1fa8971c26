"""What the columns of a workbook mean: guessed, corrected, saved by name, fitted to the next file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.entities.setting import ImportMapping
from models.errors import DomainError
from models.rules.rights import Right
from models.spreadsheets.codes import CodeBook, read_codes
from models.spreadsheets.fields import BY_KEY, EXTRA, IGNORED, SLOT_FIELDS, SLOTS
from models.spreadsheets.headers import (
    SEARCHED_ROWS,
    ColumnMeaning,
    Header,
    find_header,
    is_ours,
    normalise_header,
    read_header,
)
from models.spreadsheets.reading import Sheet, Workbook
from models.work import Work

_FORMAT = 1


@dataclass(frozen=True)
class ColumnMapping:
    """``column`` counts from 0. ``field`` is a key of `fields.BY_KEY`, `fields.EXTRA` or `fields.IGNORED`.

    ``slot`` names another person of the same row (`fields.SLOTS`). ``codes`` gives words for codes:
    {"2001": "已入住"}.
    """

    column: int
    header: str
    field: str = IGNORED
    slot: str = ""
    codes: MappingType[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class SheetMapping:
    """``header_row`` as Excel counts, 0 = no header. ``is_used`` False leaves the sheet out."""

    sheet: str
    header_row: int
    header_depth: int
    columns: tuple[ColumnMapping, ...]
    is_used: bool = True

    @property
    def first_data_row(self) -> int:
        """Counted from 0."""
        return self.header_row + self.header_depth - 1 if self.header_row else 0


@dataclass(frozen=True)
class Mapping:
    """``unknown_phones``, ``unknown_ids``: placeholders that such workbooks write for "unknown"."""

    sheets: tuple[SheetMapping, ...]
    name: str = ""
    unknown_phones: frozenset[str] = frozenset()
    unknown_ids: frozenset[str] = frozenset()

    def with_column(self, sheet: str, column: int, **changes: Any) -> Mapping:
        """A copy with one column corrected (``field=``, ``slot=``, ``codes=``)."""
        return replace(
            self,
            sheets=tuple(
                replace(
                    of,
                    columns=tuple(
                        replace(each, **changes) if each.column == column else each for each in of.columns
                    ),
                )
                if of.sheet == sheet
                else of
                for of in self.sheets
            ),
        )

    def with_sheet(self, sheet: str, **changes: Any) -> Mapping:
        """A copy with one sheet corrected (``is_used=`` …)."""
        return replace(
            self, sheets=tuple(replace(of, **changes) if of.sheet == sheet else of for of in self.sheets)
        )


def guess_mapping(workbook: Workbook) -> Mapping:
    """The mapping that headers, notes and sheet names suggest. Sheets without a header are not listed."""
    book = read_codes(workbook)
    sheets = []
    for sheet in workbook.sheets:
        header = find_header(sheet)
        if header is not None:
            sheets.append(_from_header(sheet, header, book))
    return Mapping(tuple(sheets), unknown_phones=book.unknown_phones, unknown_ids=book.unknown_ids)


def with_header_row(workbook: Workbook, mapping: Mapping, sheet: str, row: int, depth: int = 1) -> Mapping:
    """The mapping after the user pointed at another header row (as Excel counts)."""
    source = workbook.sheet(sheet)
    fresh = _from_header(source, read_header(source, row - 1, depth), read_codes(workbook))
    others = [of for of in mapping.sheets if of.sheet != sheet]
    order = [of.name for of in workbook.sheets]
    return replace(mapping, sheets=tuple(sorted([*others, fresh], key=lambda of: order.index(of.sheet))))


def _from_header(sheet: Sheet, header: Header, book: CodeBook) -> SheetMapping:
    has_people = any(meaning.field == "resident.name" for meaning in header.columns)
    unknown = EXTRA if has_people else IGNORED
    columns = tuple(
        ColumnMapping(
            meaning.column,
            meaning.header,
            meaning.field or (unknown if _is_extra(sheet, header, meaning) else IGNORED),
            meaning.slot,
            book.codes_for(meaning.field, meaning.header),
        )
        for meaning in header.columns
    )
    return SheetMapping(sheet.name, header.row + 1, header.depth, columns, is_used=not sheet.is_hidden)


def _is_extra(sheet: Sheet, header: Header, meaning: ColumnMeaning) -> bool:
    """A column with values that has no field; not one of those our own workbooks carry for the reader."""
    if is_ours(meaning.header.rpartition("/")[2]):
        return False
    below = range(header.row + header.depth, len(sheet.rows))
    return any(sheet.cell(row, meaning.column) != "" for row in below)


# -- fitting a saved mapping --------------------------------------------------------------------------


def fit_mapping(saved: Mapping, workbook: Workbook) -> Mapping:
    """The saved meanings put on this workbook's columns; columns it does not know keep the guess.

    Raises ``DomainError("mapping-does-not-fit")`` when no sheet carries its headers.
    """
    book = read_codes(workbook)
    guessed = {of.sheet: of for of in guess_mapping(workbook).sheets}
    fitted: list[SheetMapping] = []
    is_any = False
    for sheet in workbook.sheets:
        found = _best_fit(saved, sheet)
        if found is not None:
            is_any = True
            fitted.append(_fit_sheet(sheet, *found, guessed.get(sheet.name), book))
        elif sheet.name in guessed:
            fitted.append(guessed[sheet.name])
    if not is_any:
        raise DomainError("mapping-does-not-fit", mapping=saved.name, file=workbook.file_name)
    return replace(
        saved,
        sheets=tuple(fitted),
        unknown_phones=saved.unknown_phones | book.unknown_phones,
        unknown_ids=saved.unknown_ids | book.unknown_ids,
    )


def _best_fit(saved: Mapping, sheet: Sheet) -> tuple[SheetMapping, int] | None:
    """The saved sheet and this sheet's header row (from 0) that share the most headers: half at least."""
    best: tuple[float, SheetMapping, int] | None = None
    for of in saved.sheets:
        wanted = {normalise_header(each.header) for each in of.columns if each.field != IGNORED}
        if not of.header_row:
            if of.sheet == sheet.name:
                best = best or (0.5, of, 0)
            continue
        for row in range(min(SEARCHED_ROWS, len(sheet.rows))):
            texts = {normalise_header(text) for _, text in _texts(sheet, row, of.header_depth)}
            share = len(wanted & texts) / max(1, len(wanted)) + (0.1 if of.sheet == sheet.name else 0)
            if share >= 0.5 and (best is None or share > best[0]):
                best = (share, of, row)
    return (best[1], best[2]) if best else None


def _texts(sheet: Sheet, row: int, depth: int) -> Iterable[tuple[int, str]]:
    if row + depth > len(sheet.rows):
        return []
    return [(meaning.column, meaning.header) for meaning in read_header(sheet, row, depth).columns]


def _fit_sheet(
    sheet: Sheet, of: SheetMapping, row: int, guess: SheetMapping | None, book: CodeBook
) -> SheetMapping:
    if not of.header_row:
        return replace(of, sheet=sheet.name)
    known: dict[str, list[ColumnMapping]] = {}
    for each in of.columns:
        known.setdefault(normalise_header(each.header), []).append(each)
    guesses = {each.column: each for each in guess.columns} if guess else {}
    columns = []
    for column, text in _texts(sheet, row, of.header_depth):
        waiting = known.get(normalise_header(text))
        if waiting:
            each = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            codes = {**book.codes_for(each.field, text), **each.codes}
            columns.append(replace(each, column=column, header=text, codes=codes))
        else:
            columns.append(guesses.get(column) or ColumnMapping(column, text))
    return replace(of, sheet=sheet.name, header_row=row + 1, columns=tuple(columns))


# -- as JSON, by name ---------------------------------------------------------------------------------


def to_json(mapping: Mapping) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "unknown_phones": sorted(mapping.unknown_phones),
        "unknown_ids": sorted(mapping.unknown_ids),
        "sheets": [
            {
                "sheet": of.sheet,
                "header_row": of.header_row,
                "header_depth": of.header_depth,
                "is_used": of.is_used,
                "columns": [
                    {
                        "column": each.column,
                        "header": each.header,
                        "field": each.field,
                        "slot": each.slot,
                        "codes": dict(each.codes),
                    }
                    for each in of.columns
                ],
            }
            for of in mapping.sheets
        ],
    }


def from_json(name: str, data: Any) -> Mapping:
    """Raises ``DomainError("mapping-invalid")`` for what is none, or names fields this version lacks."""
    try:
        sheets = tuple(
            SheetMapping(
                sheet=str(of["sheet"]),
                header_row=int(of["header_row"]),
                header_depth=int(of["header_depth"]),
                is_used=bool(of["is_used"]),
                columns=tuple(
                    ColumnMapping(
                        int(each["column"]),
                        str(each["header"]),
                        str(each["field"]),
                        str(each["slot"]),
                        {str(code): str(word) for code, word in each["codes"].items()},
                    )
                    for each in of["columns"]
                ),
            )
            for of in data["sheets"]
        )
        mapping = Mapping(
            sheets,
            name,
            frozenset(map(str, data.get("unknown_phones", ()))),
            frozenset(map(str, data.get("unknown_ids", ()))),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DomainError("mapping-invalid", mapping=name) from error
    check_mapping(mapping)
    return mapping


def check_mapping(mapping: Mapping) -> None:
    """Raises ``DomainError("mapping-invalid")`` for unknown fields or slots."""
    for of in mapping.sheets:
        for each in of.columns:
            is_known = each.field in BY_KEY or each.field in {EXTRA, IGNORED}
            is_placed = not each.slot or (each.slot in SLOTS and each.field in SLOT_FIELDS)
            if not is_known or not is_placed or each.column < 0 or of.header_depth not in {1, 2}:
                raise DomainError("mapping-invalid", mapping=mapping.name)


def save_mapping(work: Work, name: str, mapping: Mapping) -> str:
    """Save under a name, over one of the same name; returns the row id."""
    work.require(Right.ARCHIVE_IMPORT)
    name = name.strip()
    if not name:
        raise DomainError("mapping-name-missing")
    check_mapping(mapping)
    row: ImportMapping | None = work.session.scalars(_named(name)).first()
    if row is None:
        row = work.add(ImportMapping(name=name, mapping=to_json(mapping)))
        return row.id
    row.mapping = to_json(mapping)
    work.session.flush()
    return row.id


def delete_mapping(work: Work, name: str) -> None:
    work.require(Right.ARCHIVE_IMPORT)
    for row in work.session.scalars(_named(name)):
        work.delete(row)


def mapping_names(session: Session) -> tuple[str, ...]:
    found = session.scalars(select(ImportMapping.name).where(ImportMapping.deleted.is_(None)))
    return tuple(sorted(set(found)))


def load_mapping(session: Session, name: str) -> Mapping:
    """Raises ``DomainError("mapping-missing")``."""
    row = session.scalars(_named(name)).first()
    if row is None:
        raise DomainError("mapping-missing", mapping=name)
    return from_json(row.name, row.mapping)


def _named(name: str) -> Any:
    return (
        select(ImportMapping)
        .where(ImportMapping.name == name, ImportMapping.deleted.is_(None))
        .order_by(ImportMapping.id.desc())
    )
