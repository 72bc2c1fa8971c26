"""What waits to be sent, table by table, and the names behind ids that two desks disagree about."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.entities.local import Outbox
from models.entities.operation_log import OperationLog
from models.entities.synced import is_note
from models.entities.types import from_milliseconds
from models.queries.named_rows import NamedRows
from models.queries.stored_values import column_of, entity_of, field_stamp, stamp_milliseconds
from models.queries.sync_state import oldest_entries

SAMPLED = 1_000
"""Entries behind the oldest that are looked at."""


@dataclass(frozen=True, slots=True)
class PendingTable:
    """``rows`` of ``table`` wait for headquarters, about so many with ``is_about``, the oldest change
    ``since`` then (None: not known)."""

    table: str
    rows: int
    since: datetime | None = None
    is_about: bool = False


def pending_tables(session: Session) -> list[PendingTable]:
    """Most first; a row edited twice counts once, the log of the edits does not count beside them. What waits
    behind the oldest entries is told by some of them, evenly spread."""
    entries = oldest_entries()
    rows = func.count(func.distinct(entries.c.row_id))
    counted = select(entries.c.table_name, rows, func.min(entries.c.lseq)).group_by(entries.c.table_name)
    found = {
        table: PendingTable(table, count, _made_at(session, first))
        for table, count, first in session.execute(counted)
    }
    last = session.scalar(select(func.max(entries.c.lseq))) or 0
    newest = session.scalar(select(func.max(Outbox.lseq))) or 0
    step = max(1, (newest - last) // SAMPLED)
    behind = select(Outbox.table_name, func.count(), func.min(Outbox.lseq)).where(
        Outbox.lseq.in_(range(last + 1, newest + 1, step))
    )
    for table, count, first in session.execute(behind.group_by(Outbox.table_name)):
        known = found.get(table) or PendingTable(table, 0, _made_at(session, first))
        found[table] = replace(known, rows=known.rows + count * step, is_about=True)
    found.pop(OperationLog.__tablename__, None)
    return sorted(found.values(), key=lambda one: (-one.rows, one.table))


def _made_at(session: Session, lseq: int) -> datetime | None:
    """When the change behind an entry of the outbox was made, from its stamp."""
    entry = session.get(Outbox, lseq)
    kind = entity_of(entry.table_name) if entry is not None else None
    row = session.get(kind, entry.row_id) if kind is not None and entry is not None else None
    if entry is None or row is None:
        return None
    fields = json.loads(entry.fields) if entry.fields else {}
    stamps = [field_stamp(row, name) for name in fields if not is_note(name)]
    return from_milliseconds(stamp_milliseconds(min(stamps, default=row.stamp)))


def value_names(session: Session, values: Iterable[tuple[str, str, Any]]) -> dict[str, str]:
    """Id → how its row is called, for those of (table, field, value) whose field points to another row."""
    places = {(_target(table, field), value) for table, field, value in values if isinstance(value, str)}
    rows = NamedRows(session)
    rows.fetch(places)
    return {row.id: row.described() for place in places if (row := rows.get(*place)) is not None}


def _target(table: str, field: str) -> str:
    """The table that a field points to; empty if it points nowhere."""
    column = column_of(table, field)
    if column is None:
        return ""
    return next((key.column.table.name for key in column.foreign_keys), "")
