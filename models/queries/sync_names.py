"""What waits to be sent, table by table, and the names behind ids that two desks disagree about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.entities.local import Outbox
from models.entities.operation_log import OperationLog
from models.entities.synced import Base
from models.queries.sync_state import entity_of


@dataclass(frozen=True, slots=True)
class PendingTable:
    """``rows`` of ``table`` wait for headquarters."""

    table: str
    rows: int


def pending_tables(session: Session) -> list[PendingTable]:
    """Most first; a row edited twice counts once, the log of the edits does not count beside them."""
    count = func.count(func.distinct(Outbox.row_id))
    rows = session.execute(
        select(Outbox.table_name, count)
        .where(Outbox.table_name != OperationLog.__tablename__)
        .group_by(Outbox.table_name)
        .order_by(count.desc(), Outbox.table_name)
    )
    return [PendingTable(table, number) for table, number in rows]


def value_names(session: Session, values: Iterable[tuple[str, str, Any]]) -> dict[str, str]:
    """Id → how its row is called, for those of (table, field, value) whose field points to another row."""
    found: dict[str, str] = {}
    for table, field, value in values:
        if not isinstance(value, str) or value in found:
            continue
        target = _target(table, field)
        kind = entity_of(target) if target else None
        row = session.get(kind, value) if kind is not None else None
        if row is not None:
            found[value] = row.described()
    return found


def _target(table: str, field: str) -> str:
    """The table that a field points to; empty if it points nowhere."""
    known = Base.metadata.tables.get(table)
    column = known.c.get(field) if known is not None else None
    if column is None:
        return ""
    return next((key.column.table.name for key in column.foreign_keys), "")
