"""A sync service beside a desk, and engines whose rounds do what a test says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from pytestqt.qtbot import QtBot

from desktop.desk import Desk
from desktop.opening import engine_of
from desktop.sync_service import SyncService
from models.queries import sync_state
from models.services import intake
from models.services.intake import Request
from models.work import SYSTEM
from sync.client.engine import Engine
from sync.client.report import RoundReport
from sync.status import SyncState, SyncStatus

QUICK_S = 0.15


class Beside:
    """A service on a desk, and everything it has said."""

    def __init__(
        self, qtbot: QtBot, desk: Desk, make_engine: Callable[[], Engine | None] | None = None
    ) -> None:
        self.qtbot, self.desk = qtbot, desk
        self.said: list[SyncStatus] = []
        self.changed: list[frozenset[str]] = []
        self.crashes: list[BaseException] = []
        self.service = SyncService(
            make_engine or (lambda: engine_of(desk)),
            lambda: desk.database.read(sync_state.counts),
            every_s=QUICK_S,
            clock=lambda: datetime.now(UTC),
            on_crash=self.crashes.append,
        )
        self.service.status_changed.connect(self.said.append)
        self.service.data_changed.connect(self.changed.append)
        self.service.start()

    def wait_for(self, state: SyncState) -> SyncStatus:
        self.qtbot.waitUntil(lambda: self.service.status.state is state, timeout=20_000)
        return self.service.status

    def take(self, matter: str) -> None:
        self.desk.database.write(SYSTEM, intake.create, Request(matter=matter, place="南门"))
        self.service.note_commit()


class Rounds:
    """An engine whose rounds do what the test says."""

    def __init__(self, round_: Callable[[], RoundReport]) -> None:
        self.round = round_

    def run_once(self, *_: object, **asked: object) -> RoundReport:
        return self.round()

    def untold(self) -> frozenset[str]:
        return frozenset()

    def interrupt(self) -> None:
        return
