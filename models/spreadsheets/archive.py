"""The archive as a rehearsal sees it: every row once, findable by what workbooks know of it.

Rows that the rehearsal adds stand in the same indexes as the ones that were there, so that a workbook's
second row about a room finds what its first row made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from models.entities.place import Building, Room, Unit
from models.entities.resident import (
    Occupancy,
    ParkingSpace,
    Pet,
    Phone,
    Resident,
    ResidentTag,
    Tag,
    Vehicle,
)
from models.entities.synced import META_FIELDS, Base, new_id

ENTITIES: tuple[type[Base], ...] = (
    Building, Unit, Room, Resident, Phone, Tag, ResidentTag, Occupancy, Vehicle, ParkingSpace, Pet,
)  # fmt: skip
"""What an import may write, parents before children."""
TABLES: dict[str, Table] = {of.__tablename__: Base.metadata.tables[of.__tablename__] for of in ENTITIES}
COLUMNS: dict[str, tuple[str, ...]] = {
    name: tuple(column.name for column in table.c if column.name not in META_FIELDS)
    for name, table in TABLES.items()
}
BLANK: dict[str, dict[str, Any]] = {
    name: {
        column.name: cast("Any", column.default).arg if column.default is not None else None
        for column in table.c
        if column.name not in META_FIELDS
    }
    for name, table in TABLES.items()
}
"""Each table's columns with their defaults."""
Place = tuple[str, int]
"""Sheet name and row as Excel counts."""


class Item:
    """One row of the archive, present or planned.

    ``values`` are the planned values; ``before`` {field: value now} of an existing row's changed fields.
    """

    __slots__ = ("before", "id", "is_new", "name_key", "place", "soft", "stated", "table", "values")

    def __init__(
        self, table: str, row_id: str, is_new: bool, values: dict[str, Any], place: Place | None
    ) -> None:
        self.table = table
        self.id = row_id
        self.is_new = is_new
        self.values = values
        self.place = place
        self.before: dict[str, Any] = {}
        self.name_key = same_name(values["name"]) if table == "resident" else ""
        self.soft: frozenset[str] = frozenset()
        """Fields of a new row that were assumed, not read: any row may state them."""
        self.stated: frozenset[str] = frozenset()
        """Fields of an existing row that this workbook has spoken of: the first to speak counts."""

    def state(self, field: str, value: Any, place: Place) -> str:
        """Take a value in; what that did: ``same``, ``changed``, ``filled`` (a new row) or ``clash``."""
        now = self.values.get(field)
        if value is None:
            return "same"
        if self.is_new:
            if now == value:
                return "same"
            if now is None or field in self.soft:
                self.values[field] = value
                self.soft -= {field}
                return "filled"
            return "clash"
        if field in self.stated:
            return "same" if now == value else "clash"
        self.stated |= {field}
        self.place = place
        if now == value:
            return "same"
        self.before[field] = now
        self.values[field] = value
        return "changed"

    def state_extra(self, header: str, value: str, place: Place) -> str:
        """The same for one entry of a resident's ``extras``."""
        now: dict[str, str] = self.values.get("extras") or {}
        key = f"extras.{header}"
        is_first = key not in self.stated
        self.stated |= {key}
        if now.get(header) == value:
            return "same"
        if not is_first:
            return "clash"
        if not self.is_new:
            self.before.setdefault("extras", self.values.get("extras"))
        self.values["extras"] = now | {header: value}
        self.place = self.place or place
        return "filled" if self.is_new else "changed"


def room_key(building: str, unit: str, number: str) -> str:
    """As `models.rules.room_code.RoomCode.key`."""
    return f"{bare(building)}-{bare(unit)}-{bare(number)}"


def bare(part: str) -> str:
    return part.upper().lstrip("0") or "0"


def same_name(name: str) -> str:
    """The form names are compared by."""
    return name.replace(" ", "").casefold()


class Archive:
    """All rows, loaded once; `add_…` makes planned ones."""

    def __init__(self) -> None:
        self.items: dict[str, list[Item]] = {name: [] for name in TABLES}
        self.added = 0
        self._loaded: dict[str, list[Item]] = {name: [] for name in TABLES}
        self._index: dict[str, Callable[[Item], None]] = {
            name: getattr(self, f"_index_{name}") for name in TABLES
        }
        self.buildings: dict[str, Item] = {}
        self.units: dict[tuple[str, str], Item] = {}
        self.rooms: dict[str, Item] = {}
        self.rooms_by_ends: dict[tuple[str, str], list[Item]] = {}
        self.by_id: dict[str, Item] = {}
        self.by_customer_no: dict[str, Item] = {}
        self.by_id_number: dict[str, Item] = {}
        self.by_name: dict[str, list[Item]] = {}
        self.by_name_phone: dict[tuple[str, str], list[Item]] = {}
        self.by_name_room: dict[tuple[str, str], Item] = {}
        self.phones: dict[str, dict[str, Item]] = {}
        self.occupancies: dict[tuple[str, str], list[Item]] = {}
        self.owners: dict[str, list[Item]] = {}
        self.housed: set[str] = set()
        """Residents that live or own somewhere."""
        self.listed: set[str] = set()
        """Residents whom a list of people of this workbook names; its lists of rooms refer to them."""
        self.tags: dict[str, Item] = {}
        self.tagged: set[tuple[str, str]] = set()
        self.vehicles: dict[str, Item] = {}
        self.parking: dict[str, list[Item]] = {}
        self.pets: dict[tuple[str | None, str | None], list[Item]] = {}

    @classmethod
    def load(cls, session: Session) -> Archive:
        archive = cls()
        for name, table in TABLES.items():
            columns = ("id", *COLUMNS[name])
            chosen = select(*(table.c[column] for column in columns)).where(table.c.deleted.is_(None))
            index = archive._index[name]
            for row in session.execute(chosen.order_by(table.c.id)):
                values = dict(zip(columns, row, strict=True))
                item = Item(name, values.pop("id"), False, values, None)
                archive._loaded[name].append(item)
                index(item)
        return archive

    def add(self, table: str, values: dict[str, Any], place: Place, soft: Iterable[str] = ()) -> Item:
        """A planned row: every column, the table's defaults under what the caller gives."""
        item = Item(table, new_id(), True, BLANK[table] | values, place)
        if soft:
            item.soft = frozenset(soft)
        self.items[table].append(item)
        self.added += 1
        self._index[table](item)
        return item

    def changed(self, table: str) -> list[Item]:
        """Existing rows with a changed field. (New ones are in ``items``.)"""
        return [item for item in self._loaded[table] if item.before]

    # -- indexes ---------------------------------------------------------------------------------

    def _index_building(self, item: Item) -> None:
        self.buildings.setdefault(bare(item.values["code"]), item)

    def _index_unit(self, item: Item) -> None:
        self.units.setdefault((item.values["building_id"], bare(item.values["code"])), item)

    def _index_room(self, item: Item) -> None:
        building, _, rest = item.values["code"].partition("-")
        unit, _, number = rest.partition("-")
        self.rooms.setdefault(room_key(building, unit, number), item)
        self.rooms_by_ends.setdefault((bare(building), bare(number)), []).append(item)
        self.by_id[item.id] = item

    def _index_resident(self, item: Item) -> None:
        self.by_id[item.id] = item
        self.by_name.setdefault(item.name_key, []).append(item)
        self.index_numbers(item)

    def index_numbers(self, item: Item) -> None:
        """Again after a resident got its number or ID from a later row."""
        if number := item.values.get("customer_no"):
            self.by_customer_no.setdefault(number, item)
        if id_number := item.values.get("id_number"):
            self.by_id_number.setdefault(id_number, item)

    def _index_phone(self, item: Item) -> None:
        owner = item.values["resident_id"]
        digits = item.values["digits"]
        self.phones.setdefault(owner, {}).setdefault(digits, item)
        resident = self.by_id.get(owner)
        if resident is not None:
            self.by_name_phone.setdefault((resident.name_key, digits), []).append(resident)

    def _index_tag(self, item: Item) -> None:
        self.tags.setdefault(same_name(item.values["name"]), item)

    def _index_resident_tag(self, item: Item) -> None:
        self.tagged.add((item.values["resident_id"], item.values["tag_id"]))

    def _index_occupancy(self, item: Item) -> None:
        resident, room = item.values["resident_id"], item.values["room_id"]
        self.occupancies.setdefault((resident, room), []).append(item)
        self.housed.add(resident)
        person = self.by_id.get(resident)
        if person is not None:
            self.by_name_room.setdefault((person.name_key, room), person)
        if item.values["role"] == "owner" and item.values.get("to_on") is None:
            self.owners.setdefault(room, []).append(item)

    def _index_vehicle(self, item: Item) -> None:
        self.vehicles.setdefault(item.values["plate_key"], item)

    def _index_parking_space(self, item: Item) -> None:
        self.parking.setdefault(item.values["code"].upper(), []).append(item)

    def _index_pet(self, item: Item) -> None:
        self.pets.setdefault((item.values.get("resident_id"), item.values.get("room_id")), []).append(item)
