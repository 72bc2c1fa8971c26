"""Headquarters came back from a backup: each desk takes what it has from its snapshot and gives it what the
backup lacks, whatever dies on the way."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest
from sqlalchemy import update

from models.entities import Building, Ticket
from models.errors import DomainError
from sync.server.database import HqDatabase
from sync.server.tables import hq_site, hq_state
from tests.sync.parts import TestDesk, TestHq, batch_of, same, settle
from tests.sync.snapshot_parts import ROWS, add_tickets, die_at_every_commit, small_parts, with_snapshots

Copy = Callable[[str], str]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    small_parts(monkeypatch)


@pytest.fixture
def desks(hq: TestHq, site: str) -> tuple[TestDesk, TestDesk]:
    """Two desks that agree with headquarters, which keeps snapshots."""
    with_snapshots(hq)
    first, second = hq.desk(site), hq.desk(site)
    add_tickets(first, ROWS)
    settle(first, second)
    return first, second


def backup(hq: TestHq, copy: Copy) -> str:
    """The URL of a copy of headquarters' database as it is."""
    url = hq.store.database.url
    hq.store.database.close()  # the last one out writes the log back into the file
    kept = copy(url)
    reopen(hq, url)
    return kept


def restore(hq: TestHq, kept: str) -> None:
    hq.store.database.close()
    reopen(hq, kept)
    epoch = secrets.token_hex(8)
    with hq.store.database.administering() as connection:
        connection.execute(update(hq_state).where(hq_state.c.key == "epoch").values(value=epoch))
    hq.store.database.epoch = epoch


def reopen(hq: TestHq, url: str) -> None:
    if hq.snapshots is not None:
        hq.snapshots.close()
    hq.store.database = HqDatabase(url)
    snapshots = with_snapshots(hq)
    for desk in hq.desks:
        desk.link.snapshots = snapshots


def change(desk: TestDesk, ids: list[str], start: int) -> str:
    """Some of everything since the backup; gives the id of a new building."""
    for row_id in ids[start : start + 5]:
        desk.edit(Ticket, row_id, place=f"备份后改的 {start}")
    desk.delete(Ticket, ids[start + 5])
    desk.add_ticket(f"后-{start}")
    return desk.add_building(f"B{start}")


@pytest.mark.both_databases
def test_only_what_the_backup_lacks_goes_up_again(
    hq: TestHq, desks: tuple[TestDesk, TestDesk], hq_copy: Copy
) -> None:
    first, second = desks
    ids = [str(row[0]) for row in first.rows("ticket") if row[5] is None]
    kept = backup(hq, hq_copy)
    building = change(first, ids, 0)
    settle(first, second)
    unsent = change(second, ids, 20)
    restore(hq, kept)
    first.link.requests.clear()
    settle(first, second)
    same(first, second)
    sent = {row[0] for request in first.link.requests for rows in batch_of(request).rows for row in rows.rows}
    assert {ids[0], ids[5], building} <= sent
    assert len(sent) < 40, "rows that headquarters has went up again"
    assert second.value(Building, building, "code") == "B0"
    assert first.value(Building, unsent, "code") == "B20"
    assert first.value(Ticket, ids[0], "place") == "备份后改的 0"
    assert first.value(Ticket, ids[20], "place") == "备份后改的 20"
    assert first.value(Ticket, ids[5], "deleted") is not None
    assert first.conflicts() == []


@pytest.mark.parametrize("has_snapshots", [True, False], ids=["snapshot", "pages"])
def test_a_desk_that_dies_at_every_commit_of_it_loses_nothing(
    hq: TestHq, desks: tuple[TestDesk, TestDesk], hq_copy: Copy, has_snapshots: bool
) -> None:
    first, second = desks
    ids = [str(row[0]) for row in first.rows("ticket") if row[5] is None]
    kept = backup(hq, hq_copy)
    building = change(first, ids, 0)
    settle(first, second)
    unsent = change(first, ids, 20)
    change(second, ids, 40)
    restore(hq, kept)
    if not has_snapshots:
        first.link.snapshots = second.link.snapshots = None
    deaths = die_at_every_commit(first)
    assert deaths > (20 if has_snapshots else 6)
    die_at_every_commit(second)
    settle(first, second)
    same(first, second)
    for at in (0, 20, 40):
        assert second.value(Ticket, ids[at], "place") == f"备份后改的 {at}"
        assert first.value(Ticket, ids[at + 5], "deleted") is not None
    assert second.value(Building, building, "code") == "B0"
    assert second.value(Building, unsent, "code") == "B20"
    assert first.pending() == second.pending() == 0


def test_restored_once_more_while_a_desk_is_at_it(
    hq: TestHq, desks: tuple[TestDesk, TestDesk], hq_copy: Copy
) -> None:
    first, second = desks
    ids = [str(row[0]) for row in first.rows("ticket") if row[5] is None]
    kept = backup(hq, hq_copy)
    change(first, ids, 0)
    settle(first, second)
    restore(hq, kept)
    kept = backup(hq, hq_copy)
    known = first.link.snapshot_part
    parts: list[int] = []

    def part(*asked: int) -> tuple[bytes, int]:
        parts.append(asked[1])
        if len(parts) == 3:
            raise DomainError("hq-unreachable")
        found: tuple[bytes, int] = known(*asked)
        return found

    first.link.snapshot_part = part
    with pytest.raises(DomainError, match="hq-unreachable"):
        first.sync()
    restore(hq, kept)
    settle(first, second)
    same(first, second)
    assert second.value(Ticket, ids[0], "place") == "备份后改的 0"


def test_what_only_a_half_filled_desk_still_has_is_not_loaded_over(
    hq: TestHq, site: str, desks: tuple[TestDesk, TestDesk], hq_copy: Copy
) -> None:
    """The desk that made a change is lost together with headquarters; the new one had loaded it already."""
    first, second = desks
    ids = [str(row[0]) for row in first.rows("ticket") if row[5] is None]
    new = hq.desk(site)
    kept = backup(hq, hq_copy)
    change(first, ids, 0)
    settle(first)
    assert hq.snapshots is not None
    hq.snapshots.make(site)
    assert new.engine.run_once(lambda: len(new.rows("ticket")) >= 300).is_stopped
    assert new.value(Ticket, ids[0], "place") == "备份后改的 0"
    restore(hq, kept)
    settle(new, second)
    same(new, second)
    assert second.value(Ticket, ids[0], "place") == "备份后改的 0"
    assert second.value(Ticket, ids[5], "deleted") is not None


def test_a_new_desk_whose_headquarters_is_restored_in_the_middle_of_its_fill(
    hq: TestHq, site: str, desks: tuple[TestDesk, TestDesk], hq_copy: Copy
) -> None:
    """What it had loaded is newer than the backup: it goes up, as from any other desk."""
    first, second = desks
    kept = backup(hq, hq_copy)
    ids = [str(row[0]) for row in first.rows("ticket") if row[5] is None]
    change(first, ids, 0)
    late = add_tickets(first, 60, "B")
    settle(first, second)
    assert hq.snapshots is not None
    hq.snapshots.make(site)
    new = hq.desk(site)
    assert new.engine.run_once(lambda: len(new.rows("ticket")) > ROWS + 50).is_stopped
    restore(hq, kept)
    with pytest.raises(DomainError, match="token-unknown"):
        new.sync()  # the backup is older than the desk itself: it enrols once more
    again = hq.desk(site, new.database)
    settle(again, second)
    assert second.value(Ticket, late[50], "number") == "B-261121-0050"
    settle(first, second, again)
    same(first, second, again)


def test_a_deletion_undone_since_the_backup_is_not_done_again_by_an_old_file(
    hq: TestHq, site: str, desks: tuple[TestDesk, TestDesk], hq_copy: Copy
) -> None:
    """The row looked like the backup's, and nobody told that it had been deleted and brought back: the file
    that knew the deletion only had it deleted again (seed 400094)."""
    first, second = desks
    late = hq.desk(site)
    building = first.add_building("B9")
    settle(first, second, late)
    kept = backup(hq, hq_copy)
    first.delete(Building, building)
    settle(first, late)
    second.sync()
    second.edit(Building, building, deleted=None)
    settle(second, first)
    restore(hq, kept)
    with hq.store.database.administering() as connection:
        connection.execute(update(hq_site).values(desk_floor=20))  # as `backup.restore` does
    settle(first, second)
    settle(late, first, second)
    assert first.value(Building, building, "deleted") is None
    same(first, second, late)
