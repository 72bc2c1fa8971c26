"""The list of residents and one resident's page; phones and identity numbers come masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, or_, select
from sqlalchemy.orm import Session

from models.entities import Occupancy, Phone, Resident, ResidentTag, Room, Tag
from models.errors import DomainError
from models.queries.archive import PhoneLine, chunks, escaped, is_current, phones_of
from models.queries.belongings import PetLine, SpaceLine, VehicleLine, pets_of, spaces_of, vehicles_of
from models.queries.rooms import Order, natural, place_ranks
from models.rules.personal_data import mask_id, phone_digits
from models.rules.room_code import candidates

CURRENT = "current"
FORMER = "former"
NOWHERE = "nowhere"
"""Values of ``ResidentFilter.when``: lives here now, lived here once, never had a room."""


@dataclass(frozen=True)
class ResidentFilter:
    """What the list shows; what is None or empty does not restrict.

    ``building_id``, ``unit_id`` and ``role`` speak of current occupancies (of former ones with ``when``
    FORMER). ``tag_ids``: bears every one. ``text``: part of a name or number, the last digits of a phone, or
    a room code in any spelling. ``only``: ids that a search found.
    """

    when: str | None = None
    levels: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    tag_ids: tuple[str, ...] = ()
    role: str | None = None
    building_id: str | None = None
    unit_id: str | None = None
    has_major_complaint: bool | None = None
    text: str = ""
    only: tuple[str, ...] | None = None
    today: date = field(default_factory=date.today, compare=False)


@dataclass(frozen=True, slots=True)
class RoomLine:
    """A room of a resident, with the role in it."""

    room_id: str
    code: str
    role: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class ResidentRow:
    """One line. ``rooms``: current ones, else former ones. ``phone`` is the first, masked."""

    id: str
    name: str
    kind: str
    gender: str | None
    level: str
    status: str | None
    customer_no: str | None
    phone: str
    phone_count: int
    rooms: tuple[RoomLine, ...]
    tags: tuple[str, ...]
    has_major_complaint: bool

    @property
    def room_codes(self) -> str:
        return "、".join(dict.fromkeys(room.code for room in self.rooms))

    @property
    def is_former(self) -> bool:
        return bool(self.rooms) and not any(room.is_current for room in self.rooms)


@dataclass(frozen=True, slots=True)
class OccupancyLine:
    """One stay; ``is_current`` until its last day is over."""

    id: str
    room_id: str
    room_code: str
    role: str
    from_on: date | None
    to_on: date | None
    is_primary: bool
    is_current: bool
    note: str | None


@dataclass(frozen=True, slots=True)
class TagLine:
    id: str
    name: str
    category: str | None


@dataclass(frozen=True, slots=True)
class ResidentDetail:
    """Every fact of one resident. ``id_number`` is masked; `residents.reveal_id_number` gives it in full."""

    id: str
    customer_no: str | None
    name: str
    kind: str
    gender: str | None
    birth_on: date | None
    id_kind: str | None
    id_number: str | None
    level: str
    status: str | None
    work: str | None
    habits: str | None
    hobbies: str | None
    spending: str | None
    home_opinion: str | None
    estate_opinion: str | None
    latent_needs: str | None
    email: str | None
    contact: str | None
    consent_note: str | None
    major_complaint: str | None
    note: str | None
    extras: tuple[tuple[str, str], ...]
    phones: tuple[PhoneLine, ...]
    occupancies: tuple[OccupancyLine, ...]
    tags: tuple[TagLine, ...]
    vehicles: tuple[VehicleLine, ...]
    spaces: tuple[SpaceLine, ...]
    pets: tuple[PetLine, ...]


_LEVEL_RANK = case({"key": 0, "regular": 1, "prospect": 2}, value=Resident.level, else_=3)
SORT_KEYS: dict[str, Any] = {
    "name": Resident.name,
    "level": _LEVEL_RANK,
    "status": Resident.status,
    "customer_no": Resident.customer_no,
    "kind": Resident.kind,
    "gender": Resident.gender,
    "room": None,
}
"""What a column can be sorted by; ``room`` is the order in which people count rooms."""


def resident_keys(session: Session, filter_: ResidentFilter, order: Order | None = None) -> list[str]:
    """Ids of everything the filter finds, by name unless ordered otherwise."""
    key = order.key if order is not None and order.key in SORT_KEYS else "name"
    is_descending = order is not None and order.is_descending
    statement = select(Resident.id).where(*_conditions(filter_))
    if key != "room":
        column = SORT_KEYS[key]
        statement = statement.order_by(
            column.is_(None), column.desc() if is_descending else column, Resident.name, Resident.id
        )
        return list(session.scalars(statement))
    ids = list(session.scalars(statement.order_by(Resident.name, Resident.id)))
    return _by_room(session, ids, filter_.today, is_descending=is_descending)


def first_residents(
    session: Session, filter_: ResidentFilter, order: Order | None, limit: int
) -> list[ResidentRow]:
    """The first rows."""
    return resident_rows(session, resident_keys(session, filter_, order)[:limit], filter_.today)


def resident_rows(session: Session, ids: Sequence[str], today: date | None = None) -> list[ResidentRow]:
    """The rows of these ids, in their order; those deleted meanwhile are left out."""
    day = today or date.today()  # noqa: DTZ011 - the desk's day
    rows: dict[str, ResidentRow] = {}
    for portion in chunks(ids):
        phones, tags, rooms = (
            phones_of(session, portion),
            tags_of(session, portion),
            _rooms(session, portion, day),
        )
        chosen = select(Resident).where(Resident.id.in_(portion), Resident.deleted.is_(None))
        for person in session.scalars(chosen):
            own = phones.get(person.id, [])
            all_rooms = rooms.get(person.id, [])
            rows[person.id] = ResidentRow(
                id=person.id,
                name=person.name,
                kind=person.kind,
                gender=person.gender,
                level=person.level,
                status=person.status,
                customer_no=person.customer_no,
                phone=own[0].masked if own else "",
                phone_count=len(own),
                rooms=tuple([room for room in all_rooms if room.is_current] or all_rooms),
                tags=tuple(tag.name for tag in tags.get(person.id, [])),
                has_major_complaint=person.major_complaint is not None,
            )
    return [rows[row_id] for row_id in ids if row_id in rows]


def resident_detail(session: Session, resident_id: str, today: date | None = None) -> ResidentDetail:
    """Raises ``row-gone``. ``today`` is the desk's day."""
    person = session.get(Resident, resident_id)
    if person is None or person.deleted is not None:
        raise DomainError("row-gone", table="resident", id=resident_id)
    return ResidentDetail(
        id=person.id,
        customer_no=person.customer_no,
        name=person.name,
        kind=person.kind,
        gender=person.gender,
        birth_on=person.birth_on,
        id_kind=person.id_kind,
        id_number=mask_id(person.id_number) if person.id_number else None,
        level=person.level,
        status=person.status,
        work=person.work,
        habits=person.habits,
        hobbies=person.hobbies,
        spending=person.spending,
        home_opinion=person.home_opinion,
        estate_opinion=person.estate_opinion,
        latent_needs=person.latent_needs,
        email=person.email,
        contact=person.contact,
        consent_note=person.consent_note,
        major_complaint=person.major_complaint,
        note=person.note,
        extras=tuple((str(key), str(value)) for key, value in (person.extras or {}).items()),
        phones=tuple(phones_of(session, [resident_id]).get(resident_id, [])),
        occupancies=occupancies_of(session, resident_id, today),
        tags=tuple(tags_of(session, [resident_id]).get(resident_id, [])),
        vehicles=vehicles_of(session, resident_ids=[resident_id]),
        spaces=spaces_of(session, resident_ids=[resident_id]),
        pets=pets_of(session, resident_ids=[resident_id]),
    )


def occupancies_of(
    session: Session, resident_id: str, today: date | None = None
) -> tuple[OccupancyLine, ...]:
    """Every stay, current ones first, then the latest."""
    day = today or date.today()  # noqa: DTZ011 - the desk's day
    rows = session.execute(
        select(Occupancy, Room.code)
        .join(Room, Room.id == Occupancy.room_id)
        .where(Occupancy.resident_id == resident_id, Occupancy.deleted.is_(None))
    )
    lines = [
        OccupancyLine(
            id=row.id,
            room_id=row.room_id,
            room_code=code,
            role=row.role,
            from_on=row.from_on,
            to_on=row.to_on,
            is_primary=row.is_primary,
            is_current=row.to_on is None or row.to_on >= day,
            note=row.note,
        )
        for row, code in rows
    ]
    lines.sort(
        key=lambda line: (line.is_current, line.to_on or date.max, line.from_on or date.min), reverse=True
    )
    return tuple(lines)


# -- inside ------------------------------------------------------------------------------------------


def _conditions(wanted: ResidentFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Resident.deleted.is_(None)]
    for column, values in (
        (Resident.level, wanted.levels),
        (Resident.kind, wanted.kinds),
        (Resident.status, wanted.statuses),
    ):
        if values:
            found.append(column.in_(values))
    if wanted.only is not None:
        found.append(Resident.id.in_(wanted.only))
    if wanted.has_major_complaint is not None:
        is_empty = Resident.major_complaint.is_(None)
        found.append(~is_empty if wanted.has_major_complaint else is_empty)
    borne = and_(ResidentTag.resident_id == Resident.id, ResidentTag.deleted.is_(None))
    found += [exists().where(borne, ResidentTag.tag_id == tag_id) for tag_id in wanted.tag_ids]
    found += _stays(wanted)
    if wanted.text.strip():
        found.append(_mentions(wanted.text.strip()))
    return found


def _stays(wanted: ResidentFilter) -> list[ColumnElement[bool]]:
    """What the filter says about rooms."""
    current = is_current(wanted.today)
    any_stay = and_(Occupancy.resident_id == Resident.id, Occupancy.deleted.is_(None))
    found: list[ColumnElement[bool]] = []
    if wanted.when == NOWHERE:
        return [~exists().where(any_stay)]
    if wanted.when == FORMER:
        found.append(~exists().where(any_stay, current))
    matching = [any_stay, ~current if wanted.when == FORMER else current]
    if wanted.role:
        matching.append(Occupancy.role == wanted.role)
    if wanted.building_id or wanted.unit_id:
        matching.append(Room.id == Occupancy.room_id)
    if wanted.building_id:
        matching.append(Room.building_id == wanted.building_id)
    if wanted.unit_id:
        matching.append(Room.unit_id == wanted.unit_id)
    if len(matching) > 2 or wanted.when in {CURRENT, FORMER}:
        found.append(exists().where(*matching))
    return found


def _mentions(text: str) -> ColumnElement[bool]:
    part = f"%{escaped(text)}%"
    found: list[ColumnElement[bool]] = [
        Resident.name.like(part, escape="\\"),
        Resident.customer_no.like(part, escape="\\"),
    ]
    digits = phone_digits(text)
    if len(digits) >= 3 and digits == text.replace(" ", "").replace("-", ""):
        own = and_(Phone.resident_id == Resident.id, Phone.deleted.is_(None))
        found.append(exists().where(own, Phone.digits.like(f"%{digits}")))
    codes = [reading.canonical for reading in candidates(text)]
    if codes:
        stay = and_(Occupancy.resident_id == Resident.id, Occupancy.deleted.is_(None))
        found.append(exists().where(stay, Room.id == Occupancy.room_id, Room.code.in_(codes)))
    return or_(*found)


def _by_room(session: Session, ids: list[str], today: date, *, is_descending: bool) -> list[str]:
    """Orders by the first of each resident's current rooms; those without one come last."""
    ranks = place_ranks(session)
    first: dict[str, tuple[int, int, str]] = {}
    for resident_id, building_id, unit_id, number in session.execute(
        select(Occupancy.resident_id, Room.building_id, Room.unit_id, Room.number)
        .join(Room, Room.id == Occupancy.room_id)
        .where(Occupancy.deleted.is_(None), is_current(today))
    ):
        place = natural(ranks, building_id, unit_id, number)
        first[resident_id] = min(place, first.get(resident_id, place))
    housed = [row_id for row_id in ids if row_id in first]
    housed.sort(key=lambda row_id: first[row_id], reverse=is_descending)
    return housed + [row_id for row_id in ids if row_id not in first]


def tags_of(session: Session, ids: Sequence[str]) -> dict[str, list[TagLine]]:
    """{resident id: tags, each once, by name}."""
    found: dict[str, dict[str, TagLine]] = {}
    rows = session.execute(
        select(ResidentTag.resident_id, Tag.id, Tag.name, Tag.category)
        .join(Tag, Tag.id == ResidentTag.tag_id)
        .where(ResidentTag.resident_id.in_(ids), ResidentTag.deleted.is_(None), Tag.deleted.is_(None))
        .order_by(Tag.name)
    )
    for resident_id, tag_id, name, category in rows:
        found.setdefault(resident_id, {})[tag_id] = TagLine(tag_id, name, category)
    return {resident_id: list(lines.values()) for resident_id, lines in found.items()}


def _rooms(session: Session, ids: Sequence[str], today: date) -> dict[str, list[RoomLine]]:
    found: dict[str, list[RoomLine]] = {}
    rows = session.execute(
        select(Occupancy.resident_id, Occupancy.room_id, Room.code, Occupancy.role, Occupancy.to_on)
        .join(Room, Room.id == Occupancy.room_id)
        .where(Occupancy.resident_id.in_(ids), Occupancy.deleted.is_(None), Room.deleted.is_(None))
        .order_by(Occupancy.is_primary.desc(), Room.code)
    )
    for resident_id, room_id, code, role, to_on in rows:
        is_now = to_on is None or to_on >= today
        found.setdefault(resident_id, []).append(RoomLine(room_id, code, role, is_now))
    return found
