"""A desk that is enrolled before its site has anybody: it goes on asking headquarters until people come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.opening import engine_of
from desktop.sync_service import SyncService
from models.queries import sync_state
from models.services import accounts

if TYPE_CHECKING:
    from desktop.desk import Desk

EVERY_S = 15.0


class Newcomers(QObject):
    """Rounds behind the card that asks for the first administrator; `stop` ends them."""

    came = Signal()
    """Somebody can sign in now."""

    def __init__(
        self, desk: Desk, on_crash: Callable[[BaseException], object], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self.sync = SyncService(
            lambda: engine_of(desk),
            lambda: desk.database.read(sync_state.counts),
            every_s=EVERY_S,
            clock=lambda: datetime.now(UTC),
            on_crash=on_crash,
            parent=self,
        )
        self.sync.data_changed.connect(self._look)

    def start(self) -> None:
        self.sync.start()

    def stop(self) -> None:
        self.sync.stop()

    def _look(self, _changes: object) -> None:
        if self._desk.database.read(accounts.has_accounts):
            self.came.emit()
