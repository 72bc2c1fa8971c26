"""Every row of a site, read in one snapshot of the database and written as the parts of a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from sync.protocol import ROW_HEAD
from sync.server.tables import SITE_TABLES, SiteTable
from sync.snapshots import Block, Part, name_of, pack

BLOCK_ROWS = 1_000
"""A desk loads a block in one transaction: so many tickets keep a clerk's saving waiting 0.1 s."""
BLOCK_PLAIN = 2 * 1024 * 1024
"""Bytes of a block's rows before they are packed, at most, unless one row has more."""
PART_PLAIN = 6 * 1024 * 1024
"""The same of a part: tickets come out at less than 1 MB."""
PART_NAME = "{:04d}"
_AT_ONCE = frozenset({"site", "permission_group", "department", "staff", "parameter", "category"})
_HANDFUL = 200
_STAMPS = ROW_HEAD.index("field_stamps")
_ENTRIES = msgspec.json.Decoder(dict[str, list[Any]])

Row = tuple[Any, ...]


class StoppedError(Exception):
    """Headquarters ends."""


@dataclass
class Written:
    """The parts that were written, how many rows they hold, and the highest stamp among them."""

    folder: Path
    parts: list[Part] = field(default_factory=list)
    rows: int = 0
    highest: int = 0
    _blocks: list[msgspec.Raw] = field(default_factory=list)
    _plain: int = 0
    _rows: int = 0

    def add(self, table: str, rows: Sequence[Row], names: Sequence[str]) -> None:
        columns = {
            name: list(values)
            for name, values in zip(names, zip(*rows, strict=True), strict=True)
            if any(value is not None for value in values)
        }
        block = msgspec.msgpack.encode(Block(table, len(rows), columns))
        self._blocks.append(msgspec.Raw(block))
        self._plain += len(block)
        self._rows += len(rows)
        if self._plain >= PART_PLAIN:
            self.close_part()

    def close_part(self) -> None:
        if not self._blocks:
            return
        body = pack(self._blocks)
        (self.folder / PART_NAME.format(len(self.parts))).write_bytes(body)
        self.parts.append(Part(name_of(body), len(body), self._rows))
        self.rows += self._rows
        self._blocks, self._plain, self._rows = [], 0, 0


def write(connection: Connection, site_id: str, folder: Path, give_way: Callable[[], None]) -> Written:
    """Write all rows of a site by id: first what somebody needs to sign in, histories at the end. Must run in
    one snapshot.

    ``give_way`` is called every few hundred rows.
    """
    written = Written(folder)
    for table in sorted(SITE_TABLES.values(), key=_place):
        names = (*ROW_HEAD, *table.columns)
        block: list[Row] = []
        plain = 0
        for rows, size in _handfuls(connection, table, site_id, written, give_way):
            if block and (len(block) >= BLOCK_ROWS or plain + size > BLOCK_PLAIN):
                written.add(table.name, block, names)
                block, plain = [], 0
            block += rows
            plain += size
        if block:
            written.add(table.name, block, names)
    written.close_part()
    return written


def _place(table: SiteTable) -> int:
    return 0 if table.name in _AT_ONCE else 2 if table.is_history else 1


def _handfuls(
    connection: Connection, table: SiteTable, site_id: str, written: Written, give_way: Callable[[], None]
) -> Iterator[tuple[list[Row], int]]:
    """Rows as a desk keeps them, some at a time, with the bytes they take."""
    target = table.table
    chosen = (
        select(*(target.c[name] for name in (*ROW_HEAD, *table.columns)))
        .where(target.c.site_id == site_id)
        .order_by(target.c.id)
    )
    found = connection.execute(chosen, execution_options={"stream_results": True, "max_row_buffer": _HANDFUL})
    for rows in found.partitions(_HANDFUL):
        give_way()
        yield from _pieces([_as_kept(tuple(row), written) for row in rows])


def _pieces(rows: list[Row]) -> Iterator[tuple[list[Row], int]]:
    """Whole when they are of usual size; long texts are divided until they fit."""
    size = len(msgspec.msgpack.encode(rows))
    if size <= BLOCK_PLAIN or len(rows) == 1:
        yield rows, size
    else:
        half = len(rows) // 2
        yield from _pieces(rows[:half])
        yield from _pieces(rows[half:])


def _as_kept(row: Row, written: Written) -> Row:
    """A row with ``field_stamps`` as in a desk's file, instead of headquarters' entries."""
    stamp, packed = row[1], row[_STAMPS]
    written.highest = max(written.highest, stamp)
    if packed is None:
        return row
    stamps = {name: entry[0] for name, entry in sorted(_ENTRIES.decode(packed).items())}
    written.highest = max(written.highest, *stamps.values(), 0)
    own = {name: at for name, at in stamps.items() if at != stamp}
    kept = msgspec.json.encode(own).decode() if own else None
    return (*row[:_STAMPS], kept, *row[_STAMPS + 1 :])
