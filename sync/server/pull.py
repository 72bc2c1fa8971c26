"""Giving a desk what it has not seen: rows of its site with a number above its cursor, newest state once."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from sync.digest import TableDigest, combined, row_hash
from sync.protocol import ROW_HEAD, CompareReply, CompareRequest, Patch, TableRows
from sync.server import rows as wire
from sync.server.tables import SITE_TABLES, SiteTable, hq_site, hq_table

_CHUNK = 500
_ENTRIES = msgspec.json.Decoder(dict[str, list[Any]])
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

    @property
    def place(self) -> tuple[str, int, int]:
        """Its site, the number it has read up to, and itself."""
        return (self.site_id, self.cursor, self.desk_no)


@dataclass(frozen=True)
class SiteState:
    """Where a site stands: its newest number, the digest over all its rows, the highest stamp it ever had."""

    seq: int
    digest: int
    highest: int


def site_state(connection: Connection, site_id: str) -> SiteState:
    row = connection.execute(
        select(hq_site.c.seq, hq_site.c.digest, hq_site.c.highest).where(hq_site.c.site_id == site_id)
    ).one()
    return SiteState(row[0], row[1] & ((1 << 64) - 1), row[2])


def changes_after(connection: Connection, reader: Reader, limit: int, newest: int) -> Pulled:
    """At most about ``limit`` rows after the reader's cursor, in the order of the site's sequence, of which
    ``newest`` is the last number given.

    Must run in one snapshot. Rows the desk itself wrote last, and knows whole, are left out.
    """
    cursor = reader.cursor
    if newest <= cursor:
        return Pulled(cursor)
    names = _all(connection, _CHANGED, (reader.site_id, cursor))
    tables = [SITE_TABLES[name] for (name,) in sorted(names) if name in SITE_TABLES]
    upto, is_more = newest, False
    if newest - cursor > limit:
        found: list[int] = []
        for table in tables:
            found += [
                seq for (seq,) in _all(connection, _sql(table.name).numbers, (*reader.place, limit + 1))
            ]
        found.sort()
        is_more = len(found) > limit
        upto = found[limit - 1] if is_more else newest
    pulled = Pulled(upto, is_more)
    for table in tables:
        _collect(connection, table, reader, pulled)
    return pulled


def _collect(connection: Connection, table: SiteTable, reader: Reader, pulled: Pulled) -> None:
    sql = _sql(table.name)
    place = (*reader.place, pulled.cursor, reader.since)
    whole: list[Any] = _all(connection, sql.whole, place)
    if whole:
        pulled.rows.append(
            TableRows(
                table.name, list(table.columns), [row if row[2] is None else _whole(row) for row in whole]
            )
        )
    if reader.since > 0:
        edited = (_newer_fields(table, row, reader.since) for row in _all(connection, sql.edited, place))
        pulled.patches.extend(patch for patch in edited if patch is not None)


_CHANGED = "SELECT table_name FROM hq_table WHERE site_id = ? AND last_seq > ?"


@dataclass(frozen=True)
class _Statements:
    """What is asked of one table, with the driver's own words: a page of 10,000 rows passes here, and each
    of its rows travels as the tuple that the driver gives. Parameters: `Reader.place`, then what is told."""

    numbers: str
    """… how many at most."""
    whole: str
    """Rows made after ``since``: … up to which number, ``since``."""
    edited: str
    """Rows made before: the same parameters."""


@cache
def _sql(name: str) -> _Statements:
    listed = ", ".join((*ROW_HEAD, *SITE_TABLES[name].columns))
    newer = f"FROM {name} WHERE site_id = ? AND seq > ? AND source_desk <> ?"
    page = f"SELECT {listed} {newer} AND seq <= ? AND created_seq"
    return _Statements(
        numbers=f"SELECT seq {newer} ORDER BY seq LIMIT ?",
        whole=f"{page} > ? ORDER BY seq",
        edited=f"{page} <= ? ORDER BY seq",
    )


def _all(connection: Connection, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """All rows as plain tuples; ``?`` stands for a value whatever the driver."""
    if connection.dialect.name == "postgresql":
        statement = statement.replace("?", "%s")
    result = connection.exec_driver_sql(statement, values)
    cursor: Any = result.cursor
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    result.close()
    return rows


def _wire_columns(table: SiteTable) -> list[Any]:
    target = table.table
    return [target.c[name] for name in (*ROW_HEAD, *table.columns)]


def _whole(row: Sequence[Any]) -> wire.Row:
    """A row as it travels: of the entries {field: stamp}."""
    values = list(row)
    if values[2]:
        values[2] = {name: entry[0] for name, entry in _ENTRIES.decode(values[2]).items()}
    return values


def _newer_fields(table: SiteTable, row: Sequence[Any], since: int) -> Patch | None:
    newer = {name: entry[0] for name, entry in _ENTRIES.decode(row[2] or "{}").items() if entry[1] > since}
    if not newer:
        return None
    place = _places(table.name)
    extra = json.loads(row[4]) if row[4] else {}
    values = {
        name: row[3] if name == "deleted" else row[place[name]] if name in place else extra.get(name)
        for name in newer
    }
    return Patch(table.name, row[0], values, newer)


@cache
def _places(name: str) -> dict[str, int]:
    """Where each column stands in a row."""
    return {column: at + len(ROW_HEAD) for at, column in enumerate(SITE_TABLES[name].columns)}


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
        asked = [row_id for row_id in ids if wire.is_id(row_id)]
        for start in range(0, len(asked) if table else 0, _CHUNK):
            assert table is not None
            chosen = select(*_wire_columns(table)).where(
                table.table.c.site_id == site_id, table.table.c.id.in_(asked[start : start + _CHUNK])
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
    the question, so that a bucket is always answered whole: the only one that is left however large it is."""
    target = table.table
    tail = func.substr(target.c.id, 31, 2)
    found: list[tuple[str, int]] = []
    asked = list(buckets)
    while asked:
        digits = [f"{bucket:02x}" for bucket in asked]
        chosen = (
            select(target.c.id, target.c.stamp, target.c.field_stamps, target.c.deleted)
            .where(target.c.site_id == site_id, tail.in_(digits))
            .limit(limit + 1 if len(asked) > 1 else None)
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
    return {name: entry[0] for name, entry in _ENTRIES.decode(packed).items()} if packed else None


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


def site_digest(connection: Connection, site_id: str) -> int:
    """One number over all rows of a site, from the sums that each push keeps up to date."""
    rows = connection.execute(
        select(hq_table.c.table_name, hq_table.c.sums).where(hq_table.c.site_id == site_id)
    )
    return combined((name, sum(array("Q", packed)) % (1 << 64)) for name, packed in rows)
