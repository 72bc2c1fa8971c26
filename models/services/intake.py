"""Taking a request (受理): from what the desk typed to a numbered ticket with its deadlines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from models.entities.local import Draft
from models.entities.place import Room
from models.entities.resident import Phone, Resident
from models.entities.ticket import Ticket
from models.errors import DomainError
from models.queries.categories import CategoryFacts, category_facts
from models.rules.rights import Right
from models.rules.service_targets import PRIORITIES
from models.rules.service_time import local_day
from models.rules.ticket_life import State
from models.rules.warranty import warranty_of
from models.services import numbers, ticket_steps
from models.services.ticket_steps import clean
from models.work import Work
from resources.terms import codes


@dataclass(frozen=True)
class Request:
    """What the intake form holds. Blank kind and priority come from the category; blank caller from the
    resident.

    ``received_at`` None means now; ``draft_id`` names the draft that this was, which is discarded.
    """

    matter: str
    kind: str | None = None
    channel: str = "phone"
    category_id: str | None = None
    priority: str | None = None
    room_id: str | None = None
    resident_id: str | None = None
    caller_name: str | None = None
    caller_phone: str | None = None
    place: str | None = None
    expectation: str | None = None
    appointment_at: datetime | None = None
    received_at: datetime | None = None
    coordinator_id: str | None = None
    draft_id: str | None = None
    follows_ticket_id: str | None = None
    """The ticket whose failed callback this complaint comes from."""


@dataclass(frozen=True)
class Taken:
    """The new ticket: what the desk reads out."""

    ticket_id: str
    number: str


def create(work: Work, request: Request) -> Taken:
    """Make the ticket: number, deadlines, warranty, first event; discards the draft.

    Raises DomainError ``right-missing``, ``ticket-field-missing`` (fields), ``ticket-code-unknown``
    (vocabulary, value), ``ticket-time-wrong``, ``row-gone``.
    """
    work.require(Right.TICKET_CREATE)
    facts = category_facts(work.session, request.category_id)
    kind = request.kind or (facts.kind if facts else None) or "repair"
    priority = request.priority or (facts.priority if facts else None) or "normal"
    _check(work, request, kind, priority)
    received_at = request.received_at or work.now
    caller_name, caller_phone = _caller(work, request)
    ticket = work.add(
        Ticket(
            number=numbers.next_ticket_number(work, local_day(work.now)),
            kind=kind,
            channel=request.channel,
            category_id=facts.id if facts else None,
            priority=priority,
            state=State.RECEIVED.value,
            room_id=request.room_id,
            resident_id=request.resident_id,
            caller_name=caller_name,
            caller_phone=caller_phone,
            place=clean(request.place),
            matter=request.matter.strip(),
            expectation=clean(request.expectation),
            appointment_at=request.appointment_at,
            received_at=received_at,
            received_by=work.actor.staff_id,
            coordinator_id=request.coordinator_id,
            charge_kind="warranty" if _is_under_warranty(work, request, kind, facts) else None,
            **ticket_steps.new_deadlines(work, kind, priority, received_at),
        )
    )
    ticket_steps.record(
        work,
        ticket,
        "receive",
        text=request.expectation,
        data={"desk": work.desk_letter, "channel": request.channel, "follows": request.follows_ticket_id},
    )
    _discard_draft(work, request.draft_id)
    return Taken(ticket.id, ticket.number)


def _check(work: Work, request: Request, kind: str, priority: str) -> None:
    fields = [] if request.matter.strip() else ["matter"]
    if fields:
        raise DomainError("ticket-field-missing", action="receive", fields=fields)
    if kind == "repair" and not (request.room_id or clean(request.place)):
        raise DomainError("ticket-place-missing", field="place")
    for vocabulary, code, known in (
        ("ticket.kind", kind, codes("ticket.kind")),
        ("ticket.priority", priority, PRIORITIES),
        ("ticket.channel", request.channel, codes("ticket.channel")),
    ):
        if code not in known:
            raise DomainError("ticket-code-unknown", vocabulary=vocabulary, value=code)
    if request.received_at is not None and request.received_at > work.now:
        raise DomainError("time-ahead", field="received_at")
    if request.room_id:
        work.get(Room, request.room_id)
    if request.resident_id:
        work.get(Resident, request.resident_id)


def _caller(work: Work, request: Request) -> tuple[str | None, str | None]:
    name, phone = clean(request.caller_name), clean(request.caller_phone)
    if request.resident_id and name is None:
        name = work.get(Resident, request.resident_id).name
    if request.resident_id and phone is None:
        phone = work.session.scalar(
            select(Phone.number)
            .where(Phone.resident_id == request.resident_id, Phone.deleted.is_(None))
            .order_by(Phone.position, Phone.id)
            .limit(1)
        )
    return name, phone


def _is_under_warranty(work: Work, request: Request, kind: str, facts: CategoryFacts | None) -> bool:
    if kind != "repair" or request.room_id is None or facts is None or facts.warranty_item is None:
        return False
    accepted_on = work.get(Room, request.room_id).accepted_on
    warranty = warranty_of(facts.warranty_item, accepted_on, work.parameters)
    return warranty is not None and warranty.covers(local_day(work.now))


def _discard_draft(work: Work, draft_id: str | None) -> None:
    draft = work.session.get(Draft, draft_id) if draft_id else None
    if draft is not None:
        work.session.delete(draft)
        work.session.flush()
