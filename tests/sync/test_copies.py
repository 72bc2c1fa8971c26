"""A desk's file that was carried to another computer: it is told apart, stays told apart, and its tickets
keep to their own numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from models.database import Database
from models.errors import DomainError
from models.queries import sync_state
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
