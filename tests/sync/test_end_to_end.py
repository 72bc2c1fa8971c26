"""Two desks of one site, a second site, and a real headquarters that is restarted and killed."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Integer, Table, select

from models.entities import Building, Ticket
from models.entities.synced import META_FIELDS, new_id, synced_tables
from models.entities.types import DayType, InstantType, JsonType
from models.errors import DomainError
from models.queries import conflict_list
from models.queries.conflict_list import ConflictFilter
from models.services import attachments, conflicts
from models.services.blob_store import BlobStore
from models.work import SYSTEM, Work
from sync.client import digests
from sync.client.attachments import Attachments
from sync.client.engine import Engine
from sync.client.local import CURSOR, Plain
from sync.protocol import CHUNK, BlobState, CompareRequest, SyncReply, SyncRequest
from sync.server.database import HqDatabase
from sync.server.pull import sums_of_rows
from sync.server.tables import SITE_TABLES
from tests.sync.parts import HqProcess, TestDesk, same, settle
from tests.sync.test_processes import a_row_of

pytestmark = pytest.mark.both_databases
HISTORIES = {name for name, table in SITE_TABLES.items() if table.is_history}


@dataclass
class World:
    """A headquarters process, desks A and B of one site and a desk of another."""

    hq: HqProcess
    first: TestDesk
    second: TestDesk
    other: TestDesk

    def settle(self) -> None:
        settle(self.first, self.second, self.other)

    def check(self) -> None:
        """Both desks and headquarters hold the same rows: asked over the wire with each table's sums, and
        counted from headquarters' own rows; the other site has none of them."""
        same(self.first, self.second)
        for desk in (self.first, self.second, self.other):
            with desk.database.reading() as session:
                plain = Plain(session)
                assert digests.wrong(plain) == []
                question = CompareRequest(int(plain.fact(CURSOR, 0)), digests.packed_sums(plain))
                mine = digests.counted(plain)
            assert desk.link.compare(question).buckets == {}
            database = HqDatabase(self.hq.database)
            with database.surveying() as connection:
                theirs = sums_of_rows(connection, desk.database.identity.site_id)
            database.close()
            assert {name: sums.packed() for name, sums in theirs.items()} == {
                name: sums.packed() for name, sums in mine.items()
            }


@pytest.fixture
def world(hq_process: HqProcess, tmp_path: Path) -> Iterator[World]:
    for name in ("阳光花园", "月亮湾"):
        hq_process.add_site(name)
    desks = [
        hq_process.desk(site, tmp_path / f"{name}.db")
        for name, site in (("first", "阳光花园"), ("second", "阳光花园"), ("other", "月亮湾"))
    ]
    made = World(hq_process, *desks)
    made.settle()
    yield made
    for desk in desks:
        desk.link.close()
        desk.database.close()


# -- every table --------------------------------------------------------------------------------------


def change_of(table: Table) -> dict[str, Any]:
    """A field without a parent, with another value of its type than `a_row_of` gives; nothing for a history
    and for a row that only ties two others."""
    if table.name in HISTORIES:
        return {}
    for column in table.c:
        if column.name in META_FIELDS or column.foreign_keys:
            continue
        if isinstance(column.type, (InstantType, DayType, JsonType)):
            continue
        if isinstance(column.type, Boolean):
            return {column.name: False}
        return {column.name: 4321 if isinstance(column.type, Integer) else "改"}
    return {}


def test_a_row_of_every_table_travels_is_edited_over_there_and_deleted(world: World) -> None:
    ids = {table.name: new_id() for table in synced_tables()}

    def make(work: Work) -> None:
        for table in synced_tables():
            work.bulk_insert(table, [a_row_of(table, ids)])

    def edit(work: Work) -> None:
        for table in synced_tables():
            if change_of(table):
                work.bulk_update(table, {ids[table.name]: change_of(table)})

    def delete(work: Work) -> None:
        for table in reversed(synced_tables()):
            if table.name not in HISTORIES:
                work.bulk_update(table, {ids[table.name]: {"deleted": 1}})

    world.first.write(make)
    world.settle()
    world.check()
    world.second.write(edit)
    world.hq.stop()
    world.hq.start()
    world.settle()
    world.check()
    edited = [table for table in synced_tables() if change_of(table)]
    assert len(edited) == len(synced_tables()) - len(HISTORIES) - 1, "all but resident_tag"
    for table in edited:
        ((name, value),) = change_of(table).items()
        with world.first.database.reading() as session:
            chosen = select(table.c[name]).where(table.c.id == ids[table.name])
            assert session.execute(chosen).scalar_one() == value, table.name
    world.first.write(delete)
    world.settle()
    world.check()
    for table in synced_tables():
        gone = [row[5] for row in world.second.rows(table.name) if row[0] == ids[table.name]]
        assert (gone[0] is not None) is (table.name not in HISTORIES), table.name
        assert not {row[0] for row in world.other.rows(table.name)} & set(ids.values()), table.name
    assert world.first.conflicts() == world.second.conflicts()
    lines = (world.hq.folder / "hq.log").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["status"] for line in lines if line.startswith("{")} == {200}
    assert not [line for line in lines if "Traceback" in line]


# -- killed in the middle -----------------------------------------------------------------------------


class KillingLink:
    """Kills headquarters some milliseconds into a request."""

    def __init__(self, link: Any, hq: HqProcess) -> None:
        self._link = link
        self._hq = hq
        self.delays = [0.002, 0.008, 0.03]
        self.faults: list[str] = []

    def sync(self, request: SyncRequest) -> SyncReply:
        if not self.delays:
            reply: SyncReply = self._link.sync(request)
            return reply
        killer = threading.Timer(self.delays.pop(), self._hq.stop, kwargs={"is_killed": True})
        killer.start()
        try:
            reply = self._link.sync(request)
        except DomainError as error:
            self.faults.append(error.code)
            raise
        finally:
            killer.join()
        return reply

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)


def test_headquarters_killed_in_the_middle_of_rounds_loses_and_doubles_nothing(world: World) -> None:
    building = world.first.add_building("3")
    table = Ticket.metadata.tables["room"]

    def fill(work: Work) -> None:
        rows = [
            {"id": new_id(), "building_id": building, "code": f"3-1-{n}", "number": str(n)}
            for n in range(1_500)
        ]
        work.bulk_insert(table, rows)

    world.first.write(fill)
    link = KillingLink(world.first.link, world.hq)
    world.first.engine = Engine(world.first.database, link)
    world.first.engine.exchange.batch = 200
    while link.delays:
        try:
            world.first.sync()
        except DomainError as error:
            assert error.code in {"hq-silent", "hq-unreachable", "hq-cut"}
        if world.second.rows("building"):
            world.second.edit(Building, building, name=f"还剩{len(link.delays)}次")
        world.hq.start()
        world.second.sync()
    assert link.faults
    world.settle()
    assert len(world.second.rows("room")) == 1_500
    world.check()


# -- attachments --------------------------------------------------------------------------------------


class BreakingLink:
    """Headquarters is killed after one chunk and comes back; counts the bytes sent."""

    def __init__(self, link: Any, hq: HqProcess) -> None:
        self._link = link
        self._hq = hq
        self.offsets: list[int] = []

    def blob_put(self, name: str, offset: int, chunk: bytes) -> BlobState:
        state: BlobState = self._link.blob_put(name, offset, chunk)
        self.offsets.append(offset)
        if len(self.offsets) == 1:
            self._hq.stop(is_killed=True)
        return state

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)


def test_attachments_go_both_ways_and_on_where_they_were_cut(world: World, tmp_path: Path) -> None:
    stores = {desk: BlobStore(tmp_path / f"blobs{n}") for n, desk in enumerate("ab")}
    content = bytes(range(251)) * (3 * CHUNK // 251)
    ticket = world.first.add_ticket("A-261121-0001", state="in_progress")
    mine = stores["a"].put_bytes(content)
    world.first.database.write(SYSTEM, attachments.add, ticket, mine, name="漏水.mp4")
    link = BreakingLink(world.first.link, world.hq)
    sender = Attachments(world.first.database, stores["a"])
    world.first.engine = Engine(world.first.database, link, attachments=sender)
    assert world.first.sync().attachment_fault is not None, "the rows went through, the content did not"
    world.hq.start()
    assert world.first.sync().uploaded == 1
    assert link.offsets == [0, CHUNK, 2 * CHUNK], "no chunk twice"
    world.second.sync()
    theirs = Attachments(world.second.database, stores["b"])
    assert theirs.fetch(world.second.link, mine.sha256).read_bytes() == content
    back = stores["b"].put_bytes(b"done " * 1_000)
    world.second.database.write(SYSTEM, attachments.add, ticket, back, name="修好.jpg")
    world.second.engine = Engine(world.second.database, world.second.link, attachments=theirs)
    assert world.second.sync().uploaded == 1
    world.first.sync()
    assert sender.fetch(world.first.link, back.sha256).read_bytes() == b"done " * 1_000
    with pytest.raises(DomainError) as caught:
        Attachments(world.other.database, BlobStore(tmp_path / "c")).fetch(world.other.link, mine.sha256)
    assert caught.value.code == "blob-unknown"
    world.settle()
    world.check()


# -- conflicts ----------------------------------------------------------------------------------------


def test_a_conflict_is_recorded_shown_taken_back_and_the_second_decision_told(world: World) -> None:
    ticket = world.first.add_ticket("A-261121-0001", state="dispatched", place="厨房")
    world.settle()
    world.first.edit(Ticket, ticket, place="厨房水槽")
    world.second.edit(Ticket, ticket, place="厨房地面")
    world.settle()
    world.check()
    for desk in (world.first, world.second):
        (item,) = desk.database.read(conflict_list.conflicts)
        assert (item.table, item.field) == ("ticket", "place")
        assert (item.kept_value, item.lost_value) == ("厨房地面", "厨房水槽")
    assert world.other.database.read(conflict_list.conflicts) == []
    world.second.database.write(SYSTEM, conflicts.take_back, item.id)
    world.settle()
    world.check()
    for desk in (world.first, world.second):
        assert desk.value(Ticket, ticket, "place") == "厨房水槽"
        assert desk.database.read(conflict_list.conflicts) == []
        (settled,) = desk.database.read(conflict_list.conflicts, ConflictFilter("settled"))
        assert settled.state == conflicts.TAKEN_BACK
    with pytest.raises(DomainError) as caught:
        world.first.database.write(SYSTEM, conflicts.take_back, item.id)
    assert caught.value.code == "conflict-settled"


def test_one_change_too_large_for_any_request_does_not_hold_up_the_rest(world: World) -> None:
    """Found in review: such a row stood at the head of the outbox for ever."""
    noise = random.Random(5).randbytes(5 * 1024 * 1024).hex()
    building = world.first.add_building("3")
    world.settle()
    ticket = world.first.add_ticket("A-261121-0001", expectation=noise)
    world.first.edit(Building, building, note=noise)
    world.first.add_building("4")
    for _ in range(12):
        try:
            world.first.sync()
        except DomainError as error:
            assert error.code == "body-too-large"
        if not world.first.pending():
            break
    world.settle()
    assert [row[6] for row in world.second.rows("building")] == ["3", "4"]
    assert world.second.value(Building, building, "note") is None
    assert world.second.value(Ticket, ticket, "id") is None
    refused = world.first.database.read(conflict_list.refused)
    assert {("ticket", ticket), ("building", building)} <= {(one.table, one.row_id) for one in refused}
    assert {one.code for one in refused} == {"bad-value"}
    world.first.edit(Ticket, ticket, expectation="短")
    world.settle()
    assert world.second.value(Ticket, ticket, "expectation") == "短"
    assert {one.table for one in world.first.database.read(conflict_list.refused)} == {"building"}
    with world.first.database.reading() as session:
        assert digests.wrong(Plain(session)) == []
    report = world.first.sync()
    assert (report.is_equal, report.is_repaired) == (True, False)
