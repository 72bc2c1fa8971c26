"""What went wrong elsewhere, and in our own first probes: each is a test named after the failure."""

from __future__ import annotations

import json

import pytest

from models.entities import Building, Room
from models.errors import DomainError
from models.work import SYSTEM
from sync.client import digests
from sync.client.engine import Engine
from sync.client.local import CURSOR, Plain
from sync.clock import TOLERANCE_MS, Clock, milliseconds_of, wall_milliseconds
from sync.protocol import SyncReply
from sync.server.store import Store
from tests.sync.parts import (
    TestDesk,
    TestHq,
    lost,
    same,
    settle,
)

pytestmark = pytest.mark.both_databases
Two = tuple[TestDesk, TestDesk]


class Killed(BaseException):
    """kill -9."""


def cursor_of(desk: TestDesk) -> int:
    with desk.database.reading() as session:
        return int(Plain(session).fact(CURSOR, 0))


def test_checkpoint_advanced_before_the_write(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """PouchDB #1240: killed while rows are written, cursor and rows both stay behind."""
    first, second = two
    building = first.add_building("3")
    first.sync()
    before = cursor_of(second)

    def killed(*_: object, **__: object) -> None:
        raise Killed

    monkeypatch.setattr("sync.client.pull._remember_unchecked", killed)
    with pytest.raises(Killed):
        second.sync()
    monkeypatch.undo()
    second.reopen()
    assert (cursor_of(second), second.value(Building, building, "id")) == (before, None)
    second.sync()
    assert second.value(Building, building, "code") == "3"
    same(first, second)


def test_a_record_edited_during_the_push_is_not_marked_clean(two: Two) -> None:
    """WatermelonDB #1374."""
    first, second = two
    building = first.add_building("3")
    first.link.after = lambda *_: first.edit(Building, building, name="改于途中")
    report = first.sync()
    first.link.after = lambda *_: None
    assert first.pending() > 0
    assert report.is_equal is None, "nothing can be said while an edit waits"
    settle(first, second)
    assert second.value(Building, building, "name") == "改于途中"


def test_deleted_rows_do_not_come_back(two: Two) -> None:
    """WatermelonDB #649: neither by a repeat nor by a whole row sent again."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    first.delete(Building, building)
    settle(first, second)
    for desk in two:
        with desk.database.working("test") as work:
            Plain(work.session).run(
                "INSERT INTO outbox(table_name, row_id) VALUES ('building', ?)", (building,)
            )
    settle(first, second)
    assert all(desk.value(Building, building, "deleted") for desk in two)


def test_sums_are_counted_from_own_rows_and_never_adopted(two: Two) -> None:
    """actuali #188: a row missing here is found, although both sides claim to be in step."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    with second.database.working("damage") as work:
        connection = work.session.connection()
        connection.exec_driver_sql("UPDATE building SET deleted = 1 WHERE id = ?", (building,))
        connection.exec_driver_sql("DELETE FROM building WHERE id = ?", (building,))
    assert second.sync().is_equal, "the sums of a quiet desk are not counted again every minute"
    with second.database.working("recount") as work:
        from sync.client import digests

        digests.recount(Plain(work.session))
    report = second.sync()
    assert report.is_repaired
    assert report.is_equal
    assert second.value(Building, building, "code") == "3"
    same(first, second)


@pytest.mark.parametrize("days", [-400, -1, 1, 400])
def test_a_clock_that_is_off_does_not_stop_synchronisation(hq: TestHq, site: str, days: int) -> None:
    """Actual #3786."""
    right, wrong = hq.desk(site), hq.desk(site)
    true_wall = hq.store.clock._wall

    def shifted(desk: int, last: int) -> Clock:
        return Clock(desk, last, wall=lambda: true_wall() + days * 86_400_000)

    wrong.database.close()
    wrong.database = type(wrong.database).open(wrong.database.path, None, shifted)
    wrong.engine = Engine(wrong.database, wrong.link)
    building = wrong.add_building("3")
    settle(right, wrong)
    right.edit(Building, building, name="正")
    settle(right, wrong)
    wrong.edit(Building, building, name="后改")
    settle(right, wrong)
    assert right.value(Building, building, "name") == "后改"
    same(right, wrong)


def test_two_edits_in_one_moment_do_not_tie(two: Two) -> None:
    """Anki: times of a second's resolution lost reviews; here a desk's number breaks the tie."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    now = hq_now = first.database.stamps._wall()  # type: ignore[attr-defined]
    for desk in two:
        desk.database.stamps._wall = lambda: now  # type: ignore[attr-defined]
        desk.database.stamps.observe(hq_now << 19)
    first.edit(Building, building, name="甲")
    second.edit(Building, building, name="乙")
    settle(first, second)
    same(first, second)
    assert len(first.conflicts()) == 1


def test_an_equal_value_written_again_reaches_the_third_desk(hq: TestHq, site: str) -> None:
    """cr-sqlite #413: its stamp must travel although nothing seems to change."""
    desks = [hq.desk(site) for _ in range(3)]
    building = desks[0].add_building("3")
    settle(*desks)
    desks[0].edit(Building, building, name="同")
    desks[1].edit(Building, building, name="同")
    settle(*desks)
    same(*desks)
    assert desks[2].conflicts() == []


@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_page_is_never_cut_so_that_a_row_is_skipped(two: Two, page: int) -> None:
    """ADE #403, and our first probe: a page cut inside one sequence number."""
    first, second = two
    buildings = [first.add_building(str(number)) for number in range(7)]
    first.sync()
    second.engine.exchange.page = page
    second.engine.exchange.batch = 1
    while second.engine.run_once().pulled:
        second.engine.exchange.page = page
    assert len(second.rows("building")) == len(buildings)
    same(first, second)


def test_a_row_that_moves_ahead_between_two_pages_is_not_missed(two: Two) -> None:
    """Found by the simulation: its older field lies behind the reader's cursor by then."""
    first, second = two
    moved = first.add_building("0")
    settle(first, second)
    first.edit(Building, moved, name="先")
    for number in range(4):
        first.add_building(str(number + 1))
    first.sync()
    second.engine.exchange.page = 1
    asked = 0

    def move_ahead(*_: object) -> None:
        nonlocal asked
        asked += 1
        second.engine.exchange.page = 1
        if asked == 1:
            first.edit(Building, moved, note="后")
            first.sync()

    second.link.before = move_ahead
    second.sync()
    second.link.before = lambda *_: None
    settle(first, second)
    assert second.value(Building, moved, "name") == "先"
    same(first, second)


def test_two_deletes_of_one_row_agree(two: Two) -> None:
    """corrosion #352."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    first.delete(Building, building)
    second.delete(Building, building)
    settle(first, second)
    same(first, second)
    assert first.value(Building, building, "deleted")


def test_an_empty_answer_deletes_nothing_and_a_mass_deletion_asks(two: Two) -> None:
    """Joplin #5536, #16177: absence never means deletion, and much deletion needs a person's yes."""
    first, second = two
    buildings = [first.add_building(str(number)) for number in range(80)]
    settle(first, second)
    for building in buildings[:60]:
        first.delete(Building, building)
    first.sync()
    with pytest.raises(DomainError) as caught:
        second.sync()
    assert caught.value.code == "sync-mass-deletion"
    assert caught.value.values["count"] == 60
    assert sum(row[5] is None for row in second.rows("building")) == 80
    second.engine.run_once(is_agreed=True)
    assert sum(row[5] is None for row in second.rows("building")) == 20
    same(first, second)


@pytest.mark.parametrize("moment", ["before sending", "after the answer", "inside the write"])
def test_a_crash_at_any_moment_leaves_nothing_stuck(
    two: Two, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PowerSync #162."""
    first, second = two
    building = first.add_building("3")

    def killed(*_: object, **__: object) -> None:
        raise Killed

    if moment == "before sending":
        first.link.before = killed
    elif moment == "after the answer":
        first.link.after = killed
    else:
        monkeypatch.setattr("sync.client.pull.outbox.acknowledge", killed)
    with pytest.raises(Killed):
        first.sync()
    first.link.before = first.link.after = lambda *_: None
    monkeypatch.undo()
    first.reopen()
    first.edit(Building, building, name="之后")
    settle(first, second)
    assert second.value(Building, building, "name") == "之后"
    same(first, second)


def test_what_waits_is_still_there_after_closing(two: Two) -> None:
    """Replicache #799."""
    first, second = two
    first.link.before = lost("hq-unreachable")
    building = first.add_building("3")
    with pytest.raises(DomainError):
        first.sync()
    waiting = first.pending()
    first.reopen()
    assert first.pending() == waiting > 0
    first.link.before = lambda *_: None
    settle(first, second)
    assert second.value(Building, building, "code") == "3"


def test_a_refused_row_that_was_corrected_counts_again(two: Two) -> None:
    """Found in review: such a row was left out of the sums for ever, and every round called for a repair."""
    first, second = two
    building = first.add_building("3", note="x" * 300_000)
    assert first.sync().refused == 1
    first.edit(Building, building, note="短")
    settle(first, second)
    report = first.sync()
    assert (report.is_equal, report.is_repaired) == (True, False)
    assert second.value(Building, building, "note") == "短"
    second.edit(Building, building, name="改")
    settle(first, second)
    assert first.value(Building, building, "name") == "改"


def test_what_a_failed_round_took_in_is_told(two: Two) -> None:
    """Found in review: pages taken before the line broke changed the file, and no window heard of it."""
    first, second = two
    building = first.add_building("3")
    first.add_room(building, "3-1-101")
    first.sync()
    second.engine.exchange.page = 1
    answers: list[int] = []

    def cut_later(*_: object) -> None:
        answers.append(1)
        if len(answers) > 1:
            raise DomainError("hq-unreachable")

    second.link.before = cut_later
    with pytest.raises(DomainError):
        second.sync()
    second.link.before = lambda *_: None
    assert second.rows("building"), "the first page is in the file"
    assert second.engine.untold() == {"building"}
    assert second.engine.untold() == frozenset()


def test_parents_of_a_round_cut_short_are_looked_for_later(two: Two) -> None:
    """Found in review: a later round looked only at its own rows of the same table."""
    first, second = two
    third, fourth = first.add_building("3"), first.add_building("4")
    other = first.add_room(fourth, "4-1-101")
    settle(first, second)
    first.add_room(third, "3-1-101")
    first.sync()
    first.add_building("5")
    first.sync()

    def cut_after_the_room(_: object, reply: SyncReply) -> None:
        second.engine.exchange.page = 1
        if any(rows.table == "room" for rows in reply.rows):
            second.link.before = lost("hq-unreachable")

    second.engine.exchange.page = 1
    second.link.after = cut_after_the_room
    with pytest.raises(DomainError):
        second.sync()
    assert len(second.rows("room")) == 2
    second.link.before = second.link.after = lambda *_: None
    with second.database.pulling("test") as work:
        connection = work.session.connection()
        connection.exec_driver_sql("UPDATE building SET deleted = 1 WHERE id = ?", (third,))
        connection.exec_driver_sql("DELETE FROM building WHERE id = ?", (third,))
        digests.recount(Plain(work.session))
    first.edit(Room, other, note="别的")
    first.sync()
    second.reopen()
    report = second.sync()
    assert second.value(Building, third, "code") == "3"
    assert not report.is_repaired, "asked for as a parent, not found by unequal sums"


def test_rows_of_a_desk_enrolled_later_go_up_once(hq: TestHq, site: str) -> None:
    """Found in review: what was written before enrolment was queued a second time."""
    database = hq.profile()
    database.write(SYSTEM, lambda work: [work.add(Building(code=str(n), name="栋")) for n in range(5)])
    desk = hq.desk(site, database)
    assert desk.pending() == sum(len(rows) for rows in desk.everything().values())
    assert desk.sync().is_equal


def with_skew(hq: TestHq, desk: TestDesk) -> list[int]:
    """Give the desk a wall that differs from headquarters' by as many ms as the list's one entry says."""
    skew = [0]
    true_wall = hq.store.clock._wall

    def shifted(number: int, last: int) -> Clock:
        return Clock(number, last, wall=lambda: true_wall() + skew[0])

    desk.database.close()
    desk.database = type(desk.database).open(desk.database.path, None, shifted)
    desk.engine = Engine(desk.database, desk.link)
    return skew


def test_a_clock_that_ran_ahead_once_is_right_again_after_a_round(hq: TestHq, site: str) -> None:
    """Found in review: the file's last stamp pushed the clock ahead again at the next write, for as long as
    the clock had been wrong; headquarters stamped every edit anew and sent every row back."""
    desk = hq.desk(site)
    skew = with_skew(hq, desk)
    true_wall = hq.store.clock._wall
    building = desk.add_building("3")
    settle(desk)
    skew[0] = 30 * 86_400_000
    desk.edit(Building, building, name="未来")
    skew[0] = 0
    settle(desk)
    desk.edit(Building, building, name="现在")
    stamps = json.loads(desk.value(Building, building, "field_stamps"))
    assert milliseconds_of(stamps["name"]) <= true_wall() + TOLERANCE_MS + 1
    settle(desk)
    assert desk.value(Building, building, "name") == "现在"


def test_a_deletion_from_the_future_does_not_swallow_a_concurrent_edit(hq: TestHq, site: str) -> None:
    """Found in review: the edit's stamp was set right on arrival, what the deletion had seen was not."""
    ahead, other = hq.desk(site), hq.desk(site)
    skew = with_skew(hq, ahead)
    building = ahead.add_building("3")
    settle(ahead, other)
    skew[0] = 30 * 86_400_000
    ahead.edit(Building, building, name="未来")
    ahead.delete(Building, building)
    ahead.sync()
    other.edit(Building, building, note="还在用")
    settle(ahead, other)
    same(ahead, other)
    assert other.value(Building, building, "deleted") is None
    assert [row[5] for row in other.conflicts()] == ["revived"]


def test_headquarters_clock_set_back_and_started_anew_swallows_no_edit(hq: TestHq, site: str) -> None:
    """Found by the simulation: it stamped an edit below the very value that the edit replaced."""
    first, second = hq.desk(site), hq.desk(site)
    building = first.add_building("3")
    settle(first, second)
    for days, desk, name in ((3, first, "甲"), (3, first, "乙"), (0, second, "丙"), (0, first, "丁")):
        ahead = days * 86_400_000
        hq.store = Store(hq.store.database, lambda ahead=ahead: wall_milliseconds() + ahead)  # type: ignore[misc]
        for one in (first, second):
            one.link.store = hq.store
        desk.edit(Building, building, name=name)
        settle(first, second)
        assert [one.value(Building, building, "name") for one in (first, second)] == [name, name]
    assert first.conflicts() == []
    same(first, second)
