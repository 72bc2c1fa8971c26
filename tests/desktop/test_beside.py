"""What lives beside the window: what is late rises, backups are made by themselves, idle desks lock."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from desktop.beside import Beside, IdleLock
from desktop.desk import Desk, open_desk
from models.queries.ticket_detail import ticket_detail
from models.services import intake
from models.services.intake import Request
from models.work import SYSTEM
from tests.desktop.command_line import CLERK
from tests.desktop.running import Running, Start
from views.today.page import TodayPage


@pytest.fixture
def running(start: Start, profile: Path) -> Running:
    made = start(profile)
    made.sign_in(CLERK)
    return made


@pytest.fixture
def beside(running: Running) -> Beside:
    assert running.application.beside is not None
    return running.application.beside


@pytest.fixture
def desk(running: Running) -> Desk:
    assert running.application.desk is not None
    return running.application.desk


def said(running: Running) -> str:
    """What notices and the status line say."""
    shown = running.window.notices.findChildren(QLabel) + running.window.status.findChildren(QLabel)
    return "\n".join(one.text() for one in shown)


def test_what_waits_too_long_rises_and_is_told(running: Running, beside: Beside, desk: Desk) -> None:
    desk.database.clock = lambda: datetime.now(UTC) - timedelta(days=9)
    request = Request(matter="厨房漏水", place="南门", caller_phone="13800001234")
    taken = desk.database.write(SYSTEM, intake.create, request).value
    desk.database.clock = lambda: datetime.now(UTC)
    beside._sweep()
    running.until(lambda: taken.number in said(running))
    assert "超时" in said(running)
    assert desk.database.read(ticket_detail, taken.ticket_id).escalation > 0


def test_a_backup_is_made_by_itself_and_its_time_shown(running: Running, beside: Beside, desk: Desk) -> None:
    beside._look_at_backups()
    running.until(lambda: list(desk.profile.backups.glob("*-auto-*.qiantai-backup")))
    running.until(lambda: "备份 " in said(running))
    assert "✓" in said(running)


def test_a_backup_that_fails_is_said_in_red(running: Running, beside: Beside, desk: Desk) -> None:
    shutil.rmtree(desk.profile.backups)
    desk.profile.backups.write_text("no folder", encoding="ascii")
    beside._look_at_backups()
    running.until(lambda: "备份失败" in said(running))
    assert "不能写入文件夹" in said(running)


def test_what_a_round_brought_asks_for_no_round_after_it(beside: Beside) -> None:
    """Pages show it, and nothing of it is to be sent; what was saved here is."""
    heard: list[frozenset[str]] = []
    beside._tasks.data_changed.connect(heard.append)
    for changed, is_due in ((beside.sync.data_changed.emit, False), (beside._tasks.announce, True)):
        beside.sync._after_commit.stop()
        changed(frozenset({"building"}))
        assert heard.pop() == {"building"}
        assert beside.sync._after_commit.isActive() is is_due


def test_the_light_says_that_all_is_on_this_computer(running: Running, beside: Beside) -> None:
    running.until(lambda: running.window.status.badge.text() != "")
    assert "已存本机" in running.window.status.badge.text()


# -- the idle lock -----------------------------------------------------------------------------------


def test_an_idle_desk_locks_and_a_busy_one_does_not(qtbot: QtBot) -> None:
    locked: list[bool] = []
    keeper = QObject()
    idle = IdleLock(1, lambda: locked.append(True), keeper)
    idle._timer.setInterval(400)
    line = QLineEdit()
    qtbot.addWidget(line)
    line.show()
    idle.start()
    try:
        for _ in range(6):
            qtbot.wait(120)
            qtbot.keyClick(line, Qt.Key.Key_A)
        assert locked == [], "somebody types"
        qtbot.waitUntil(lambda: locked == [True], timeout=5_000)
    finally:
        idle.stop()


def test_the_idle_lock_covers_the_window(running: Running, beside: Beside) -> None:
    beside._idle._timer.timeout.emit()
    assert running.cover is not None
    beside._idle._timer.timeout.emit()
    assert "已锁定" in running.words_on_cover, "locked once is enough"
    running.sign_in(CLERK)


def test_pages_follow_what_the_command_line_writes(running: Running, beside: Beside, desk: Desk) -> None:
    """The status line counted a ticket of another process, the list of the day did not show it."""
    today = running.window.findChild(TodayPage)
    assert today is not None
    running.settle()
    told: list[bool] = []
    tasks = running.application.tasks
    assert tasks is not None
    tasks.data_changed.connect(lambda changes: told.append(True) if "saved_view" in changes else None)
    beside._look_elsewhere()
    assert told == [], "nobody has written"
    request = Request(matter="南门道闸坏了", place="南门", caller_phone="13800001234")
    desk.database.write(SYSTEM, intake.create, request)
    beside._look_elsewhere()
    assert told == [], "what this program writes is told by its own door"
    other = open_desk(desk.profile)
    try:
        other.database.write(SYSTEM, intake.create, request)
    finally:
        other.close()
    running.until(lambda: told)
    running.until(lambda: "今日受理 2" in today.summary.text())
