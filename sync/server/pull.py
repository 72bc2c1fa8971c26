"""Giving a desk what it has not seen: rows of its site with a number above its cursor, newest state once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select

from sync.digest import TableDigest, row_hash
from sync.protocol import ROW_HEAD, CompareReply, CompareRequest, Patch, TableRows
from sync.server import rows as wire
from sync.server.tables import SITE_TABLES, SiteTable, hq_site, hq_table

_CHUNK = 500
MAX_COMPARED = 50_000
"""Rows named in one comparison; what is left differs again the next time."""


@dataclass
class Pulled:
    """Changes up to ``cursor``; ``is_more`` when the site has newer ones."""

    cursor: int
    is_more: bool = False
    rows: list[TableRows] = field(default_factory=list)
    patches: list[Patch] = field(default_factory=list)


@dataclass(frozen=True)
class Reader:
    """The desk that asks, how far it has read, and where it last was at the end."""

    site_id: str
    desk_no: int
    cursor: int
    since: int


@dataclass(frozen=True)
class SiteState:
    """Where a site stands: its newest number and the digest over all its rows."""

    seq: int
    digest: int


def site_state(connection: Connection, site_id: str) -> SiteState:
    row = connection.execute(
        select(hq_site.c.seq, hq_site.c.digest).where(hq_site.c.site_id == site_id)
    ).one()
    return SiteState(row[0], row[1] & ((1 << 64) - 1))


def changes_after(connection: Connection, reader: Reader, limit: int, newest: int) -> Pulled:
    """At most about ``limit`` rows after the reader's cursor, in the order of the site's sequence, of which
    ``newest`` is the last number given.

    Must run in one snapshot. Rows the desk itself wrote last, and knows whole, are left out.
    """
    site_id, cursor = reader.site_id, reader.cursor
    if newest <= cursor:
        return Pulled(cursor)
    names = connection.execute(
        select(hq_table.c.table_name).where(hq_table.c.site_id == site_id, hq_table.c.last_seq > cursor)
    ).scalars()
    tables = [SITE_TABLES[name] for name in sorted(names) if name in SITE_TABLES]
    counts: dict[str, list[int]] = {}
    for table in tables:
        target = table.table
        numbers = select(target.c.seq).where(_fresh(table, reader)).order_by(target.c.seq).limit(limit + 1)
        counts[table.name] = list(connection.execute(numbers).scalars())
    everything = sorted(seq for found in counts.values() for seq in found)
    is_more = len(everything) > limit
    upto = everything[limit - 1] if is_more else newest
    pulled = Pulled(upto, is_more)
    for table in tables:
        if counts[table.name] and counts[table.name][0] <= upto:
            _collect(connection, table, reader, pulled)
    return pulled


def _fresh(table: SiteTable, reader: Reader) -> ColumnElement[bool]:
    target = table.table
    is_newer = (target.c.site_id == reader.site_id) & (target.c.seq > reader.cursor)
    return is_newer & (target.c.source_desk != reader.desk_no)


def _collect(connection: Connection, table: SiteTable, reader: Reader, pulled: Pulled) -> None:
    target = table.table
    chosen = (
        select(*_wire_columns(table))
        .where(_fresh(table, reader), target.c.seq <= pulled.cursor)
        .order_by(target.c.seq)
    )
    whole: list[wire.Row] = []
    for row in connection.execute(chosen):
        if row[0] > reader.since:
            whole.append(_whole(row))
        else:
            patch = _newer_fields(table, row, reader.since)
            if patch is not None:
                pulled.patches.append(patch)
    if whole:
        pulled.rows.append(TableRows(table.name, list(table.columns), whole))


def _wire_columns(table: SiteTable) -> list[Any]:
    target = table.table
    names = ("created_seq", *ROW_HEAD, *table.columns)
    return [target.c[name] for name in names]


def _whole(row: Sequence[Any]) -> wire.Row:
    """``created_seq`` is cut off and the entries become {field: stamp}."""
    values = list(row[1:])
    if values[2]:
        values[2] = {name: entry[0] for name, entry in msgspec.json.decode(values[2]).items()}
    return values


def _newer_fields(table: SiteTable, row: Sequence[Any], since: int) -> Patch | None:
    entries: dict[str, list[int]] = msgspec.json.decode(row[3]) if row[3] else {}
    newer = {name: entry[0] for name, entry in entries.items() if entry[1] > since}
    if not newer:
        return None
    place = {name: at + 1 + len(ROW_HEAD) for at, name in enumerate(table.columns)}
    extra = json.loads(row[5]) if row[5] else {}
    values = {
        name: row[4] if name == "deleted" else row[place[name]] if name in place else extra.get(name)
        for name in newer
    }
    return Patch(table.name, row[1], values, newer)


def rows_by_id(
    connection: Connection, site_id: str, wanted: Sequence[tuple[str, str]]
) -> tuple[list[TableRows], list[tuple[str, str]]]:
    """Whole rows asked for by table and id, and which of them are not here."""
    by_table: dict[str, list[str]] = {}
    for name, row_id in wanted:
        by_table.setdefault(name, []).append(row_id)
    found: list[TableRows] = []
    missing: list[tuple[str, str]] = []
    for name, ids in by_table.items():
        table = SITE_TABLES.get(name)
        rows: list[wire.Row] = []
        for start in range(0, len(ids) if table else 0, _CHUNK):
            assert table is not None
            chosen = select(*_wire_columns(table)).where(
                table.table.c.site_id == site_id, table.table.c.id.in_(ids[start : start + _CHUNK])
            )
            rows.extend(_whole(row) for row in connection.execute(chosen))
        present = {row[0] for row in rows}
        missing.extend((name, row_id) for row_id in ids if row_id not in present)
        if table is not None and rows:
            found.append(TableRows(name, list(table.columns), rows))
    return found, missing


def compare(connection: Connection, site_id: str, request: CompareRequest) -> CompareReply:
    """Name the buckets in which a desk's sums differ from our own rows, and the rows we have in them."""
    buckets: dict[str, list[int]] = {}
    rows: dict[str, list[tuple[str, int]]] = {}
    left = MAX_COMPARED
    for name, packed in request.sums.items():
        table = SITE_TABLES.get(name)
        if table is None or len(packed) != len(TableDigest().packed()) or left <= 0:
            continue
        kept = connection.execute(
            select(hq_table.c.sums).where(hq_table.c.site_id == site_id, hq_table.c.table_name == name)
        ).scalar_one_or_none()
        differing = TableDigest(kept).differing(TableDigest(packed))
        if differing:
            found = _rows_in(connection, table, site_id, differing, left)
            left -= len(found)
            buckets[name], rows[name] = differing, found
    return CompareReply(site_state(connection, site_id).seq, buckets, rows)


def sums_hold(connection: Connection, site_id: str, reply: CompareReply) -> bool:
    """Whether the sums kept here are those of the rows, in the buckets just answered."""
    for name, buckets in reply.buckets.items():
        kept = TableDigest(
            connection.execute(
                select(hq_table.c.sums).where(hq_table.c.site_id == site_id, hq_table.c.table_name == name)
            ).scalar_one_or_none()
        )
        found = TableDigest()
        for row_id, value in reply.rows[name]:
            found.add(row_id, value)
        if any(kept.sums[bucket] != found.sums[bucket] for bucket in buckets):
            return False
    return True


def _rows_in(
    connection: Connection, table: SiteTable, site_id: str, buckets: Sequence[int], limit: int
) -> list[tuple[str, int]]:
    """(id, hash) of our rows in these buckets. When they are too many, the last buckets are dropped from
    the question, so that a bucket is always answered whole."""
    target = table.table
    tail = func.substr(target.c.id, 31, 2)
    found: list[tuple[str, int]] = []
    asked = list(buckets)
    while asked:
        digits = [f"{bucket:02x}" for bucket in asked]
        chosen = (
            select(target.c.id, target.c.stamp, target.c.field_stamps, target.c.deleted)
            .where(target.c.site_id == site_id, tail.in_(digits))
            .limit(limit + 1)
        )
        found = [
            (row[0], row_hash(row[0], row[1], _stamps(row[2]), row[3])) for row in connection.execute(chosen)
        ]
        if len(found) <= limit or len(asked) == 1:
            break
        asked = asked[: len(asked) // 2]
    if isinstance(buckets, list):
        buckets[:] = asked
    return found


def _stamps(packed: str | None) -> dict[str, int] | None:
    return {name: entry[0] for name, entry in msgspec.json.decode(packed).items()} if packed else None


def sums_of_rows(connection: Connection, site_id: str) -> dict[str, TableDigest]:
    """The sums of every table of a site, taken from the rows themselves."""
    every: dict[str, TableDigest] = {}
    for name, table in SITE_TABLES.items():
        target = table.table
        digest = TableDigest()
        chosen = select(target.c.id, target.c.stamp, target.c.field_stamps, target.c.deleted).where(
            target.c.site_id == site_id
        )
        for row in connection.execute(chosen):
            digest.add(row[0], row_hash(row[0], row[1], _stamps(row[2]), row[3]))
        every[name] = digest
    return every
