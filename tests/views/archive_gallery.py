"""Pictures of the archive's pages over the demonstration site, to be looked at:
``python -m tests.views.archive_gallery FOLDER [light|dark] [zh_CN|en] [WxH] [part …]``.

``QT_SCALE_FACTOR=2`` shows a sharp screen. Parts: rooms, residents, import, empty; all if none is named.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from desktop.main_window import MainWindow, Search
from desktop.pages import all_pages
from desktop.theme import Theme
from models.database import Database
from models.entities.organisation import Staff
from models.queries.rooms import RoomFilter, room_keys
from models.queries.ticket_list import TicketFilter, first_tickets
from models.rules.rights import Right
from models.services import demo, residents, seeds
from models.services.phones import PhoneEntry
from models.work import SYSTEM, Actor, Identity, Work
from resources import translations
from sync.clock import Clock
from tests.views import example_pages
from views.context import AppContext, MemoryPreferences, Place
from views.residents.page import ResidentsPage
from views.rooms.page import RoomsPage
from views.tasks import inline_runner

NOW = datetime(2026, 11, 21, 2, 40, tzinfo=UTC)
KEY = bytes(range(32))
SAMPLES = Path("/work/shared/samples")
LONG = "欧阳娜塔莉亚·阿依古丽·买买提江（港澳台同胞联谊会驻幸福里办事处第二联络组）"


def settle() -> None:
    for _round in range(6):
        QApplication.processEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def employ(work: Work) -> str:
    return work.add(Staff(staff_no="9001", name="王敏", must_change_password=False)).id


def make_database(folder: Path, *, with_data: bool) -> tuple[Database, Actor]:
    database = Database.create(
        folder / "desk.db", KEY, lambda no, last: Clock(no, last, wall=lambda: int(NOW.timestamp() * 1000))
    )
    database.clock = lambda: NOW
    database.become(Identity("5" * 32, 1, "B", "6" * 32))
    database.write(SYSTEM, seeds.seed_site, "幸福里")
    staff_id = database.write(SYSTEM, employ).value
    actor = Actor(staff_id, "9001", "王敏", frozenset(Right), "系统管理员")
    if with_data:
        database.write(SYSTEM, demo.build, NOW, weeks=2)
    return database, actor


class Gallery:
    """One window over one database, taken through its states; each state a picture."""

    def __init__(self, folder: Path, name: str, size: QSize, database: Database, actor: Actor) -> None:
        self.folder, self.name, self.database, self.actor = folder, name, database, actor
        preferences = MemoryPreferences()
        self.window = MainWindow(preferences)
        self.context = AppContext(
            inline_runner(database, actor=actor), actor, clock=lambda: NOW, navigate=self.window.navigate,
            notify=self.window.notify, preferences=preferences, place=Place("s", "幸福里服务中心", "B"),
        )  # fmt: skip
        self.window.resize(size)
        pages = [page for page in example_pages.pages() if page.key not in ("residents", "rooms")]
        pages += [page for page in all_pages() if page.key in ("residents", "rooms", "import")]
        self.window.start(self.context, pages, Search(example_pages.find, example_pages.present), "rooms")
        self.window.show()
        settle()

    def shoot(self, what: str, widget: QWidget | None = None) -> None:
        settle()
        (widget or self.window).grab().save(str(self.folder / f"{what}-{self.name}.png"))

    def dialog(self, what: str, open_: Callable[[], object]) -> None:
        """Open a dialog, picture it, close it."""
        open_()
        settle()
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QDialog), what
        self.shoot(what, dialog)
        dialog.reject()
        settle()

    def rooms(self) -> None:
        self.window.navigate("rooms")
        page = self.window.current_page()
        assert isinstance(page, RoomsPage)
        open_ones = self.database.read(first_tickets, TicketFilter(group="open", now=NOW), None, 40)
        code = next(row.room_code for row in open_ones if row.room_code)
        page.open(room_id=self.database.read(room_keys, RoomFilter(text=code))[0])
        page.table.setFocus()
        page.reveal_phones()
        self.shoot("rooms")
        area = page.detail._area
        area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
        self.shoot("rooms-foot")
        self.dialog("rooms-edit", page.edit_room)
        self.dialog("rooms-new", page.new_room)
        self.dialog("rooms-person", page.add_person)
        self.dialog("rooms-move-out", page.move_out)
        self.dialog("rooms-vehicle", page.add_vehicle)
        self.dialog("rooms-contact", page.add_contact)
        self.dialog("rooms-batch", page.batch)
        self.dialog("rooms-export", page.export)

    def residents(self) -> None:
        self.window.navigate("residents")
        page = self.window.current_page()
        assert isinstance(page, ResidentsPage)
        page.table.selectAll()
        page.table.go_to(page.model.key_at(1))
        page.table.setFocus()
        page.reveal_phones()
        self.shoot("residents")
        area = page.detail._area
        area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
        self.shoot("residents-foot")
        for name, open_ in (
            ("new", page.new_resident), ("edit", page.edit_resident), ("phone", page.add_phone),
            ("stay", page.add_stay), ("tags", page.edit_tags), ("erase", page.erase),
        ):  # fmt: skip
            self.dialog(f"residents-{name}", open_)
        page.table.selectAll()
        self.dialog("residents-batch", page.batch)
        person = {"name": LONG, "contact": LONG * 2, "work": LONG, "habits": LONG, "level": "key",
                  "major_complaint": LONG, "kind": "company"}  # fmt: skip
        made = self.database.write(
            self.actor, residents.create_resident, person,
            phones=[PhoneEntry("18912341443", LONG[:20]), PhoneEntry("075588886666")],
            tag_names=["老年客户", "独居", "养犬户", "商业租户", LONG[:20]],
        ).value  # fmt: skip
        page.open(resident_id=made)
        self.shoot("residents-long")

    def imports(self) -> None:
        from views.archive_import.page import ImportPage

        self.window.navigate("import")
        page = self.window.current_page()
        assert isinstance(page, ImportPage)
        self.shoot("import-start")
        page.read_file(SAMPLES / "estate-linked-sheets-2020.xlsx")
        self.shoot("import-mapping")
        page.commit()
        self.shoot("import-rehearsal")
        page.commit()
        self.shoot("import-result")
        page.start_again()
        page.read_file(SAMPLES / "rooms-flat.xlsx")
        self.shoot("import-mapping-flat")
        page.commit()
        self.shoot("import-rehearsal-flat")
        page.start_again()
        self.shoot("import-start-again")

    def empty(self) -> None:
        for key in ("rooms", "residents", "import"):
            self.window.navigate(key)
            self.shoot(f"empty-{key}")
        QTest.keyClick(self.window, Qt.Key.Key_Question)


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0] if arguments else "/tmp/archive-gallery")
    folder.mkdir(parents=True, exist_ok=True)
    scheme = arguments[1] if len(arguments) > 1 else "light"
    language = arguments[2] if len(arguments) > 2 else "zh_CN"
    width, height = (arguments[3] if len(arguments) > 3 else "1366x768").split("x")
    parts = arguments[4:] or ["rooms", "residents", "import", "empty"]
    translations.use(language)
    application = QApplication([])
    Theme(application).apply(scheme)
    name = f"{scheme}-{language}-{width}x{height}@{os.environ.get('QT_SCALE_FACTOR', '1')}"
    for part in parts:
        with tempfile.TemporaryDirectory() as home:
            database, actor = make_database(Path(home), with_data=part in ("rooms", "residents"))
            gallery = Gallery(folder, name, QSize(int(width), int(height)), database, actor)
            getattr(gallery, "imports" if part == "import" else part)()
            gallery.window.close()
            database.close()


if __name__ == "__main__":
    main(sys.argv[1:])
