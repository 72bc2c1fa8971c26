"""The one box: results while typing, the newest only, everything from the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from models.errors import DomainError
from tests.views import example_pages
from tests.views.fakes import PlainStore
from tests.views.widgets.test_row_table_model import HeldLane
from views.tasks import InlineLane, TaskRunner
from views.widgets.marked_text import Marked, tidy_spans
from views.widgets.search_box import Hit, SearchBox, _HitPainter, _Popup

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def lane() -> HeldLane:
    return HeldLane()


@pytest.fixture
def box(qtbot: QtBot, tasks: TaskRunner) -> SearchBox:
    return placed(qtbot, tasks)


def placed(qtbot: QtBot, tasks: TaskRunner, find: Any = example_pages.find) -> SearchBox:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    made = SearchBox(tasks, find, example_pages.present, window)
    column = QVBoxLayout(window)
    column.addWidget(made)
    column.addStretch(1)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    made.setFocus()
    made.kept = window  # type: ignore[attr-defined]  # a widget lives as long as somebody holds its window
    return made


def type_in(qtbot: QtBot, box: SearchBox, text: str) -> None:
    qtbot.keyClicks(box, text)
    QApplication.processEvents()


def titles(box: SearchBox) -> list[str]:
    return [hit.title.text for hit in box.hits]


def opened_by(box: SearchBox) -> list[Hit]:
    opened: list[Hit] = []
    box.opened.connect(opened.append)
    return opened


def test_results_while_typing_and_enter_opens_the_best(box: SearchBox, qtbot: QtBot) -> None:
    opened = opened_by(box)
    type_in(qtbot, box, "sm")
    assert titles(box)[0] == "单梅"
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert [hit.title.text for hit in opened] == ["单梅"]
    assert box.hits == ()
    assert box.text() == ""


def test_arrows_choose_and_go_round(box: SearchBox, qtbot: QtBot) -> None:
    opened = opened_by(box)
    type_in(qtbot, box, "sm")
    qtbot.keyClick(box, Qt.Key.Key_Up)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    type_in(qtbot, box, "sm")
    qtbot.keyClick(box, Qt.Key.Key_Down)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert [hit.title.text for hit in opened] == ["粤B·SM207", "孙敏"]


def test_ctrl_enter_starts_a_ticket(box: SearchBox, qtbot: QtBot) -> None:
    opened = opened_by(box)
    wanted: list[Hit] = []
    box.ticket_wanted.connect(wanted.append)
    type_in(qtbot, box, "sm")
    qtbot.keyClick(box, Qt.Key.Key_Return, CTRL)
    assert [hit.ticket_arguments for hit in wanted] == [{"name": "单梅"}]
    assert opened == []


def test_esc_closes_and_empties(box: SearchBox, qtbot: QtBot) -> None:
    type_in(qtbot, box, "sm")
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert box.hits == ()
    assert box.text() == ""


def test_a_click_opens(box: SearchBox, qtbot: QtBot) -> None:
    opened = opened_by(box)
    type_in(qtbot, box, "sm")
    popup = box._popup
    assert popup is not None
    rect = popup.list.visualRect(popup.model.index(2, 0))
    qtbot.mouseClick(popup.list.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert [hit.title.text for hit in opened] == ["邵明"]


def test_nothing_found_says_what_to_try(box: SearchBox, qtbot: QtBot) -> None:
    type_in(qtbot, box, "zzz")
    assert box.popup is not None
    assert box.popup.isVisible()
    assert "没有找到" in box._popup.foot.text()  # type: ignore[union-attr]
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.text() == "zzz"


def test_emptying_the_box_closes_it(box: SearchBox, qtbot: QtBot) -> None:
    type_in(qtbot, box, "s")
    qtbot.keyClick(box, Qt.Key.Key_Backspace)
    QApplication.processEvents()
    assert box.hits == ()


def test_enter_typed_faster_than_found_waits_for_the_answer(qtbot: QtBot, lane: HeldLane) -> None:
    """The hits still shown belong to what was typed before; Enter must not open one of those."""
    runner = TaskRunner(PlainStore(), write_lane=InlineLane(), read_lane=lane, job_lane=InlineLane())
    box = placed(qtbot, runner)
    opened = opened_by(box)
    type_in(qtbot, box, "s")
    lane.run_next()
    assert titles(box)[0] == "单梅"
    type_in(qtbot, box, "un")
    box.setText("孙")
    box.textEdited.emit("孙")
    QApplication.processEvents()
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert opened == []
    while lane.waiting:
        lane.run_next()
    assert [hit.title.text for hit in opened] == ["孙敏"]


def test_an_answer_after_esc_opens_nothing(qtbot: QtBot, lane: HeldLane) -> None:
    runner = TaskRunner(PlainStore(), write_lane=InlineLane(), read_lane=lane, job_lane=InlineLane())
    box = placed(qtbot, runner)
    type_in(qtbot, box, "sm")
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    while lane.waiting:
        lane.run_next()
    assert box.hits == ()


def test_a_fault_is_shown_in_the_popup(qtbot: QtBot, tasks: TaskRunner) -> None:
    def refuse(_session: Any, _text: str, _limit: int) -> Sequence[Any]:
        raise DomainError("database-busy")

    box = placed(qtbot, tasks, refuse)
    type_in(qtbot, box, "s")
    assert "占用" in box._popup.foot.text()  # type: ignore[union-attr]


def test_leaving_the_box_closes_the_popup(box: SearchBox, qtbot: QtBot) -> None:
    other = QWidget(box.parentWidget())
    other.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    other.show()
    type_in(qtbot, box, "sm")
    other.setFocus()
    assert box.hits == ()


def test_the_popup_is_painted(box: SearchBox, qtbot: QtBot) -> None:
    type_in(qtbot, box, "sm")
    assert not box.window().grab().isNull()


@pytest.mark.parametrize(
    ("spans", "tidy"),
    [
        ([(0, 2)], [(0, 2)]),
        ([(2, 4), (0, 2)], [(0, 4)]),
        ([(3, 99)], [(3, 5)]),
        ([(-3, 1), (4, 4)], [(0, 1)]),
        ([], []),
    ],
)
def test_marks_are_put_in_order(spans: list[tuple[int, int]], tidy: list[tuple[int, int]]) -> None:
    assert tidy_spans(spans, 5) == tidy


def test_pieces_make_up_the_text() -> None:
    marked = Marked("abcde", [(1, 2), (4, 5)])
    assert list(marked.pieces()) == [("a", False), ("b", True), ("cd", False), ("e", True)]


def test_the_column_of_kinds_is_as_wide_as_its_widest_word(qtbot: QtBot, tasks: TaskRunner) -> None:
    def present(answer: str) -> Hit:
        return Hit(answer, Marked("周秀英"), Marked(""), Marked(""), "", {}, {})

    box = placed(qtbot, tasks, lambda *_asked: ("Resident", "Parking space"))
    box._present = present
    type_in(qtbot, box, "z")
    assert isinstance(box.popup, _Popup)
    painter = box.popup.list.itemDelegate()
    assert isinstance(painter, _HitPainter)
    metrics = box.popup.list.fontMetrics()
    assert painter.kind_width(metrics) > metrics.horizontalAdvance("Parking space") + 8
