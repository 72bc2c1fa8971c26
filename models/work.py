"""What a service is given: the session of one transaction, who acts, when, and under which parameters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, TypeVar, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from models.entities.local import LocalState
from models.entities.many_rows import insert_rows
from models.entities.operation_log import OperationLog
from models.entities.synced import META_FIELDS, WAS_DELETED, Synced, WriteContext, seen_in_row
from models.entities.types import to_json
from models.errors import DomainError
from models.parameters import Parameters
from models.rules.rights import Right

S = TypeVar("S", bound=Synced)
BULK_CHUNK = 500
"""Row ids asked for in one statement."""


@dataclass(frozen=True)
class Actor:
    """Who does it. The system itself (timers, sync) has no ``staff_id`` and every right."""

    staff_id: str | None
    staff_no: str
    name: str
    rights: frozenset[Right]
    group: str = ""
    """Code of the permission group; ``group_name`` is what people call it."""
    group_name: str = ""

    def may(self, right: Right) -> bool:
        return right in self.rights


SYSTEM = Actor(staff_id=None, staff_no="", name="系统", rights=frozenset(Right))


@dataclass(frozen=True)
class Identity:
    """Who this desk is. ``desk_no`` (0–511) goes into stamps, ``desk_letter`` into ticket numbers.

    ``nonce`` is made new with each installation: a file that was copied or restored shows itself by it.
    """

    site_id: str
    desk_no: int
    desk_letter: str
    nonce: str


@dataclass
class Work:
    """One unit of work: a service reads and writes through it and never commits."""

    session: Session
    actor: Actor
    now: datetime
    identity: Identity
    parameters: Parameters
    context: WriteContext

    @property
    def site_id(self) -> str:
        return self.identity.site_id

    @property
    def desk_letter(self) -> str:
        return self.identity.desk_letter

    def require(self, right: Right) -> None:
        """Raise ``DomainError("right-missing")`` unless the actor has the right."""
        if not self.actor.may(right):
            raise DomainError("right-missing", right=right.value)

    def get(self, kind: type[S], row_id: str) -> S:
        """The living row; raises ``DomainError("row-gone")`` when there is none."""
        row = self.session.get(kind, row_id)
        if row is None or row.deleted is not None:
            raise DomainError("row-gone", table=kind.__table__.name, id=row_id)  # type: ignore[attr-defined]
        return row

    def add(self, row: S) -> S:
        self.session.add(row)
        self.session.flush()
        return row

    def delete(self, row: Synced) -> None:
        """Mark it deleted; the hook puts the true stamp in."""
        row.deleted = 1
        self.session.flush()

    def delete_with(self, row: Synced, parts: Iterable[Synced]) -> None:
        """Mark a row and its parts deleted, under one stamp: where somebody's unseen edit brings the row
        back, headquarters brings back with it what went by the same stamp."""
        for one in (*parts, row):
            one.deleted = 1
        self.session.flush()

    def touch(self, table: str, row_ids: Iterable[str]) -> None:
        """Say that rows changed by a way the hook does not see (a pull): screens and search follow."""
        self.context.touched[table].update(row_ids)

    def log(
        self,
        operation: str,
        *,
        table: str | None = None,
        row_id: str | None = None,
        label: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Write the operation log for what is no change of a row: a reveal, an export, an import."""
        self.add(
            OperationLog(
                at=self.now,
                staff_id=self.actor.staff_id,
                staff_name=self.actor.name,
                desk=self.desk_letter,
                operation=operation,
                table_name=table,
                row_id=row_id,
                row_label=label,
                changes=dict(details) if details else None,
            )
        )

    # -- local facts -----------------------------------------------------------------------------

    def local(self, key: str, default: Any = None) -> Any:
        row = self.session.get(LocalState, key)
        return default if row is None else row.value

    def set_local(self, key: str, value: Any) -> None:
        row = self.session.get(LocalState, key)
        if row is None:
            self.session.add(LocalState(key=key, value=value))
        else:
            row.value = value
        self.session.flush()

    # -- the bulk door ---------------------------------------------------------------------------

    def bulk_insert(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Insert many new rows of one synced table past the ORM, stamped and queued.

        Each row is {column: Python value} with its ``id``; stamp, site and outbox are added here. The
        operation log gets nothing: the caller logs the whole (`log`).
        """
        if not rows:
            return
        stamp = self.context.next_stamp()
        _insert_plain(self.session, table, rows, {"site_id": self.site_id, "stamp": stamp})
        self._queue(table, [(row["id"], None) for row in rows])

    def bulk_update(self, table: Table, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Update many rows of one synced table past the ORM: {row id: {column: new Python value}}.

        Unchanged values must be left out by the caller: every named field counts as edited.
        """
        stamp = self.context.next_stamp()
        ids = list(changes)
        stamps: dict[str, tuple[int, dict[str, int], int]] = {}
        for start in range(0, len(ids), BULK_CHUNK):
            chosen = select(table.c.id, table.c.stamp, table.c.field_stamps, table.c.deleted).where(
                table.c.id.in_(ids[start : start + BULK_CHUNK])
            )
            for row in self.session.execute(chosen):
                stamps[row[0]] = (row[1], json.loads(row[2]) if row[2] else {}, row[3] or 0)
        by_fields: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        queued: list[tuple[str, str | None]] = []
        for row_id, fields in changes.items():
            names = tuple(sorted(fields))
            if not names or set(names) & (META_FIELDS - {"deleted"}):
                raise ValueError(f"no fields to write, or bookkeeping fields: {names}")
            created, edited, was_deleted = stamps[row_id]
            replaced = {name: edited.get(name, created) for name in names}
            if "deleted" in fields:
                replaced |= {**seen_in_row(created, edited.values()), WAS_DELETED: was_deleted}
            values = {f"v_{name}": value for name, value in fields.items()}
            if fields.get("deleted") is not None:
                values["v_deleted"] = stamp
            by_fields.setdefault(names, []).append(
                {"b_id": row_id, "b_stamps": to_json(edited | dict.fromkeys(names, stamp)), **values}
            )
            queued.append((row_id, to_json(replaced)))
        for names, rows in by_fields.items():
            statement = (
                update(table)
                .where(table.c.id == bindparam("b_id"))
                .values(
                    field_stamps=bindparam("b_stamps"), **{name: bindparam(f"v_{name}") for name in names}
                )
            )
            self.session.connection().execute(statement, rows)
        self._queue(table, queued)

    def queue_whole(self, table: Table, row_ids: Iterable[str]) -> None:
        """Send rows whole once more, unchanged: headquarters merges what it has of them already."""
        self._queue(table, [(row_id, None) for row_id in row_ids])

    def _queue(self, table: Table, entries: Sequence[tuple[str, str | None]]) -> None:
        queue = self.session.info.setdefault("queued", [])
        queue.extend(
            {"table_name": table.name, "row_id": row_id, "fields": fields} for row_id, fields in entries
        )
        self.touch(table.name, (row_id for row_id, _ in entries))


def _is_worth_saying(table: Table, name: str, rows: Sequence[dict[str, Any]]) -> bool:
    """Whether a row has a value there; a column of an archive is often empty throughout."""
    has_default = table.c[name].server_default is not None
    return has_default or any(row[name] is not None for row in rows)


def _insert_plain(
    session: Session, table: Table, rows: Sequence[dict[str, Any]], fixed: Mapping[str, Any]
) -> None:
    """Tuples, many to a statement, for Core's dictionaries cost thrice. All rows name the same columns."""
    given = [name for name in rows[0] if _is_worth_saying(table, name, rows)]
    constants = {
        column.name: cast("Any", column.default).arg
        for column in table.c
        if column.default is not None and column.default.is_scalar and column.name not in rows[0]
    } | dict(fixed)
    names = [*given, *constants]
    connection = session.connection()
    found = [table.c[name].type.bind_processor(connection.dialect) for name in given]
    processors = [(at, process) for at, process in enumerate(found) if process is not None]
    tail = [*constants.values()]
    values: list[tuple[Any, ...]] = []
    cells_of = itemgetter(*given) if len(given) > 1 else lambda row: (row[given[0]],)
    for row in rows:
        cells = [*cells_of(row)]
        for at, process in processors:
            if cells[at] is not None:
                cells[at] = process(cells[at])
        values.append((*cells, *tail))
    columns = ", ".join(f'"{name}"' for name in names)
    insert_rows(connection, f'INSERT INTO "{table.name}" ({columns})', values)
