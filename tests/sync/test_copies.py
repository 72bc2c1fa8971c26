"""A desk's file that was carried to another computer: it is told apart, stays told apart, and its tickets
keep to their own numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from sqlalchemy import select

from models.database import Database
from models.entities.callback import Callback
from models.entities.ticket import PrintRecord, Ticket
from models.errors import DomainError
from models.queries import sync_state
from models.queries.double_numbers import number_trouble
from models.queries.ticket_timeline import ticket_timeline
from models.search import index
from models.search import query as search
from models.search.ticket_numbers import tickets_of_number
from models.services import callbacks, intake, printing
from models.work import Work
from sync.client import enrol as enrolment
from sync.client.attachments import Attachments
from sync.client.engine import Engine
from sync.client.enrol import take_place
from sync.client.transport import Address
from sync.clock import Clock
from sync.protocol import PROTOCOL, SCHEMA, EnrolRequest, SyncRequest
from sync.server import backup
from sync.server.database import HqDatabase
from sync.server.store import Store
from tests.sync.parts import DirectLink, MemoryTokens, TestDesk, TestHq, same, settle

Two = tuple[TestDesk, TestDesk]


def copied(hq: TestHq, desk: TestDesk) -> TestDesk:
    """The file as somebody carries it away, with its token."""
    path = desk.database.path.with_name(f"copy-of-{desk.database.path.name}")
    desk.database.close()
    path.write_bytes(desk.database.path.read_bytes())
    desk.reopen()
    tokens = MemoryTokens()
    tokens.token = desk.tokens.token
    link = DirectLink(hq.store, tokens)
    database = Database.open(path, None, Clock)
    twin = TestDesk(database, tokens, link, Engine(database, link))
    hq.desks.append(twin)
    return twin


def enrol_anew(hq: TestHq, desk: TestDesk, site: str) -> None:
    request = EnrolRequest(PROTOCOL, SCHEMA, hq.code(site), desk.database.identity.nonce, "again")
    take_place(desk.database, desk.tokens, Address("http://127.0.0.1:1"), hq.store.enrol(request))


def restore(hq: TestHq, folder: Path, archive: Path) -> None:
    database = HqDatabase(f"sqlite:///{folder / 'hq-again.db'}")
    backup.restore(database, folder / "blobs-again", archive)
    hq.store = Store(database)
    for desk in hq.desks:
        desk.link.store = hq.store


def code_of(desk: TestDesk) -> str:
    with pytest.raises(DomainError) as caught:
        desk.sync()
    return caught.value.code


def test_a_copy_stays_one_also_for_a_restored_headquarters(hq: TestHq, site: str, tmp_path: Path) -> None:
    """A headquarters restored from a backup no longer knows which of two files is the copy: the first that
    asks is let in. The one that was told must not ask again."""
    desk = hq.desk(site)
    settle(desk)
    copy = copied(hq, desk)
    desk.add_building("2")
    desk.sync()
    assert code_of(copy) == "desk-forked"
    archive = tmp_path / "hq.qhb"
    backup.write(hq.store.database, None, archive)
    restore(hq, tmp_path, archive)
    copy.add_building("3")
    copy.reopen()
    asked = len(copy.link.requests)
    assert code_of(copy) == "desk-forked"
    assert len(copy.link.requests) == asked, "it knows, and does not ask"
    desk.sync()
    desk.add_building("4")
    desk.sync()
    enrol_anew(hq, copy, site)
    settle(desk, copy)
    same(desk, copy)


def test_an_enrolment_waits_for_the_end_of_a_round(
    hq: TestHq, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A round under way would write its old place in the chain, and its cursor, over the new desk's."""
    monkeypatch.setattr(enrolment, "WAIT_S", 0.05)
    desk = hq.desk(site)
    with FileLock(f"{desk.database.path}.sync-lock"), pytest.raises(DomainError) as caught:
        enrolment.enrol(desk.database, desk.tokens, Address("http://127.0.0.1:1"), "ABCD")
    assert caught.value.code == "enrol-while-syncing"


def test_a_fault_of_attachments_is_told_apart_from_the_round(hq: TestHq, site: str) -> None:
    class Full(Attachments):
        def run(self, *_: object) -> int:
            raise DomainError("hq-disk-full", seconds=30)

    desk = hq.desk(site)
    desk.engine = Engine(desk.database, desk.link, attachments=Full(desk.database, None))  # type: ignore[arg-type]
    desk.add_building("2")
    report = desk.sync()
    assert report.pushed > 0
    assert report.attachment_fault is not None
    assert report.attachment_fault.code == "hq-disk-full"
    assert desk.pending() == 0


def test_a_change_too_large_for_the_line_is_counted_and_told(hq: TestHq, site: str) -> None:
    desk = hq.desk(site)
    settle(desk)

    def refuse(request: SyncRequest) -> None:
        if "厨房漏水".encode() in bytes(request.batch):
            raise DomainError("body-too-large")

    ticket = desk.add_ticket("A-261122-0001")
    desk.link.before = refuse
    report = desk.sync()
    assert desk.database.read(sync_state.counts).refused == report.refused == 1
    assert ticket in report.changed["ticket"], "its page shows that it was refused"


def taken(desk: TestDesk, matter: str) -> Any:
    return desk.write(lambda work: intake.create(work, intake.Request(matter=matter, place="南门")))


def test_one_number_on_two_tickets_is_told_apart_and_nothing_changes_in_silence(
    hq: TestHq, site: str
) -> None:
    """A copy gives the numbers that the original gives too. Enrolled anew it brings its tickets along under
    numbers of its own; the slips are named, and the old number finds both."""
    desk = hq.desk(site)
    index.install(desk.database)
    taken(desk, "水管漏水")
    settle(desk)
    copy = copied(hq, desk)
    for one in (desk, copy):
        index.install(one.database)
    ours, theirs = taken(desk, "门禁坏了"), taken(copy, "电梯异响")
    assert ours.number == theirs.number
    desk.sync()
    assert code_of(copy) == "desk-forked"
    enrol_anew(hq, copy, site)
    report = copy.sync()
    letter = copy.database.identity.desk_letter
    new = copy.value(Ticket, theirs.ticket_id, "number")
    assert new.startswith(f"{letter}-")
    assert report.renumbered == [(ours.number, new)]
    assert copy.pending() == 0
    settle(desk, copy)
    same(desk, copy)
    now = copy.database.clock()
    trouble = copy.database.read(number_trouble, now)
    assert [(one.old, one.new) for one in trouble.renumbered] == [(ours.number, new)]
    assert trouble.doubles == ()
    for one in (desk, copy):
        assert one.value(Ticket, ours.ticket_id, "number") == ours.number
        told = one.database.read(ticket_timeline, theirs.ticket_id)[-1]
        assert ours.number in told.text
        hits = one.database.read(search.find, ours.number)
        assert {hit.id for hit in hits} >= {ours.ticket_id, theirs.ticket_id}
        assert set(one.database.read(tickets_of_number, ours.number)) == {ours.ticket_id, theirs.ticket_id}
    assert desk.sync().renumbered == copy.sync().renumbered == []


def test_two_living_tickets_with_one_number_are_shown(two: Two) -> None:
    first, second = two
    ids = {desk.add_ticket("A-261122-0001") for desk in two}
    settle(first, second)
    for desk in two:
        index.install(desk.database)
        assert desk.database.read(number_trouble, desk.database.clock()).doubles == ("A-261122-0001",)
        assert set(desk.database.read(tickets_of_number, "A-261122-0001")) == ids


def due(desk: TestDesk) -> str:
    """A callback that is due."""

    def change(work: Work) -> str:
        row = Callback(kind="ticket", due_on=work.now.date(), state="due", reason="complaint")
        return str(work.add(row).id)

    return str(desk.write(change))


def test_one_number_on_two_callback_sheets_is_told_apart(hq: TestHq, site: str) -> None:
    """Results are entered by a sheet's lines: with another's among them they went to the wrong people."""
    desk = hq.desk(site)
    ours, moved, theirs, also = [due(desk) for _ in range(4)]
    settle(desk)
    copy = copied(hq, desk)
    number = desk.write(lambda work: callbacks.make_sheet(work, [ours, moved]))
    assert copy.write(lambda work: callbacks.make_sheet(work, [theirs, also])) == number
    copy.write(lambda work: printing.record_sheet_print(work, number, "a4"))
    desk.sync()
    assert code_of(copy) == "desk-forked"
    enrol_anew(hq, copy, site)
    report = copy.sync()
    letter = copy.database.identity.desk_letter
    new = copy.value(Callback, theirs, "sheet_no")
    assert new.startswith(f"HF-{letter}-")
    assert report.renumbered == [(number, new)]
    settle(desk, copy)
    same(desk, copy)
    for one in (desk, copy):
        found = {row_id: one.value(Callback, row_id, "sheet_no") for row_id in (ours, moved, theirs, also)}
        assert found == {ours: number, moved: number, theirs: new, also: new}
        with one.database.reading() as session:
            assert session.scalars(select(PrintRecord.sheet_no)).all() == [new]
    trouble = copy.database.read(number_trouble, copy.database.clock())
    assert [(one.old, one.new) for one in trouble.renumbered] == [(number, new)]
    desk.write(lambda work: callbacks.make_sheet(work, [theirs]))  # which is its own now
    settle(desk, copy)
    assert desk.sync().renumbered == copy.sync().renumbered == []
