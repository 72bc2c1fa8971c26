"""What the simulation (`tests/simulation`) found, each as a small test named after the failure."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from models.entities import Building, Ticket
from models.errors import DomainError
from sync.client.engine import Engine
from sync.client.enrol import take_place
from sync.client.local import LAST_STAMP, Plain
from sync.client.transport import Address
from sync.clock import Clock, make_stamp, wall_milliseconds
from sync.protocol import PROTOCOL, SCHEMA, EnrolRequest
from sync.server import backup
from sync.server.store import Store
from tests.sync.parts import DirectLink, MemoryTokens, TestDesk, TestHq, lost, same, settle
from tests.sync.test_copies import copied, restore

Two = tuple[TestDesk, TestDesk]
DAY_MS = 86_400_000
HALF_HOUR_MS = 1_800_000


def test_an_answer_to_an_earlier_request_is_none(two: Two) -> None:
    """It would acknowledge what headquarters never took."""
    first, second = two
    first.add_building("3")
    first.sync()
    old = first.link.replies[-1]
    building = first.add_building("4")
    real = first.link.sync
    first.link.sync = lambda request: old
    with pytest.raises(DomainError) as caught:
        first.sync()
    assert caught.value.code == "hq-cut"
    assert first.pending() > 0
    first.link.sync = real
    settle(first, second)
    assert second.value(Building, building, "code") == "4"


def test_a_ticket_finished_and_reopened_by_one_desk_stays_open_although_an_answer_was_lost(two: Two) -> None:
    """The reopening still named what the finishing had replaced, and passed for a stale step."""
    first, second = two
    ticket = first.add_ticket("A-261121-0001")
    settle(first, second)
    first.edit(Ticket, ticket, state="archived")
    first.link.after = lost()
    with pytest.raises(DomainError):
        first.sync()
    first.link.after = lambda *_: None
    first.edit(Ticket, ticket, state="received")
    settle(first, second)
    assert second.value(Ticket, ticket, "state") == "received"
    same(first, second)


def test_who_lost_and_has_not_heard_of_it_does_not_reopen_a_ticket(two: Two) -> None:
    """A stamp higher than the end's was taken for having seen the end."""
    first, second = two
    ticket = first.add_ticket("A-261121-0001")
    settle(first, second)
    first.edit(Ticket, ticket, state="completed")
    second.edit(Ticket, ticket, state="accepted")
    second.sync()
    second.edit(Ticket, ticket, state="suspended")
    first.sync()
    settle(first, second)
    assert second.value(Ticket, ticket, "state") == "completed"
    same(first, second)


def test_a_row_refused_with_its_edits_keeps_all_of_itself(two: Two) -> None:
    """Only the edits were kept, and the sums counted a row that headquarters never had."""
    first, _ = two
    building = first.add_building("3")
    first.edit(Building, building, note="x" * 300_000)
    assert first.sync().refused >= 1
    with first.database.reading() as session:
        rows = Plain(session).all("SELECT patch FROM refused_patch WHERE table_name = 'building'")
    (kept,) = [json.loads(row[0]) for row in rows]
    assert (kept["whole"], kept["values"]["code"]) == (True, "3")
    report = first.sync()
    assert (report.is_equal, report.is_repaired) == (True, False)


def test_a_row_refused_at_a_new_enrolment_gives_way_to_headquarters_row(hq: TestHq, two: Two) -> None:
    """It counted as the desk's alone for ever, and every round called for a repair."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    first.edit(Building, building, note="x" * 300_000)
    enrol_anew(hq, first)
    settle(first, second)
    report = first.sync()
    assert (report.is_equal, report.is_repaired) == (True, False)
    second.edit(Building, building, name="改")
    settle(first, second)
    assert first.value(Building, building, "name") == "改"
    assert first.rows("building") == second.rows("building")


def test_an_edit_waiting_in_a_copied_file_is_no_repeat_of_the_others_edits(hq: TestHq, two: Two) -> None:
    """It bore the number both have and a lower stamp: headquarters dropped it as known."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    first.database.close()
    path = first.database.path.with_name("copy.db")
    path.write_bytes(first.database.path.read_bytes())
    first.reopen()
    database = type(first.database).open(path, None, Clock)
    copy = TestDesk(database, MemoryTokens(first.tokens.token), None, None)  # type: ignore[arg-type]
    copy.link = DirectLink(hq.store, copy.tokens, hq.blobs)
    copy.engine = Engine(database, copy.link)
    hq.desks.append(copy)
    copy.edit(Building, building, name="副本写的")
    first.edit(Building, building, name="原本后写的")
    settle(first, second)
    with pytest.raises(DomainError):
        copy.sync()
    enrol_anew(hq, copy)
    settle(first, second, copy)
    assert {first.value(Building, building, "name"), *(json.loads(row[4]) for row in first.conflicts())} >= {
        "副本写的",
        "原本后写的",
    }
    same(first, second, copy)


def test_a_clock_let_back_twice_gives_no_stamp_twice() -> None:
    """Headquarters' clock was set back and stood still at its newest stamp while the desk's went on."""
    now = [1_790_000_000_000]
    clock = Clock(1, wall=lambda: now[0])
    server_ms = now[0] - 1_800_000
    given = [clock.next()]
    for step in range(4):
        clock.learn(server_ms, now[0], now[0])
        clock.let_back(server_ms)
        given.append(clock.next())
        now[0] += 400_000 + step
        given.append(clock.next())
    assert len(set(given)) == len(given)


def test_an_edit_over_a_value_from_the_future_counts_although_the_clock_was_let_back(two: Two) -> None:
    """Made while that value travelled: its stamp was lower than the one that headquarters then gave the
    value, in the name of the same desk, so it was dropped as known (seed 30745)."""
    first, second = two
    clock = first.database.stamps
    assert isinstance(clock, Clock)
    clock.observe(make_stamp(clock.now() + 5 * DAY_MS, 0, 0))
    ticket = first.add_ticket("A-261121-0001")
    now = clock.now()
    with first.database.working("sync.clock") as work:  # the answer to an earlier request comes
        Plain(work.session).keep(LAST_STAMP, clock.let_back(now - 120_000))

    def meanwhile(*_: object) -> None:
        first.link.before = lambda *_: None
        first.edit(Ticket, ticket, state="suspended", suspend_reason="等配件")

    first.link.before = meanwhile
    settle(first, second)
    assert second.value(Ticket, ticket, "state") == "suspended"
    assert first.conflicts() == []
    same(first, second)


def test_a_clock_is_let_back_behind_nothing_that_waits(hq: TestHq, site: str) -> None:
    """An edit that waited kept its stamp of the future, and headquarters took it as it was once its own clock
    was set right; what the desk then wrote over it, a little lower, was dropped as known (seeds 104467 and
    113005: a desk gave a stamp below one that it knew)."""
    set_headquarters_clock(hq, -HALF_HOUR_MS)
    first, second = hq.desk(site), hq.desk(site)
    building = first.add_building("3")
    settle(first, second)
    clock = first.database.stamps
    assert isinstance(clock, Clock)
    clock.offset = 0
    first.edit(Building, building, note="一")

    def meanwhile(*_: object) -> None:
        first.link.before = lambda *_: None
        first.edit(Building, building, name="早写的")

    first.link.before = meanwhile
    first.sync()
    assert first.pending() > 0
    set_headquarters_clock(hq, 0)
    first.link.after = lost()
    with pytest.raises(DomainError):
        first.sync()
    first.link.after = lambda *_: None
    first.edit(Building, building, name="后写的")
    settle(first, second)
    assert second.value(Building, building, "name") == "后写的"
    same(first, second)


def set_headquarters_clock(hq: TestHq, ahead_ms: int) -> None:
    hq.store = Store(hq.store.database, lambda: wall_milliseconds() + ahead_ms)
    for desk in hq.desks:
        desk.link.store = hq.store


def test_who_lost_against_a_reopening_does_not_end_it_with_the_next_step(hq: TestHq, site: str) -> None:
    """Their second step replaced their own first one, whose stamp was higher than the reopening's: it passed
    for somebody's who knew of it (seed 32918)."""
    first, second = hq.desk(site), hq.desk(site)
    ticket = first.add_ticket("A-261121-0001")
    settle(first, second)
    first.edit(Ticket, ticket, state="completed")
    first.sync()
    first.edit(Ticket, ticket, state="in_progress")
    second.edit(Ticket, ticket, state="suspended")
    first.sync()

    def meanwhile(*_: object) -> None:
        second.link.after = lambda *_: None
        second.edit(Ticket, ticket, state="dispatched")

    second.link.after = meanwhile
    settle(second, first)
    assert first.value(Ticket, ticket, "state") == "in_progress"
    same(first, second)


def enrol_anew(hq: TestHq, desk: TestDesk) -> None:
    site_id = desk.database.identity.site_id
    identity = desk.database.identity
    code = hq.code(site_id)
    request = EnrolRequest(PROTOCOL, SCHEMA, code, identity.nonce, "anew", number=identity.desk_no)
    take_place(desk.database, desk.tokens, Address("http://127.0.0.1:1"), hq.store.enrol(request))


def test_an_answer_without_echo_to_an_earlier_request_acknowledges_no_batch(hq: TestHq, site: str) -> None:
    desk = hq.desk(site)
    settle(desk)
    real = desk.link.sync
    earlier = msgspec.structs.replace(desk.link.replies[-1], echo=0)
    desk.add_building("T9")
    desk.link.sync = lambda request: real(request) and earlier
    with pytest.raises(DomainError) as caught:
        desk.sync()
    assert caught.value.code == "hq-cut"
    desk.link.sync = real
    assert desk.sync().is_equal is True


def test_a_deletion_by_a_desk_that_enrolled_anew_is_not_told_as_undone(hq: TestHq, two: Two) -> None:
    """The row came whole, and its deletion was merged before the edits that it came with: what those had
    replaced, by the other desk or under the old number, passed for unseen (seeds 103494, 112112)."""
    first, second = two
    seen, unheard = first.add_building("3"), first.add_building("4")
    settle(first, second)
    first.edit(Building, seen, name="另一台写的")
    settle(first, second)
    second.edit(Building, seen, name="看过再改")
    second.edit(Building, unheard, name="已到总部")
    second.link.after = lost()
    second.edit(Building, unheard, note="回执丢了")
    with pytest.raises(DomainError):
        second.sync()
    second.link.after = lambda *_: None
    for building in (seen, unheard):
        second.edit(Building, building, name="删除前")
        second.delete(Building, building)
    enrol_anew(hq, second)
    settle(second, first)
    assert [row for row in first.conflicts() if row[5] == "revived"] == []
    assert all(first.value(Building, building, "deleted") for building in (seen, unheard))
    same(first, second)


def test_what_a_copy_had_acknowledged_does_not_lose_silently_to_its_original_after_a_restore(
    hq: TestHq, site: str, tmp_path: Path
) -> None:
    """Both bore one number, and a desk was thought to know its own: but the copy's was the later one, which
    the original had never seen (seed 110389)."""
    original, other = hq.desk(site), hq.desk(site)
    ticket = original.add_ticket("A-261121-0001")
    settle(original, other)
    archive = tmp_path / "hq.qhb"
    backup.write(hq.store.database, None, archive)
    original.edit(Ticket, ticket, state="completed")
    copy = copied(hq, original)
    copy.edit(Ticket, ticket, state="in_progress")
    assert copy.sync().pushed
    restore(hq, tmp_path, archive)
    settle(original, other)
    with pytest.raises(DomainError):
        copy.sync()
    enrol_anew(hq, copy)
    settle(copy, original, other)
    same(original, other, copy)
    told = {json.loads(row[4]) for row in other.conflicts() if row[2] == "state"}
    assert "in_progress" in {other.value(Ticket, ticket, "state"), *told}


def test_a_whole_row_of_the_future_is_stamped_again_in_the_order_it_was_written_in(
    hq: TestHq, two: Two
) -> None:
    """Its stamps came by the names of their fields: the deletion got a lower one than the edit before it, and
    that passed for unseen and brought the row back (seed 119757)."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    clock = second.database.stamps
    assert isinstance(clock, Clock)
    clock.offset = 5 * DAY_MS
    second.edit(Building, building, name="先改")
    second.delete(Building, building)
    enrol_anew(hq, second)
    settle(second, first)
    assert first.value(Building, building, "deleted") is not None
    assert first.conflicts() == []
    same(first, second)
