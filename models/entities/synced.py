"""What makes a row travel: its identity, its stamps, and the hook that records every change of it.

The hook runs inside each ORM flush, so no service can forget it: it stamps what changed, queues it in
the outbox and writes the operation log, all in the transaction of the change. Bulk writes have a door
of their own in `models.work`, and triggers (`models.entities.triggers`) refuse a write that came
through neither.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, ClassVar, Protocol

import uuid_utils
from sqlalchemy import BigInteger, MetaData, String, Table, Text, event, inspect
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from models.entities.many_rows import insert_for_ids, insert_rows
from models.entities.types import Area, Day, Fen, Id, Instant, to_json, to_milliseconds


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {str: Text()}


def new_id() -> str:
    """A UUIDv7 as 32 hexadecimal digits: ids made later sort later."""
    return uuid_utils.uuid7().hex


META_FIELDS = frozenset({"id", "site_id", "stamp", "field_stamps", "extra", "deleted"})
"""Columns of every synced table that carry no value of the trade."""
WAS_DELETED = "deleted?"
"""In the outbox's ``fields`` beside ``deleted``, which has the highest stamp its author saw: the stamp of the
deletion that stood before the change, 0 for none."""
SEEN = "deleted@"
"""Likewise, with a desk's number and a question mark behind it (``deleted@3?``): that desk's highest stamp in
the row. What ends with a question mark is no field."""
DESK_MASK = (1 << 9) - 1
"""The part of a stamp that is its desk's number (`sync.clock`)."""


def seen_in_row(created: int, stamps: Iterable[int]) -> dict[str, int]:
    """What the outbox says of a deletion: what its author saw in the row, on the whole and desk by desk. A
    higher stamp of one desk says nothing of what another one has written."""
    every = {created, *stamps}
    found = {"deleted": max(every)}
    for stamp in sorted(every):
        found[f"{SEEN}{stamp & DESK_MASK}?"] = stamp
    return found


def is_note(name: str) -> bool:
    """Whether an entry of the outbox's ``fields`` is no field."""
    return name.endswith("?")


class Synced:
    """Mixed into every entity that headquarters and the other desks must see.

    ``stamp`` is the hybrid logical clock of the creating write and covers every field that has no entry
    of its own in ``field_stamps`` (JSON ``{field: stamp}``, NULL for most rows). ``extra`` (JSON) keeps
    fields that a newer version sent and this one does not know. ``deleted`` is the stamp of the deletion.
    """

    is_logged: ClassVar[bool] = True
    """Whether a change writes the operation log; histories are their own log."""

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id, sort_order=-6)
    site_id: Mapped[str] = mapped_column(String(32), sort_order=-5)
    stamp: Mapped[int] = mapped_column(BigInteger(), sort_order=-4)
    field_stamps: Mapped[str | None] = mapped_column(Text(), sort_order=-3)
    extra: Mapped[str | None] = mapped_column(Text(), sort_order=-2)
    deleted: Mapped[int | None] = mapped_column(BigInteger(), sort_order=-1)

    def described(self) -> str:
        """How the operation log names the row to a reader."""
        return str(getattr(self, "name", None) or getattr(self, "number", None) or self.id)


class StampSource(Protocol):
    """Gives stamps that only grow (`sync.clock.Clock`)."""

    def next(self) -> int: ...

    def observe(self, stamp: int) -> None:
        """Every later stamp is higher than this one, which came from elsewhere."""

    def follow(self, last: int) -> None:
        """The same of the last stamp kept with the file, perhaps by another process."""


@dataclass
class WriteContext:
    """What the hook needs to know of the transaction it runs in (``session.info["context"]``)."""

    stamps: StampSource
    site_id: str
    desk_letter: str
    staff_id: str | None
    staff_name: str
    operation: str
    now: datetime
    touched: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    created: set[tuple[str, str]] = field(default_factory=set)
    last_stamp: int = 0

    def next_stamp(self) -> int:
        self.last_stamp = self.stamps.next()
        return self.last_stamp


def is_synced(table: Table) -> bool:
    return "field_stamps" in table.c


def synced_tables() -> list[Table]:
    """Every synced table, parents before children."""
    return [table for table in Base.metadata.sorted_tables if is_synced(table)]


def install_flush_hook(session: Session) -> None:
    event.listen(session, "before_flush", _record_changes)


def _record_changes(session: Session, _flush: object, _instances: object) -> None:
    context: WriteContext | None = session.info.get("context")
    if context is None:
        raise RuntimeError("a read session was written to")
    for entity in session.deleted:
        if isinstance(entity, Synced):
            raise RuntimeError(f"{type(entity).__name__} is synced: mark it with work.delete")
    new = [entity for entity in session.new if isinstance(entity, Synced)]
    dirty = [entity for entity in session.dirty if isinstance(entity, Synced) and session.is_modified(entity)]
    if not new and not dirty:
        return  # local facts only: they need no stamp, and leave the last one as it is
    stamp = context.next_stamp()
    queued: list[dict[str, object]] = []
    for entity in new:
        queued += [_stamp_new(session, context, entity, stamp)]
    for entity in dirty:
        queued.extend(_stamp_changed(session, context, entity, stamp))
    if queued:
        session.info.setdefault("queued", []).extend(queued)


def flush_queue(session: Session) -> None:
    """Write what the hook queued; called once, before commit."""
    queued: list[dict[str, object]] = session.info.pop("queued", [])
    connection = session.connection()
    for (table, is_whole), entries in groupby(queued, lambda each: (each["table_name"], not each["fields"])):
        if is_whole:
            ids = [str(entry["row_id"]) for entry in entries]
            insert_for_ids(connection, "INSERT INTO outbox (table_name, row_id)", "?, value", ids, (table,))
        else:
            rows = [(table, entry["row_id"], entry["fields"]) for entry in entries]
            insert_rows(connection, "INSERT INTO outbox (table_name, row_id, fields)", rows)


def _stamp_new(session: Session, context: WriteContext, entity: Synced, stamp: int) -> dict[str, object]:
    if not entity.id:
        entity.id = new_id()
    entity.site_id = entity.site_id or context.site_id
    entity.stamp = stamp
    table = _table_name(entity)
    context.created.add((table, entity.id))
    context.touched[table].add(entity.id)
    if entity.is_logged:
        _log(session, context, entity, {})
    return {"table_name": table, "row_id": entity.id, "fields": None}


def _stamp_changed(
    session: Session, context: WriteContext, entity: Synced, stamp: int
) -> list[dict[str, object]]:
    changes = _changed_fields(entity)
    if not changes:
        return []
    table = _table_name(entity)
    context.touched[table].add(entity.id)
    if (table, entity.id) in context.created:
        entity.stamp = stamp
        return []
    stamps: dict[str, int] = json.loads(entity.field_stamps) if entity.field_stamps else {}
    replaced = {name: stamps.get(name, entity.stamp) for name in changes}
    if "deleted" in changes:
        replaced[WAS_DELETED] = int(str(changes["deleted"][0] or 0))
        if entity.deleted is not None:
            replaced |= seen_in_row(entity.stamp, stamps.values())
            entity.deleted = stamp
            changes["deleted"] = (None, stamp)
    stamps.update(dict.fromkeys(changes, stamp))
    entity.field_stamps = to_json(stamps)
    if entity.is_logged:
        _log(session, context, entity, changes)
    return [{"table_name": table, "row_id": entity.id, "fields": to_json(replaced)}]


def _changed_fields(entity: Synced) -> dict[str, tuple[object, object]]:
    """Field → (old, new) of what this flush will change."""
    state = inspect(entity)
    changes: dict[str, tuple[object, object]] = {}
    for attribute in state.mapper.column_attrs:
        name = attribute.key
        if name in META_FIELDS and name != "deleted":
            continue
        history = state.attrs[name].history
        if history.has_changes():
            old = history.deleted[0] if history.deleted else None
            new = history.added[0] if history.added else None
            if old != new:
                changes[name] = (old, new)
    return changes


def _log(
    session: Session, context: WriteContext, entity: Synced, changes: dict[str, tuple[object, object]]
) -> None:
    from models.entities.operation_log import OperationLog

    columns = inspect(type(entity)).columns
    shown = {
        name: ["***", "***"] if columns[name].info.get("sensitive") else [_plain(old), _plain(new)]
        for name, (old, new) in changes.items()
    }
    entry = OperationLog(
        id=new_id(),
        site_id=context.site_id,
        stamp=context.last_stamp,
        at=context.now,
        staff_id=context.staff_id,
        staff_name=context.staff_name,
        desk=context.desk_letter,
        operation=context.operation,
        table_name=_table_name(entity),
        row_id=entity.id,
        row_label=entity.described()[:60],
        changes=shown or None,
    )
    session.add(entry)
    context.touched["operation_log"].add(entry.id)
    session.info.setdefault("queued", []).append(
        {"table_name": "operation_log", "row_id": entry.id, "fields": None}
    )


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return to_milliseconds(value)
    return value if isinstance(value, (int, str, list, dict, type(None))) else str(value)


def _table_name(entity: Synced) -> str:
    return str(inspect(type(entity)).local_table.name)


__all__ = ["Area", "Base", "Day", "Fen", "Id", "Instant", "Synced", "new_id"]
