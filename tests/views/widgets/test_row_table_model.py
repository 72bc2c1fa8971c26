"""A list of any length: pages come when looked at, a refresh disturbs nothing, deleted rows go."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from models.errors import DomainError
from tests.views.fakes import PlainStore
from views.tasks import InlineLane, TaskRunner, inline_runner
from views.widgets.column import Column, Sort
from views.widgets.row_table_model import (
    FIRST_ROWS,
    KEPT_PAGES,
    PAGE,
    PAGES_AT_ONCE,
    WAIT_MS,
    Role,
    RowSource,
    RowTableModel,
)
from views.widgets.tone import Tone


@dataclass(frozen=True)
class Row:
    id: int
    name: str


@dataclass
class Table:
    """What the queries read; tests change it under the list."""

    keys: Sequence[int] = ()
    names: dict[int, str] = field(default_factory=dict)
    fetched: list[list[int]] = field(default_factory=list)
    orders: list[Sort | None] = field(default_factory=list)

    def read_keys(self, _session: Any, _filter: Any, sort: Sort | None) -> Sequence[int]:
        self.orders.append(sort)
        return self.keys

    def read_rows(self, _session: Any, keys: Sequence[int]) -> Sequence[Row]:
        self.fetched.append(list(keys))
        return [Row(key, self.names.get(key, f"n{key}")) for key in keys if self.names.get(key) != "deleted"]

    def read_first(self, _session: Any, _filter: Any, _sort: Any, limit: int) -> Sequence[Row]:
        return [Row(key, f"n{key}") for key in self.keys[:limit]]

    def source(self, *, with_first: bool = False) -> RowSource[Row]:
        return RowSource(self.read_keys, self.read_rows, self.read_first if with_first else None)


COLUMNS = (
    Column[Row]("id", "号", 60, sort="id"),
    Column[Row]("name", "名", 80, tone=lambda row: Tone.BAD, symbol=lambda row: "▲"),
)


@pytest.fixture
def table() -> Table:
    return Table(array("q", range(1000)))


@pytest.fixture
def model(qtbot: QtBot, table: Table) -> Iterator[RowTableModel[Row]]:
    runner = inline_runner(PlainStore())
    made = RowTableModel(runner, table.source(), COLUMNS, runner)
    made.show()
    yield made
    runner.deleteLater()


def settle() -> None:
    QApplication.processEvents()
    QApplication.processEvents()


def name_at(model: RowTableModel[Row], row: int) -> Any:
    return model.data(model.index(row, 1), Role.WORDS)


def test_a_row_is_a_placeholder_until_its_page_is_there(model: RowTableModel[Row], table: Table) -> None:
    assert model.rowCount() == 1000
    assert name_at(model, 500) is None
    assert model.data(model.index(500, 1), Role.IS_LOADED) is False
    settle()
    assert name_at(model, 500) == "n500"
    assert len(table.fetched) == 1
    assert table.fetched[0][0] == 500 // PAGE * PAGE
    assert len(table.fetched[0]) == PAGE


def test_one_page_is_asked_for_once(model: RowTableModel[Row], table: Table) -> None:
    for row in range(PAGE):
        name_at(model, row)
    settle()
    for row in range(PAGE):
        assert name_at(model, row) == f"n{row}"
    assert len(table.fetched) == 1


def test_pages_scrolled_past_are_not_fetched(qtbot: QtBot, table: Table) -> None:
    table.keys = range(1_000_000)
    runner = inline_runner(PlainStore())
    model = RowTableModel(runner, table.source(), COLUMNS, runner)
    model.show()
    for row in range(0, 1_000_000, PAGE):
        name_at(model, row)
    settle()
    assert len(table.fetched) == 1
    assert len(table.fetched[0]) <= PAGES_AT_ONCE * PAGE
    assert table.fetched[0][-1] == 999_999
    runner.deleteLater()


def test_rows_about_to_be_painted_are_there_at_once(model: RowTableModel[Row], table: Table) -> None:
    model.fetch_now(range(PAGE - 2, PAGE + 3))
    assert [name_at(model, row) for row in (PAGE - 2, PAGE + 2)] == [f"n{PAGE - 2}", f"n{PAGE + 2}"]
    model.fetch_now(range(PAGE - 2, PAGE + 3))
    model.fetch_now(range(990, 1005))
    assert name_at(model, 999) == "n999"
    assert [len(keys) for keys in table.fetched] == [2 * PAGE, 1000 - 1000 // PAGE * PAGE]


def test_a_slow_answer_is_waited_for_once_and_comes_later(qtbot: QtBot, table: Table) -> None:
    lane = HeldLane()
    runner = TaskRunner(PlainStore(), write_lane=InlineLane(), read_lane=lane, job_lane=InlineLane())
    model = RowTableModel(runner, table.source(), COLUMNS, runner)
    model.show()
    lane.run_next()
    settle()
    model.fetch_now(range(5))
    started = time.perf_counter()
    model.fetch_now(range(500, 505))
    assert time.perf_counter() - started < WAIT_MS / 1000, "one answer is out: no waiting"
    assert name_at(model, 0) is None
    settle()
    lane.run_next()
    lane.run_next()
    assert (name_at(model, 0), name_at(model, 500)) == ("n0", "n500")
    runner.deleteLater()


def test_memory_is_bounded(model: RowTableModel[Row], table: Table) -> None:
    table.keys = range(100_000)
    model.refresh()
    for row in range(0, 100_000, PAGE):
        name_at(model, row)
        settle()
    assert len(model._pages) == KEPT_PAGES


def test_the_same_rows_again_reset_nothing_and_show_the_new_values(
    model: RowTableModel[Row], table: Table
) -> None:
    name_at(model, 0)
    settle()
    resets: list[int] = []
    model.modelReset.connect(lambda: resets.append(1))
    table.names[0] = "neu"
    model.refresh()
    assert name_at(model, 0) == "n0", "the old value stands until the new one is there"
    settle()
    assert name_at(model, 0) == "neu"
    assert resets == []


def test_other_rows_keep_what_is_known_on_screen(model: RowTableModel[Row], table: Table) -> None:
    name_at(model, 0)
    settle()
    table.keys = array("q", [5000, *range(1000)])
    model.refresh()
    assert name_at(model, 1) == "n0"
    assert name_at(model, 0) is None
    settle()
    assert name_at(model, 0) == "n5000"


def test_a_deleted_row_is_a_placeholder_until_the_keys_are_read_again(
    model: RowTableModel[Row], table: Table
) -> None:
    table.names[3] = "deleted"
    name_at(model, 3)
    settle()
    assert name_at(model, 3) is None
    fetched = len(table.fetched)
    name_at(model, 3)
    settle()
    assert len(table.fetched) == fetched, "it must not be asked for again and again"


def test_sorting_asks_the_query_and_only_for_columns_that_can(
    model: RowTableModel[Row], table: Table
) -> None:
    model.sort(0, Qt.SortOrder.DescendingOrder)
    model.sort(1, Qt.SortOrder.DescendingOrder)
    assert table.orders == [None, Sort("id", is_descending=True)]


def test_first_rows_are_shown_before_all_keys_are_known(qtbot: QtBot, table: Table) -> None:
    lane = HeldLane()
    runner = TaskRunner(PlainStore(), write_lane=InlineLane(), read_lane=lane, job_lane=InlineLane())
    model = RowTableModel(runner, table.source(with_first=True), COLUMNS, runner)
    counts: list[int] = []
    model.count_changed.connect(counts.append)
    model.show()
    lane.run_next()
    assert model.rowCount() == FIRST_ROWS
    assert name_at(model, 1) == "n1"
    assert not model.is_complete
    lane.run_next()
    assert model.rowCount() == 1000
    assert name_at(model, 1) == "n1"
    assert counts == [-1, 1000]
    runner.deleteLater()


def test_an_answer_about_the_old_list_is_not_put_into_the_new_one(qtbot: QtBot, table: Table) -> None:
    lane = HeldLane()
    runner = TaskRunner(PlainStore(), write_lane=InlineLane(), read_lane=lane, job_lane=InlineLane())
    model = RowTableModel(runner, table.source(), COLUMNS, runner)
    model.show()
    lane.run_next()
    name_at(model, 0)
    settle()
    table.keys = array("q", range(500, 600))
    model.refresh()
    lane.run_last()
    lane.run_next()
    assert name_at(model, 0) is None
    settle()
    lane.run_next()
    assert name_at(model, 0) == "n500"
    runner.deleteLater()


def test_a_failed_query_says_so_and_may_be_asked_again(qtbot: QtBot, table: Table) -> None:
    def refuse(_session: Any, _keys: Sequence[int]) -> Sequence[Row]:
        raise DomainError("database-busy")

    runner = inline_runner(PlainStore())
    model = RowTableModel(runner, RowSource(table.read_keys, refuse), COLUMNS, runner)
    errors: list[DomainError] = []
    model.failed.connect(errors.append)
    model.show()
    for _try in range(2):
        name_at(model, 0)
        settle()
    assert [error.code for error in errors] == ["database-busy", "database-busy"]
    runner.deleteLater()


def test_symbol_and_words_are_read_aloud_together(model: RowTableModel[Row]) -> None:
    name_at(model, 0)
    settle()
    assert model.data(model.index(0, 1), Qt.ItemDataRole.AccessibleTextRole) == "▲ n0"
    assert model.data(model.index(0, 1), Role.TONE) == "bad"


def test_qt_finds_no_fault_with_the_model(model: RowTableModel[Row], table: Table) -> None:
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    for count in (0, 3, 1000, 1):
        table.keys = range(count)
        model.refresh()
        settle()
    assert tester is not None


def test_two_columns_with_one_key_are_refused(qtbot: QtBot, table: Table) -> None:
    runner = inline_runner(PlainStore())
    with pytest.raises(ValueError, match="id"):
        RowTableModel(runner, table.source(), (COLUMNS[0], COLUMNS[0]), runner)


class HeldLane(InlineLane):
    """Runs work only when told, in any order: what threads may do, without their chance."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], Any]] = []

    def submit(self, work: Callable[[], Any], /) -> Any:
        self.waiting.append(work)
        return None

    def run_next(self) -> None:
        super().submit(self.waiting.pop(0)).result()

    def run_last(self) -> None:
        super().submit(self.waiting.pop()).result()


def test_the_owner_of_a_model_may_go_at_any_time(qtbot: QtBot, table: Table) -> None:
    lane = HeldLane()
    runner = TaskRunner(PlainStore(), write_lane=InlineLane(), read_lane=lane, job_lane=InlineLane())
    parent = QObject()
    model = RowTableModel(runner, table.source(), COLUMNS, parent)
    model.show()
    import shiboken6

    shiboken6.delete(parent)
    lane.run_next()
    assert runner.is_idle
