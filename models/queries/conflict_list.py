"""What waits for a person: conflicts with both their values, and changes that headquarters would not take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from models.entities.local import RefusedPatch
from models.entities.operation_log import OperationLog
from models.entities.setting import Conflict
from models.entities.synced import Synced
from models.entities.types import from_milliseconds
from models.queries.named_rows import NamedRows
from models.queries.record_names import RecordName, record_names
from models.queries.stored_values import (
    column_of,
    field_stamp,
    from_stored,
    is_sensitive,
    stamp_milliseconds,
    to_stored,
)
from models.queries.sync_state import is_for_a_person

OPEN, RULED = "open", "ruled"
"""``ruled``: headquarters' rule left no doubt (a stale step on a finished ticket); nobody need look at it."""


@dataclass(frozen=True, slots=True)
class ConflictFilter:
    """``state``: ``open``, ``ruled``, ``settled`` (by a person) or ``all``; ``days``: found within so many
    days before ``now``; negative: longer ago than that."""

    state: str = OPEN
    days: int = 0
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class _OfRecord:
    id: str
    record: RecordName

    @property
    def table(self) -> str:
        return self.record.table

    @property
    def row_id(self) -> str:
        return self.record.id

    @property
    def row_label(self) -> str:
        return self.record.label


@dataclass(frozen=True, slots=True)
class ConflictItem(_OfRecord):
    """Two desks edited one field at once. Values are as stored (a moment in ms, a day as text); those of
    sensitive fields are masked. ``kept_by`` and ``lost_by`` name the desk, and the person where the log
    knows. ``reason`` tells the rule: ``concurrent`` (the later one), ``rank`` (a finished state stays),
    ``revived`` (an edit outlives a deletion), ``restamped`` (its clock ran ahead: headquarters' time counts).

    ``present_value`` is what the field holds now and ``present_stamp`` names that state; ``is_moved`` when it
    is neither of the two: somebody edited it again since.
    """

    field: str
    kept_value: object
    lost_value: object
    present_value: object
    present_stamp: int
    is_moved: bool
    kept_by: str
    lost_by: str
    kept_at: datetime
    lost_at: datetime
    present_at: datetime | None
    reason: str
    state: str
    settled_by: str
    settled_at: datetime | None


def conflicts(session: Session, wanted: ConflictFilter | None = None, limit: int = 500) -> list[ConflictItem]:
    """The newest first, those of one record side by side."""
    wanted = wanted or ConflictFilter()
    chosen = select(Conflict).where(Conflict.deleted.is_(None), *_conditions(wanted))
    rows = session.scalars(chosen.order_by(Conflict.lost_at.desc(), Conflict.id).limit(limit)).all()
    items = _items(session, rows)
    first: dict[tuple[str, str], int] = {}
    for place, item in enumerate(items):
        first.setdefault(group_of(item), place)
    return sorted(items, key=lambda item: first[group_of(item)])


def group_of(item: ConflictItem) -> tuple[str, str]:
    """The record that a conflict belongs to, as (table, id)."""
    owner = item.record.owner
    return (owner[0], owner[1]) if owner is not None else (item.table, item.row_id)


def conflict_counts(session: Session) -> dict[str, int]:
    """How many there are of each ``state`` of `ConflictFilter`."""
    rows = session.execute(
        select(Conflict.state, func.count()).where(Conflict.deleted.is_(None)).group_by(Conflict.state)
    )
    found: Mapping[str, int] = dict(rows.all())
    settled = sum(count for state, count in found.items() if state not in (OPEN, RULED))
    return {OPEN: found.get(OPEN, 0), RULED: found.get(RULED, 0), "settled": settled,
            "all": sum(found.values())}  # fmt: skip


def _conditions(wanted: ConflictFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state in (OPEN, RULED):
        found.append(Conflict.state == wanted.state)
    elif wanted.state == "settled":
        found.append(Conflict.state.not_in((OPEN, RULED)))
    if wanted.days and wanted.now is not None:
        since = wanted.now - timedelta(days=abs(wanted.days))
        found.append(Conflict.lost_at >= since if wanted.days > 0 else Conflict.lost_at < since)
    return found


def _items(session: Session, found: Sequence[Conflict]) -> list[ConflictItem]:
    rows, logged = NamedRows(session), _logged(session, found)
    names = record_names(rows, ((one.table_name, one.row_id) for one in found))
    rows.fetch(("staff", one.resolved_by) for one in found)
    return [_item(one, names[one.table_name, one.row_id], rows, logged) for one in found]


def _item(conflict: Conflict, name: RecordName, rows: NamedRows, logged: _Logged) -> ConflictItem:
    table, field = conflict.table_name, conflict.field
    hidden = is_sensitive(table, field)
    row = rows.get(table, conflict.row_id)
    is_known = row is not None and (field == "deleted" or column_of(table, field) is not None)
    present = _present(row, table, field) if row is not None and is_known else None
    return ConflictItem(
        id=conflict.id,
        record=name,
        field=field,
        kept_value=_shown(conflict.kept_value, hidden),
        lost_value=_shown(conflict.lost_value, hidden),
        present_value=_shown(present, hidden),
        present_stamp=field_stamp(row, field) if row is not None else 0,
        is_moved=row is not None and is_known and is_moved(conflict, row),
        kept_by=_author(logged, conflict, conflict.kept_by, conflict.kept_at),
        lost_by=_author(logged, conflict, conflict.lost_by, conflict.lost_at),
        kept_at=conflict.kept_at,
        lost_at=conflict.lost_at,
        present_at=_at(row, field) if row is not None else None,
        reason=conflict.reason,
        state=conflict.state,
        settled_by=rows.called("staff", conflict.resolved_by),
        settled_at=conflict.resolved_at,
    )


def _present(row: Synced, table: str, field: str) -> object:
    return row.deleted if field == "deleted" else to_stored(table, field, getattr(row, field))


def _at(row: Synced, field: str) -> datetime:
    return from_milliseconds(stamp_milliseconds(field_stamp(row, field)))


def is_moved(conflict: Conflict, row: Synced) -> bool:
    """Whether somebody edited the field again since the conflict: it holds neither of the two values. A row
    that outlived its deletion has moved when any field of it was edited since."""
    if conflict.field == "deleted":
        return row.deleted is None and _at(row, "deleted") > conflict.kept_at
    present = getattr(row, conflict.field)
    return all(
        present != from_stored(conflict.table_name, conflict.field, stored)
        for stored in (conflict.kept_value, conflict.lost_value)
    )


def _shown(value: object, is_hidden: bool) -> object:
    return "***" if is_hidden and value is not None else value


_NEAR = timedelta(seconds=10)
"""A log entry and the stamp of its change are written by two clocks' readings of one moment."""


_Logged = Mapping[tuple[str | None, str | None, str], Sequence[Row[Any]]]
"""(table, row id, desk) → what the log says of the row."""


def _logged(session: Session, found: Sequence[Conflict]) -> _Logged:
    """The log of these conflicts' rows, as far as it may tell who wrote their values."""
    moments = [at for one in found for at in (one.kept_at, one.lost_at)]
    if not moments:
        return {}
    entries: defaultdict[tuple[str | None, str | None, str], list[Row[Any]]] = defaultdict(list)
    for entry in session.execute(
        select(
            OperationLog.table_name,
            OperationLog.row_id,
            OperationLog.desk,
            OperationLog.staff_name,
            OperationLog.at,
            OperationLog.changes,
        ).where(
            OperationLog.row_id.in_({one.row_id for one in found}),
            OperationLog.at.between(min(moments) - _NEAR, max(moments) + _NEAR),
        )
    ):
        entries[entry.table_name, entry.row_id, entry.desk].append(entry)
    return entries


def _author(logged: _Logged, conflict: Conflict, desk: str | None, at: datetime) -> str:
    """Who wrote the value, as ``desk · name``, from the log entry of that desk nearest to the moment."""
    if desk is None:
        return ""
    entries = [
        entry
        for entry in logged.get((conflict.table_name, conflict.row_id, desk), ())
        if abs(entry.at - at) <= _NEAR
    ]
    named = [entry for entry in entries if conflict.field in (entry.changes or {})] or entries
    nearest = min(named, key=lambda entry: abs(entry.at - at), default=None)
    return f"{desk} · {nearest.staff_name}" if nearest is not None else desk


@dataclass(frozen=True, slots=True)
class RefusedItem(_OfRecord):
    """A change that headquarters would not take. ``values`` is {field: value as stored}, sensitive ones
    masked; ``is_whole`` when it was the whole row. ``state``: ``open``, ``dismissed`` (somebody has seen it),
    ``sent_again``, ``settled`` (taken since)."""

    values: dict[str, object]
    is_whole: bool
    field: str | None
    code: str
    refused_at: datetime
    state: str


def refused(session: Session, *, is_open: bool = True, limit: int = 500) -> list[RefusedItem]:
    """Those that nobody has dealt with (else the others), newest first. Log entries are not told beside
    the changes that they repeat."""
    wanted = RefusedPatch.state == OPEN if is_open else RefusedPatch.state != OPEN
    chosen = (
        select(RefusedPatch)
        .where(wanted, is_for_a_person())
        .order_by(RefusedPatch.refused_at.desc(), RefusedPatch.id)
        .limit(limit)
    )
    found = session.scalars(chosen).all()
    names = record_names(NamedRows(session), ((one.table_name, one.row_id) for one in found))
    return [_refused_item(one, names[one.table_name, one.row_id]) for one in found]


def _refused_item(one: RefusedPatch, name: RecordName) -> RefusedItem:
    patch: Mapping[str, Any] = one.patch
    return RefusedItem(
        id=one.id,
        record=name,
        values={
            name: _shown(value, is_sensitive(one.table_name, name))
            for name, value in patch.get("values", {}).items()
        },
        is_whole=bool(patch.get("whole")),
        field=patch.get("field"),
        code=one.code,
        refused_at=one.refused_at,
        state=one.state,
    )
