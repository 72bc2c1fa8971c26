"""What the queries of the archive share: which occupancies are current, labels and masks, the
building tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from models.entities import Building, Occupancy, Phone, Room, Unit
from models.rules.personal_data import mask_phone
from models.rules.room_code import sort_key

CHUNK = 500
"""Ids asked for in one statement."""


def is_current(today: date) -> ColumnElement[bool]:
    """The condition of an occupancy that has not ended; its last day still counts."""
    return or_(Occupancy.to_on.is_(None), Occupancy.to_on >= today)


def chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    """The ids in portions that one statement takes."""
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def escaped(text: str) -> str:
    """A text to look for with LIKE … ESCAPE '\\'."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """A phone as screens get it. ``position`` 0 is rung first; `residents.reveal_phone` gives it in full."""

    id: str
    masked: str
    label: str | None
    position: int


def phones_of(session: Session, resident_ids: Sequence[str]) -> dict[str, list[PhoneLine]]:
    """{resident id: phones in order}, masked."""
    found: dict[str, list[PhoneLine]] = {}
    for portion in chunks(resident_ids):
        rows = session.execute(
            select(Phone.resident_id, Phone.id, Phone.digits, Phone.label, Phone.position)
            .where(Phone.resident_id.in_(portion), Phone.deleted.is_(None))
            .order_by(Phone.position, Phone.id)
        )
        for resident_id, row_id, digits, label, position in rows:
            line = PhoneLine(row_id, mask_phone(digits), label, position)
            found.setdefault(resident_id, []).append(line)
    return found


@dataclass(frozen=True, slots=True)
class UnitNode:
    """``id`` is None for the rooms that belong to no unit (shops, villas)."""

    id: str | None
    code: str
    name: str
    rooms: int
    occupied: int


@dataclass(frozen=True, slots=True)
class BuildingNode:
    """A building with its units; ``occupied`` counts rooms where somebody lives or trades now."""

    id: str
    code: str
    name: str
    note: str | None
    rooms: int
    occupied: int
    units: tuple[UnitNode, ...]


def building_tree(session: Session, today: date) -> tuple[BuildingNode, ...]:
    """Every building with its units and their counts, in the order in which people count them."""
    counts = _room_counts(session, today)
    units: dict[str, list[UnitNode]] = {}
    for unit in session.scalars(select(Unit).where(Unit.deleted.is_(None))):
        rooms, occupied = counts.pop((unit.building_id, unit.id), (0, 0))
        units.setdefault(unit.building_id, []).append(
            UnitNode(unit.id, unit.code, unit.name, rooms, occupied)
        )
    without: dict[str, tuple[int, int]] = {}
    for (building_id, _lost), (rooms, occupied) in counts.items():
        before = without.get(building_id, (0, 0))
        without[building_id] = (before[0] + rooms, before[1] + occupied)
    for building_id, (rooms, occupied) in without.items():
        units.setdefault(building_id, []).append(UnitNode(None, "", "", rooms, occupied))
    nodes = []
    for building in session.scalars(select(Building).where(Building.deleted.is_(None))):
        own = sorted(units.get(building.id, []), key=lambda unit: (unit.id is None, sort_key(unit.code)))
        nodes.append(
            BuildingNode(
                building.id,
                building.code,
                building.name,
                building.note,
                sum(unit.rooms for unit in own),
                sum(unit.occupied for unit in own),
                tuple(own),
            )
        )
    return tuple(sorted(nodes, key=lambda node: sort_key(node.code)))


def _room_counts(session: Session, today: date) -> dict[tuple[str, str | None], tuple[int, int]]:
    lived_in = (
        select(Occupancy.room_id).where(Occupancy.deleted.is_(None), is_current(today)).distinct().subquery()
    )
    rows = session.execute(
        select(Room.building_id, Room.unit_id, func.count(), func.count(lived_in.c.room_id))
        .outerjoin(lived_in, lived_in.c.room_id == Room.id)
        .where(Room.deleted.is_(None))
        .group_by(Room.building_id, Room.unit_id)
    )
    return {(building_id, unit_id): (rooms, occupied) for building_id, unit_id, rooms, occupied in rows}
