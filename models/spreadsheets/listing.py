"""The columns and rows of every list that can be exported, read straight from the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from models.entities.callback import Callback
from models.entities.organisation import Department, Staff
from models.entities.place import Building, Room, Unit
from models.entities.resident import (
    Occupancy,
    ParkingSpace,
    Pet,
    Phone,
    Resident,
    ResidentTag,
    Tag,
    Vehicle,
)
from models.entities.ticket import Category, Ticket
from models.rules import personal_data
from models.spreadsheets.fields import BY_KEY, OWN_NUMBER, SHOWN_OWNERS, SHOWN_ROOMS
from models.spreadsheets.work_columns import CALLBACK_COLUMNS, TICKET_COLUMNS, Column
from models.spreadsheets.writing import Kind
from resources.terms import label
from resources.translations import N_
from resources.translations import gettext as _

T = TypeVar("T")
Rows = Callable[[Session, Sequence[str] | None, bool], Iterable[Sequence[Any]]]
_FETCH = 500
_JOIN = "、"
_MOST_EXTRAS = 30


@dataclass(frozen=True)
class Listing:
    """``rows(session, ids, masked)`` gives tuples as wide as ``columns``; ids choose from ``table``."""

    title: str
    table: Any
    columns: tuple[Column, ...]
    rows: Rows
    extra_columns: Callable[[Session], tuple[str, ...]] = lambda session: ()
    """Titles (not message ids) of further text columns that the data brings."""


def count(session: Session, name: str) -> int:
    table = LISTS[name].table
    return int(session.scalar(select(func.count()).select_from(table).where(table.deleted.is_(None))) or 0)


def _own(*keys: str) -> tuple[Column, ...]:
    """Columns under the headers that the importer knows."""
    kinds = {"area": Kind.AREA, "day": Kind.DAY, "whole": Kind.WHOLE}
    return tuple((BY_KEY[key].label, kinds.get(BY_KEY[key].reads.value, Kind.TEXT)) for key in keys)


def _stream(session: Session, statement: Any, ids: Sequence[str] | None, entity: Any) -> Iterator[Any]:
    """The rows, in the statement's order; chosen ids in pieces that SQLite takes."""
    statement = statement.where(entity.deleted.is_(None))
    if ids is None:
        yield from session.execute(statement.execution_options(yield_per=_FETCH))
        return
    for start in range(0, len(ids), _FETCH):
        yield from session.execute(statement.where(entity.id.in_(ids[start : start + _FETCH])))


def _columns(entity: Any) -> Any:
    """The table's columns: plain rows cost a third of what entities do."""
    return entity.__table__.c


def _word(key: str, code: str | None) -> str | None:
    return label(key, code) if code else None


def _once(session: Session, key: str, make: Callable[[], T]) -> T:
    """What both passes over a list need (widths, then cells), asked for once per export."""
    kept: dict[str, Any] = session.info.setdefault("export", {})
    if key not in kept:
        kept[key] = make()
    found: T = kept[key]
    return found


def _joined(session: Session, key: str, statement: Any) -> dict[str, str]:
    """Rows of (id, text) → id: all its texts in one."""

    def make() -> dict[str, str]:
        found: dict[str, list[str]] = defaultdict(list)
        for row_id, text in session.execute(statement):
            found[row_id].append(text)
        return {row_id: _JOIN.join(texts) for row_id, texts in found.items()}

    return _once(session, key, make)


def _phones(session: Session, masked: bool) -> dict[str, str]:
    """Resident id → all phones in one text."""

    def make() -> dict[str, str]:
        found: dict[str, list[str]] = defaultdict(list)
        chosen = select(Phone.resident_id, Phone.number).where(Phone.deleted.is_(None))
        for resident_id, number in session.execute(chosen.order_by(Phone.position, Phone.id)):
            found[resident_id].append(personal_data.mask_phone(number) if masked else number)
        return {resident_id: _JOIN.join(numbers) for resident_id, numbers in found.items()}

    return _once(session, f"phones {masked}", make)


# -- places -------------------------------------------------------------------------------------------


def _buildings(session: Session, ids: Sequence[str] | None, masked: bool) -> Iterator[Sequence[Any]]:
    statement = (
        select(Building.code, Building.name, Unit.code, Unit.name, Building.note)
        .outerjoin(Unit, (Unit.building_id == Building.id) & Unit.deleted.is_(None))
        .order_by(Building.position, Building.code, Unit.position, Unit.code)
    )
    return _stream(session, statement, ids, Building)


def _rooms(session: Session, ids: Sequence[str] | None, masked: bool) -> Iterator[Sequence[Any]]:
    owners = _joined(
        session,
        "owners",
        select(Occupancy.room_id, Resident.name)
        .join(Resident, Resident.id == Occupancy.resident_id)
        .where(Occupancy.deleted.is_(None), Occupancy.role == "owner", Occupancy.to_on.is_(None))
        .order_by(Occupancy.id),
    )
    statement = (
        select(*_columns(Room), Building.code.label("building"), Unit.code.label("unit"))
        .join(Building, Building.id == Room.building_id)
        .outerjoin(Unit, Unit.id == Room.unit_id)
        .order_by(Building.position, Building.code, Unit.position, Unit.code, Room.number)
    )
    for room in _stream(session, statement, ids, Room):
        yield (
            room.code, room.building, room.unit or "0", room.number, room.floor,
            _word("room.kind", room.kind),
            _word("room.state", room.state), room.building_area, room.inside_area, room.layout,
            room.delivered_on, room.accepted_on, room.moved_in_on, room.note,
            owners.get(room.id),
        )  # fmt: skip


# -- people -------------------------------------------------------------------------------------------

_RESIDENT_TEXTS = (
    "status", "work", "habits", "hobbies", "spending", "home_opinion", "estate_opinion", "latent_needs",
    "email", "contact",
)  # fmt: skip


def _extra_headers(session: Session) -> tuple[str, ...]:
    def make() -> tuple[str, ...]:
        found: dict[str, None] = {}
        chosen = select(Resident.extras).where(Resident.extras.is_not(None), Resident.deleted.is_(None))
        for (extras,) in session.execute(chosen):
            found.update(dict.fromkeys(extras or ()))
        return tuple(found)[:_MOST_EXTRAS]

    return _once(session, "extras", make)


def _residents(session: Session, ids: Sequence[str] | None, masked: bool) -> Iterator[Sequence[Any]]:
    phones = _phones(session, masked)
    tags = _joined(
        session,
        "tags",
        select(ResidentTag.resident_id, Tag.name)
        .join(Tag, Tag.id == ResidentTag.tag_id)
        .where(ResidentTag.deleted.is_(None), Tag.deleted.is_(None))
        .order_by(Tag.name),
    )
    homes = _joined(
        session,
        "homes",
        select(Occupancy.resident_id, Room.code)
        .join(Room, Room.id == Occupancy.room_id)
        .where(Occupancy.deleted.is_(None), Occupancy.to_on.is_(None))
        .order_by(Room.code),
    )
    headers = _extra_headers(session)
    for one in _stream(session, select(*_columns(Resident)).order_by(Resident.id), ids, Resident):
        number = one.id_number
        extras = one.extras or {}
        yield (
            one.customer_no, one.name, _word("resident.kind", one.kind), _word("resident.gender", one.gender),
            one.birth_on, _word("resident.id_kind", one.id_kind),
            personal_data.mask_id(number) if number and masked else number, phones.get(one.id),
            _word("resident.level", one.level), *(getattr(one, name) for name in _RESIDENT_TEXTS),
            tags.get(one.id), one.note, homes.get(one.id), one.id,
            *(extras.get(header) for header in headers),
        )  # fmt: skip


def _occupancies(session: Session, ids: Sequence[str] | None, masked: bool) -> Iterator[Sequence[Any]]:
    phones = _phones(session, masked)
    statement = (
        select(
            *_columns(Occupancy),
            Room.code.label("code_"),
            Resident.name.label("name_"),
            Resident.id.label("id_"),
        )
        .join(Room, Room.id == Occupancy.room_id)
        .join(Resident, Resident.id == Occupancy.resident_id)
        .order_by(Room.code, Occupancy.id)
    )
    for one in _stream(session, statement, ids, Occupancy):
        yield (
            one.code_, one.name_, _word("occupancy.role", one.role), phones.get(one.id_), one.from_on,
            one.to_on, one.note, one.id_,
        )  # fmt: skip


# -- things -------------------------------------------------------------------------------------------


def _with_links(entity: Any) -> Any:
    return (
        select(
            *_columns(entity),
            Room.code.label("code_"),
            Resident.name.label("name_"),
            Resident.id.label("id_"),
        )
        .outerjoin(Room, Room.id == entity.room_id)
        .outerjoin(Resident, Resident.id == entity.resident_id)
    )


def _things(entity: Any, order: Any, values: Callable[[Any], Sequence[Any]]) -> Rows:
    """A list of cars, spaces or pets: their own values, then room, person, phones and own number."""

    def rows(session: Session, ids: Sequence[str] | None, masked: bool) -> Iterator[Sequence[Any]]:
        phones = _phones(session, masked)
        statement = _with_links(entity).order_by(order, entity.id)
        for one in _stream(session, statement, ids, entity):
            yield (*values(one), one.code_, one.name_, phones.get(one.id_ or ""), one.id_)

    return rows


def _space_values(one: ParkingSpace) -> Sequence[Any]:
    kind = _word("parking.kind", one.kind) if one.kind else None
    return (one.code, one.area, kind, _word("parking.state", one.state), one.note)


# -- work ---------------------------------------------------------------------------------------------


def _tickets(session: Session, ids: Sequence[str] | None, masked: bool) -> Iterator[Sequence[Any]]:
    statement = (
        select(
            *_columns(Ticket),
            Room.code.label("code_"),
            Category.name.label("category_"),
            Department.name.label("department_"),
            Staff.name.label("handler_"),
        )
        .outerjoin(Room, Room.id == Ticket.room_id)
        .outerjoin(Category, Category.id == Ticket.category_id)
        .outerjoin(Department, Department.id == Ticket.department_id)
        .outerjoin(Staff, Staff.id == Ticket.handler_id)
        .order_by(Ticket.received_at, Ticket.id)
    )
    for one in _stream(session, statement, ids, Ticket):
        phone = one.caller_phone
        yield (
            one.number, one.received_at, _word("ticket.kind", one.kind), _word("ticket.channel", one.channel),
            one.category_, _word("ticket.priority", one.priority), _word("ticket.state", one.state),
            one.code_,
            one.caller_name, personal_data.mask_phone(phone) if phone and masked else phone, one.place,
            personal_data.mask_phones_in(one.matter) if masked else one.matter, one.department_, one.handler_,
            one.appointment_at, one.due_at, one.completed_at, _word("ticket.result", one.result),
            one.resolution,
            _word("ticket.rating", one.rating), one.escalation, one.reopened_count,
        )  # fmt: skip


def _callbacks(session: Session, ids: Sequence[str] | None, masked: bool) -> Iterator[Sequence[Any]]:
    phones = _phones(session, masked)
    caller = aliased(Staff)
    statement = (
        select(
            *_columns(Callback),
            Ticket.number.label("number_"),
            Room.code.label("code_"),
            Resident.name.label("name_"),
            Resident.id.label("id_"),
            caller.name.label("caller_"),
        )
        .outerjoin(Ticket, Ticket.id == Callback.ticket_id)
        .outerjoin(Room, Room.id == Callback.room_id)
        .outerjoin(Resident, Resident.id == Callback.resident_id)
        .outerjoin(caller, caller.id == Callback.called_by)
        .order_by(Callback.due_on, Callback.id)
    )
    answers = {True: _("是"), False: _("否")}
    for one in _stream(session, statement, ids, Callback):
        yield (
            _word("callback.kind", one.kind), one.number_, one.code_, one.name_,
            phones.get(one.id_ or ""), one.due_on,
            _word("callback.state", one.state), _word("callback.reason", one.reason),
            _word("callback.exclusion", one.excluded_reason), one.excluded_until, one.called_at, one.caller_,
            _word("callback.way", one.way), None if one.solved is None else answers[one.solved],
            _word("callback.satisfaction", one.satisfaction), one.opinion, one.suggestion, one.remark,
        )  # fmt: skip


_LINKS = (*_own("room.code", "resident.name", "phone.number"), (OWN_NUMBER, Kind.TEXT))
LISTS: dict[str, Listing] = {
    "buildings": Listing(
        N_("楼栋单元"),
        Building,
        _own("building.code", "building.name", "unit.code", "unit.name", "building.note"),
        _buildings,
    ),
    "rooms": Listing(
        N_("房屋"),
        Room,
        (
            *_own(
                "room.code",
                "building.code",
                "unit.code",
                "room.number",
                "room.floor",
                "room.kind",
                "room.state",
                "room.building_area",
                "room.inside_area",
                "room.layout",
                "room.delivered_on",
                "room.accepted_on",
                "room.moved_in_on",
                "room.note",
            ),
            (SHOWN_OWNERS, Kind.TEXT),
        ),
        _rooms,
    ),
    "residents": Listing(
        N_("住户"),
        Resident,
        (
            *_own(
                "resident.customer_no",
                "resident.name",
                "resident.kind",
                "resident.gender",
                "resident.birth_on",
                "resident.id_kind",
                "resident.id_number",
                "phone.number",
                "resident.level",
                *(f"resident.{name}" for name in _RESIDENT_TEXTS),
                "tag.name",
                "resident.note",
            ),
            (SHOWN_ROOMS, Kind.TEXT),
            (OWN_NUMBER, Kind.TEXT),
        ),
        _residents,
        _extra_headers,
    ),
    "occupancies": Listing(
        N_("入住关系"),
        Occupancy,
        (
            *_own(
                "room.code",
                "resident.name",
                "occupancy.role",
                "phone.number",
                "occupancy.from_on",
                "occupancy.to_on",
                "occupancy.note",
            ),
            (OWN_NUMBER, Kind.TEXT),
        ),
        _occupancies,
    ),
    "vehicles": Listing(
        N_("车辆"),
        Vehicle,
        (*_own("vehicle.plate", "vehicle.brand", "vehicle.colour", "vehicle.note"), *_LINKS),
        _things(Vehicle, Vehicle.plate_key, lambda one: (one.plate, one.brand, one.colour, one.note)),
    ),
    "parking": Listing(
        N_("车位"),
        ParkingSpace,
        (
            *_own("parking.code", "parking.zone", "parking.kind", "parking.state", "parking.note"),
            *_LINKS,
        ),
        _things(ParkingSpace, ParkingSpace.code, _space_values),
    ),
    "pets": Listing(
        N_("宠物"),
        Pet,
        (
            *_own("pet.kind", "pet.name", "pet.breed", "pet.colour", "pet.vaccinated_on", "pet.note"),
            *_LINKS,
        ),
        _things(
            Pet, Pet.id, lambda one: (one.kind, one.name, one.breed, one.colour, one.vaccinated_on, one.note)
        ),
    ),
    "tickets": Listing(N_("工单"), Ticket, TICKET_COLUMNS, _tickets),
    "callbacks": Listing(N_("回访"), Callback, CALLBACK_COLUMNS, _callbacks),
}
