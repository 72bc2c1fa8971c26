"""Chips, notices, progress, the sync light, the action bar, cards, time line, dialogs."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from models.errors import DomainError
from views.context import MemoryPreferences, Notice
from views.tasks import Job
from views.widgets.action_bar import ActionBar
from views.widgets.card import Card, Piece
from views.widgets.chip_bar import Chip, ChipBar
from views.widgets.dialog import FormDialog
from views.widgets.form import Field
from views.widgets.notice_bar import NoticeBar
from views.widgets.panel import ListAndDetail, Panel
from views.widgets.progress_panel import ProgressPanel
from views.widgets.sync_badge import Light, SyncBadge, SyncState
from views.widgets.timeline import Happening, Timeline


def shown(qtbot: QtBot, widget: QWidget, width: int = 400, height: int = 200) -> QWidget:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitActive(widget):
        widget.show()
        widget.activateWindow()
    return widget


def test_chips_are_chosen_by_mouse_and_arrows(qtbot: QtBot) -> None:
    bar = ChipBar([Chip("open", "进行中"), Chip("late", "超时", "▲", "bad")])
    shown(qtbot, bar)
    chosen: list[str] = []
    bar.chosen.connect(chosen.append)
    for count, tone in ((0, ""), (3, "bad")):
        bar.set_counts({"late": count})
        assert bar._buttons["late"].property("tone") == tone
    bar.set_counts({"open": 1234})
    assert bar.current == "open"
    assert bar._buttons["open"].text() == "进行中 1,234"
    assert bar._buttons["late"].text() == "▲ 超时"
    qtbot.keyClick(bar, Qt.Key.Key_Right)
    qtbot.keyClick(bar, Qt.Key.Key_Right)
    assert chosen == ["late", "open"]
    bar.choose("late")
    assert bar.current == "late"
    assert chosen == ["late", "open"]


def test_chips_wrap_when_narrow(qtbot: QtBot) -> None:
    bar = ChipBar([Chip(str(number), f"筛选条件 {number}") for number in range(8)])
    shown(qtbot, bar, 200, 300)
    rows = {button.y() for button in bar._buttons.values()}
    assert len(rows) > 2
    assert all(button.geometry().right() <= 200 for button in bar._buttons.values())


def test_a_notice_can_be_undone_once(qtbot: QtBot) -> None:
    bar = NoticeBar()
    shown(qtbot, bar)
    undone: list[int] = []
    bar.say(Notice("已办结", "good", undo=lambda: undone.append(1)))
    assert bar.accessibleName() == "已办结"
    assert bar.undo()
    assert not bar.undo()
    assert undone == [1]
    assert not bar.isVisible()


def test_a_notice_goes_by_itself_but_an_error_stays(qtbot: QtBot) -> None:
    bar = NoticeBar()
    shown(qtbot, bar)
    bar.say(Notice("好", seconds=1))
    qtbot.waitUntil(lambda: bar.notice is None, timeout=3000)
    bar.say(Notice("坏", "bad", seconds=0))
    assert not bar._timer.isActive()


def test_what_people_typed_is_never_read_as_markup(qtbot: QtBot) -> None:
    bar = NoticeBar()
    shown(qtbot, bar)
    bar.say(Notice("<b>张三</b>"))
    assert bar.text_label.textFormat() is Qt.TextFormat.PlainText
    line = Timeline()
    shown(qtbot, line)
    line.show_happenings([Happening("09:12", "<b>漏水</b> & 停电", "<i>周敏</i>")])
    assert line.toPlainText().split() == ["09:12", "<b>漏水</b>", "&", "停电", "—", "<i>周敏</i>"]


def test_progress_shows_counts_and_cancels(qtbot: QtBot) -> None:
    panel = ProgressPanel()
    shown(qtbot, panel)
    job = Job("导入")
    line = panel.add(job)
    job.progressed.emit(1500, 50000, "住户")
    assert line.bar.value() == 1500
    assert any("1,500 / 50,000" in label.text() for label in line.findChildren(QLabel))
    line.cancel.click()
    assert job.progress.is_cancelled
    assert not line.cancel.isEnabled()


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SyncState(), "已存本机"),
        (SyncState(Light.PENDING, pending=3), "待同步 3"),
        (SyncState(Light.SYNCED, at="10:41"), "已同步 10:41"),
        (SyncState(Light.CONFLICT, conflicts=2), "冲突 2"),
        (SyncState(Light.OFFLINE, reason="没有网络"), "连不上（没有网络）"),
        (SyncState(Light.OFFLINE, pending=4, reason="没有网络"), "连不上（没有网络） · 待同步 4"),
    ],
)
def test_the_light_says_it_in_words(qtbot: QtBot, state: SyncState, words: str) -> None:
    badge = SyncBadge()
    qtbot.addWidget(badge)
    badge.show_state(state)
    badge.resize(badge.sizeHint())
    assert badge.text() == f"{state.symbol} {words}"
    assert badge.accessibleName() == words
    assert badge.toolTip()


def test_a_light_without_room_shortens_the_reason_only(qtbot: QtBot) -> None:
    badge = SyncBadge()
    qtbot.addWidget(badge)
    badge.show_state(SyncState(Light.OFFLINE, pending=4, reason="没有网络没有网络", sentence="整句话。"))
    badge.show()
    badge.resize(badge.sizeHint().width() - badge.fontMetrics().horizontalAdvance("没有网"), 20)
    assert badge.text().startswith("○ 连不上（没有")
    assert badge.text().endswith("…） · 待同步 4")
    badge.resize(badge.minimumSizeHint().width(), 20)
    assert badge.text() == "○ 连不上 · 待同步 4"
    assert "整句话。" in badge.toolTip()


def test_every_light_has_a_symbol_of_its_own() -> None:
    assert len({SyncState(light).symbol for light in Light}) == len(Light)


def action(text: str, keys: str, done: list[str]) -> QAction:
    made = QAction(text)
    made.setShortcut(keys)
    made.triggered.connect(lambda: done.append(text))
    return made


def test_actions_show_their_keys_and_what_does_not_fit_is_in_the_menu(qtbot: QtBot) -> None:
    done: list[str] = []
    actions = [
        action(text, keys, done)
        for text, keys in (("办结", "E"), ("进展", "P"), ("催单", "C"), ("挂起", "H"))
    ]
    bar = ActionBar()
    bar.set_actions(actions)
    shown(qtbot, bar, 600, 40)
    assert [button.text() for button in bar._buttons] == ["办结  E", "进展  P", "催单  C", "挂起  H"]
    assert not bar._more.isVisible()
    bar.resize(220, 40)
    QApplication.processEvents()
    assert bar._more.isVisible()
    hidden = [item.text() for item in bar._menu.actions()]
    assert hidden
    assert [button.isVisible() for button in bar._buttons] == [item.text() not in hidden for item in actions]
    bar._buttons[0].click()
    assert done == ["办结"]


def test_a_button_follows_its_action(qtbot: QtBot) -> None:
    done: list[str] = []
    command = action("办结", "E", done)
    bar = ActionBar()
    bar.set_actions([command])
    shown(qtbot, bar)
    command.setEnabled(False)
    command.setToolTip("请先接单")
    assert not bar._buttons[0].isEnabled()
    assert bar._buttons[0].toolTip() == "请先接单"


def test_a_card_wraps_long_words_inside_its_width(qtbot: QtBot) -> None:
    card = Card()
    card.show_lines(
        [
            [Piece("3-2-1502", is_bold=True), Piece("很长的话 " * 30, "muted")],
            [Piece("重要客户", is_pill=True)],
        ]
    )
    shown(qtbot, card, 300, 300)
    assert all(label.geometry().right() <= 300 for label in card.findChildren(QLabel))
    assert "3-2-1502" in card.accessibleName()


def test_a_link_on_a_card_runs(qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QPushButton

    done: list[int] = []
    card = Card()
    card.show_lines([[Piece("显示", run=lambda: done.append(1))]])
    shown(qtbot, card)
    card.findChildren(QPushButton)[0].click()
    assert done == [1]


def test_the_border_between_list_and_detail_is_remembered(qtbot: QtBot) -> None:
    preferences = MemoryPreferences()
    split = ListAndDetail(Panel(), Panel(), "x", preferences)
    shown(qtbot, split, 800, 300)
    split.moveSplitter(300, 1)
    again = ListAndDetail(Panel(), Panel(), "x", preferences)
    shown(qtbot, again, 800, 300)
    assert abs(again.sizes()[0] - 300) <= 2


def test_a_dialog_keeps_what_was_typed_when_the_save_is_refused(qtbot: QtBot) -> None:
    asked: list[dict[str, object]] = []
    dialog = FormDialog(
        "改", [Field("name", "姓名", is_required=True)], lambda values, _dialog: asked.append(values)
    )
    shown(qtbot, dialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert asked == []
    qtbot.keyClicks(dialog.form.editor("name").widget, "Wu")
    qtbot.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert asked == [{"name": "Wu"}]
    assert not dialog.confirm_button.isEnabled(), "not saved twice while the answer is awaited"
    dialog.failed(DomainError("disk-full", field="name"))
    assert dialog.confirm_button.isEnabled()
    assert dialog.form.values() == {"name": "Wu"}
    dialog.done_well()
    assert not dialog.isVisible()
