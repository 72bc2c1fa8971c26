"""Typing in a returned sheet: digits down the list, nothing but the keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from models.entities.ticket import Ticket
from models.queries.callback_list import CallbackFilter, callback_keys, callback_rows
from models.services import callbacks
from models.work import SYSTEM, Work
from tests.models.services.conftest import Desk
from tests.views.desk_bench import Bench, settle
from views.callbacks.entry_lines import EntryLine, digit_hint
from views.callbacks.page import CallbacksPage


@pytest.fixture
def sheet(desk: Desk) -> str:
    """Three lines: 吴学文 twice, 曾婳 once."""
    desk.completed("厨房漏水")
    desk.completed("门锁打不开")
    desk.completed("插座没电", room_id=desk.ids["3-2-1602"], resident_id=desk.ids["曾婳"])
    keys = desk.ask(callback_keys, CallbackFilter("due"))
    sheet_no: str = desk.do(callbacks.make_sheet, [row.id for row in desk.ask(callback_rows, keys)])
    return sheet_no


def results(desk: Desk, group: str) -> list[tuple[object, ...]]:
    rows = desk.ask(callback_rows, desk.ask(callback_keys, CallbackFilter(group)))
    return sorted((row.matter, row.solved, row.satisfaction, row.opinion) for row in rows)


def focused() -> QWidget:
    """Where the next key goes."""
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def opened(bench: Bench, sheet: str) -> CallbacksPage:
    page = bench.show(CallbacksPage, sheet_no=sheet)
    assert page.modes.currentWidget() is page.entry
    return page


def test_a_whole_sheet_by_the_keyboard_alone(bench: Bench, desk: Desk, sheet: str) -> None:
    page = opened(bench, sheet)
    table = page.entry.table
    first, second, third = (line.row.matter for line in table.entry.lines)
    bench.type(table, "111")
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    composed = QInputMethodEvent()
    composed.setCommitString("好的")
    QApplication.sendEvent(editor, composed)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    settle()
    assert table.currentIndex().row() == 1
    bench.type(table, "112")
    bench.press(focused(), Qt.Key.Key_Return)
    bench.type(table, "2")
    bench.press(table, Qt.Key.Key_Return)
    assert page.commit()
    settle()
    assert results(desk, "done") == sorted(
        [(first, True, "satisfied", "好的"), (second, True, "fairly", None)]
    )
    assert [row[0] for row in results(desk, "due")] == [third]
    assert bench.said[-1].text == "已保存 3 条，本表还剩 0 条"


def test_what_is_being_typed_is_saved_with_the_rest(bench: Bench, desk: Desk, sheet: str) -> None:
    page = opened(bench, sheet)
    bench.type(page.entry.table, "111")
    bench.type(focused(), "ok")
    assert page.commit()
    settle()
    assert [row[3] for row in results(desk, "done")] == ["ok"]


def test_not_solved_asks_reopen_or_complaint(bench: Bench, desk: Desk, sheet: str) -> None:
    page = opened(bench, sheet)
    table = page.entry.table
    bench.type(table, "123")
    assert table.field == "then"
    assert page.entry.hint.text() == "1 重开工单 · 2 转为投诉"
    bench.type(table, "1")
    page.commit()
    settle()
    assert "重开" in table.entry.lines[0].outcome


def test_an_incomplete_line_stays_and_is_pointed_at(bench: Bench, desk: Desk, sheet: str) -> None:
    page = opened(bench, sheet)
    table = page.entry.table
    bench.type(table, "111")
    bench.press(focused(), Qt.Key.Key_Return)
    bench.type(table, "1")
    page.commit()
    settle()
    assert len(results(desk, "done")) == 1
    assert (table.currentIndex().row(), table.field) == (1, "solved")


def test_a_line_whose_ticket_became_void_is_told_and_stays_typed(
    bench: Bench, desk: Desk, sheet: str
) -> None:
    page = opened(bench, sheet)
    table = page.entry.table
    bench.type(table, "111")
    bench.type(focused(), "ok")
    line = table.entry.lines[0]

    def merge(work: Work) -> None:
        work.get(Ticket, str(line.row.ticket_id)).state = "void"

    desk.database.write(SYSTEM, merge)
    page.commit()
    settle()
    assert line.error == "工单现在是“作废”，不能回访。"
    assert (line.solved, line.satisfaction, line.opinion) == (True, "satisfied", "ok")
    page.entry.load(sheet)
    settle()
    last = table.entry.columnCount() - 1
    words = [table.entry.data(table.entry.index(row, last)) for row in range(3)]
    assert [one.is_open for one in table.entry.lines] == [word != "不用回访" for word in words]
    assert words.count("不用回访") == 1


def test_lines_nobody_typed_in_are_not_saved(bench: Bench, desk: Desk, sheet: str) -> None:
    page = opened(bench, sheet)
    page.commit()
    settle()
    assert results(desk, "done") == []
    assert bench.said == []


def test_backspace_clears_and_a_key_without_meaning_does_nothing(
    bench: Bench, desk: Desk, sheet: str
) -> None:
    page = opened(bench, sheet)
    table = page.entry.table
    bench.type(table, "9")
    assert table.entry.lines[0].reached is None
    assert bench.went == []
    bench.type(table, "1")
    bench.press(table, Qt.Key.Key_Left)
    bench.press(table, Qt.Key.Key_Backspace)
    assert table.entry.lines[0].reached is None


def test_a_day_in_the_future_is_refused_and_an_earlier_one_is_kept(
    bench: Bench, desk: Desk, sheet: str
) -> None:
    desk.clock.advance(days=2)
    page = opened(bench, sheet)
    bench.type(page.entry.table, "111")
    page.entry.head.set_value("day", bench.context.formats.local(desk.clock.now).date().replace(day=28))
    page.entry.save()
    settle()
    assert results(desk, "done") == []
    page.entry.head.set_value("day", bench.context.formats.local(desk.clock.now).date().replace(day=21))
    page.entry.save()
    settle()
    rows = desk.ask(callback_rows, desk.ask(callback_keys, CallbackFilter("done")))
    assert [bench.context.formats.day(row.called_at) for row in rows] == ["2026-11-21"]


def test_leaving_with_unsaved_lines_asks(
    bench: Bench, desk: Desk, sheet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(bench, sheet)
    bench.type(page.entry.table, "1")
    asked: list[str] = []
    answers = iter([False, True])

    def answer(_parent: object, title: str, _text: str, *, confirm: str) -> bool:
        asked.append(title)
        return next(answers)

    monkeypatch.setattr("views.callbacks.page.asked", answer)
    assert not page.can_leave()
    assert page.step_back()
    assert page.modes.currentWidget() is page.lists
    assert len(asked) == 2


def test_e_goes_to_the_sheet_of_the_row_or_to_the_sheets_that_are_out(
    bench: Bench, desk: Desk, sheet: str
) -> None:
    page = bench.show(CallbacksPage)
    bench.type(page.table, "E")
    assert page.entry.sheet_no == sheet
    page.step_back()
    page._show_sheets()
    settle()
    assert [(one.sheet_no, one.open) for one in page.sheets.table.shown] == [(sheet, 3)]
    bench.press(page.sheets.table, Qt.Key.Key_Return)
    assert page.modes.currentWidget() is page.entry


def test_a_visit_after_moving_in_needs_no_solved_and_cannot_reopen(desk: Desk, sheet: str) -> None:
    from dataclasses import replace

    rows = desk.ask(callback_rows, desk.ask(callback_keys, CallbackFilter("due")))
    line = EntryLine(replace(rows[0], kind="move_in", ticket_id=None))
    line.type_digit("reached", "1")
    assert line.missing() == "satisfaction"
    line.type_digit("satisfaction", "1")
    assert line.missing() == ""
    line.type_digit("solved", "2")
    assert digit_hint("then", line) == "2 转为投诉"
