"""Two tickets of a site that bear one number, because a desk's file was copied or restored while it had
tickets that headquarters did not know: those of the file that enrolled anew get numbers of its new letter.

Both may be on paper already, so nothing changes in silence: the old number stays in the ticket's history and
is found by it, and the desk lists the slips that are to be corrected.
"""

from __future__ import annotations

from collections.abc import Iterable

from models.entities.ticket import Ticket, TicketEvent
from models.queries.double_numbers import RENUMBERED, doubles_among
from models.rules.numbering import parse, renumbering_id
from models.rules.service_time import local_day
from models.services import numbers, ticket_steps
from models.work import Work

KIND = "renumber"
KEPT = 200
"""So many of the latest are remembered for the list of slips to correct."""


def give_own_numbers(work: Work, ticket_ids: Iterable[str]) -> list[tuple[str, str]]:
    """New numbers for those of ``ticket_ids`` whose number another ticket bears; gives [(old, new)]."""
    done: list[tuple[str, str]] = []
    told = list(work.local(RENUMBERED, []))
    for ticket_id in doubles_among(work.session, ticket_ids):
        ticket = work.get(Ticket, ticket_id)
        known = parse(ticket.number)
        old, new = (
            ticket.number,
            numbers.next_ticket_number(
                work, known.day if known is not None else local_day(ticket.received_at)
            ),
        )
        event_id = renumbering_id(ticket.id)
        is_first = work.session.get(TicketEvent, event_id) is None
        event = TicketEvent(
            ticket_id=ticket.id,
            at=work.now,
            kind=KIND,
            staff_id=work.actor.staff_id,
            from_state=ticket.state,
            to_state=ticket.state,
            data={"from": old, "to": new},
        )
        if is_first:
            event.id = event_id
        work.add(event)
        ticket.number = new
        work.session.flush()
        told.append({"id": ticket.id, "from": old, "to": new, "at": ticket_steps.stored(work.now)})
        done.append((old, new))
    if done:
        work.set_local(RENUMBERED, told[-KEPT:])
    return done
