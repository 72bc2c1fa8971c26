"""What waits to be sent, table by table, and the names behind ids that two desks disagree about."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class PendingTable:
    """``rows`` of ``table`` wait for headquarters, the oldest change ``since`` then (None: not known)."""

    table: str
    rows: int
    since: datetime | None = None


def pending_tables(session: Session) -> list[PendingTable]:
    """Most first; a row edited twice counts once, the log of the edits does not count beside them."""
    count = func.count(func.distinct(Outbox.row_id))
    rows = session.execute(
        select(Outbox.table_name, count, func.min(Outbox.lseq))
        .where(Outbox.table_name != OperationLog.__tablename__)
        .group_by(Outbox.table_name)
        .order_by(count.desc(), Outbox.table_name)
    )
    return [PendingTable(table, number, _made_at(session, first)) for table, number, first in rows]


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
