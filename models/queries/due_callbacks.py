"""Which callbacks are to be made: the one condition of every list and count of them, at every page."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased

from models.entities.callback import Callback
from models.entities.ticket import Ticket
from models.rules.callback_rules import CALLED_BACK

_CALLED_BACK = sorted(state.value for state in CALLED_BACK)


def is_due() -> ColumnElement[bool]:
    """Living, due, and of a ticket that is called back (or of none: visits after moving in).

    Asked of the ticket as it is now: a callback whose ticket another desk made void stays as it is and
    counts again when the ticket is no longer void.
    """
    ticket = aliased(Ticket)
    is_asked = (
        exists()
        .where(ticket.id == Callback.ticket_id, ticket.deleted.is_(None), ticket.state.in_(_CALLED_BACK))
        .correlate(Callback)
    )
    return and_(
        Callback.state == "due", Callback.deleted.is_(None), or_(Callback.ticket_id.is_(None), is_asked)
    )
