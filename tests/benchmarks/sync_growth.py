"""Does a round slow down as the site grows? Quiet rounds and rounds of 200 edits, up and down, with 10,000,
100,000 and a million tickets at the desks and at headquarters: they must cost the same.

What a desk edits are its youngest tickets: those have the limit. Two hundred drawn from all of five years lie
on as many pages of as many indexes of an encrypted file, fewer of them shared the more rows there are: that
is told besides.

Each world (headquarters' file and those of two desks) is made through the bulk door and by synchronising,
once: the million takes some minutes. They are kept in the temporary folder under a name that changes with
the schema, and used where they lie: a round leaves them as good as it found them.
``QIANTAI_GROWTH_ROWS`` says other sizes.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from sqlalchemy.schema import CreateTable

from models.database import Database
from models.entities import Base
from sync.client.engine import Engine
from sync.client.transport import Address, HttpLink
from sync.clock import Clock
from sync.server.tables import METADATA
from tests.benchmarks.dataset import KEY
from tests.benchmarks.measure import Report, number, timed
from tests.benchmarks.sync_tickets import add_estate, add_tickets, change, changes
from tests.benchmarks.sync_world import World
from tests.sync.parts import HqProcess, MemoryTokens, TestDesk

SIZES = "10000,100000,1000000"
CHUNK = 50_000
ROUNDS = 9
QUIET = 60
EDITS = 200
LIMIT = 1.3
"""Times the smallest."""


@dataclass
class _Grown:
    rows: int
    hq: HqProcess
    first: TestDesk
    second: TestDesk
    ids: list[str]
    """Some of all tickets; ``recent`` are the newest."""
    recent: list[str]
    times: dict[str, list[float]] = field(default_factory=dict)

    def note(self, what: str, desk: TestDesk) -> None:
        self.times.setdefault(what, []).append(timed(desk.sync))

    def close(self) -> None:
        for desk in (self.first, self.second):
            desk.database.close()
            desk.link.close()
        self.hq.stop()


def run(report: Report) -> None:
    sizes = [int(size) for size in os.environ.get("QIANTAI_GROWTH_ROWS", SIZES).split(",")]
    worlds = [_opened(_made(rows)) for rows in sizes]
    try:
        for world in worlds:
            for desk in (world.first, world.second, world.first):
                desk.sync()
        for _ in range(QUIET):
            for world in worlds:
                world.note("quiet round", world.first)
        start = random.randrange(10**6)
        for round_no in range(start, start + ROUNDS):
            for world in worlds:
                for where, ids in (("the newest 10,000", world.recent), ("anywhere", world.ids)):
                    change(world.first.database, changes(ids, EDITS, round_no))
                    world.note(f"{EDITS} rows of {where} up", world.first)
                    world.note(f"{EDITS} rows of {where} down", world.second)
    finally:
        for world in worlds:
            world.close()
    smallest = worlds[0]
    for what in smallest.times:
        floor = median(smallest.times[what])
        report.add(f"{what}, {smallest.rows:,} rows at each end", number(floor, "ms"))
        for world in worlds[1:]:
            spent, told = median(world.times[what]), f"  {what}, {world.rows:,} rows"
            if "anywhere" in what:
                report.add(told, f"{number(spent, 'ms')} = {spent / floor:.2f} ×", floor=number(floor, "ms"))
            else:
                report.ratio(told, spent, floor, LIMIT)


def _opened(folder: Path) -> _Grown:
    told = json.loads((folder / "world.json").read_text(encoding="utf-8"))
    hq = HqProcess(folder)
    hq.start()
    desks = []
    for name, token in told["desks"]:
        database = Database.open(folder / name, KEY, Clock)
        link = HttpLink(Address(hq.url), token)
        desks.append(TestDesk(database, MemoryTokens(token), link, Engine(database, link)))
    with desks[0].database.reading() as session:
        found = session.connection().exec_driver_sql("SELECT id FROM ticket ORDER BY id DESC LIMIT 10000")
        recent = [row[0] for row in found]
    return _Grown(told["rows"], hq, desks[0], desks[1], told["ids"], recent)


def _made(rows: int) -> Path:
    """The folder of a world of this size, made if it is not there yet."""
    shelf = Path(tempfile.gettempdir()) / "qiantai-benchmarks"
    shelf.mkdir(exist_ok=True)
    folder = shelf / f"sync-{_fingerprint()}-{rows}"
    if folder.exists():
        return folder
    started = time.monotonic()
    part = Path(tempfile.mkdtemp(dir=shelf, prefix="part-"))
    world = World.make(part)
    try:
        first, second = world.desk(), world.desk()
        add_estate(first.database)
        for desk in (first, second, first):
            desk.sync()
        for start in range(0, rows, CHUNK):
            add_tickets(first.database, min(CHUNK, rows - start), start)
            first.sync()
            second.sync()
        first.sync()
        with first.database.reading() as session:
            chosen = "SELECT id FROM ticket WHERE rowid % ? = 0"
            found = session.connection().exec_driver_sql(chosen, (max(1, rows // 20_000),))
            ids = [row[0] for row in found]
        told = {
            "rows": rows,
            "ids": ids,
            "desks": [[desk.database.path.name, desk.tokens.token] for desk in (first, second)],
        }
        (part / "world.json").write_text(json.dumps(told), encoding="utf-8")
    finally:
        world.close()
    part.rename(folder)
    print(f"made {folder} in {time.monotonic() - started:.0f} s")
    return folder


def _fingerprint() -> str:
    """Changes with the schema of either end."""
    tables = [*Base.metadata.sorted_tables, *METADATA.sorted_tables]
    text = "".join(str(CreateTable(table)) for table in tables)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
