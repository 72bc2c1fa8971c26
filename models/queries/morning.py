"""The desk at half past eight: all that the 今日 page shows, and the list of what presses most."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.entities.organisation import Staff
from models.entities.place import Room
from models.entities.resident import Resident
from models.entities.ticket import Ticket
from models.queries.callback_list import CallbackFilter, CallbackRow, callback_keys, callback_rows
from models.queries.drafts import DraftItem, drafts
from models.queries.sync_state import SyncCounts, counts, link
from models.queries.ticket_list import TicketFilter, ticket_keys
from models.queries.today import Today, today
from models.rules.service_time import day_span, local_day
from models.rules.ticket_life import OPEN

_OPEN = sorted(state.value for state in OPEN)
SHOWN = 6
"""Lines of each short list."""
PRESSING = 200
"""Lines of the list of what presses most."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """An open ticket whose household was promised a time today."""

    ticket_id: str
    number: str
    at: datetime
    room_code: str | None
    caller_name: str | None
    matter: str
    handler: str | None


@dataclass(frozen=True, slots=True)
class Readiness:
    """How much of a new site is there: an empty one needs its archive and its people first."""

    rooms: int
    residents: int
    staff: int
    has_tickets: bool
    is_enrolled: bool = False


@dataclass(frozen=True, slots=True)
class Morning:
    """The page's content. ``appointments`` by time; ``drafts`` newest first; ``callbacks`` soonest first."""

    today: Today
    appointments: tuple[Appointment, ...]
    drafts: tuple[DraftItem, ...]
    callbacks: tuple[CallbackRow, ...]
    sync: SyncCounts
    readiness: Readiness


def morning(session: Session, now: datetime, staff_id: str | None = None) -> Morning:
    """The state of the desk at ``now``."""
    day = local_day(now)
    due = callback_keys(session, CallbackFilter("due", due_until=day, today=day))
    return Morning(
        today=today(session, now, staff_id),
        appointments=_appointments(session, now),
        drafts=tuple(drafts(session)),
        callbacks=tuple(callback_rows(session, due[:SHOWN])),
        sync=counts(session),
        readiness=_readiness(session),
    )


@dataclass(frozen=True, slots=True)
class _Soonest:
    key: str = "due_at"
    is_descending: bool = False


def pressing_keys(session: Session, filter_: TicketFilter, order: object = None) -> list[int]:
    """Row ids of open tickets: overdue, then due today, then taken by nobody, each once, soonest first."""
    found: dict[int, None] = {}
    for group in ("overdue", "due_today", "waiting"):
        wanted = TicketFilter(group=group, now=filter_.now)
        _collect(found, ticket_keys(session, wanted, _Soonest()))
    return list(found)[:PRESSING]


def _collect(found: dict[int, None], keys: Iterable[int]) -> None:
    for key in keys:
        found.setdefault(key)


def _appointments(session: Session, now: datetime) -> tuple[Appointment, ...]:
    since, until = day_span(local_day(now))
    rows = session.execute(
        select(
            Ticket.id, Ticket.number, Ticket.appointment_at, Room.code, Ticket.caller_name, Ticket.matter,
            Staff.name,
        )
        .outerjoin(Room, Room.id == Ticket.room_id)
        .outerjoin(Staff, Staff.id == Ticket.handler_id)
        .where(
            Ticket.state.in_(_OPEN),
            Ticket.deleted.is_(None),
            Ticket.appointment_at >= since,
            Ticket.appointment_at < until,
        )
        .order_by(Ticket.appointment_at)
    ).all()  # fmt: skip
    return tuple(
        Appointment(ticket_id, number, at, room, caller, matter, handler)
        for ticket_id, number, at, room, caller, matter, handler in rows
        if at is not None
    )


def _readiness(session: Session) -> Readiness:
    def count(kind: type[Room] | type[Resident] | type[Staff]) -> int:
        return session.scalar(select(func.count()).select_from(kind).where(kind.deleted.is_(None))) or 0

    any_ticket = session.scalar(select(Ticket.id).where(Ticket.deleted.is_(None)).limit(1))
    return Readiness(
        count(Room), count(Resident), count(Staff), any_ticket is not None, bool(link(session).address)
    )
