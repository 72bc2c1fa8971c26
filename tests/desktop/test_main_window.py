"""The window with example pages: its keys, its history, what it remembers, what it imports."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextBrowser,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.main_window import MainWindow
from desktop.navigation import History, Stop
from models.errors import DomainError
from models.rules.rights import Right
from models.work import Actor
from resources import translations
from tests.views import example_pages
from tests.views.fakes import PlainStore, example_actor
from views.context import AppContext, MemoryPreferences, Notice, Place
from views.tasks import Door, Progress, inline_runner
from views.widgets.sync_badge import Light, SyncState

CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


class Desk:
    """A started window and what belongs to it."""

    def __init__(self, qtbot: QtBot, preferences: MemoryPreferences, pages: list[Any] | None = None) -> None:
        self.qtbot = qtbot
        self.window = MainWindow(preferences)
        qtbot.addWidget(self.window)
        self.tasks = inline_runner(PlainStore(), actor=example_actor())
        self.context = AppContext(
            self.tasks, example_actor(), navigate=self.window.navigate, notify=self.window.notify,
            preferences=preferences, place=Place("s", "幸福里服务中心", "B"),
        )  # fmt: skip
        self.window.resize(1366, 768)
        self.window.start(self.context, pages or example_pages.pages(), example_pages.SEARCH)
        with qtbot.waitActive(self.window):
            self.window.show()
            self.window.activateWindow()
        QApplication.processEvents()

    @property
    def key(self) -> str:
        page = self.window.current_page()
        return page.key if page is not None and page.key else self.rail_key

    @property
    def rail_key(self) -> str:
        return next(key for key, button in self.window.rail.buttons.items() if button.isChecked())

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(QApplication.focusWidget() or self.window, key, modifier)
        QApplication.processEvents()

    def go(self, key: str) -> Any:
        self.window.navigate(key)
        QApplication.processEvents()
        return self.window.current_page()


@pytest.fixture
def preferences() -> MemoryPreferences:
    return MemoryPreferences()


@pytest.fixture
def desk(qtbot: QtBot, preferences: MemoryPreferences) -> Desk:
    return Desk(qtbot, preferences)


def test_pages_are_made_when_first_shown(desk: Desk) -> None:
    assert desk.window.page("tickets") is None
    desk.go("tickets")
    page = desk.window.page("tickets")
    assert page is not None
    desk.go("today")
    assert desk.go("tickets") is page


@pytest.mark.parametrize(
    ("key", "modifier", "page"),
    [
        (Qt.Key.Key_2, CTRL, "tickets"),
        (Qt.Key.Key_2, Qt.KeyboardModifier.NoModifier, "tickets"),
        (Qt.Key.Key_F2, Qt.KeyboardModifier.NoModifier, "intake"),
        (Qt.Key.Key_Comma, CTRL, "settings"),
    ],
)
def test_keys_of_pages(desk: Desk, key: Qt.Key, modifier: Qt.KeyboardModifier, page: str) -> None:
    desk.press(key, modifier)
    assert desk.rail_key == page


def test_digits_typed_into_a_field_stay_there(desk: Desk) -> None:
    page = desk.go("intake")
    page.form.focus("phone")
    desk.press(Qt.Key.Key_2)
    assert desk.rail_key == "intake"
    assert page.form.values()["phone"] == "2"


def test_f3_goes_to_the_box_and_esc_back_to_the_page(desk: Desk) -> None:
    page = desk.go("tickets")
    desk.press(Qt.Key.Key_F3)
    assert desk.window.search_box is not None
    assert desk.window.search_box.hasFocus()
    desk.press(Qt.Key.Key_Escape)
    assert page.table.hasFocus()
    assert desk.rail_key == "tickets"


def test_a_hit_opens_its_page_with_what_was_found(desk: Desk) -> None:
    box = desk.window.search_box
    assert box is not None
    desk.press(Qt.Key.Key_F3)
    desk.qtbot.keyClicks(box, "sm")
    QApplication.processEvents()
    desk.press(Qt.Key.Key_Return)
    assert desk.rail_key == "residents"
    assert desk.window.current_page().opened_with == [{"name": "单梅"}]  # type: ignore[union-attr]


def test_ctrl_enter_in_the_box_starts_a_ticket_and_does_not_save_the_page(desk: Desk) -> None:
    page = desk.go("intake")
    desk.go("tickets")
    desk.press(Qt.Key.Key_F3)
    assert desk.window.search_box is not None
    desk.qtbot.keyClicks(desk.window.search_box, "sm")
    QApplication.processEvents()
    desk.press(Qt.Key.Key_Return, CTRL)
    assert desk.rail_key == "intake"
    assert page.form.values()["name"] == "单梅"
    assert page.committed == 0


def test_ctrl_enter_saves_from_inside_a_text_of_several_lines(desk: Desk) -> None:
    page = desk.go("intake")
    page.form.focus("matter")
    desk.press(Qt.Key.Key_Return, CTRL)
    assert page.committed == 1
    assert page.form.values()["matter"] == ""


def test_f5_refreshes_f9_prints_or_says_why_not(desk: Desk) -> None:
    page = desk.go("tickets")
    before = page.refreshed
    desk.press(Qt.Key.Key_F5)
    assert page.refreshed == before + 1
    page.table.go_to(0)
    desk.press(Qt.Key.Key_F9)
    assert desk.window.notices.notice is None
    desk.go("rooms")
    desk.press(Qt.Key.Key_F9)
    assert desk.window.notices.notice is not None


def test_esc_goes_back_the_way_one_came(desk: Desk) -> None:
    desk.go("today")
    desk.window.navigate("tickets", ticket_id="1")
    desk.go("residents")
    desk.press(Qt.Key.Key_Escape)
    assert desk.rail_key == "tickets"
    assert desk.window.current_page().opened_with == [{"ticket_id": "1"}] * 2  # type: ignore[union-attr]
    desk.press(Qt.Key.Key_Left, ALT)
    assert desk.rail_key == "today"
    desk.press(Qt.Key.Key_Right, ALT)
    assert desk.rail_key == "tickets"


def test_esc_stays_on_a_page_that_was_chosen_on_the_rail(desk: Desk) -> None:
    desk.go("residents")
    desk.press(Qt.Key.Key_2)
    desk.press(Qt.Key.Key_Escape)
    assert desk.rail_key == "tickets"
    desk.press(Qt.Key.Key_F2)
    assert desk.rail_key == "intake"
    desk.press(Qt.Key.Key_Escape)
    assert desk.rail_key == "tickets"
    desk.press(Qt.Key.Key_Escape)
    assert desk.rail_key == "tickets"
    desk.press(Qt.Key.Key_Left, ALT)
    assert desk.rail_key == "residents"


def test_esc_leaves_a_page_over_all_that_was_looked_at_on_it(desk: Desk) -> None:
    desk.press(Qt.Key.Key_1)
    for ticket_id in ("1", "2", "3"):
        desk.window.navigate("tickets", ticket_id=ticket_id)
    desk.press(Qt.Key.Key_Escape)
    assert desk.rail_key == "today"
    desk.press(Qt.Key.Key_Escape)
    assert desk.rail_key == "today"


def test_f1_opens_the_help_of_where_one_is(desk: Desk) -> None:
    desk.go("tickets")
    desk.press(Qt.Key.Key_F1)
    viewer = desk.window.help
    assert viewer is not None
    assert viewer.isVisible()
    assert viewer.text.toPlainText()


def test_all_keys_are_in_the_overview(desk: Desk) -> None:
    desk.go("tickets")
    keys = desk.window.shortcuts()
    listed = {key for group in (keys.window, keys.pages, keys.page) for key, _meaning in group}
    assert {"F1", "F2", "F3", "F5", "F9", "Esc", "Ctrl+/", "2", "E", "P"} <= listed
    desk.press(Qt.Key.Key_Slash, CTRL)
    overview = QApplication.activeModalWidget()
    assert overview is not None
    overview.close()


def test_no_key_of_the_window_is_bound_twice(desk: Desk) -> None:
    keys = [shortcut.key().toString() for shortcut in desk.window.findChildren(QShortcut)]
    assert sorted(keys) == sorted(set(keys))


def test_undo_of_a_notice_by_its_key(desk: Desk) -> None:
    undone: list[int] = []
    desk.go("tickets")
    desk.window.notify(Notice("已办结", "good", undo=lambda: undone.append(1)))
    desk.press(Qt.Key.Key_Z, CTRL)
    assert undone == [1]


def test_a_fault_nobody_took_is_said_and_stays(desk: Desk) -> None:
    def refuse(_session: Any) -> None:
        raise DomainError("disk-full")

    desk.tasks.read(desk.window, refuse)
    notice = desk.window.notices.notice
    assert notice is not None
    assert "磁盘" in notice.text
    assert notice.seconds == 0


def test_a_notice_lies_over_the_page_and_moves_nothing(desk: Desk) -> None:
    desk.go("tickets")
    before = desk.window.stack.geometry()
    desk.window.notify(Notice("已办结 " + "很长的话" * 40, "good", undo=lambda: None))
    QApplication.processEvents()
    bar = desk.window.notices
    assert desk.window.stack.geometry() == before
    assert bar.isVisible()
    assert before.contains(bar.geometry())
    assert bar.text_label.height() >= bar.text_label.heightForWidth(bar.text_label.width())
    desk.window.resize(900, 600)
    QApplication.processEvents()
    assert desk.window.stack.geometry().contains(bar.geometry())


def test_a_refusal_goes_with_its_page_and_news_of_the_program_stay(desk: Desk) -> None:
    desk.go("tickets")
    desk.window.notify(Notice("先选择一位住户", "warn"))
    desk.go("rooms")
    assert desk.window.notices.isHidden()
    desk.window.notify(Notice("已受理", "good"))
    desk.go("tickets")
    assert desk.window.notices.isVisible(), "what was done can still be undone"
    desk.window.notify(Notice("备份失败", "bad", seconds=0), is_of_page=False)
    desk.go("rooms")
    assert desk.window.notices.isVisible()


def test_a_long_job_shows_its_progress(desk: Desk) -> None:
    seen: list[int] = []

    def job(_door: Door, progress: Progress) -> None:
        progress.step(1, 2, "行")
        seen.append(desk.window.progress._column.count())

    desk.tasks.long(desk.window, job, title="导入")
    assert seen == [1]


def test_pages_without_the_right_are_not_there(qtbot: QtBot, preferences: MemoryPreferences) -> None:
    forbidden = example_pages.spec("secret", "密", example_pages.OtherPage, "9", right=next(iter(Right)))
    desk = Desk(qtbot, preferences, [*example_pages.pages(), forbidden])
    assert "secret" in desk.window.rail.buttons
    from dataclasses import replace

    nobody = replace(desk.context, user=replace(desk.context.user, rights=frozenset()))
    desk.window.start(nobody, [*example_pages.pages(), forbidden], example_pages.SEARCH)
    assert "secret" not in desk.window.rail.buttons
    desk.window.navigate("secret")
    assert desk.window.notices.notice is not None
    desk.press(Qt.Key.Key_9, CTRL)
    assert desk.rail_key != "secret"


def test_the_last_page_and_size_are_remembered(qtbot: QtBot, preferences: MemoryPreferences) -> None:
    first = Desk(qtbot, preferences)
    first.go("rooms")
    first.window.resize(777, 555)
    first.window.close()
    again = Desk.__new__(Desk)
    again.window = MainWindow(preferences)
    qtbot.addWidget(again.window)
    assert (again.window.width(), again.window.height()) == (777, 555)
    assert Desk(qtbot, preferences).rail_key == "rooms"


def test_sign_out_takes_everything_away_and_sign_in_brings_it_back(desk: Desk) -> None:
    desk.go("tickets")
    desk.window.stop()
    QApplication.processEvents()
    assert desk.window.current_page() is None
    assert desk.window.search_box is None
    desk.press(Qt.Key.Key_F5)
    desk.press(Qt.Key.Key_3, CTRL)
    desk.window.start(desk.context, example_pages.pages(), example_pages.SEARCH)
    assert desk.rail_key == "tickets"


def test_the_sync_light_and_its_badge(desk: Desk) -> None:
    desk.window.show_sync(SyncState(Light.CONFLICT, conflicts=2))
    assert "冲突 2" in desk.window.status.badge.text()
    assert desk.window.rail.buttons["sync"].badge == "2"
    desk.qtbot.mouseClick(desk.window.status.badge, Qt.MouseButton.LeftButton)
    assert desk.rail_key == "sync"


def test_a_group_named_like_its_person_is_said_once(desk: Desk) -> None:
    place, status = Place("s", "幸福里", "A"), desk.window.status
    for name, said in (("系统管理员", "系统管理员"), ("王敏", "王敏（系统管理员）")):
        status.show_place(place, Actor("1", "1000", name, frozenset(), "admin", "系统管理员"))
        assert status.place.text() == f"幸福里 · 前台 A · {said}"
    with translations.speaking("en"):
        status.show_place(place, Actor("1", "1000", "王敏", frozenset(), "admin", "系统管理员"))
    assert status.place.text() == "幸福里 · Desk A · 王敏 (Administrator)"


def test_a_long_reason_is_never_cut_at_its_ends(desk: Desk) -> None:
    desk.window.resize(900, 600)
    desk.window.show_sync(SyncState(Light.OFFLINE, pending=3, reason="原因" * 60))
    QApplication.processEvents()
    badge = desk.window.status.badge
    assert badge.fontMetrics().horizontalAdvance(badge.text()) < badge.width()
    assert badge.text().endswith("待同步 3")
    assert badge.text().startswith("○ 连不上")
    desk.window.resize(683, 384)
    QApplication.processEvents()
    assert badge.fontMetrics().horizontalAdvance(badge.text()) < badge.width()
    assert badge.text().endswith("· 待同步 3")


def test_status_line_names_site_desk_and_person(desk: Desk) -> None:
    assert desk.window.status.place.text() == "幸福里服务中心 · 前台 B · 周敏（客服专员）"


def test_everything_one_can_use_has_a_name_for_screen_readers(desk: Desk) -> None:
    for key in ("tickets", "intake", "residents"):
        desk.go(key)
    kinds = (QAbstractButton, QLineEdit, QPlainTextEdit, QComboBox, QTextBrowser)
    nameless = [
        f"{type(widget).__name__} {widget.objectName()}"
        for widget in desk.window.findChildren(QWidget)
        if isinstance(widget, kinds)
        and not widget.objectName().startswith("qt_")
        and not (widget.accessibleName() or getattr(widget, "text", lambda: "")())
    ]
    assert nameless == []


def test_tab_reaches_box_buttons_list_and_detail(desk: Desk) -> None:
    desk.go("tickets")
    seen: set[str] = set()
    for _press in range(60):
        desk.press(Qt.Key.Key_Tab)
        widget = QApplication.focusWidget()
        if widget is not None:
            seen.add(type(widget).__name__)
    assert {"SearchBox", "RowTable", "RailButton", "CommandButton"} <= seen


@pytest.mark.parametrize("size", [(1366, 768), (683, 384)])
def test_nothing_is_cut_off_at_small_sizes(
    qtbot: QtBot, preferences: MemoryPreferences, size: tuple[int, int]
) -> None:
    """683 × 384 is what a screen of 1366 × 768 leaves at 200 %."""
    desk = Desk(qtbot, preferences)
    desk.window.resize(*size)
    desk.go("tickets")
    QApplication.processEvents()
    assert (desk.window.width(), desk.window.height()) == size
    for button in desk.window.rail.buttons.values():
        bottom = button.mapTo(desk.window, QPoint(0, button.height())).y()
        assert bottom <= desk.window.height()
    right = desk.window.status.help.mapTo(desk.window, QPoint(desk.window.status.help.width(), 0)).x()
    assert right <= desk.window.width()


def history(*pages: str) -> History:
    made = History(most=3)
    for page in pages:
        made.visit(Stop(page))
    return made


def test_history_forgets_the_oldest_and_what_lay_ahead() -> None:
    way = history("a", "b", "c", "d")
    steps: list[Callable[[], Stop | None]] = [way.back, way.back, way.back, way.forward]
    assert [step() and step_name(way) for step in steps] == ["c", "b", None, "c"]
    way.visit(Stop("x"))
    assert way.forward() is None
    assert history("a", "a").back() is None


def step_name(way: History) -> str:
    return way.current.page if way.current is not None else ""


def test_the_window_is_there_without_the_database_libraries() -> None:
    """First paint must not wait for SQLAlchemy, openpyxl, reportlab or requests."""
    program = (
        "import sys, desktop.main_window, desktop.theme, desktop.crash_reports, desktop.single_instance\n"
        "slow = {'sqlalchemy', 'openpyxl', 'reportlab', 'requests', 'pypinyin', 'alembic'}\n"
        "heavy = slow & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
