"""Who owns or lives in which room (入住关系): begun, changed, ended; what has ended stays as history."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import select

from models.entities import Occupancy, Resident, Room
from models.errors import DomainError
from models.queries.archive import is_current
from models.rules.rights import Right
from models.rules.service_time import local_day
from models.services.editing import Fields, Values, apply, choice, create, day, flag, text
from models.services.rooms import edit_room, need_order
from models.work import Work

FIELDS: Fields = {
    "role": choice("occupancy.role", is_required=True),
    "from_on": day(),
    "to_on": day(),
    "is_primary": flag(),
    "note": text(200),
}


def create_occupancy(work: Work, resident_id: str, room_id: str, values: Values) -> str:
    """Its id. The first current one of a room is its primary contact.

    Raises ``occupancy-twice`` (the same person in the same role now), ``days-reversed``.
    """
    work.require(Right.ARCHIVE_EDIT)
    resident, room = work.get(Resident, resident_id), work.get(Room, room_id)
    present = _current(work, room_id)
    row = create(work, Occupancy, FIELDS, values, resident_id=resident.id, room_id=room.id)
    need_order(row.from_on, row.to_on, "to_on")
    _need_once(work, row, present)
    if not present and (row.to_on is None or row.to_on >= local_day(work.now)):
        row.is_primary = True
    _only_primary(work, row)
    return row.id


def edit_occupancy(work: Work, occupancy_id: str, changes: Values, expected: Values | None = None) -> None:
    """Raises as `create_occupancy`."""
    work.require(Right.ARCHIVE_EDIT)
    row = work.get(Occupancy, occupancy_id)
    apply(work, row, FIELDS, changes, expected)
    need_order(row.from_on, row.to_on, "to_on")
    _need_once(work, row, _current(work, row.room_id))
    _only_primary(work, row)


def end_occupancy(work: Work, occupancy_id: str, on: date) -> None:
    """The person's last day in this role."""
    edit_occupancy(work, occupancy_id, {"to_on": on})


def end_household(
    work: Work,
    room_id: str,
    on: date,
    *,
    roles: Collection[str] = ("tenant", "family", "merchant"),
    room_state: str | None = None,
) -> int:
    """The household moves out: end everybody's occupancy in these roles; how many. The owner stays owner.

    ``room_state`` is what the room then is (``vacant``, ``to_decorate`` …).
    """
    work.require(Right.ARCHIVE_EDIT)
    room = work.get(Room, room_id)
    leaving = [row for row in _current(work, room_id) if row.role in roles]
    for row in leaving:
        need_order(row.from_on, on, "on")
        row.to_on = on
    if room_state is not None:
        edit_room(work, room.id, {"state": room_state})
    work.session.flush()
    return len(leaving)


def delete_occupancy(work: Work, occupancy_id: str) -> None:
    """For one that never was; whoever moved out is ended instead."""
    work.require(Right.ARCHIVE_DELETE)
    work.delete(work.get(Occupancy, occupancy_id))


def _current(work: Work, room_id: str) -> list[Occupancy]:
    chosen = select(Occupancy).where(
        Occupancy.room_id == room_id, Occupancy.deleted.is_(None), is_current(local_day(work.now))
    )
    return list(work.session.scalars(chosen.order_by(Occupancy.id)))


def _need_once(work: Work, row: Occupancy, present: list[Occupancy]) -> None:
    if row.to_on is not None and row.to_on < local_day(work.now):
        return
    for other in present:
        if (other.resident_id, other.role) == (row.resident_id, row.role) and other.id != row.id:
            raise DomainError("occupancy-twice", field="role", role=row.role)


def _only_primary(work: Work, row: Occupancy) -> None:
    """A room has one primary contact."""
    if row.is_primary:
        for other in _current(work, row.room_id):
            if other.id != row.id:
                other.is_primary = False
    work.session.flush()
