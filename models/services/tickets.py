"""What the desk does with a ticket: one function an intention, each checked by the state machine.

Every function raises DomainError ``right-missing``, ``row-gone``, ``ticket-action-not-allowed`` (action,
state) or ``ticket-field-missing`` (action, fields) before it changes anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from models.entities.callback import Callback, Communication
from models.entities.organisation import Department, Staff
from models.entities.ticket import Attachment, ChargeLine, Ticket
from models.errors import DomainError
from models.queries.due_callbacks import is_due
from models.rules.rights import Right
from models.rules.ticket_life import Action, State
from models.services import callback_making, ticket_steps
from models.services.ticket_steps import clean, stored
from models.work import Work
from resources.terms import codes

PROOF_KINDS = ("proof", "photo", "video", "document")
"""Attachments that prove that work was done."""


@dataclass(frozen=True)
class Assignment:
    """A dispatch (派单): task, deadline, contact and phone must be stated. ``assisting`` are
    further departments. With ``fills_from_ticket`` what is blank is taken from the ticket itself: its
    matter, deadline, caller and the caller's phone (which screens see masked only).
    """

    department_id: str
    task: str
    due_at: datetime | None
    contact: str | None
    contact_phone: str | None
    handler_id: str | None = None
    coordinator_id: str | None = None
    assisting: tuple[str, ...] = ()
    fills_from_ticket: bool = False


@dataclass(frozen=True)
class Completion:
    """What the crew's paper says. Times None: arrival unknown, completion now."""

    result: str
    resolution: str | None = None
    unfinished_reason: str | None = None
    charge_kind: str | None = None
    rating: str | None = None
    rating_by: str | None = None
    arrived_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True)
class Refusal:
    """A ticket that a batch could not do, with the reason in code and values."""

    ticket_id: str
    number: str
    error: DomainError


@dataclass(frozen=True)
class Batch:
    """What became of the tickets of a multi-select action."""

    done: tuple[str, ...]
    refused: tuple[Refusal, ...]


# -- sending out -------------------------------------------------------------------------------------


def dispatch(work: Work, ticket_id: str, assignment: Assignment) -> None:
    """派单: to a department, and to a person if one is named."""
    _assign(work, ticket_id, Action.DISPATCH, assignment, None)


def pass_on(work: Work, ticket_id: str, assignment: Assignment, reason: str) -> None:
    """转单: to somebody else, with the reason."""
    _assign(work, ticket_id, Action.PASS_ON, assignment, reason)


def _assign(work: Work, ticket_id: str, action: Action, one: Assignment, reason: str | None) -> None:
    ticket = work.get(Ticket, ticket_id)
    if one.fills_from_ticket:
        one = _filled(one, ticket)
    if one.department_id:
        work.get(Department, one.department_id)
    for staff_id in (one.handler_id, one.coordinator_id):
        if staff_id:
            work.get(Staff, staff_id)
    if one.due_at is not None and one.due_at <= ticket.received_at:
        raise DomainError("ticket-deadline-early", field="due_at")
    changes: dict[str, object] = {
        "department_id": one.department_id,
        "handler_id": one.handler_id,
        "coordinator_id": one.coordinator_id or ticket.coordinator_id,
        "task": clean(one.task),
        "due_at": one.due_at,
        "contact": clean(one.contact),
        "contact_phone": clean(one.contact_phone),
        "dispatched_at": work.now,
        "accepted_at": None,
        "arrived_at": None,
        "suspend_reason": None,
    }
    data = {
        "department_id": one.department_id,
        "handler_id": one.handler_id,
        "due_at": stored(one.due_at),
        "assisting": list(one.assisting),
    }
    ticket_steps.take(work, ticket, action, changes | {"reason": reason}, changes, text=reason, data=data)


def _filled(one: Assignment, ticket: Ticket) -> Assignment:
    return replace(
        one,
        task=clean(one.task) or ticket.matter,
        due_at=one.due_at or ticket.due_at,
        contact=clean(one.contact) or ticket.caller_name,
        contact_phone=clean(one.contact_phone) or ticket.caller_phone,
    )


def accept(work: Work, ticket_id: str) -> None:
    """接单: the department has assessed it and takes it."""
    ticket_steps.take(work, work.get(Ticket, ticket_id), Action.ACCEPT, {}, {"accepted_at": work.now})


def send_back(work: Work, ticket_id: str, reason: str) -> None:
    """退单: the crew cannot do it now; back to the desk with the reason."""
    ticket = work.get(Ticket, ticket_id)
    ticket_steps.take(
        work, ticket, Action.SEND_BACK, {"reason": reason}, {"suspend_reason": clean(reason)}, text=reason
    )


# -- under way ---------------------------------------------------------------------------------------


def arrive(work: Work, ticket_id: str, *, at: datetime | None = None, text: str | None = None) -> None:
    """到场. ``at`` may be earlier than now, as the crew's paper says."""
    ticket = work.get(Ticket, ticket_id)
    arrived_at = _in_its_life(work, ticket, "arrived_at", at)
    changes = {"arrived_at": arrived_at, "accepted_at": ticket.accepted_at or arrived_at}
    ticket_steps.take(work, ticket, Action.ARRIVE, {}, changes, text=text, data={"at": stored(arrived_at)})


def note_progress(work: Work, ticket_id: str, text: str, *, promised_at: datetime | None = None) -> None:
    """进展: a note for whoever rings again; a promised time if one was given."""
    ticket = work.get(Ticket, ticket_id)
    changes: dict[str, object] = {"promised_at": promised_at} if promised_at else {}
    if ticket.accepted_at is None and ticket.dispatched_at is not None:
        changes["accepted_at"] = work.now
    data = {"promised_at": stored(promised_at)}
    ticket_steps.take(work, ticket, Action.PROGRESS, {"text": text}, changes, text=text, data=data)


def answer_first(work: Work, ticket_id: str, text: str) -> None:
    """首次答复: the complaint's first answer; its own deadline is met by it."""
    ticket = work.get(Ticket, ticket_id)
    changes = {"answered_at": ticket.answered_at or work.now}
    ticket_steps.take(work, ticket, Action.FIRST_ANSWER, {"text": text}, changes, text=text)


def chase(
    work: Work, ticket_id: str, *, text: str | None = None, promised_at: datetime | None = None
) -> None:
    """催单: the resident rang again; goes into the communications log of the household too."""
    ticket = work.get(Ticket, ticket_id)
    changes = {"promised_at": promised_at} if promised_at else {}
    data = {"promised_at": stored(promised_at)}
    ticket_steps.take(work, ticket, Action.CHASE, {}, changes, text=text, data=data)
    if ticket.resident_id or ticket.room_id:
        work.add(
            Communication(
                resident_id=ticket.resident_id,
                room_id=ticket.room_id,
                ticket_id=ticket.id,
                at=work.now,
                channel="phone",
                direction="in",
                purpose="chase",
                content=clean(text) or ticket.number,
                staff_id=work.actor.staff_id,
            )
        )


def suspend(work: Work, ticket_id: str, reason: str) -> None:
    """挂起: waiting for parts or for the owner; the clock stops until `resume`."""
    changes = {"suspended_at": work.now, "suspend_reason": clean(reason)}
    ticket_steps.take(
        work, work.get(Ticket, ticket_id), Action.SUSPEND, {"reason": reason}, changes, text=reason
    )


def resume(work: Work, ticket_id: str, *, text: str | None = None) -> None:
    """恢复: the clock runs again with what was left of each deadline."""
    ticket_steps.take(work, work.get(Ticket, ticket_id), Action.RESUME, {}, {}, text=text)


# -- ending ------------------------------------------------------------------------------------------


def complete(work: Work, ticket_id: str, completion: Completion) -> str | None:
    """办结, with proof: a record of the work or a picture. Gives the id of the callback that is due, if
    one is.

    Charges that come to something need a charge kind. Raises also DomainError ``ticket-time-wrong`` and
    ``ticket-before-arrival`` (field) and ``ticket-code-unknown``.
    """
    ticket = work.get(Ticket, ticket_id)
    resolution = clean(completion.resolution) or ticket.resolution
    _known("ticket.rating", completion.rating)
    _known("ticket.charge_kind", completion.charge_kind)
    arrived_at = completion.arrived_at or ticket.arrived_at
    if arrived_at is not None:
        _in_its_life(work, ticket, "arrived_at", arrived_at)
    completed_at = _in_its_life(work, ticket, "completed_at", completion.completed_at)
    if arrived_at is not None and completed_at < arrived_at:
        raise DomainError("ticket-before-arrival", field="completed_at")
    charge_kind = completion.charge_kind or ticket.charge_kind
    if charge_kind is None and _has_charges(work, ticket_id):
        raise DomainError("ticket-field-missing", action=Action.COMPLETE.value, fields=["charge_kind"])
    given = {
        "result": completion.result,
        "proof": resolution is not None or _has_proof(work, ticket_id),
        "unfinished_reason": completion.unfinished_reason,
    }
    changes: dict[str, object] = {
        "result": completion.result,
        "resolution": resolution,
        "unfinished_reason": clean(completion.unfinished_reason) if completion.result == "unfixed" else None,
        "charge_kind": charge_kind,
        "rating": completion.rating or ticket.rating,
        "rating_by": clean(completion.rating_by) or ticket.rating_by,
        "arrived_at": arrived_at,
        "completed_at": completed_at,
    }
    event = ticket_steps.take(
        work, ticket, Action.COMPLETE, given, changes, text=resolution, data={"result": completion.result}
    )
    callback, reason = callback_making.after_completion(work, ticket)
    event.data = {**(event.data or {}), "callback": reason}
    work.session.flush()
    return callback.id if callback else None


def answer(work: Work, ticket_id: str, resolution: str) -> None:
    """答复: an enquiry is answered and closed at the desk, nobody is sent."""
    ticket = work.get(Ticket, ticket_id)
    changes = {
        "resolution": clean(resolution),
        "answered_at": ticket.answered_at or work.now,
        "closed_at": work.now,
        "handler_id": ticket.handler_id or work.actor.staff_id,
    }
    ticket_steps.take(work, ticket, Action.ANSWER, {"resolution": resolution}, changes, text=resolution)


def rate(work: Work, ticket_id: str, rating: str, *, by: str | None = None) -> None:
    """评价: by the resident; counts in the handler's figures."""
    _known("ticket.rating", rating)
    changes = {"rating": rating, "rating_by": clean(by)}
    ticket_steps.take(
        work, work.get(Ticket, ticket_id), Action.RATE, {"rating": rating}, changes, data={"rating": rating}
    )


def reopen(work: Work, ticket_id: str, reason: str) -> None:
    """重开: back to the desk with new deadlines from now; department and handler stay as a suggestion."""
    ticket = work.get(Ticket, ticket_id)
    changes = {
        "completed_at": None,
        "result": None,
        "unfinished_reason": None,
        "rating": None,
        "rating_by": None,
        "answered_at": None,
        "arrived_at": None,
        "accepted_at": None,
        "dispatched_at": None,
        "promised_at": None,
        "closed_at": None,
        "archived_at": None,
        "escalation": 0,
        "escalated_at": None,
        "suspended_ms": 0,
        **ticket_steps.new_deadlines(work, ticket.kind, ticket.priority, work.now),
    }
    ticket_steps.take(work, ticket, Action.REOPEN, {"reason": reason}, changes, text=reason)
    callback_making.withdraw(work, ticket_id)


def void(work: Work, ticket_id: str, reason: str, *, duplicate_of: str | None = None) -> None:
    """作废, with reason; ``duplicate_of`` names the ticket that tells the same."""
    ticket = work.get(Ticket, ticket_id)
    if duplicate_of == ticket_id:
        raise DomainError("ticket-duplicate-of-itself", number=ticket.number)
    if duplicate_of is not None:
        work.get(Ticket, duplicate_of)
    changes = {"void_reason": clean(reason), "duplicate_of": duplicate_of, "closed_at": work.now}
    data = {"duplicate_of": duplicate_of}
    ticket_steps.take(work, ticket, Action.VOID, {"reason": reason}, changes, text=reason, data=data)


def archive(work: Work, ticket_id: str) -> None:
    """归档. Raises also DomainError ``ticket-callback-open`` while a callback is due. What a void ticket has
    of them is withdrawn: from the archive it would count again.
    """
    ticket = work.get(Ticket, ticket_id)
    was_void = ticket.state == State.VOID
    open_callback = work.session.scalar(select(Callback.id).where(Callback.ticket_id == ticket_id, is_due()))
    if open_callback is not None:
        raise DomainError("ticket-callback-open", number=ticket.number)
    ticket_steps.take(work, ticket, Action.ARCHIVE, {}, {"archived_at": work.now})
    if was_void:
        callback_making.withdraw(work, ticket_id)


# -- many, and looking -------------------------------------------------------------------------------


def each(
    work: Work, ticket_ids: Collection[str], service: Callable[..., object], *args: object, **given: object
) -> Batch:
    """Do one of the services above to many tickets; what cannot be done is told and stops nothing."""
    done: list[str] = []
    refused: list[Refusal] = []
    work.context.operation = f"tickets.{service.__name__}"
    for ticket_id in ticket_ids:
        try:
            service(work, ticket_id, *args, **given)
        except DomainError as error:
            if error.code == "right-missing":
                raise
            ticket = work.session.get(Ticket, ticket_id)
            refused.append(Refusal(ticket_id, ticket.number if ticket else "", error))
        else:
            done.append(ticket_id)
    return Batch(tuple(done), tuple(refused))


def reveal_phone(work: Work, ticket_id: str, *, contact: bool = False) -> str:
    """The caller's phone in full (or the contact's); the look is logged."""
    work.require(Right.REVEAL)
    ticket = work.get(Ticket, ticket_id)
    work.log("reveal-phone", table="ticket", row_id=ticket.id, label=ticket.number)
    return (ticket.contact_phone if contact else ticket.caller_phone) or ""


def _has_proof(work: Work, ticket_id: str) -> bool:
    found = work.session.scalar(
        select(Attachment.id)
        .where(
            Attachment.ticket_id == ticket_id,
            Attachment.kind.in_(PROOF_KINDS),
            Attachment.deleted.is_(None),
        )
        .limit(1)
    )
    return found is not None


def _has_charges(work: Work, ticket_id: str) -> bool:
    """Whether the charges, reversals counted against them, come to more than nothing."""
    total = work.session.scalar(
        select(func.sum(ChargeLine.amount)).where(
            ChargeLine.ticket_id == ticket_id, ChargeLine.deleted.is_(None)
        )
    )
    return bool(total and total > 0)


def _in_its_life(work: Work, ticket: Ticket, field: str, at: datetime | None) -> datetime:
    moment = at or work.now
    if moment > work.now or moment < ticket.received_at:
        raise DomainError("ticket-time-wrong", field=field)
    return moment


def _known(vocabulary: str, code: str | None) -> None:
    if code is not None and code not in codes(vocabulary):
        raise DomainError("ticket-code-unknown", vocabulary=vocabulary, value=code)
