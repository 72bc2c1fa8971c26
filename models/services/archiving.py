"""The sweep that archives (归档) what has been over for some days and asks for no callback any more."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import exists, func, select

from models import parameters as p
from models.entities.callback import Callback
from models.entities.ticket import Ticket
from models.queries.due_callbacks import is_due
from models.rules.ticket_life import State
from models.services import tickets
from models.work import Work

LIMIT = 200
_OVER = (State.COMPLETED.value, State.CLOSED.value, State.VOID.value)


def sweep(work: Work, limit: int = LIMIT) -> int:
    """Archive at most ``limit`` tickets; gives how many. The next sweep goes on."""
    before = work.now - timedelta(days=work.parameters.get(p.ARCHIVE_DAYS))
    is_waiting = exists().where(Callback.ticket_id == Ticket.id, is_due())
    over = (
        select(Ticket.id)
        .where(
            Ticket.state.in_(_OVER),
            Ticket.deleted.is_(None),
            Ticket.received_at < before,
            func.coalesce(Ticket.closed_at, Ticket.completed_at) < before,
            ~is_waiting,
        )
        .limit(limit)
    )
    ids = list(work.session.scalars(over))
    for ticket_id in ids:
        tickets.archive(work, ticket_id)
    return len(ids)
