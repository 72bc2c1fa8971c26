"""Two tickets or two callback sheets of a site that bear one number, because a desk's file was copied or
restored while it had some that headquarters did not know: those of the file that enrolled anew get numbers of
its new letter.

Both may be on paper already, so nothing changes in silence: the old number stays in the ticket's history and
is found by it, and the desk lists the papers that are to be corrected. Whoever enters results by a sheet goes
by its lines: those of another sheet between them would get wrong answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from operator import itemgetter

from sqlalchemy import select

from models.entities.callback import Callback
from models.entities.ticket import PrintRecord, Ticket, TicketEvent
from models.queries.double_numbers import RENUMBERED, SHEETS, TICKETS, doubles_among
from models.rules.numbering import parse, parse_sheet, renumbering_id
from models.rules.service_time import local_day
from models.services import numbers, ticket_steps
from models.work import Work

KIND = "renumber"
KEPT = 200
"""So many of the latest are remembered for the list of slips to correct."""


Own = Mapping[str, Mapping[str, str]]
"""{table: {id: number}} of rows that only this file had when it enrolled."""
Changed = list[tuple[str, str]]
"""[(old number, new number)]."""


def give_own_numbers(work: Work, own: Own) -> Changed:
    """New numbers for those of ``own`` whose number another bears as well."""
    done = [*_tickets(work, own.get(TICKETS.table, {})), *_sheets(work, own)]
    if done:
        told = list(work.local(RENUMBERED, []))
        at = ticket_steps.stored(work.now)
        told += [{"id": row_id, "from": old, "to": new, "at": at} for row_id, old, new in done]
        work.set_local(RENUMBERED, told[-KEPT:])
    return [(old, new) for _, old, new in done]


def _tickets(work: Work, own: Mapping[str, str]) -> list[tuple[str, str, str]]:
    done = []
    for old, ticket_id in doubles_among(work.session, TICKETS, own):
        ticket = work.get(Ticket, ticket_id)
        known = parse(old)
        day = known.day if known is not None else local_day(ticket.received_at)
        new = numbers.next_ticket_number(work, day)
        _tell(work, ticket, old, new)
        ticket.number = new
        work.session.flush()
        done.append((ticket_id, old, new))
    return done


def _tell(work: Work, ticket: Ticket, old: str, new: str) -> None:
    event_id = renumbering_id(ticket.id)
    event = TicketEvent(
        ticket_id=ticket.id,
        at=work.now,
        kind=KIND,
        staff_id=work.actor.staff_id,
        from_state=ticket.state,
        to_state=ticket.state,
        data={"from": old, "to": new},
    )
    if work.session.get(TicketEvent, event_id) is None:
        event.id = event_id
    work.add(event)


def _sheets(work: Work, own: Own) -> list[tuple[str, str, str]]:
    """A sheet goes on as a whole, with the records of its printing."""
    done = []
    doubles = doubles_among(work.session, SHEETS, own.get(SHEETS.table, {}))
    printed = own.get(str(PrintRecord.__tablename__), {})
    for old, rows in groupby(doubles, key=itemgetter(0)):
        ids = [row_id for _, row_id in rows]
        new = numbers.next_sheet_number(work, _day_of_sheet(work, old))
        for callback_id in ids:
            work.get(Callback, callback_id).sheet_no = new
        prints = [row_id for row_id, number in printed.items() if number == old]
        for record in work.session.scalars(select(PrintRecord).where(PrintRecord.id.in_(prints))):
            record.sheet_no = new
        work.session.flush()
        done.append((ids[0], old, new))
    return done


def _day_of_sheet(work: Work, number: str) -> date:
    return parse_sheet(number) or local_day(work.now)
