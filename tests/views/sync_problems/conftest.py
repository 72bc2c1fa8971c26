"""A bench over a real file with a small estate."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from models.database import Database
from models.work import SYSTEM, Actor
from tests.conftest import DeskClock
from tests.models.services.conftest import Desk, build_estate
from tests.views.desk_bench import Bench, make_bench


@pytest.fixture
def desk(database: Database, clock: DeskClock, actor: Actor) -> Desk:
    return Desk(database, clock, actor, database.write(SYSTEM, build_estate).value)


@pytest.fixture
def bench(qtbot: QtBot, database: Database, actor: Actor, clock: DeskClock, tmp_path: Path) -> Bench:
    return make_bench(qtbot, database, actor, clock, tmp_path)
