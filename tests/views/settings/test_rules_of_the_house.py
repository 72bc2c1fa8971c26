"""Categories, parameters, the site's facts and the log, through real keys over a real file."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from models import parameters as p
from models.database import read_parameters
from models.errors import DomainError
from models.queries.category_settings import category_settings
from models.services import parameters, site, tags
from models.services.seeds import category_id
from models.work import Actor
from tests.conftest import DeskClock
from tests.views.settings.conftest import Show, Shown

WATER = category_id("engineering", "water")
ELECTRIC = category_id("engineering", "electric")


def category(shown: Shown, row_id: str) -> Any:
    return next(row for row in shown.database.read(category_settings) if row.id == row_id)


# -- categories ----------------------------------------------------------------------------------------


def test_what_a_category_leaves_open_comes_from_above(show: Show, admin: Actor) -> None:
    row = category(show(admin), category_id("engineering", "water", "pipe"))
    assert (row.kind, row.in_force[0]) == (None, "repair")
    assert (row.priority, row.in_force[1], row.in_force[3]) == ("urgent", "工程部", "plumbing")


def test_a_category_moves_among_its_sisters(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("categories")
    section.table.go_to(WATER)
    shown.press("Alt+Down")
    order = [row.id for row in shown.database.read(category_settings) if row.depth == 1]
    assert order[:2] == [ELECTRIC, WATER]
    assert section.table.current().id == WATER


def test_a_category_moves_under_another_and_back(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("categories")
    moved = category_id("engineering", "water", "tap")
    section.table.go_to(moved)
    shown.press("M")
    dialog = shown.dialog()
    dialog.form.set_value("parent_id", ELECTRIC)
    shown.press("Ctrl+Return", dialog)
    assert category(shown, moved).parent_id == ELECTRIC
    undo = shown.notices[-1].undo
    assert undo is not None
    undo()
    assert category(shown, moved).parent_id == WATER


def test_a_category_is_not_offered_below_itself(show: Show, admin: Actor) -> None:
    shown = show(admin)
    shown.section("categories").table.go_to(WATER)
    shown.press("M")
    box = shown.dialog().form.editor("parent_id").box
    offered = {box.itemData(place) for place in range(box.count())}
    assert not offered & {WATER, category_id("engineering", "water", "tap")}
    assert ELECTRIC in offered
    shown.dialog().reject()


def test_a_new_category_stands_under_the_chosen_one(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("categories")
    section.table.go_to(WATER)
    shown.press("N")
    dialog = shown.dialog()
    dialog.form.set_value("name", "水表")
    dialog.form.set_value("warranty_item", "equipment")
    shown.press("Ctrl+Return", dialog)
    row = section.table.current()
    assert (row.name, row.parent_id, row.warranty_item) == ("水表", WATER, "equipment")


def test_a_category_goes_out_of_use_and_back(show: Show, admin: Actor) -> None:
    shown = show(admin)
    shown.section("categories").table.go_to(WATER)
    shown.press("D")
    assert not category(shown, WATER).is_active
    undo = shown.notices[-1].undo
    assert undo is not None
    undo()
    assert category(shown, WATER).is_active


# -- parameters ----------------------------------------------------------------------------------------


def type_value(shown: Shown, key: str, text: str) -> Any:
    row = shown.page.section.rows[key]  # type: ignore[attr-defined]
    line = row.editor.widget
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)
    shown.press("Return", line)
    return row


def stored(shown: Shown, parameter: p.Parameter[Any]) -> Any:
    return shown.database.read(read_parameters).get(parameter)


def test_a_parameter_is_saved_with_enter_and_the_next_has_the_focus(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("parameters")
    type_value(shown, "time.critical.arrive", "8")
    assert stored(shown, p.CRITICAL_ARRIVE) == 8
    assert section.rows["time.urgent.arrive"].editor.widget.hasFocus()
    undo = shown.notices[-1].undo
    assert undo is not None
    undo()
    assert stored(shown, p.CRITICAL_ARRIVE) == 5


@pytest.mark.parametrize("text", ["6000", "0", "abc", ""])
def test_a_value_out_of_limits_is_refused_beside_its_field(show: Show, admin: Actor, text: str) -> None:
    shown = show(admin)
    shown.section("parameters")
    line = shown.page.section.rows["time.critical.arrive"].editor.widget  # type: ignore[attr-defined]
    line.clear()
    row = type_value(shown, "time.critical.arrive", text)
    assert row.complaint.isVisible()
    assert row.editor.widget.property("fault")
    assert stored(shown, p.CRITICAL_ARRIVE) == 5
    assert shown.page.step_back()
    assert row.editor.value() == 5
    assert not row.complaint.isVisible()


@pytest.mark.parametrize(
    ("key", "text"), [("hours.start", "25:00"), ("hours.end", "07:00"), ("hours.rest", "noon")]
)
def test_hours_that_cannot_be_read_are_refused(show: Show, admin: Actor, key: str, text: str) -> None:
    shown = show(admin)
    section = shown.section("parameters")
    section.chips.choose("hours")
    section.show_group()
    row = type_value(shown, key, text)
    assert "不能这样写" in row.complaint.text()
    with pytest.raises(DomainError, match="parameter-unreadable"):
        shown.database.write(admin, parameters.set_parameter, key, text)


def test_a_changed_parameter_goes_back_to_its_default(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("parameters")
    row = type_value(shown, "time.critical.arrive", "9")
    assert row.back.isVisible()
    row.editor.widget.setFocus()
    shown.press("Ctrl+D")
    assert stored(shown, p.CRITICAL_ARRIVE) == 5
    assert not row.back.isVisible()
    section.chips.choose("changed")
    section.show_group()
    assert not section.rows


def test_parameters_are_found_by_words(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("parameters")
    shown.press("Slash", section)
    section.filter_line.insert("锁")
    shown.press("Return", section.filter_line)
    assert set(section.rows) == {"account.lock.after", "account.lock.minutes", "account.idle.minutes"}


def test_arrows_go_from_row_to_row(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("parameters")
    section.rows["time.critical.arrive"].editor.widget.setFocus()
    shown.press("Down")
    assert section.rows["time.urgent.arrive"].editor.widget.hasFocus()
    shown.press("Up")
    assert section.rows["time.critical.arrive"].editor.widget.hasFocus()


def test_neither_wheel_nor_arrows_change_a_choice(show: Show, admin: Actor) -> None:
    shown = show(admin)
    row = shown.section("parameters").rows["time.complaint.clock"]
    row.editor.widget.setFocus()
    shown.press("Down")
    assert shown.page.section.rows["time.enquiry.clock"].editor.widget.hasFocus()  # type: ignore[attr-defined]
    point = QPointF(5, 5)
    wheel = QWheelEvent(
        point, point, QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(row.editor.widget, wheel)
    assert stored(shown, p.COMPLAINT_CLOCK) == "round"
    row.editor.box.setCurrentIndex(1)
    assert stored(shown, p.COMPLAINT_CLOCK) == "working"


# -- the site's facts ----------------------------------------------------------------------------------


def test_the_site_is_saved_with_control_enter(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("site")
    section.form.set_value("hotline", "400-800-1234")
    assert shown.page.commit()
    facts = shown.database.read(site.facts)
    assert facts is not None
    assert facts.hotline == "400-800-1234"
    assert not shown.page.commit(), "nothing is left to save"


def test_a_site_without_a_name_is_refused(show: Show, admin: Actor) -> None:
    shown = show(admin)
    section = shown.section("site")
    section.form.set_value("name", "")
    assert shown.page.commit()
    assert section.form.editor("name").widget.accessibleDescription()
    assert shown.page.step_back()
    assert section.form.values()["name"] == "幸福里"


# -- the log -------------------------------------------------------------------------------------------


def wait_for_rows(shown: Shown) -> Any:
    section = shown.page.section
    shown.qtbot.waitUntil(lambda: section.table.current_row() is not None)  # type: ignore[attr-defined]
    return section


def test_the_log_has_pages_and_shows_what_changed(show: Show, admin: Actor) -> None:
    shown = show(admin)
    for number in range(600):
        shown.database.write(admin, parameters.set_parameter, "time.critical.arrive", 10 + number % 50)
    shown.section("log")
    section = wait_for_rows(shown)
    assert section.model.rowCount() >= 600
    last = section.model.rowCount() - 1
    section.table.go_to(section.model.key_at(last))
    shown.qtbot.waitUntil(lambda: section.model.row_at(last) is not None)
    section.table.go_to(section.model.key_at(0))
    row = section.table.current_row()
    assert row.operation == "parameters.set_parameter"
    assert row.changes["value"] == (58, 59)


def test_the_log_is_filtered_by_person_operation_and_text(show: Show, admin: Actor, actor: Actor) -> None:
    shown = show(admin)
    shown.database.write(actor, tags.create_tag, "老年客户")
    shown.database.write(admin, tags.create_tag, "独居")
    section = shown.section("log")
    everything = section.model.rowCount()
    section.person.setCurrentIndex(section.person.findData(actor.staff_id))
    assert section.model.rowCount() == 1
    assert shown.page.step_back()
    assert section.model.rowCount() == everything
    section.area.setCurrentIndex(section.area.findData("tags"))
    assert section.model.rowCount() == 2
    section.clear()
    section.text.insert("独居")
    shown.press("Return", section.text)
    assert section.model.rowCount() == 1


def test_the_period_hides_what_is_older(show: Show, admin: Actor, clock: DeskClock) -> None:
    shown = show(admin)
    section = shown.section("log")
    assert section.model.rowCount()
    clock.advance(days=3)
    section.period.setCurrentIndex(0)
    assert section.model.rowCount() == 0
    section.period.setCurrentIndex(1)
    assert section.model.rowCount()


def test_h_shows_the_history_of_one_row(show: Show, admin: Actor) -> None:
    shown = show(admin)
    tag_id = shown.database.write(admin, tags.create_tag, "独居").value
    shown.database.write(admin, tags.edit_tag, tag_id, {"name": "独居老人"})
    shown.section("log")
    section = wait_for_rows(shown)
    shown.press("H")
    assert section.model.rowCount() == 2
    assert section.row_label.isVisible()
    assert shown.page.step_back()
    assert section.model.rowCount() > 2
