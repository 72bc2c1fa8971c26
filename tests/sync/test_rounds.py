"""What a round must do when nothing goes wrong."""

from __future__ import annotations

import pytest

from models.entities import Building, Room, Ticket
from tests.sync.parts import TestDesk, TestHq, same, settle

pytestmark = pytest.mark.both_databases


def test_rows_of_one_desk_reach_the_other(two: tuple[TestDesk, TestDesk]) -> None:
    first, second = two
    building = first.add_building("3")
    room = first.add_room(building, "3-2-1502")
    report = first.sync()
    assert report.pushed >= 2
    assert first.pending() == 0
    report = second.sync()
    assert {"building", "room"} <= report.changes
    assert report.is_equal
    assert second.value(Room, room, "code") == "3-2-1502"
    same(first, second)


def test_edits_of_different_fields_of_one_row_both_stay(two: tuple[TestDesk, TestDesk]) -> None:
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    first.edit(Building, building, name="三号楼")
    second.edit(Building, building, note="电梯在修")
    settle(first, second)
    for desk in two:
        assert desk.value(Building, building, "name") == "三号楼"
        assert desk.value(Building, building, "note") == "电梯在修"
        assert desk.conflicts() == []
    same(first, second)


def test_a_concurrent_edit_is_kept_as_a_conflict_on_both_desks(two: tuple[TestDesk, TestDesk]) -> None:
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    first.edit(Building, building, name="三号楼")
    second.edit(Building, building, name="三栋")
    settle(first, second)
    same(first, second)
    assert first.value(Building, building, "name") == "三栋"
    assert first.conflicts() == [("building", building, "name", '"三栋"', '"三号楼"', "concurrent")]


def test_a_stale_accept_does_not_reopen_a_finished_ticket(two: tuple[TestDesk, TestDesk]) -> None:
    first, second = two
    ticket = first.add_ticket("A-261121-0001", state="dispatched")
    settle(first, second)
    first.edit(Ticket, ticket, state="completed")
    second.edit(Ticket, ticket, state="accepted")
    settle(first, second)
    assert {desk.value(Ticket, ticket, "state") for desk in two} == {"completed"}
    assert first.conflicts() == [("ticket", ticket, "state", '"completed"', '"accepted"', "rank")]
    first.edit(Ticket, ticket, state="received", reopened_count=1)
    settle(first, second)
    assert {desk.value(Ticket, ticket, "state") for desk in two} == {"received"}


def test_a_delete_loses_against_a_concurrent_edit(two: tuple[TestDesk, TestDesk]) -> None:
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    second.edit(Building, building, name="三号楼")
    first.delete(Building, building)
    settle(first, second)
    same(first, second)
    assert second.value(Building, building, "deleted") is None
    assert second.value(Building, building, "name") == "三号楼"
    assert [row[5] for row in second.conflicts()] == ["revived"]


def test_a_second_site_sees_nothing_of_the_first(hq: TestHq, two: tuple[TestDesk, TestDesk]) -> None:
    first, second = two
    other = hq.desk(hq.add_site("月亮湾"))
    first.add_building("3")
    settle(first, second, other)
    assert other.rows("building") == []
    assert len(second.rows("building")) == 1
