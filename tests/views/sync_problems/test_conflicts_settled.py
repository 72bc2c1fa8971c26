"""Conflicts that two desks made, settled with one key: what is decided reaches headquarters and others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.entities import Resident, Ticket
from models.errors import DomainError
from models.queries.conflict_list import ConflictFilter, conflict_counts, conflicts
from models.queries.record_states import RecordState, record_state
from models.queries.sync_state import counts
from models.queries.ticket_timeline import ticket_timeline
from models.services import conflicts as settling
from models.work import SYSTEM, Work
from tests.views.desk_bench import settle as calm
from tests.views.sync_problems.two_desks import World
from views.sync_problems.page import SyncPage

PAGE = "views.sync_problems.conflict_panel"


def answers(monkeypatch: pytest.MonkeyPatch, *given: bool) -> list[str]:
    """What is answered when the page asks; gives the questions asked."""
    left, questions = iter(given), []

    def asked(_parent: object, _title: str, text: str, *, confirm: str) -> bool:
        questions.append(text)
        return next(left)

    monkeypatch.setattr(f"{PAGE}.asked", asked)
    return questions


def test_the_other_value_reaches_headquarters_and_the_other_desk_and_so_does_its_undo(world: World) -> None:
    resident = world.resident()
    world.contest(resident, "home_opinion", "厨房偏小", "采光好")
    page = world.bench.show(SyncPage)
    row = page.conflicts.table.current()
    assert row is not None
    assert (row.record, row.field, row.kept, row.lost) == (
        "住户 吴学文",
        "对房屋的看法",
        "采光好",
        "厨房偏小",
    )
    assert page.conflicts.comparison.kept.by.text().startswith("前台 B · 系统")
    assert "前台 B" in page.conflicts.comparison.why.text()
    world.bench.type(page.conflicts.table, "X")
    assert world.opinions(resident) == ["厨房偏小"] * 3
    undo = world.bench.said[-1].undo
    assert undo is not None
    undo()
    assert world.opinions(resident) == ["采光好"] * 3
    assert [item.state for item in world.second.database.read(conflicts)] == ["open"]


def test_an_acceptance_is_settled_everywhere_and_undone_everywhere(world: World) -> None:
    resident = world.resident()
    world.contest(resident, "home_opinion", "厨房偏小", "采光好")
    page = world.bench.show(SyncPage)
    world.bench.type(page.conflicts.table, "V")
    world.exchange()
    assert world.second.database.read(conflicts) == []
    page.conflicts.chips.choose("settled")
    page.conflicts.refresh()
    assert page.conflicts.comparison.settled.text().startswith("已认可")
    world.bench.type(page.conflicts.table, "U")
    assert world.opinions(resident) == ["采光好"] * 3
    assert [item.state for item in world.second.database.read(conflicts)] == ["open"]


def test_taking_back_asks_when_the_field_was_edited_since(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident = world.resident()
    world.contest(resident, "home_opinion", "厨房偏小", "采光好")
    world.second.edit(Resident, resident, home_opinion="都满意")
    world.exchange()
    page = world.bench.show(SyncPage)
    assert "都满意" in page.conflicts.comparison.moved.text()
    questions = answers(monkeypatch, False, True)
    world.bench.type(page.conflicts.table, "X")
    assert world.opinions(resident) == ["都满意"] * 3
    assert "都满意" in questions[0]
    world.bench.type(page.conflicts.table, "X")
    assert world.opinions(resident) == ["厨房偏小"] * 3


def test_an_edit_after_the_look_is_never_overwritten_unasked(world: World) -> None:
    resident = world.resident()
    item = world.contest(resident, "home_opinion", "厨房偏小", "采光好")
    world.first.edit(Resident, resident, home_opinion="都满意")
    seen = world.conflicts()[0].present_stamp
    world.first.edit(Resident, resident, home_opinion="又改了")
    for stamp in (0, item.present_stamp, seen):
        with pytest.raises(DomainError) as caught:
            world.first.database.write(SYSTEM, settling.take_back, item.id, stamp)
        assert caught.value.code == "conflict-moved"
    assert world.first.value(Resident, resident, "home_opinion") == "又改了"
    fresh = world.conflicts()[0]
    world.first.write(lambda work: settling.take_back(work, item.id, fresh.present_stamp))
    world.first.edit(Resident, resident, home_opinion="第三次")
    with pytest.raises(DomainError):
        world.first.write(lambda work: settling.reopen(work, item.id))
    assert world.first.value(Resident, resident, "home_opinion") == "第三次"


def test_a_page_that_is_late_says_so_and_reads_again(world: World) -> None:
    resident = world.resident()
    item = world.contest(resident, "home_opinion", "厨房偏小", "采光好")
    page = world.bench.show(SyncPage)
    world.first.edit(Resident, resident, home_opinion="都满意")
    page.conflicts._take_other()
    calm()
    assert "后来又改过" in world.bench.said[-1].text
    assert world.first.value(Resident, resident, "home_opinion") == "都满意"
    world.first.write(lambda work: settling.accept(work, item.id))
    page.conflicts._accept()
    calm()
    assert world.first.database.read(conflict_counts)["settled"] == 1


def test_after_an_undo_the_next_key_is_for_what_came_back(world: World) -> None:
    """The selection stayed on the row that had taken its place, and the next key settled that one."""
    for name, one, other in (
        ("吴学文", "偏小", "采光好"),
        ("单梅", "偏吵", "安静"),
        ("郑和", "偏暗", "朝南"),
    ):
        world.contest(world.resident(name), "home_opinion", one, other)
    page = world.bench.show(SyncPage)
    table = page.conflicts.table
    keys = [row.id for row in table.shown]
    assert len(keys) == 3
    for key in keys:
        table.go_to(key)
        page.conflicts._accept()
        calm()
        current = table.current()
        assert current is not None
        assert current.id != key
        undo = world.bench.said[-1].undo
        assert undo is not None
        undo()
        calm()
        current = table.current()
        assert current is not None
        assert current.id == key
        assert [row.id for row in page.conflicts.chosen()] == [key]
    table.select_keys(keys[1:])
    page.conflicts._accept()
    calm()
    undo = world.bench.said[-1].undo
    assert undo is not None
    undo()
    calm()
    assert {row.id for row in page.conflicts.chosen()} == set(keys[1:])


def test_conflicts_of_one_record_stand_together_and_are_settled_at_once(world: World) -> None:
    one, other = world.resident(), world.resident("曾婳")
    world.contest(one, "home_opinion", "厨房偏小", "采光好")
    world.contest(other, "home_opinion", "吵", "安静")
    world.contest(one, "work", "教师", "医生")
    page = world.bench.show(SyncPage)
    rows = [row for place in range(3) if (row := page.conflicts.table.rows.row_at(place)) is not None]
    assert [row.item.row_id for row in rows] == [one, one, other]
    assert [row.is_first for row in rows] == [True, False, True]
    assert "还有 1 处" in page.conflicts.comparison.siblings.text()
    world.bench.type(page.conflicts.table, "G")
    assert page.conflicts.table.selected_count() == 2
    world.bench.type(page.conflicts.table, "X")
    world.exchange()
    assert [world.second.value(Resident, one, name) for name in ("home_opinion", "work")] == [
        "厨房偏小", "教师",
    ]  # fmt: skip
    assert [item.row_id for item in world.conflicts()] == [other]
    undo = world.bench.said[-1].undo
    assert undo is not None
    undo()
    world.exchange()
    assert world.second.value(Resident, one, "work") == "医生"
    assert len(world.conflicts()) == 3


def test_a_record_deleted_here_and_edited_there_offers_both_ways_out(world: World) -> None:
    resident = world.resident()
    world.second.edit(Resident, resident, work="教师")
    world.first.delete(Resident, resident)
    world.exchange()
    page = world.bench.show(SyncPage)
    row = page.conflicts.table.current()
    assert row is not None
    assert (row.field, row.kept, row.lost) == ("整条记录", "保留", "删除")
    assert page.conflicts.take_other.text() == "仍然删除"
    assert "前台 A" in page.conflicts.comparison.why.text()
    world.bench.type(page.conflicts.table, "X")
    world.exchange()
    assert world.second.value(Resident, resident, "deleted") is not None
    undo = world.bench.said[-1].undo
    assert undo is not None
    undo()
    world.exchange()
    assert world.second.value(Resident, resident, "deleted") is None
    assert world.second.value(Resident, resident, "work") == "教师"


def test_a_stale_step_on_a_finished_ticket_is_nobodys_work_and_stands_in_its_history(world: World) -> None:
    ticket = world.ticket(state="dispatched")
    world.first.edit(Ticket, ticket, state="completed")
    world.second.edit(Ticket, ticket, state="accepted")
    world.exchange()
    for desk in (world.first, world.second):
        assert desk.value(Ticket, ticket, "state") == "completed"
        assert desk.database.read(counts).conflicts == 0
        assert desk.database.read(record_state, "ticket", ticket) is RecordState.SYNCED
        (told,) = desk.database.read(ticket_timeline, ticket)
        assert (told.kind, told.desk) == ("sync", "B")
        assert "办结" in told.text
    page = world.bench.show(SyncPage)
    assert page.conflicts.table.current() is None
    assert page.conflicts.table.empty.title.text() == "没有冲突"
    page.conflicts.chips.choose("ruled")
    page.conflicts.refresh()
    row = page.conflicts.table.current()
    assert row is not None
    assert not page.conflicts.take_other.isVisible()
    assert "按规则" in page.conflicts.comparison.settled.text()


def test_two_different_ends_of_a_ticket_are_for_a_person(world: World) -> None:
    ticket = world.ticket(state="dispatched")
    item = world.contest(ticket, "state", "completed", "void", kind=Ticket)
    assert item.state == "open"
    assert world.first.database.read(record_state, "ticket", ticket) is RecordState.CONFLICT


def test_an_edit_of_a_clock_that_ran_ahead_says_so(world: World) -> None:
    resident = world.resident()
    world.first.edit(Resident, resident, home_opinion="厨房偏小")
    world.second.database.stamps.offset += 7_200_000  # type: ignore[attr-defined]
    world.second.edit(Resident, resident, home_opinion="采光好")
    world.exchange()
    (item,) = world.conflicts()
    assert item.reason == "restamped"
    page = world.bench.show(SyncPage)
    assert "时钟快了" in page.conflicts.comparison.why.text()


def test_the_list_is_filtered_by_state_and_age(world: World) -> None:
    resident = world.resident()
    item = world.contest(resident, "home_opinion", "厨房偏小", "采光好")
    later = item.lost_at + timedelta(days=8)
    ask = world.first.database.read
    assert len(ask(conflicts, ConflictFilter("open", 7, item.lost_at))) == 1
    assert ask(conflicts, ConflictFilter("open", 7, later)) == []
    assert len(ask(conflicts, ConflictFilter("all", -7, later))) == 1
    assert ask(conflicts, ConflictFilter("settled")) == []
    page = world.bench.show(SyncPage)
    page.conflicts.ages.setCurrentIndex(3)
    calm()
    assert page.conflicts.table.current() is None
    page.open(list="conflicts", record=("resident", resident))
    calm()
    row = page.conflicts.table.current()
    assert row is not None
    assert row.item.id == item.id


def test_a_value_of_a_row_deleted_since_can_only_be_accepted(world: World) -> None:
    resident = world.resident()
    item = world.contest(resident, "home_opinion", "厨房偏小", "采光好")
    world.first.delete(Resident, resident)
    page = world.bench.show(SyncPage)
    assert not page.conflicts.take_other.isVisible()
    with pytest.raises(DomainError) as caught:
        world.first.write(lambda work: settling.take_back(work, item.id))
    assert caught.value.code == "row-gone"
    world.bench.type(page.conflicts.table, "V")
    assert world.first.database.read(counts).conflicts == 0


def test_a_phone_in_dispute_is_named_by_its_owner_and_never_shown(world: World) -> None:
    from models.entities import Phone

    resident = world.resident()

    def add(work: Work) -> str:
        phone = Phone(resident_id=resident, number="189 0971 1443", digits="18909711443", position=0)
        return work.add(phone).id

    phone = world.first.write(add)
    world.exchange()
    world.contest(phone, "number", "18900000001", "18900000002", kind=Phone)
    page = world.bench.show(SyncPage)
    row = page.conflicts.table.current()
    assert row is not None
    assert row.record == "住户 吴学文 · 电话 ***1443"
    assert (row.kept, row.lost) == ("***", "***")
    assert world.first.database.read(record_state, "resident", resident) is RecordState.CONFLICT
    world.bench.type(page.conflicts.table, "O")
    assert world.bench.went == [("residents", {"resident_id": resident})]
    world.bench.type(page.conflicts.table, "X")
    world.exchange()
    assert world.second.value(Phone, phone, "number") == "18900000001"


def test_only_what_was_typed_is_marked_where_it_differs(world: World, english: None) -> None:
    resident = world.resident()
    long = "客厅采光好，厨房偏小；希望物业协助联系橱柜厂家"
    world.contest(resident, "home_opinion", long, long.replace("橱柜", "门窗"))
    world.contest(resident, "level", "prospect", "key")
    page = world.bench.show(SyncPage)
    for row in page.conflicts.table.shown:
        page.conflicts.table.go_to(row.id)
        marked = "<span" in page.conflicts.comparison.kept.value.words.text()
        assert marked == (row.item.field == "home_opinion"), row.kept
    assert len(page.conflicts.table.shown) == 2
