"""The operation log as a list of any length, for those who may read it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, literal_column, or_, select
from sqlalchemy.orm import Session

from models.entities import OperationLog
from models.errors import DomainError
from models.queries.archive import chunks, escaped
from models.rules.rights import Right
from models.work import Actor

_ROWID: ColumnElement[int] = literal_column("operation_log.rowid")


@dataclass(frozen=True)
class LogFilter:
    """What the list shows. ``reader`` needs the right to read the log; without it the queries refuse.

    ``row_id``: the history of one row. ``operation``: a service (``phones.reveal_phone``) or a module
    (``phones``). ``text``: part of a label or of a person's name.
    """

    reader: Actor
    since: datetime | None = None
    until: datetime | None = None
    staff_id: str | None = None
    table: str | None = None
    row_id: str | None = None
    operation: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class LogRow:
    """One entry. ``changes``: {field: (old, new)} of a changed row; ``details`` of anything else."""

    rowid: int
    id: str
    at: datetime
    staff_id: str | None
    staff_name: str
    desk: str
    operation: str
    table_name: str | None
    row_id: str | None
    row_label: str | None
    changes: dict[str, tuple[Any, Any]]
    details: dict[str, Any]


def log_keys(session: Session, filter_: LogFilter, order: object = None) -> array[int]:
    """Row ids of the entries, the latest first. Raises ``right-missing``."""
    return _keys(session, filter_, None)


def first_log_rows(session: Session, filter_: LogFilter, order: object, limit: int) -> list[LogRow]:
    """The latest entries, before the whole list of keys is there. Raises ``right-missing``."""
    return log_rows(session, _keys(session, filter_, limit))


def log_rows(session: Session, keys: Sequence[int]) -> list[LogRow]:
    """The entries of these row ids, in their order."""
    found: dict[int, LogRow] = {}
    for portion in chunks([str(key) for key in keys]):
        wanted = [int(key) for key in portion]
        for rowid, entry in session.execute(select(_ROWID, OperationLog).where(_ROWID.in_(wanted))):
            found[rowid] = _row(rowid, entry)
    return [found[key] for key in keys if key in found]


def _keys(session: Session, wanted: LogFilter, limit: int | None) -> array[int]:
    if not wanted.reader.may(Right.LOG_READ):
        raise DomainError("right-missing", right=Right.LOG_READ.value)
    statement = select(_ROWID).select_from(OperationLog).where(*_conditions(wanted))
    statement = statement.order_by(OperationLog.at.desc(), _ROWID.desc())
    if limit is not None:
        statement = statement.limit(limit)
    return array("q", chain.from_iterable(session.connection().execute(statement)))


def _conditions(wanted: LogFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [OperationLog.deleted.is_(None)]
    if wanted.since is not None:
        found.append(OperationLog.at >= wanted.since)
    if wanted.until is not None:
        found.append(OperationLog.at < wanted.until)
    if wanted.staff_id:
        found.append(OperationLog.staff_id == wanted.staff_id)
    if wanted.table:
        found.append(OperationLog.table_name == wanted.table)
    if wanted.row_id:
        found.append(OperationLog.row_id == wanted.row_id)
    if wanted.operation:
        exact = OperationLog.operation == wanted.operation
        found.append(or_(exact, OperationLog.operation.like(f"{escaped(wanted.operation)}.%", escape="\\")))
    if wanted.text.strip():
        part = f"%{escaped(wanted.text.strip())}%"
        found.append(
            or_(
                OperationLog.row_label.like(part, escape="\\"),
                OperationLog.staff_name.like(part, escape="\\"),
            )
        )
    return found


def _row(rowid: int, entry: OperationLog) -> LogRow:
    raw: dict[str, Any] = entry.changes or {}
    pairs = {name: value for name, value in raw.items() if isinstance(value, list) and len(value) == 2}
    return LogRow(
        rowid=rowid,
        id=entry.id,
        at=entry.at,
        staff_id=entry.staff_id,
        staff_name=entry.staff_name,
        desk=entry.desk,
        operation=entry.operation,
        table_name=entry.table_name,
        row_id=entry.row_id,
        row_label=entry.row_label,
        changes={name: (old, new) for name, (old, new) in pairs.items()},
        details={name: value for name, value in raw.items() if name not in pairs},
    )
