"""Everything the detail beside the list shows of one ticket. Phones come masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import read_parameters
from models.entities.callback import Callback
from models.entities.place import Room
from models.entities.resident import Resident
from models.entities.ticket import Attachment, ChargeLine, PrintRecord, Ticket
from models.errors import DomainError
from models.queries.categories import category_facts
from models.queries.due_callbacks import is_due
from models.queries.people import Person, department_names, people
from models.queries.ticket_timeline import TimelineItem, ticket_timeline
from models.queries.undo import UndoCandidate, undo_candidate
from models.rules.money import to_capitals
from models.rules.personal_data import mask_phone
from models.rules.service_time import SITE_ZONE, local_day
from models.rules.ticket_life import allowed_actions
from models.rules.warranty import Warranty, warranty_of


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """One line; quantity in thousandths, money in fen. ``is_reversed``: it or its reversal
    cancels the other.
    """

    id: str
    kind: str
    name: str
    spec: str | None
    unit: str | None
    quantity: int
    unit_price: int
    amount: int
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class Charges:
    """The lines and what they sum up to, in fen; ``capitals`` is the total in Chinese capitals (大写)."""

    lines: tuple[ChargeRow, ...]
    material: int
    labour: int
    total: int
    capitals: str


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """An attachment; its content lies in the blob store under ``sha256`` (or comes when it is looked at)."""

    id: str
    name: str
    size: int
    sha256: str
    media_type: str
    kind: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class PrintRow:
    """One printing of the ticket's work order."""

    serial: int
    form: str
    printed_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class CallbackNote:
    """A callback of the ticket. ``is_due`` False with the state ``due``: the ticket is not called back."""

    id: str
    kind: str
    state: str
    due_on: date
    reason: str
    satisfaction: str | None
    solved: bool | None
    opinion: str | None
    is_due: bool


@dataclass(frozen=True, slots=True)
class TicketDetail:
    """One ticket, whole."""

    id: str
    number: str
    kind: str
    channel: str
    priority: str
    state: str
    shown_state: str
    category_id: str | None
    category: str | None
    room_id: str | None
    room_code: str | None
    resident_id: str | None
    resident: str | None
    caller_name: str | None
    caller_phone: str
    place: str | None
    matter: str
    expectation: str | None
    appointment_at: datetime | None
    received_at: datetime
    received_by: str
    department_id: str | None
    department: str | None
    handler_id: str | None
    handler: str | None
    handler_phone: str | None
    coordinator_id: str | None
    coordinator: str | None
    task: str | None
    contact: str | None
    contact_phone: str
    dispatched_at: datetime | None
    accepted_at: datetime | None
    arrived_at: datetime | None
    answered_at: datetime | None
    first_answer_due_at: datetime | None
    arrive_due_at: datetime | None
    due_at: datetime | None
    promised_at: datetime | None
    suspended_at: datetime | None
    waits_for: str | None
    completed_at: datetime | None
    result: str | None
    resolution: str | None
    unfinished_reason: str | None
    charge_kind: str | None
    rating: str | None
    rating_by: str | None
    escalation: int
    reopened_count: int
    closed_at: datetime | None
    archived_at: datetime | None
    void_reason: str | None
    duplicate_of: str | None
    duplicate_of_number: str | None
    warranty: Warranty | None
    is_under_warranty: bool
    actions: tuple[str, ...]
    undo: UndoCandidate | None
    charges: Charges
    attachments: tuple[AttachmentRow, ...]
    prints: tuple[PrintRow, ...]
    callbacks: tuple[CallbackNote, ...]
    timeline: tuple[TimelineItem, ...]


def ticket_id_of(session: Session, number: str) -> str | None:
    """The id of the ticket with this number; None if there is none."""
    return session.scalar(select(Ticket.id).where(Ticket.number == number, Ticket.deleted.is_(None)).limit(1))


def ticket_id_of_tail(session: Session, tail: str, today: date) -> str | None:
    """The id of the ticket whose number is *tail* or ends in it: one received *today* before others, then
    the newest. None if there is none, or *tail* has under two characters or anything but letters, digits
    and dashes.
    """
    typed = tail.strip().upper()
    plain = typed.replace("-", "")
    exact = ticket_id_of(session, typed)
    if exact is not None or len(plain) < 2 or not (plain.isascii() and plain.isalnum()):
        return exact
    begin = datetime.combine(today, time.min, SITE_ZONE)
    is_today = Ticket.received_at.between(begin, begin + timedelta(days=1))
    found = select(Ticket.id).where(Ticket.number.like(f"%{typed}"), Ticket.deleted.is_(None))
    return session.scalar(
        found.order_by(is_today.desc(), Ticket.received_at.desc(), Ticket.id.desc()).limit(1)
    )


def ticket_detail(session: Session, ticket_id: str) -> TicketDetail:
    """Raises DomainError ``row-gone``."""
    ticket = session.get(Ticket, ticket_id)
    if ticket is None or ticket.deleted is not None:
        raise DomainError("row-gone", table="ticket", id=ticket_id)
    room = session.get(Room, ticket.room_id) if ticket.room_id else None
    resident = session.get(Resident, ticket.resident_id) if ticket.resident_id else None
    category = category_facts(session, ticket.category_id)
    staff = people(session, (ticket.received_by, ticket.handler_id, ticket.coordinator_id))
    handler = staff.get(ticket.handler_id or "")
    warranty = _warranty(session, room, category.warranty_item if category else None)
    callbacks = _callbacks(session, ticket_id)
    is_called = ticket.state == "completed" and any(one.is_due for one in callbacks)
    duplicate = session.get(Ticket, ticket.duplicate_of) if ticket.duplicate_of else None
    return TicketDetail(
        **{name: getattr(ticket, name) for name in _PLAIN},
        shown_state="callback" if is_called else ticket.state,
        category=category.path if category else None,
        room_code=room.code if room else None,
        resident=resident.name if resident else None,
        caller_phone=mask_phone(ticket.caller_phone or ""),
        contact_phone=mask_phone(ticket.contact_phone or ""),
        received_by=_name(staff, ticket.received_by),
        department=department_names(session).get(ticket.department_id or ""),
        handler=handler.name if handler else None,
        handler_phone=handler.phone if handler else None,
        coordinator=_name(staff, ticket.coordinator_id) or None,
        waits_for=ticket.suspend_reason,
        duplicate_of_number=duplicate.number if duplicate else None,
        warranty=warranty,
        is_under_warranty=warranty is not None and warranty.covers(local_day(ticket.received_at)),
        actions=tuple(action.value for action in allowed_actions(ticket.state, ticket.kind)),
        undo=undo_candidate(session, ticket_id),
        charges=charges_of(session, ticket_id),
        attachments=_attachments(session, ticket_id),
        prints=_prints(session, ticket_id),
        callbacks=callbacks,
        timeline=tuple(ticket_timeline(session, ticket_id)),
    )


_PLAIN = (
    "id",
    "number",
    "kind",
    "channel",
    "priority",
    "state",
    "category_id",
    "room_id",
    "resident_id",
    "caller_name",
    "place",
    "matter",
    "expectation",
    "appointment_at",
    "received_at",
    "department_id",
    "handler_id",
    "coordinator_id",
    "task",
    "contact",
    "dispatched_at",
    "accepted_at",
    "arrived_at",
    "answered_at",
    "first_answer_due_at",
    "arrive_due_at",
    "due_at",
    "promised_at",
    "suspended_at",
    "completed_at",
    "result",
    "resolution",
    "unfinished_reason",
    "charge_kind",
    "rating",
    "rating_by",
    "escalation",
    "reopened_count",
    "closed_at",
    "archived_at",
    "void_reason",
    "duplicate_of",
)
"""Fields shown as they are stored."""


def charges_of(session: Session, ticket_id: str) -> Charges:
    """The charge lines of a ticket in the order of entry, and their sums."""
    rows = session.scalars(
        select(ChargeLine)
        .where(ChargeLine.ticket_id == ticket_id, ChargeLine.deleted.is_(None))
        .order_by(ChargeLine.added_at, ChargeLine.id)
    ).all()
    reversed_ids = {row.voids_id for row in rows if row.voids_id}
    lines = tuple(
        ChargeRow(
            row.id, row.kind, row.name, row.spec, row.unit, row.quantity, row.unit_price, row.amount,
            is_reversed=row.voids_id is not None or row.id in reversed_ids,
        )
        for row in rows
    )  # fmt: skip
    labour = sum(line.amount for line in lines if line.kind == "labour")
    total = sum(line.amount for line in lines)
    return Charges(lines, total - labour, labour, total, to_capitals(total))


def _warranty(session: Session, room: Room | None, item: str | None) -> Warranty | None:
    if room is None or item is None:
        return None
    return warranty_of(item, room.accepted_on, read_parameters(session))


def _name(staff: dict[str, Person], staff_id: str | None) -> str:
    return staff[staff_id].name if staff_id in staff else ""


def _attachments(session: Session, ticket_id: str) -> tuple[AttachmentRow, ...]:
    rows = session.scalars(
        select(Attachment)
        .where(Attachment.ticket_id == ticket_id, Attachment.deleted.is_(None))
        .order_by(Attachment.added_at, Attachment.id)
    )
    return tuple(
        AttachmentRow(row.id, row.name, row.size, row.sha256, row.media_type, row.kind, row.added_at)
        for row in rows
    )


def _prints(session: Session, ticket_id: str) -> tuple[PrintRow, ...]:
    rows = session.scalars(
        select(PrintRecord)
        .where(PrintRecord.ticket_id == ticket_id, PrintRecord.deleted.is_(None))
        .order_by(PrintRecord.printed_at, PrintRecord.serial)
    ).all()
    staff = people(session, (row.staff_id for row in rows))
    return tuple(PrintRow(row.serial, row.form, row.printed_at, _name(staff, row.staff_id)) for row in rows)


def _callbacks(session: Session, ticket_id: str) -> tuple[CallbackNote, ...]:
    rows = session.execute(
        select(Callback, is_due())
        .where(Callback.ticket_id == ticket_id, Callback.deleted.is_(None))
        .order_by(Callback.due_on, Callback.id)
    )
    return tuple(
        CallbackNote(
            row.id,
            row.kind,
            row.state,
            row.due_on,
            row.reason,
            row.satisfaction,
            row.solved,
            row.opinion,
            bool(still_due),
        )
        for row, still_due in rows
    )
