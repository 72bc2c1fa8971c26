"""Makes the callback that a finished ticket asks for, and withdraws it when the ticket is open again.

The callback's id follows from the ticket and its round, so that two desks that finish one ticket at once
make one callback, not two.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import select

from models.entities.callback import Callback
from models.entities.ticket import Ticket
from models.queries.categories import category_facts
from models.rules import callback_rules
from models.rules.callback_rules import FinishedTicket
from models.rules.service_time import local_day
from models.rules.similarity import is_leak
from models.work import Work


def fixed_id(*parts: object) -> str:
    """The id of a row that every desk must make alike: 32 hexadecimal digits of what it is about."""
    return hashlib.sha256(":".join(str(part) for part in parts).encode()).hexdigest()[:32]


def after_completion(work: Work, ticket: Ticket) -> tuple[Callback | None, str]:
    """The callback that is now due and why, or None and why not."""
    due = callback_rules.after_completion(_facts(work, ticket), work.parameters)
    if due.due_on is None:
        return None, due.reason.value
    row_id = fixed_id("callback", ticket.id, ticket.reopened_count)
    existing = work.session.get(Callback, row_id)
    if existing is not None:
        existing.deleted = None
        existing.state, existing.due_on, existing.reason = "due", due.due_on, due.reason.value
        work.session.flush()
        return existing, due.reason.value
    callback = work.add(
        Callback(
            id=row_id,
            kind=due.kind.value,
            ticket_id=ticket.id,
            resident_id=ticket.resident_id,
            room_id=ticket.room_id,
            due_on=due.due_on,
            reason=due.reason.value,
        )
    )
    return callback, due.reason.value


def withdraw(work: Work, ticket_id: str) -> None:
    """Take back callbacks that are still due: the work they ask about goes on."""
    for callback in work.session.scalars(
        select(Callback).where(
            Callback.ticket_id == ticket_id, Callback.state == "due", Callback.deleted.is_(None)
        )
    ).all():
        work.delete(callback)


def _facts(work: Work, ticket: Ticket) -> FinishedTicket:
    category = category_facts(work.session, ticket.category_id)
    told = f"{ticket.matter} {ticket.resolution or ''}"
    return FinishedTicket(
        ticket_id=ticket.id,
        kind=ticket.kind,
        completed_on=local_day(ticket.completed_at or work.now),
        is_leak=is_leak(told) or (category is not None and category.warranty_item == "waterproofing"),
        is_in_home=ticket.room_id is not None,
        is_fixed=ticket.result != "unfixed",
        has_caller=bool(ticket.caller_phone or ticket.resident_id),
    )
