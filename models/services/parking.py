"""Parking spaces: who uses or owns them."""

from __future__ import annotations

from sqlalchemy import func, select

from models.entities import ParkingSpace, Resident, Room
from models.errors import DomainError
from models.rules.rights import Right
from models.services.editing import Fields, Values, apply, choice, create, long_text, reference, text
from models.work import Work

FIELDS: Fields = {
    "code": text(20, is_required=True),
    "area": text(30),
    "kind": choice("parking.kind"),
    "state": choice("parking.state"),
    "room_id": reference(Room),
    "resident_id": reference(Resident),
    "note": long_text(500),
}


def create_space(work: Work, values: Values) -> str:
    """Its id. Raises ``space-taken``: codes are unique within their area."""
    work.require(Right.ARCHIVE_EDIT)
    row = create(work, ParkingSpace, FIELDS, values)
    _need_free(work, row)
    return row.id


def edit_space(work: Work, space_id: str, changes: Values, expected: Values | None = None) -> None:
    """A space that is set free loses its room and person. Raises ``space-taken``."""
    work.require(Right.ARCHIVE_EDIT)
    row = work.get(ParkingSpace, space_id)
    given = dict(changes)
    if given.get("state") == "free":
        given |= {"room_id": None, "resident_id": None}
    if {"code", "area"} & apply(work, row, FIELDS, given, expected):
        _need_free(work, row)


def delete_space(work: Work, space_id: str) -> None:
    work.require(Right.ARCHIVE_DELETE)
    work.delete(work.get(ParkingSpace, space_id))


def _need_free(work: Work, row: ParkingSpace) -> None:
    same = select(ParkingSpace.id).where(
        func.lower(ParkingSpace.code) == row.code.lower(),
        func.coalesce(ParkingSpace.area, "") == (row.area or ""),
        ParkingSpace.deleted.is_(None),
        ParkingSpace.id != row.id,
    )
    if work.session.scalars(same).first() is not None:
        raise DomainError("space-taken", field="code", space=row.code)
