"""Covers: wrong passwords count and lock, the first password is changed, a lock keeps the pages."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.main_window import MainWindow
from models.database import Database
from models.errors import DomainError
from models.rules.rights import Right
from models.services import accounts, seeds
from models.work import SYSTEM, Actor
from tests.conftest import DeskClock
from tests.views import example_pages
from tests.views.desk_bench import settle
from views.context import AppContext, MemoryPreferences
from views.sign_in.cover import Cover
from views.sign_in.first_run import EnrolCover, NewSiteCover
from views.sign_in.sign_in import NewPasswordCover, SignInCover
from views.sign_in.stopped import StoppedCover
from views.tasks import TaskRunner, inline_runner

FIRST, OWN = "First-pass-2026", "Own-pass-2027"


@pytest.fixture
def site(database: Database) -> Database:
    """A site whose administrator 0001 has changed the first password, and 0002 has not."""
    database.write(SYSTEM, seeds.seed_site, "幸福里服务中心")
    database.write(SYSTEM, seeds.first_administrator, "0001", "周敏", FIRST)
    database.write(SYSTEM, accounts.change_password, "0001", FIRST, OWN)
    clerk = {"staff_no": "0002", "name": "李娜", "group_id": seeds.seed_id("group", "clerk")}
    database.write(SYSTEM, accounts.create_staff, clerk, password=FIRST)
    return database


@pytest.fixture
def runner(qtbot: QtBot, site: Database) -> TaskRunner:
    return inline_runner(site)


def shown(qtbot: QtBot, cover: Cover) -> Cover:
    qtbot.addWidget(cover)
    cover.resize(900, 700)
    cover.show()
    cover.activateWindow()
    cover.ready()
    settle()
    return cover


def fill(cover: Cover, **values: str) -> None:
    """Type into the fields with keys and press Enter in the last one."""
    editor: QWidget | None = None
    for name, text in values.items():
        editor = cover.form.editor(name).widget
        editor.setFocus()
        cover.form.editor(name).set_value("")
        QTest.keyClicks(editor, text)
    assert editor is not None
    QTest.keyClick(editor, Qt.Key.Key_Return)
    settle()


def cover_of(window: MainWindow) -> list[QWidget]:
    """What covers the pages, if anything does."""
    return [widget for widget in (window.covering,) if widget is not None]


def banner(cover: Cover) -> str:
    found = cover.form.findChild(QLabel, "formBanner")
    assert isinstance(found, QLabel)
    return found.text() if not found.isHidden() else ""


def test_the_right_password_opens_the_desk_with_the_persons_rights(qtbot: QtBot, runner: TaskRunner) -> None:
    cover = SignInCover(runner, "幸福里服务中心")
    shown(qtbot, cover)
    with qtbot.waitSignal(cover.signed_in) as signal:
        fill(cover, staff_no="0001", password=OWN)
    actor: Actor = signal.args[0]
    assert (actor.name, actor.may(Right.STAFF)) == ("周敏", True)


def test_a_wrong_password_says_how_many_tries_are_left_and_is_wiped(qtbot: QtBot, runner: TaskRunner) -> None:
    cover = SignInCover(runner, "幸福里服务中心")
    shown(qtbot, cover)
    fill(cover, staff_no="0001", password="wrong-one-1")
    assert "4" in banner(cover)
    assert cover.form.values() == {"staff_no": "0001", "password": ""}
    assert cover.focusWidget() is cover.form.editor("password").widget
    assert cover.confirm.isEnabled()


def test_five_wrong_ones_lock_with_a_time_also_for_the_right_password(
    qtbot: QtBot, runner: TaskRunner, clock: DeskClock
) -> None:
    cover = SignInCover(runner, "幸福里服务中心")
    shown(qtbot, cover)
    for _try in range(5):
        fill(cover, staff_no="0001", password="wrong-one-1")
    assert "10:30" in banner(cover)
    fill(cover, staff_no="0001", password=OWN)
    assert "10:30" in banner(cover)
    other = shown(qtbot, SignInCover(runner, "幸福里服务中心"))  # a restart does not unlock
    fill(other, staff_no="0001", password=OWN)
    assert "10:30" in banner(other)
    clock.advance(minutes=31)
    assert isinstance(other, SignInCover)
    with qtbot.waitSignal(other.signed_in):
        fill(other, staff_no="0001", password=OWN)


def test_the_letters_of_a_password_are_not_shown_and_case_counts(qtbot: QtBot, runner: TaskRunner) -> None:
    cover = shown(qtbot, SignInCover(runner, "幸福里服务中心"))
    fill(cover, staff_no="0001", password=OWN.lower())
    assert banner(cover)
    assert cover.form.editor("password").widget.echoMode().name == "Password"  # type: ignore[attr-defined]


def test_an_account_out_of_use_is_told_so(qtbot: QtBot, runner: TaskRunner, site: Database) -> None:
    who = site.read(accounts.actor_of_number, "0001")
    assert who is not None
    staff_id = site.write(
        SYSTEM, accounts.create_staff,
        {"staff_no": "0003", "name": "旧人", "group_id": seeds.seed_id("group", "clerk")}, password=FIRST,
    ).value.staff_id  # fmt: skip
    site.write(SYSTEM, accounts.set_active, staff_id, is_active=False)
    cover = shown(qtbot, SignInCover(runner, "幸福里服务中心"))
    fill(cover, staff_no="0003", password=FIRST)
    assert "停用" in banner(cover)


def test_the_first_password_must_be_changed_before_anything_else(qtbot: QtBot, runner: TaskRunner) -> None:
    cover = SignInCover(runner, "幸福里服务中心")
    shown(qtbot, cover)
    signed_in: list[Any] = []
    cover.signed_in.connect(signed_in.append)
    with qtbot.waitSignal(cover.password_change_wanted) as signal:
        fill(cover, staff_no="0002", password=FIRST)
    assert signed_in == []
    change = NewPasswordCover(runner, *signal.args)
    shown(qtbot, change)
    fill(change, new="Other-pass-1", again="Other-pass-2")
    assert "不一样" in change.form._cells["again"].message.text()
    fill(change, new="short1", again="short1")
    assert "不够安全" in banner(change)
    fill(change, new=FIRST, again=FIRST)
    assert "不够安全" in banner(change)
    with qtbot.waitSignal(change.signed_in) as done:
        fill(change, new=OWN, again=OWN)
    assert done.args[0].name == "李娜"
    assert not done.args[0].may(Right.STAFF)


def test_ctrl_l_locks_and_everything_on_the_pages_is_still_there(qtbot: QtBot, runner: TaskRunner) -> None:
    preferences = MemoryPreferences()
    window = MainWindow(preferences)
    qtbot.addWidget(window)
    actor = Actor("0" * 32, "0001", "周敏", frozenset(Right), "admin")
    context = AppContext(runner, actor, navigate=window.navigate, notify=window.notify)
    window.start(context, example_pages.pages(), example_pages.SEARCH, "intake")
    window.show()
    window.activateWindow()
    settle()
    form = window.current_page().form  # type: ignore[union-attr]
    form.set_value("matter", "说到一半的话")
    with qtbot.waitSignal(window.lock_wanted):
        QTest.keyClick(form, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    cover = SignInCover(runner, "幸福里服务中心", staff_no="0001", is_lock=True)
    cover.signed_in.connect(lambda _actor: window.uncover())
    window.cover(cover)
    cover.ready()
    settle()
    assert not form.isVisible()
    QTest.keyClick(window, Qt.Key.Key_F2)
    assert window.covering == cover
    assert cover.form.values()["staff_no"] == "0001"
    fill(cover, password=OWN)
    assert not cover_of(window)
    assert form.isVisible()
    assert form.values()["matter"] == "说到一半的话"


def test_a_new_site_needs_name_administrator_and_password(qtbot: QtBot) -> None:
    cover = NewSiteCover()
    shown(qtbot, cover)
    wanted: list[dict[str, Any]] = []
    cover.wanted.connect(wanted.append)
    fill(cover, site="Lane", staff_no="0001")
    assert wanted == []
    fill(cover, name="Zhou", password=FIRST, hotline="400")
    assert wanted == [
        {"site": "Lane", "hotline": "400", "staff_no": "0001", "name": "Zhou", "password": FIRST}
    ]
    cover.submit()
    assert len(wanted) == 1  # once is enough while it is being made


def test_the_two_first_covers_lead_to_each_other(qtbot: QtBot) -> None:
    new, join = NewSiteCover(), EnrolCover()
    shown(qtbot, new)
    shown(qtbot, join)
    with qtbot.waitSignal(new.other_wanted):
        new.card.body.itemAt(new.card.body.count() - 1).widget().click()  # type: ignore[union-attr]
    with qtbot.waitSignal(join.wanted) as signal:
        fill(join, url="https://hq.example.com", code="ABCD-1234")
    assert signal.args[0] == {"url": "https://hq.example.com", "code": "ABCD-1234"}


def test_a_file_that_does_not_open_says_why_and_can_be_tried_again(qtbot: QtBot) -> None:
    stopped = StoppedCover(DomainError("database-busy", path="x"), [])
    qtbot.addWidget(stopped)
    stopped.show()
    assert [one.text() for one in stopped.buttons] == ["再试一次"], "neither backup nor key helps"
    with qtbot.waitSignal(stopped.retry_wanted):
        QTest.mouseClick(stopped.buttons[0], Qt.MouseButton.LeftButton)
    assert not stopped.buttons[0].isEnabled()
    stopped.failed(DomainError("database-damaged", path="y"))
    assert stopped.buttons[0].isEnabled()
    assert "y" in stopped.said.text()
