"""Synchronisation beside its floor: 20,000 and 100,000 tickets up and down, 200 edits, a quiet round.

``QIANTAI_SYNC_ROWS`` (``20000,100000``) and ``QIANTAI_SYNC_REPEATS`` (3) say how much. What belongs to it and
is run by its own name: `sync_growth`, `sync_local`, `sync_hq`.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from sync.client.columns import local_tables
from tests.benchmarks import sync_peers
from tests.benchmarks.measure import Report, number, timed
from tests.benchmarks.sync_floor import LOCAL_NAMES, Floor, local_file
from tests.benchmarks.sync_tickets import add_estate, add_tickets, change, changes
from tests.benchmarks.sync_wire import CountingProxy
from tests.benchmarks.sync_world import World, peak_memory
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


def note(times: Times, what: str, job: Callable[[], object]) -> None:
    gc.collect()
    times.setdefault(what, []).append(timed(job))


def _repetition(folder: Path, rows: int, result: Result) -> None:
    """Ours and the floor by turns, step by step, each from nothing."""
    world = World.make(folder)
    floor = Floor(folder)
    try:
        first, second = prepared(world, rows)
        floor.fill(rows_of(first))
        ours, bare = result.ours, result.floor
        note(ours, "upload", first.sync)
        note(bare, "upload", floor.upload)
        note(ours, "download", second.sync)
        note(bare, "download", floor.download)
        plain = local_file(folder / "floor-plain.db", None)
        note(bare, "download, plain file", lambda: floor.download(plain))
        plain.close()
        ids = [row[0] for row in rows_of(first, "id")]
        for round_no in range(ROUNDS):
            edits = changes(ids, EDITS, round_no)
            change(first.database, edits)
            note(ours, "push", first.sync)
            note(bare, "push", lambda edits=edits: floor.edit(plain_edits(first, edits)))  # type: ignore[misc]
            note(ours, "pull", second.sync)
        for _ in range(QUIET):
            note(ours, "quiet", first.sync)
            note(bare, "quiet", floor.quiet)
        assert world.hq._process is not None
        result.memory["headquarters"] = peak_memory(world.hq._process.pid)
        result.memory["headquarters, floor"] = peak_memory(floor.server.process.pid)
    finally:
        floor.close()
        world.close()


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
        chosen = f"SELECT {', '.join(names or LOCAL_NAMES)} FROM ticket ORDER BY id"  # noqa: S608
        return [tuple(row) for row in session.connection().exec_driver_sql(chosen)]


def plain_edits(desk: TestDesk, edits: dict[str, dict[str, Any]]) -> list[list[Any]]:
    """As the floor sends them: values as stored, then the key."""
    site = desk.database.identity.site_id
    return [
        [one["state"], one["handler_id"], int(one["due_at"].timestamp() * 1000), site, row_id]
        for row_id, one in edits.items()
    ]


def _count_bytes(folder: Path, rows: int, result: Result) -> None:
    """The same once more through a counting proxy: nothing of it is timed."""
    world = World.make(folder)
    proxy = CountingProxy(world.hq.url)
    floor = Floor(folder)
    floor_proxy = CountingProxy(floor.url)
    floor.url = floor_proxy.url
    try:
        first, second = prepared(world, rows)
        floor.fill(rows_of(first))
        for desk in (first, second):
            desk.link.url = proxy.url
            desk.sync() if desk is second else None
        proxy.taken()
        steps: dict[str, Callable[[], object]] = {
            "upload": first.sync, "download": second.sync, "quiet": first.sync
        }  # fmt: skip
        for what, job in steps.items():
            job()
            counted = proxy.taken()
            result.bytes[what] = counted.up + counted.down
        floor.upload()
        result.bytes["upload, floor"] = sum(vars(floor_proxy.taken()).values())
        floor.download()
        result.bytes["download, floor"] = sum(vars(floor_proxy.taken()).values())
        edits = changes([row[0] for row in rows_of(first, "id")], EDITS, 0)
        change(first.database, edits)
        for what, job in (("push", first.sync), ("pull", second.sync)):
            job()
            counted = proxy.taken()
            result.bytes[what] = counted.up + counted.down
            result.bytes[f"{what} up"], result.bytes[f"{what} down"] = counted.up, counted.down
        floor.edit(plain_edits(first, edits))
        result.bytes["push, floor"] = sum(vars(floor_proxy.taken()).values())
    finally:
        floor.close()
        proxy.close()
        floor_proxy.close()
        world.close()


def _tell(report: Report, rows: int, result: Result) -> None:
    """The limits are those of `targets.md`."""
    head = f"{rows:,} tickets ({len(local_tables()['ticket'].columns)} columns)"
    report.ratio(f"{head}: first upload", *result.of("upload"), 1.6)
    report.ratio("  first fill by pages", *result.of("download"), 1.1)
    plain = median(result.floor["download, plain file"])
    report.add("    the same floor into an unencrypted file", "", floor=number(plain, "ms"))
    report.ratio(f"  {EDITS} rows × 3 fields up", *result.of("push"), 1.8)
    report.at_most(f"  {EDITS} rows × 3 fields down", result.of("pull")[0], 15, "ms")
    report.ratio("  quiet round ÷ one plain requests call", *result.of("quiet"), 1.3)
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
