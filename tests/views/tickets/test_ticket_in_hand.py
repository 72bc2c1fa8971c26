"""The ticket in hand: what the commands act on, what the list shows of it, what the rights leave out."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt

from models.services import charges, tickets
from tests.views.tickets.ticket_desk import TicketDesk, dialog_of, settle
from tests.views.tickets.ticket_keys import answer, confirm, press, shown
from views.tickets.page import TicketsPage


def test_a_completed_ticket_stays_in_hand_whatever_the_focus_does(
    desk: TicketDesk, page: TicketsPage
) -> None:
    desk.engineer()
    others = [desk.ticket("别家的"), desk.ticket("再一家的")]
    ticket_id = desk.dispatched()
    shown(page, ticket_id)
    place = page.table.currentIndex().row()
    answer(page, Qt.Key.Key_E, resolution="已更换角阀")
    assert desk.state(ticket_id) == "completed"
    assert page.list.model.rowCount() == 2, "it left the list of open ones"
    for _round in range(2):
        page.activateWindow()
        page.table.clearFocus()
        settle()
        page.table.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
        settle()
        assert page.table.hasFocus()
    assert page.table.current_key() is None
    assert page.detail.detail is not None
    assert page.detail.detail.id == ticket_id
    assert page.print_current()
    assert desk.printed[-1].ids == (ticket_id,)
    press(page, Qt.Key.Key_D)
    press(page, Qt.Key.Key_E)
    assert {desk.state(one) for one in others} == {"received"}
    undo = desk.notices[-1].undo
    assert undo is not None
    undo()
    settle()
    assert page.table.currentIndex().row() == place
    assert page.table.selected_count() == 1
    assert page.detail.detail.id == ticket_id


def test_down_goes_on_where_the_completed_one_was(desk: TicketDesk, page: TicketsPage) -> None:
    desk.engineer()
    for n in range(4):
        desk.dispatched(matter=f"第 {n} 件")
    shown(page)
    press(page, Qt.Key.Key_Down)
    press(page, Qt.Key.Key_Down)
    following = page.table.rows.key_at(3)
    answer(page, Qt.Key.Key_E, resolution="好了")
    press(page, Qt.Key.Key_Down)
    assert page.table.current_key() == following


def test_a_ticket_shown_from_elsewhere_is_not_lost_to_the_focus(desk: TicketDesk, page: TicketsPage) -> None:
    hidden = desk.ticket("押金", kind="enquiry")
    desk.database.write(desk.actor, tickets.answer, hidden, "已答复")
    desk.ticket("进行中的")
    page.open(ticket_id=hidden)
    shown(page)
    page.table.clearFocus()
    page.table.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
    settle()
    assert page.detail.detail is not None
    assert page.detail.detail.id == hidden


def test_a_new_ticket_is_in_sight(desk: TicketDesk, page: TicketsPage) -> None:
    for n in range(40):
        desk.ticket(f"第 {n} 件")
    shown(page)
    page.hide()
    desk.ticket("刚登记的")
    desk.runner.announce(frozenset({"ticket"}))
    page.show()
    page.refresh()
    settle()
    newest = next(one.rowid for one in desk.all_tickets() if one.matter == "刚登记的")
    assert page.table.rowAt(0) <= page.table.rows.place_of(newest)
    assert page.table.visualRect(page.table.rows.index(page.table.rows.place_of(newest), 0)).top() >= 0


def test_charges_need_a_charge_kind_beside_its_field(desk: TicketDesk, page: TicketsPage) -> None:
    desk.engineer()
    ticket_id = desk.dispatched()
    desk.database.write(desk.actor, charges.add, ticket_id, [charges.Line("角阀", 3500)])
    shown(page, ticket_id)
    press(page, Qt.Key.Key_E)
    dialog = dialog_of(page)
    dialog.form.set_value("resolution", "已更换角阀")
    confirm(dialog)
    assert dialog.isVisible()
    assert "收费方式" in dialog.form._cells["charge_kind"].message.text()
    assert desk.state(ticket_id) == "dispatched"
    dialog.form.set_value("charge_kind", "paid")
    confirm(dialog)
    assert desk.state(ticket_id) == "completed"


def test_a_selection_offers_no_export_without_the_right(desk: TicketDesk, clerk: Any) -> None:
    from dataclasses import replace

    page = TicketsPage(replace(desk.context, user=clerk))
    desk.ticket("一")
    desk.ticket("二")
    shown(page)
    page.table.selectAll()
    settle()
    offered = [one.action for one in page.detail.bar._buttons]
    assert page._print in offered
    assert page._export not in offered
    assert page.actions_.commands["void"] not in offered
    page.close()
    page.deleteLater()


@pytest.mark.parametrize("width", [1270, 900, 700, 575])
def test_room_state_and_deadline_are_never_cut(desk: TicketDesk, page: TicketsPage, width: int) -> None:
    shown(page, desk.ticket("一" * 60))
    page.detail._warranty.setText("保修期内 · " + "防水" * 60)
    page.detail._warranty.show()
    page.resize(width, 690)
    settle()
    table = page.table
    assert page.width() == width
    for place, column in enumerate(table.rows.columns):
        if column.key in {"room", "state", "due"}:
            left = table.columnViewportPosition(place)
            assert table.columnWidth(place) >= column.width
            assert 0 <= left <= left + table.columnWidth(place) <= table.viewport().width()
