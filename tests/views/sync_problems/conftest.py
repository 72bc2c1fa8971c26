"""A bench over a real file with a small estate, and one over two desks that quarrel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from models.database import Database
from models.rules.rights import Right
from models.work import SYSTEM, Actor
from sync.server.blobs import BlobStore
from sync.server.database import HqDatabase
from sync.server.store import Store
from sync.status import SyncState, SyncStatus
from tests.conftest import DeskClock
from tests.models.services.conftest import Desk, build_estate
from tests.sync.parts import TestHq, settle
from tests.views.desk_bench import Bench, make_bench
from tests.views.sync_problems.two_desks import World, now


@pytest.fixture
def desk(database: Database, clock: DeskClock, actor: Actor) -> Desk:
    return Desk(database, clock, actor, database.write(SYSTEM, build_estate).value)


@pytest.fixture
def bench(qtbot: QtBot, database: Database, actor: Actor, clock: DeskClock, tmp_path: Path) -> Bench:
    return make_bench(qtbot, database, actor, clock, tmp_path)


@pytest.fixture
def world(qtbot: QtBot, tmp_path: Path) -> Iterator[World]:
    """Two real files, a real store of headquarters, and the screens of the first desk."""
    hq = TestHq(
        tmp_path, Store(HqDatabase(f"sqlite:///{tmp_path / 'hq.db'}")), BlobStore(tmp_path / "hq-blobs")
    )
    site = hq.add_site()
    first, second = hq.desk(site), hq.desk(site)
    settle(first, second)
    person = Actor(None, "0001", "周敏", frozenset(Right))
    bench = make_bench(qtbot, first.database, person, now, tmp_path)
    bench.fake.status = SyncStatus(SyncState.CONFLICT, conflicts=1)
    yield World(hq, site, first, second, bench)
    hq.close()
