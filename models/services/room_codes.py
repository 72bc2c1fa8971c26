"""Keeps the rooms' canonical codes true when a building, a unit or a number changes."""

from __future__ import annotations

from sqlalchemy import Table, select

from models.entities import Building, Room, Unit
from models.errors import DomainError
from models.rules.room_code import NO_UNIT, RoomCode, compose
from models.work import Work


def code_for(work: Work, building: Building, unit: Unit | None, number: str, own_id: str = "") -> RoomCode:
    """The code of a room with this number; raises ``room-code-taken``, ``code-unreadable``.

    ``803`` and ``0803`` of one unit are the same room.
    """
    if not number.strip():
        raise DomainError("field-required", field="number")
    try:
        code = compose(building.code, unit.code if unit is not None else NO_UNIT, number)
    except ValueError as error:
        raise DomainError("code-unreadable", field="number", text=number) from error
    if "-" in code.number:
        raise DomainError("code-unreadable", field="number", text=number)
    others = select(Room.code).where(
        Room.building_id == building.id, Room.deleted.is_(None), Room.id != own_id
    )
    if code.key in {_key(other) for other in work.session.scalars(others)}:
        raise DomainError("room-code-taken", field="number", room=code.canonical)
    return code


def recode(work: Work, building: Building) -> int:
    """Write the codes of all rooms of the building anew; how many changed."""
    chosen = select(Unit).where(Unit.building_id == building.id, Unit.deleted.is_(None))
    units = {unit.id: unit.code for unit in work.session.scalars(chosen)}
    rooms = work.session.execute(
        select(Room.id, Room.unit_id, Room.number, Room.code).where(
            Room.building_id == building.id, Room.deleted.is_(None)
        )
    )
    changes: dict[str, dict[str, object]] = {}
    for row_id, unit_id, number, old in rooms:
        code = RoomCode(building.code, units.get(unit_id or "", NO_UNIT), number).canonical
        if code != old:
            changes[row_id] = {"code": code}
    table = Room.__table__
    assert isinstance(table, Table)
    work.bulk_update(table, changes)
    if changes:
        work.log("rooms.recode", table="building", row_id=building.id, label=building.name,
                 details={"count": len(changes)})  # fmt: skip
    work.session.expire_all()
    return len(changes)


def _key(code: str) -> str:
    building, _, rest = code.partition("-")
    unit, _, number = rest.partition("-")
    return RoomCode(building, unit, number).key
