"""The communications log: every contact with a household, never edited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.entities.callback import Communication
from models.entities.place import Room
from models.entities.resident import Resident
from models.errors import DomainError
from models.rules.rights import Right
from models.services.ticket_steps import clean
from models.work import Work
from resources.terms import codes


@dataclass(frozen=True)
class Contact:
    """One contact; ``direction`` is ``in`` or ``out``; ``at`` None means now."""

    content: str
    channel: str = "phone"
    direction: str = "out"
    resident_id: str | None = None
    room_id: str | None = None
    ticket_id: str | None = None
    purpose: str | None = None
    follow_up: str | None = None
    at: datetime | None = None


def add(work: Work, contact: Contact) -> str:
    """Write a contact down.

    Raises DomainError ``right-missing``, ``row-gone``, ``communication-incomplete`` (fields),
    ``ticket-code-unknown``, ``ticket-time-wrong``.
    """
    work.require(Right.CALLBACK)
    fields = [] if contact.content.strip() else ["content"]
    if not (contact.resident_id or contact.room_id):
        fields.append("resident_id")
    if fields:
        raise DomainError("communication-incomplete", fields=fields)
    for vocabulary, code in (
        ("communication.channel", contact.channel),
        ("communication.direction", contact.direction),
    ):
        if code not in codes(vocabulary):
            raise DomainError("ticket-code-unknown", vocabulary=vocabulary, value=code)
    if contact.at is not None and contact.at > work.now:
        raise DomainError("time-ahead", field="at")
    if contact.resident_id:
        work.get(Resident, contact.resident_id)
    if contact.room_id:
        work.get(Room, contact.room_id)
    row = work.add(
        Communication(
            resident_id=contact.resident_id,
            room_id=contact.room_id,
            ticket_id=contact.ticket_id,
            at=contact.at or work.now,
            channel=contact.channel,
            direction=contact.direction,
            purpose=clean(contact.purpose),
            content=contact.content.strip(),
            follow_up=clean(contact.follow_up),
            staff_id=work.actor.staff_id,
        )
    )
    return row.id
