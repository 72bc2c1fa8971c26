"""The list of rooms: ids of a filter in the order people count, the rows of a page, and one room's facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from models.entities import Building, Occupancy, Resident, Room, Unit
from models.errors import DomainError
from models.queries.archive import chunks, escaped, is_current
from models.rules.room_code import candidates, sort_key

NO_UNIT = "none"
"""``unit_id`` of a filter for the rooms that belong to no unit."""
_NAMES_SHOWN = 3


class Order(Protocol):
    """The order asked for: ``key`` is one of `SORT_KEYS`."""

    @property
    def key(self) -> str: ...

    @property
    def is_descending(self) -> bool: ...


@dataclass(frozen=True)
class RoomFilter:
    """What the list shows; what is None or empty does not restrict.

    ``text`` is part of a code, of a layout, or of the name of somebody living there. ``is_lived_in``: with
    or without current people. ``only``: ids that a search found.
    """

    building_id: str | None = None
    unit_id: str | None = None
    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    is_lived_in: bool | None = None
    text: str = ""
    only: tuple[str, ...] | None = None
    today: date = field(default_factory=date.today, compare=False)


@dataclass(frozen=True, slots=True)
class RoomRow:
    """One line. Areas in hundredths of a square metre; ``owners`` and ``occupants`` are names, joined."""

    id: str
    code: str
    building: str
    unit: str
    number: str
    floor: int | None
    kind: str
    state: str
    building_area: int | None
    inside_area: int | None
    layout: str | None
    owners: str
    occupants: str
    people: int
    delivered_on: date | None
    accepted_on: date | None
    moved_in_on: date | None


@dataclass(frozen=True, slots=True)
class RoomDetail:
    """Every fact of one room."""

    id: str
    code: str
    building_id: str
    building: str
    unit_id: str | None
    unit: str
    number: str
    floor: int | None
    kind: str
    state: str
    building_area: int | None
    inside_area: int | None
    layout: str | None
    delivered_on: date | None
    accepted_on: date | None
    moved_in_on: date | None
    note: str | None


SORT_KEYS: dict[str, Any] = {
    "code": Room.code,
    "floor": Room.floor,
    "kind": Room.kind,
    "state": Room.state,
    "building_area": Room.building_area,
    "layout": Room.layout,
    "delivered_on": Room.delivered_on,
    "accepted_on": Room.accepted_on,
    "moved_in_on": Room.moved_in_on,
}
"""What a column can be sorted by; ``code`` is the order in which people count."""


def room_keys(session: Session, filter_: RoomFilter, order: Order | None = None) -> list[str]:
    """Ids of everything the filter finds."""
    key = order.key if order is not None and order.key in SORT_KEYS else "code"
    is_descending = order is not None and order.is_descending
    found = [
        (row.id, row.building_id, row.unit_id, row.number)
        for row in session.execute(
            select(Room.id, Room.building_id, Room.unit_id, Room.number)
            .where(*_conditions(filter_))
            .order_by(*_ordering(key, is_descending=is_descending))
        )
    ]
    if key == "code":
        ranks = place_ranks(session)
        found.sort(key=lambda row: natural(ranks, row[1], row[2], row[3]), reverse=is_descending)
    return [row[0] for row in found]


def first_rooms(session: Session, filter_: RoomFilter, order: Order | None, limit: int) -> list[RoomRow]:
    """The first rows."""
    return room_rows(session, room_keys(session, filter_, order)[:limit], filter_.today)


def room_rows(session: Session, ids: Sequence[str], today: date | None = None) -> list[RoomRow]:
    """The rows of these ids, in their order; those deleted meanwhile are left out."""
    day = today or date.today()  # noqa: DTZ011 - the desk's day
    rows: dict[str, RoomRow] = {}
    for portion in chunks(ids):
        people = _people(session, portion, day)
        for room, building, unit in session.execute(
            select(Room, Building.name, Unit.name)
            .join(Building, Building.id == Room.building_id)
            .outerjoin(Unit, Unit.id == Room.unit_id)
            .where(Room.id.in_(portion), Room.deleted.is_(None))
        ):
            owners, occupants = people.get(room.id, ([], []))
            rows[room.id] = RoomRow(
                id=room.id,
                code=room.code,
                building=building,
                unit=unit or "",
                number=room.number,
                floor=room.floor,
                kind=room.kind,
                state=room.state,
                building_area=room.building_area,
                inside_area=room.inside_area,
                layout=room.layout,
                owners=_joined(owners),
                occupants=_joined(occupants),
                people=len({*owners, *occupants}),
                delivered_on=room.delivered_on,
                accepted_on=room.accepted_on,
                moved_in_on=room.moved_in_on,
            )
    return [rows[row_id] for row_id in ids if row_id in rows]


def room_detail(session: Session, room_id: str) -> RoomDetail:
    """Raises ``row-gone``."""
    found = session.execute(
        select(Room, Building.name, Unit.name)
        .join(Building, Building.id == Room.building_id)
        .outerjoin(Unit, Unit.id == Room.unit_id)
        .where(Room.id == room_id, Room.deleted.is_(None))
    ).one_or_none()
    if found is None:
        raise DomainError("row-gone", table="room", id=room_id)
    room, building, unit = found
    return RoomDetail(
        id=room.id,
        code=room.code,
        building_id=room.building_id,
        building=building,
        unit_id=room.unit_id,
        unit=unit or "",
        number=room.number,
        floor=room.floor,
        kind=room.kind,
        state=room.state,
        building_area=room.building_area,
        inside_area=room.inside_area,
        layout=room.layout,
        delivered_on=room.delivered_on,
        accepted_on=room.accepted_on,
        moved_in_on=room.moved_in_on,
        note=room.note,
    )


# -- the order in which people count -----------------------------------------------------------------

Ranks = dict[str, int]


def place_ranks(session: Session) -> Ranks:
    """{id of a building or unit: its place among all}."""
    ranks: Ranks = {}
    for kind in (Building, Unit):
        rows = session.execute(select(kind.id, kind.code)).all()
        for place, (row_id, _code) in enumerate(sorted(rows, key=lambda row: sort_key(row[1]))):
            ranks[row_id] = place
    return ranks


def natural(ranks: Ranks, building_id: str, unit_id: str | None, number: str) -> tuple[int, int, str]:
    """Orders 2-1-101 before 10-1-101, and 803 where 0803 stands."""
    return ranks.get(building_id, -1), ranks.get(unit_id or "", -1), number.rjust(8, "0")


# -- inside ------------------------------------------------------------------------------------------


def _conditions(wanted: RoomFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Room.deleted.is_(None)]
    if wanted.building_id:
        found.append(Room.building_id == wanted.building_id)
    if wanted.unit_id == NO_UNIT:
        found.append(Room.unit_id.is_(None))
    elif wanted.unit_id:
        found.append(Room.unit_id == wanted.unit_id)
    if wanted.states:
        found.append(Room.state.in_(wanted.states))
    if wanted.kinds:
        found.append(Room.kind.in_(wanted.kinds))
    if wanted.only is not None:
        found.append(Room.id.in_(wanted.only))
    living = and_(Occupancy.room_id == Room.id, Occupancy.deleted.is_(None), is_current(wanted.today))
    if wanted.is_lived_in is not None:
        lived_in = exists().where(living)
        found.append(lived_in if wanted.is_lived_in else ~lived_in)
    if wanted.text.strip():
        found.append(_mentions(wanted.text.strip(), living))
    return found


def _mentions(text: str, living: ColumnElement[bool]) -> ColumnElement[bool]:
    """Part of a code in any spelling, of a layout, or of a name."""
    part = f"%{escaped(text)}%"
    named = exists().where(
        living, Resident.id == Occupancy.resident_id, Resident.name.like(part, escape="\\")
    )
    codes = [reading.canonical for reading in candidates(text)]
    return or_(
        Room.code.like(part, escape="\\"),
        Room.code.in_(codes),
        Room.layout.like(part, escape="\\"),
        named,
    )


def _ordering(key: str, *, is_descending: bool) -> list[Any]:
    column = SORT_KEYS[key]
    return [column.is_(None), column.desc() if is_descending else column, Room.code]


def _people(session: Session, room_ids: Sequence[str], today: date) -> dict[str, tuple[list[str], list[str]]]:
    """{room id: (names of owners, names of everybody else)} now, primary contacts first."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    rows = session.execute(
        select(Occupancy.room_id, Occupancy.role, Resident.name)
        .join(Resident, Resident.id == Occupancy.resident_id)
        .where(
            Occupancy.room_id.in_(room_ids),
            Occupancy.deleted.is_(None),
            Resident.deleted.is_(None),
            is_current(today),
        )
        .order_by(Occupancy.is_primary.desc(), Occupancy.id)
    )
    for room_id, role, name in rows:
        owners, others = found.setdefault(room_id, ([], []))
        names = owners if role == "owner" else others
        if name not in names:
            names.append(name)
    return found


def _joined(names: Sequence[str]) -> str:
    shown = "、".join(names[:_NAMES_SHOWN])
    return f"{shown} +{len(names) - _NAMES_SHOWN}" if len(names) > _NAMES_SHOWN else shown
