"""Today at the desk (今日): what is late, what falls due, what nobody has taken, whom to call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.entities.ticket import Ticket
from models.queries.callback_list import CallbackCounts, callback_counts
from models.queries.dispatching import staff_loads
from models.queries.ticket_list import TicketCounts, TicketFilter, TicketRow, first_tickets, ticket_counts
from models.rules.service_time import day_span, local_day
from models.rules.ticket_life import OPEN, State

_OPEN = sorted(state.value for state in OPEN)
SHOWN = 8
"""Lines of each list."""


@dataclass(frozen=True, slots=True)
class _DueFirst:
    key: str = "due_at"
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """A person on duty with work in hand."""

    name: str
    open_tickets: int
    load: int


@dataclass(frozen=True, slots=True)
class Today:
    """The page's content; the lists hold the `SHOWN` most pressing."""

    tickets: TicketCounts
    callbacks: CallbackCounts
    received_today: int
    completed_today: int
    escalated: int
    overdue: tuple[TicketRow, ...]
    due_today: tuple[TicketRow, ...]
    waiting: tuple[TicketRow, ...]
    loads: tuple[Load, ...]


def today(session: Session, now: datetime, staff_id: str | None = None) -> Today:
    """The state of the desk at ``now``; ``staff_id`` decides what is *mine*."""
    since, until = day_span(local_day(now))
    soonest = _DueFirst()

    def shown(group: str) -> tuple[TicketRow, ...]:
        return tuple(first_tickets(session, TicketFilter(group=group, now=now), soonest, SHOWN))

    received = select(func.count()).where(
        Ticket.received_at >= since,
        Ticket.received_at < until,
        Ticket.deleted.is_(None),
        Ticket.state != State.VOID,
    )
    escalated = select(func.count()).where(
        Ticket.state.in_(_OPEN), Ticket.escalation > 0, Ticket.deleted.is_(None)
    )
    completed = select(func.count()).where(
        Ticket.state.in_((State.COMPLETED.value, State.CLOSED.value)),
        Ticket.deleted.is_(None),
        func.coalesce(Ticket.completed_at, Ticket.closed_at) >= since,
    )
    loads, names = staff_loads(session)
    busy = sorted((one for one in loads if one.load), key=lambda one: -one.load)
    return Today(
        tickets=ticket_counts(session, now, staff_id),
        callbacks=callback_counts(session, local_day(now)),
        received_today=session.scalar(received) or 0,
        completed_today=session.scalar(completed) or 0,
        escalated=session.scalar(escalated) or 0,
        overdue=shown("overdue"),
        due_today=shown("due_today"),
        waiting=shown("waiting"),
        loads=tuple(
            Load(names[one.staff_id][0], sum(one.open_by_priority.values()), one.load) for one in busy[:SHOWN]
        ),
    )
