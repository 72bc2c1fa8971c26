"""After a siege: everything starts again, comes to rest, and is counted against the journals."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Any

from sqlcipher3 import dbapi2

from models.database import check
from models.entities.synced import synced_tables
from sync.client import digests
from sync.client.local import CURSOR, Plain
from sync.clock import desk_of
from sync.protocol import CompareRequest
from sync.server.database import HqDatabase
from sync.server.pull import sums_of_rows
from tests.sync.kills.clerk import PLACE, Clerk, read_journal
from tests.sync.kills.siege import Siege

LINE_FAULTS = {"hq-silent", "hq-unreachable", "hq-cut", "hq-timeout", "hq-busy", "hq-database-down"}
"""What a desk may be told while headquarters or its database is being killed; anything else is a fault.
``blob-unknown``: it looked at a picture that another desk has not sent yet."""


@dataclass(frozen=True)
class Count:
    """What was checked."""

    tickets: int
    notes: int
    edits: int
    attachments: int
    faults: dict[str, int]


def settled(clerks: list[Clerk]) -> None:
    """Rounds until nobody has news and nothing waits."""
    for _ in range(12):
        reports = [clerk.engine.run_once() for clerk in clerks]
        if not any(report.pushed or report.pulled or report.uploaded for report in reports):
            assert all(report.is_equal for report in reports)
            return
    raise AssertionError("the desks do not come to rest")


def reckon(siege: Siege) -> Count:
    """Heal, and look at everything. Raises AssertionError for what was lost, doubled or differs."""
    siege.stop_desks()
    clerks = [Clerk(desk.folder, Random(0)) for desk in siege.desks]
    journals = [read_journal(desk.folder / "journal") for desk in siege.desks]
    try:
        settled(clerks)
        for clerk in clerks:
            assert check(clerk.database, full=True) == []
            nothing_waits(clerk)
            stamps_are_unique(clerk)
        assert rows_of(clerks[0]) == rows_of(clerks[1])
        equal_at_headquarters(siege, clerks)
        count = everything_is_there(siege, clerks, journals)
        numbers_are_unique(clerks, journals)
    finally:
        for clerk in clerks:
            clerk.close()
    log = (siege.folder / "hq.log").read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in log, log[log.index("Traceback") :][:3_000]
    assert set(count.faults) <= LINE_FAULTS | {"blob-unknown"}, count.faults
    return count


def select(clerk: Clerk, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with clerk.database.reading() as session:
        return Plain(session).all(statement, values)


def rows_of(clerk: Clerk) -> dict[str, list[tuple[Any, ...]]]:
    from tests.sync.parts import _plain

    return {
        table.name: [
            _plain(table, tuple(row)) for row in select(clerk, f"SELECT * FROM {table.name} ORDER BY id")
        ]
        for table in synced_tables()
    }


def nothing_waits(clerk: Clerk) -> None:
    assert select(clerk, "SELECT count(*) FROM outbox") == [(0,)]
    assert select(clerk, "SELECT * FROM refused_patch") == []
    assert (
        select(
            clerk, "SELECT sha256, state, error FROM blob_transfer WHERE direction = 'up' AND state <> 'done'"
        )
        == []
    )


def stamps_are_unique(clerk: Clerk) -> None:
    """A stamp belongs to one transaction: the log has one moment, desk and deed for it."""
    deeds: dict[int, set[tuple[Any, ...]]] = defaultdict(set)
    for stamp, desk, at, operation in select(clerk, "SELECT stamp, desk, at, operation FROM operation_log"):
        deeds[stamp].add((desk, at, operation))
    doubled = {stamp: found for stamp, found in deeds.items() if len(found) > 1}
    assert doubled == {}
    letters = {desk_of(stamp): {desk for desk, _, _ in found} for stamp, found in deeds.items()}
    assert all(len(found) == 1 for found in letters.values())


def equal_at_headquarters(siege: Siege, clerks: list[Clerk]) -> None:
    """Asked over the wire, and counted from headquarters' own rows."""
    database = HqDatabase(siege.hq.database)
    try:
        for clerk in clerks:
            with clerk.database.reading() as session:
                plain = Plain(session)
                assert digests.wrong(plain) == []
                question = CompareRequest(int(plain.fact(CURSOR, 0)), digests.packed_sums(plain))
                mine = {name: sums.packed() for name, sums in digests.counted(plain).items()}
            assert clerk.link.compare(question).buckets == {}
            site_id = clerk.database.identity.site_id
            with database.reading(site_id) as connection:
                theirs = sums_of_rows(connection, site_id)
            assert {name: sums.packed() for name, sums in theirs.items()} == mine
    finally:
        database.close()
    if siege.postgres is None:
        connection = dbapi2.connect(str(siege.folder / "hq.db"))
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()


def everything_is_there(siege: Siege, clerks: list[Clerk], journals: list[list[dict[str, Any]]]) -> Count:
    kinds: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    possible: dict[tuple[str, str], set[str | None]] = {}
    """What a field may hold: for one that a single desk edits what it saved last and what it tried after
    that, for one that all edit whatever was tried."""
    for clerk, journal in zip(clerks, journals, strict=True):
        numbers = dict(select(clerk, "SELECT id, number FROM ticket WHERE deleted IS NULL"))
        notes = set(select(clerk, "SELECT ticket_id, text FROM ticket_event WHERE kind = 'progress'"))
        pictures = set(select(clerk, "SELECT ticket_id, sha256 FROM attachment WHERE deleted IS NULL"))
        for line in journal:
            kinds[line["what"]] += 1
            match line["what"]:
                case "ticket":
                    assert numbers.get(line["id"]) == line["number"], line
                case "note":
                    assert (line["ticket"], line["text"]) in notes, line
                case "blob":
                    assert (line["ticket"], line["sha256"]) in pictures, line
                    is_whole(siege, clerk, line["sha256"], line["size"])
                case "fault":
                    faults[line["code"]] += 1
                case "try":
                    start = PLACE if line["field"] == "place" else None
                    possible.setdefault((line["ticket"], line["field"]), {start}).add(line["value"])
                case "set" if line["field"] == "place":
                    possible[line["ticket"], line["field"]] = {line["value"]}
                case "set":
                    possible[line["ticket"], line["field"]].discard(None)
    for (ticket, field), values in possible.items():
        for clerk in clerks:
            for (value,) in select(clerk, f"SELECT {field} FROM ticket WHERE id = ?", ticket):
                assert value in values, (ticket, field, value, values)
    return Count(kinds["ticket"], kinds["note"], kinds["set"], kinds["blob"], dict(faults))


def is_whole(siege: Siege, clerk: Clerk, name: str, size: int) -> None:
    """At the desk that attached it and at headquarters."""
    folder = siege.hq.folder / "hq-blobs" / clerk.database.identity.site_id
    for path in (clerk.store.path(name), folder / name[:2] / name):
        assert path.stat().st_size == size, path
        assert sha256(path.read_bytes()).hexdigest() == name, path


def numbers_are_unique(clerks: list[Clerk], journals: list[list[dict[str, Any]]]) -> None:
    given = Counter(
        (clerk.database.identity.site_id, line["number"])
        for clerk, journal in zip(clerks, journals, strict=True)
        for line in journal
        if line["what"] == "ticket"
    )
    assert [number for number, times in given.items() if times > 1] == []
    for clerk in clerks:
        twice = select(clerk, "SELECT number FROM ticket GROUP BY number HAVING count(*) > 1")
        assert twice == []
