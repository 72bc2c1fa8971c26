"""The page of rooms: a household in one view, and everything that is done to it, by keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from models.queries.belongings import vehicles_of
from models.queries.household import household
from models.queries.recent import household_page
from models.queries.rooms import RoomFilter, room_detail, room_keys
from models.services import rooms
from tests.views.archive_desk import Desk, words_of
from views.archive.pickers import PickEditor
from views.rooms.page import RoomsPage
from views.rooms.tree import Place


@pytest.fixture
def page(desk: Desk) -> RoomsPage:
    made = desk.show(RoomsPage)
    made.open(room_id=desk.estate.room)
    return made


def test_a_household_is_shown_whole_and_masked(page: RoomsPage) -> None:
    words = words_of(page.detail)
    for expected in (
        "3-2-1501",
        "吴学文",
        "单梅",
        "业主",
        "租户",
        "189****1443",
        "＋ 车辆  V",
        "没有未结工单",
    ):
        assert expected in words
    assert "18912341443" not in words
    assert page.table.current_key() == page.shown_id


def test_revealing_a_phone_is_logged_and_ends(desk: Desk, page: RoomsPage) -> None:
    desk.press(page, "S")
    assert "18912341443" in words_of(page.detail)
    assert desk.logged("phones.reveal_phone") == ["吴学文 189****1443"]
    page.reveals.hide()
    assert "18912341443" not in words_of(page.detail)
    desk.press(page, "S")
    page.open(room_id=desk.estate.empty_room)
    page.open(room_id=desk.estate.room)
    assert "18912341443" not in words_of(page.detail)


def test_a_clerk_without_the_right_gets_no_link(desk: Desk) -> None:
    from dataclasses import replace

    from models.rules.rights import Right

    desk.context = replace(desk.context, user=replace(desk.actor, rights=desk.actor.rights - {Right.REVEAL}))
    page = desk.show(RoomsPage)
    page.open(room_id=desk.estate.room)
    assert "显示" not in words_of(page.detail).split("\n")


def test_the_room_is_edited(desk: Desk, page: RoomsPage) -> None:
    desk.press(page, "E")
    dialog = desk.dialog()
    dialog.form.set_value("state", "occupied")
    dialog.form.set_value("building_area", 11850)
    desk.confirm(dialog)
    found = desk.read(room_detail, desk.estate.room)
    assert (found.state, found.building_area) == ("occupied", 11850)
    assert "118.50 m²" in words_of(page.detail)
    assert desk.notices[-1].tone == "good"


def test_both_values_are_shown_when_it_was_changed_meanwhile(desk: Desk, page: RoomsPage) -> None:
    desk.press(page, "E")
    dialog = desk.dialog()
    dialog.form.set_value("layout", "三室两厅")
    desk.do(rooms.edit_room, desk.estate.room, {"layout": "四室两厅", "floor": 16})
    desk.confirm(dialog)
    assert dialog.isVisible()
    assert "期间已被改为「四室两厅」" in words_of(dialog)
    desk.confirm(dialog)
    found = desk.read(room_detail, desk.estate.room)
    assert (found.layout, found.floor) == ("三室两厅", 16)


def test_a_fault_stands_beside_its_field(desk: Desk, page: RoomsPage) -> None:
    desk.press(page, "E")
    dialog = desk.dialog()
    dialog.form.set_value("number", "1502")
    desk.confirm(dialog)
    assert "已有房屋 3-2-1502" in words_of(dialog)
    dialog.reject()


def test_a_room_in_use_is_not_deleted_an_empty_one_is(desk: Desk, page: RoomsPage) -> None:
    desk.press(page, "E")
    dialog = desk.dialog()
    desk.delete(dialog)
    assert dialog.isVisible() and "不能删除" in words_of(dialog)
    dialog.reject()
    page.open(room_id=desk.estate.empty_room)
    desk.press(page, "E")
    desk.delete(desk.dialog())
    assert desk.read(room_keys, RoomFilter()) == [desk.estate.room]
    assert "3-2-1502" not in words_of(page.detail)


def test_a_known_resident_and_a_new_one_are_added(desk: Desk, page: RoomsPage) -> None:
    page.open(room_id=desk.estate.empty_room)
    desk.press(page, "A")
    dialog = desk.dialog()
    picker = dialog.form.editor("resident_id")
    assert isinstance(picker, PickEditor)
    picker.line.insert("单梅")
    assert picker.offered() == ["单梅 · 3-2-1501 · 138****2207"]
    picker.choose(0)
    dialog.form.set_value("role", "tenant")
    desk.confirm(dialog)
    desk.press(page, "A")
    dialog = desk.dialog()
    dialog.form.set_value("name", "曾婳")
    dialog.form.set_value("phones", "13900001111")
    dialog.form.set_value("role", "owner")
    desk.confirm(dialog)
    home = desk.read(household, desk.estate.empty_room)
    assert {(one.name, one.role) for one in home.members} == {("单梅", "tenant"), ("曾婳", "owner")}
    assert home.members[0].resident_id == desk.estate.tenant


def test_a_household_moves_out_and_back(desk: Desk, page: RoomsPage) -> None:
    desk.press(page, "M")
    dialog = desk.dialog()
    assert dialog.form.values() | {"on": None} == {
        "on": None, "role_owner": False, "role_tenant": True, "room_state": "vacant",
    }  # fmt: skip
    dialog.form.set_value("on", date(2026, 11, 19))
    desk.confirm(dialog)
    home = desk.read(household, desk.estate.room, date(2026, 11, 20))
    assert [one.name for one in home.members] == ["吴学文"]
    assert [one.name for one in home.former] == ["单梅"]
    assert home.room.state == "vacant"
    assert "以往住户 1  H" in words_of(page.detail)
    desk.press(page, "H")
    assert "单梅" in words_of(page.detail)
    undo = desk.notices[-1].undo
    assert undo is not None
    undo()
    home = desk.read(household, desk.estate.room, date(2026, 11, 20))
    assert len(home.members) == 2 and home.room.state == "rented"


def test_things_are_added_changed_and_deleted(desk: Desk, page: RoomsPage) -> None:
    for keys, values in (
        ("V", {"plate": "粤b7a21k", "brand": "大众"}),
        ("K", {"code": "B2-118", "kind": "underground"}),
        ("P", {"kind": "犬", "name": "豆豆"}),
        ("D", {"start_on": date(2026, 11, 1), "contractor": "安家装饰"}),
    ):
        desk.press(page, keys)
        dialog = desk.dialog()
        for name, value in values.items():
            dialog.form.set_value(name, value)
        desk.confirm(dialog)
    words = words_of(page.detail)
    for expected in ("粤B·7A21K", "B2-118", "犬 豆豆", "2026-11-01 – 未完工"):
        assert expected in words
    vehicle = desk.read(lambda session: vehicles_of(session, room_ids=[desk.estate.room]))[0]
    assert vehicle.resident_id == desk.estate.owner
    page.belongings.edit_vehicle(vehicle)
    desk.delete(desk.dialog())
    assert "粤B·7A21K" not in words_of(page.detail)


def test_a_contact_is_written_down(desk: Desk, page: RoomsPage) -> None:
    desk.press(page, "L")
    dialog = desk.dialog()
    assert dialog.form.values()["resident_id"] == desk.estate.owner
    dialog.form.set_value("content", "来电询问装修押金，已答复")
    desk.confirm(dialog)
    found = desk.read(household_page, desk.estate.room, desk.clock())
    assert [row.content for row in found.recent.contacts] == ["来电询问装修押金，已答复"]
    assert "来电询问装修押金" in words_of(page.detail)


def test_a_ticket_begins_for_this_room(desk: Desk, page: RoomsPage) -> None:
    desk.press(page, "T")
    assert desk.gone_to == [("intake", {"room_id": desk.estate.room})]
    desk.press(page, "I")
    assert desk.gone_to[-1][0] == "import"


def test_the_tree_and_the_line_narrow_the_list(desk: Desk, page: RoomsPage) -> None:
    building = page.tree.nodes[0]
    page.tree.go_to(Place(building.id, building.units[0].id))
    assert len(page.model.keys) == 2
    page.chips.chosen.emit("vacant")
    desk.press(page, "/")
    assert page.filter_line.hasFocus()
    QTest.keyClicks(page.filter_line, "1502")
    QTest.keyClick(page.filter_line, Qt.Key.Key_Return)
    assert list(page.model.keys) == [desk.estate.empty_room]
    assert page.step_back() and not page.filter_line.text()
    page.open(room_id=desk.estate.room)
    assert page.table.current_key() == desk.estate.room


def test_buildings_units_and_rooms_are_made(desk: Desk, page: RoomsPage) -> None:
    desk.press(page, "Ctrl+B")
    dialog = desk.dialog()
    dialog.form.set_value("code", "5")
    desk.confirm(dialog)
    page.tree.go_to(Place(page.tree.nodes[1].id))
    desk.press(page, "Ctrl+U")
    dialog = desk.dialog()
    dialog.form.set_value("code", "1")
    desk.confirm(dialog)
    desk.press(page, "N")
    dialog = desk.dialog()
    dialog.form.set_value("number", "0803")
    desk.confirm(dialog)
    assert "5-1-0803" in words_of(page.detail) or "5-1-803" in words_of(page.detail)
    desk.press(page, "F6")
    dialog = desk.dialog()
    dialog.form.set_value("code", "6")
    desk.confirm(dialog)
    assert page.home is not None and page.home.room.code.startswith("6-1-")


def test_many_rooms_are_changed_at_once(desk: Desk, page: RoomsPage) -> None:
    page.table.selectAll()
    desk.press(page, "B")
    dialog = desk.dialog()
    dialog.form.set_value("accepted_on", date(2025, 1, 8))
    desk.confirm(dialog)
    for room in (desk.estate.room, desk.estate.empty_room):
        found = desk.read(room_detail, room)
        assert found.accepted_on == date(2025, 1, 8)
    assert "防水" in words_of(page.detail) and "✓ 至 2030-01-08" in words_of(page.detail)


def test_what_was_deleted_elsewhere_is_not_shown_any_more(desk: Desk, page: RoomsPage) -> None:
    page.open(room_id=desk.estate.empty_room)
    desk.context.tasks.write(page, rooms.delete_room, desk.estate.empty_room)
    assert page.home is None
    show: Callable[[], None] = page.edit_room
    show()
    assert desk.notices[-1].text == "先选择一套房屋"
