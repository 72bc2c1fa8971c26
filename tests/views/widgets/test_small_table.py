"""A list of rows at hand: there at once, sorted by its columns, empty values last."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.views.fakes import PlainStore
from views.context import MemoryPreferences
from views.tasks import threaded_runner
from views.widgets.column import Column
from views.widgets.small_table import SmallTable


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    age: int | None


COLUMNS = (Column[Person]("name", "姓名", sort="name"), Column[Person]("age", "年龄", sort="age"))
PEOPLE = (Person("a", "B", 30), Person("b", "A", None), Person("c", "C", 4))


def table(qtbot: QtBot) -> SmallTable[Person]:
    """With the threaded runner of the program: nothing may depend on waiting."""
    tasks = threaded_runner(PlainStore())
    made: SmallTable[Person] = SmallTable(tasks, COLUMNS, "people", MemoryPreferences())
    qtbot.addWidget(made)
    made.destroyed.connect(tasks.close)
    made.show_rows(PEOPLE)
    return made


def test_rows_can_be_gone_to_as_soon_as_they_are_shown(qtbot: QtBot) -> None:
    shown = table(qtbot)
    assert shown.go_to("c")
    assert shown.current() == PEOPLE[2]


def test_the_place_stays_when_the_rows_are_shown_again(qtbot: QtBot) -> None:
    shown = table(qtbot)
    shown.go_to("b")
    changed = Person("b", "Anna", 7)
    shown.show_rows((PEOPLE[2], changed))
    assert shown.current() == changed
    assert shown.shown == (PEOPLE[2], changed)


def test_a_column_sorts_and_what_is_empty_comes_last_either_way(qtbot: QtBot) -> None:
    shown = table(qtbot)
    shown.rows.sort(1, Qt.SortOrder.AscendingOrder)
    assert list(shown.rows.keys) == ["c", "a", "b"]
    shown.rows.sort(1, Qt.SortOrder.DescendingOrder)
    assert list(shown.rows.keys) == ["a", "c", "b"]


def test_selected_rows_come_in_the_order_of_the_list(qtbot: QtBot) -> None:
    shown = table(qtbot)
    shown.selectAll()
    assert shown.selected() == list(PEOPLE)
    shown.show_rows(())
    assert shown.current() is None
