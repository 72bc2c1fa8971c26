"""A desk with a small estate, for the pages of the archive."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from models.database import Database
from models.work import Actor
from tests.conftest import DeskClock
from tests.views.archive_desk import Desk, make_estate


@pytest.fixture
def desk(database: Database, actor: Actor, clock: DeskClock, qtbot: QtBot) -> Desk:
    estate = database.write(actor, make_estate).value
    return Desk(database, actor, clock, estate, qtbot)
