"""Vehicles, parking spaces, pets and decorations: of a household, of a person, and as lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from models.entities import Decoration, ParkingSpace, Pet, Resident, Room, Vehicle
from models.queries.archive import chunks, escaped
from models.rules.plate import plate_key


@dataclass(frozen=True, slots=True)
class VehicleLine:
    id: str
    plate: str
    brand: str | None
    colour: str | None
    resident_id: str | None
    resident: str
    room_id: str | None
    room_code: str
    note: str | None


@dataclass(frozen=True, slots=True)
class SpaceLine:
    id: str
    code: str
    area: str | None
    kind: str | None
    state: str | None
    resident_id: str | None
    resident: str
    room_id: str | None
    room_code: str
    note: str | None


@dataclass(frozen=True, slots=True)
class PetLine:
    id: str
    kind: str
    name: str | None
    breed: str | None
    colour: str | None
    vaccinated_on: date | None
    resident_id: str | None
    resident: str
    room_id: str | None
    room_code: str
    note: str | None


@dataclass(frozen=True, slots=True)
class DecorationLine:
    """``is_under_way``: begun and not ended."""

    id: str
    start_on: date
    end_on: date | None
    contractor: str | None
    note: str | None
    is_under_way: bool


_Kind = type[Vehicle] | type[ParkingSpace] | type[Pet]


def vehicles_of(
    session: Session, *, resident_ids: Sequence[str] = (), room_ids: Sequence[str] = ()
) -> tuple[VehicleLine, ...]:
    """Vehicles of any of these people or rooms, each once."""
    statement = _joined(Vehicle).where(_keeper(Vehicle, resident_ids, room_ids))
    return tuple(_vehicle(*row) for row in session.execute(statement.order_by(Vehicle.plate_key)))


def spaces_of(
    session: Session, *, resident_ids: Sequence[str] = (), room_ids: Sequence[str] = ()
) -> tuple[SpaceLine, ...]:
    """Parking spaces of any of these people or rooms, each once."""
    statement = _joined(ParkingSpace).where(_keeper(ParkingSpace, resident_ids, room_ids))
    return tuple(_space(*row) for row in session.execute(statement.order_by(ParkingSpace.code)))


def pets_of(
    session: Session, *, resident_ids: Sequence[str] = (), room_ids: Sequence[str] = ()
) -> tuple[PetLine, ...]:
    """Pets of any of these people or rooms, each once."""
    statement = _joined(Pet).where(_keeper(Pet, resident_ids, room_ids))
    return tuple(_pet(*row) for row in session.execute(statement.order_by(Pet.id)))


def decorations_of(session: Session, room_id: str, today: date) -> tuple[DecorationLine, ...]:
    """Decorations of a room, the latest first."""
    chosen = select(Decoration).where(Decoration.room_id == room_id, Decoration.deleted.is_(None))
    return tuple(
        DecorationLine(
            id=row.id,
            start_on=row.start_on,
            end_on=row.end_on,
            contractor=row.contractor,
            note=row.note,
            is_under_way=row.start_on <= today and (row.end_on is None or row.end_on >= today),
        )
        for row in session.scalars(chosen.order_by(Decoration.start_on.desc()))
    )


# -- lists -------------------------------------------------------------------------------------------


def vehicle_keys(session: Session, text: str = "", order: object = None) -> list[str]:
    """Ids of all vehicles, or of those whose plate, brand, keeper or room holds the text."""
    plate = f"%{escaped(plate_key(text))}%"
    found = [Vehicle.plate_key.like(plate, escape="\\"), Vehicle.brand.like(_part(text), escape="\\")]
    return _keys(session, Vehicle, text, found, Vehicle.plate_key)


def vehicle_rows(session: Session, ids: Sequence[str]) -> list[VehicleLine]:
    return _rows(session, Vehicle, ids, _vehicle)


def space_keys(session: Session, text: str = "", order: object = None) -> list[str]:
    """Ids of all parking spaces, or of those whose code, area, keeper or room holds the text."""
    part = _part(text)
    found = [ParkingSpace.code.like(part, escape="\\"), ParkingSpace.area.like(part, escape="\\")]
    return _keys(session, ParkingSpace, text, found, ParkingSpace.code)


def space_rows(session: Session, ids: Sequence[str]) -> list[SpaceLine]:
    return _rows(session, ParkingSpace, ids, _space)


def pet_keys(session: Session, text: str = "", order: object = None) -> list[str]:
    """Ids of all pets, or of those whose kind, name, breed, keeper or room holds the text."""
    part = _part(text)
    found = [column.like(part, escape="\\") for column in (Pet.kind, Pet.name, Pet.breed)]
    return _keys(session, Pet, text, found, Pet.id)


def pet_rows(session: Session, ids: Sequence[str]) -> list[PetLine]:
    return _rows(session, Pet, ids, _pet)


# -- inside ------------------------------------------------------------------------------------------


def _joined(kind: _Kind) -> Select[Any]:
    statement: Any = select(kind, Resident.name, Room.code)
    statement = statement.outerjoin(Resident, Resident.id == kind.resident_id)
    statement = statement.outerjoin(Room, Room.id == kind.room_id)
    return statement.where(kind.deleted.is_(None))  # type: ignore[no-any-return]


def _keeper(kind: _Kind, resident_ids: Sequence[str], room_ids: Sequence[str]) -> ColumnElement[bool]:
    return or_(kind.resident_id.in_(resident_ids), kind.room_id.in_(room_ids))


def _part(text: str) -> str:
    return f"%{escaped(text.strip())}%"


def _keys(
    session: Session, kind: _Kind, text: str, own: Sequence[ColumnElement[bool]], order: Any
) -> list[str]:
    statement = _joined(kind).with_only_columns(kind.id, maintain_column_froms=True)
    if text.strip():
        part = _part(text)
        statement = statement.where(
            or_(*own, Resident.name.like(part, escape="\\"), Room.code.like(part, escape="\\"))
        )
    return list(session.scalars(statement.order_by(order)))


def _rows(session: Session, kind: _Kind, ids: Sequence[str], line: Any) -> list[Any]:
    found: dict[str, Any] = {}
    for portion in chunks(ids):
        for row in session.execute(_joined(kind).where(kind.id.in_(portion))):
            found[row[0].id] = line(*row)
    return [found[row_id] for row_id in ids if row_id in found]


def _vehicle(row: Vehicle, name: str | None, code: str | None) -> VehicleLine:
    return VehicleLine(
        id=row.id,
        plate=row.plate,
        brand=row.brand,
        colour=row.colour,
        resident_id=row.resident_id,
        resident=name or "",
        room_id=row.room_id,
        room_code=code or "",
        note=row.note,
    )


def _space(row: ParkingSpace, name: str | None, code: str | None) -> SpaceLine:
    return SpaceLine(
        id=row.id,
        code=row.code,
        area=row.area,
        kind=row.kind,
        state=row.state,
        resident_id=row.resident_id,
        resident=name or "",
        room_id=row.room_id,
        room_code=code or "",
        note=row.note,
    )


def _pet(row: Pet, name: str | None, code: str | None) -> PetLine:
    return PetLine(
        id=row.id,
        kind=row.kind,
        name=row.name,
        breed=row.breed,
        colour=row.colour,
        vaccinated_on=row.vaccinated_on,
        resident_id=row.resident_id,
        resident=name or "",
        room_id=row.room_id,
        room_code=code or "",
        note=row.note,
    )
