"""Pictures of the desk pages over the demonstration data, to be looked at:
``python -m tests.views.desk_gallery FOLDER [light|dark] [zh_CN|en] [WxH] [page …]``.

``QT_SCALE_FACTOR=2`` shows a sharp screen. Each page takes its own pictures (`SHOWS`).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from sqlalchemy import delete, select

from desktop.main_window import MainWindow, Search
from desktop.pages import all_pages
from desktop.theme import Theme
from models.database import Database
from models.entities import Outbox
from models.entities.synced import Base, new_id
from models.queries.conflict_list import conflicts
from models.queries.double_numbers import NumberTrouble, Renumbered
from models.queries.sync_state import counts
from models.services import demo, seeds
from models.services.accounts import actor_of_number
from models.work import SYSTEM, Identity, Work
from resources import translations
from sync.clock import Clock
from sync.status import SyncState, SyncStatus
from tests.views.desk_fakes import FakeDesk
from tests.views.sync_problems.planting import plant_all
from views.context import AppContext, MemoryPreferences, Place
from views.sign_in.first_run import EnrolCover, FirstPersonCover, NewSiteCover
from views.sign_in.sign_in import NewPasswordCover, SignInCover
from views.sync_light import sync_light
from views.tasks import inline_runner

KEY = bytes(range(32))
MADE = Path(tempfile.gettempdir()) / "desk-gallery"


def settle() -> None:
    for _round in range(6):
        QApplication.processEvents()


def opened(path: Path) -> Database:
    def stamps(desk_no: int, last: int) -> Clock:
        return Clock(desk_no, last)

    if path.exists():
        return Database.open(path, KEY, stamps)
    path.parent.mkdir(parents=True, exist_ok=True)
    database = Database.create(path, KEY, stamps)
    database.become(Identity(new_id(), 1, "B", new_id()))
    database.write(SYSTEM, seeds.seed_site, "幸福里服务中心", hotline="0755-1234 5678")
    database.write(SYSTEM, seeds.first_administrator, "0001", "周敏", "Gallery-2026")
    if "full" in path.name:
        with database.working("demo.build", SYSTEM) as work:
            demo.build(work, datetime.now(UTC))
    return database


class Desk:
    """One window over one file."""

    def __init__(self, folder: Path, name: str, size: QSize, file: str) -> None:
        self.folder, self.name = folder, name
        self.database = opened(MADE / file)
        actor = self.database.read(actor_of_number, "0001")
        assert actor is not None
        self.actor = actor.__class__(actor.staff_id, actor.staff_no, actor.name, SYSTEM.rights, "admin")
        self.fake = FakeDesk(MADE, SyncStatus(SyncState.SYNCED, last_at=datetime.now(UTC)))
        self.tasks = inline_runner(self.database, actor=self.actor)
        preferences = MemoryPreferences()
        self.window = MainWindow(preferences)
        self.context = AppContext(
            self.tasks, self.actor, navigate=self.window.navigate, notify=self.window.notify,
            preferences=preferences, place=Place("s", "幸福里服务中心", "B"), desk=self.fake,
        )  # fmt: skip
        self.window.resize(size)
        self.window.start(self.context, all_pages(), Search(lambda *_a, **_k: (), lambda hit: hit), "today")
        self.fake.sync_status_changed.connect(self.show_light)
        self.show_light(self.fake.status)
        self.window.show()
        settle()

    def show_light(self, status: SyncStatus) -> None:
        self.window.show_sync(sync_light(status, self.context.formats))

    def go(self, page: str, **arguments: Any) -> Any:
        self.window.notices.dismiss()
        self.window.navigate(page, **arguments)
        settle()
        return self.window.current_page()

    def shoot(self, what: str, widget: QWidget | None = None) -> None:
        settle()
        QTest.qWait(60)  # marks come a moment after their rows
        (widget or self.window).grab().save(str(self.folder / f"{what}-{self.name}.png"))

    def shoot_dialog(self, what: str) -> None:
        """The dialog that is open, then closed."""
        settle()
        dialog = QApplication.activeModalWidget()
        if dialog is not None:
            self.shoot(what, dialog)
            dialog.close()
            settle()


def show_today(full: Desk, empty: Desk) -> None:
    full.go("today")
    full.shoot("today")
    full.fake.say(SyncStatus(SyncState.UNREACHABLE, pending=12, reason="hq-unreachable"))
    full.shoot("today-trouble")
    full.fake.say(SyncStatus(SyncState.SYNCING, progress=(43_210, 100_000)))
    full.shoot("today-first-download")
    empty.go("today")
    empty.shoot("today-new")


def show_callbacks(full: Desk, empty: Desk) -> None:
    page = full.go("callbacks", group="due")
    page.table.setFocus()
    full.shoot("callbacks")
    page.record.trigger()
    full.shoot_dialog("callbacks-result")
    page.postpone.trigger()
    full.shoot_dialog("callbacks-postpone")
    page.exclude.trigger()
    full.shoot_dialog("callbacks-exclude")
    page.table.selectAll()
    page.make_sheet.trigger()
    settle()
    page.enter_command.trigger()
    settle()
    for keys in ("111", "122", "1231", "2"):
        QTest.keyClicks(page.entry.table, keys)
        QTest.keyClick(page.entry.table, Qt.Key.Key_Return)
    full.shoot("callbacks-entry")
    for line in page.entry.table.entry.lines:
        line.reached = line.solved = line.satisfaction = line.then = None
    page.step_back()
    page.figures_command.trigger()
    full.shoot("callbacks-figures")
    page.step_back()
    for group in ("done", "excluded"):
        full.go("callbacks", group=group)
        full.shoot(f"callbacks-{group}")
    page = empty.go("callbacks", group="due")
    empty.shoot("callbacks-empty")
    page.enter_command.trigger()
    empty.shoot("callbacks-sheets-empty")
    page.step_back()


def show_sync(full: Desk, empty: Desk) -> None:
    if not full.database.read(counts).conflicts:
        full.database.write(SYSTEM, plant_all)
    now = datetime.now(UTC)
    page = full.go("sync")
    trouble = SyncStatus(SyncState.CONFLICT, pending=3, conflicts=6, refused=2, last_at=now)
    full.fake.say(trouble)
    conflicts = page.conflicts
    for place, what in (
        (0, "conflict"),
        (3, "conflict-moved"),
        (4, "conflict-text"),
        (5, "conflict-deleted"),
    ):
        conflicts.table.go_to(conflicts.table.rows.key_at(place))
        conflicts.table.setFocus()
        full.shoot(f"sync-{what}")
    conflicts.table.go_to(conflicts.table.rows.key_at(0))
    conflicts.gather.trigger()
    full.shoot("sync-conflict-several")
    for state in ("ruled", "settled"):
        conflicts.chips.choose(state)
        conflicts.refresh()
        full.shoot(f"sync-{state}")
    conflicts.chips.choose("open")
    conflicts.refresh()
    for place in (0, 1):
        full.go("sync", list="refused")
        page.refused.table.go_to(page.refused.table.rows.key_at(place))
        full.shoot(f"sync-refused-{place}")
    show_standings(full, empty)


def show_standings(full: Desk, empty: Desk) -> None:
    """How it stands, in all the ways there are."""
    page, now = full.go("sync"), datetime.now(UTC)
    later = now + timedelta(seconds=95)
    down = SyncStatus(SyncState.UNREACHABLE, pending=12, last_at=now, reason="hq-unreachable", next_at=later)
    full.fake.say(down)
    full.go("sync", list="pending")
    full.shoot("sync-offline")
    full.fake.say(SyncStatus(SyncState.SYNCING, progress=(43_210, 100_000)))
    full.shoot("sync-first-download")
    full.fake.say(SyncStatus(SyncState.STOPPED, pending=12, last_at=now, reason="desk-forked"))
    full.shoot("sync-forked")
    numbers = NumberTrouble(("B-261121-0003",), (Renumbered("", "B-261121-0042", "D-261121-0001", now),))
    full.fake.say(SyncStatus(SyncState.PENDING, pending=2, last_at=now))
    page.enrol_again.trigger()
    settle()
    page.standing.show_numbers(numbers)
    full.shoot("sync-again-and-numbers")
    page.step_back()
    page.standing.show_numbers(NumberTrouble())
    values = (("table", "resident"), ("total", 1200), ("count", 800))
    full.fake.say(SyncStatus(SyncState.STOPPED, last_at=now, reason="sync-mass-deletion", values=values))
    full.go("sync", list="refused")
    full.shoot("sync-mass-deletion")
    full.fake.say(SyncStatus(SyncState.SYNCED, last_at=now))
    full.go("sync", list="rounds")
    full.shoot("sync-rounds")
    page.chips.choose("conflicts")
    empty.fake.say(SyncStatus(SyncState.SYNCED, last_at=now))
    empty.go("sync", list="conflicts")
    empty.shoot("sync-none")
    empty.fake.say(SyncStatus(SyncState.LOCAL))
    empty.go("sync")
    empty.shoot("sync-local")


def show_marks(full: Desk, empty: Desk) -> None:
    """What lists and details say of each record."""
    if not full.database.read(counts).conflicts:
        full.database.write(SYSTEM, plant_all)
    full.database.write(SYSTEM, sent_but_some)
    full.fake.say(SyncStatus(SyncState.PENDING, pending=3, last_at=datetime.now(UTC)))
    for page, arguments in (
        ("tickets", {"group": "all"}), ("residents", {}), ("rooms", {}), ("callbacks", {"group": "due"}),
        ("today", {}),
    ):  # fmt: skip
        full.go(page, **arguments)
        full.shoot(f"marks-{page}")
    contested = full.database.read(conflicts)[0]
    full.go("tickets", ticket_id=contested.row_id)
    full.shoot("marks-contested")


def sent_but_some(work: Work) -> None:
    """As after a round: nothing waits but a few rows."""
    work.session.flush()
    work.session.execute(delete(Outbox))
    for name in ("ticket", "resident", "room"):
        table = Base.metadata.tables[name]
        work.queue_whole(table, work.session.scalars(select(table.c.id).order_by(table.c.id.desc()).limit(3)))


def show_covers(full: Desk, empty: Desk) -> None:
    window = empty.window
    signing = SignInCover(empty.tasks, "幸福里花园（北区）物业服务中心客户服务前台", staff_no="0001")
    first = FirstPersonCover(empty.tasks, "幸福里服务中心")
    covers = (("new-site", NewSiteCover()), ("enrol", EnrolCover()), ("first", first), ("sign-in", signing))
    for what, cover in covers:
        window.cover(cover)
        cover.ready()
        empty.shoot(f"cover-{what}")
    signing.form.set_values({"staff_no": "0009", "password": "wrong"})
    signing.submit()
    empty.shoot("cover-wrong")
    for _try in range(4):
        signing.form.set_values({"password": "wrong"})
        signing.submit()
    empty.shoot("cover-locked")
    change = NewPasswordCover(empty.tasks, "0001", "Gallery-2026")
    window.cover(change)
    change.ready()
    change.form.set_values({"new": "one", "again": "two"})
    change.submit()
    empty.shoot("cover-new-password")
    window.uncover()


SHOWS: dict[str, Callable[[Desk, Desk], None]] = {
    "today": show_today,
    "callbacks": show_callbacks,
    "sync": show_sync,
    "marks": show_marks,
    "covers": show_covers,
}


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0] if arguments else "/tmp/desk-gallery-pictures")
    folder.mkdir(parents=True, exist_ok=True)
    scheme = arguments[1] if len(arguments) > 1 else "light"
    language = arguments[2] if len(arguments) > 2 else "zh_CN"
    width, height = (arguments[3] if len(arguments) > 3 else "1366x768").split("x")
    translations.use(language)
    application = QApplication([])
    Theme(application).apply(scheme)
    scale = os.environ.get("QT_SCALE_FACTOR", "1")
    name, size = f"{scheme}-{language}-{width}x{height}@{scale}", QSize(int(width), int(height))
    full, empty = Desk(folder, name, size, "full.db"), Desk(folder, name, size, "empty.db")
    for show in arguments[4:] or SHOWS:
        SHOWS[show](full, empty)
    full.window.close()
    empty.window.close()


if __name__ == "__main__":
    main(sys.argv[1:])
