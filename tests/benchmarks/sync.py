"""Synchronisation beside its floor: 20,000 and 100,000 tickets up and down, 200 edits, a quiet round.

``QIANTAI_SYNC_ROWS`` (``20000,100000``) and ``QIANTAI_SYNC_REPEATS`` (3) say how much. What belongs to it and
is run by its own name: `sync_growth`, `sync_local`, `sync_hq`.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from sync.client.columns import local_tables
from sync.client.snapshot_parts import parts
from sync.snapshots import PackedBlock
from tests.benchmarks import sync_peers
from tests.benchmarks.measure import Report, number, timed
from tests.benchmarks.sync_floor import EDIT, LOCAL_NAMES, Floor, local_file, put
from tests.benchmarks.sync_tickets import add_estate, add_tickets, change, changes
from tests.benchmarks.sync_wire import CountingProxy
from tests.benchmarks.sync_world import World, peak_memory, processor_time, round_in_process
from tests.sync.parts import TestDesk

ROUNDS = 7
"""Rounds of 200 edits in each repetition."""
QUIET = 40
EDITS = 200
Times = dict[str, list[float]]


@dataclass
class Result:
    """What the repetitions of one size gave: milliseconds of ours and of the floor, bytes, memory in MB."""

    ours: Times = field(default_factory=dict)
    floor: Times = field(default_factory=dict)
    worked: Times = field(default_factory=dict)
    """The same by the processors of both ends; ``floor_worked`` of the floor's."""
    floor_worked: Times = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)

    def of(self, what: str) -> tuple[float, float]:
        return median(self.ours[what]), median(self.floor[what]) if what in self.floor else 0.0


def run(report: Report) -> None:
    sizes = [int(size) for size in os.environ.get("QIANTAI_SYNC_ROWS", "20000,100000").split(",")]
    repeats = int(os.environ.get("QIANTAI_SYNC_REPEATS", "3"))
    for rows in sizes:
        result = Result()
        for _ in range(repeats):
            with tempfile.TemporaryDirectory() as folder:
                _repetition(Path(folder), rows, result)
        with tempfile.TemporaryDirectory() as folder:
            _count_bytes(Path(folder), min(rows, 20_000), result)
        _tell(report, rows, result)
    sync_peers.tell(report)


@dataclass
class _Watch:
    """Notes how long steps take by the clock, and by the processors of this process and of the server's."""

    pid: int
    times: Times
    worked: Times

    def __call__(self, what: str, job: Callable[[], object]) -> None:
        before = self._used()
        self.times.setdefault(what, []).append(timed(job))
        self.worked.setdefault(what, []).append((self._used() - before) * 1000)

    def _used(self) -> float:
        return processor_time() + processor_time(self.pid)


def _repetition(folder: Path, rows: int, result: Result) -> None:
    """Ours and the floor by turns, step by step, each from nothing."""
    world = World.make(folder)
    floor = Floor(folder)
    try:
        first, second = prepared(world, rows)
        floor.fill(rows_of(first))
        assert world.hq._process is not None
        ours = _Watch(world.hq._process.pid, result.ours, result.worked)
        bare = _Watch(floor.server.process.pid, result.floor, result.floor_worked)
        gc.collect()
        ours("upload", first.sync)
        bare("upload", floor.upload)
        wait_for_snapshot(first)
        gc.collect()
        ours("download", second.sync)
        bare("download", floor.download)
        plain = local_file(folder / "floor-plain.db", None)
        bare("download, plain file", lambda: floor.download(plain))
        plain.close()
        third = world.desk()
        bare("snapshot made", floor.make_snapshot)
        ours("snapshot", lambda: sum(block.count for block in fetch(third)))
        bare("snapshot", floor.fetch_snapshot)
        ours("snapshot, values", lambda: [block.opened().count for block in fetch(third)])
        ours("fill", third.sync)
        _small_rounds(ours, bare, floor, (first, second))
        result.memory["headquarters"] = peak_memory(world.hq._process.pid)
        result.memory["headquarters, floor"] = peak_memory(floor.server.process.pid)
    finally:
        floor.close()
        world.close()


def _small_rounds(ours: _Watch, bare: _Watch, floor: Floor, desks: tuple[TestDesk, TestDesk]) -> None:
    first, second = desks
    ids = [row[0] for row in rows_of(first, "id")]
    for round_no in range(ROUNDS):
        edits = changes(ids, EDITS, round_no)
        change(first.database, edits)
        plain = plain_edits(first, edits)
        ours("push", first.sync)
        bare("push", partial(floor.edit, plain))
        ours("pull", second.sync)
        bare("pull", partial(put, floor.second, EDIT, plain))
    for _ in range(QUIET // 10):
        for _ in range(10):
            ours("quiet", first.sync)
        for _ in range(10):
            bare("quiet", floor.quiet)
        for _ in range(10):
            bare("health", partial(floor.server.session.get, f"{first.link.url}/healthz"))


def wait_for_snapshot(desk: TestDesk) -> None:
    """Headquarters makes a site's snapshot by itself after an upload; nothing else is measured meanwhile."""
    while desk.link.snapshot().is_building:
        pass


def fetch(desk: TestDesk) -> Iterator[PackedBlock]:
    """The blocks of a snapshot, fetched, checked and unpacked. Their values are bytes as those of the floor's
    file are: both become objects where somebody reads them."""
    manifest = desk.link.snapshot()
    for _, blocks in parts(desk.link, manifest):
        yield from blocks


def prepared(world: World, rows: int) -> tuple[TestDesk, TestDesk]:
    """Two desks that agree, and then ``rows`` tickets at the first."""
    first, second = world.desk(), world.desk()
    add_estate(first.database)
    for desk in (first, second, first):
        desk.sync()
    add_tickets(first.database, rows)
    return first, second


def rows_of(desk: TestDesk, *names: str) -> list[tuple[Any, ...]]:
    """The desk's tickets as they lie in its file."""
    with desk.database.reading() as session:
        chosen = f"SELECT {', '.join(names or LOCAL_NAMES)} FROM ticket ORDER BY id"
        return [tuple(row) for row in session.connection().exec_driver_sql(chosen)]


def plain_edits(desk: TestDesk, edits: dict[str, dict[str, Any]]) -> list[list[Any]]:
    """As the floor sends them: values as stored, then the key."""
    site = desk.database.identity.site_id
    return [
        [one["state"], one["handler_id"], int(one["due_at"].timestamp() * 1000), site, row_id]
        for row_id, one in edits.items()
    ]


def _count_bytes(folder: Path, rows: int, result: Result) -> None:
    """The same once more through a counting proxy, the desks in processes of their own whose memory is
    asked for; nothing of it is timed."""
    world = World.make(folder)
    proxy = CountingProxy(world.hq.url)
    floor = Floor(folder)
    floor_proxy = CountingProxy(floor.url)
    floor.url = floor_proxy.url
    try:
        first, second = prepared(world, rows)
        floor.fill(rows_of(first))
        for what, desk in (("upload", first), ("download", second)):
            proxy.taken()
            before, after = round_in_process(desk, proxy.url)
            result.bytes[what] = proxy.taken().both
            result.memory[f"desk, {what} of {rows:,} (before it {before:.0f})"] = after
        first.link.url = second.link.url = proxy.url
        for _ in range(2):
            first.sync()
            second.sync()
        proxy.taken()
        first.sync()
        result.bytes["quiet"] = proxy.taken().both
        floor.upload()
        result.bytes["upload, floor"] = floor_proxy.taken().both
        floor.download()
        result.bytes["download, floor"] = floor_proxy.taken().both
        edits = changes([row[0] for row in rows_of(first, "id")], EDITS, 0)
        change(first.database, edits)
        for what, job in (("push", first.sync), ("pull", second.sync)):
            job()
            counted = proxy.taken()
            result.bytes[f"{what} up"], result.bytes[f"{what} down"] = counted.up, counted.down
        floor.edit(plain_edits(first, edits))
        result.bytes["push, floor"] = floor_proxy.taken().both
    finally:
        floor.close()
        proxy.close()
        floor_proxy.close()
        world.close()


def _tell(report: Report, rows: int, result: Result) -> None:
    """The limits are those of `targets.md`."""
    head = f"{rows:,} tickets ({len(local_tables()['ticket'].columns)} columns)"
    _compare(report, f"{head}: first upload", result, "upload", 1.6)
    _compare(report, "  first fill by pages", result, "download", 1.1)
    plain = median(result.floor["download, plain file"])
    report.add("    the same floor into an unencrypted file", "", floor=number(plain, "ms"))
    _compare(report, "  snapshot fetched, checked, unpacked", result, "snapshot", 2)
    made = median(result.floor["snapshot made"])
    report.add("    the floor's is made once", "", floor=number(made, "ms"))
    opened = median(result.ours["snapshot, values"])
    report.add("    with every value made an object, as loading does", number(opened, "ms"))
    report.add("  first fill of a new desk, whole", number(median(result.ours["fill"]), "ms"))
    _compare(report, f"  {EDITS} rows × 3 fields up", result, "push", 1.8)
    down, update = result.of("pull")
    report.at_most(f"  {EDITS} rows × 3 fields down", down, 15, "ms", floor=number(update, "ms"))
    report.add("    by the processor", number(median(result.worked["pull"]), "ms"),
               floor=number(median(result.floor_worked["pull"]), "ms"))  # fmt: skip
    _compare(report, "  quiet round ÷ one plain requests call", result, "quiet", 1.3)
    health = median(result.floor["health"])
    report.add("    the same call of headquarters' own /healthz", "", floor=number(health, "ms"))
    for what in ("upload", "download"):
        floor = f"{result.bytes[f'{what}, floor']:,} B"
        report.add(f"  bytes, {what} of {min(rows, 20_000):,}", f"{result.bytes[what]:,} B", floor=floor)
    report.at_most(
        f"  bytes, {EDITS} rows up", result.bytes["push up"], 8_000, "B",
        floor=f"{result.bytes['push, floor']:,} B",
    )  # fmt: skip
    report.add(f"  bytes, {EDITS} rows down", f"{result.bytes['pull down']:,} B")
    report.at_most("  bytes, quiet round, both ways", result.bytes["quiet"], 400, "B")
    for whose, peak in result.memory.items():
        report.add(f"  peak memory, {whose}", number(peak, "MB"))


def _compare(report: Report, told: str, result: Result, what: str, limit: float) -> None:
    """By the clock, against the limit; then by the processors, which other work changes less."""
    report.ratio(told, *result.of(what), limit)
    worked, floor = median(result.worked[what]), median(result.floor_worked[what])
    report.add(
        "    by the processor", f"{number(worked, 'ms')} = {worked / floor:.2f} ×", floor=number(floor, "ms")
    )
