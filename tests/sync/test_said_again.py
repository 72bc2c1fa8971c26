"""What headquarters hears twice: of two desks that wrote the same, and of one that enrolled anew and does not
know what was taken from it under its old number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.entities import Building, Ticket
from models.errors import DomainError
from sync.clock import Clock, make_stamp
from sync.server import backup
from tests.sync.parts import TestDesk, TestHq, lost, same, settle
from tests.sync.test_copies import copied, restore
from tests.sync.test_found_by_simulation import DAY_MS, enrol_anew

Two = tuple[TestDesk, TestDesk]


def send_and_lose_the_answer(desk: TestDesk) -> None:
    desk.link.after = lost()
    with pytest.raises(DomainError):
        desk.sync()
    desk.link.after = lambda *_: None


def during_the_next_answer(desk: TestDesk, kind: type[Building | Ticket], row_id: str, **values: str) -> None:
    def meanwhile(*_: object) -> None:
        desk.link.after = lambda *_: None
        desk.edit(kind, row_id, **values)

    desk.link.after = meanwhile


def test_what_was_taken_under_an_old_number_and_replaced_since_is_a_conflict(hq: TestHq, two: Two) -> None:
    """Headquarters cannot know that it is the same: two copies of a file may give one stamp to two values."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    first.edit(Building, building, name="先写的", note="只写一次")
    send_and_lose_the_answer(first)
    second.sync()
    second.edit(Building, building, name="看过再改")
    settle(second)
    enrol_anew(hq, first)
    settle(first, second)
    assert first.value(Building, building, "name") == "先写的"
    assert first.value(Building, building, "note") == "只写一次"
    assert [row[2:5] for row in first.conflicts()] == [("name", '"先写的"', '"看过再改"')]
    same(first, second)


def test_one_stamp_for_two_values_of_two_copies_loses_neither(hq: TestHq, two: Two) -> None:
    """Their clocks stood behind what the file had heard, so both gave the same next stamp (seed 202800)."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    clock = first.database.stamps
    assert isinstance(clock, Clock)
    clock.observe(make_stamp(clock.now() + 50_000, 0, 0))
    first.edit(Building, building, note="记下时钟")
    settle(first, second)
    copy = copied(hq, first)
    for desk, name in ((copy, "副本写的"), (first, "原本写的")):
        desk.edit(Building, building, name=name)
    assert copy.value(Building, building, "field_stamps") == first.value(Building, building, "field_stamps")
    copy.sync()
    second.sync()
    second.edit(Building, building, name="看过副本再改")
    settle(second)
    with pytest.raises(DomainError):
        first.sync()
    enrol_anew(hq, first)
    settle(first, second, copy)
    told = {json.loads(row[4]) for row in second.conflicts()}
    assert {second.value(Building, building, "name"), *told} == {"原本写的", "看过副本再改"}
    same(first, second, copy)


def test_what_was_taken_under_an_old_number_does_not_bring_a_deleted_row_back(hq: TestHq, two: Two) -> None:
    """Who deleted the row had seen it, under its first stamp (seed 123823)."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    first.edit(Building, building, name="先写的")
    send_and_lose_the_answer(first)
    second.sync()
    second.delete(Building, building)
    settle(second)
    enrol_anew(hq, first)
    settle(first, second)
    assert first.value(Building, building, "deleted") is not None
    assert first.conflicts() == []
    same(first, second)


@pytest.mark.parametrize("is_first_heard", [True, False])
def test_who_replaced_what_two_had_written_contradicts_neither(
    hq: TestHq, site: str, is_first_heard: bool
) -> None:
    first, second, third = hq.desk(site), hq.desk(site), hq.desk(site)
    ticket = first.add_ticket("A-261122-0001")
    settle(first, second, third)
    first.edit(Ticket, ticket, state="completed")
    second.edit(Ticket, ticket, state="completed")
    heard, other = (first, second) if is_first_heard else (second, first)
    heard.sync()
    third.sync()
    third.edit(Ticket, ticket, state="archived")
    other.sync()
    settle(first, second, third)
    assert second.value(Ticket, ticket, "state") == "archived"
    assert first.conflicts() == []
    same(first, second, third)


def test_who_said_the_same_and_has_not_heard_of_it_replaces_it_knowingly(two: Two) -> None:
    """Its next edit names its own stamp, which is not the one in force."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    first.edit(Building, building, name="三栋")
    first.sync()
    second.edit(Building, building, name="三栋")
    during_the_next_answer(second, Building, building, name="第三栋")
    settle(second, first)
    assert first.value(Building, building, "name") == "第三栋"
    assert first.conflicts() == []
    same(first, second)


def test_who_said_the_same_and_reopens_a_ticket_knows_its_end(two: Two) -> None:
    first, second = two
    ticket = first.add_ticket("A-261122-0001")
    settle(first, second)
    first.edit(Ticket, ticket, state="completed")
    first.sync()
    second.edit(Ticket, ticket, state="completed")
    during_the_next_answer(second, Ticket, ticket, state="in_progress")
    settle(second, first)
    assert first.value(Ticket, ticket, "state") == "in_progress"
    assert first.conflicts() == []
    same(first, second)


@pytest.mark.parametrize("has_third_heard", [True, False])
def test_who_said_the_same_and_has_not_heard_of_a_third_value_contradicts_that_one(
    hq: TestHq, site: str, has_third_heard: bool
) -> None:
    """Its own stamp stands for the value that was in force, not for what took that one's place."""
    first, second, third = hq.desk(site), hq.desk(site), hq.desk(site)
    building = first.add_building("3")
    settle(first, second, third)
    first.edit(Building, building, name="三栋")
    first.sync()
    second.edit(Building, building, name="三栋")
    if has_third_heard:
        third.sync()
    third.edit(Building, building, name="第三个说法")

    def meanwhile(*_: object) -> None:
        second.link.after = lambda *_: None
        third.sync()
        second.edit(Building, building, name="第三栋")

    second.link.after = meanwhile
    settle(second, first, third)
    assert first.value(Building, building, "name") == "第三栋"
    assert '"第三个说法"' in [row[4] for row in first.conflicts()]
    same(first, second, third)


def delete_while_an_edit_waits(first: TestDesk, second: TestDesk, building: str) -> None:
    """The deletion comes to the first desk's file; its edit, which is the earlier one, still waits there."""

    def meanwhile(*_: object) -> None:
        first.link.before = lambda *_: None
        first.edit(Building, building, name="没看到删除")
        second.delete(Building, building)
        second.sync()

    first.add_building("4")
    first.link.before = meanwhile
    first.sync()
    assert first.pending()
    assert first.value(Building, building, "deleted") is not None


@pytest.mark.parametrize("is_deletion_in_backup", [True, False])
@pytest.mark.parametrize("is_anew", [True, False])
def test_a_row_that_an_edit_brought_back_is_not_deleted_by_the_file_that_it_came_from(
    hq: TestHq, two: Two, tmp_path: Path, is_anew: bool, is_deletion_in_backup: bool
) -> None:
    """The deletion had come to that file while its edit waited there. Headquarters was restored, or it
    enrolled anew: it gave the row whole, after the edit, and its deletion passed for one by somebody who had
    seen all that is in the row (seed 124881)."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    archive = tmp_path / "hq.qhb"
    if not is_deletion_in_backup:
        backup.write(hq.store.database, None, archive)
    delete_while_an_edit_waits(first, second, building)
    if is_deletion_in_backup:
        backup.write(hq.store.database, None, archive)
    restore(hq, tmp_path, archive)
    if is_anew:
        enrol_anew(hq, first)
    first.engine.exchange.batch = 1
    settle(first, second)
    told = [row[2] for row in first.conflicts()]
    assert first.value(Building, building, "deleted") is None or "deleted" in told
    assert first.value(Building, building, "name") == "没看到删除" or "name" in told
    same(first, second)


@pytest.mark.parametrize(("is_later", "is_restored"), [(True, True), (True, False), (False, False)])
def test_a_row_brought_back_is_not_deleted_by_a_file_that_has_not_heard_of_it(
    hq: TestHq, two: Two, tmp_path: Path, is_later: bool, is_restored: bool
) -> None:
    """The edit was acknowledged, but the page that told of the row's return had not come yet."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    archive = tmp_path / "hq.qhb"
    backup.write(hq.store.database, None, archive)
    delete_while_an_edit_waits(first, second, building)
    if is_later:
        enrol_anew(hq, first)  # its edit has a later stamp than the deletion now
    second.add_building("5")
    second.sync()
    first.engine.exchange.page = 1

    def one_answer(*_: object) -> None:
        first.link.after = lost()

    first.link.after = one_answer
    with pytest.raises(DomainError):
        first.sync()
    first.link.after = lambda *_: None
    assert first.value(Building, building, "deleted") is not None
    if is_restored:
        restore(hq, tmp_path, archive)
    enrol_anew(hq, first)
    settle(first, second)
    told = [row[2] for row in first.conflicts()]
    assert first.value(Building, building, "deleted") is None or (is_restored and "deleted" in told)
    assert first.value(Building, building, "name") == "没看到删除"
    same(first, second)


def test_an_edit_over_a_refused_value_names_what_headquarters_has(two: Two) -> None:
    """It named a value that headquarters never had, and contradicted one that its author knew; and until the
    row came again the sums were unequal (seed 123807)."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    second.edit(Building, building, name="另一台写的")
    settle(second, first)
    first.edit(Building, building, name="看过再改", note="x" * 300_000)
    during_the_next_answer(first, Building, building, name="又改了")
    report = first.sync()
    assert (report.refused, report.is_equal, report.is_repaired) == (
        2,
        True,
        False,
    )  # the row of the history too
    settle(first, second)
    assert second.value(Building, building, "name") == "又改了"
    assert first.conflicts() == []
    assert first.rows("building") == second.rows("building")


def test_a_clock_is_let_back_behind_no_row_that_was_refused(two: Two) -> None:
    """The row stays here alone with its stamp of the future; mended, it got a lower one (seed 123043)."""
    first, second = two
    clock = first.database.stamps
    assert isinstance(clock, Clock)
    clock.observe(make_stamp(clock.now() + 5 * DAY_MS, 0, 0))
    building = first.add_building("3", note="x" * 300_000)
    assert first.sync().refused
    before = first.value(Building, building, "stamp")
    first.edit(Building, building, note="短一些")
    assert max(json.loads(first.value(Building, building, "field_stamps")).values()) > before
    settle(first, second)
    assert second.value(Building, building, "note") == "短一些"
    assert clock.is_ahead(clock.now()) is False
    assert first.rows("building") == second.rows("building")
