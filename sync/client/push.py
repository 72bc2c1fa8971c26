"""Packing the outbox into a batch: whole new rows as they lie in the file, and edited fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from models.entities.synced import SEEN
from sync import protocol
from sync.client import outbox
from sync.client.columns import LocalTable, local_tables
from sync.client.local import Plain, Row, ids_as_json
from sync.client.outbox import STAMPS, Key, Waiting, Waits
from sync.protocol import ROW_HEAD, Batch, Patch, TableRows

MAX_BATCH = 12 * 1024 * 1024
"""Bytes of a batch before compression; a larger one is made of fewer entries."""


@dataclass(frozen=True)
class Outgoing:
    """A batch ready to go: outbox entries up to ``upto``, as bytes and their hash."""

    upto: int
    body: bytes
    name: str
    waits: dict[Key, Waits]
    """What the entries say of which rows."""
    batch: Batch
    edited: dict[Key, Row]
    """Rows of which edits go, ``(id, stamp, field_stamps, deleted)`` as they lie in the file."""

    @property
    def keys(self) -> Collection[Key]:
        return self.waits.keys()


def pack(plain: Plain, limit: int) -> Outgoing | None:
    """The front of the outbox as a batch; None when nothing waits. Must run on one snapshot."""
    while True:
        waiting = outbox.oldest(plain, limit)
        if not waiting.rows:
            return None
        batch, edited = _batch(plain, _with_later_edits(plain, waiting))
        body = protocol.encode(batch)
        if len(body) <= MAX_BATCH or limit <= 1:
            name = protocol.batch_hash(body)
            return Outgoing(waiting.upto, body, name, waiting.rows, batch, edited)
        limit //= 2


def _with_later_edits(plain: Plain, waiting: Waiting) -> dict[Key, Waits]:
    """A whole row goes up as it is now, so what its edits replaced must go with it, also of those further
    back in the outbox: else nobody could tell that they were concurrent. Likewise of a row that was brought
    back and deleted again: what somebody had seen who deleted it stands with the deletion."""
    wanted: dict[str, list[str]] = {}
    for (name, row_id), waits in waiting.rows.items():
        is_vague = "deleted" in waits.fields and not any(field.startswith(SEEN) for field in waits.fields)
        if waits.is_whole or is_vague:
            wanted.setdefault(name, []).append(row_id)
    if not wanted or outbox.newest(plain) <= waiting.upto:
        return waiting.rows
    return {**waiting.rows, **outbox.of_rows(plain, wanted)}


def _batch(plain: Plain, waiting: dict[Key, Waits]) -> tuple[Batch, dict[Key, Row]]:
    by_table: dict[str, dict[str, Waits]] = {}
    for (name, row_id), waits in waiting.items():
        by_table.setdefault(name, {})[row_id] = waits
    rows: list[TableRows] = []
    patches: list[Patch] = []
    edited: dict[Key, Row] = {}
    for name, table in local_tables().items():
        wanted = by_table.get(name)
        if not wanted:
            continue
        columns = _columns_of(table, wanted.values())
        places = {name: at for at, name in enumerate(columns, len(ROW_HEAD))}
        whole = []
        for row in plain.all(table.select_some(columns), (ids_as_json(wanted),)):
            waits = wanted[row[0]]
            if waits.is_whole:
                whole.append(row if row[2] is None else _with_stamps(row))
            else:
                edited[name, row[0]] = row[:4]
            patch = _patch(table, row, waits.fields, places) if waits.fields else None
            if patch is not None:
                patches.append(patch)
        if whole:
            rows.append(TableRows(name, list(table.columns), whole))  # type: ignore[arg-type]
    return Batch(rows, patches), edited


def _columns_of(table: LocalTable, waiting: Collection[Waits]) -> tuple[str, ...]:
    """What is read of its rows: all columns where one of them goes whole, else those that were edited."""
    if any(waits.is_whole for waits in waiting):
        return table.columns
    edited = set().union(*(waits.fields for waits in waiting))
    return tuple(name for name in table.columns if name in edited)


def _with_stamps(row: Row) -> list[Any]:
    return [*row[:2], STAMPS.decode(row[2]), *row[3:]]


def _patch(table: LocalTable, row: Row, fields: dict[str, int], places: Mapping[str, int]) -> Patch | None:
    """The edited fields with their stamps; fields that this program no longer has are left out."""
    stamps = STAMPS.decode(row[2]) if row[2] else {}
    values: dict[str, Any] = {}
    for name in fields:
        if name == "deleted":
            values[name] = row[3]
        elif name in places:
            values[name] = row[places[name]]
    if not values:
        return None
    current = {name: stamps[name] if name in stamps else int(row[1]) for name in values}
    replaced = {name: fields[name] for name in values}
    if "deleted" in values:
        replaced |= {name: at for name, at in fields.items() if name.startswith(SEEN)}
    return Patch(table.name, row[0], values, current, replaced)
