"""What goes onto a work order (维修派工单): words for the reader, codes for what the paper shows as boxes.

Field names are those of `views.documents.data.WorkOrderData`. Phones are in full unless the parameter says
not: paper is printed by record, and the crew must be able to ring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import parameters as p
from models.database import read_parameters
from models.entities.callback import Callback
from models.entities.organisation import Staff
from models.entities.place import Building, Room, Site, Unit
from models.entities.resident import Occupancy
from models.entities.ticket import Ticket
from models.parameters import Parameters
from models.queries.categories import category_facts
from models.queries.people import department_names, people
from models.queries.ticket_detail import Charges, charges_of
from models.rules.personal_data import mask_phone
from models.rules.service_time import local_day
from models.rules.warranty import warranty_of
from resources.terms import label
from resources.translations import gettext as _


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """One ticket as its paper needs it; money in fen, times aware."""

    ticket_id: str
    number: str
    site_name: str
    hotline: str
    kind: str
    received_at: datetime
    channel: str
    caller: str
    caller_role: str
    phone: str
    room_code: str
    address: str
    category: str
    priority: str
    is_pressing: bool
    matter: str
    expectation: str
    appointment: datetime | None
    department: str
    handler: str
    handler_phone: str
    task: str
    contact: str
    contact_phone: str
    dispatched_at: datetime | None
    due_at: datetime | None
    arrived_at: datetime | None
    completed_at: datetime | None
    result: str | None
    unfinished_reason: str
    resolution: str
    charge_kind: str | None
    charges: Charges
    rating: str | None
    callback_solved: bool | None
    callback_by: str
    warranty_note: str


def work_orders(session: Session, ticket_ids: Sequence[str]) -> list[WorkOrder]:
    """The papers of these tickets, in their order; tickets that are gone are left out."""
    parameters = read_parameters(session)
    site = session.scalar(select(Site).where(Site.deleted.is_(None)).limit(1))
    departments = department_names(session)
    found = []
    for ticket_id in ticket_ids:
        ticket = session.get(Ticket, ticket_id)
        if ticket is not None and ticket.deleted is None:
            found.append(_work_order(session, ticket, site, departments, parameters))
    return found


def _work_order(
    session: Session, ticket: Ticket, site: Site | None, departments: dict[str, str], parameters: Parameters
) -> WorkOrder:
    room = session.get(Room, ticket.room_id) if ticket.room_id else None
    category = category_facts(session, ticket.category_id)
    handler = people(session, [ticket.handler_id]).get(ticket.handler_id or "")
    is_masked = parameters.get(p.MASK_PHONE_ON_SLIP)
    phone = ticket.caller_phone or ""
    solved, called_by = _callback(session, ticket.id)
    return WorkOrder(
        ticket_id=ticket.id,
        number=ticket.number,
        site_name=(site.short_name or site.name) if site else "",
        hotline=(site.hotline or "") if site else "",
        kind=ticket.kind,
        received_at=ticket.received_at,
        channel=label("ticket.channel", ticket.channel),
        caller=ticket.caller_name or "",
        caller_role=_role(session, ticket),
        phone=mask_phone(phone) if is_masked else phone,
        room_code=room.code if room else "",
        address=_address(session, room, site) if room else ticket.place or "",
        category=category.path.replace("/", " / ") if category else label("ticket.kind", ticket.kind),
        priority=label("ticket.priority", ticket.priority),
        is_pressing=ticket.priority != "normal",
        matter=ticket.matter if not (room and ticket.place) else _("：").join((ticket.place, ticket.matter)),
        expectation=ticket.expectation or "",
        appointment=ticket.appointment_at,
        department=departments.get(ticket.department_id or "", ""),
        handler=handler.name if handler else "",
        handler_phone=(handler.phone or "") if handler else "",
        task=ticket.task or "",
        contact=ticket.contact or "",
        contact_phone=mask_phone(ticket.contact_phone or "") if is_masked else ticket.contact_phone or "",
        dispatched_at=ticket.dispatched_at,
        due_at=ticket.due_at,
        arrived_at=ticket.arrived_at,
        completed_at=ticket.completed_at,
        result=ticket.result,
        unfinished_reason=ticket.unfinished_reason or "",
        resolution=ticket.resolution or "",
        charge_kind=ticket.charge_kind,
        charges=charges_of(session, ticket.id),
        rating=ticket.rating,
        callback_solved=solved,
        callback_by=called_by,
        warranty_note=_warranty_note(ticket, room, category.warranty_item if category else None, parameters),
    )


def _role(session: Session, ticket: Ticket) -> str:
    if not (ticket.resident_id and ticket.room_id):
        return ""
    role = session.scalar(
        select(Occupancy.role)
        .where(
            Occupancy.resident_id == ticket.resident_id,
            Occupancy.room_id == ticket.room_id,
            Occupancy.deleted.is_(None),
        )
        .order_by(Occupancy.to_on.is_(None).desc(), Occupancy.is_primary.desc())
        .limit(1)
    )
    return label("occupancy.role", role)


def _address(session: Session, room: Room, site: Site | None) -> str:
    """幸福里 3 栋 2 单元 15 层 1502."""
    building = session.get(Building, room.building_id)
    unit = session.get(Unit, room.unit_id) if room.unit_id else None
    parts = [
        (site.short_name or site.name) if site else "",
        building.name if building else "",
        unit.name if unit else "",
        _("{n} 层").format(n=room.floor) if room.floor is not None else "",
        room.number,
    ]
    return " ".join(part for part in parts if part)


def _callback(session: Session, ticket_id: str) -> tuple[bool | None, str]:
    row = session.execute(
        select(Callback.solved, Staff.name)
        .outerjoin(Staff, Staff.id == Callback.called_by)
        .where(Callback.ticket_id == ticket_id, Callback.state == "done", Callback.deleted.is_(None))
        .order_by(Callback.called_at.desc())
        .limit(1)
    ).first()
    return (row[0], row[1] or "") if row else (None, "")


def _warranty_note(ticket: Ticket, room: Room | None, item: str | None, parameters: Parameters) -> str:
    if room is None or item is None or ticket.kind != "repair":
        return ""
    warranty = warranty_of(item, room.accepted_on, parameters)
    if warranty is None or not warranty.covers(local_day(ticket.received_at)):
        return ""
    return warranty_sentence(warranty.item, warranty.length, warranty.until.strftime("%Y-%m"))


def warranty_sentence(item: str, length: int, until: str) -> str:
    """保修期内：给排水管道 2 年至 2027-06（建设工程质量管理条例第四十条）."""
    is_seasons = item in {"heating", "cooling"}
    return _("保修期内：{item} {length} {unit}至 {until}（建设工程质量管理条例第四十条）").format(
        item=label("warranty.item", item),
        length=length,
        unit=label("unit", "season" if is_seasons else "year"),
        until=until,
    )


def ticket_number(session: Session, ticket_id: str) -> str | None:
    """The number people say, None if there is no such ticket."""
    return session.scalar(select(Ticket.number).where(Ticket.id == ticket_id))
