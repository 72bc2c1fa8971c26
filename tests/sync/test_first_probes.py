"""Failures of our own first probes, and of desks copied, restored or joining later: each by its name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from models.entities import Building, Department, Room, Ticket
from models.errors import DomainError
from models.services.seeds import seed_site
from sync.client.engine import Engine
from sync.client.enrol import take_place
from sync.client.local import Plain
from sync.client.transport import Address
from sync.clock import Clock
from sync.protocol import PROTOCOL, SCHEMA, EnrolRequest, TableRows
from sync.server.database import HqDatabase
from sync.server.tables import hq_state
from tests.sync.parts import (
    DirectLink,
    MemoryTokens,
    TestDesk,
    TestHq,
    batch_of,
    fresh_file,
    lost,
    same,
    settle,
)

pytestmark = pytest.mark.both_databases
Two = tuple[TestDesk, TestDesk]


class Killed(BaseException):
    """kill -9."""


def test_an_edit_of_a_row_that_headquarters_never_had(two: Two) -> None:
    """Our first probe: the desk sends the row whole instead, by itself."""
    first, second = two
    building = first.add_building("3")
    with first.database.working("damage") as work:
        Plain(work.session).run("DELETE FROM outbox")
    first.edit(Building, building, name="三号")
    report = first.sync()
    assert report.refused == 0
    settle(first, second)
    assert second.value(Building, building, "name") == "三号"
    same(first, second)


def test_an_edit_of_a_row_that_this_desk_never_had(two: Two) -> None:
    """The other way round: it asks for the whole row."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    with second.database.working("damage") as work:
        plain = Plain(work.session)
        plain.run("UPDATE building SET deleted = 1 WHERE id = ?", (building,))
        plain.run("DELETE FROM building WHERE id = ?", (building,))
    first.edit(Building, building, name="三号")
    first.sync()
    second.sync()
    assert second.value(Building, building, "name") == "三号"
    assert second.value(Building, building, "code") == "3"


def test_a_pulled_row_does_not_replace_an_edit_that_still_waits(two: Two) -> None:
    """Our first probe: insert-or-ignore, or replace, over an unsynced row."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    first.edit(Building, building, name="甲", note="甲注")
    first.sync()
    second.edit(Building, building, name="乙")
    second.link.before = lambda request: None
    original = second.engine.exchange.batch
    second.engine.exchange.batch = original
    with second.database.working("hold") as work:
        held = Plain(work.session).all("SELECT table_name, row_id, fields FROM outbox")
    assert held
    second.sync()
    assert second.value(Building, building, "name") == "乙"
    assert second.value(Building, building, "note") == "甲注"
    settle(first, second)
    same(first, second)
    assert len(first.conflicts()) == 1


def test_a_row_edited_before_its_first_push_goes_up_whole(two: Two) -> None:
    first, second = two
    building = first.add_building("3")
    first.edit(Building, building, name="改")
    first.sync()
    sent = batch_of(first.link.requests[0] if len(first.link.requests) == 1 else first.link.requests[-1])
    assert any(isinstance(rows, TableRows) and rows.table == "building" for rows in sent.rows)
    settle(first, second)
    assert second.value(Building, building, "name") == "改"
    same(first, second)


def test_a_desk_is_not_told_what_it_said_itself(two: Two) -> None:
    """PouchDB and WatermelonDB download their own uploads."""
    first, _ = two
    for number in range(20):
        first.add_building(str(number))
    first.sync()
    first.sync()
    assert all(not reply.rows and not reply.patches for reply in first.link.replies[-2:])


def test_sparing_the_echo_does_not_hide_another_desks_edit(two: Two) -> None:
    """The naive "skip my own" loses the other's field when both edited one row."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    second.edit(Building, building, note="乙注")
    second.sync()
    first.edit(Building, building, name="甲名")
    first.sync()
    assert first.value(Building, building, "note") == "乙注"
    settle(first, second)
    same(first, second)


def test_a_repeated_request_gets_the_same_answer_once(two: Two) -> None:
    first, second = two
    building = first.add_building("3")
    first.sync()
    for request in list(first.link.requests):
        try:
            first.link.store.sync(first.link.store.desk(first.tokens.token), request)
        except DomainError as error:
            assert error.code == "desk-forked"
    settle(first, second)
    assert [row for row in second.rows("building") if row[0] == building]
    same(first, second)


def test_an_edit_repeated_after_another_replaced_it_is_no_conflict(two: Two) -> None:
    """The answer was lost, the other desk went on from the edit, then it comes again."""
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    first.edit(Building, building, name="甲")
    first.link.after = lost()
    first.engine.exchange.batch = 50
    with pytest.raises(DomainError):
        first.sync()
    first.link.after = lambda *_: None
    second.sync()
    second.edit(Building, building, name="接着甲")
    second.sync()
    first.add_building("4")
    settle(first, second)
    assert first.value(Building, building, "name") == "接着甲"
    assert first.conflicts() == []
    same(first, second)


def test_an_older_edit_that_arrives_late_is_not_lost_in_silence(hq: TestHq, site: str) -> None:
    """Found by the simulation: the winner's author had edited twice, so its base is newer than the loser."""
    first, second = hq.desk(site), hq.desk(site)
    building = first.add_building("3")
    settle(first, second)
    second.edit(Building, building, name="离线时写的")
    for name in ("一", "二"):
        first.edit(Building, building, name=name)
        first.sync()
    settle(first, second)
    assert [row[4] for row in first.conflicts()] == ['"离线时写的"']


def test_a_copied_file_is_told_apart(hq: TestHq, site: str) -> None:
    desk = hq.desk(site)
    desk.add_building("1")
    settle(desk)
    copy_path = desk.database.path.with_name("copy.db")
    desk.database.close()
    copy_path.write_bytes(desk.database.path.read_bytes())
    desk.reopen()
    database = type(desk.database).open(copy_path, None, Clock)
    copy = TestDesk(database, desk.tokens, DirectLink(hq.store, desk.tokens), None)  # type: ignore[arg-type]
    copy.engine = Engine(database, copy.link)
    hq.desks.append(copy)
    desk.add_building("2")
    desk.sync()
    copy.add_building("3")
    with pytest.raises(DomainError) as caught:
        copy.sync()
    assert caught.value.code == "desk-forked"
    assert copy.pending() > 0, "nothing of it is lost: it enrols as a new desk"


def test_a_restored_desk_comes_back_as_a_new_one(hq: TestHq, site: str) -> None:
    desk, other = hq.desk(site), hq.desk(site)
    kept = desk.add_building("1")
    settle(desk, other)
    desk.database.close()
    backup = desk.database.path.read_bytes()
    desk.reopen()
    later = desk.add_building("2")
    desk.edit(Building, kept, name="备份之后改的")
    settle(desk, other)
    desk.database.close()
    desk.database.path.write_bytes(backup)
    for tail in ("-wal", "-shm"):
        desk.database.path.with_name(desk.database.path.name + tail).unlink(missing_ok=True)
    desk.reopen()
    offline = desk.add_building("3")
    with pytest.raises(DomainError) as caught:
        desk.sync()
    assert caught.value.code == "desk-forked"
    old_number = desk.database.identity.desk_no
    reply = hq.store.enrol(EnrolRequest(PROTOCOL, SCHEMA, hq.code(site), "restored", "test"))
    take_place(desk.database, desk.tokens, Address("http://127.0.0.1:1"), reply)
    settle(desk, other)
    assert desk.database.identity.desk_no != old_number
    assert desk.value(Building, later, "code") == "2"
    assert desk.value(Building, kept, "name") == "备份之后改的"
    assert other.value(Building, offline, "code") == "3"
    same(desk, other)


@pytest.mark.parametrize("moment", ["within the write", "before the token is kept"])
def test_an_enrolment_cut_short_leaves_no_desk_with_the_token_of_another(
    hq: TestHq, site: str, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """A restored file that is killed while it enrols must not go on under its old number: that one's stamps
    and ticket numbers were used since. With the same code it becomes the new desk after all."""
    desk, other = hq.desk(site), hq.desk(site)
    settle(desk, other)
    desk.database.close()
    backup = desk.database.path.read_bytes()
    desk.reopen()
    desk.add_building("2")
    settle(desk, other)
    desk.database.close()
    desk.database.path.write_bytes(backup)
    for tail in ("-wal", "-shm"):
        desk.database.path.with_name(desk.database.path.name + tail).unlink(missing_ok=True)
    desk.reopen()
    offline = desk.add_building("3")
    old_number = desk.database.identity.desk_no
    code = hq.code(site)

    def enrol() -> None:
        request = EnrolRequest(PROTOCOL, SCHEMA, code, desk.database.identity.nonce, "test")
        take_place(desk.database, desk.tokens, Address("http://127.0.0.1:1"), hq.store.enrol(request))

    def killed(*_: object) -> None:
        raise Killed

    if moment == "within the write":
        monkeypatch.setattr("sync.client.outbox.queue_everything", killed)
    else:
        monkeypatch.setattr(desk.tokens, "save", killed)
    with pytest.raises(Killed):
        enrol()
    monkeypatch.undo()
    desk.reopen()
    with pytest.raises(DomainError) as caught:
        desk.sync()
    assert caught.value.code == "desk-forked"
    enrol()
    settle(desk, other)
    assert desk.database.identity.desk_no != old_number
    assert other.value(Building, offline, "code") == "3"
    same(desk, other)


def test_a_desk_with_data_of_its_own_brings_it_along(hq: TestHq, site: str) -> None:
    first = hq.desk(site)
    database = fresh_file(hq.folder / "own.db")
    own = TestDesk(database, MemoryTokens(), None, None)  # type: ignore[arg-type]
    building = own.add_building("9")
    room = own.add_room(building, "9-1-101")
    ticket = own.add_ticket("A-261121-0001", room_id=room)
    second = hq.desk(site, database)
    settle(first, second)
    assert first.value(Ticket, ticket, "room_id") == room
    assert first.value(Room, room, "site_id") == site
    same(first, second)


def test_seeds_of_a_second_desk_do_not_override_the_site(hq: TestHq, site: str) -> None:
    """Rows with one id on every desk: what the site made of them stays."""
    first = hq.desk(site)
    first.write(lambda work: seed_site(work, "阳光花园"))
    group = first.rows("department")[0][0]
    first.edit(Department, group, name="改过名的部门")
    settle(first)
    database = fresh_file(hq.folder / "later.db")
    later = TestDesk(database, MemoryTokens(), None, None)  # type: ignore[arg-type]
    later.write(lambda work: seed_site(work, "暂名"))
    second = hq.desk(site, database)
    settle(first, second)
    assert second.value(Department, group, "name") == "改过名的部门"
    assert [row[6] for row in second.rows("site")] == ["阳光花园"]
    assert second.conflicts() == []
    same(first, second)


def test_a_child_may_come_before_its_parent(two: Two) -> None:
    first, second = two
    building = first.add_building("3")
    room = first.add_room(building, "3-1-101")
    with first.database.working("turn round") as work:
        plain = Plain(work.session)
        entries = plain.all("SELECT table_name, row_id FROM outbox WHERE table_name IN ('building', 'room')")
        plain.run("DELETE FROM outbox WHERE table_name IN ('building', 'room')")
        plain.many("INSERT INTO outbox(table_name, row_id) VALUES (?, ?)", sorted(entries, reverse=True))
    first.engine.exchange.batch = 1
    second.engine.exchange.page = 1
    first.sync()
    second.sync()
    settle(first, second)
    assert second.value(Room, room, "building_id") == building
    same(first, second)


@pytest.mark.parametrize("epoch", ["restored", None], ids=["as it should be", "the old file simply put back"])
def test_a_restored_headquarters_gets_everything_back(
    hq: TestHq, two: Two, hq_copy: Callable[[str], str], epoch: str | None
) -> None:
    first, second = two
    kept = first.add_building("1")
    settle(first, second)
    database = hq.store.database
    database.close()  # the last one out writes the log back into the file
    backup = hq_copy(database.url)
    hq.store.database = HqDatabase(database.url)
    later = first.add_building("2")
    first.edit(Building, kept, name="之后改的")
    settle(first, second)
    hq.store.database.close()
    hq.store.database = HqDatabase(backup)
    if epoch is not None:
        with hq.store.database.administering() as connection:
            connection.execute(update(hq_state).where(hq_state.c.key == "epoch").values(value=epoch))
        hq.store.database.epoch = epoch
    settle(first, second)
    same(first, second)
    assert second.value(Building, later, "code") == "2"
    assert first.value(Building, kept, "name") == "之后改的"
    assert first.conflicts() == []


def test_what_headquarters_lost_is_given_again_though_others_have_gone_on(
    hq: TestHq, two: Two, hq_copy: Callable[[str], str]
) -> None:
    """Found by killing a PostgreSQL that answers before it writes (``synchronous_commit = off``): the last
    batch was gone, the next one came from beyond it, and the desk was taken for a copy of itself."""
    first, second = two
    settle(first, second)
    database = hq.store.database
    database.close()
    kept = hq_copy(database.url)
    hq.store.database = HqDatabase(database.url)
    lost = first.add_building("2")
    first.engine.run_once()
    hq.store.database.close()
    hq.store.database = HqDatabase(kept)
    for code in ("3", "4", "5"):
        second.add_building(code)
        second.engine.run_once()
    first.add_building("6")
    settle(first, second)
    same(first, second)
    assert second.value(Building, lost, "code") == "2"
