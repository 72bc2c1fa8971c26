"""Takes back a mistaken step (撤销). The history keeps the step and its undoing; numbers and papers stay."""

from __future__ import annotations

from datetime import timedelta

from models import parameters as p
from models.entities.ticket import Ticket
from models.errors import DomainError
from models.queries.undo import UNDO, undo_candidate
from models.rules.rights import Right
from models.rules.ticket_life import FINAL, State
from models.services import callback_making, ticket_steps
from models.work import Work

_NEVER_LOWERED = frozenset({"reopened_count"})
"""Counts rounds for merging: a round once begun is not unsaid."""


def undo(work: Work, ticket_id: str) -> str:
    """Undo the person's own last step on the ticket; gives the code of the step.

    Raises DomainError ``right-missing``, ``ticket-undo-nothing``, ``ticket-undo-not-yours``,
    ``ticket-undo-late`` (minutes), ``ticket-undo-changed`` (somebody went on meanwhile).
    """
    work.require(Right.TICKET_UNDO)
    ticket = work.get(Ticket, ticket_id)
    step = undo_candidate(work.session, ticket_id)
    if step is None:
        raise DomainError("ticket-undo-nothing", number=ticket.number)
    if step.staff_id != work.actor.staff_id:
        raise DomainError("ticket-undo-not-yours", number=ticket.number)
    minutes = work.parameters.get(p.UNDO_MINUTES)
    if work.now - step.at > timedelta(minutes=minutes):
        raise DomainError("ticket-undo-late", number=ticket.number, minutes=minutes)
    if step.to_state != ticket.state:
        raise DomainError("ticket-undo-changed", number=ticket.number)
    from_state = ticket.state
    wanted = {
        field: ticket_steps.restored(field, value)
        for field, value in step.before.items()
        if field not in _NEVER_LOWERED
    }
    is_leaving_final = from_state in FINAL and wanted.get("state", from_state) not in FINAL
    if is_leaving_final:
        wanted["reopened_count"] = ticket.reopened_count + 1
    ticket_steps.change(ticket, wanted)
    ticket_steps.record(
        work, ticket, UNDO, from_state=from_state, data={"undoes": step.event_id, "action": step.kind}
    )
    if is_leaving_final:
        callback_making.withdraw(work, ticket_id)
    elif ticket.state == State.COMPLETED and from_state != State.COMPLETED:
        callback_making.after_completion(work, ticket)
    return step.kind
