"""One change to many rows of a list: values of fields, tags. Each row gets its own entry in the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Table, select

from models.entities import OperationLog, Resident, ResidentTag, Room
from models.entities.synced import new_id
from models.errors import DomainError
from models.queries.archive import chunks
from models.rules.rights import Right
from models.services import residents, rooms, tags
from models.services.editing import Fields, Values, checked
from models.work import Work

RESIDENT_FIELDS = ("level", "status", "kind", "consent_note", "spending", "major_complaint")
ROOM_FIELDS = ("state", "kind", "layout", "delivered_on", "accepted_on", "moved_in_on")
_KINDS: Mapping[str, tuple[type[Resident] | type[Room], Fields]] = {
    "resident": (Resident, {name: residents.FIELDS[name] for name in RESIDENT_FIELDS}),
    "room": (Room, {name: rooms.FIELDS[name] for name in ROOM_FIELDS}),
}


@dataclass(frozen=True)
class BatchResult:
    """How many rows changed, had the values already, or were deleted meanwhile."""

    changed: int
    unchanged: int
    gone: int


def set_fields(work: Work, kind: str, ids: Sequence[str], values: Values) -> BatchResult:
    """Set fields of many rows at once; all or none. ``kind``: ``resident`` or ``room``.

    Only the fields that make sense for many (`RESIDENT_FIELDS`, `ROOM_FIELDS`) may be named.
    """
    work.require(Right.ARCHIVE_BATCH)
    entity, fields = _KINDS[kind]
    if not values:
        raise DomainError("nothing-chosen")
    clean = checked(work, fields, values)
    table = entity.__table__
    assert isinstance(table, Table)
    wanted = list(dict.fromkeys(ids))
    columns = [table.c.id, *(table.c[name] for name in clean)]
    label = table.c.code if entity is Room else table.c.name
    changes: dict[str, dict[str, object]] = {}
    entries: list[dict[str, object]] = []
    found = 0
    for portion in chunks(wanted):
        for row in work.session.execute(
            select(*columns, label.label("row_label")).where(
                table.c.id.in_(portion), table.c.deleted.is_(None)
            )
        ).mappings():
            found += 1
            differing = {name: value for name, value in clean.items() if row[name] != value}
            if differing:
                changes[row["id"]] = differing
                told = {name: [_told(row[name]), _told(value)] for name, value in differing.items()}
                entries.append(_entry(work, f"batch.{kind}", (kind, row["id"], str(row["row_label"])), told))
    work.bulk_update(table, changes)
    _log(work, entries)
    work.session.expire_all()
    return BatchResult(len(changes), found - len(changes), len(wanted) - found)


def add_tags(work: Work, resident_ids: Sequence[str], names: Sequence[str]) -> BatchResult:
    """Give all these residents the tags; names that are new join the library."""
    work.require(Right.ARCHIVE_BATCH)
    if not names:
        raise DomainError("nothing-chosen")
    wanted, living = tags.ids_of(work, names), _names(work, resident_ids)
    present = _links(work, list(living))
    rows, entries = [], []
    for resident_id, label in living.items():
        missing = [tag_id for tag_id in wanted if (resident_id, tag_id) not in present]
        rows += [{"id": new_id(), "resident_id": resident_id, "tag_id": tag_id} for tag_id in missing]
        if missing:
            told = {"tags": [None, "、".join(names)]}
            entries.append(_entry(work, "batch.add_tags", ("resident", resident_id, label), told))
    work.bulk_insert(_link_table(), rows)
    _log(work, entries)
    return BatchResult(len(entries), len(living) - len(entries), len(set(resident_ids)) - len(living))


def remove_tags(work: Work, resident_ids: Sequence[str], names: Sequence[str]) -> BatchResult:
    """Take the tags from all these residents; the library keeps them."""
    work.require(Right.ARCHIVE_BATCH)
    if not names:
        raise DomainError("nothing-chosen")
    unwanted, living = set(tags.ids_of(work, names)), _names(work, resident_ids)
    gone: dict[str, dict[str, object]] = {}
    touched: set[str] = set()
    for (resident_id, tag_id), link_ids in _links(work, list(living)).items():
        if tag_id in unwanted:
            gone |= {link_id: {"deleted": 1} for link_id in link_ids}
            touched.add(resident_id)
    work.bulk_update(_link_table(), gone)
    told = {"tags": ["、".join(names), None]}
    _log(
        work,
        [_entry(work, "batch.remove_tags", ("resident", one, living[one]), told) for one in sorted(touched)],
    )
    work.session.expire_all()
    return BatchResult(len(touched), len(living) - len(touched), len(set(resident_ids)) - len(living))


def _names(work: Work, ids: Sequence[str]) -> dict[str, str]:
    """{id: name} of the living residents among these, in the given order."""
    found: dict[str, str] = {}
    wanted = list(dict.fromkeys(ids))
    for portion in chunks(wanted):
        chosen = select(Resident.id, Resident.name).where(
            Resident.id.in_(portion), Resident.deleted.is_(None)
        )
        found.update((row_id, name) for row_id, name in work.session.execute(chosen))
    return {row_id: found[row_id] for row_id in wanted if row_id in found}


def _links(work: Work, ids: Sequence[str]) -> dict[tuple[str, str], list[str]]:
    """{(resident, tag): ids of the living links}."""
    found: dict[tuple[str, str], list[str]] = {}
    for portion in chunks(ids):
        chosen = select(ResidentTag.id, ResidentTag.resident_id, ResidentTag.tag_id).where(
            ResidentTag.resident_id.in_(portion), ResidentTag.deleted.is_(None)
        )
        for row_id, resident_id, tag_id in work.session.execute(chosen):
            found.setdefault((resident_id, tag_id), []).append(row_id)
    return found


def _entry(
    work: Work, operation: str, row: tuple[str, str, str], changes: Mapping[str, object]
) -> dict[str, object]:
    """A line of the operation log about one row: (table, id, label)."""
    table, row_id, label = row
    return {
        "id": new_id(),
        "at": work.now,
        "staff_id": work.actor.staff_id,
        "staff_name": work.actor.name,
        "desk": work.desk_letter,
        "operation": operation,
        "table_name": table,
        "row_id": row_id,
        "row_label": label[:60],
        "changes": dict(changes),
    }


def _log(work: Work, entries: list[dict[str, object]]) -> None:
    table = OperationLog.__table__
    assert isinstance(table, Table)
    work.bulk_insert(table, entries)


def _link_table() -> Table:
    table = ResidentTag.__table__
    assert isinstance(table, Table)
    return table


def _told(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
