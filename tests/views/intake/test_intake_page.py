"""The intake page with real keys over a real file: from the box to a saved ticket, drafts, warnings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from models.queries.categories import category_tree
from models.queries.drafts import drafts
from models.services import seeds, tickets
from tests.views.tickets.ticket_desk import TicketDesk, dialog_of, settle
from views.household.picker import HouseholdEditor
from views.intake.category_editor import CategoryEditor
from views.intake.drafting import PAUSE_MS
from views.intake.page import IntakePage

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def opened(desk: TicketDesk) -> IntakePage:
    page = IntakePage(desk.context)
    page.resize(1270, 690)
    page.show()
    page.activateWindow()
    settle()
    return page


@pytest.fixture
def page(desk: TicketDesk) -> Iterator[IntakePage]:
    made = opened(desk)
    yield made
    made.close()
    made.deleteLater()
    settle()


def box_of(page: IntakePage) -> Any:
    editor = page.form.editor("household")
    assert isinstance(editor, HouseholdEditor)
    return editor.box


def choose(page: IntakePage, text: str) -> None:
    """Type into the household field and take the first hit."""
    page.activateWindow()
    box = box_of(page)
    box.setFocus()
    QTest.keyClicks(box, text)
    QTest.qWait(20)
    settle()
    QTest.keyClick(box, Qt.Key.Key_Return)
    settle()


def pause() -> None:
    QTest.qWait(PAUSE_MS + 80)
    settle()


def test_typing_starts_in_the_household(page: IntakePage) -> None:
    page.setFocus()
    assert QApplication.focusWidget() is box_of(page)


def test_from_the_box_to_a_printed_ticket(desk: TicketDesk, page: IntakePage) -> None:
    home = desk.home()
    choose(page, "1443")
    assert box_of(page).text() == "3-2-1502 · 吴学文"
    values = page.form.values()
    assert values["caller_name"] == "吴学文"
    assert values["caller_phone"] == "189****1443"
    matter = page.form.editor("matter").widget
    assert QApplication.focusWidget() is matter
    QTest.keyClicks(matter, "leak under the sink")
    assert page.commit()
    settle()
    row = desk.all_tickets()[0]
    detail = desk.detail(row.id)
    assert (detail.room_id, detail.resident_id) == (home.room_id, home.resident_id)
    assert detail.matter == "leak under the sink"
    assert desk.database.write(desk.actor, tickets.reveal_phone, row.id).value == "18912341443"
    assert desk.printed[-1].ids == (row.id,)
    assert not desk.printed[-1].is_preview
    assert detail.number in desk.notices[-1].text
    assert page.form.values()["matter"] == ""
    assert desk.database.read(drafts) == []


def test_control_s_saves_without_printing(desk: TicketDesk, page: IntakePage) -> None:
    page.form.set_value("place", "大堂")
    page.form.set_value("matter", "灯不亮")
    page.form.focus("matter")
    QTest.keyClick(page.form.editor("matter").widget, Qt.Key.Key_S, CONTROL)
    settle()
    assert len(desk.all_tickets()) == 1
    assert desk.printed == []


def test_save_and_dispatch(desk: TicketDesk, page: IntakePage) -> None:
    engineer = desk.engineer()
    desk.home()
    choose(page, "1443")
    page.form.set_value("matter", "跳闸")
    QTest.keyClick(page.form.editor("matter").widget, Qt.Key.Key_Return, CONTROL | SHIFT)
    dialog = dialog_of(page)
    assert dialog.form.values()["handler_id"] == engineer
    QTest.keyClick(dialog, Qt.Key.Key_Return, CONTROL)
    settle()
    row = desk.all_tickets()[0]
    assert row.state == "dispatched"
    assert desk.printed[-1].ids == (row.id,)


def test_a_repair_without_a_place_says_so_beside_the_field(desk: TicketDesk, page: IntakePage) -> None:
    page.form.set_value("matter", "漏水")
    page.commit()
    settle()
    assert desk.all_tickets() == []
    assert "地点" in page.form._cells["place"].message.text()
    assert page.form.values()["matter"] == "漏水"
    pause()
    assert len(desk.database.read(drafts)) == 1, "what was refused stays a draft"


def test_an_enquiry_is_answered_at_once(desk: TicketDesk, page: IntakePage) -> None:
    page.form.set_value("kind", "enquiry")
    assert not page.form._cells["answer"].isHidden()
    page.form.set_value("matter", "押金何时退")
    page.form.set_value("answer", "验收后七天")
    page.commit()
    settle()
    row = desk.all_tickets()[0]
    assert row.state == "closed"
    assert desk.detail(row.id).resolution == "验收后七天"
    assert desk.printed == []


def test_a_category_brings_kind_and_priority(desk: TicketDesk, page: IntakePage) -> None:
    page.form.set_value("category_id", seeds.category_id("engineering", "water", "pipe"))
    settle()
    assert page.form.values()["priority"] == "urgent"
    page.form.set_value("priority", "critical")
    page.form.set_value("category_id", None)
    page.form.set_value("category_id", seeds.category_id("engineering", "water", "pipe"))
    settle()
    assert page.form.values()["priority"] == "critical", "what was chosen by hand stays"


def test_a_category_is_found_by_its_initials(desk: TicketDesk, page: IntakePage) -> None:
    editor = page.form.editor("category_id")
    assert isinstance(editor, CategoryEditor)
    tree = desk.database.read(category_tree)
    pipe = next(node for node in tree if node.name == "管道漏水")
    line = editor.box.lineEdit()
    assert line is not None
    line.setFocus()
    QTest.keyClicks(line, "gdls")
    line.editingFinished.emit()
    settle()
    assert editor.value() == pipe.id


def test_an_unknown_category_is_pointed_at(page: IntakePage) -> None:
    editor = page.form.editor("category_id")
    assert isinstance(editor, CategoryEditor)
    editor.box.setEditText("zzzz")
    assert editor.problem()
    editor.box.setEditText("")
    assert not editor.problem()


def test_a_draft_survives_the_page(desk: TicketDesk, page: IntakePage) -> None:
    desk.home()
    choose(page, "1443")
    page.form.set_value("matter", "卫生间漏水")
    page.form.set_value("appointment_at", None)
    pause()
    second = opened(desk)
    assert [item.data["typed"]["matter"] for item in second.drafts.items] == ["卫生间漏水"]
    QTest.keyClick(box_of(second), Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    settle()
    values = second.form.values()
    assert values["matter"] == "卫生间漏水"
    assert values["household"].words == "3-2-1502 · 吴学文"
    second.commit()
    settle()
    row = desk.all_tickets()[0]
    assert desk.database.write(desk.actor, tickets.reveal_phone, row.id).value == "18912341443"
    assert desk.database.read(drafts) == []
    second.close()
    second.deleteLater()


def test_fast_typing_is_kept_all_the_same(desk: TicketDesk, page: IntakePage) -> None:
    """No pause at all: the draft is written on the way."""
    matter = page.form.editor("matter").widget
    matter.setFocus()
    for _key in range(30):
        QTest.keyClick(matter, Qt.Key.Key_A)
        QTest.qWait(20)
    kept = desk.database.read(drafts)
    assert kept
    assert len(kept[0].data["typed"]["matter"]) >= 10


def test_several_drafts_are_listed_and_discarded_with_undo(desk: TicketDesk, page: IntakePage) -> None:
    for matter in ("第一件", "第二件"):
        page.form.set_value("matter", matter)
        desk.database.clock.advance(minutes=1)  # type: ignore[attr-defined]
        page.set_aside()
    settle()
    assert [item.data["typed"]["matter"] for item in page.drafts.items] == ["第二件", "第一件"]
    page.discard_draft(0)
    settle()
    assert [item.data["typed"]["matter"] for item in page.drafts.items] == ["第一件"]
    undo = desk.notices[-1].undo
    assert undo is not None
    undo()
    settle()
    assert len(page.drafts.items) == 2


def test_another_household_keeps_what_was_unfinished(desk: TicketDesk, page: IntakePage) -> None:
    home, other = desk.home(), desk.home("5-1-301", "尉迟恭", "13700000001")
    page.open(room_id=home.room_id, resident_id=home.resident_id)
    page.form.set_value("matter", "漏水")
    page.open(room_id=other.room_id, resident_id=other.resident_id)
    settle()
    assert page.form.values()["household"].words == "5-1-301 · 尉迟恭"
    assert page.form.values()["matter"] == ""
    assert [item.data["typed"]["matter"] for item in page.drafts.items] == ["漏水"]


def test_a_household_looked_up_alone_is_no_draft(desk: TicketDesk, page: IntakePage) -> None:
    home, other = desk.home(), desk.home("5-1-301", "尉迟恭", "13700000001")
    page.open(room_id=home.room_id, resident_id=home.resident_id)
    page.open(room_id=other.room_id, resident_id=other.resident_id)
    settle()
    assert page.drafts.items == ()


def test_a_phone_opens_its_household(desk: TicketDesk, page: IntakePage) -> None:
    desk.home()
    page.open(phone="18912341443")
    settle()
    assert page.form.values()["household"].words == "3-2-1502 · 吴学文"


def test_the_household_stands_beside_the_form(desk: TicketDesk, page: IntakePage) -> None:
    home = desk.home()
    desk.ticket("入户门锁打不开", room_id=home.room_id, resident_id=home.resident_id, place=None)
    page.open(room_id=home.room_id, resident_id=home.resident_id)
    settle()
    assert "3-2-1502" in page.side.household.accessibleName()
    assert "入户门锁打不开" in page.side._tickets.accessibleName()
    page.side.household.reveal_first()
    settle()
    assert "18912341443" in page.side.household.accessibleName()


def similar(desk: TicketDesk, page: IntakePage) -> tuple[str, Any]:
    home = desk.home()
    first = desk.ticket("厨房水槽下方漏水", room_id=home.room_id, resident_id=home.resident_id, place=None)
    page.open(room_id=home.room_id, resident_id=home.resident_id)
    page.form.set_value("matter", "厨房水槽下方漏水了")
    page.commit()
    return first, dialog_of(page)


def test_a_similar_ticket_warns_and_is_chased(desk: TicketDesk, page: IntakePage) -> None:
    first, dialog = similar(desk, page)
    QTest.keyClick(dialog, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
    settle()
    assert len(desk.all_tickets()) == 1
    assert desk.detail(first).timeline[-1].kind == "chase"
    assert desk.opened[-1] == ("tickets", {"ticket_id": first})
    assert desk.database.read(drafts) == []


def test_a_similar_ticket_does_not_forbid_a_new_one(desk: TicketDesk, page: IntakePage) -> None:
    _first, dialog = similar(desk, page)
    QTest.keyClick(dialog, Qt.Key.Key_Return, CONTROL)
    settle()
    assert len(desk.all_tickets()) == 2


def test_leaving_the_warning_keeps_the_form(desk: TicketDesk, page: IntakePage) -> None:
    _first, dialog = similar(desk, page)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    settle()
    assert len(desk.all_tickets()) == 1
    assert page.form.values()["matter"] == "厨房水槽下方漏水了"
    page.commit()
    assert dialog_of(page) is not None
    dialog_of(page).reject()


def test_giving_up_can_be_taken_back(desk: TicketDesk, page: IntakePage) -> None:
    page.form.set_value("matter", "写错了")
    page.give_up()
    settle()
    assert desk.database.read(drafts) == []
    undo = desk.notices[-1].undo
    assert undo is not None
    undo()
    settle()
    assert [item.data["typed"]["matter"] for item in page.drafts.items] == ["写错了"]


def test_hiding_the_page_writes_the_draft(desk: TicketDesk, page: IntakePage) -> None:
    page.form.set_value("matter", "打到一半")
    page.hide()
    assert [item.data["typed"]["matter"] for item in desk.database.read(drafts)] == ["打到一半"]


def test_a_stray_key_in_the_search_is_no_draft(desk: TicketDesk, page: IntakePage) -> None:
    page.form.focus("household")
    QTest.keyClicks(page.form.editor("household").widget, "2")
    page.keeper.keep()
    settle()
    page.step_back()
    page.hide()
    assert desk.database.read(drafts) == []


def test_clearing_everything_discards_the_draft(desk: TicketDesk, page: IntakePage) -> None:
    matter = page.form.editor("matter").widget
    page.form.focus("matter")
    QTest.keyClicks(matter, "2")
    page.keeper.keep()
    settle()
    assert len(desk.database.read(drafts)) == 1
    QTest.keyClick(matter, Qt.Key.Key_Backspace)
    page.keeper.keep()
    settle()
    assert desk.database.read(drafts) == []
    assert page._kept.text() == ""


def test_neither_household_nor_place_is_told_in_one_sentence(desk: TicketDesk, page: IntakePage) -> None:
    page.form.set_value("matter", "漏水")
    page.commit()
    settle()
    assert page.form._cells["place"].message.text() == "× 选住户，或填地点。"
    assert desk.all_tickets() == []
