"""Intentions about a household that touch several records at once: each is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from models.services import batch, occupancies, residents, rooms
from models.services.batch import BatchResult
from models.services.editing import Values
from models.services.phones import PhoneEntry
from models.work import Work


@dataclass(frozen=True)
class Stay:
    """An occupancy as it was: what undoing a move-out puts back."""

    occupancy_id: str
    to_on: date | None


def add_member(
    work: Work,
    room_id: str,
    stay: Values,
    *,
    resident_id: str | None = None,
    person: Values | None = None,
    phones: Sequence[PhoneEntry] = (),
) -> str:
    """Somebody comes to live in or own a room: a known resident, or a new one of ``person``. The resident's
    id. Raises as `residents.create_resident` and `occupancies.create_occupancy`."""
    known = resident_id or residents.create_resident(work, person or {}, phones=phones)
    occupancies.create_occupancy(work, known, room_id, stay)
    return known


def move_back(work: Work, stays: Sequence[Stay], room_id: str, room_state: str | None) -> None:
    """Undo `occupancies.end_household`: the stays get their last day back, the room its state."""
    for stay in stays:
        occupancies.edit_occupancy(work, stay.occupancy_id, {"to_on": stay.to_on})
    if room_state is not None:
        rooms.edit_room(work, room_id, {"state": room_state})


def change_residents(
    work: Work, ids: Sequence[str], values: Values, *, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> BatchResult:
    """Set fields of many residents, give and take tags: all or none.

    ``changed`` is the most rows that one of the changes touched. Raises ``nothing-chosen``.
    """
    results = []
    if values or not (add or remove):
        results.append(batch.set_fields(work, "resident", ids, values))
    if add:
        results.append(batch.add_tags(work, ids, add))
    if remove:
        results.append(batch.remove_tags(work, ids, remove))
    changed = max(result.changed for result in results)
    gone = results[0].gone
    return BatchResult(changed, len(set(ids)) - changed - gone, gone)
