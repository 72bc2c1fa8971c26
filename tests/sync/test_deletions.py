"""A deletion holds against what its author saw, desk by desk, and against nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from unittest.mock import patch

import pytest

from models.entities import Building
from models.entities.synced import DESK_MASK, SEEN
from models.errors import DomainError
from models.queries import conflict_list
from sync.client.exchange import clock_of
from sync.client.local import Plain
from sync.client.outbox import fold
from sync.clock import HEADQUARTERS, desk_of, make_stamp
from tests.sync.parts import TestDesk, TestHq, lost, same, settle
from tests.sync.test_copies import copied, enrol_anew

Two = tuple[TestDesk, TestDesk]
pytestmark = pytest.mark.both_databases


def is_deleted(desk: TestDesk, building: str) -> bool:
    return desk.value(Building, building, "deleted") is not None


def shared_building(two: Two) -> str:
    building = two[0].add_building("3")
    settle(*two)
    return building


def test_the_author_of_a_stamp_is_where_the_outbox_looks_for_it() -> None:
    assert desk_of(make_stamp(5, 6, 7)) == make_stamp(5, 6, 7) & DESK_MASK == 7
    assert DESK_MASK == HEADQUARTERS


def test_a_deletion_does_not_cover_an_unseen_edit_below_the_deleting_desks_own(two: Two) -> None:
    """What its author knew was one stamp, the highest in the row: their own, above the other desk's."""
    first, second = two
    building = shared_building(two)
    second.edit(Building, building, name="别人没见过")
    first.edit(Building, building, note="自己后写的")
    first.delete(Building, building)
    settle(*two)
    assert not is_deleted(first, building)
    assert (first.value(Building, building, "name"), first.value(Building, building, "note")) == (
        "别人没见过",
        "自己后写的",
    )
    (revived,) = first.database.read(conflict_list.conflicts)
    assert (revived.reason, revived.kept_by) == ("revived", "B · 系统"), "who wrote what brought it back"
    same(*two)


def test_a_deletion_holds_that_saw_the_others_edit_below_its_own(two: Two) -> None:
    first, second = two
    building = shared_building(two)
    second.edit(Building, building, name="见过")
    settle(*two)
    first.edit(Building, building, note="自己后写的")
    first.delete(Building, building)
    settle(*two)
    assert is_deleted(first, building)
    assert first.database.read(conflict_list.conflicts) == []
    same(*two)


def test_a_second_deletion_says_what_its_author_had_learned_since() -> None:
    """Deleted, an edit of another desk heard of, brought back and deleted again, all of it waiting."""
    entries = [
        {"deleted": 50, "deleted@1?": 50, "deleted?": 0},
        {"deleted": 60, "deleted@1?": 50, "deleted@2?": 60, "name": 40, "deleted?": 55},
        {"deleted": 70, "deleted@1?": 70, "deleted?": 0},
    ]
    folded = fold(("building", "a", json.dumps(one)) for one in entries)
    assert folded["building", "a"].fields == {
        "name": 40,
        "deleted": 70,
        "deleted@1?": 70,
        "deleted@2?": 60,
        "deleted?": 0,
    }


def delete_by_one_stamp(desk: TestDesk, building: str) -> None:
    """As a desk of 0.1.0 does."""

    def highest(created: int, stamps: Iterable[int]) -> dict[str, int]:
        return {"deleted": max([created, *stamps])}

    with patch("models.entities.synced.seen_in_row", highest):
        desk.delete(Building, building)


def test_a_desk_of_the_old_kind_deletes_by_its_one_stamp(two: Two) -> None:
    first, second = two
    building, other = shared_building(two), shared_building(two)
    delete_by_one_stamp(first, building)
    delete_by_one_stamp(first, other)
    second.edit(Building, other, name="没见过")
    settle(*two)
    assert is_deleted(second, building)
    assert not is_deleted(second, other)
    same(*two)


def test_deletions_of_the_old_and_of_the_new_kind_meet(two: Two) -> None:
    first, second = two
    building = shared_building(two)
    delete_by_one_stamp(first, building)
    second.delete(Building, building)
    settle(*two)
    assert is_deleted(first, building)
    second.edit(Building, building, deleted=None)
    settle(*two)
    assert not is_deleted(first, building)
    same(*two)


def test_a_deletion_of_a_clock_days_ahead_covers_nothing_that_others_write_until_then(
    hq: TestHq, two: Two
) -> None:
    first, second = two
    building = shared_building(two)
    clock = first.database.stamps
    clock.observe(make_stamp(hq.store.clock.now() + 5 * 86_400_000, 0, 0))
    first.edit(Building, building, note="五天之后")
    first.delete(Building, building)
    second.edit(Building, building, name="没见过")
    settle(*two)
    assert not is_deleted(first, building)
    first.delete(Building, building)
    settle(*two)
    assert is_deleted(second, building)
    same(*two)


def test_a_deletion_repeated_after_a_lost_answer_covers_no_more(two: Two) -> None:
    first, second = two
    building = shared_building(two)
    first.edit(Building, building, note="自己的")
    first.delete(Building, building)
    first.link.after = lost()
    with pytest.raises(DomainError):
        first.sync()
    first.link.after = lambda *_: None
    second.edit(Building, building, name="没见过")
    settle(*two)
    assert not is_deleted(first, building)
    same(*two)


def test_a_copied_file_that_deleted_had_not_seen_what_its_twin_wrote_under_their_number(
    hq: TestHq, site: str, two: Two
) -> None:
    """Its own edit, never sent, bore the same number and a higher stamp."""
    first, second = two
    building = shared_building(two)
    copy = copied(hq, first)
    first.edit(Building, building, name="原本写的")
    copy.edit(Building, building, note="副本写的")
    copy.delete(Building, building)
    settle(*two)
    with pytest.raises(DomainError):
        copy.sync()
    enrol_anew(hq, copy, site)
    with copy.database.reading() as session:
        waits = Plain(session).all("SELECT fields FROM outbox WHERE fields LIKE '%deleted?%'")
    assert all(any(name.startswith(SEEN) for name in json.loads(row[0])) for row in waits)
    settle(first, second, copy)
    assert not is_deleted(second, building)
    same(first, second, copy)


@pytest.mark.parametrize("batch", range(1, 4))
def test_a_row_deleted_brought_back_and_deleted_again_in_batches_says_what_its_author_saw(
    two: Two, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch ended between the two: the row went up as deleted, with one stamp for all that had been seen,
    as of a desk of 0.1.0 (seed 776389)."""
    first, second = two
    building = shared_building(two)
    second.edit(Building, building, name="没人见过")
    second.sync()
    first.edit(Building, building, note="自己的")
    first.delete(Building, building)
    first.edit(Building, building, deleted=None)
    first.delete(Building, building)
    monkeypatch.setattr("sync.client.exchange.LARGEST_BATCH", batch)
    first.engine.exchange.batch = batch
    settle(*two)
    assert not is_deleted(first, building)
    assert first.value(Building, building, "name") == "没人见过"
    same(*two)


def test_a_copied_file_that_holds_stamps_of_the_future_covers_nothing_by_them(
    hq: TestHq, site: str, two: Two
) -> None:
    """Its original sent the row and got stamps of the true time for it, and edited on below those that the
    copy still held (seed 702775)."""
    first, second = two
    clock = clock_of(first.database)
    clock.observe(make_stamp(clock.now() + 900_000, 0, 0))
    building = first.add_building("3")
    copy = copied(hq, first)
    settle(first, second)
    clock = clock_of(first.database)  # another one, since the file was opened again
    assert not clock.is_ahead(clock.now())
    first.edit(Building, building, note="副本没见过")
    settle(first, second)
    with pytest.raises(DomainError):
        copy.sync()
    enrol_anew(hq, copy, site)
    copy.delete(Building, building)
    settle(copy, first, second)
    assert not is_deleted(first, building)
    assert first.value(Building, building, "note") == "副本没见过"
    assert [row[2] for row in first.conflicts() if row[5] == "revived"] == ["deleted"]
    same(first, second, copy)


def test_a_copied_file_that_deleted_all_it_saw_deletes_under_its_new_number(
    hq: TestHq, site: str, two: Two
) -> None:
    first, second = two
    building = shared_building(two)
    copy = copied(hq, first)
    first.add_building("4")
    copy.edit(Building, building, note="副本写的")
    copy.delete(Building, building)
    settle(*two)
    with pytest.raises(DomainError):
        copy.sync()
    enrol_anew(hq, copy, site)
    settle(first, second, copy)
    assert is_deleted(second, building)
    same(first, second, copy)
