"""Each site has a clock of its own: a desk that runs ahead pulls along whom it works with, nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from models.entities import Building
from sync.clock import TOLERANCE_MS, Clock, milliseconds_of, wall_milliseconds
from sync.protocol import SyncRequest
from tests.sync.parts import TestDesk, TestHq, settle

pytestmark = pytest.mark.both_databases
AHEAD = TOLERANCE_MS - 10_000
"""As far ahead as a stamp may lie and still be taken as it is."""


def running_ahead(desk: TestDesk) -> None:
    """Its stamps lie `AHEAD`; what it learns of headquarters' time changes nothing about that."""

    def shifted(number: int, last: int) -> Clock:
        clock: Any = Clock(number, last, wall=lambda: wall_milliseconds() + AHEAD)
        clock.learn = lambda *_: None
        return clock  # type: ignore[no-any-return]

    desk.database.close()
    desk.database = type(desk.database).open(desk.database.path, None, shifted)
    desk.engine = type(desk.engine)(desk.database, desk.link)


def told(hq: TestHq, desk: TestDesk, *, with_batch: bool) -> int:
    """How far ahead of the true time (ms) headquarters answers this desk."""
    seen: list[int] = []
    sync = hq.store.round

    def watched(token: str, request: SyncRequest, *rest: Any) -> Any:
        found, reply = sync(token, request, *rest)
        seen.append(reply.server_ms - wall_milliseconds())
        return found, reply

    hq.store.round = watched  # type: ignore[method-assign,assignment]
    try:
        if with_batch:
            desk.add_building("8")
        desk.sync()
    finally:
        hq.store.round = sync  # type: ignore[method-assign]
    return max(seen)


def test_a_desk_that_runs_ahead_pulls_no_other_site_along(hq: TestHq) -> None:
    home, elsewhere = hq.add_site("阳光花园"), hq.add_site("月亮湾")
    ahead, beside, far = hq.desk(home), hq.desk(home), hq.desk(elsewhere)
    settle(ahead, beside)
    settle(far)
    running_ahead(ahead)
    building = ahead.add_building("3")
    ahead.sync()
    for with_batch in (True, False):
        assert told(hq, far, with_batch=with_batch) < 5_000
        assert told(hq, beside, with_batch=with_batch) > AHEAD - 5_000  # never below a stamp it was given
    beside.edit(Building, building, name="后改")
    settle(ahead, beside)
    assert ahead.value(Building, building, "name") == "后改"


def test_what_headquarters_stamps_for_one_site_is_of_that_sites_time(hq: TestHq) -> None:
    """A conflict is headquarters' own row: its stamp lies beyond what the site had before, and near the time
    where nobody runs ahead."""
    home, elsewhere = hq.add_site("阳光花园"), hq.add_site("月亮湾")
    stamps = {}
    for site in (home, elsewhere):
        first, second = hq.desk(site), hq.desk(site)
        building = first.add_building("3")
        settle(first, second)
        if site == home:
            running_ahead(second)
        second.add_building("4")
        second.sync()
        first.edit(Building, building, name="甲")
        second.edit(Building, building, name="乙")
        settle(first, second)
        with first.database.reading() as session:
            (stamp,) = session.connection().exec_driver_sql("SELECT stamp FROM conflict").one()
        stamps[site] = milliseconds_of(stamp)
    now = wall_milliseconds()
    assert stamps[home] > now + AHEAD - 20_000
    assert stamps[elsewhere] < now + 1_000
