"""The first fill over real HTTP from a headquarters in a process of its own."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from models.entities import Ticket
from models.errors import DomainError
from models.search import index
from sync.client.engine import Engine
from tests.benchmarks.sync_tickets import add_estate, add_tickets
from tests.sync.parts import HqProcess, TestDesk, same, settle
from tests.sync.snapshot_parts import asked


def with_tickets(process: HqProcess, site: str, path: Path, count: int) -> TestDesk:
    """A desk that has sent so many tickets to headquarters."""
    desk = process.desk(site, path)
    add_estate(desk.database)
    add_tickets(desk.database, count)
    while desk.pending():
        desk.sync()
    return desk


def close(*desks: TestDesk) -> None:
    for desk in desks:
        desk.link.close()
        desk.database.close()


def test_a_new_desk_is_filled_over_http_and_headquarters_may_die_on_the_way(
    hq_process: HqProcess, tmp_path: Path
) -> None:
    site = hq_process.add_site("春江花园")
    first = with_tickets(hq_process, site, tmp_path / "first.db", 5_000)
    new = hq_process.desk(site, tmp_path / "new.db")
    new.engine = Engine(new.database, new.link, fetches_ahead=True)

    def die(done: int, _total: int) -> None:
        if done:
            hq_process.stop(is_killed=True)

    with asked(new.link) as parts:
        try:
            new.engine.run_once(progress=die)
            raise AssertionError("it was filled by a headquarters that is dead")
        except DomainError as error:
            assert error.code in {"hq-unreachable", "hq-silent", "hq-cut"}
        assert "ticket" in new.engine.untold()
        hq_process.start()
        assert new.sync().is_equal is True
    assert parts
    settle(first, new)
    same(first, new)
    close(first, new)


def test_a_token_of_another_site_sees_no_snapshot(hq_process: HqProcess, tmp_path: Path) -> None:
    site, other = hq_process.add_site("春江花园"), hq_process.add_site("别处")
    first = with_tickets(hq_process, site, tmp_path / "first.db", 4_000)
    manifest = first.link.snapshot()
    assert manifest.parts
    stranger = hq_process.desk(other, tmp_path / "stranger.db")
    assert not stranger.link.snapshot().id
    with pytest.raises(DomainError, match="snapshot-gone"):
        stranger.link.snapshot_part(manifest.id, 0, 0, 100)
    close(first, stranger)


@pytest.mark.slow
def test_fifty_thousand_tickets_while_a_clerk_saves(hq_process: HqProcess, tmp_path: Path) -> None:
    """Filled equal, and no saving waits for more than a block."""
    site = hq_process.add_site("春江花园")
    first = with_tickets(hq_process, site, tmp_path / "first.db", 50_000)
    new = hq_process.desk(site, tmp_path / "new.db")
    index.install(new.database)
    new.engine = Engine(new.database, new.link, fetches_ahead=True)
    waits: list[float] = []
    is_over = threading.Event()

    def save() -> None:
        while not is_over.is_set():
            began = time.perf_counter()
            new.add_ticket(f"B-{len(waits)}")
            waits.append(time.perf_counter() - began)
            time.sleep(0.02)

    clerk = threading.Thread(target=save)
    clerk.start()
    try:
        report = new.sync()
    finally:
        is_over.set()
        clerk.join()
    assert report.pulled > 50_000
    settle(new, first)
    same(first, new)
    assert first.value(Ticket, str(new.rows("ticket")[-1][0]), "number")
    waits.sort()
    print(
        f"{len(waits)} savings, longest {waits[-1] * 1000:.0f} ms, median {waits[len(waits) // 2] * 1000:.0f}"
    )
    assert waits[-1] < 10  # of a machine with other work to do
    close(first, new)
