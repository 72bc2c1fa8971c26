"""One step in a ticket's life: asks the rules, changes the row, writes the event. Every ticket service
uses it.

An event's ``data`` keeps under ``before`` what the step replaced, in stored form, so that a mistaken step
can be undone; the other keys belong to the action and are read by `models.queries.ticket_timeline`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from models.entities.ticket import Ticket, TicketEvent
from models.entities.types import InstantType, from_milliseconds, to_milliseconds
from models.rules import service_targets
from models.rules.service_time import after_pause
from models.rules.ticket_life import RIGHTS, Action, State, apply
from models.work import Work

_MILLISECOND = timedelta(milliseconds=1)


def take(
    work: Work,
    ticket: Ticket,
    action: Action,
    given: Mapping[str, object],
    changes: Mapping[str, object],
    *,
    text: str | None = None,
    data: Mapping[str, object] | None = None,
) -> TicketEvent:
    """Do ``action``: right and rules first, then ``changes`` (field → new value), state and event.

    Raises DomainError ``right-missing``, ``ticket-action-not-allowed``, ``ticket-field-missing``; nothing is
    changed then.
    """
    work.require(RIGHTS[action])
    before_suspension = _state_before_suspension(work, ticket) if action is Action.RESUME else None
    step = apply(action, ticket.state, ticket.kind, given, before_suspension)
    wanted: dict[str, object] = {}
    if step.from_state is State.SUSPENDED and step.to_state is not State.SUSPENDED:
        wanted |= end_of_suspension(work, ticket)
    wanted |= changes
    wanted["state"] = step.to_state.value
    if step.is_leaving_final:
        wanted["reopened_count"] = ticket.reopened_count + 1
    before = change(ticket, wanted)
    return record(
        work,
        ticket,
        action.value,
        from_state=step.from_state.value,
        text=text,
        data={**(data or {}), "before": before},
    )


def change(ticket: Ticket, wanted: Mapping[str, object]) -> dict[str, object]:
    """Set the fields that differ; gives back what they were, in stored form."""
    before: dict[str, object] = {}
    for name, value in wanted.items():
        old = getattr(ticket, name)
        if old != value:
            before[name] = stored(old)
            setattr(ticket, name, value)
    return before


def record(
    work: Work,
    ticket: Ticket,
    kind: str,
    *,
    from_state: str | None = None,
    text: str | None = None,
    data: Mapping[str, object] | None = None,
) -> TicketEvent:
    """Append an event; ``to_state`` is the ticket's state now. Empty text and data are left out."""
    kept = {key: value for key, value in (data or {}).items() if value not in (None, {}, [])}
    return work.add(
        TicketEvent(
            ticket_id=ticket.id,
            at=work.now,
            kind=kind,
            staff_id=work.actor.staff_id,
            from_state=from_state or ticket.state,
            to_state=ticket.state,
            text=clean(text),
            data=kept or None,
        )
    )


def clean(text: str | None) -> str | None:
    """Text without blanks around it; None where nothing is left."""
    stripped = (text or "").strip()
    return stripped or None


def stored(value: Any) -> Any:
    """A field's value as JSON keeps it: moments as milliseconds."""
    return to_milliseconds(value) if isinstance(value, datetime) else value


def restored(field: str, value: Any) -> Any:
    """The Python value of what `stored` kept of a ticket's field."""
    if value is not None and isinstance(Ticket.__table__.c[field].type, InstantType):
        return from_milliseconds(int(value))
    return value


def end_of_suspension(work: Work, ticket: Ticket) -> dict[str, object]:
    """The changes that end a suspension: its length is added up and what was left of each
    deadline starts again.
    """
    since = ticket.suspended_at
    changes: dict[str, object] = {"suspended_at": None, "suspend_reason": None}
    if since is None:
        return changes
    changes["suspended_ms"] = ticket.suspended_ms + (work.now - since) // _MILLISECOND
    calendar = service_targets.calendar(work.parameters)
    targets = service_targets.targets_for(ticket.kind, ticket.priority, work.parameters)
    for field, span, is_met in (
        ("first_answer_due_at", targets.first_answer, ticket.answered_at is not None),
        ("arrive_due_at", targets.arrive, ticket.arrived_at is not None),
        ("due_at", targets.done, False),
    ):
        due: datetime | None = getattr(ticket, field)
        if due is not None and not is_met:
            clock = service_targets.clock_of(span)
            changes[field] = after_pause(due, since, work.now, clock, calendar).at
    return changes


def new_deadlines(work: Work, kind: str, priority: str, received_at: datetime) -> dict[str, object]:
    """The three deadline fields of a ticket of this kind and priority, counted from the call."""
    found = service_targets.deadlines(
        received_at,
        service_targets.targets_for(kind, priority, work.parameters),
        service_targets.calendar(work.parameters),
    )
    return {
        "first_answer_due_at": found.first_answer.at if found.first_answer else None,
        "arrive_due_at": found.arrive.at if found.arrive else None,
        "due_at": found.done.at if found.done else None,
    }


def _state_before_suspension(work: Work, ticket: Ticket) -> str | None:
    return work.session.scalar(
        select(TicketEvent.from_state)
        .where(
            TicketEvent.ticket_id == ticket.id,
            TicketEvent.kind == Action.SUSPEND.value,
            TicketEvent.deleted.is_(None),
        )
        .order_by(TicketEvent.at.desc(), TicketEvent.id.desc())
        .limit(1)
    )
