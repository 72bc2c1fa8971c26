"""A bench for the desk pages: a page over a real file, and what it said, opened and printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from models.database import Database
from models.work import Actor
from tests.views.desk_fakes import FakeDesk
from views.context import AppContext, Notice, Place, PrintRequest
from views.page import Page
from views.tasks import inline_runner
from views.widgets.dialog import Dialog

P = TypeVar("P", bound=Page)


def settle() -> None:
    """Let zero timers and queued signals run."""
    for _round in range(6):
        QApplication.processEvents()


@dataclass
class Bench:
    """``went``: (page, arguments) of each navigation; ``said``: notices; ``printed``: print requests."""

    bot: QtBot
    database: Database
    context: AppContext
    fake: FakeDesk
    went: list[tuple[str, dict[str, Any]]]
    said: list[Notice]
    printed: list[PrintRequest]
    synced: list[bool] = field(default_factory=list)

    def show(self, make: Callable[[AppContext], P], **arguments: Any) -> P:
        """The page, visible and filled."""
        page = make(self.context)
        self.bot.addWidget(page)
        page.resize(1260, 640)
        page.show()
        page.activateWindow()
        settle()
        if arguments:
            page.open(**arguments)
        page.setFocus()
        settle()
        return page

    def type(self, widget: QWidget, text: str) -> None:
        QTest.keyClicks(widget, text)
        settle()

    def press(
        self, widget: QWidget, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        QTest.keyClick(widget, key, modifier)
        settle()

    def dialog(self) -> Any:
        """The dialog that is open."""
        settle()
        found = QApplication.activeModalWidget()
        assert isinstance(found, QDialog)
        return found

    def confirm(self, dialog: Dialog) -> None:
        """Ctrl+Enter in a dialog."""
        self.press(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def make_bench(
    bot: QtBot, database: Database, actor: Actor, clock: Callable[[], datetime], folder: Path
) -> Bench:
    fake = FakeDesk(folder)
    went: list[tuple[str, dict[str, Any]]] = []
    said: list[Notice] = []
    printed: list[PrintRequest] = []
    synced: list[bool] = []
    tasks = inline_runner(database, actor=actor)
    context = AppContext(
        tasks,
        actor,
        clock=clock,
        navigate=lambda page, **arguments: went.append((page, arguments)),
        notify=said.append,
        place=Place("s", "幸福里服务中心", "A"),
        print_request=lambda _owner, request: printed.append(request),
        sync_now=lambda: synced.append(True),
        desk=fake,
    )
    return Bench(bot, database, context, fake, went, said, printed, synced)
