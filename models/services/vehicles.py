"""Vehicles of residents and rooms."""

from __future__ import annotations

from sqlalchemy import select

from models.entities import Resident, Room, Vehicle
from models.errors import DomainError
from models.rules.plate import display, plate_key
from models.rules.rights import Right
from models.services.editing import Field, Fields, Values, apply, create, long_text, reference, text
from models.work import Work


def _plate(_work: Work, name: str, value: object) -> object:
    """A plate in its usual form; unusual ones (temporary, electric bicycles) as their key."""
    key = plate_key(str(value or ""))
    if not key:
        return None
    if len(key) > 16:
        raise DomainError("field-too-long", field=name, longest=16)
    return display(key)


FIELDS: Fields = {
    "plate": Field(_plate, is_required=True),
    "brand": text(30),
    "colour": text(20),
    "resident_id": reference(Resident),
    "room_id": reference(Room),
    "note": long_text(500),
}


def create_vehicle(work: Work, values: Values) -> str:
    """Its id. Raises ``plate-taken`` (with whose it is), ``keeper-required`` (neither person nor room)."""
    work.require(Right.ARCHIVE_EDIT)
    key = plate_key(str(values.get("plate") or ""))
    _need_free(work, key, "")
    row = create(work, Vehicle, FIELDS, values, plate_key=key)
    _need_keeper(row)
    return row.id


def edit_vehicle(work: Work, vehicle_id: str, changes: Values, expected: Values | None = None) -> None:
    """Raises as `create_vehicle`."""
    work.require(Right.ARCHIVE_EDIT)
    row = work.get(Vehicle, vehicle_id)
    if "plate" in apply(work, row, FIELDS, changes, expected):
        key = plate_key(row.plate)
        _need_free(work, key, row.id)
        row.plate_key = key
        work.session.flush()
    _need_keeper(row)


def delete_vehicle(work: Work, vehicle_id: str) -> None:
    work.require(Right.ARCHIVE_EDIT)
    work.delete(work.get(Vehicle, vehicle_id))


def _need_keeper(row: Vehicle) -> None:
    if row.resident_id is None and row.room_id is None:
        raise DomainError("keeper-required", field="room_id")


def _need_free(work: Work, key: str, own_id: str) -> None:
    if not key:
        return
    same = select(Vehicle).where(Vehicle.plate_key == key, Vehicle.deleted.is_(None), Vehicle.id != own_id)
    other = work.session.scalars(same).first()
    if other is None:
        return
    room = work.session.get(Room, other.room_id) if other.room_id else None
    resident = work.session.get(Resident, other.resident_id) if other.resident_id else None
    whose = " ".join(part for part in (room and room.code, resident and resident.name) if part)
    raise DomainError("plate-taken", field="plate", plate=other.plate, whose=whose)
