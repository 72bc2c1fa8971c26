"""回访: from the list to the result, sheets, what is postponed or left alone, figures."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from models.entities.callback import Callback
from models.entities.ticket import Ticket
from models.queries.callback_list import CallbackFilter, CallbackRow, callback_keys, callback_rows
from models.services import callbacks
from models.work import SYSTEM, Actor, Work
from tests.models.services.conftest import Desk
from tests.views.desk_bench import Bench, make_bench, settle
from views.callbacks.columns import due_words, why
from views.callbacks.page import CallbacksPage
from views.tasks import inline_runner
from views.tickets.facts import fact_lines


def listed(desk: Desk, group: str = "due") -> list[CallbackRow]:
    today = date(2026, 11, 20)
    rows: list[CallbackRow] = desk.ask(
        callback_rows, desk.ask(callback_keys, CallbackFilter(group, today=today))
    )
    return rows


def test_the_list_says_why_it_is_due_and_the_phone_is_masked(bench: Bench, desk: Desk) -> None:
    desk.completed()
    page = bench.show(CallbacksPage)
    row = page.table.current_row()
    assert row.room_code == "3-2-1502"
    assert "****" in row.phone
    assert why(row, bench.context.formats)
    assert "吴学文" in page.detail.heading.text()


def test_revealing_the_phone_is_written_down(bench: Bench, desk: Desk) -> None:
    desk.completed()
    page = bench.show(CallbacksPage)
    bench.type(page.table, "V")
    assert page.detail.phone == "18909711443"
    log = desk.ask(lambda session: session.connection().exec_driver_sql(
        "SELECT count(*) FROM operation_log WHERE operation LIKE '%reveal_phone'").scalar())  # fmt: skip
    assert log == 1


def test_enter_takes_a_result_and_the_row_moves_to_the_done(bench: Bench, desk: Desk) -> None:
    desk.completed()
    page = bench.show(CallbacksPage)
    bench.press(page.table, Qt.Key.Key_Return)
    dialog = bench.dialog()
    dialog.form.set_value("solved", True)
    dialog.form.set_value("satisfaction", "satisfied")
    bench.confirm(dialog)
    done = listed(desk, "done")
    assert [(row.solved, row.satisfaction) for row in done] == [(True, "satisfied")]
    assert listed(desk) == []
    assert bench.said[-1].tone == "good"


def void(desk: Desk, row: CallbackRow) -> None:
    """As another desk's ending of the ticket comes in by a merge."""

    def merge(work: Work) -> None:
        work.get(Ticket, str(row.ticket_id)).state = "void"

    desk.database.write(SYSTEM, merge)


def test_a_result_for_a_ticket_that_became_void_is_refused_and_stays_typed(bench: Bench, desk: Desk) -> None:
    desk.completed()
    page = bench.show(CallbacksPage)
    bench.type(page.table, "R")
    dialog = bench.dialog()
    typed = {"solved": True, "satisfaction": "satisfied", "opinion": "很快", "suggestion": "早点来"}
    for name, value in typed.items():
        dialog.form.set_value(name, value)
    (row,) = listed(desk)
    void(desk, row)
    page.refresh()
    bench.confirm(dialog)
    assert dialog.isVisible()
    assert "× 工单现在是“作废”，不能回访。" in texts(dialog)
    assert {name: dialog.form.values()[name] for name in typed} == typed
    assert desk.detail(str(row.ticket_id)).state == "void"
    dialog.reject()
    settle()
    assert (page.model.rowCount(), page.chips._buttons["due"].text().split()[-1]) == (0, "0")


def texts(widget: QWidget) -> list[str]:
    return [one.text() for one in widget.findChildren(QLabel) if one.isVisible()]


def test_a_callback_of_a_void_ticket_that_is_opened_by_its_id_says_why_it_is_in_no_list(
    bench: Bench, desk: Desk
) -> None:
    desk.completed()
    (row,) = listed(desk)
    void(desk, row)
    bench.show(CallbacksPage, callback_id=row.id)
    assert bench.said[-1].text == "这条回访的工单已作废、删除或重开，现在不用回访。"


def test_a_void_ticket_does_not_say_of_itself_that_its_callback_is_due(bench: Bench, desk: Desk) -> None:
    ticket_id = desk.completed()
    (row,) = listed(desk)

    def words() -> list[str]:
        lines = fact_lines(desk.detail(ticket_id), bench.context.formats, lambda _id: None)
        return [piece.text for line in lines for piece in line]

    assert "☎ 待回访" in words()
    void(desk, row)
    assert ("☎ 待回访" in words(), "不用回访" in words()) == (False, True)


def test_an_incomplete_result_is_not_sent(bench: Bench, desk: Desk) -> None:
    desk.completed()
    page = bench.show(CallbacksPage)
    bench.type(page.table, "R")
    dialog = bench.dialog()
    bench.confirm(dialog)
    assert dialog.isVisible()
    assert len(listed(desk)) == 1
    dialog.reject()


def test_not_solved_asks_what_follows_and_a_complaint_is_made(bench: Bench, desk: Desk) -> None:
    desk.completed()
    page = bench.show(CallbacksPage)
    bench.type(page.table, "R")
    dialog = bench.dialog()
    assert not dialog.form.editor("then").widget.isVisible()
    dialog.form.set_value("solved", False)
    dialog.form.set_value("satisfaction", "dissatisfied")
    settle()
    assert dialog.form.editor("then").widget.isVisible()
    dialog.form.set_value("then", "complaint")
    bench.confirm(dialog)
    assert "已转投诉" in bench.said[-1].text


def test_nobody_reached_needs_nothing_more_and_is_due_tomorrow(bench: Bench, desk: Desk) -> None:
    desk.completed()
    page = bench.show(CallbacksPage)
    bench.type(page.table, "R")
    dialog = bench.dialog()
    dialog.form.set_value("reached", False)
    bench.confirm(dialog)
    assert [row.tries for row in listed(desk)] == [1]


def test_many_selected_become_one_sheet_that_is_printed(bench: Bench, desk: Desk) -> None:
    desk.completed()
    desk.completed("门锁打不开", room_id=desk.ids["3-2-1602"], resident_id=desk.ids["曾婳"])
    page = bench.show(CallbacksPage)
    bench.press(page.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    bench.type(page.table, "M")
    sheets = {row.sheet_no for row in listed(desk)}
    assert len(sheets) == 1
    assert [(one.document, one.ids) for one in bench.printed] == [("callback-sheet", (sheets.pop(),))]


def test_f9_prints_the_sheet_of_the_row_again(bench: Bench, desk: Desk) -> None:
    desk.completed()
    sheet_no = desk.do(callbacks.make_sheet, [listed(desk)[0].id])
    page = bench.show(CallbacksPage)
    assert page.print_current()
    assert bench.printed[-1].ids == (sheet_no,)
    assert {row.sheet_no for row in listed(desk)} == {sheet_no}


def test_a_new_day_needs_a_reason(bench: Bench, desk: Desk) -> None:
    desk.completed()
    page = bench.show(CallbacksPage)
    due_on = listed(desk)[0].due_on
    bench.type(page.table, "P")
    dialog = bench.dialog()
    bench.confirm(dialog)
    assert dialog.isVisible()
    dialog.form.set_value("reason", "业主出差")
    bench.confirm(dialog)
    assert listed(desk)[0].due_on == due_on + timedelta(days=1)


def test_left_alone_until_a_day_and_called_all_the_same_with_a_reason(bench: Bench, desk: Desk) -> None:
    desk.completed()
    page = bench.show(CallbacksPage)
    bench.type(page.table, "X")
    dialog = bench.dialog()
    dialog.form.set_value("reason", "decorating")
    dialog.form.set_value("until", date(2026, 12, 31))
    bench.confirm(dialog)
    bench.show(CallbacksPage, group="excluded")
    page.open(group="excluded")
    settle()
    row = page.table.current_row()
    assert why(row, bench.context.formats) == "房屋装修中，至 2026-12-31"
    bench.type(page.table, "O")
    dialog = bench.dialog()
    dialog.form.set_value("reason", "业主来电要求")
    bench.confirm(dialog)
    assert listed(desk)[0].override_reason == "业主来电要求"


def test_a_callback_is_opened_by_its_id_wherever_it_stands(bench: Bench, desk: Desk) -> None:
    desk.completed()
    desk.completed("门锁打不开")
    wanted = listed(desk)[1]
    desk.do(callbacks.exclude, wanted.id, "decorating", date(2026, 12, 31))
    page = bench.show(CallbacksPage, callback_id=wanted.id)
    assert page.chips.current == "excluded"
    assert page.table.current_row().id == wanted.id
    page.open(callback_id="0" * 32)
    settle()
    assert bench.said[-1].tone == "warn"


def test_who_may_not_override_sees_no_such_command(
    bench: Bench,
    desk: Desk,
    clerk: Actor,
    qtbot: QtBot,
    tmp_path: Path,
) -> None:
    desk.completed()
    desk.do(callbacks.exclude, listed(desk)[0].id, "decorating", date(2026, 12, 31))
    other = make_bench(qtbot, desk.database, clerk, desk.clock, tmp_path)
    page = other.show(CallbacksPage, group="excluded")
    assert not page.override.isVisible()
    assert inline_runner(desk.database, actor=clerk).actor is clerk


def test_a_late_one_is_marked_and_counted(bench: Bench, desk: Desk) -> None:
    desk.completed()
    row = listed(desk)[0]
    assert due_words(row, row.due_on + timedelta(days=2), bench.context.formats) == "逾期 2 天"
    desk.clock.advance(days=6)
    page = bench.show(CallbacksPage, group="late")
    assert page.model.rowCount() == 1
    assert "逾期 1" in page.chips._buttons["late"].text()


def test_satisfaction_stands_beside_the_handler(bench: Bench, desk: Desk) -> None:
    desk.completed()
    desk.do(
        callbacks.record_result,
        listed(desk)[0].id,
        callbacks.Result(reached=True, solved=True, satisfaction="dissatisfied"),
    )
    page = bench.show(CallbacksPage)
    bench.type(page.table, "G")
    (person,) = page.figures.people.shown
    assert (person.name, person.dissatisfied, person.satisfaction) == ("李强", 1, 0.0)
    (department,) = page.figures.departments.shown
    assert (department.department, department.dissatisfied) == ("工程部", 1)
    page.figures.chips.chosen.emit("last_month")
    assert page.step_back()
    assert page.modes.currentWidget() is page.lists


def test_a_reason_long_as_life_does_not_break_the_detail(bench: Bench, desk: Desk) -> None:
    desk.completed("很长的内容" * 60)

    def rename(work: Work) -> None:
        work.session.query(Callback).one().override_reason = "因为" * 100

    desk.database.write(SYSTEM, rename)
    page = bench.show(CallbacksPage)
    assert page.detail.card.width() <= page.detail.width()
