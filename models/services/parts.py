"""What goes with a record when it is deleted, and comes back with it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from models.entities import (
    Building,
    Decoration,
    Occupancy,
    Pet,
    Phone,
    Resident,
    ResidentTag,
    Room,
    Tag,
    Unit,
)
from models.entities.synced import Synced
from models.work import Work

GO_WITH: Mapping[type[Synced], tuple[str, tuple[type[Synced], ...]]] = {
    Resident: ("resident_id", (Phone, ResidentTag, Occupancy, Pet)),
    Room: ("room_id", (Occupancy, Decoration, Pet)),
    Building: ("building_id", (Unit,)),
    Tag: ("tag_id", (ResidentTag,)),
}
"""{kind: (the column that names it, kinds of its parts)}."""


def delete_whole(work: Work, row: Synced) -> int:
    """Delete a record and its living parts, under one stamp; gives how many parts."""
    parts = _parts(work, row, None)
    work.delete_with(row, parts)
    return len(parts)


def bring_back(work: Work, row: Synced) -> None:
    """Undo the deletion of a record, and of what went under the same stamp."""
    for one in (*_parts(work, row, row.deleted), row):
        one.deleted = None
    work.session.flush()


def _parts(work: Work, row: Synced, deleted: int | None) -> list[Synced]:
    column, kinds = GO_WITH.get(type(row), ("", ()))
    return [
        part
        for kind in kinds
        for part in work.session.scalars(select(kind).filter_by(**{column: row.id, "deleted": deleted}))
    ]
