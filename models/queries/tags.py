"""The tag library with how many bear each tag, and the words in use for a resident's status."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.entities import Resident, ResidentTag, Tag

_MOST = 200


@dataclass(frozen=True, slots=True)
class LibraryTag:
    """A tag of the library; ``residents`` bear it."""

    id: str
    name: str
    category: str | None
    residents: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the filters of the resident list offer."""

    tags: tuple[LibraryTag, ...]
    statuses: tuple[str, ...]


def vocabulary(session: Session) -> Vocabulary:
    """Tags, the most used first; statuses in use, the most used first."""
    borne = func.count(func.distinct(ResidentTag.resident_id))
    rows = session.execute(
        select(Tag.id, Tag.name, Tag.category, borne)
        .outerjoin(ResidentTag, (ResidentTag.tag_id == Tag.id) & ResidentTag.deleted.is_(None))
        .where(Tag.deleted.is_(None))
        .group_by(Tag.id)
        .order_by(borne.desc(), Tag.name)
        .limit(_MOST)
    )
    tags = tuple(LibraryTag(row_id, name, category, count) for row_id, name, category, count in rows)
    statuses = session.scalars(
        select(Resident.status)
        .where(Resident.deleted.is_(None), Resident.status.is_not(None))
        .group_by(Resident.status)
        .order_by(func.count().desc())
        .limit(_MOST)
    )
    return Vocabulary(tags, tuple(status for status in statuses if status))
