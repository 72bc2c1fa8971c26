"""What the database does with the same rows when nothing else is asked of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import cycle
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier, Placeholder
from sqlalchemy import Table
from sqlalchemy.engine import make_url
from sqlcipher3 import dbapi2

from models.entities.synced import new_id
from sync.server.tables import HEAD, SITE_TABLES

ROWS = 20_000
SIZES = (60, *(3, 5, 5) * 4)
"""Rows in one transaction, as a desk of `lean_desk` sends them through the morning."""
TWIN = "floor_ticket"


def some_rows(count: int = ROWS) -> list[tuple[Any, ...]]:
    """Tickets as headquarters keeps them: `HEAD`, then the values."""
    site_id = new_id()
    known = {"number": "A-1", "kind": "repair", "state": "dispatched", "matter": "厨房水龙头漏水，已关总阀"}
    known |= {"channel": "phone", "priority": "normal", "caller_name": "住户", "place": "3栋2单元1502"}
    values = [known.get(name) for name in SITE_TABLES["ticket"].columns]
    return [(site_id, new_id(), 1 << 60, None, None, None, at, at, 1, *values) for at in range(count)]


def measure(url: str, rows: Sequence[tuple[Any, ...]]) -> dict[str, float]:
    """Rows a second of each way; the twin of the ticket table has the same columns and indexes."""
    return _sqlite(url, rows) if url.startswith("sqlite") else _postgresql(url, rows)


def _rate(count: int, job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return count / (time.perf_counter() - began)


def _columns() -> tuple[str, ...]:
    return (*HEAD, *SITE_TABLES["ticket"].columns)


def _batches(rows: Sequence[tuple[Any, ...]]) -> list[Sequence[tuple[Any, ...]]]:
    sizes, found, at = cycle(SIZES), [], 0
    while at < len(rows):
        found.append(rows[at : at + next(sizes)])
        at += len(found[-1])
    return found


def _postgresql(url: str, rows: Sequence[tuple[Any, ...]]) -> dict[str, float]:
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        names = SQL(", ").join(map(Identifier, _columns()))

        def empty() -> None:
            connection.execute(f"DROP TABLE IF EXISTS {TWIN}")
            connection.execute(f"CREATE TABLE {TWIN} (LIKE ticket INCLUDING ALL)")

        def copied() -> None:
            statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(TWIN), names)
            for batch in _batches(rows):
                with connection.transaction(), connection.cursor() as cursor, cursor.copy(statement) as copy:
                    for row in batch:
                        copy.write_row(row)

        def upserted() -> None:
            marks = SQL(", ").join(Placeholder() * len(_columns()))
            statement = SQL(
                "INSERT INTO {} ({}) VALUES ({}) "
                "ON CONFLICT (site_id, id) DO UPDATE SET stamp = excluded.stamp"
            ).format(Identifier(TWIN), names, marks)
            for batch in _batches(rows):
                with connection.transaction(), connection.cursor() as cursor:
                    cursor.executemany(statement, batch)

        empty()
        found = {"bare COPY": _rate(len(rows), copied)}
        empty()
        found["bare upsert"] = _rate(len(rows), upserted)
        connection.execute(f"DROP TABLE {TWIN}")
        return found


def _sqlite(url: str, rows: Sequence[tuple[Any, ...]]) -> dict[str, float]:
    table: Table = SITE_TABLES["ticket"].table
    path = str(make_url(url).database)
    with closing(dbapi2.connect(path, isolation_level=None)) as connection:
        created = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'ticket'").fetchone()[0]
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(created.replace("ticket", TWIN, 1))
        for index in table.indexes:
            columns = ", ".join(column.name for column in index.columns)
            connection.execute(f"CREATE INDEX {TWIN}_{index.name} ON {TWIN} ({columns})")
        statement = (
            f"INSERT INTO {TWIN} ({', '.join(_columns())}) VALUES ({', '.join('?' * len(_columns()))}) "
            "ON CONFLICT (site_id, id) DO UPDATE SET stamp = excluded.stamp"
        )

        def upserted() -> None:
            for batch in _batches(rows):
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany(statement, batch)
                connection.execute("COMMIT")

        found = {"bare upsert": _rate(len(rows), upserted)}
        connection.execute(f"DROP TABLE {TWIN}")
        return found
