"""The sweep: what is past its time rises (升级) and is told, by the system itself, alike on every desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select

from models import parameters as p
from models.entities.ticket import Ticket, TicketEvent
from models.rules import escalation
from models.rules.ticket_life import OPEN, State
from models.services.callback_making import fixed_id
from models.services.ticket_steps import stored
from models.work import Work

LIMIT = 200
_RUNNING = sorted(state.value for state in OPEN - {State.SUSPENDED})


@dataclass(frozen=True)
class Risen:
    """A ticket that reached a level of escalation (1, 2), or (0) went past its deadline."""

    ticket_id: str
    number: str
    level: int


def sweep(work: Work, limit: int = LIMIT) -> list[Risen]:
    """Raise what has waited too long and mark what is overdue, each once; gives what is new.

    At most ``limit`` tickets of each sort are written in one go, so that nobody waits; the next sweep goes
    on.

    The events' ids and times follow from the ticket, so that two desks that sweep apart write the same rows.
    """
    risen: list[Risen] = []
    running = select(Ticket).where(Ticket.state.in_(_RUNNING), Ticket.deleted.is_(None))
    first = escalation.earliest(work.now, work.parameters)
    waiting = running.where(Ticket.received_at <= first, Ticket.escalation < escalation.HIGHEST)
    for ticket in work.session.scalars(waiting).all():
        if len(risen) >= limit:
            break
        reached = _level(work, ticket)
        if reached > ticket.escalation:
            ticket.escalation = reached
            ticket.escalated_at = _moment(work, ticket, reached)
            _tell(work, ticket, "escalate", ticket.escalated_at, {"level": reached})
            risen.append(Risen(ticket.id, ticket.number, reached))
    told = exists().where(
        TicketEvent.ticket_id == Ticket.id, TicketEvent.kind == "overdue", TicketEvent.at == Ticket.due_at
    )
    for ticket in work.session.scalars(running.where(Ticket.due_at < work.now, ~told).limit(limit)).all():
        due_at = ticket.due_at
        if due_at is not None and _tell(work, ticket, "overdue", due_at, {"due_at": stored(due_at)}):
            risen.append(Risen(ticket.id, ticket.number, 0))
    return risen


def _since(ticket: Ticket) -> datetime:
    return ticket.received_at + timedelta(milliseconds=ticket.suspended_ms)


def _level(work: Work, ticket: Ticket) -> int:
    if ticket.reopened_count and ticket.due_at is not None and ticket.due_at > work.now:
        return 0  # a reopened ticket has a new deadline; it rises when that is past
    suspended = timedelta(milliseconds=ticket.suspended_ms)
    return escalation.level(
        ticket.kind, ticket.state, ticket.received_at, work.now, work.parameters, suspended=suspended
    )


def _moment(work: Work, ticket: Ticket, level: int) -> datetime:
    """When the level was reached: a moment of the ticket's own, not of the sweep."""
    hours = work.parameters.get(p.ESCALATE_FIRST)
    if level > 1:
        hours += work.parameters.get(p.ESCALATE_SECOND)
    return _since(ticket) + timedelta(hours=hours)


def _tell(work: Work, ticket: Ticket, kind: str, at: datetime, data: dict[str, object]) -> bool:
    row_id = fixed_id(kind, ticket.id, ticket.reopened_count, *sorted(data.items()))
    if work.session.get(TicketEvent, row_id) is not None:
        return False
    work.add(
        TicketEvent(
            id=row_id,
            ticket_id=ticket.id,
            at=at,
            kind=kind,
            staff_id=None,
            from_state=ticket.state,
            to_state=ticket.state,
            data=data,
        )
    )
    return True
