"""Callback rounds (回访): sheets, results, exclusions and their override, and the sweep for
move-in visits.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models import parameters as p
from models.entities.callback import Callback, Communication
from models.entities.ticket import Ticket
from models.errors import DomainError
from models.rules.callback_rules import CALLED_BACK, CallbackKind
from models.rules.rights import Right
from models.rules.service_time import local_day
from models.rules.ticket_life import Action, is_allowed
from models.services import intake, numbers, ticket_steps, tickets
from models.services.ticket_steps import clean
from models.work import Work
from resources.terms import codes, label

REOPEN = "reopen"
COMPLAINT = "complaint"
_RATING_OF = {"satisfied": "satisfied", "fairly": "neutral", "dissatisfied": "dissatisfied"}


@dataclass(frozen=True)
class Result:
    """What a call, or one line of a returned sheet, says.

    ``reached`` False needs nothing more. Else ``solved`` and ``satisfaction`` are stated; if not solved,
    ``then`` says what follows: ``reopen`` or ``complaint``. ``called_at`` None means now.
    """

    reached: bool
    solved: bool | None = None
    satisfaction: str | None = None
    opinion: str | None = None
    suggestion: str | None = None
    remark: str | None = None
    way: str = "phone"
    then: str | None = None
    called_at: datetime | None = None
    called_by: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What a result led to: the callback's new state, and the complaint that was made, if one was."""

    state: str
    complaint: intake.Taken | None = None


@dataclass(frozen=True)
class Entered:
    """One line of the quick entry: an outcome, or the fault of that line."""

    callback_id: str
    outcome: Outcome | None
    error: DomainError | None


def make_sheet(work: Work, callback_ids: Collection[str]) -> str:
    """Put callbacks on one sheet; gives its number. Those of an earlier sheet move to the new one.

    Raises DomainError ``right-missing``, ``row-gone``, ``callback-not-due``, ``callback-sheet-empty``,
    ``ticket-action-not-allowed`` (a ticket that is void).
    """
    work.require(Right.CALLBACK)
    if not callback_ids:
        raise DomainError("callback-sheet-empty")
    rows = [_due(work, callback_id) for callback_id in callback_ids]
    sheet_no = numbers.next_sheet_number(work, local_day(work.now))
    for row in rows:
        row.sheet_no = sheet_no
    work.session.flush()
    return sheet_no


def record_result(work: Work, callback_id: str, result: Result) -> Outcome:
    """Enter a result: not solved reopens the ticket or makes a complaint; solved archives it.

    Raises DomainError ``right-missing``, ``row-gone``, ``callback-not-due``, ``callback-incomplete``
    (fields), ``ticket-code-unknown``, ``ticket-time-wrong``; ``ticket-action-not-allowed`` where its ticket
    is void or open again, ``row-gone`` where it is deleted.
    """
    work.require(Right.CALLBACK)
    callback = _due(work, callback_id)
    _check(work, callback, result)
    ticket = work.get(Ticket, callback.ticket_id) if callback.ticket_id else None
    callback.called_at = result.called_at or work.now
    callback.called_by = result.called_by or work.actor.staff_id
    callback.way = result.way
    callback.reached = result.reached
    callback.remark = clean(result.remark)
    if not result.reached:
        return _not_reached(work, callback, ticket)
    callback.state = "done"
    callback.solved = result.solved
    callback.satisfaction = result.satisfaction
    callback.opinion = clean(result.opinion)
    callback.suggestion = clean(result.suggestion)
    work.session.flush()
    _log_contact(work, callback, _told(result))
    return Outcome("done", _follow_up(work, callback, ticket, result))


def enter_sheet(work: Work, results: Sequence[tuple[str, Result]]) -> list[Entered]:
    """Enter the lines of a returned sheet; a line that is wrong is told and stops no other."""
    entered = []
    for callback_id, result in results:
        try:
            entered.append(Entered(callback_id, record_result(work, callback_id, result), None))
        except DomainError as error:
            if error.code == "right-missing":
                raise
            entered.append(Entered(callback_id, None, error))
    return entered


def postpone(work: Work, callback_id: str, due_on: date, reason: str) -> None:
    """Agree a new day (迟到: apologise, agree a new time, tell the coordinator)."""
    work.require(Right.CALLBACK)
    if not reason.strip():
        raise DomainError("callback-incomplete", fields=["reason"])
    callback = _due(work, callback_id)
    callback.due_on = due_on
    callback.remark = clean(reason)
    work.session.flush()


def exclude(work: Work, callback_id: str, reason: str, until: date) -> None:
    """Leave a household alone until a day, for a reason of `models.rules.callback_rules.Exclusion`."""
    work.require(Right.CALLBACK)
    if reason not in codes("callback.exclusion"):
        raise DomainError("ticket-code-unknown", vocabulary="callback.exclusion", value=reason)
    callback = _due(work, callback_id)
    callback.state, callback.excluded_reason, callback.excluded_until = "excluded", reason, until
    work.session.flush()


def override(work: Work, callback_id: str, reason: str) -> None:
    """Call back in spite of an exclusion; the reason is kept beside it."""
    work.require(Right.CALLBACK_OVERRIDE)
    if not reason.strip():
        raise DomainError("callback-incomplete", fields=["reason"])
    callback = work.get(Callback, callback_id)
    if callback.state != "excluded":
        raise DomainError("callback-not-excluded")
    _require_called_back(work, callback)
    callback.state, callback.override_reason = "due", reason.strip()
    callback.due_on = max(callback.due_on, local_day(work.now))
    work.session.flush()


# -- inside ------------------------------------------------------------------------------------------


def _due(work: Work, callback_id: str) -> Callback:
    callback = work.get(Callback, callback_id)
    if callback.state != "due":
        raise DomainError("callback-not-due", state=callback.state)
    _require_called_back(work, callback)
    return callback


def _require_called_back(work: Work, callback: Callback) -> None:
    """What `models.queries.due_callbacks` lists, with a reason: nobody is called about a void ticket, which
    a callback outlives where two desks ended one ticket differently."""
    if callback.ticket_id is None:
        return
    ticket = work.get(Ticket, callback.ticket_id)
    if ticket.state not in CALLED_BACK:
        raise DomainError("ticket-action-not-allowed", action="callback", state=ticket.state)


def _check(work: Work, callback: Callback, result: Result) -> None:
    if result.way not in codes("callback.way"):
        raise DomainError("ticket-code-unknown", vocabulary="callback.way", value=result.way)
    if result.called_at is not None and result.called_at > work.now:
        raise DomainError("time-ahead", field="called_at")
    if not result.reached:
        return
    fields = []
    if result.satisfaction not in codes("callback.satisfaction"):
        fields.append("satisfaction")
    if callback.kind != CallbackKind.MOVE_IN and result.solved is None:
        fields.append("solved")
    if result.solved is False and result.then not in {REOPEN, COMPLAINT}:
        fields.append("then")
    if result.then == REOPEN and callback.ticket_id is None:
        fields.append("then")
    if fields:
        raise DomainError("callback-incomplete", fields=fields)
    if result.solved is False and result.then == REOPEN and callback.ticket_id:
        ticket = work.get(Ticket, callback.ticket_id)
        if not is_allowed(Action.REOPEN, ticket.state, ticket.kind):
            raise DomainError("ticket-action-not-allowed", action="reopen", state=ticket.state)
    needed = {REOPEN: Right.TICKET_REOPEN, COMPLAINT: Right.TICKET_CREATE}.get(result.then or "")
    if result.solved is False and needed is not None:
        work.require(needed)


def _not_reached(work: Work, callback: Callback, ticket: Ticket | None) -> Outcome:
    callback.tries += 1
    callback.state = "failed" if callback.tries >= work.parameters.get(p.CALLBACK_TRIES) else "due"
    if callback.state == "due":
        callback.due_on = max(callback.due_on, local_day(work.now) + timedelta(days=1))
    work.session.flush()
    if ticket is not None:
        ticket_steps.record(
            work, ticket, "callback", text=callback.remark, data={"reached": False, "tries": callback.tries}
        )
    return Outcome(callback.state)


def _follow_up(work: Work, callback: Callback, ticket: Ticket | None, result: Result) -> intake.Taken | None:
    if ticket is not None:
        data = {"reached": True, "solved": result.solved, "satisfaction": result.satisfaction}
        ticket_steps.record(work, ticket, "callback", text=result.opinion, data=data)
        if ticket.rating is None and result.satisfaction is not None:
            ticket_steps.change(ticket, {"rating": _RATING_OF[result.satisfaction], "rating_by": "callback"})
    if result.solved is False and result.then == COMPLAINT:
        return _complain(work, callback, ticket, result)
    if ticket is None:
        return None
    if result.solved is False:
        why = clean(result.opinion) or label("callback.state", "done")
        tickets.reopen(work, ticket.id, why)
    elif is_allowed(Action.ARCHIVE, ticket.state, ticket.kind) and work.actor.may(Right.TICKET_DISPATCH):
        tickets.archive(work, ticket.id)
    return None


def _complain(work: Work, callback: Callback, ticket: Ticket | None, result: Result) -> intake.Taken:
    matter = clean(result.opinion) or (ticket.matter if ticket else None) or callback.kind
    return intake.create(
        work,
        intake.Request(
            matter=matter,
            kind="complaint",
            channel="phone" if result.way == "phone" else "other",
            priority="normal",
            room_id=callback.room_id,
            resident_id=callback.resident_id,
            caller_name=ticket.caller_name if ticket else None,
            caller_phone=ticket.caller_phone if ticket else None,
            place=ticket.place if ticket else None,
            follows_ticket_id=ticket.id if ticket else None,
        ),
    )


def _told(result: Result) -> str:
    parts = [
        label("callback.satisfaction", result.satisfaction),
        result.opinion or "",
        result.suggestion or "",
    ]
    return "；".join(part.strip() for part in parts if part.strip())


def _log_contact(work: Work, callback: Callback, content: str) -> None:
    if not (callback.resident_id or callback.room_id):
        return
    work.add(
        Communication(
            resident_id=callback.resident_id,
            room_id=callback.room_id,
            ticket_id=callback.ticket_id,
            at=callback.called_at or work.now,
            channel={"visit": "door", "paper": "other"}.get(callback.way or "", callback.way or "phone"),
            direction="out",
            purpose=f"callback.{callback.kind}",
            content=content,
            follow_up=callback.suggestion,
            staff_id=callback.called_by,
        )
    )
