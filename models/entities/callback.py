"""Callbacks (回访) and the communications log."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.entities.synced import Base, Day, Id, Instant, Synced


class Callback(Synced, Base):
    """One callback that is due, done, or excluded with its reason and the day that ends."""

    __tablename__ = "callback"
    __table_args__ = (
        Index("ix_callback_state", "state", "due_on"),
        Index("ix_callback_ticket", "ticket_id"),
        Index("ix_callback_resident", "resident_id"),
        Index("ix_callback_sheet_no", "sheet_no"),
    )
    kind: Mapped[str]
    ticket_id: Mapped[Id | None] = mapped_column(ForeignKey("ticket.id"))
    resident_id: Mapped[Id | None] = mapped_column(ForeignKey("resident.id"))
    room_id: Mapped[Id | None] = mapped_column(ForeignKey("room.id"))
    due_on: Mapped[Day]
    state: Mapped[str] = mapped_column(default="due")
    reason: Mapped[str]
    """Why it is due: a code of `models.rules.callback_rules`."""
    excluded_reason: Mapped[str | None]
    excluded_until: Mapped[Day | None]
    override_reason: Mapped[str | None]
    sheet_no: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0)
    """Calls that reached nobody."""
    called_at: Mapped[Instant | None]
    called_by: Mapped[Id | None]
    way: Mapped[str | None]
    reached: Mapped[bool | None]
    solved: Mapped[bool | None]
    satisfaction: Mapped[str | None]
    opinion: Mapped[str | None]
    suggestion: Mapped[str | None]
    remark: Mapped[str | None]

    def described(self) -> str:
        return self.sheet_no or self.kind


class Communication(Synced, Base):
    """Append-only log of every contact with a household."""

    __tablename__ = "communication"
    __table_args__ = (
        Index("ix_communication_resident", "resident_id", "at"),
        Index("ix_communication_room", "room_id", "at"),
    )
    is_logged: ClassVar[bool] = False
    resident_id: Mapped[Id | None] = mapped_column(ForeignKey("resident.id"))
    room_id: Mapped[Id | None] = mapped_column(ForeignKey("room.id"))
    ticket_id: Mapped[Id | None] = mapped_column(ForeignKey("ticket.id"))
    at: Mapped[Instant]
    channel: Mapped[str]
    direction: Mapped[str]
    purpose: Mapped[str | None]
    content: Mapped[str]
    follow_up: Mapped[str | None]
    staff_id: Mapped[Id | None]
