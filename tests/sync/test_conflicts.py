"""A conflict is shown with both values and taken back with one call; triggers guard the file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from models.entities import Building, Department, Room, Ticket
from models.errors import DomainError
from models.queries import conflict_list, record_states, sync_state
from models.queries.record_states import RecordState
from models.rules.rights import Right
from models.services import conflicts
from models.work import SYSTEM, Actor
from tests.sync.parts import TestDesk, settle

Two = tuple[TestDesk, TestDesk]


def contested(two: Two) -> str:
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    first.edit(Building, building, name="甲说")
    second.edit(Building, building, name="乙说")
    settle(first, second)
    return building


def test_both_values_who_and_when(two: Two) -> None:
    building = contested(two)
    for desk in two:
        (item,) = desk.database.read(conflict_list.conflicts)
        assert (item.table, item.row_id, item.field) == ("building", building, "name")
        assert (item.kept_value, item.lost_value, item.reason) == ("乙说", "甲说", "concurrent")
        assert (item.kept_by, item.lost_by) == ("B · 系统", "A · 系统")
        assert item.lost_at <= item.kept_at
        assert item.row_label == "乙说"
        assert desk.database.read(record_states.record_state, "building", building) is RecordState.CONFLICT
        assert desk.database.read(sync_state.counts).conflicts == 1


def test_the_other_value_is_taken_back_for_everybody(two: Two) -> None:
    building = contested(two)
    first, second = two
    (item,) = first.database.read(conflict_list.conflicts)
    first.write(lambda work: conflicts.take_back(work, item.id))
    settle(first, second)
    assert second.value(Building, building, "name") == "甲说"
    assert second.database.read(conflict_list.conflicts) == []
    assert second.database.read(record_states.record_state, "building", building) is RecordState.SYNCED
    with pytest.raises(DomainError) as caught:
        second.write(lambda work: conflicts.accept(work, item.id))
    assert caught.value.code == "conflict-settled"


def test_accepting_leaves_the_value_and_settles(two: Two) -> None:
    building = contested(two)
    first, second = two
    (item,) = first.database.read(conflict_list.conflicts)
    first.write(lambda work: conflicts.accept(work, item.id))
    settle(first, second)
    assert second.value(Building, building, "name") == "乙说"
    assert second.database.read(sync_state.counts).conflicts == 0


def test_settling_needs_the_right(two: Two) -> None:
    contested(two)
    first, _ = two
    (item,) = first.database.read(conflict_list.conflicts)
    clerk = Actor("x" * 32, "1", "小王", frozenset(Right) - {Right.CONFLICT_RESOLVE})
    with pytest.raises(DomainError) as caught:
        first.database.write(clerk, conflicts.take_back, item.id)
    assert caught.value.code == "right-missing"


def test_a_day_taken_back_is_a_day(two: Two) -> None:
    first, second = two
    room = first.add_room(first.add_building("3"), "3-1-101")
    settle(first, second)
    first.edit(Room, room, delivered_on=date(2020, 1, 1))
    second.edit(Room, room, delivered_on=date(2021, 1, 1))
    settle(first, second)
    (item,) = first.database.read(conflict_list.conflicts)
    first.write(lambda work: conflicts.take_back(work, item.id))
    assert first.value(Room, room, "delivered_on") == date(2020, 1, 1)


def test_a_revived_row_can_be_deleted_after_all(two: Two) -> None:
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    second.edit(Building, building, name="还在用")
    first.delete(Building, building)
    settle(first, second)
    (item,) = first.database.read(conflict_list.conflicts)
    assert item.reason == "revived"
    first.write(lambda work: conflicts.take_back(work, item.id))
    settle(first, second)
    assert second.value(Building, building, "deleted") is not None


def test_states_of_records(two: Two) -> None:
    first, second = two
    building = first.add_building("3")
    assert first.database.read(record_states.record_state, "building", building) is RecordState.LOCAL
    assert first.database.read(sync_state.counts).pending == 1
    settle(first, second)
    assert first.database.read(record_states.record_state, "building", building) is RecordState.SYNCED
    assert first.database.read(sync_state.last_round_at) is not None


def test_a_refused_change_is_kept_shown_and_dismissed(two: Two) -> None:
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    first.edit(Building, building, name="x" * 300_000)
    report = first.sync()
    assert report.refused == 2, "the edit and the log entry that repeats it"
    refused = first.database.read(conflict_list.refused)
    item = next(one for one in refused if one.table == "building")
    assert (item.code, item.field, item.values["name"]) == ("bad-value", "name", "x" * 300_000)
    assert first.value(Building, building, "name") == "3栋", "both sides hold what headquarters has"
    settle(first, second)
    for one in refused:
        first.database.write(SYSTEM, conflicts.dismiss_refused, one.id)
    assert first.database.read(conflict_list.refused) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE department SET name = 'past the door'",
        "DELETE FROM department",
        "INSERT INTO department(id, site_id, stamp, name, kind, position) VALUES ('a', 's', 0, 'n', 'k', 0)",
    ],
    ids=["update", "delete", "insert"],
)
def test_the_file_refuses_a_write_without_a_stamp(two: Two, statement: str) -> None:
    first, _ = two
    first.write(lambda work: work.add(Department(name="工程部", kind="engineering")))
    with pytest.raises(IntegrityError), first.database.working("test") as work:
        work.session.connection().exec_driver_sql(statement)
    assert [row[6] for row in first.rows("department")] == ["工程部"]


@pytest.mark.parametrize("field", ["accepted_at", "arrived_at", "suspended_at"])
def test_one_step_done_at_two_desks_is_nobodys_work(two: Two, field: str) -> None:
    """09:33 against 09:33: the rule decides, it is recorded, and the light stays green."""
    first, second = two
    ticket = first.add_ticket("A-261122-0001")
    settle(first, second)
    for desk in two:
        desk.write(lambda work: setattr(work.get(Ticket, ticket), field, work.now))
    settle(first, second)
    for desk in two:
        (told,) = desk.rows("conflict")
        assert "ruled" in told
        assert desk.database.read(sync_state.counts).conflicts == 0
        assert desk.database.read(record_states.record_state, "ticket", ticket) is RecordState.SYNCED


def test_times_that_somebody_typed_differently_are_for_a_person(two: Two) -> None:
    first, second = two
    ticket = first.add_ticket("A-261122-0001")
    settle(first, second)
    for desk, hours in zip(two, (1, 2), strict=True):
        at = datetime.now(UTC) - timedelta(hours=hours)
        desk.edit(Ticket, ticket, arrived_at=at)
    settle(first, second)
    assert first.database.read(sync_state.counts).conflicts == 1
