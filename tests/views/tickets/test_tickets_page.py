"""The tickets page with real keys over a real file: every step of a ticket's life, many at once, undo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest

from models.queries.saved_views import saved_views
from models.services import charges, tickets
from tests.views.tickets.ticket_desk import TicketDesk, dialog_of, settle
from tests.views.tickets.ticket_keys import answer, confirm, press, shown
from views.tickets.page import TicketsPage
from views.tickets.reading import PAGE_NAME


def visible(page: TicketsPage) -> set[str]:
    return {action for action, command in page.actions_.commands.items() if command.isVisible()}


def test_the_first_ticket_is_shown_beside_the_list(desk: TicketDesk, page: TicketsPage) -> None:
    ticket_id = desk.ticket()
    shown(page)
    assert page.detail.detail is not None
    assert page.detail.detail.id == ticket_id
    assert "dispatch" in visible(page)
    assert "complete" not in visible(page)


def test_an_empty_list_says_what_to_do_next(desk: TicketDesk, page: TicketsPage) -> None:
    shown(page)
    page.refresh()
    settle()
    assert page.table.empty.title.text() == "还没有工单"
    assert "F2" in page.table.empty.hint.text()
    desk.ticket()
    page.refresh()
    settle()
    assert page.table.empty.title.text() == "没有符合条件的工单"


def test_a_whole_life_by_keys(desk: TicketDesk, page: TicketsPage) -> None:
    engineer = desk.engineer()
    ticket_id = desk.ticket()
    shown(page, ticket_id)
    answer(page, Qt.Key.Key_D)
    detail = desk.detail(ticket_id)
    assert detail.state == "dispatched"
    assert detail.handler_id == engineer
    assert detail.contact == "吴学文"
    assert detail.contact_phone == "189****1443"
    press(page, Qt.Key.Key_A)
    assert desk.state(ticket_id) == "accepted"
    answer(page, Qt.Key.Key_I, text="已到")
    assert desk.state(ticket_id) == "in_progress"
    answer(page, Qt.Key.Key_P, text="角阀断裂")
    answer(page, Qt.Key.Key_C, text="再催")
    answer(page, Qt.Key.Key_N, text="先关总阀")
    answer(page, Qt.Key.Key_H, reason="等配件")
    assert desk.state(ticket_id) == "suspended"
    press(page, Qt.Key.Key_G)
    assert desk.state(ticket_id) == "in_progress"
    answer(page, Qt.Key.Key_E, resolution="已更换角阀")
    assert desk.state(ticket_id) == "completed"
    answer(page, Qt.Key.Key_S, rating="neutral")
    assert desk.detail(ticket_id).rating == "neutral"
    answer(page, Qt.Key.Key_R, reason="又漏了")
    assert desk.state(ticket_id) == "received"
    answer(page, Qt.Key.Key_V, reason="误报")
    assert desk.state(ticket_id) == "void"
    press(page, Qt.Key.Key_Y)
    assert desk.state(ticket_id) == "archived"
    kinds = [item.kind for item in desk.detail(ticket_id).timeline]
    assert kinds == [
        "receive", "dispatch", "accept", "arrive", "progress", "chase", "first_answer", "suspend", "resume",
        "complete", "rate", "reopen", "void", "archive",
    ]  # fmt: skip


def test_passing_on_needs_its_reason_beside_the_field(desk: TicketDesk, page: TicketsPage) -> None:
    desk.engineer()
    ticket_id = desk.dispatched()
    shown(page, ticket_id)
    press(page, Qt.Key.Key_T)
    dialog = dialog_of(page)
    confirm(dialog)
    assert dialog.isVisible()
    assert "请填写" in dialog.form._cells["reason"].message.text()
    dialog.form.set_value("reason", "人手不足")
    dialog.form.set_value("due_at", desk.context.clock().replace(year=2027))
    confirm(dialog)
    assert desk.detail(ticket_id).timeline[-1].kind == "pass_on"


def test_sending_back(desk: TicketDesk, page: TicketsPage) -> None:
    desk.engineer()
    ticket_id = desk.dispatched()
    shown(page, ticket_id)
    answer(page, Qt.Key.Key_B, reason="需业主在场")
    assert desk.detail(ticket_id).waits_for == "需业主在场"


def test_answering_an_enquiry(desk: TicketDesk, page: TicketsPage) -> None:
    ticket_id = desk.ticket("押金何时退", kind="enquiry")
    shown(page, ticket_id)
    answer(page, Qt.Key.Key_W, resolution="验收后七天")
    assert desk.state(ticket_id) == "closed"


def test_completion_without_proof_is_refused_in_the_dialog(desk: TicketDesk, page: TicketsPage) -> None:
    desk.engineer()
    ticket_id = desk.dispatched()
    shown(page, ticket_id)
    press(page, Qt.Key.Key_E)
    dialog = dialog_of(page)
    confirm(dialog)
    assert dialog.isVisible()
    assert "处理凭证" in dialog.form._cells["proof"].message.text()
    assert desk.state(ticket_id) == "dispatched"
    dialog.reject()


def test_completion_with_charges_and_a_photo(desk: TicketDesk, page: TicketsPage, tmp_path: Path) -> None:
    desk.engineer()
    ticket_id = desk.dispatched()
    photo = tmp_path / "角阀.jpg"
    photo.write_bytes(b"jpeg")
    shown(page, ticket_id)
    press(page, Qt.Key.Key_E)
    dialog = dialog_of(page)
    editor = dialog.form.editor("lines")
    for column, text in enumerate(("角阀", "DN15", "2", "个", "35")):
        item = editor.table.item(0, column)
        if item is None:
            from PySide6.QtWidgets import QTableWidgetItem

            editor.table.setItem(0, column, QTableWidgetItem(text))
        else:
            item.setText(text)
    editor.labour.setText("30")
    assert "¥100.00" in editor.total.text()
    assert "壹佰元整" in editor.total.text()
    dialog.form.editor("proof").add([photo])
    dialog.form.set_value("charge_kind", "paid")
    confirm(dialog)
    detail = desk.detail(ticket_id)
    assert detail.state == "completed"
    assert (detail.charges.material, detail.charges.labour) == (7000, 3000)
    assert [(one.name, one.kind) for one in detail.attachments] == [("角阀.jpg", "proof")]
    assert desk.files.attachments.has(detail.attachments[0].sha256)


def test_unfixed_asks_why(desk: TicketDesk, page: TicketsPage) -> None:
    desk.engineer()
    ticket_id = desk.dispatched()
    shown(page, ticket_id)
    press(page, Qt.Key.Key_E)
    dialog = dialog_of(page)
    assert dialog.form._cells["unfinished_reason"].isHidden()
    dialog.form.set_value("result", "unfixed")
    assert not dialog.form._cells["unfinished_reason"].isHidden()
    dialog.form.set_value("resolution", "已查看")
    confirm(dialog)
    assert dialog.isVisible()
    dialog.form.set_value("unfinished_reason", "需换整套")
    confirm(dialog)
    assert desk.detail(ticket_id).unfinished_reason == "需换整套"


def test_undo_of_a_mistaken_step(desk: TicketDesk, page: TicketsPage) -> None:
    desk.engineer()
    ticket_id = desk.dispatched()
    shown(page, ticket_id)
    press(page, Qt.Key.Key_A)
    assert desk.state(ticket_id) == "accepted"
    notice = desk.notices[-1]
    assert notice.undo is not None
    notice.undo()
    settle()
    assert desk.state(ticket_id) == "dispatched"
    assert page.detail.detail is not None
    assert page.detail.detail.state == "dispatched"


def test_void_as_a_repetition_names_the_first(desk: TicketDesk, page: TicketsPage) -> None:
    first, second = desk.ticket(), desk.ticket("又说一遍")
    shown(page, second)
    press(page, Qt.Key.Key_V)
    dialog = dialog_of(page)
    dialog.form.set_value("reason", "重复")
    dialog.form.set_value("duplicate_of", "A-000000-9999")
    confirm(dialog)
    assert dialog.isVisible()
    dialog.form.set_value("duplicate_of", desk.detail(first).number.lower())
    confirm(dialog)
    assert desk.detail(second).duplicate_of == first


def test_many_are_dispatched_and_undone(desk: TicketDesk, page: TicketsPage) -> None:
    desk.engineer()
    ids = [desk.ticket(f"第 {n} 件") for n in range(3)]
    voided = desk.ticket("作废的")
    desk.database.write(desk.actor, tickets.void, voided, "误报")
    shown(page)
    page.list.choose("all")
    settle()
    QTest.keyClick(page.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    settle()
    assert page.table.selected_count() == 4
    press(page, Qt.Key.Key_D)
    confirm(dialog_of(page))
    assert {desk.state(one) for one in ids} == {"dispatched"}
    assert "3" in desk.notices[-1].text
    assert desk.detail(voided).number in desk.notices[-1].text
    assert all(desk.detail(one).task == desk.detail(one).matter for one in ids)
    undo = desk.notices[-1].undo
    assert undo is not None
    undo()
    settle()
    assert {desk.state(one) for one in ids} == {"received"}


def test_printing_the_selection(desk: TicketDesk, page: TicketsPage) -> None:
    ids = {desk.ticket("一"), desk.ticket("二")}
    shown(page)
    assert page.print_current()
    assert len(desk.printed[-1].ids) == 1
    page.table.selectAll()
    settle()
    assert page.print_current()
    assert set(desk.printed[-1].ids) == ids
    assert desk.printed[-1].document == "work-order"


def test_exporting_the_list(desk: TicketDesk, page: TicketsPage, tmp_path: Path) -> None:
    desk.ticket("一")
    desk.ticket("二")
    shown(page)
    page.export_to(tmp_path / "out.xlsx")
    settle()
    assert (tmp_path / "out.xlsx").stat().st_size > 0
    assert "2" in desk.notices[-1].text


def test_a_ticket_that_the_filter_hides_is_shown(desk: TicketDesk, page: TicketsPage) -> None:
    hidden = desk.ticket("押金", kind="enquiry")
    desk.database.write(desk.actor, tickets.answer, hidden, "已答复")
    desk.ticket("进行中的")
    shown(page, hidden)
    assert page.detail.detail is not None
    assert page.detail.detail.id == hidden
    assert page.list.filter.group == "open"
    page.refresh()
    settle()
    assert page.detail.detail.id == hidden


def test_refining_saving_and_forgetting_a_view(desk: TicketDesk, page: TicketsPage) -> None:
    desk.ticket("大堂漏水")
    desk.ticket("押金", kind="enquiry")
    shown(page)
    press(page, Qt.Key.Key_F)
    dialog = dialog_of(page)
    dialog.form.set_value("kind", "enquiry")
    confirm(dialog)
    assert page.list.model.rowCount() == 1
    page.list.save_view()
    dialog = dialog_of(page)
    dialog.form.set_value("name", "咨询")
    confirm(dialog)
    views = desk.database.read(saved_views, PAGE_NAME)
    assert [one.name for one in views] == ["咨询"]
    page.list.choose("open")
    settle()
    assert page.list.model.rowCount() == 2
    page.list.choose(f"view:{views[0].id}")
    settle()
    assert page.list.model.rowCount() == 1
    page.list.rename_view()
    dialog = dialog_of(page)
    dialog.form.set_value("name", "只看咨询")
    confirm(dialog)
    assert [one.name for one in desk.database.read(saved_views, PAGE_NAME)] == ["只看咨询"]
    page.list.delete_view()
    settle()
    assert desk.database.read(saved_views, PAGE_NAME) == []
    assert page.step_back()
    assert page.list.model.rowCount() == 2


def test_text_is_found(desk: TicketDesk, page: TicketsPage) -> None:
    wanted = desk.ticket("水管爆裂淹了车库")
    desk.ticket("电梯故障")
    shown(page)
    press(page, Qt.Key.Key_F)
    dialog = dialog_of(page)
    dialog.form.set_value("text", "车库")
    confirm(dialog)
    assert page.list.model.rowCount() == 1
    assert page.detail.detail is not None
    assert page.detail.detail.id == wanted


def test_files_are_dropped_saved_and_taken_off(desk: TicketDesk, page: TicketsPage, tmp_path: Path) -> None:
    ticket_id = desk.ticket()
    shown(page, ticket_id)
    source = tmp_path / "现场.png"
    source.write_bytes(b"picture")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(source))])
    drop = QDropEvent(
        QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    page.detail.files.dropEvent(drop)
    settle()
    row = desk.detail(ticket_id).attachments[0]
    assert row.name == "现场.png"
    page.detail.files.save_row(row, tmp_path / "out" / "copy.png")
    settle()
    assert (tmp_path / "out" / "copy.png").read_bytes() == b"picture"
    page.detail.files._remove(row)
    settle()
    assert desk.detail(ticket_id).attachments == ()


def test_a_file_over_the_limit_is_told(desk: TicketDesk, page: TicketsPage, tmp_path: Path) -> None:
    ticket_id = desk.ticket()
    shown(page, ticket_id)
    big = tmp_path / "big.mp4"
    with big.open("wb") as file:
        file.truncate(50 * 1024 * 1024 + 1)
    page.detail.files.add([big])
    settle()
    assert desk.detail(ticket_id).attachments == ()
    assert "big.mp4" in desk.notices[-1].text


def test_a_charge_is_reversed(desk: TicketDesk, page: TicketsPage) -> None:
    ticket_id = desk.dispatched()
    desk.database.write(desk.actor, charges.add, ticket_id, [charges.Line("角阀", 3500)])
    shown(page, ticket_id)
    page.actions_.reverse(desk.detail(ticket_id).charges.lines[0])
    settle()
    assert desk.detail(ticket_id).charges.total == 0


def test_editing_sends_only_what_changed(desk: TicketDesk, page: TicketsPage) -> None:
    ticket_id = desk.ticket()
    shown(page, ticket_id)
    press(page, Qt.Key.Key_M)
    dialog = dialog_of(page)
    dialog.form.set_value("caller_phone", "189****1444")
    confirm(dialog)
    assert dialog.isVisible(), "half a masked number must not be saved"
    dialog.form.set_value("caller_phone", "189****1443")
    dialog.form.set_value("matter", "厨房下水堵塞")
    confirm(dialog)
    detail = desk.detail(ticket_id)
    assert detail.matter == "厨房下水堵塞"
    assert detail.caller_phone == "189****1443"
    assert desk.database.write(desk.actor, tickets.reveal_phone, ticket_id).value == "18912341443"


def test_without_the_right_the_command_is_not_offered(desk: TicketDesk, clerk: Any) -> None:
    from dataclasses import replace

    page = TicketsPage(replace(desk.context, user=clerk))
    ticket_id = desk.ticket()
    shown(page, ticket_id)
    assert "dispatch" in visible(page)
    assert "void" not in visible(page)
    page.close()
    page.deleteLater()


def test_another_change_shows_at_once(desk: TicketDesk, page: TicketsPage) -> None:
    ticket_id = desk.dispatched()
    shown(page, ticket_id)
    desk.database.write(desk.actor, tickets.accept, ticket_id)
    desk.runner.announce(frozenset({"ticket"}))
    settle()
    assert page.detail.detail is not None
    assert page.detail.detail.state == "accepted"
    assert "arrive" in visible(page)
