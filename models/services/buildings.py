"""Buildings and units; their codes are part of every room's code."""

from __future__ import annotations

from sqlalchemy import func, select

from models.entities import Building, Room, Unit
from models.errors import DomainError
from models.rules.rights import Right
from models.rules.room_code import NO_UNIT, compose
from models.services.editing import Fields, Values, apply, create, text, whole
from models.services.parts import delete_whole
from models.services.room_codes import recode
from models.work import Work

BUILDING_FIELDS: Fields = {
    "code": text(12, is_required=True),
    "name": text(30),
    "position": whole(0, 100_000),
    "note": text(200),
}
UNIT_FIELDS: Fields = {
    "code": text(8, is_required=True),
    "name": text(30),
    "position": whole(0, 100_000),
}

_BARE_MARKS = frozenset({"", "栋", "幢", "座", "楼", "号楼", "单元", "门", "梯", "号", "#"})
"""What is left of a code that names nothing."""


def create_building(work: Work, values: Values) -> str:
    """Its id. ``3栋``, ``03`` and ``三号楼`` all are code 3; the name is ``3栋`` where none is given.

    Raises ``building-code-taken``, ``code-unreadable``.
    """
    work.require(Right.ARCHIVE_EDIT)
    given = dict(values)
    given["code"] = _building_code(work, str(values.get("code") or ""), "")
    given["name"] = values.get("name") or f"{given['code']}栋"
    if given.get("position") is None:
        given["position"] = _next_position(work, Building)
    return create(work, Building, BUILDING_FIELDS, given).id


def edit_building(work: Work, building_id: str, changes: Values, expected: Values | None = None) -> None:
    """A new code renames every room of the building."""
    work.require(Right.ARCHIVE_EDIT)
    building = work.get(Building, building_id)
    given = dict(changes)
    if "code" in given:
        given["code"] = _building_code(work, str(given["code"] or ""), building_id)
    if "name" in given and not given["name"]:
        given["name"] = building.name
    if "code" in apply(work, building, BUILDING_FIELDS, given, expected):
        recode(work, building)


def delete_building(work: Work, building_id: str) -> None:
    """Raises ``building-in-use`` while it has rooms; its empty units go with it."""
    work.require(Right.ARCHIVE_DELETE)
    building = work.get(Building, building_id)
    rooms = select(func.count()).where(Room.building_id == building_id, Room.deleted.is_(None))
    count = work.session.scalar(rooms)
    if count:
        raise DomainError("building-in-use", name=building.name, count=count)
    delete_whole(work, building)


def create_unit(work: Work, building_id: str, values: Values) -> str:
    """Its id. Raises ``unit-code-taken``, ``code-unreadable``."""
    work.require(Right.ARCHIVE_EDIT)
    building = work.get(Building, building_id)
    given = dict(values)
    given["code"] = _unit_code(work, building_id, str(values.get("code") or ""), "")
    given["name"] = values.get("name") or f"{given['code']}单元"
    if given.get("position") is None:
        given["position"] = _next_position(work, Unit)
    return create(work, Unit, UNIT_FIELDS, given, building_id=building.id).id


def edit_unit(work: Work, unit_id: str, changes: Values, expected: Values | None = None) -> None:
    """A new code renames every room of the unit."""
    work.require(Right.ARCHIVE_EDIT)
    unit = work.get(Unit, unit_id)
    given = dict(changes)
    if "code" in given:
        given["code"] = _unit_code(work, unit.building_id, str(given["code"] or ""), unit_id)
    if "name" in given and not given["name"]:
        given["name"] = unit.name
    if "code" in apply(work, unit, UNIT_FIELDS, given, expected):
        recode(work, work.get(Building, unit.building_id))


def delete_unit(work: Work, unit_id: str) -> None:
    """Raises ``unit-in-use`` while it has rooms."""
    work.require(Right.ARCHIVE_DELETE)
    unit = work.get(Unit, unit_id)
    count = work.session.scalar(select(func.count()).where(Room.unit_id == unit_id, Room.deleted.is_(None)))
    if count:
        raise DomainError("unit-in-use", name=unit.name, count=count)
    work.delete(unit)


def _building_code(work: Work, text_: str, own_id: str) -> str:
    code = _part(text_, "", "101", 0)
    same = select(Building.code).where(Building.deleted.is_(None), Building.id != own_id)
    if code.upper() in {other.upper() for other in work.session.scalars(same)}:
        raise DomainError("building-code-taken", field="code", building=code)
    return code


def _unit_code(work: Work, building_id: str, text_: str, own_id: str) -> str:
    code = _part("1", text_, "101", 1)
    if code == NO_UNIT:
        raise DomainError("code-unreadable", field="code", text=text_)
    same = select(Unit.code).where(Unit.building_id == building_id, Unit.deleted.is_(None), Unit.id != own_id)
    if code.upper() in {other.upper() for other in work.session.scalars(same)}:
        raise DomainError("unit-code-taken", field="code", unit=code)
    return code


def _part(building: str, unit: str, number: str, place: int) -> str:
    """The building's (0) or unit's (1) part of a code as the archive writes it."""
    try:
        code = compose(building, unit, number)
    except ValueError as error:
        raise DomainError("code-unreadable", field="code", text=(building, unit)[place]) from error
    found = (code.building, code.unit)[place]
    if "-" in found or found in _BARE_MARKS:
        raise DomainError("code-unreadable", field="code", text=(building, unit)[place])
    return found


def _next_position(work: Work, kind: type[Building] | type[Unit]) -> int:
    return (work.session.scalar(select(func.max(kind.position))) or 0) + 1
