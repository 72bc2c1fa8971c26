"""The sweep for visits three months after moving in: makes them, excludes them with reason and end, takes
them up
again when an exclusion is over."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from models.entities.callback import Callback
from models.entities.place import Decoration, Room
from models.entities.resident import Occupancy, Resident
from models.rules import callback_rules
from models.rules.callback_rules import CallbackKind, Household, Reason
from models.rules.service_time import local_day
from models.services.callback_making import fixed_id
from models.work import Work

LOOK_AHEAD = timedelta(days=14)
"""Visits appear in the list this long before they are due."""
LOOK_BACK = timedelta(days=90)
"""A household that moved in longer ago, before this program came, is not visited any more."""


def sweep(work: Work) -> int:
    """Make and reconsider move-in visits; gives how many rows were written. Once a day is enough."""
    today = local_day(work.now)
    written = _reconsider(work, today)
    rooms = select(Room).where(Room.moved_in_on.is_not(None), Room.deleted.is_(None))
    for room in work.session.scalars(rooms).all():
        moved_in_on = room.moved_in_on
        if moved_in_on is None:
            continue
        due_on = callback_rules.move_in_due(moved_in_on, work.parameters)
        if not today - LOOK_BACK <= due_on <= today + LOOK_AHEAD:
            continue
        row_id = fixed_id("move_in", room.id, moved_in_on)
        if work.session.get(Callback, row_id) is None:
            _make(work, room, row_id, due_on, today)
            written += 1
    return written


def _make(work: Work, room: Room, row_id: str, due_on: date, today: date) -> None:
    resident = _occupant(work, room.id)
    callback = Callback(
        id=row_id,
        kind=CallbackKind.MOVE_IN.value,
        resident_id=resident.id if resident else None,
        room_id=room.id,
        due_on=due_on,
        reason=Reason.MOVED_IN.value,
    )
    _judge(work, callback, room, resident, max(due_on, today))
    work.add(callback)


def _judge(work: Work, callback: Callback, room: Room, resident: Resident | None, on: date) -> None:
    """Set the callback due or excluded as the rule says for that day."""
    decoration = work.session.scalar(
        select(Decoration)
        .where(Decoration.room_id == room.id, Decoration.deleted.is_(None))
        .order_by(Decoration.start_on.desc())
        .limit(1)
    )
    excluded = callback_rules.exclusion(
        Household(
            moved_in_on=room.moved_in_on or on,
            room_state=room.state,
            major_complaint=resident.major_complaint if resident else None,
            decoration_started_on=decoration.start_on if decoration else None,
            decoration_ends_on=decoration.end_on if decoration else None,
        ),
        on,
        work.parameters,
    )
    callback.state = "due" if excluded is None else "excluded"
    callback.excluded_reason = excluded.reason.value if excluded else None
    callback.excluded_until = excluded.until if excluded else None


def _reconsider(work: Work, today: date) -> int:
    """Exclusions whose day has come are judged anew; what is due moves to today if its own day is past."""
    over = select(Callback).where(
        Callback.state == "excluded",
        Callback.kind == CallbackKind.MOVE_IN.value,
        Callback.excluded_until < today,
        Callback.deleted.is_(None),
    )
    count = 0
    for callback in work.session.scalars(over).all():
        room = work.session.get(Room, callback.room_id)
        if room is None or room.deleted is not None:
            continue
        resident = work.session.get(Resident, callback.resident_id) if callback.resident_id else None
        _judge(work, callback, room, resident, today)
        if callback.state == "due":
            callback.due_on = max(callback.due_on, today)
        count += 1
    work.session.flush()
    return count


def _occupant(work: Work, room_id: str) -> Resident | None:
    """Whom to visit: the primary one of the people who live there now."""
    return work.session.scalar(
        select(Resident)
        .join(Occupancy, Occupancy.resident_id == Resident.id)
        .where(
            Occupancy.room_id == room_id,
            Occupancy.to_on.is_(None),
            Occupancy.deleted.is_(None),
            Resident.deleted.is_(None),
        )
        .order_by(Occupancy.is_primary.desc(), Occupancy.role != "owner", Occupancy.id)
        .limit(1)
    )
