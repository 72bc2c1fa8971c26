"""The first fill of a desk from headquarters' snapshot: complete, resumable, never in the way of own work."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from models.entities import Building, Ticket
from models.errors import DomainError
from models.search import index, schema
from models.search.tickets import matching_tickets
from sync.client import snapshot_load
from sync.client.local import SKIPPED, SNAPSHOT, Plain
from sync.server import snapshot_rows
from sync.snapshots import Block
from tests.sync.parts import TestDesk, TestHq, batch_of, same, settle
from tests.sync.snapshot_parts import (
    ROWS,
    add_tickets,
    asked,
    die_at_every_commit,
    small_parts,
    with_snapshots,
)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    small_parts(monkeypatch)


@pytest.fixture
def filled(hq: TestHq, site: str) -> TestDesk:
    """A desk whose tickets are at headquarters, which keeps a snapshot of them."""
    with_snapshots(hq)
    desk = hq.desk(site)
    add_tickets(desk, ROWS)
    settle(desk)
    assert hq.snapshots is not None
    hq.snapshots.make(site)
    return desk


def schema_is_current(session: Session) -> bool:
    return schema.is_current(session.connection())


def fact(desk: TestDesk, name: str) -> object:
    with desk.database.reading() as session:
        return Plain(session).fact(name)


@pytest.mark.both_databases
def test_a_new_desk_gets_everything_out_of_the_snapshot_and_goes_on_from_its_cursor(
    hq: TestHq, site: str, filled: TestDesk
) -> None:
    new = hq.desk(site)
    steps: list[tuple[int, int]] = []
    with asked(new.link) as parts:
        report = new.engine.run_once(progress=lambda done, total: steps.append((done, total)))
    assert len({number for number, _ in parts}) >= 5
    assert steps[0][0] == 0
    assert steps[-1][0] == steps[-1][1] > ROWS
    assert sorted(steps) == steps
    assert report.is_equal is True
    assert not report.is_repaired
    assert "ticket" in report.changes
    assert all(not reply.rows for reply in new.link.replies[:-1])
    assert new.link.requests[0].cursor > 0
    assert fact(new, SNAPSHOT) is None
    settle(filled, new)
    same(filled, new)


def test_a_desk_that_dies_at_every_commit_loads_each_block_once_and_ends_equal(
    hq: TestHq, site: str, filled: TestDesk
) -> None:
    new = hq.desk(site)
    with asked(new.link) as parts:
        deaths = die_at_every_commit(new)
    assert deaths > 30, "not one block, one commit"
    assert parts == sorted(parts), "it began anew instead of going on"
    assert new.sync().is_equal is True
    settle(filled, new)
    same(filled, new)


def test_what_another_desk_sends_during_the_fill_is_not_lost_between_snapshot_and_pull(
    hq: TestHq, site: str, filled: TestDesk
) -> None:
    ids = [str(row[0]) for row in filled.rows("ticket")]
    new = hq.desk(site)

    def meanwhile(done: int, _total: int) -> None:
        at = done // 50
        filled.edit(Ticket, ids[at], matter=f"第{at}次改")
        filled.add_ticket(f"新-{at}")
        if filled.value(Ticket, ids[-at - 1], "deleted") is None:
            filled.delete(Ticket, ids[-at - 1])
        filled.sync()

    new.engine.run_once(progress=meanwhile)
    assert new.value(Ticket, ids[3], "matter") == "第3次改"
    assert new.sync().is_equal is True
    settle(filled, new)
    same(filled, new)


@pytest.mark.both_databases
def test_what_another_desk_sends_while_the_snapshot_is_made_is_not_lost(
    hq: TestHq, site: str, filled: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots = hq.snapshots
    assert snapshots is not None
    turns = iter(range(10_000))

    def meanwhile() -> None:
        at = next(turns)
        if at % 6 == 0:
            filled.add_ticket(f"新-{at}")
            filled.add_building(f"新{at}")
            filled.sync()

    monkeypatch.setattr(snapshots, "_give_way", meanwhile)
    manifest = snapshots.make(site)
    monkeypatch.undo()
    assert manifest.rows < sum(len(rows) for rows in filled.everything().values())
    new = hq.desk(site)
    report = new.sync()
    assert report.is_equal is True
    assert not report.is_repaired
    assert {row[6] for row in new.rows("ticket")} == {row[6] for row in filled.rows("ticket")}
    settle(filled, new)
    same(filled, new)


def test_a_clerk_works_during_the_fill_and_nothing_of_it_is_overwritten(
    hq: TestHq, site: str, filled: TestDesk
) -> None:
    ids = [str(row[0]) for row in filled.rows("ticket") if row[5] is None]
    own = hq.profile()
    new = hq.desk(site, own)
    mine = new.add_building("9")
    made: list[str] = []

    def work(done: int, _total: int) -> None:
        made.append(new.add_ticket(f"B-{done}"))
        here = [str(row[0]) for row in new.rows("ticket") if row[5] is None and row[0] in ids]
        if here:
            new.edit(Ticket, here[-1], place="我改的")
            new.delete(Ticket, here[0])

    new.engine.run_once(progress=work)
    settle(new, filled)
    same(filled, new)
    assert filled.value(Building, mine, "name") == "9栋"
    assert {filled.value(Ticket, row_id, "number") for row_id in made} == {
        new.value(Ticket, row_id, "number") for row_id in made
    }
    assert len(made) > 10
    edited = [row_id for row_id in ids if filled.value(Ticket, row_id, "place") == "我改的"]
    assert edited
    assert any(filled.value(Ticket, row_id, "deleted") for row_id in ids)


def test_what_a_clerk_edited_in_a_block_that_comes_once_more_stays(
    hq: TestHq, site: str, filled: TestDesk
) -> None:
    """Loaded, edited here, then the snapshot is replaced and the row comes again."""
    new = hq.desk(site)
    assert new.engine.run_once(lambda: len(new.rows("ticket")) >= 100).is_stopped
    loaded = next(str(row[0]) for row in new.rows("ticket") if row[5] is None)
    new.edit(Ticket, loaded, matter="前台刚改", place="也改了")
    filled.edit(Ticket, loaded, caller_name="别处改的")
    filled.sync()
    assert hq.snapshots is not None
    hq.snapshots.make(site)
    assert new.sync().is_equal is True
    assert new.value(Ticket, loaded, "matter") == "前台刚改"
    assert new.value(Ticket, loaded, "caller_name") == "别处改的"
    settle(filled, new)
    same(filled, new)


def test_a_desk_that_comes_back_as_another_one_sends_only_what_headquarters_lacks(
    hq: TestHq, site: str, filled: TestDesk
) -> None:
    back = hq.desk(site, hq.profile())
    settle(back, filled)
    ids = [str(row[0]) for row in back.rows("ticket") if row[5] is None]
    back.edit(Ticket, ids[0], matter="断网时改的")
    lone = back.add_ticket("B-1")
    filled.edit(Ticket, ids[1], matter="总部更新的")
    filled.sync()
    again = hq.desk(site, back.database)
    report = again.sync()
    sent = {row[0] for request in again.link.requests for rows in batch_of(request).rows for row in rows.rows}
    assert {ids[0], lone} <= sent
    assert len(sent) < 10, "rows that headquarters has just as they are went up again"
    assert report.is_equal is True
    assert filled.sync().is_equal is True
    assert filled.value(Ticket, ids[0], "matter") == "断网时改的"
    assert again.value(Ticket, ids[1], "matter") == "总部更新的"
    same(filled, again)


def test_a_site_of_many_deleted_rows_fills_without_a_question(hq: TestHq, site: str) -> None:
    with_snapshots(hq)
    first = hq.desk(site)
    ids = add_tickets(first, 200)
    for row_id in ids:
        if first.value(Ticket, row_id, "deleted") is None:
            first.delete(Ticket, row_id)
    settle(first)
    new = hq.desk(site)
    assert new.sync().is_equal is True
    same(first, new)


def test_a_snapshot_that_deletes_much_of_what_is_here_stops_and_asks(
    hq: TestHq, site: str, filled: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_rows, "BLOCK_ROWS", 125)
    new = hq.desk(site)
    assert new.engine.run_once(lambda: len(new.rows("ticket")) >= 250).is_stopped
    for row in filled.rows("ticket"):
        if row[5] is None:
            filled.delete(Ticket, str(row[0]))
    filled.sync()
    assert hq.snapshots is not None
    hq.snapshots.make(site)
    with pytest.raises(DomainError, match="sync-mass-deletion"):
        new.sync()
    assert new.engine.run_once(is_agreed=True).is_equal is True
    same(filled, new)


def test_search_finds_what_was_filled_at_once(hq: TestHq, site: str, filled: TestDesk) -> None:
    new = hq.desk(site)
    index.install(new.database)
    new.sync()
    with new.database.reading() as session:
        found = set(matching_tickets(session, "漏水"))
    assert found == {row[0] for row in new.rows("ticket") if row[5] is None}
    assert new.database.read(schema_is_current)


def test_fields_and_tables_of_a_newer_headquarters_wait_and_those_of_an_older_one_are_filled_in(
    two: tuple[TestDesk, TestDesk],
) -> None:
    desk, _ = two
    stamp = desk.database.stamps.next()
    values: dict[str, list[Any]] = {"id": ["a" * 32], "stamp": [stamp], "code": ["7"], "name": ["七栋"]}
    newer = Block("building", 1, {**values, "colour": ["红"]})
    older = Block("ticket", 1, {"id": ["b" * 32], "stamp": [stamp], "number": ["Z-1"], "matter": [None]})
    with desk.database.pulling("test") as work:
        for block in (newer, older, Block("robot", 1, {"id": ["c" * 32], "stamp": [stamp]})):
            snapshot_load.load(work, block, is_agreed=False)
        assert Plain(work.session).fact(SKIPPED) == ["robot"]
    assert desk.value(Building, "a" * 32, "extra") == '{"colour":"红"}'
    assert desk.value(Building, "a" * 32, "name") == "七栋"
    assert desk.value(Ticket, "b" * 32, "suspended_ms") == 0
    assert desk.value(Ticket, "b" * 32, "matter") == ""
