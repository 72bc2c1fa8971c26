"""A small simulation of one headquarters and its desks: real files, real engine, everything else from a seed.

Each step is an edit, a clock that jumps, a round through a bad network, or a crash. After healing, all
desks of a site and headquarters must hold the same rows, and no edit may be lost: the last value that
somebody wrote without another having seen it is in force, or lies in a conflict.

    python -m tests.sync.simulation --seeds 200 [--first 0] [--steps 80]
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from models.database import Database
from models.entities import Building, Ticket
from models.errors import DomainError
from sync.client import digests
from sync.client.engine import Engine
from sync.client.local import Plain
from sync.digest import row_hash
from sync.server.blobs import BlobStore
from sync.server.database import HqDatabase
from sync.server.store import Store
from sync.server.tables import SITE_TABLES
from tests.sync.parts import DirectLink, SimClock, TestDesk, TestHq, fresh_file, same

STATES = ("received", "dispatched", "accepted", "in_progress", "completed", "void", "archived")
DAY_MS = 86_400_000


class Crash(BaseException):
    """The process is gone; only what was committed stays."""


class CrashingDatabase(Database):
    """Dies, when told to, just before or just after a commit."""

    countdown: float = float("inf")
    is_after = False

    @contextmanager
    def working(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        with super().working(*args, **kwargs) as work:
            yield work
            self._tick(is_after=False)
        self._tick(is_after=True)

    @contextmanager
    def pulling(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        with super().pulling(*args, **kwargs) as work:
            yield work
            self._tick(is_after=False)
        self._tick(is_after=True)

    def _tick(self, *, is_after: bool) -> None:
        if is_after != self.is_after:
            return
        self.countdown -= 1
        if self.countdown <= 0:
            self.countdown = float("inf")
            raise Crash


class CrashingHq(HqDatabase):
    """The same at headquarters."""

    countdown: float = float("inf")
    is_after = False

    @contextmanager
    def writing(self, site_id: str) -> Iterator[Any]:
        with super().writing(site_id) as connection:
            yield connection
            self._tick(is_after=False)
        self._tick(is_after=True)

    def _tick(self, *, is_after: bool) -> None:
        if is_after != self.is_after:
            return
        self.countdown -= 1
        if self.countdown <= 0:
            self.countdown = float("inf")
            raise Crash


class BadLink(DirectLink):
    """A network that loses, repeats, delays and cuts."""

    chance: random.Random
    badness = 0.0

    def sync(self, request: Any) -> Any:
        dice = self.chance.random()
        if dice > self.badness:
            return super().sync(request)
        kind = self.chance.choice(
            ("lost", "refused", "answer", "twice", "late", "crash-before", "crash-after")
        )
        if kind in {"lost", "refused"}:
            raise DomainError("hq-timeout" if kind == "lost" else "hq-unreachable")
        if kind == "crash-before":
            raise Crash
        if kind == "late":
            self.delayed.append(request)
            raise DomainError("hq-timeout")
        reply = super().sync(request)
        if kind == "twice":
            return super().sync(request)
        if kind == "crash-after":
            raise Crash
        if self.chance.random() < 0.5:
            self.delayed.append(request)
        raise DomainError(self.chance.choice(("hq-timeout", "hq-cut")), push=reply.push)

    def deliver_late(self) -> None:
        """What was under way all the time arrives now; nobody waits for the answer."""
        for request in self.delayed:
            try:
                super().sync(request)
            except DomainError:
                continue
        self.delayed.clear()

    delayed: list[Any]


class World:
    """One seed's headquarters, two sites and their desks."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.chance = random.Random(seed)
        self.folder = folder
        self.now = 1_790_000_000_000
        self.story: list[str] = []
        self.hq = TestHq(folder, Store(CrashingHq(f"sqlite:///{folder / 'hq.db'}"), lambda: self.now), None)  # type: ignore[arg-type]
        self.hq.blobs = BlobStore(folder / "blobs")
        self.sites = [self.hq.add_site("一"), self.hq.add_site("二")]
        self.skew = [self.chance.choice((0, 0, -3 * DAY_MS, 5 * DAY_MS, 40_000)) for _ in range(4)]
        self.desks = [self._desk(number, self.sites[0 if number < 3 else 1]) for number in range(4)]
        self.rows: list[tuple[int, type[Any], str]] = []
        self.count = 0
        self.leaves: dict[tuple[str, str, str], set[str]] = {}
        """(table, id, field) → values that nobody has overwritten knowingly."""

    def _clock(self, number: int) -> Any:
        def make(desk_no: int, last: int) -> SimClock:
            return SimClock(desk_no, last, lambda: self.now + self.skew[number])

        return make

    def _desk(self, number: int, site: str) -> TestDesk:
        path = self.folder / f"desk{number}.db"
        database = fresh_file(path, CrashingDatabase, self._clock(number))
        desk = self.hq.desk(site, database)
        link = BadLink(self.hq.store, desk.tokens, self.hq.blobs)
        link.chance = self.chance
        link.delayed = []
        desk.link = link
        self._engine(desk)
        return desk

    def _engine(self, desk: TestDesk) -> None:
        desk.engine = Engine(desk.database, desk.link)
        desk.engine._batch = self.chance.choice((1, 2, 5, 2000))
        desk.engine._page = self.chance.choice((1, 2, 7, 2000))

    def tell(self, text: str) -> None:
        self.story.append(text)

    # -- steps -----------------------------------------------------------------------------------

    def step(self) -> None:
        self.now += self.chance.choice((1, 50, 3_000, 400_000))
        number = self.chance.randrange(len(self.desks))
        act = self.chance.choices(
            (self.add, self.edit, self.erase, self.jump, self.sync, self.crash), (3, 8, 1, 1, 8, 1)
        )[0]
        act(number)
        with self.desks[number].database.reading() as session:
            assert not digests.wrong(Plain(session)), f"desk{number}'s sums are not those of its rows"

    def add(self, number: int) -> None:
        desk = self.desks[number]
        self.count += 1
        value = f"v{self.count}"
        kind: type[Any]
        if self.chance.random() < 0.5:
            row_id, kind = desk.add_building(value), Building
            fields = {"code": value, "name": f"{value}栋"}
        else:
            row_id, kind = desk.add_ticket(value), Ticket
            fields = {"number": value}
        self.rows.append((number, kind, row_id))
        for name, text in fields.items():
            self.leaves[kind.__tablename__, row_id, name] = {text}
        self.tell(f"desk{number} adds {kind.__name__} {row_id[-6:]} {value}")

    def edit(self, number: int) -> None:
        desk = self.desks[number]
        known = [one for one in self.rows if desk.value(one[1], one[2], "id")]
        if not known:
            return
        _, kind, row_id = self.chance.choice(known)
        self.count += 1
        value = f"v{self.count}"
        if kind is Ticket and self.chance.random() < 0.4:
            state = self.chance.choice(STATES)
            desk.edit(kind, row_id, state=state)
            self.tell(f"desk{number} sets state of {row_id[-6:]} to {state}")
            return
        name = self.chance.choice(("name", "note") if kind is Building else ("place", "matter"))
        before = desk.value(kind, row_id, name)
        desk.edit(kind, row_id, **{name: value})
        leaves = self.leaves.setdefault((kind.__table__.name, row_id, name), set())
        leaves.discard(before)
        leaves.add(value)
        self.tell(f"desk{number} sets {name} of {row_id[-6:]} from {before} to {value}")

    def erase(self, number: int) -> None:
        desk = self.desks[number]
        known = [one for one in self.rows if desk.value(one[1], one[2], "id")]
        if not known:
            return
        _, kind, row_id = self.chance.choice(known)
        if desk.value(kind, row_id, "deleted") is None:
            desk.delete(kind, row_id)
            self.tell(f"desk{number} deletes {row_id[-6:]}")
        else:
            desk.edit(kind, row_id, deleted=None)
            self.tell(f"desk{number} brings {row_id[-6:]} back")

    def jump(self, number: int) -> None:
        self.skew[number] = self.chance.choice((0, -2 * DAY_MS, 3 * DAY_MS, -90_000, 70_000))
        self.tell(f"clock of desk{number} jumps to {self.skew[number]} ms")

    def sync(self, number: int, badness: float = 0.4) -> None:
        desk = self.desks[number]
        desk.link.badness = badness
        if badness:
            self._arm(desk)
        try:
            report = desk.sync()
            self.tell(
                f"desk{number} syncs: up {report.pushed} down {report.pulled} equal {report.is_equal}"
                f"{' REPAIRED' if report.is_repaired else ''}"
            )
            assert report.is_equal is not False, "sums differ after a round"
            assert not report.is_repaired, "a repair was needed although nothing was damaged"
        except DomainError as error:
            self.tell(f"desk{number} syncs: {error.code}")
            assert error.code in {"hq-timeout", "hq-unreachable", "hq-cut"}, error
        except Crash:
            self.tell(f"desk{number} syncs: crash")
            self.reopen(number)
            self.reopen_hq()
        finally:
            desk.database.countdown = float("inf")  # type: ignore[attr-defined]
            self.hq.store.database.countdown = float("inf")  # type: ignore[attr-defined]
        if self.chance.random() < 0.3:
            desk.link.deliver_late()

    def _arm(self, desk: TestDesk) -> None:
        ends: tuple[Any, ...] = (desk.database, self.hq.store.database)
        for database in ends:
            if self.chance.random() < 0.15:
                database.countdown = self.chance.randrange(1, 6)
                database.is_after = self.chance.random() < 0.5

    def crash(self, number: int) -> None:
        self.reopen(number)
        self.tell(f"desk{number} crashes and is opened again")

    def reopen(self, number: int) -> None:
        desk = self.desks[number]
        path = desk.database.path
        desk.database.close()
        desk.database = CrashingDatabase.open(path, None, self._clock(number))
        self._engine(desk)

    def reopen_hq(self) -> None:
        self.hq.store.database.close()
        self.hq.store = Store(CrashingHq(f"sqlite:///{self.folder / 'hq.db'}"), lambda: self.now)
        for desk in self.desks:
            desk.link.store = self.hq.store

    # -- the end ---------------------------------------------------------------------------------

    def heal(self) -> None:
        self.tell("-- healing")
        for desk in self.desks:
            desk.link.deliver_late()
        for _ in range(5):
            for number in range(len(self.desks)):
                self.now += 10
                self.sync(number, badness=0.0)
        for site in range(2):
            members = self.desks[:3] if site == 0 else self.desks[3:]
            same(*members)
            for desk in members:
                assert desk.pending() == 0, "something still waits"
            self._compare_hq(self.sites[site], members[0])
        self._nothing_lost()

    def _compare_hq(self, site_id: str, desk: TestDesk) -> None:
        """Headquarters' rows against a desk's, and its kept sums against its rows."""
        everything = desk.everything()
        with self.hq.store.database.surveying() as connection:
            for name, table in SITE_TABLES.items():
                found = connection.execute(
                    select(table.table).where(table.table.c.site_id == site_id).order_by(table.table.c.id)
                ).mappings()
                theirs = [_hashes(dict(row)) for row in found]
                mine = [row_hash(row[0], row[2], dict(row[3]), row[5]) for row in everything[name]]
                assert theirs == mine, f"headquarters differs in {name}"
        digest = self.hq.store.recount(site_id)
        desk.sync()
        assert desk.link.replies[-1].digest == digest

    def _nothing_lost(self) -> None:
        for (table, row_id, name), leaves in self.leaves.items():
            number = next(one[0] for one in self.rows if one[2] == row_id)
            desk = self.desks[number]
            kind = Building if table == "building" else Ticket
            final = desk.value(kind, row_id, name)
            lost = {
                json.loads(row[4])
                for row in desk.conflicts()
                if row[1] == row_id and row[2] == name and row[4] is not None
            }
            gone = leaves - {final} - lost
            assert not gone, f"{table}.{name} of {row_id[-6:]}: {gone} lost (final {final}, conflicts {lost})"

    def close(self) -> None:
        self.hq.close()


def run(seed: int, steps: int = 80) -> None:
    """One seed; a failure prints its story."""
    with tempfile.TemporaryDirectory(prefix="qiantai-sim-") as folder:
        world = World(seed, Path(folder))
        try:
            for _ in range(steps):
                world.step()
            world.heal()
        except BaseException:
            print(f"seed {seed}:", *world.story, sep="\n  ")
            raise
        finally:
            world.close()


def _hashes(row: dict[str, Any]) -> int:
    stamps = json.loads(row["field_stamps"]) if row["field_stamps"] else {}
    return row_hash(row["id"], row["stamp"], {name: one[0] for name, one in stamps.items()}, row["deleted"])


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--steps", type=int, default=80)
    options = parser.parse_args()
    for seed in range(options.first, options.first + options.seeds):
        run(seed, options.steps)
    print(f"{options.seeds} seeds passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
