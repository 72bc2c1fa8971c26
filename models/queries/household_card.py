"""A household at a glance, beside the intake form and the ticket: room, people, vehicles, pets, what is
open, what
was said last. Phones come masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from models.database import read_parameters
from models.entities.callback import Communication
from models.entities.place import Building, Decoration, Room, Unit
from models.entities.resident import Occupancy, ParkingSpace, Pet, Phone, Resident, ResidentTag, Tag, Vehicle
from models.entities.ticket import Ticket
from models.queries.people import people
from models.queries.ticket_list import TicketRow, ticket_rows_by_id
from models.rules.personal_data import mask_phone, mask_phones_in
from models.rules.service_time import local_day
from models.rules.ticket_life import OPEN
from models.rules.warranty import Warranty, WarrantyItem, warranty_of
from resources.terms import label

_OPEN = sorted(state.value for state in OPEN)
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class MaskedPhone:
    """A phone as shown; `services` reveal it by id, logged."""

    id: str
    masked: str
    label: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """One of the people of the room."""

    resident_id: str
    name: str
    role: str
    is_primary: bool
    level: str
    tags: tuple[str, ...]
    phones: tuple[MaskedPhone, ...]
    major_complaint: str | None


@dataclass(frozen=True, slots=True)
class CommunicationRow:
    """One contact; ``by`` is the member of staff."""

    id: str
    at: datetime
    channel: str
    direction: str
    purpose: str | None
    content: str
    follow_up: str | None
    by: str


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """The room; ``address`` is how people say it: 幸福里 3 栋 2 单元 15 层 1502 is put
    together by the reader.
    """

    id: str
    code: str
    number: str
    building: str
    unit: str | None
    floor: int | None
    kind: str
    state: str
    accepted_on: date | None
    moved_in_on: date | None
    decoration_until: date | None
    is_decorating: bool
    note: str | None


@dataclass(frozen=True, slots=True)
class HouseholdCard:
    """``year_tickets`` and the ratings count the last 365 days; ``warranties`` are those still running."""

    room: RoomFacts | None
    members: tuple[Member, ...]
    vehicles: tuple[str, ...]
    parking: tuple[str, ...]
    pets: tuple[str, ...]
    open_tickets: tuple[TicketRow, ...]
    communications: tuple[CommunicationRow, ...]
    warranties: tuple[Warranty, ...]
    year_tickets: int
    year_satisfied: int
    year_dissatisfied: int


def household_card(
    session: Session, *, room_id: str | None, resident_id: str | None, now: datetime, last: int = 5
) -> HouseholdCard:
    """The card of a room, or of a person without one; ``last`` communications are shown."""
    room = session.get(Room, room_id) if room_id else None
    if room is not None and room.deleted is not None:
        room = None
    total, satisfied, dissatisfied = _year(session, room_id, resident_id, now)
    return HouseholdCard(
        room=_room(session, room, local_day(now)) if room else None,
        members=_members(session, room.id if room else None, resident_id, local_day(now)),
        vehicles=_of_household(session, Vehicle, Vehicle.plate, room_id, resident_id),
        parking=_of_household(session, ParkingSpace, ParkingSpace.code, room_id, resident_id),
        pets=_pets(session, room_id, resident_id),
        open_tickets=open_tickets(session, room_id, resident_id),
        communications=communications(session, room_id=room_id, resident_id=resident_id, limit=last),
        warranties=_warranties(session, room, local_day(now)) if room else (),
        year_tickets=total,
        year_satisfied=satisfied,
        year_dissatisfied=dissatisfied,
    )


def open_tickets(session: Session, room_id: str | None, resident_id: str | None) -> tuple[TicketRow, ...]:
    """What is open for the room, or for the person where there is no room."""
    if room_id is None and resident_id is None:
        return ()
    whose = Ticket.room_id == room_id if room_id else Ticket.resident_id == resident_id
    ids = session.scalars(
        select(Ticket.id).where(whose, Ticket.state.in_(_OPEN), Ticket.deleted.is_(None))
    ).all()
    return tuple(ticket_rows_by_id(session, ids)) if ids else ()


def communications(
    session: Session, *, room_id: str | None = None, resident_id: str | None = None, limit: int = 50
) -> tuple[CommunicationRow, ...]:
    """The last contacts with a room or a person, newest first; mobile numbers in the text are masked."""
    whose = [Communication.room_id == room_id] if room_id else []
    if resident_id:
        whose.append(Communication.resident_id == resident_id)
    if not whose:
        return ()
    rows = session.scalars(
        select(Communication)
        .where(or_(*whose), Communication.deleted.is_(None))
        .order_by(Communication.at.desc(), Communication.id.desc())
        .limit(limit)
    ).all()
    staff = people(session, (row.staff_id for row in rows))
    return tuple(
        CommunicationRow(
            row.id, row.at, row.channel, row.direction, _purpose(row.purpose), mask_phones_in(row.content),
            mask_phones_in(row.follow_up) if row.follow_up else None,
            staff[row.staff_id].name if row.staff_id in staff else "",
        )
        for row in rows
    )  # fmt: skip


def _room(session: Session, room: Room, today: date) -> RoomFacts:
    building = session.get(Building, room.building_id)
    unit = session.get(Unit, room.unit_id) if room.unit_id else None
    decoration = session.scalar(
        select(Decoration)
        .where(Decoration.room_id == room.id, Decoration.deleted.is_(None), Decoration.start_on <= today)
        .order_by(Decoration.start_on.desc())
        .limit(1)
    )
    is_decorating = room.state == "decorating" or (
        decoration is not None and (decoration.end_on is None or decoration.end_on >= today)
    )
    return RoomFacts(
        id=room.id,
        code=room.code,
        number=room.number,
        building=building.name if building else "",
        unit=unit.name if unit else None,
        floor=room.floor,
        kind=room.kind,
        state=room.state,
        accepted_on=room.accepted_on,
        moved_in_on=room.moved_in_on,
        decoration_until=decoration.end_on if decoration and is_decorating else None,
        is_decorating=is_decorating,
        note=room.note,
    )


def _members(
    session: Session, room_id: str | None, resident_id: str | None, today: date
) -> tuple[Member, ...]:
    statement = select(Resident, Occupancy.role, Occupancy.is_primary).where(Resident.deleted.is_(None))
    if room_id is not None:
        lives_there = or_(Occupancy.to_on.is_(None), Occupancy.to_on >= today)
        statement = (
            statement.join(Occupancy, Occupancy.resident_id == Resident.id)
            .where(Occupancy.room_id == room_id, Occupancy.deleted.is_(None), lives_there)
            .order_by(Occupancy.is_primary.desc(), Occupancy.role != "owner", Resident.name)
        )
    elif resident_id is not None:
        statement = statement.outerjoin(Occupancy, Occupancy.id.is_(None)).where(Resident.id == resident_id)
    else:
        return ()
    rows = session.execute(statement).all()
    ids = [row[0].id for row in rows]
    phones, tags = _phones(session, ids), _tags(session, ids)
    return tuple(
        Member(
            person.id,
            person.name,
            role or "",
            bool(is_primary),
            person.level,
            tuple(tags.get(person.id, ())),
            tuple(phones.get(person.id, ())),
            person.major_complaint,
        )
        for person, role, is_primary in rows
    )


def _phones(session: Session, resident_ids: list[str]) -> dict[str, list[MaskedPhone]]:
    found: dict[str, list[MaskedPhone]] = {}
    rows = session.scalars(
        select(Phone)
        .where(Phone.resident_id.in_(resident_ids), Phone.deleted.is_(None))
        .order_by(Phone.position, Phone.id)
    )
    for row in rows:
        found.setdefault(row.resident_id, []).append(MaskedPhone(row.id, mask_phone(row.number), row.label))
    return found


def _tags(session: Session, resident_ids: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    rows = session.execute(
        select(ResidentTag.resident_id, Tag.name)
        .join(Tag, Tag.id == ResidentTag.tag_id)
        .where(
            ResidentTag.resident_id.in_(resident_ids), ResidentTag.deleted.is_(None), Tag.deleted.is_(None)
        )
        .order_by(Tag.name)
    )
    for resident_id, name in rows:
        found.setdefault(resident_id, []).append(name)
    return found


def _of_household(
    session: Session,
    kind: type[Vehicle] | type[ParkingSpace] | type[Pet],
    shown: object,
    room_id: str | None,
    resident_id: str | None,
) -> tuple[str, ...]:
    whose = kind.room_id == room_id if room_id else kind.resident_id == resident_id
    if room_id is None and resident_id is None:
        return ()
    return tuple(session.scalars(select(shown).where(whose, kind.deleted.is_(None)).order_by(shown)))  # type: ignore[call-overload]


def _pets(session: Session, room_id: str | None, resident_id: str | None) -> tuple[str, ...]:
    if room_id is None and resident_id is None:
        return ()
    whose = Pet.room_id == room_id if room_id else Pet.resident_id == resident_id
    rows = session.execute(
        select(Pet.kind, Pet.breed, Pet.name).where(whose, Pet.deleted.is_(None)).order_by(Pet.id)
    )
    return tuple(" ".join(part for part in (breed or kind, name) if part) for kind, breed, name in rows)


def _warranties(session: Session, room: Room, today: date) -> tuple[Warranty, ...]:
    parameters = read_parameters(session)
    found = [warranty_of(item.value, room.accepted_on, parameters) for item in WarrantyItem]
    return tuple(one for one in found if one is not None and one.covers(today))


def _year(
    session: Session, room_id: str | None, resident_id: str | None, now: datetime
) -> tuple[int, int, int]:
    if room_id is None and resident_id is None:
        return 0, 0, 0
    whose = Ticket.room_id == room_id if room_id else Ticket.resident_id == resident_id
    rows = session.execute(
        select(Ticket.rating, func.count())
        .where(whose, Ticket.received_at >= now - _YEAR, Ticket.deleted.is_(None), Ticket.state != "void")
        .group_by(Ticket.rating)
    )
    counts = {rating: count for rating, count in rows}  # noqa: C416 - rows are not pairs to dict()
    return sum(counts.values()), counts.get("satisfied", 0), counts.get("dissatisfied", 0)


def _purpose(stored: str | None) -> str | None:
    """A purpose that the program itself wrote is a code; what people typed stays as it is."""
    if stored is None:
        return None
    if stored.startswith("callback."):
        return label("callback.kind", stored.removeprefix("callback."))
    return label("ticket.event", stored) if stored == "chase" else stored
