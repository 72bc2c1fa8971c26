"""Whole rows of headquarters into the file: new ones column by column, known ones by what each holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from models.entities.many_rows import insert_columns
from models.entities.synced import is_note
from sync.client.applied import NOTHING, Applied
from sync.client.columns import LocalTable, local_tables
from sync.client.digests import Tally
from sync.client.local import SKIPPED, Plain, Row, ids_as_json
from sync.client.outbox import Key, Waits
from sync.protocol import ROW_HEAD, TableRows

_HEAD = len(ROW_HEAD)
_SORTED = msgspec.json.Encoder(order="sorted")

Arrange = Callable[[Sequence[Any]], tuple[str | None, list[Any]]]


def take_rows(
    plain: Plain,
    rows: TableRows,
    waiting: Mapping[Key, Waits],
    site_id: str,
    applied: Applied,
    *,
    tally: Tally | None = None,
) -> None:
    """Take whole rows; ``waiting`` are those of them with edits of our own that are still to go up.
    ``tally`` keeps the sums along; without it the caller counts them."""
    table = local_tables().get(rows.table)
    if table is None:
        skip_table(plain, rows.table)
        return
    came = {row[0]: row for row in rows.rows}
    known = _known(plain, table, list(came))
    fresh = [row for row in came.values() if row[0] not in known] if known else list(came.values())
    applied.highest = max(applied.highest, _highest_stamp(rows.rows))
    taking = _Taking(plain, table, rows.columns, waiting, site_id, applied, tally)
    taking.insert(fresh)
    if known:
        taking.merge([came[row_id] for row_id in known], known)


def _highest_stamp(rows: Sequence[Sequence[Any]]) -> int:
    found: int = max((row[1] for row in rows), default=0)
    edited = [at for row in rows if row[2] for at in row[2].values()]
    return max(found, max(edited, default=0))


def skip_table(plain: Plain, name: str) -> None:
    """A table of a newer version: remembered, and asked for again after an upgrade."""
    skipped = plain.fact(SKIPPED, [])
    if name not in skipped:
        plain.keep(SKIPPED, [*skipped, name])


def _known(plain: Plain, table: LocalTable, ids: Sequence[str]) -> dict[str, Row]:
    """The rows of these ids that are in the file. Ids grow with time, so of a first fill none is."""
    last = plain.one(f"SELECT max(id) FROM {table.name}")  # noqa: S608
    if not ids or last is None or last[0] is None or last[0] < min(ids):
        return {}
    return {row[0]: row for row in plain.all(table.select_whole, (ids_as_json(ids),))}


@dataclass
class _Taking:
    """Rows of one table on their way into the file."""

    plain: Plain
    table: LocalTable
    names: Sequence[str]
    """Of the columns that came."""
    waiting: Mapping[Key, Waits]
    site_id: str
    applied: Applied
    tally: Tally | None

    def insert(self, rows: Sequence[Sequence[Any]]) -> None:
        """Rows that are not there yet: none is looked at alone, and an empty column is not written."""
        name = self.table.name
        if self.waiting:
            rows = [row for row in rows if not self.waiting.get((name, row[0]), NOTHING).is_whole]
        if not rows:
            return
        columns = list(zip(*rows, strict=True))
        ids, stamps, fields, deleted = columns[:4]
        packed: Sequence[str | None] = fields
        if fields.count(None) < len(fields):
            packed = [packed_stamps(own or {}, stamp) for own, stamp in zip(fields, stamps, strict=True)]
        extra, values = _arranged(self.table, self.names, rows, columns)
        written: dict[str, Sequence[Any]] = {"id": ids, "stamp": stamps, "field_stamps": packed}
        written |= {"deleted": deleted, "extra": extra, **values}
        insert_columns(self.plain.run, name, written, {"site_id": self.site_id}, len(rows))
        self.applied.touch(name, ids)
        if self.tally is not None:
            self.tally.add_new(name, ids, stamps, fields, deleted)

    def merge(self, rows: Sequence[Sequence[Any]], known: Mapping[str, Row]) -> None:
        """Rows that are there."""
        name = self.table.name
        arrange = _arranger(self.table, self.names)
        ready: list[tuple[Any, ...]] = []
        for row in rows:
            mine = known[row[0]]
            own = self.waiting.get((name, row[0]), NOTHING)
            written = None if own.is_whole else self._merged(arrange, row, mine, own)
            if written is not None:
                ready.append(written)
            if self.tally is not None:
                self.tally.take_out(name, mine[:4])
                self.tally.put_in(name, mine[:4] if written is None else (written[0], *written[2:5]))
        if ready:
            self.plain.many(self.table.upsert, ready)
            self.applied.touch(name, [row[0] for row in ready])

    def _merged(self, arrange: Arrange, row: Sequence[Any], mine: Row, own: Waits) -> tuple[Any, ...] | None:
        """The row to write, in the order of `LocalTable.upsert`; None when ours says the same. (Whichever
        of our own is still to go up whole is left: headquarters sends the merged one afterwards.)"""
        stamps: dict[str, int] = row[2] or {}
        extra, values = arrange(row)
        deleted = row[3]
        if own.fields:
            stamps, deleted, values = _with_own_edits(self.table, row, mine, own.fields, values)
        packed = packed_stamps(stamps, row[1])
        if (mine[1], _canonical(mine[2], mine[1]), mine[3]) == (row[1], packed, deleted):
            return None
        return (row[0], self.site_id, row[1], packed, deleted, extra, *values)


def _arranged(
    table: LocalTable, names: Sequence[str], rows: Sequence[Sequence[Any]], columns: Sequence[Sequence[Any]]
) -> tuple[Sequence[str | None], dict[str, Sequence[Any]]]:
    """(``extra``, values by column) of new rows; see `_arranger`."""
    is_lacking = not set(table.columns) <= set(names) and any(columns[4])
    if is_lacking or not set(names) <= set(table.columns):
        arrange = _arranger(table, names)
        arranged = [arrange(row) for row in rows]
        turned = zip(*(values for _, values in arranged), strict=True)
        return [extra for extra, _ in arranged], dict(zip(table.columns, turned, strict=True))
    came = dict(zip(names, columns[_HEAD:], strict=True))
    values: dict[str, Sequence[Any]] = {}
    for name in table.columns:
        column, filler = came.get(name), table.fillers.get(name)
        if column is None:
            if filler is not None:
                values[name] = (filler,) * len(rows)
        elif filler is not None and None in column:
            values[name] = [filler if value is None else value for value in column]
        else:
            values[name] = column
    return columns[4], values


def _with_own_edits(
    table: LocalTable, row: Sequence[Any], mine: Row, fields: Mapping[str, int], values: Sequence[Any]
) -> tuple[dict[str, int], int | None, list[Any]]:
    """Headquarters' row with our fields that still wait: (stamps, deleted, values)."""
    own: dict[str, int] = json.loads(mine[2]) if mine[2] else {}
    stamps = dict(row[2] or {})
    merged = list(values)
    deleted = row[3]
    for name in fields:
        if is_note(name):
            continue
        stamps[name] = own.get(name, mine[1])
        if name == "deleted":
            deleted = mine[3]
        elif name in table.columns:
            merged[table.columns.index(name)] = mine[_HEAD + table.columns.index(name)]
    return stamps, deleted, merged


def _arranger(table: LocalTable, columns: Sequence[str]) -> Arrange:
    """How headquarters' row becomes ours: (extra, values). What this program does not know goes into
    ``extra``, and what an older headquarters kept there comes out of it; what it has no value for and the
    file must have gets its filler."""
    place = {name: at + _HEAD for at, name in enumerate(columns)}
    order = [(name, place.get(name), table.fillers.get(name)) for name in table.columns]
    lacking = [name for name in table.columns if name not in place]
    unknown = [(name, at) for name, at in place.items() if name not in table.columns]

    def arrange(row: Sequence[Any]) -> tuple[str | None, list[Any]]:
        extra, found = _taken_out(row[4], lacking)
        new = {name: row[at] for name, at in unknown if row[at] is not None}
        if new:
            extra = extended(extra, new)
        came = [(found.get(name) if at is None else row[at], filler) for name, at, filler in order]
        return extra, [filler if value is None else value for value, filler in came]

    return arrange


def _taken_out(packed: str | None, names: Sequence[str]) -> tuple[str | None, Mapping[str, Any]]:
    """``extra`` without the fields of these names, and they."""
    if not packed or not names:
        return packed, {}
    extra: dict[str, Any] = json.loads(packed)
    found = {name: extra.pop(name) for name in names if name in extra}
    if not found:
        return packed, found
    return (extended(None, extra) if extra else None), found


def extended(packed: str | None, fields: Mapping[str, Any]) -> str:
    """``extra`` with more fields in it."""
    whole = {**(json.loads(packed) if packed else {}), **fields}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def packed_stamps(stamps: Mapping[str, int], stamp: int) -> str | None:
    """``field_stamps`` as it is kept: only fields with a stamp of their own."""
    own = {name: at for name, at in stamps.items() if at != stamp}
    return _SORTED.encode(own).decode() if own else None


def _canonical(packed: str | None, stamp: int) -> str | None:
    return packed_stamps(json.loads(packed), stamp) if packed else None
