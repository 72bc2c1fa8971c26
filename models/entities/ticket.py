"""Requests and what became of them: category, ticket, its events, charges, attachments and prints."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.entities.synced import Base, Fen, Id, Instant, Synced
from models.entities.types import JsonType


class Category(Synced, Base):
    """A node of the category tree; what it leaves open comes from its parent."""

    __tablename__ = "category"
    parent_id: Mapped[Id | None] = mapped_column(ForeignKey("category.id"))
    name: Mapped[str]
    kind: Mapped[str | None]
    department_id: Mapped[Id | None] = mapped_column(ForeignKey("department.id"))
    priority: Mapped[str | None]
    warranty_item: Mapped[str | None]
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)


class Ticket(Synced, Base):
    """One request. ``state`` moves only by `models.rules.ticket_life`; its history is `TicketEvent`."""

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_number", "number"),
        Index("ix_ticket_received_at", "received_at", "deleted"),
        Index("ix_ticket_state", "state", "received_at", "deleted"),
        Index("ix_ticket_room", "room_id", "received_at"),
        Index("ix_ticket_resident", "resident_id"),
    )
    number: Mapped[str]
    kind: Mapped[str]
    channel: Mapped[str]
    category_id: Mapped[Id | None] = mapped_column(ForeignKey("category.id"))
    priority: Mapped[str]
    state: Mapped[str]
    room_id: Mapped[Id | None] = mapped_column(ForeignKey("room.id"))
    resident_id: Mapped[Id | None] = mapped_column(ForeignKey("resident.id"))
    caller_name: Mapped[str | None]
    caller_phone: Mapped[str | None] = mapped_column(info={"sensitive": True})
    place: Mapped[str | None]
    matter: Mapped[str]
    expectation: Mapped[str | None]
    """期望解决方式."""
    appointment_at: Mapped[Instant | None]
    received_at: Mapped[Instant]
    received_by: Mapped[Id | None] = mapped_column(ForeignKey("staff.id"))

    department_id: Mapped[Id | None] = mapped_column(ForeignKey("department.id"))
    handler_id: Mapped[Id | None] = mapped_column(ForeignKey("staff.id"))
    coordinator_id: Mapped[Id | None] = mapped_column(ForeignKey("staff.id"))
    task: Mapped[str | None]
    contact: Mapped[str | None]
    contact_phone: Mapped[str | None]
    dispatched_at: Mapped[Instant | None]
    accepted_at: Mapped[Instant | None]
    arrived_at: Mapped[Instant | None]
    answered_at: Mapped[Instant | None]

    first_answer_due_at: Mapped[Instant | None]
    arrive_due_at: Mapped[Instant | None]
    due_at: Mapped[Instant | None]
    promised_at: Mapped[Instant | None]
    suspended_at: Mapped[Instant | None]
    suspended_ms: Mapped[int] = mapped_column(BigInteger(), default=0)
    suspend_reason: Mapped[str | None]
    """Why it waits: for the suspension, or for having been sent back."""

    completed_at: Mapped[Instant | None]
    result: Mapped[str | None]
    resolution: Mapped[str | None]
    unfinished_reason: Mapped[str | None]
    charge_kind: Mapped[str | None]
    rating: Mapped[str | None]
    rating_by: Mapped[str | None]
    escalation: Mapped[int] = mapped_column(default=0)
    escalated_at: Mapped[Instant | None]
    reopened_count: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[Instant | None]
    archived_at: Mapped[Instant | None]
    void_reason: Mapped[str | None]
    duplicate_of: Mapped[Id | None]


class TicketEvent(Synced, Base):
    """Append-only history of a ticket."""

    __tablename__ = "ticket_event"
    __table_args__ = (Index("ix_ticket_event_ticket", "ticket_id"),)
    is_logged: ClassVar[bool] = False
    ticket_id: Mapped[Id] = mapped_column(ForeignKey("ticket.id"))
    at: Mapped[Instant]
    kind: Mapped[str]
    staff_id: Mapped[Id | None]
    from_state: Mapped[str | None]
    to_state: Mapped[str | None]
    text: Mapped[str | None]
    data: Mapped[Any | None] = mapped_column(JsonType())


class ChargeLine(Synced, Base):
    """A material or labour line; never edited: a wrong one is voided by a line that names it."""

    __tablename__ = "charge_line"
    __table_args__ = (Index("ix_charge_line_ticket", "ticket_id"),)
    is_logged: ClassVar[bool] = False
    ticket_id: Mapped[Id] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str]
    name: Mapped[str]
    spec: Mapped[str | None]
    unit: Mapped[str | None]
    quantity: Mapped[int]
    """Thousandths."""
    unit_price: Mapped[Fen]
    amount: Mapped[Fen]
    voids_id: Mapped[Id | None]
    added_at: Mapped[Instant]
    added_by: Mapped[Id | None]


class Attachment(Synced, Base):
    """The content lies beside the database under its SHA-256."""

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_ticket", "ticket_id"),)
    ticket_id: Mapped[Id | None] = mapped_column(ForeignKey("ticket.id"))
    name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger())
    sha256: Mapped[str]
    media_type: Mapped[str]
    kind: Mapped[str]
    added_at: Mapped[Instant]
    added_by: Mapped[Id | None]


class PrintRecord(Synced, Base):
    """One printing of one document: written and committed before the paper is."""

    __tablename__ = "print_record"
    __table_args__ = (Index("ix_print_record_ticket", "ticket_id"),)
    is_logged: ClassVar[bool] = False
    document: Mapped[str]
    ticket_id: Mapped[Id | None] = mapped_column(ForeignKey("ticket.id"))
    sheet_no: Mapped[str | None]
    form: Mapped[str]
    copies: Mapped[str]
    """Codes of the copies (联), comma separated."""
    serial: Mapped[int]
    """第 N 次打印, counted from 1 for this ticket or sheet."""
    printed_at: Mapped[Instant]
    staff_id: Mapped[Id | None]
