"""Finds the header of a sheet and says what each column means.

A header row is known by its words, not by its place: titles may stand above it, and it may be two rows
high with merged group names (业主信息 | 租户信息) over 姓名, 电话.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from models.spreadsheets.fields import (
    AMBIGUOUS,
    FIELDS,
    OUR_OWN,
    OWN_PREFIXES,
    SHEET_WORDS,
    SLOT_FIELDS,
    SLOTS,
)
from models.spreadsheets.reading import Cell, Sheet
from resources.translations import words_of

SEARCHED_ROWS = 40
"""How far down a header is looked for."""
_PARENTHESES = re.compile(r"[（(\[【〔<][^（(\[【〔<]*[)）\]】〕>]")
_NOISE = re.compile(r"[\s*:：#,，。、;；_\-—'\"“”‘’!！?？☆★※·]+|必填|选填|必输")
_UNITS = re.compile(r"(?:m2|平方米|平米|㎡|单位)$")
_DATA_LIKE = re.compile(r"[\d.\-/]+$|1[3-9]\d{9}")
_ANCHOR_FIELDS = frozenset(
    {
        "building.code",
        "building.name",
        "unit.code",
        "room.number",
        "room.code",
        "room.ref",
        "resident.name",
        "resident.customer_no",
        "vehicle.plate",
        "parking.code",
        "pet.kind",
        "pet.name",
    }
)
_ENTITY_OF = {"phone": "resident", "occupancy": "resident", "tag": "resident", "unit": "building"}


def normalise_header(text: object) -> str:
    """The header without width, blanks, marks, units and remarks in parentheses; lower case."""
    plain = unicodedata.normalize("NFKC", str(text)).strip().lower()
    previous = ""
    while previous != plain:
        previous, plain = plain, _PARENTHESES.sub("", plain)
    return _UNITS.sub("", _NOISE.sub("", plain))


def _known_names() -> dict[str, str]:
    names: dict[str, str] = {}
    english = words_of("en")
    for field in FIELDS:
        for name in (field.label, *field.names, english.get(field.label, ""), *field.english):
            if name:
                names.setdefault(normalise_header(name), field.key)
    return names


_NAMES = _known_names()
_OURS = frozenset(
    normalise_header(each) for name in OUR_OWN for each in (name, words_of("en").get(name, name))
)


def is_ours(header: str) -> bool:
    """A column that our own workbooks carry for the reader alone."""
    return normalise_header(header) in _OURS


@dataclass(frozen=True)
class ColumnMeaning:
    """``column`` counts from 0; ``field`` "" when the header is not known."""

    column: int
    header: str
    field: str = ""
    slot: str = ""


@dataclass(frozen=True)
class Header:
    """``row`` counts from 0 and is the first of ``depth`` rows."""

    row: int
    depth: int
    columns: tuple[ColumnMeaning, ...]
    score: float

    @property
    def fields(self) -> set[str]:
        return {meaning.field for meaning in self.columns if meaning.field}


def find_header(sheet: Sheet) -> Header | None:
    """The most telling row (or pair of rows) among the first `SEARCHED_ROWS`, or None."""
    best: Header | None = None
    for row in range(min(SEARCHED_ROWS, len(sheet.rows))):
        for depth in (1, 2):
            if row + depth > len(sheet.rows):
                continue
            found = read_header(sheet, row, depth)
            if not found.fields & _ANCHOR_FIELDS or found.score < 1.6:
                continue
            if depth == 2 and found.score < read_header(sheet, row + 1, 1).score + 0.9:
                continue  # the upper row adds nothing: a title, or a row of data
            if best is None or found.score > best.score + (0.8 if depth > best.depth else 0):
                best = found
    return best


def read_header(sheet: Sheet, row: int, depth: int) -> Header:
    """What the columns would mean if the header stood here."""
    groups = _group_texts(sheet, row) if depth == 2 else {}
    texts: list[tuple[int, str, str]] = []
    score = 0.0
    width = max((len(cells) for cells in sheet.rows[row : row + depth]), default=0)
    for column in range(width):
        upper = groups.get(column, "") if depth == 2 else ""
        lower = _text(sheet.cell(row + depth - 1, column))
        if depth == 2 and lower and lower == upper:
            upper = ""
        if not lower and depth == 2:
            lower, upper = upper, ""
        if not lower:
            continue
        score -= 0.5 * _is_data_like(sheet.cell(row + depth - 1, column))
        texts.append((column, upper, lower))
    anchors = _anchors(sheet.name, texts)
    columns: list[ColumnMeaning] = []
    taken: set[tuple[str, str]] = set()
    for column, upper, lower in texts:
        field, slot = ("", "") if is_ours(lower) else meaning_of(lower, anchors, upper)
        is_new = (slot, field) not in taken
        if field and not is_new and field not in {"phone.number", "tag.name"}:
            field = slot = ""
        if field:
            score += 1.0 if is_new else 0.2
            taken.add((slot, field))
        columns.append(ColumnMeaning(column, f"{upper}/{lower}" if upper else lower, field, slot))
    return Header(row, depth, tuple(columns), score)


def meaning_of(text: str, anchors: frozenset[str], group: str = "") -> tuple[str, str]:
    """(field key, slot) of a header text, ("", "") if unknown."""
    plain = normalise_header(text)
    over = normalise_header(group)
    if over:
        slot = _slot_of(over)
        known = _lookup(plain, anchors)
        if slot and known in SLOT_FIELDS:
            return known, slot
        named = [entity for entity, words in SHEET_WORDS.items() if any(word in over for word in words)]
        if plain in AMBIGUOUS and named:
            return _lookup(plain, frozenset(named)), ""
    for candidate in _spellings(plain):
        known = _lookup(candidate, anchors)
        if known:
            return known, ""
        for slot, words in SLOTS.items():
            for word in words:
                rest = candidate.removeprefix(word)
                if rest == candidate:
                    continue
                field = "resident.name" if rest in {"", "名称"} else _lookup(rest.removeprefix("的"), anchors)
                if field in SLOT_FIELDS:
                    return field, slot
        for prefix in OWN_PREFIXES:
            rest = candidate.removeprefix(prefix)
            if rest and rest != candidate and (known := _lookup(rest, anchors)):
                return known, ""
    return "", ""


def _spellings(plain: str) -> list[str]:
    """The header, without a number at its end, and each side of a slash."""
    found = [plain, re.sub(r"(?:\d+|[一二三四])$", "", plain)]
    found += [part for part in re.split(r"[/\\|或]", plain) if part != plain]
    return [spelling for spelling in dict.fromkeys(found) if spelling]


def _lookup(plain: str, anchors: frozenset[str]) -> str:
    if plain in AMBIGUOUS:
        for entity, field in AMBIGUOUS[plain]:
            if entity in anchors:
                return field
        if anchors:
            return ""
    return _NAMES.get(plain, "")


def _slot_of(text: str) -> str:
    return next((slot for slot, words in SLOTS.items() if any(text.startswith(word) for word in words)), "")


def _anchors(sheet_name: str, texts: list[tuple[int, str, str]]) -> frozenset[str]:
    anchors = {entity for entity, words in SHEET_WORDS.items() if any(word in sheet_name for word in words)}
    for _, _, text in texts:
        plain = normalise_header(text)
        field = "" if plain in AMBIGUOUS else _NAMES.get(plain, "")
        if field:
            entity = field.partition(".")[0]
            anchors.add(_ENTITY_OF.get(entity, entity))
    return frozenset(anchors)


def _group_texts(sheet: Sheet, row: int) -> dict[int, str]:
    """The upper header row with merged group names spread over their columns."""
    texts = {column: _text(value) for column, value in enumerate(sheet.rows[row]) if _text(value)}
    for first_row, first_column, last_row, last_column in sheet.merged:
        if first_row <= row <= last_row and last_column - first_column < 60:
            value = _text(sheet.cell(first_row, first_column))
            for column in range(first_column, last_column + 1):
                texts.setdefault(column, value)
    return texts


def _text(value: Cell) -> str:
    return re.sub(r"\s+", " ", str(value)).strip() if isinstance(value, str) else str(value or "")


def _is_data_like(value: Cell) -> bool:
    if not isinstance(value, str):
        return value != ""
    plain = unicodedata.normalize("NFKC", value).strip()
    return bool(_DATA_LIKE.match(plain)) or len(plain) > 60
