"""What to do with a conflict: leave it as it was decided, or take the other value with one key."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite

from models.entities import Conflict, RefusedPatch
from models.entities.synced import Base, Synced
from models.errors import DomainError
from models.queries.sync_state import entity_of
from models.rules.rights import Right
from models.work import Work

OPEN = "open"
ACCEPTED = "accepted"
TAKEN_BACK = "taken_back"
_DIALECT = sqlite.dialect()


def accept(work: Work, conflict_id: str) -> None:
    """The decision stands. Raises ``right-missing``, ``row-gone``, ``conflict-settled``."""
    _settle(work, _open(work, conflict_id), ACCEPTED)


def take_back(work: Work, conflict_id: str) -> None:
    """Put the value that lost into force, as an edit of its own that every desk will see.

    Raises ``right-missing``, ``row-gone``, ``conflict-settled`` (somebody was faster, perhaps at another
    desk), ``conflict-unknown-field`` (of a newer version of the program).
    """
    conflict = _open(work, conflict_id)
    kind = entity_of(conflict.table_name)
    row = work.session.get(kind, conflict.row_id) if kind is not None else None
    if row is None:
        raise DomainError("row-gone", table=conflict.table_name, id=conflict.row_id)
    if conflict.field == "deleted":
        work.delete(row)
    else:
        _put(row, conflict.field, conflict.lost_value)
    _settle(work, conflict, TAKEN_BACK)


def dismiss_refused(work: Work, refused_id: str) -> None:
    """Somebody has seen the refused change; it is kept and no longer counted. Raises ``row-gone``."""
    work.require(Right.CONFLICT_RESOLVE)
    refused = work.session.get(RefusedPatch, refused_id)
    if refused is None:
        raise DomainError("row-gone", table="refused_patch", id=refused_id)
    refused.state = "dismissed"
    work.log(
        "sync.dismiss_refused",
        table=refused.table_name,
        row_id=refused.row_id,
        details={"code": refused.code, "fields": sorted(refused.patch.get("values", {}))},
    )


def _open(work: Work, conflict_id: str) -> Conflict:
    work.require(Right.CONFLICT_RESOLVE)
    conflict = work.get(Conflict, conflict_id)
    if conflict.state != OPEN:
        raise DomainError("conflict-settled", state=conflict.state)
    return conflict


def _settle(work: Work, conflict: Conflict, state: str) -> None:
    conflict.state = state
    conflict.resolved_by = work.actor.staff_id
    conflict.resolved_at = work.now
    work.session.flush()


def _put(row: Synced, field: str, stored: Any) -> None:
    """Set a field to a value as it lies in the file."""
    table: Table = Base.metadata.tables[row.__table__.name]  # type: ignore[attr-defined]
    column = table.c.get(field)
    if column is None:
        raise DomainError("conflict-unknown-field", field=field)
    process = column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
    setattr(row, field, process(stored) if process is not None and stored is not None else stored)
