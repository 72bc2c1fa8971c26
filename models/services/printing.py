"""First commit, then number, then print: the record of a printing is committed before paper moves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from models.entities.callback import Callback
from models.entities.ticket import PrintRecord, Ticket
from models.errors import DomainError
from models.rules.rights import Right
from models.services import ticket_steps
from models.work import Work
from resources.terms import codes

WORK_ORDER = "work_order"
CALLBACK_SHEET = "callback_sheet"
USUAL_COPIES = ("stub", "crew", "owner")
"""存根联, 维修联, 业主联: what a slip is printed in when nobody says otherwise."""


@dataclass(frozen=True)
class PrintJob:
    """One paper to print: ``serial`` 1 is the first printing, from 2 on the paper says 补打."""

    record_id: str
    document: str
    ticket_id: str | None
    number: str
    form: str
    copies: tuple[str, ...]
    serial: int
    printed_at: datetime
    printed_by: str


def record_print(
    work: Work, ticket_ids: Collection[str], form: str, copies: Collection[str] = USUAL_COPIES
) -> list[PrintJob]:
    """Record the printing of work orders, in the order given.

    Raises DomainError ``right-missing``, ``row-gone``, ``ticket-code-unknown``.
    """
    work.require(Right.PRINT)
    _check_copies(copies)
    tickets = [work.get(Ticket, ticket_id) for ticket_id in ticket_ids]
    jobs = []
    for ticket in tickets:
        job = _record(work, WORK_ORDER, ticket.number, form, copies, ticket_id=ticket.id)
        ticket_steps.record(work, ticket, "print", data={"form": form, "serial": job.serial})
        jobs.append(job)
    return jobs


def record_sheet_print(work: Work, sheet_no: str, form: str) -> PrintJob:
    """Record the printing of a callback sheet. Raises DomainError ``right-missing``, ``sheet-not-found``."""
    work.require(Right.PRINT)
    lines = select(Callback.id).where(Callback.sheet_no == sheet_no, Callback.deleted.is_(None))
    if work.session.scalars(lines.limit(1)).first() is None:
        raise DomainError("sheet-not-found", sheet_no=sheet_no)
    return _record(work, CALLBACK_SHEET, sheet_no, form, (), sheet_no=sheet_no)


def _record(
    work: Work,
    document: str,
    number: str,
    form: str,
    copies: Collection[str],
    *,
    ticket_id: str | None = None,
    sheet_no: str | None = None,
) -> PrintJob:
    printed = select(func.count()).where(PrintRecord.document == document, PrintRecord.deleted.is_(None))
    owner = PrintRecord.ticket_id == ticket_id if ticket_id else PrintRecord.sheet_no == sheet_no
    serial = (work.session.scalar(printed.where(owner)) or 0) + 1
    record = work.add(
        PrintRecord(
            document=document,
            ticket_id=ticket_id,
            sheet_no=sheet_no,
            form=form,
            copies=",".join(copies),
            serial=serial,
            printed_at=work.now,
            staff_id=work.actor.staff_id,
        )
    )
    return PrintJob(
        record.id, document, ticket_id, number, form, tuple(copies), serial, work.now, work.actor.name
    )


def _check_copies(copies: Collection[str]) -> None:
    for copy in copies:
        if copy not in codes("print.copy"):
            raise DomainError("ticket-code-unknown", vocabulary="print.copy", value=copy)
