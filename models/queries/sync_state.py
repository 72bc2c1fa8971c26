"""How this desk stands with headquarters: what waits to be sent, and what waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from models.entities.local import LocalState, Outbox, RefusedPatch
from models.entities.operation_log import OperationLog
from models.entities.setting import Conflict
from models.entities.synced import Base, Synced
from models.entities.types import from_milliseconds

LAST_ROUND = "sync.last"


@dataclass(frozen=True, slots=True)
class SyncCounts:
    """``pending`` rows wait for headquarters, ``conflicts`` and ``refused`` for a person."""

    pending: int
    conflicts: int
    refused: int


def counts(session: Session) -> SyncCounts:
    """Cheap enough to be asked every few seconds."""
    return SyncCounts(
        pending=session.scalar(select(func.count()).select_from(_waiting_rows())) or 0,
        conflicts=session.scalar(
            select(func.count())
            .select_from(Conflict)
            .where(Conflict.state == "open", Conflict.deleted.is_(None))
        )
        or 0,
        refused=session.scalar(
            select(func.count()).select_from(RefusedPatch).where(RefusedPatch.state == "open")
        )
        or 0,
    )


def _waiting_rows() -> Subquery:
    """Rows that wait, however often they were edited; the log of the edits is not counted beside them."""
    return (
        select(Outbox.table_name, Outbox.row_id)
        .where(Outbox.table_name != OperationLog.__tablename__)
        .distinct()
        .subquery()
    )


def last_round_at(session: Session) -> datetime | None:
    """When headquarters last answered to the end of a round."""
    last = session.scalar(select(LocalState.value).where(LocalState.key == LAST_ROUND))
    at_ms = (last or {}).get("at_ms") if isinstance(last, dict) else None
    return from_milliseconds(int(at_ms)) if at_ms else None


class RecordState(StrEnum):
    """What is said beside a record: 已存本机, 已同步, 冲突, 未被接受."""

    LOCAL = "local"
    SYNCED = "synced"
    CONFLICT = "conflict"
    REFUSED = "refused"


def record_state(session: Session, table: str, row_id: str) -> RecordState:
    """How one row stands; the most urgent word wins."""
    return record_states(session, table, [row_id])[row_id]


def record_states(session: Session, table: str, row_ids: Sequence[str]) -> dict[str, RecordState]:
    """The same for the rows of a page (at most some hundreds)."""
    waiting = select(Outbox.row_id).where(Outbox.table_name == table, Outbox.row_id.in_(row_ids))
    contested = select(Conflict.row_id).where(
        Conflict.row_id.in_(row_ids),
        Conflict.table_name == table,
        Conflict.state == "open",
        Conflict.deleted.is_(None),
    )
    refused = select(RefusedPatch.row_id).where(
        RefusedPatch.table_name == table, RefusedPatch.row_id.in_(row_ids), RefusedPatch.state == "open"
    )
    states = dict.fromkeys(row_ids, RecordState.SYNCED)
    for statement, state in (
        (waiting, RecordState.LOCAL),
        (contested, RecordState.CONFLICT),
        (refused, RecordState.REFUSED),
    ):
        states.update(dict.fromkeys(session.scalars(statement), state))
    return states


@dataclass(frozen=True, slots=True)
class ConflictItem:
    """Two desks edited one field at once. Values are as stored (a moment in ms, a day as text); those of
    sensitive fields are masked. ``kept_by`` and ``lost_by`` name the desk, and the person where the log
    knows. ``reason`` tells the rule: ``concurrent`` (the later one), ``rank`` (a finished state stays),
    ``revived`` (an edit outlives a deletion)."""

    id: str
    table: str
    row_id: str
    row_label: str
    field: str
    kept_value: object
    lost_value: object
    kept_by: str
    lost_by: str
    kept_at: datetime
    lost_at: datetime
    reason: str
    state: str


def conflicts(session: Session, *, is_open: bool = True, limit: int = 500) -> list[ConflictItem]:
    """The newest first."""
    chosen = select(Conflict).where(Conflict.deleted.is_(None)).order_by(Conflict.lost_at.desc()).limit(limit)
    if is_open:
        chosen = chosen.where(Conflict.state == "open")
    return [_item(session, conflict) for conflict in session.scalars(chosen)]


def _item(session: Session, conflict: Conflict) -> ConflictItem:
    is_sensitive = _is_sensitive(conflict.table_name, conflict.field)
    return ConflictItem(
        id=conflict.id,
        table=conflict.table_name,
        row_id=conflict.row_id,
        row_label=_label(session, conflict.table_name, conflict.row_id),
        field=conflict.field,
        kept_value=_shown(conflict.kept_value, is_sensitive),
        lost_value=_shown(conflict.lost_value, is_sensitive),
        kept_by=_author(session, conflict, conflict.kept_by, conflict.kept_at),
        lost_by=_author(session, conflict, conflict.lost_by, conflict.lost_at),
        kept_at=conflict.kept_at,
        lost_at=conflict.lost_at,
        reason=conflict.reason,
        state=conflict.state,
    )


def entity_of(table: str) -> type[Synced] | None:
    """The entity of a synced table; None for one that this program does not know."""
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, Synced) and mapper.local_table.name == table:  # type: ignore[attr-defined]
            return mapper.class_
    return None


def _is_sensitive(table: str, field: str) -> bool:
    known = Base.metadata.tables.get(table)
    column = known.c.get(field) if known is not None else None
    return column is not None and bool(column.info.get("sensitive"))


def _shown(value: object, is_sensitive: bool) -> object:
    return "***" if is_sensitive and value is not None else value


def _label(session: Session, table: str, row_id: str) -> str:
    kind = entity_of(table)
    row = session.get(kind, row_id) if kind is not None else None
    return row.described() if row is not None else row_id[-6:]


_NEAR = timedelta(seconds=10)
"""A log entry and the stamp of its change are written by two clocks' readings of one moment."""


def _author(session: Session, conflict: Conflict, desk: str | None, at: datetime) -> str:
    """Who wrote the value, as ``desk · name``, from the log entry of that desk nearest to the moment."""
    if desk is None:
        return ""
    entries = session.execute(
        select(OperationLog.staff_name, OperationLog.at, OperationLog.changes).where(
            OperationLog.row_id == conflict.row_id,
            OperationLog.table_name == conflict.table_name,
            OperationLog.desk == desk,
            OperationLog.at.between(at - _NEAR, at + _NEAR),
        )
    ).all()
    named = [entry for entry in entries if conflict.field in (entry.changes or {})] or entries
    nearest = min(named, key=lambda entry: abs(entry.at - at), default=None)
    return f"{desk} · {nearest.staff_name}" if nearest is not None else desk


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """A change that headquarters would not take. ``values`` is {field: value as stored}, sensitive ones
    masked; ``is_whole`` when it was the whole row."""

    id: str
    table: str
    row_id: str
    row_label: str
    values: dict[str, object]
    is_whole: bool
    field: str | None
    code: str
    refused_at: datetime


def refused(session: Session, limit: int = 500) -> list[RefusedItem]:
    """Those that nobody has dealt with, newest first."""
    chosen = (
        select(RefusedPatch)
        .where(RefusedPatch.state == "open")
        .order_by(RefusedPatch.refused_at.desc())
        .limit(limit)
    )
    return [
        RefusedItem(
            id=one.id,
            table=one.table_name,
            row_id=one.row_id,
            row_label=_label(session, one.table_name, one.row_id),
            values={
                name: _shown(value, _is_sensitive(one.table_name, name))
                for name, value in one.patch.get("values", {}).items()
            },
            is_whole=bool(one.patch.get("whole")),
            field=one.patch.get("field"),
            code=one.code,
            refused_at=one.refused_at,
        )
        for one in session.scalars(chosen)
    ]
