"""What keeping track of changes costs where they are made: 20,000 tickets through the bulk door, and the same
rows into a table of the same values and indexes that knows nothing of synchronisation."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from models.database import Database, make_engine
from models.entities import Ticket
from models.entities.many_rows import insert_rows
from models.entities.synced import META_FIELDS
from models.work import SYSTEM, Work
from sync.client import outbox
from sync.client.local import Plain
from tests.benchmarks.dataset import KEY
from tests.benchmarks.measure import Report, timed
from tests.benchmarks.sync_tickets import add_estate, tickets
from tests.benchmarks.sync_world import fresh_file

ROWS = 20_000
AT_ONCE = 2_000
"""Rows in one transaction."""
REPEATS = 5


def run(report: Report) -> None:
    rows = list(tickets(ROWS))
    tracked, plain, sizes = [], [], {}
    for _ in range(REPEATS):
        with tempfile.TemporaryDirectory() as folder:
            spent, sizes["tracked"], sizes["sent"] = _tracked(Path(folder), rows)
            tracked.append(spent)
            spent, sizes["plain"] = _plain(Path(folder), rows)
            plain.append(spent)
    report.ratio(f"insert {ROWS:,} tickets, tracked ÷ plain", median(tracked), median(plain), 1.4)
    floor = sizes["plain"] / 1e6
    report.ratio("  what the file grows by, once all is sent", sizes["sent"] / 1e6, floor, 1.15, "MB")
    waiting = sizes["tracked"] / 1e6
    report.add("  and while every row waits in the outbox", f"{waiting:.1f} MB = {waiting / floor:.2f} ×")


def _tracked(folder: Path, rows: list[dict[str, Any]]) -> tuple[float, int, int]:
    """Through the door that imports use: stamped, queued in the outbox, watched by the triggers."""
    database = fresh_file(folder / "tracked.db")
    add_estate(database)
    before = _size(database)

    def fill() -> None:
        for start in range(0, ROWS, AT_ONCE):
            database.write(SYSTEM, _insert, rows[start : start + AT_ONCE])

    spent = timed(fill)
    waiting = _size(database) - before
    with database.working("benchmark.acknowledge") as work:
        outbox.acknowledge(Plain(work.session), outbox.newest(Plain(work.session)))
    size = _size(database) - before
    database.close()
    return spent, waiting, size


def _insert(work: Work, rows: list[dict[str, Any]]) -> None:
    work.bulk_insert(Ticket.__table__, rows)  # type: ignore[arg-type]


def _plain(folder: Path, rows: list[dict[str, Any]]) -> tuple[float, int]:
    """By the same statements without stamp, outbox and triggers; parents are looked for as there."""
    database = fresh_file(folder / "plain.db")
    add_estate(database)
    _make_plain(database)
    before = _size(database)
    engine = make_engine(database.path, KEY, writer=True)
    table = Ticket.__table__
    names = [name for name in rows[0] if any(row[name] is not None for row in rows[:AT_ONCE])]
    processors = [table.c[name].type.bind_processor(engine.dialect) for name in names]
    into = f"INSERT INTO ticket ({', '.join(names)}, suspended_ms, escalation)"

    def fill() -> None:
        for start in range(0, ROWS, AT_ONCE):
            values = [
                (*(process(row[name]) if process else row[name]
                   for name, process in zip(names, processors, strict=True)), 0, 0)
                for row in rows[start : start + AT_ONCE]
            ]  # fmt: skip
            with engine.begin() as connection:
                insert_rows(connection, into, values)

    spent = timed(fill)
    engine.dispose()
    size = _size(database) - before
    database.close()
    return spent, size


def _make_plain(database: Database) -> None:
    """The ticket table again, of its values alone."""
    dialect = sqlite.dialect()
    table = Ticket.__table__
    lines = str(CreateTable(table).compile(dialect=dialect)).splitlines()  # type: ignore[arg-type]
    dropped = META_FIELDS - {"id"}
    kept = [line for line in lines if line.strip().partition(" ")[0] not in dropped]
    indexes = [str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes]  # type: ignore[attr-defined]
    engine = make_engine(database.path, KEY, writer=True)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE ticket")
        connection.exec_driver_sql("\n".join(kept))
        for index in indexes:
            connection.exec_driver_sql(index.replace(", deleted)", ")"))
    engine.dispose()


def _size(database: Database) -> int:
    """Bytes of the file's pages in use."""
    with database.reading() as session:
        connection = session.connection()
        asked = ("page_count", "freelist_count", "page_size")
        count, free, size = (connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in asked)
        return int(count - free) * int(size)
