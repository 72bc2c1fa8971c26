"""The settings page over a real file with a seeded site, for an administrator and for a clerk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from models.database import Database
from models.services import accounts, seeds
from models.work import SYSTEM, Actor
from tests.conftest import DeskClock
from tests.views.desk_fakes import FakeDesk
from views.context import AppContext, Notice
from views.settings.page import SettingsPage
from views.settings.section import TableSection
from views.tasks import inline_runner
from views.widgets.small_table import SmallTable


@dataclass
class Shown:
    """The page as somebody sees it, with what it asked of the program around it."""

    page: SettingsPage
    database: Database
    desk: FakeDesk
    qtbot: QtBot
    notices: list[Notice] = field(default_factory=list)
    visits: list[str] = field(default_factory=list)

    def section(self, key: str) -> Any:
        self.page.open(section=key)
        self.page.section.focus_inside()
        return self.page.section

    @property
    def table(self) -> SmallTable[Any]:
        """The list of the section shown."""
        found: SmallTable[Any] = cast("TableSection[Any]", self.page.section).table
        return found

    def press(self, keys: str, at: QWidget | None = None) -> None:
        """One key, with its modifiers (``Alt+Down``), where the focus is."""
        *modifiers, name = keys.split("+")
        kinds = {"Alt": Qt.KeyboardModifier.AltModifier, "Ctrl": Qt.KeyboardModifier.ControlModifier}
        held = Qt.KeyboardModifier.NoModifier
        for modifier in modifiers:
            held |= kinds[modifier]
        if QApplication.activeModalWidget() is None:
            self.page.activateWindow()
            QApplication.processEvents()
        target = at or QApplication.focusWidget() or self.page
        QTest.keyClick(target, getattr(Qt.Key, f"Key_{name}"), held)
        QApplication.processEvents()

    def dialog(self) -> Any:
        """The dialog that is open."""
        shown = QApplication.activeModalWidget()
        assert isinstance(shown, QDialog)
        return shown

    def titles(self) -> list[str]:
        texts = [self.page.list.item(place).text() for place in range(self.page.list.count())]
        return [text for text in texts if text]


Show = Callable[[Actor], Shown]


@pytest.fixture
def site(database: Database) -> Database:
    """Seeded, with an administrator who can sign in."""
    database.write(SYSTEM, seeds.seed_site, "幸福里", hotline="0755-1234")
    database.write(SYSTEM, seeds.first_administrator, "0001", "周敏", "Boss-2026-x")
    return database


@pytest.fixture
def admin(site: Database) -> Actor:
    actor = site.read(accounts.actor_of_number, "0001")
    assert actor is not None
    return Actor(actor.staff_id, actor.staff_no, actor.name, SYSTEM.rights, "admin")


@pytest.fixture
def show(qtbot: QtBot, site: Database, tmp_path: Path, clock: DeskClock) -> Show:
    """Shows the page to somebody."""

    def make(actor: Actor) -> Shown:
        desk = FakeDesk(tmp_path)
        notices: list[Notice] = []
        visits: list[str] = []
        context = AppContext(
            inline_runner(site, actor=actor),
            actor,
            clock=clock,
            notify=notices.append,
            navigate=lambda page, **_arguments: visits.append(page),
            desk=desk,
        )
        page = SettingsPage(context)
        qtbot.addWidget(page)
        page.resize(1200, 700)
        with qtbot.waitExposed(page):
            page.show()
        page.activateWindow()
        page.setFocus()
        return Shown(page, site, desk, qtbot, notices, visits)

    return make
