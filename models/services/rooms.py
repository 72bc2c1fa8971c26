"""Rooms and the decorations under way in them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from models.entities import (
    Building,
    Decoration,
    Occupancy,
    ParkingSpace,
    Room,
    Ticket,
    Unit,
    Vehicle,
)
from models.errors import DomainError
from models.queries.archive import is_current
from models.rules.rights import Right
from models.rules.service_time import local_day
from models.services.editing import Fields, Values, apply, area, choice, create, day, long_text, text, whole
from models.services.parts import delete_whole
from models.services.room_codes import code_for
from models.work import Work

FIELDS: Fields = {
    "number": text(12, is_required=True),
    "floor": whole(-9, 200),
    "kind": choice("room.kind", is_required=True),
    "state": choice("room.state", is_required=True),
    "building_area": area(),
    "inside_area": area(),
    "layout": text(30),
    "delivered_on": day(),
    "accepted_on": day(),
    "moved_in_on": day(),
    "note": long_text(),
}
DECORATION_FIELDS: Fields = {
    "start_on": day(is_required=True),
    "end_on": day(),
    "contractor": text(60),
    "note": long_text(),
}


def create_room(work: Work, building_id: str, unit_id: str | None, values: Values) -> str:
    """Its id; the code is made of building, unit and number, the floor of the number where none is given.

    Raises ``room-code-taken``, ``code-unreadable``, ``unit-elsewhere`` (a unit of another building).
    """
    work.require(Right.ARCHIVE_EDIT)
    building, unit = _place(work, building_id, unit_id)
    code = code_for(work, building, unit, str(values.get("number") or ""))
    given = {"kind": "home", "state": "undelivered", **values, "number": code.number}
    if given.get("floor") is None:
        given["floor"] = code.floor
    row = create(work, Room, FIELDS, given, building_id=building_id, unit_id=unit_id, code=code.canonical)
    return row.id


def edit_room(work: Work, room_id: str, changes: Values, expected: Values | None = None) -> None:
    """``changes`` may also name ``building_id`` and ``unit_id``. Raises as `create_room`."""
    work.require(Right.ARCHIVE_EDIT)
    room = work.get(Room, room_id)
    given = dict(changes)
    building_id = str(given.pop("building_id", None) or room.building_id)
    unit_id = given.pop("unit_id", room.unit_id)
    if "number" in given or (building_id, unit_id) != (room.building_id, room.unit_id):
        building, unit = _place(work, building_id, str(unit_id) if unit_id else None)
        code = code_for(work, building, unit, str(given.get("number", room.number) or ""), room_id)
        given["number"] = code.number
        apply(work, room, FIELDS, given, expected)
        room.building_id, room.unit_id, room.code = building.id, unit.id if unit else None, code.canonical
        work.session.flush()
    else:
        apply(work, room, FIELDS, given, expected)


def delete_room(work: Work, room_id: str) -> None:
    """Raises ``room-in-use`` while people live in it or tickets, vehicles or parking spaces name it.

    Former occupancies, decorations and pets go with it.
    """
    work.require(Right.ARCHIVE_DELETE)
    room = work.get(Room, room_id)
    today = local_day(work.now)
    living = select(func.count()).where(
        Occupancy.room_id == room_id, Occupancy.deleted.is_(None), is_current(today)
    )
    count = work.session.scalar(living) or 0
    naming: tuple[type[Ticket] | type[Vehicle] | type[ParkingSpace], ...] = (Ticket, Vehicle, ParkingSpace)
    for kind in naming:
        used = select(func.count()).where(kind.room_id == room_id, kind.deleted.is_(None))
        count += work.session.scalar(used) or 0
    if count:
        raise DomainError("room-in-use", room=room.code, count=count)
    delete_whole(work, room)


def create_decoration(work: Work, room_id: str, values: Values) -> str:
    """Its id. A room waiting for its decoration (待装修) becomes 装修中 once it has begun.

    Raises ``days-reversed``.
    """
    work.require(Right.ARCHIVE_EDIT)
    room = work.get(Room, room_id)
    row = create(work, Decoration, DECORATION_FIELDS, values, room_id=room_id)
    need_order(row.start_on, row.end_on, "end_on")
    if room.state == "to_decorate" and row.start_on <= local_day(work.now):
        room.state = "decorating"
        work.session.flush()
    return row.id


def edit_decoration(work: Work, decoration_id: str, changes: Values, expected: Values | None = None) -> None:
    work.require(Right.ARCHIVE_EDIT)
    row = work.get(Decoration, decoration_id)
    apply(work, row, DECORATION_FIELDS, changes, expected)
    need_order(row.start_on, row.end_on, "end_on")


def delete_decoration(work: Work, decoration_id: str) -> None:
    work.require(Right.ARCHIVE_DELETE)
    work.delete(work.get(Decoration, decoration_id))


def need_order(first: date | None, last: date | None, field: str) -> None:
    """Raise ``days-reversed`` for a period that ends before it begins."""
    if first is not None and last is not None and last < first:
        raise DomainError("days-reversed", field=field, first=first.isoformat(), last=last.isoformat())


def _place(work: Work, building_id: str, unit_id: str | None) -> tuple[Building, Unit | None]:
    building = work.get(Building, building_id)
    unit = work.get(Unit, unit_id) if unit_id else None
    if unit is not None and unit.building_id != building_id:
        raise DomainError("unit-elsewhere", field="unit_id", name=unit.name)
    return building, unit
