"""Where people live: site, building, unit, room, and a decoration under way."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.entities.synced import Area, Base, Day, Id, Synced


class Site(Synced, Base):
    """The one site (项目) of this file; its id is every row's ``site_id``."""

    __tablename__ = "site"
    name: Mapped[str]
    short_name: Mapped[str | None]
    hotline: Mapped[str | None]
    address: Mapped[str | None]


class Building(Synced, Base):
    __tablename__ = "building"
    code: Mapped[str]
    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)
    note: Mapped[str | None]


class Unit(Synced, Base):
    __tablename__ = "unit"
    building_id: Mapped[Id] = mapped_column(ForeignKey("building.id"))
    code: Mapped[str]
    name: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)


class Room(Synced, Base):
    """``code`` is canonical (``3-2-1502``, shops ``5-0-102``); state and kind are terms."""

    __tablename__ = "room"
    __table_args__ = (Index("ix_room_code", "code"), Index("ix_room_building", "building_id"))
    building_id: Mapped[Id] = mapped_column(ForeignKey("building.id"))
    unit_id: Mapped[Id | None] = mapped_column(ForeignKey("unit.id"))
    code: Mapped[str]
    number: Mapped[str]
    floor: Mapped[int | None]
    kind: Mapped[str] = mapped_column(default="home")
    state: Mapped[str] = mapped_column(default="occupied")
    building_area: Mapped[Area | None]
    inside_area: Mapped[Area | None]
    layout: Mapped[str | None]
    delivered_on: Mapped[Day | None]
    accepted_on: Mapped[Day | None]
    """Completion acceptance (竣工验收): the warranty starts here."""
    moved_in_on: Mapped[Day | None]
    note: Mapped[str | None]

    def described(self) -> str:
        return self.code


class Decoration(Synced, Base):
    __tablename__ = "decoration"
    __table_args__ = (Index("ix_decoration_room", "room_id"),)
    room_id: Mapped[Id] = mapped_column(ForeignKey("room.id"))
    start_on: Mapped[Day]
    end_on: Mapped[Day | None]
    contractor: Mapped[str | None]
    note: Mapped[str | None]
