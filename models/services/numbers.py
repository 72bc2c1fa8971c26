"""Gives out the next number of this desk and day, inside the transaction that uses it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from models.entities.callback import Callback
from models.entities.ticket import Ticket
from models.rules.numbering import (
    SHEET_SCOPE,
    TICKET_SCOPE,
    counter_key,
    sheet_number,
    ticket_number,
)
from models.work import Work


def next_ticket_number(work: Work, day: date) -> str:
    """``B-261121-0042``. A rolled-back transaction gives its number back."""
    return ticket_number(work.desk_letter, day, _next(work, TICKET_SCOPE, day))


def next_sheet_number(work: Work, day: date) -> str:
    """``HF-B-261121-003``, for a callback sheet."""
    return sheet_number(work.desk_letter, day, _next(work, SHEET_SCOPE, day))


def _next(work: Work, scope: str, day: date) -> int:
    key = counter_key(scope, work.desk_letter, day)
    last = work.local(key)
    count = (int(last) if last is not None else _highest(work, scope, day)) + 1
    work.set_local(key, count)
    return count


def _highest(work: Work, scope: str, day: date) -> int:
    """The highest number already in the file: asked once a day, and it heals a lost counter."""
    column = Ticket.number if scope == TICKET_SCOPE else Callback.sheet_no
    written = (
        ticket_number(work.desk_letter, day, 1)
        if scope == TICKET_SCOPE
        else sheet_number(work.desk_letter, day, 1)
    )
    prefix = written.rpartition("-")[0] + "-"
    highest = work.session.scalar(
        select(column)
        .where(column >= prefix, column < prefix + "~")
        .order_by(func.length(column).desc(), column.desc())
        .limit(1)
    )
    return int(highest.rpartition("-")[2]) if highest else 0
