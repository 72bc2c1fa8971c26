"""Who lives here: residents, their phones, tags, occupancies, vehicles, parking spaces and pets."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.entities.synced import Base, Day, Id, Synced
from models.entities.types import JsonType

_SENSITIVE = {"sensitive": True}
"""Neither logged nor shown without a reveal."""


class Resident(Synced, Base):
    __tablename__ = "resident"
    __table_args__ = (Index("ix_resident_customer_no", "customer_no"), Index("ix_resident_name", "name"))
    customer_no: Mapped[str | None]
    """业主编号: the number other systems know the resident by."""
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="person")
    gender: Mapped[str | None]
    birth_on: Mapped[Day | None]
    id_kind: Mapped[str | None]
    id_number: Mapped[str | None] = mapped_column(info=_SENSITIVE)
    level: Mapped[str] = mapped_column(default="regular")
    status: Mapped[str | None]
    work: Mapped[str | None]
    habits: Mapped[str | None]
    hobbies: Mapped[str | None]
    spending: Mapped[str | None]
    home_opinion: Mapped[str | None]
    estate_opinion: Mapped[str | None]
    latent_needs: Mapped[str | None]
    email: Mapped[str | None]
    contact: Mapped[str | None]
    """Another way to reach the household (紧急联系人), as typed."""
    consent_note: Mapped[str | None]
    """Purpose and consent under which the data is kept (PIPL)."""
    major_complaint: Mapped[str | None]
    """Why the customer counts as one with a major complaint; NULL when not."""
    extras: Mapped[Any | None] = mapped_column(JsonType())
    """Columns of imported workbooks that have no field of their own: {header: text}."""
    note: Mapped[str | None]


class Phone(Synced, Base):
    __tablename__ = "phone"
    __table_args__ = (Index("ix_phone_resident", "resident_id"), Index("ix_phone_digits", "digits"))
    resident_id: Mapped[Id] = mapped_column(ForeignKey("resident.id"))
    number: Mapped[str] = mapped_column(info=_SENSITIVE)
    """As typed."""
    digits: Mapped[str] = mapped_column(info=_SENSITIVE)
    """Normalised, digits only."""
    label: Mapped[str | None]
    position: Mapped[int] = mapped_column(default=0)
    """0 is rung first."""

    def described(self) -> str:
        return f"***{self.digits[-4:]}"


class Tag(Synced, Base):
    __tablename__ = "tag"
    name: Mapped[str]
    category: Mapped[str | None]


class ResidentTag(Synced, Base):
    __tablename__ = "resident_tag"
    __table_args__ = (Index("ix_resident_tag_resident", "resident_id"),)
    resident_id: Mapped[Id] = mapped_column(ForeignKey("resident.id"))
    tag_id: Mapped[Id] = mapped_column(ForeignKey("tag.id"))


class Occupancy(Synced, Base):
    """Who owns or lives in which room, in which role, from when to when; past ones stay as history."""

    __tablename__ = "occupancy"
    __table_args__ = (Index("ix_occupancy_room", "room_id"), Index("ix_occupancy_resident", "resident_id"))
    resident_id: Mapped[Id] = mapped_column(ForeignKey("resident.id"))
    room_id: Mapped[Id] = mapped_column(ForeignKey("room.id"))
    role: Mapped[str]
    from_on: Mapped[Day | None]
    to_on: Mapped[Day | None]
    is_primary: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str | None]


class Vehicle(Synced, Base):
    __tablename__ = "vehicle"
    __table_args__ = (
        Index("ix_vehicle_plate_key", "plate_key"),
        Index("ix_vehicle_room", "room_id"),
        Index("ix_vehicle_resident", "resident_id"),
    )
    plate: Mapped[str]
    plate_key: Mapped[str]
    """The plate without separators, upper case: what is compared."""
    brand: Mapped[str | None]
    colour: Mapped[str | None]
    resident_id: Mapped[Id | None] = mapped_column(ForeignKey("resident.id"))
    room_id: Mapped[Id | None] = mapped_column(ForeignKey("room.id"))
    note: Mapped[str | None]

    def described(self) -> str:
        return self.plate


class ParkingSpace(Synced, Base):
    __tablename__ = "parking_space"
    __table_args__ = (Index("ix_parking_space_room", "room_id"), Index("ix_parking_space_code", "code"))
    code: Mapped[str]
    area: Mapped[str | None]
    """The zone it lies in (A 区, B2 层)."""
    kind: Mapped[str | None]
    state: Mapped[str | None]
    room_id: Mapped[Id | None] = mapped_column(ForeignKey("room.id"))
    resident_id: Mapped[Id | None] = mapped_column(ForeignKey("resident.id"))
    note: Mapped[str | None]

    def described(self) -> str:
        return self.code


class Pet(Synced, Base):
    __tablename__ = "pet"
    __table_args__ = (Index("ix_pet_room", "room_id"),)
    resident_id: Mapped[Id | None] = mapped_column(ForeignKey("resident.id"))
    room_id: Mapped[Id | None] = mapped_column(ForeignKey("room.id"))
    kind: Mapped[str]
    name: Mapped[str | None]
    breed: Mapped[str | None]
    colour: Mapped[str | None]
    vaccinated_on: Mapped[Day | None]
    note: Mapped[str | None]
