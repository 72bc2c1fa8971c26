"""A ticket desk for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from models.database import Database
from models.work import Actor
from tests.views.tickets.ticket_desk import TicketDesk, settle
from views.tickets.page import TicketsPage


@pytest.fixture
def desk(qapp: QApplication, database: Database, actor: Actor, tmp_path: Path) -> TicketDesk:
    return TicketDesk(database, actor, tmp_path / "files")


@pytest.fixture
def page(desk: TicketDesk) -> Iterator[TicketsPage]:
    made = TicketsPage(desk.context)
    made.resize(1270, 690)
    yield made
    made.close()
    made.deleteLater()
    settle()
