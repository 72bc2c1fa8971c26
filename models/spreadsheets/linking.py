"""Turns the rows of all sheets into statements about rooms, people and things, in an order that lets
sheets refer to each other (房屋信息 names its owner by 业主编号 that 业主信息 explains).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from models.rules import personal_data
from models.spreadsheets import people, values, vocabulary
from models.spreadsheets.fields import BY_KEY, EXTRA, IGNORED, Reads
from models.spreadsheets.mapping import ColumnMapping, Mapping, SheetMapping
from models.spreadsheets.people import Person, PhoneNumber
from models.spreadsheets.reading import Cell, Row, Sheet, Workbook
from models.spreadsheets.reasons import Reason
from models.spreadsheets.values import Doubt

LONGEST = 2000
"""Characters of a cell that are kept; Excel's own limit is 32,767."""
_CACHE = 20_000
_NOTE_STARTS = (
    "说明", "备注", "注:", "注：", "合计", "总计", "小计", "制表", "审核", "填表", "填写说明", "注意",
    "※", "*注",
)  # fmt: skip
_LINKS = {
    "resident.customer_no": ("resident.name",),
    "room.ref": ("room.number", "room.code"),
    "unit.ref": ("unit.code",),
    "building.ref": ("building.code",),
}
"""Keys by which sheets refer to each other, and what a sheet that defines one also has."""
_KEY_FIELDS = frozenset({"building.code", "unit.code", "room.number", "room.code", *_LINKS})


@dataclass(slots=True)
class Statement:
    """What one row of a workbook says. ``facts`` {field key: value} of what belongs to one thing."""

    sheet: str
    row: int
    facts: dict[str, Any] = field(default_factory=dict)
    people: list[Person] = field(default_factory=list)
    plates: list[str] = field(default_factory=list)
    spaces: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    extras: dict[str, str] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    """Field key → the sheet's header for it."""
    is_about_thing: bool = False
    """The row is of a list of cars, spaces or pets: its person is named, not described."""
    place: tuple[str, int] = ("", 0)

    def __post_init__(self) -> None:
        self.place = (self.sheet, self.row)

    @property
    def is_refused(self) -> bool:
        return any(reason.is_refusal for reason in self.reasons)

    def doubt(self, code: str, column: int = -1, **about: object) -> None:
        self.reasons.append(Reason(code, about, column))

    def header_of(self, key: str) -> str:
        return self.headers.get(key, BY_KEY[key].label)


def ordered(mapping: Mapping) -> list[SheetMapping]:
    """The used sheets, each after those that explain the keys it refers to."""
    waiting = [of for of in mapping.sheets if of.is_used]
    waiting.sort(key=_rank)
    done: list[SheetMapping] = []
    while waiting:
        ready = next(
            (of for of in waiting if not _refers(of, [x for x in waiting if x is not of])), waiting[0]
        )
        waiting.remove(ready)
        done.append(ready)
    return done


def _fields(of: SheetMapping) -> set[str]:
    return {each.field for each in of.columns if not each.slot}


def _rank(of: SheetMapping) -> int:
    """Places first, then people by themselves, then rooms, then the rest."""
    fields = _fields(of)
    has_room = bool(fields & {"room.number", "room.code", "room.ref"})
    if "resident.name" not in fields and not has_room and "building.code" in fields:
        return 0
    if "resident.name" in fields and not has_room:
        return 1
    return 2 if has_room and not fields & {"vehicle.plate", "parking.code", "pet.kind"} else 3


def _refers(of: SheetMapping, others: list[SheetMapping]) -> bool:
    mine = _fields(of)
    for key, definers in _LINKS.items():
        if key in mine and not mine & set(definers):
            for other in others:
                theirs = _fields(other)
                if key in theirs and theirs & set(definers):
                    return True
    return False


# -- reading the rows of one sheet --------------------------------------------------------------------


class SheetReader:
    """Reads the data rows of one sheet by its mapping."""

    def __init__(self, workbook: Workbook, mapping: Mapping, of: SheetMapping) -> None:
        self.sheet: Sheet = workbook.sheet(of.sheet)
        self.of = of
        self.mapping = mapping
        self.columns = [each for each in of.columns if each.field != IGNORED]
        self.fields = _fields(of)
        self.headers = {each.field: each.header for each in self.columns if not each.slot}
        self._readers = [(each.column, each, _reader(each, mapping), _putter(each)) for each in self.columns]
        self._places = [each.column for each in self.columns]
        self._heads = {each.header for each in self.columns}
        self._carried: tuple[str, str | None] | None = None
        self.is_about_things = _rank(of) == 3 and not any(
            name.startswith("room.") and name not in {"room.code", "room.number", "room.ref"}
            for name in self.fields
        )
        self._bad = self.sheet.errors | self.sheet.uncomputed

    def count(self) -> int:
        """How many rows `statements` will read."""
        rows = self.sheet.rows
        return sum(self._is_data(at, rows[at]) for at in range(self.of.first_data_row, len(rows)))

    def statements(self) -> Iterator[Statement]:
        """One per row that says something; blank rows, notes and totals are passed over."""
        for at in range(self.of.first_data_row, len(self.sheet.rows)):
            cells = self.sheet.rows[at]
            if not self._is_data(at, cells):
                continue
            statement = Statement(
                self.sheet.name, at + 1, headers=self.headers, is_about_thing=self.is_about_things
            )
            self._read(at, cells, statement)
            self._carry_building(statement)
            yield statement

    def _is_data(self, at: int, cells: Row) -> bool:
        width = len(cells)
        first = next((cells[column] for column in self._places if column < width and cells[column] != ""), "")
        if not isinstance(first, str):
            return True
        begins = first.strip()
        if begins and len(first) <= 40 and begins not in self._heads and not begins.startswith(_NOTE_STARTS):
            return True
        filled = [cells[column] for column in self._places if column < width and cells[column] != ""]
        if not filled or all(isinstance(cell, str) and not cell.strip() for cell in filled):
            return bool(self._bad) and any((at, column) in self._bad for column in self._places)
        if begins.startswith(_NOTE_STARTS):
            return False
        if len(filled) == 1 and len(self.columns) > 2 and len(first) > 40:
            return False
        # A header repeated further down (a printed list with a head on each page).
        return begins not in self._heads or not all(
            isinstance(cell, str) and cell.strip() in self._heads for cell in filled
        )

    def _read(self, at: int, cells: Row, into: Statement) -> None:
        raw_people: dict[str, _Slot] = {}
        width = len(cells)
        for column, each, read, put in self._readers:
            cell = cells[column] if column < width else ""
            if cell == "":
                if self._bad and (at, each.column) in self._bad:
                    _bad_cell(into, each, (at, each.column) in self.sheet.uncomputed)
                continue
            if isinstance(cell, str) and len(cell) > LONGEST:
                is_key = each.field in _KEY_FIELDS or each.field == "resident.name"
                into.doubt(
                    "cell-too-long" if is_key else "text-cut", each.column, header=each.header, limit=LONGEST
                )
                cell = cell[:LONGEST]
            try:
                value = read(cell)
            except Doubt as doubt:
                _take_doubt(into, each, doubt)
                continue
            if value is not None:
                put(into, raw_people, value)
        _assemble(into, raw_people)

    def _carry_building(self, statement: Statement) -> None:
        """A blank building cell under a filled one means the same building (a list made for the eye)."""
        if "building.code" not in self.fields:
            return
        facts = statement.facts
        number = facts.get("room.number")
        if building := facts.get("building.code"):
            self._carried = (building, facts.get("unit.code"))
        elif number and "-" not in number and self._carried and not facts.get("building.ref"):
            building, unit = self._carried
            facts["building.code"] = building
            if unit and not facts.get("unit.code"):
                facts["unit.code"] = unit
            statement.doubt("building-carried", building=building)


@dataclass(slots=True)
class _Slot:
    """The cells of one person (or one group of people) of a row, before pairing."""

    names: list[Person] = field(default_factory=list)
    phones: list[PhoneNumber] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    genders: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    role: str = ""
    role_word: str = ""

    def take(self, key: str, value: Any) -> None:
        if key == "resident.name":
            self.names = value
        elif key == "phone.number":
            self.phones += value
        elif key == "resident.id_number":
            self.ids = value
        elif key == "resident.gender":
            self.genders = value
        elif key == "occupancy.role":
            self.role, self.role_word = value
        else:
            self.facts[key] = value


def _bad_cell(into: Statement, each: ColumnMapping, is_dry: bool) -> None:
    is_key = each.field in _KEY_FIELDS or each.field in {"resident.name", "vehicle.plate", "parking.code"}
    code = ("key-" if is_key else "cell-") + ("uncomputed" if is_dry else "error")
    into.doubt(code, each.column, header=each.header)


def _take_doubt(into: Statement, each: ColumnMapping, doubt: Doubt) -> None:
    code = doubt.code
    if code == "code-became-date" and each.field not in _KEY_FIELDS:
        code = "number-unreadable"
    into.doubt(code, each.column, header=each.header, shown=doubt.shown)


def _putter(each: ColumnMapping) -> Callable[[Statement, dict[str, _Slot], Any], None]:
    """What is done with the values of one column, decided once."""
    key = each.field
    if key == EXTRA:
        return lambda into, slots, value: into.extras.__setitem__(each.header, value)
    if key == "vehicle.plate":
        return lambda into, slots, value: setattr(into, "plates", value)
    if key == "parking.code":
        return lambda into, slots, value: setattr(into, "spaces", value)
    if key == "tag.name":
        return lambda into, slots, value: into.tags.extend(value)
    is_of_person = key.partition(".")[0] in {"resident", "phone", "occupancy"}
    if not is_of_person or key in {"resident.customer_no", "resident.id"}:
        return lambda into, slots, value: into.facts.setdefault(key, value)

    def put(into: Statement, slots: dict[str, _Slot], value: Any) -> None:
        slot = slots.get(each.slot)
        if slot is None:
            slot = slots[each.slot] = _Slot()
        slot.take(key, value)

    return put


_SLOT_ROLES = {"tenant": "tenant", "family": "family", "merchant": "merchant", "coowner": "owner"}


def _assemble(into: Statement, slots: dict[str, _Slot]) -> None:
    """Give each person of the row what is theirs."""
    for name in sorted(slots):  # "" first: the row's main people
        slot = slots[name]
        if not slot.names:
            if name == "":
                into.facts["slot"] = slot
            if (slot.phones or any(slot.ids)) and not (name == "" and into.facts.get("resident.customer_no")):
                into.doubt("name-missing")
            continue
        _pair(into, slot)
        for person in slot.names:
            if not person.role:
                person.role, person.role_word = slot.role or _SLOT_ROLES.get(name, ""), slot.role_word
            person.from_on = slot.facts.get("occupancy.from_on")
            person.to_on = slot.facts.get("occupancy.to_on")
            if note := slot.facts.get("occupancy.note"):
                person.facts["occupancy.note"] = note
        first = slot.names[0]
        first.facts.update(
            {
                key: value
                for key, value in slot.facts.items()
                if key.startswith("resident.") and key != "resident.age"
            }
        )
        into.people += slot.names


def _pair(into: Statement, slot: _Slot) -> None:
    names = slot.names
    count = len(names)
    if slot.phones:
        if count == 1 or len(slot.phones) == count:
            for at, phone in enumerate(slot.phones):
                names[at if count > 1 else 0].phones.append(phone)
        else:
            if len(slot.phones) > 1:
                into.doubt("phones-unpaired", people=count, phones=len(slot.phones))
            for at, phone in enumerate(slot.phones):
                names[at if at < count else 0].phones.append(phone)
    if any(slot.ids):
        if len(slot.ids) > count:
            into.doubt("ids-unpaired", people=count, ids=len(slot.ids))
        for person, number in zip(names, slot.ids, strict=False):
            person.id_number = number or None
    for person, gender in zip(names, slot.genders, strict=False):
        person.facts["resident.gender"] = gender


# -- one reader per column ----------------------------------------------------------------------------


def _reader(each: ColumnMapping, mapping: Mapping) -> Callable[[Cell], Any]:
    """The function for one column, remembering what it has read: most columns repeat few values."""
    plain = _plain_reader(each, mapping)
    if each.field in {"resident.name", "phone.number", "resident.id_number"}:
        return plain  # each row its own, and the lists are given away
    seen: dict[Cell, Any] = {}

    def remembered(cell: Cell) -> Any:
        if cell is True or cell is False:  # equal to 1 and 0, and not meant like them
            return plain(cell)
        if cell in seen:
            return seen[cell]
        value = plain(cell)
        if len(seen) < _CACHE:
            seen[cell] = value
        return value

    return remembered


def _plain_reader(each: ColumnMapping, mapping: Mapping) -> Callable[[Cell], Any]:
    if each.field == EXTRA:
        return values.text
    if each.field == "phone.number":
        label = _phone_label(each.header)
        return lambda cell: people.read_phones(cell, label, mapping.unknown_phones) or None
    if each.field == "resident.id_number":
        return lambda cell: people.read_id(cell, mapping.unknown_ids) or None
    if each.field == "resident.gender":
        return lambda cell: _genders(cell, each)
    if each.field == "occupancy.role":
        return lambda cell: _role(cell, each)
    if each.field in {"vehicle.plate", "parking.code", "tag.name"}:
        return lambda cell: _several(cell) or None
    simple: dict[Reads, Callable[[Cell], Any]] = {
        Reads.NAME: lambda cell: people.split_names(cell) or None,
        Reads.CODE: values.code,
        Reads.WHOLE: values.whole,
        Reads.AREA: values.area,
        Reads.DAY: values.day,
        Reads.YES_NO: values.yes_no,
        Reads.TEXT: values.text,
    }
    return simple.get(BY_KEY[each.field].reads) or (lambda cell: _word(cell, each))


def _phone_label(header: str) -> str | None:
    """A second phone column keeps its header as the phone's label (备用电话); usual names say nothing."""
    bare = header.rpartition("/")[2].strip()
    usual = {
        "手机号",
        "手机",
        "手机号码",
        "联系电话",
        "电话",
        "电话号码",
        "联系方式",
        "业主电话",
        "移动电话",
        "Phone",
        "Mobile",
    }
    tail = bare.rstrip("0123456789*:： ")
    is_usual = (
        tail in usual or any(tail.endswith(word) for word in ("(必填)", "（必填）")) or "联系电话" in tail
    )
    return (
        None
        if is_usual or not any(word in bare for word in ("备用", "紧急", "家", "固", "座机", "办公", "住宅"))
        else bare
    )


def _word(cell: Cell, each: ColumnMapping) -> str | None:
    plain = values.text(cell)
    if plain is None:
        return None
    plain = str(values.code(plain))
    known = vocabulary.meaning(each.field, plain, each.codes)
    if known is None:
        raise Doubt("code-unexplained" if vocabulary.is_free(each.field) else "word-unknown", plain)
    return known


def _role(cell: Cell, each: ColumnMapping) -> tuple[str, str] | None:
    """(role, the word the workbook used for it)."""
    known = _word(cell, each)
    if known is None:
        return None
    plain = str(values.code(str(values.text(cell))))
    return known, each.codes.get(plain, plain)


def _genders(cell: Cell, each: ColumnMapping) -> list[str] | None:
    plain = values.text(cell)
    if plain is None:
        return None
    pieces = people.split_cell(plain)
    return [found for piece in pieces if (found := _word(piece, each))] or None


def _several(cell: Cell) -> list[str]:
    plain = values.code(cell)
    return people.split_cell(plain) if plain else []


def has_check_digit_fault(number: str) -> bool:
    """An identity card number whose last place contradicts the others."""
    bare = personal_data.id_digits(number)
    return len(bare) == 18 and bare[:17].isdigit() and not personal_data.has_valid_check_digit(bare)
