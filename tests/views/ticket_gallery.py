"""Pictures of the intake and ticket pages, to be looked at:
``python -m tests.views.ticket_gallery FOLDER [light|dark] [zh_CN|en] [WxH]``; ``QT_SCALE_FACTOR=2``."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop.found import present
from desktop.main_window import MainWindow, Search
from desktop.navigation import PageSpec
from desktop.theme import Theme
from models.database import Database
from models.entities.organisation import Staff
from models.rules.rights import Right
from models.search.query import find
from models.services import attachments
from models.work import SYSTEM, Actor, Work
from resources import translations
from sync.clock import Clock
from tests.views.tickets.ticket_desk import TicketDesk, settle
from views.context import AppContext, MemoryPreferences, Place
from views.intake.page import IntakePage
from views.tickets.page import TicketsPage


def employ(work: Work) -> str:
    return work.add(Staff(staff_no="9001", name="周敏", must_change_password=False)).id


ACTIONS = ("complete", "progress", "chase", "suspend", "pass_on", "send_back", "void", "first_answer")


class Gallery:
    def __init__(self, folder: Path, name: str, size: QSize) -> None:
        self.folder, self.name = folder, name
        home = Path(tempfile.mkdtemp())
        database = Database.create(home / "desk.db", bytes(32), Clock, desk_letter="B")
        staff_id = database.write(SYSTEM, employ).value
        self.actor = Actor(staff_id, "9001", "周敏", frozenset(Right), "客服专员")
        self.desk = TicketDesk(database, self.actor, home / "files")
        database.clock = lambda: datetime.now(UTC)
        self.desk.fill_with_demo()
        preferences = MemoryPreferences()
        self.window = MainWindow(preferences)
        self.context = AppContext(
            self.desk.runner, self.actor, navigate=self.window.navigate, notify=self.window.notify,
            preferences=preferences, place=Place("s", "幸福里服务中心", "B"), desk=self.desk.context.desk,
        )  # fmt: skip
        self.window.resize(size)
        pages = [
            PageSpec("intake", "受理", IntakePage, "F2", "intake"),
            PageSpec("tickets", "工单", TicketsPage, "2", "tickets"),
        ]
        self.window.start(self.context, pages, Search(find, present), "tickets")
        self.window.show()
        settle()

    def shoot(self, what: str, widget: QWidget | None = None) -> None:
        settle()
        (widget or self.window).grab().save(str(self.folder / f"{what}-{self.name}.png"))

    def dialog(self, what: str) -> None:
        settle()
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            print("no dialog for", what)
            return
        self.shoot(what, dialog)
        dialog.close()
        settle()

    def show_tickets(self) -> None:
        page: Any = self.window.current_page()
        table = page.table
        keys = list(table.rows.keys)
        states: dict[str, int] = {}
        for rowid in keys[:60]:
            table.go_to(rowid)
            settle()
            if page.detail.detail is not None:
                states.setdefault(page.detail.detail.state, rowid)
        print("states", states)
        running = states.get("in_progress", keys[0])
        table.go_to(running)
        table.setFocus()
        content = self.desk.files.attachments.put_bytes(b"x" * 123456)
        self.desk.database.write(self.actor, attachments.add, page.detail.detail.id, content, name="漏水.jpg")
        page.refresh()
        self.shoot("tickets")
        for part in ("facts", "charges", "files", "paper"):
            page.detail.show_part(part)
            self.shoot(f"part-{part}")
        page.detail.show_part("history")
        for action in (
            "complete",
            "progress",
            "chase",
            "suspend",
            "pass_on",
            "send_back",
            "void",
            "first_answer",
        ):
            page.actions_.run(action)
            self.dialog(f"dialog-{action}")
        for command, what in ((page.actions_.edit, "edit"), (page.actions_.charge, "charge")):
            command.trigger()
            self.dialog(f"dialog-{what}")
        if "received" in states:
            table.go_to(states["received"])
            page.actions_.run("dispatch")
            self.dialog("dialog-dispatch")
        page.ask_filter()
        self.dialog("dialog-filter")
        QTest.keyClick(table, Qt.Key.Key_Home)
        for _step in range(3):
            QTest.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
        self.shoot("many")
        page.list.chips.chosen.emit("finished")
        settle()
        QTest.keyClick(table, Qt.Key.Key_Home)
        page.detail.show_part("charges")
        self.shoot("finished")
        page.list.chips.chosen.emit("overdue")
        self.shoot("overdue")

    def show_intake(self) -> None:
        self.window.navigate("intake")
        page: Any = self.window.current_page()
        self.shoot("intake-empty")
        page.form.focus("household")
        box = page.form.editor("household").box
        QTest.keyClicks(box, "3-2")
        self.shoot("intake-search")
        QTest.keyClick(box, Qt.Key.Key_Return)
        settle()
        row = next(one for one in self.desk.all_tickets() if one.room_code and one.state != "archived")
        detail = self.desk.detail(row.id)
        page.open(room_id=detail.room_id, resident_id=detail.resident_id)
        page.form.set_value("matter", detail.matter)
        page.keeper.keep()
        self.shoot("intake")
        page.set_aside()
        page.open(room_id=detail.room_id, resident_id=detail.resident_id)
        page.form.set_value("kind", "enquiry")
        page.form.set_value("matter", "装修押金什么时候退")
        page.keeper.keep()
        self.shoot("intake-enquiry")
        page.set_aside()
        self.shoot("intake-drafts")
        page.open_draft(1)
        page.commit()
        self.dialog("dialog-similar")


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0] if arguments else "/tmp/ticket-gallery")
    folder.mkdir(parents=True, exist_ok=True)
    scheme = arguments[1] if len(arguments) > 1 else "light"
    language = arguments[2] if len(arguments) > 2 else "zh_CN"
    width, height = (arguments[3] if len(arguments) > 3 else "1366x768").split("x")
    os.environ["TZ"] = "Asia/Shanghai"
    time.tzset()
    translations.use(language)
    application = QApplication([])
    Theme(application).apply(scheme)
    scale = os.environ.get("QT_SCALE_FACTOR", "1")
    gallery = Gallery(folder, f"{scheme}-{language}@{scale}", QSize(int(width), int(height)))
    gallery.show_tickets()
    gallery.show_intake()
    gallery.window.close()


if __name__ == "__main__":
    main(sys.argv[1:])
