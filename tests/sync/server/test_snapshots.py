"""Headquarters' side of a snapshot: made whole or not at all, made anew when due, bound to its site."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select, update

from models.entities import Building
from models.errors import DomainError
from sync.server.snapshot import FORGOTTEN_S, MANIFEST, STALE_ROWS, Snapshots
from sync.server.tables import hq_site, hq_snapshot
from sync.snapshots import PIECE, SnapshotReply, name_of, unpack
from tests.sync.parts import TestDesk, TestHq, settle
from tests.sync.snapshot_parts import add_tickets, small_parts, with_snapshots


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    small_parts(monkeypatch)


class Hours:
    """A monotonic clock that stands until it is moved."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def snapshots(hq: TestHq, hours: Hours) -> Snapshots:
    return with_snapshots(hq, monotonic=hours)


@pytest.fixture
def desk(hq: TestHq, site: str, snapshots: Snapshots) -> TestDesk:
    desk = hq.desk(site)
    add_tickets(desk, 150)
    settle(desk)
    return desk


def folder(snapshots: Snapshots, site: str) -> Path:
    return snapshots._folder / site / "snapshot"


def come(snapshots: Snapshots, site: str) -> SnapshotReply:
    """What is offered once nothing is being made."""
    for _ in range(1_000):
        reply = snapshots.offer(site)
        if not reply.is_building:
            return reply
        time.sleep(0.01)
    raise AssertionError("it never gets ready")


def whole(snapshots: Snapshots, site: str, reply: SnapshotReply, number: int) -> bytes:
    return snapshots.part(site, reply.id, number, 0, PIECE)[0]


def move_on(hq: TestHq, site: str, numbers: int) -> None:
    """As if so many changes had come in."""
    with hq.store.database.writing(site) as connection:
        connection.execute(
            update(hq_site).where(hq_site.c.site_id == site).values(seq=hq_site.c.seq + numbers)
        )


def test_it_holds_every_row_of_the_site_once(
    hq: TestHq, site: str, desk: TestDesk, snapshots: Snapshots
) -> None:
    reply = come(snapshots, site)
    blocks = [
        block.opened()
        for number in range(len(reply.parts))
        for block in unpack(whole(snapshots, site, reply, number))
    ]
    found = {(block.table, row_id) for block in blocks for row_id in block.columns["id"]}
    mine = {(name, row[0]) for name, rows in desk.everything().items() for row in rows}
    assert found == mine
    assert reply.rows == sum(block.count for block in blocks) == len(mine)
    assert [part.rows for part in reply.parts] == [
        sum(block.count for block in unpack(whole(snapshots, site, reply, number)))
        for number in range(len(reply.parts))
    ]
    assert blocks[-1].table == "operation_log", "histories come last"
    assert reply.epoch == hq.store.database.epoch
    assert max(row[2] for rows in desk.everything().values() for row in rows) <= reply.highest


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights otherwise")
def test_nobody_else_on_the_machine_reads_it(
    hq: TestHq, site: str, desk: TestDesk, snapshots: Snapshots
) -> None:
    """All residents of the site lie in it, as in a backup."""
    place = folder(snapshots, site) / come(snapshots, site).id
    assert place.stat().st_mode & 0o077 == 0


def test_a_piece_is_given_from_any_place_and_never_too_much(
    site: str, desk: TestDesk, snapshots: Snapshots
) -> None:
    reply = come(snapshots, site)
    body = whole(snapshots, site, reply, 1)
    assert name_of(body) == reply.parts[1].sha256
    assert snapshots.part(site, reply.id, 1, 100, 50) == (body[100:150], len(body))
    assert snapshots.part(site, reply.id, 1, len(body) + 9, 50) == (b"", len(body))
    assert snapshots.part(site, reply.id, 1, -5, 10**12)[0] == body
    for number in (-1, len(reply.parts), 10**9):
        with pytest.raises(DomainError, match="snapshot-gone"):
            snapshots.part(site, reply.id, number, 0, 10)


def test_a_small_site_has_none(hq: TestHq, snapshots: Snapshots) -> None:
    other = hq.add_site("小区")
    desk = hq.desk(other)
    desk.add_building("1")
    settle(desk)
    assert snapshots.offer(other) == SnapshotReply()
    move_on(hq, other, 500)  # few rows, though often changed
    assert come(snapshots, other) == SnapshotReply()
    assert not snapshots.is_building(other)
    assert snapshots.offer(other) == SnapshotReply()


@pytest.mark.parametrize(
    "name", ["{id}", "../{site}/snapshot/{id}", "..", "", "{id}/", "%2e%2e", "{id}.making"]
)
def test_another_site_s_snapshot_does_not_exist(
    hq: TestHq, site: str, desk: TestDesk, snapshots: Snapshots, name: str
) -> None:
    reply = come(snapshots, site)
    other = hq.add_site("别处")
    with pytest.raises(DomainError, match="snapshot-gone"):
        snapshots.part(other, name.format(id=reply.id, site=site), 0, 0, 10)


def test_it_is_made_anew_when_much_has_changed_and_only_then(
    hq: TestHq, site: str, desk: TestDesk, snapshots: Snapshots
) -> None:
    first = come(snapshots, site)
    move_on(hq, site, STALE_ROWS)
    assert snapshots.offer(site) == first
    move_on(hq, site, 1)
    assert snapshots.offer(site).is_building
    second = come(snapshots, site)
    assert second.id != first.id
    assert second.cursor == first.cursor + STALE_ROWS + 1


def test_it_is_kept_ready_as_changes_come_in(
    hq: TestHq, site: str, desk: TestDesk, snapshots: Snapshots
) -> None:
    snapshots.note(site, 99)
    assert not snapshots.is_building(site)
    snapshots.note(site, 400)
    first = come(snapshots, site)
    snapshots.note(site, first.cursor + STALE_ROWS)
    assert not snapshots.is_building(site)
    move_on(hq, site, STALE_ROWS + 1)
    snapshots.note(site, first.cursor + STALE_ROWS + 1)
    assert snapshots.is_building(site)
    second = come(snapshots, site)
    snapshots.note(site, second.cursor + 1)
    assert not snapshots.is_building(site)


def test_one_at_a_time_is_made_however_many_ask(
    site: str, desk: TestDesk, snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    makers: list[str] = []
    known = snapshots.make

    def make(site_id: str) -> SnapshotReply:
        makers.append(threading.current_thread().name)
        return known(site_id)

    monkeypatch.setattr(snapshots, "make", make)
    replies = [snapshots.offer(site) for _ in range(20)]
    assert all(reply.is_building for reply in replies)
    come(snapshots, site)
    assert len(makers) == 1
    assert makers[0] != threading.current_thread().name


def test_one_being_read_outlives_its_successor_and_goes_when_it_is_forgotten(
    hq: TestHq, site: str, desk: TestDesk, snapshots: Snapshots, hours: Hours
) -> None:
    first = snapshots.make(site)
    hours.now += FORGOTTEN_S - 1
    body = whole(snapshots, site, first, 0)
    hours.now += FORGOTTEN_S - 1
    second = snapshots.make(site)
    assert whole(snapshots, site, first, 0) == body
    hours.now += FORGOTTEN_S
    third = snapshots.make(site)
    assert {path.name for path in folder(snapshots, site).iterdir()} == {third.id}
    for gone in (first, second):
        with pytest.raises(DomainError, match="snapshot-gone"):
            whole(snapshots, site, gone, 0)


def test_a_crash_while_it_is_made_leaves_the_last_one_and_nothing_half(
    hq: TestHq, site: str, desk: TestDesk, snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch, hours: Hours
) -> None:
    first = snapshots.make(site)
    calls = iter(range(100))

    def die() -> None:
        if next(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(snapshots, "_give_way", die)
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)  # a process that is killed tidies nothing up
    with pytest.raises(KeyboardInterrupt):
        snapshots.make(site)
    monkeypatch.undo()
    small_parts(monkeypatch)
    again = Snapshots(hq.store.database, snapshots._folder, smallest=100, monotonic=hours)
    assert len(list(folder(snapshots, site).iterdir())) == 2
    assert again.offer(site) == first
    third = again.make(site)
    assert {path.name for path in folder(snapshots, site).iterdir()} == {third.id}
    again.close()


@pytest.mark.parametrize("step", ["files", "folder", "row"])
def test_a_crash_between_two_steps_leaves_a_snapshot_or_none(
    hq: TestHq, site: str, desk: TestDesk, snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    if step == "files":
        monkeypatch.setattr(Path, "replace", die)
    else:
        monkeypatch.setattr(snapshots, {"folder": "_point_at", "row": "_sweep"}[step], die)
    with pytest.raises(KeyboardInterrupt):
        snapshots.make(site)
    monkeypatch.undo()
    small_parts(monkeypatch)
    again = with_snapshots(hq)
    reply = come(again, site)
    assert reply.rows == sum(len(rows) for rows in desk.everything().values())
    for number in range(len(reply.parts)):
        assert name_of(whole(again, site, reply, number)) == reply.parts[number].sha256


def test_a_disk_that_is_full_leaves_the_last_one_in_use_and_is_not_tried_at_once_again(
    hq: TestHq, site: str, desk: TestDesk, snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch, hours: Hours
) -> None:
    first = snapshots.make(site)
    move_on(hq, site, STALE_ROWS + 1)
    tried: list[str] = []

    def full(_written: object) -> None:
        tried.append("")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sync.server.snapshot_rows.Written.close_part", full)
    assert come(snapshots, site) == first
    assert come(snapshots, site) == first
    assert len(tried) == 1
    assert {path.name for path in folder(snapshots, site).iterdir()} == {first.id}
    monkeypatch.undo()
    small_parts(monkeypatch)
    hours.now += 3_600
    assert come(snapshots, site).id != first.id


@pytest.mark.both_databases
def test_a_database_that_was_restored_does_not_know_what_was_made_after_its_backup(
    hq: TestHq, site: str, desk: TestDesk, snapshots: Snapshots
) -> None:
    """Nor one that was made by the headquarters before: its rows may be of another history."""
    made = snapshots.make(site)
    for change in ({"cursor": made.cursor + 1}, {"epoch": "before"}, {"snapshot_id": "f" * 32}):
        with hq.store.database.writing(site) as connection:
            connection.execute(update(hq_snapshot).where(hq_snapshot.c.site_id == site).values(change))
        before, made = made, come(snapshots, site)
        assert made.id != before.id, change
        with hq.store.database.reading(site) as connection:
            known = connection.execute(
                select(hq_snapshot.c.snapshot_id).where(hq_snapshot.c.site_id == site)
            ).scalar_one()
        assert known == made.id


def test_a_damaged_manifest_is_as_none(hq: TestHq, site: str, desk: TestDesk, snapshots: Snapshots) -> None:
    made = snapshots.make(site)
    (folder(snapshots, site) / made.id / MANIFEST).write_bytes(b"\xc1 no manifest")
    assert snapshots.offer(site).is_building
    assert come(snapshots, site).id != made.id


def test_ending_headquarters_does_not_wait_for_a_snapshot(
    site: str, desk: TestDesk, snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered = threading.Event()
    known = snapshots._give_way

    def slow() -> None:
        entered.set()
        time.sleep(0.02)
        known()

    monkeypatch.setattr(snapshots, "_give_way", slow)
    assert snapshots.offer(site).is_building
    assert entered.wait(10)
    snapshots.close()
    assert not snapshots.is_building(site)
    assert snapshots.offer(site) == SnapshotReply()
    assert not list(folder(snapshots, site).glob("*/0*"))


def test_long_texts_are_divided_into_blocks_that_a_desk_can_unpack(
    hq: TestHq, site: str, desk: TestDesk, snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.snapshot_rows.BLOCK_PLAIN", 20_000)
    for at in range(12):
        desk.add_building(f"L{at}", note="长" * 5_000)
    settle(desk)
    reply = snapshots.make(site)
    blocks = [
        block.opened()
        for number in range(len(reply.parts))
        for block in unpack(whole(snapshots, site, reply, number))
    ]
    assert max(block.count for block in blocks if block.table == "building") <= 2
    new = hq.desk(site)
    assert new.sync().is_equal is True
    assert {row[7] for row in new.rows("building")} == {row[7] for row in desk.rows("building")}
    assert new.value(Building, str(desk.rows("building")[-1][0]), "note") == "长" * 5_000
