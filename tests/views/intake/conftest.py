"""The same desk as the tests of the ticket page."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from models.database import Database
from models.work import Actor
from tests.views.tickets.ticket_desk import TicketDesk


@pytest.fixture
def desk(qapp: QApplication, database: Database, actor: Actor, tmp_path: Path) -> TicketDesk:
    return TicketDesk(database, actor, tmp_path / "files")
