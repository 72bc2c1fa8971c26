"""What tests of the first fill share: a site with tickets enough for a snapshot of several parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from models.database import Database
from models.entities import Building, Ticket
from models.work import Work
from sync.client.engine import Engine
from sync.clock import Clock
from sync.server import snapshot_rows
from sync.server.snapshot import Snapshots
from tests.sync.parts import TestDesk, TestHq

ROWS = 400


def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 50 rows and parts of two of them: four hundred tickets make many of each."""
    monkeypatch.setattr(snapshot_rows, "BLOCK_ROWS", 50)
    monkeypatch.setattr(snapshot_rows, "_HANDFUL", 25)
    monkeypatch.setattr(snapshot_rows, "PART_PLAIN", 24_000)


def with_snapshots(hq: TestHq, **options: Any) -> Snapshots:
    """Let this headquarters keep snapshots, of small sites too."""
    hq.snapshots = Snapshots(hq.store.database, hq.blobs.folder, **{"smallest": 100, **options})
    return hq.snapshots


def add_tickets(desk: TestDesk, count: int, prefix: str = "A") -> list[str]:
    """Tickets in one building's rooms, every seventh edited, every eleventh deleted; gives their ids."""

    def add(work: Work) -> list[str]:
        work.add(Building(code=f"{prefix}1", name=f"{prefix}一号楼"))
        tickets = [
            Ticket(
                number=f"{prefix}-261121-{at:04d}",
                kind="repair",
                channel="phone",
                priority="normal",
                state="received",
                matter=f"厨房漏水，第{at}次来电",
                place=f"{at % 30}栋",
                received_at=work.now,
            )
            for at in range(count)
        ]
        work.session.add_all(tickets)
        work.session.flush()
        return [ticket.id for ticket in tickets]

    ids: list[str] = desk.write(add)

    def change(work: Work) -> None:
        for at, row_id in enumerate(ids):
            if at % 7 == 0:
                work.get(Ticket, row_id).place = f"改到{at}号"
            if at % 11 == 0:
                work.delete(work.get(Ticket, row_id))

    desk.write(change)
    return ids


@contextmanager
def asked(link: Any) -> Iterator[list[tuple[int, int]]]:
    """What parts of a snapshot a link is asked for: (number, offset)."""
    seen: list[tuple[int, int]] = []
    known = link.snapshot_part

    def part(snapshot_id: str, number: int, offset: int, length: int) -> tuple[bytes, int]:
        seen.append((number, offset))
        found: tuple[bytes, int] = known(snapshot_id, number, offset, length)
        return found

    link.snapshot_part = part
    yield seen
    link.snapshot_part = known


class Crash(BaseException):
    """The process is gone; only what was committed stays."""


class DyingDatabase(Database):
    """Dies at a commit of the desk's: just before it or just after it, as ``is_after`` says."""

    commits_left: float = float("inf")
    is_after = False
    spared = ""
    """An operation that it does not die at: one that writes again what it wrote before comes no further."""

    @contextmanager
    def _working(self, operation: str, actor: Any) -> Iterator[Work]:
        with super()._working(operation, actor) as work:
            yield work
            self.commits_left -= operation != self.spared
            if self.commits_left < 0 and not self.is_after:
                raise Crash
        if self.commits_left < 0:
            raise Crash


def die_at_every_commit(desk: TestDesk, most: int = 400) -> int:
    """Rounds of a desk that dies before, then after each of its commits, until one comes to its end; gives
    how often it died."""
    path = desk.database.path
    for deaths in range(most):
        desk.database.close()
        database = DyingDatabase.open(path, None, Clock)
        assert isinstance(database, DyingDatabase)
        database.commits_left, database.is_after = 0, deaths % 2 == 1
        database.spared = "sync.attempt" if deaths // 2 % 2 else ""
        desk.database, desk.engine = database, Engine(database, desk.link)
        try:
            desk.sync()
        except Crash:
            continue
        desk.reopen()
        return deaths
    raise AssertionError("never came to an end")
