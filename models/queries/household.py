"""The household's page: one room with its people by role, belongings, decoration and warranty.

Tickets and communications of the same room are queries of their own; the page puts them together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import read_parameters
from models.entities import Occupancy, Resident
from models.queries.archive import PhoneLine, phones_of
from models.queries.belongings import (
    DecorationLine,
    PetLine,
    SpaceLine,
    VehicleLine,
    decorations_of,
    pets_of,
    spaces_of,
    vehicles_of,
)
from models.queries.residents import TagLine, tags_of
from models.queries.rooms import RoomDetail, room_detail
from models.rules.warranty import Warranty, WarrantyItem, warranty_of

ROLES = ("owner", "family", "tenant", "merchant")


@dataclass(frozen=True, slots=True)
class Member:
    """One person in one role; a person in two roles appears twice."""

    occupancy_id: str
    resident_id: str
    name: str
    kind: str
    role: str
    level: str
    is_primary: bool
    is_current: bool
    from_on: date | None
    to_on: date | None
    phones: tuple[PhoneLine, ...]
    tags: tuple[TagLine, ...]
    major_complaint: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Household:
    """``members`` live here or own it now, primary contact first, then by role; ``former`` once did.

    ``warranties`` is empty when the day of completion acceptance is unknown.
    """

    room: RoomDetail
    members: tuple[Member, ...]
    former: tuple[Member, ...]
    vehicles: tuple[VehicleLine, ...]
    spaces: tuple[SpaceLine, ...]
    pets: tuple[PetLine, ...]
    decorations: tuple[DecorationLine, ...]
    warranties: tuple[Warranty, ...]

    @property
    def resident_ids(self) -> tuple[str, ...]:
        """Everybody who is here now, each once."""
        return tuple(dict.fromkeys(member.resident_id for member in self.members))


def household(session: Session, room_id: str, today: date | None = None) -> Household:
    """Raises ``row-gone``. ``today`` is the desk's day."""
    day = today or date.today()  # noqa: DTZ011
    room = room_detail(session, room_id)
    people = _people(session, room_id, day)
    members = [member for member in people if member.is_current]
    members.sort(key=lambda one: (not one.is_primary, _rank(one.role), one.from_on or date.min, one.name))
    former = [member for member in people if not member.is_current]
    former.sort(key=lambda one: one.to_on or date.max, reverse=True)
    ids = list(dict.fromkeys(member.resident_id for member in members))
    parameters = read_parameters(session)
    warranties = [warranty_of(item, room.accepted_on, parameters) for item in WarrantyItem]
    return Household(
        room=room,
        members=tuple(members),
        former=tuple(former),
        vehicles=vehicles_of(session, resident_ids=ids, room_ids=[room_id]),
        spaces=spaces_of(session, resident_ids=ids, room_ids=[room_id]),
        pets=pets_of(session, resident_ids=ids, room_ids=[room_id]),
        decorations=decorations_of(session, room_id, day),
        warranties=tuple(warranty for warranty in warranties if warranty is not None),
    )


def _rank(role: str) -> int:
    return ROLES.index(role) if role in ROLES else len(ROLES)


def _people(session: Session, room_id: str, today: date) -> list[Member]:
    rows = session.execute(
        select(Occupancy, Resident)
        .join(Resident, Resident.id == Occupancy.resident_id)
        .where(Occupancy.room_id == room_id, Occupancy.deleted.is_(None), Resident.deleted.is_(None))
    ).all()
    ids = list({resident.id for _, resident in rows})
    phones, tags = phones_of(session, ids), tags_of(session, ids)
    return [
        Member(
            occupancy_id=stay.id,
            resident_id=resident.id,
            name=resident.name,
            kind=resident.kind,
            role=stay.role,
            level=resident.level,
            is_primary=stay.is_primary,
            is_current=stay.to_on is None or stay.to_on >= today,
            from_on=stay.from_on,
            to_on=stay.to_on,
            phones=tuple(phones.get(resident.id, [])),
            tags=tuple(tags.get(resident.id, [])),
            major_complaint=resident.major_complaint,
            note=stay.note,
        )
        for stay, resident in rows
    ]
