"""The list: keyboard, remembered looks, selection and place kept over a refresh, words when it is empty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.views import example_pages
from tests.views.widgets.test_row_table_model import COLUMNS, Row, Table
from views.context import MemoryPreferences
from views.tasks import TaskRunner
from views.widgets.row_delegate import PAD
from views.widgets.row_table_model import RowSource, RowTableModel
from views.widgets.table_view import RowTable

Make = Callable[[], RowTable]


@pytest.fixture
def table() -> Table:
    return Table(list(range(1000)))


@pytest.fixture
def preferences() -> MemoryPreferences:
    return MemoryPreferences()


@pytest.fixture
def make(qtbot: QtBot, tasks: TaskRunner, table: Table, preferences: MemoryPreferences) -> Make:
    def made() -> RowTable:
        model = RowTableModel[Row](tasks, table.source(), COLUMNS)
        view = RowTable(model, "test", preferences)
        model.setParent(view)
        qtbot.addWidget(view)
        view.resize(400, 300)
        with qtbot.waitActive(view):
            view.show()
            view.activateWindow()
        view.show_filter()
        view.setFocus()
        QApplication.processEvents()
        return view

    return made


@pytest.fixture
def view(make: Make) -> RowTable:
    return make()


def test_enter_opens_the_current_row(view: RowTable, qtbot: QtBot) -> None:
    opened: list[object] = []
    view.opened.connect(opened.append)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert opened == []
    view.go_to(7)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_Enter)
    assert opened == [7, 8]


def test_home_and_end_go_to_the_first_and_last_row(view: RowTable, qtbot: QtBot) -> None:
    view.go_to(7)
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.current_key() == 999
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.current_key() == 0


def test_several_are_selected_with_shift_and_all_with_ctrl_a(view: RowTable, qtbot: QtBot) -> None:
    view.go_to(3)
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert view.selected_keys() == [3, 4, 5]
    qtbot.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert view.selected_count() == 1000


def test_a_refresh_keeps_selection_and_place_when_rows_come_and_go(view: RowTable, table: Table) -> None:
    view.go_to(500)
    QApplication.processEvents()
    top = view.rowAt(0)
    table.keys = [*range(2000, 2010), *(key for key in range(1000) if key != 499)]
    view.rows.refresh()
    assert view.current_key() == 500
    assert view.selected_keys() == [500]
    assert view.rowAt(0) == top + 9


def test_a_current_row_that_was_deleted_is_told_of(view: RowTable, table: Table) -> None:
    view.go_to(5)
    told: list[object] = []
    view.current_changed.connect(told.append)
    table.keys = [key for key in range(1000) if key != 5]
    view.rows.refresh()
    assert told == [None]
    assert view.selected_keys() == []


def test_looks_are_remembered(view: RowTable, make: Make) -> None:
    header = view.horizontalHeader()
    header.resizeSection(0, 123)
    header.moveSection(0, 1)
    view.rows.sort(0, Qt.SortOrder.DescendingOrder)
    view._remember()
    again = make()
    assert again.columnWidth(0) == 123
    assert again.horizontalHeader().visualIndex(0) == 1
    assert again.rows.sorting is not None
    assert again.rows.sorting.is_descending
    assert again.horizontalHeader().sortIndicatorSection() == 0


def test_remembered_looks_of_another_version_do_no_harm(make: Make, preferences: MemoryPreferences) -> None:
    preferences.set(
        "table/test",
        {"widths": {"gone": 5}, "order": ["gone", "name"], "hidden": ["gone"], "sort": ["gone", True]},
    )
    view = make()
    assert view.horizontalHeader().visualIndex(1) == 0
    assert view.rows.sorting is None


def test_columns_are_hidden_from_the_menu_but_never_the_last(view: RowTable) -> None:
    first, second = view.column_menu().actions()[:2]
    first.setChecked(False)
    assert view.isColumnHidden(0)
    assert not view.column_menu().actions()[1].isEnabled()
    assert second.isEnabled()
    view.reset_looks()
    assert not view.isColumnHidden(0)


def test_a_click_on_a_header_that_cannot_sort_changes_nothing(view: RowTable, table: Table) -> None:
    before = len(table.orders)
    view.horizontalHeader().setSortIndicator(1, Qt.SortOrder.DescendingOrder)
    assert len(table.orders) == before
    assert view.horizontalHeader().sortIndicatorSection() != 1


def test_copied_rows_are_text_for_a_worksheet(view: RowTable, qtbot: QtBot) -> None:
    view.go_to(3)
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "3\tn3\n4\tn4"


def test_an_empty_list_says_what_to_do(view: RowTable, table: Table) -> None:
    done: list[int] = []
    view.empty.say("没有工单", "按 F2 新建", "新工单", lambda: done.append(1))
    assert not view.empty.isVisible()
    table.keys = []
    view.rows.refresh()
    assert view.empty.isVisible()
    view.empty.button.click()
    assert done == [1]
    table.keys = [1]
    view.rows.refresh()
    assert not view.empty.isVisible()


def test_letters_and_digits_are_left_to_the_page(view: RowTable, qtbot: QtBot) -> None:
    view.go_to(3)
    for key in (Qt.Key.Key_P, Qt.Key.Key_2):
        qtbot.keyClick(view, key)
    assert view.current_key() == 3


def test_a_million_rows_jump_without_fetching_what_lies_between(
    qtbot: QtBot, tasks: TaskRunner, preferences: MemoryPreferences
) -> None:
    table = Table(range(1_000_000))
    model = RowTableModel[Row](tasks, table.source(), COLUMNS)
    view = RowTable(model, "million", preferences)
    model.setParent(view)
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    view.show_filter()
    QApplication.processEvents()
    view.verticalScrollBar().setValue(700_000)
    view.grab()
    QApplication.processEvents()
    QApplication.processEvents()
    assert view.rows.row_at(700_001) == Row(700_001, "n700001")
    assert len(table.fetched) <= 4


def test_the_list_of_the_example_paints_in_both_themes(qtbot: QtBot, tasks: TaskRunner) -> None:
    model = RowTableModel(tasks, RowSource(example_pages.keys, example_pages.rows), example_pages.COLUMNS)
    view = RowTable(model, "example", MemoryPreferences())
    model.setParent(view)
    qtbot.addWidget(view)
    view.resize(700, 300)
    view.show()
    view.show_filter(20)
    QApplication.processEvents()
    view.grab()
    view.go_to(2)
    view.setFocus()
    assert not view.grab().isNull()


def test_a_column_has_room_for_its_widest_words(
    qtbot: QtBot, tasks: TaskRunner, table: Table, preferences: MemoryPreferences
) -> None:
    words = "After moving in, a long label"
    wide = replace(COLUMNS[0], width=40, widest=lambda: ("short", words))
    view = RowTable(RowTableModel[Row](tasks, table.source(), (wide, *COLUMNS[1:])), "wide", preferences)
    qtbot.addWidget(view)
    assert view.columnWidth(0) >= view.fontMetrics().horizontalAdvance(words) + 2 * PAD
