"""A desk for the tests of the archive's pages: a real file with a small estate, and a page shown over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from models.database import Database
from models.entities import OperationLog
from models.services import buildings, households, residents, rooms
from models.services.phones import PhoneEntry
from models.work import Actor, Work
from tests.conftest import DeskClock
from views.archive.dialogs import RecordDialog
from views.context import AppContext, Notice
from views.page import Page
from views.tasks import inline_runner

P = TypeVar("P", bound=Page)


@dataclass
class Estate:
    """Ids of what `make_estate` made: 3栋2单元 with 1501 (吴学文, tenant 单梅) and 1502 (nobody)."""

    room: str
    empty_room: str
    owner: str
    tenant: str


def make_estate(work: Work) -> Estate:
    building = buildings.create_building(work, {"code": "3"})
    unit = buildings.create_unit(work, building, {"code": "2"})
    room = rooms.create_room(work, building, unit, {"number": "1501", "state": "rented"})
    empty = rooms.create_room(work, building, unit, {"number": "1502", "state": "vacant"})
    owner = households.add_member(
        work, room, {"role": "owner"}, person={"name": "吴学文", "level": "key", "work": "教师"},
        phones=[PhoneEntry("18912341443"), PhoneEntry("0755-88886666", "单位")],
    )  # fmt: skip
    tenant = households.add_member(
        work, room, {"role": "tenant"}, person={"name": "单梅"}, phones=[PhoneEntry("13800002207")]
    )
    residents.edit_resident(work, owner, {"id_number": "11010519491231002X"})
    return Estate(room, empty, owner, tenant)


@dataclass
class Desk:
    """What a test drives: the page's context, and what it said and where it went."""

    database: Database
    actor: Actor
    clock: DeskClock
    estate: Estate
    qtbot: QtBot
    notices: list[Notice] = field(default_factory=list)
    gone_to: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context = AppContext(
            inline_runner(self.database, actor=self.actor), self.actor, clock=self.clock,
            navigate=lambda page, **arguments: self.gone_to.append((page, arguments)),
            notify=self.notices.append,
        )  # fmt: skip
        self.context.tasks.failed.connect(lambda error: self.notices.append(Notice(error.code, "bad")))

    def show(self, kind: type[P]) -> P:
        page = kind(self.context)
        self.qtbot.addWidget(page)
        page.resize(1280, 700)
        with self.qtbot.waitActive(page):
            page.show()
            page.activateWindow()
        page.setFocus()
        return page

    def press(self, widget: QWidget, keys: str) -> None:
        """Keys as one types them on the page: ``"E"``, ``"Ctrl+Del"``."""
        self.activate(widget.window())
        focus = QApplication.focusWidget()
        if focus is None or not (focus is widget or widget.isAncestorOf(focus)):
            widget.setFocus()
        modifiers, name = Qt.KeyboardModifier.NoModifier, keys
        if keys.startswith("Ctrl+"):
            modifiers, name = Qt.KeyboardModifier.ControlModifier, keys[5:]
        names = {"Del": "Delete", "Enter": "Return", "/": "Slash"}
        key = getattr(Qt.Key, f"Key_{names.get(name, name)}")
        QTest.keyClick(QApplication.focusWidget() or widget, key, modifiers)
        QApplication.processEvents()

    def activate(self, window: QWidget) -> None:
        if not window.isActiveWindow():
            with self.qtbot.waitActive(window):
                window.activateWindow()

    def dialog(self) -> RecordDialog:
        """The dialog that is open."""
        found = QApplication.activeModalWidget()
        assert isinstance(found, RecordDialog), found
        return found

    def delete(self, dialog: QWidget) -> None:
        """Ctrl+Del, and once more since it asks."""
        self.press(dialog, "Ctrl+Del")
        assert "再按一次删除" in words_of(dialog)
        self.press(dialog, "Ctrl+Del")

    def confirm(self, dialog: QWidget) -> None:
        """Ctrl+Enter."""
        self.activate(dialog)
        QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        QApplication.processEvents()

    def read(self, query: Any, *arguments: Any) -> Any:
        return self.database.read(query, *arguments)

    def do(self, service: Any, *arguments: Any, **named: Any) -> Any:
        return self.database.write(self.actor, service, *arguments, **named).value

    def logged(self, operation: str) -> list[str | None]:
        """Labels of the log's lines of this operation."""
        with self.database.reading() as session:
            chosen = select(OperationLog.row_label).where(OperationLog.operation == operation)
            return list(session.scalars(chosen))


def words_of(widget: QWidget) -> str:
    """Every word that a part of the page shows."""
    from PySide6.QtWidgets import QLabel, QPushButton

    parts: list[QLabel | QPushButton] = [*widget.findChildren(QLabel), *widget.findChildren(QPushButton)]
    return "\n".join(part.text() for part in parts if part.isVisibleTo(widget))
