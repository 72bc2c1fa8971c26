"""What goes wrong on the way of a snapshot: cut lines, damaged files, one that is replaced or never comes."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from models.errors import DomainError
from sync.client import snapshot_parts as client_parts
from sync.protocol import BodyError
from sync.server.snapshot import Snapshots
from sync.snapshots import PackedBlock, SnapshotReply, pack, unpack
from tests.sync.parts import TestDesk, TestHq, same, settle
from tests.sync.snapshot_parts import ROWS, add_tickets, asked, small_parts, with_snapshots


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    small_parts(monkeypatch)
    monkeypatch.setattr(client_parts, "PIECE", 2_000)
    monkeypatch.setattr(client_parts, "SMALLEST_PIECE", 500)


@pytest.fixture
def snapshots(hq: TestHq) -> Snapshots:
    return with_snapshots(hq)


@pytest.fixture
def filled(hq: TestHq, site: str, snapshots: Snapshots) -> TestDesk:
    desk = hq.desk(site)
    add_tickets(desk, ROWS)
    settle(desk)
    snapshots.make(site)
    return desk


def part_files(snapshots: Snapshots, site: str, snapshot_id: str) -> list[Path]:
    return sorted((snapshots._folder / site / "snapshot" / snapshot_id).glob("0*"))


def forged(body: bytes) -> bytes:
    """Another part of the same length, which unpacks as well: one row has another id."""
    blocks = [block.opened() for block in unpack(body)]
    tickets = next(block for block in blocks if block.table == "ticket")
    ids = tickets.columns["id"]
    for end in range(0x10000):
        ids[7] = f"{ids[7][:28]}{end:04x}"
        found = pack(blocks)
        if len(found) == len(body) and found != body:
            return found
    raise AssertionError("no such part")


@pytest.mark.parametrize("columns", [{"id": ["a" * 32], "stamp": [1, 2]}, {"id": ["a" * 32]}, {"id": 7}])
def test_a_block_that_is_no_whole_one_is_refused_before_a_row_of_it_is_loaded(columns: Any) -> None:
    packed = PackedBlock("room", 1, msgspec.Raw(msgspec.msgpack.encode(columns)))
    with pytest.raises(BodyError):
        packed.opened()


def test_a_line_cut_again_and_again_is_asked_for_less_and_goes_on_where_it_was_cut(
    hq: TestHq, site: str, filled: TestDesk
) -> None:
    new = hq.desk(site)
    chance = random.Random(5)
    known = new.link.snapshot_part
    asked_for: list[tuple[int, int, int]] = []

    def cut(snapshot_id: str, number: int, offset: int, length: int) -> tuple[bytes, int]:
        asked_for.append((number, offset, length))
        if chance.random() < 0.3:
            raise DomainError(chance.choice(("hq-cut", "hq-timeout")))
        piece, size = known(snapshot_id, number, offset, length)
        return piece[: chance.randrange(1, len(piece) + 1)], size

    new.link.snapshot_part = cut
    for _ in range(50):
        try:
            report = new.sync()
            break
        except DomainError as error:
            assert error.code in {"hq-cut", "hq-timeout"}
    assert report.is_equal is True
    assert min(length for _, _, length in asked_for) < 2_000
    assert [number for number, _, _ in asked_for] == sorted(number for number, _, _ in asked_for)
    same(filled, new)


def test_a_part_damaged_at_headquarters_is_never_given_out_and_the_snapshot_is_made_anew(
    hq: TestHq, site: str, filled: TestDesk, snapshots: Snapshots
) -> None:
    first = snapshots.offer(site)
    spoilt = part_files(snapshots, site, first.id)[2]
    body = bytearray(spoilt.read_bytes())
    body[len(body) // 2] ^= 1
    spoilt.write_bytes(bytes(body))
    new = hq.desk(site)
    with asked(new.link) as parts:
        report = new.sync()
    assert [number for number, offset in parts if offset == 0][:4] == [0, 1, 2, 0]
    assert snapshots.offer(site).id != first.id
    assert report.is_equal is True
    assert not part_files(snapshots, site, first.id)
    same(filled, new)


@pytest.mark.parametrize("loss", ["missing", "short"])
def test_a_part_that_is_gone_or_cut_short_at_headquarters_does_not_stop_the_fill(
    hq: TestHq, site: str, filled: TestDesk, snapshots: Snapshots, loss: str
) -> None:
    spoilt = part_files(snapshots, site, snapshots.offer(site).id)[1]
    if loss == "missing":
        spoilt.unlink()
    else:
        spoilt.write_bytes(spoilt.read_bytes()[:-7])
    new = hq.desk(site)
    assert new.sync().is_equal is True
    same(filled, new)


@pytest.mark.parametrize("times", [1, 10**6], ids=["once", "always"])
def test_bytes_changed_on_the_way_are_found_by_their_hash(
    hq: TestHq, site: str, filled: TestDesk, times: int
) -> None:
    """Once: the part is fetched again. Always: page by page, whose rows come another way."""
    new = hq.desk(site)
    known = new.link.snapshot_part
    left = [times]
    manifest = new.link.snapshot()
    other = forged(known(manifest.id, 1, 0, 10**6)[0])

    def mangled(snapshot_id: str, number: int, offset: int, length: int) -> tuple[bytes, int]:
        piece, size = known(snapshot_id, number, offset, length)
        if number == 1 and left[0] > 0:
            left[0] -= offset + length >= size
            piece = other[offset : offset + length]
        return piece, size

    new.link.snapshot_part = mangled
    report = new.sync()
    assert report.is_equal is True
    assert not report.is_repaired
    assert (new.link.requests[0].cursor > 0) is (times == 1)
    same(filled, new)


def test_a_part_that_cannot_be_unpacked_leads_to_pages(
    hq: TestHq, site: str, filled: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.snapshot_rows.pack", lambda blocks: b"no part at all")
    assert hq.snapshots is not None
    hq.snapshots.make(site)
    new = hq.desk(site)
    assert new.sync().is_equal is True
    assert new.link.requests[0].cursor == 0
    same(filled, new)


def test_a_snapshot_replaced_half_way_is_read_to_its_end(
    hq: TestHq, site: str, filled: TestDesk, snapshots: Snapshots
) -> None:
    first = snapshots.offer(site).id
    new = hq.desk(site)
    seen: set[str] = set()
    known = new.link.snapshot_part

    def replaced(snapshot_id: str, *rest: int) -> tuple[bytes, int]:
        seen.add(snapshot_id)
        if rest[0] == 1 and rest[1] == 0:
            filled.add_building("新")
            filled.sync()
            snapshots.make(site)
        found: tuple[bytes, int] = known(snapshot_id, *rest)
        return found

    new.link.snapshot_part = replaced
    assert new.sync().is_equal is True
    assert seen == {first}
    same(filled, new)


def test_a_snapshot_taken_away_half_way_gives_way_to_the_next(
    hq: TestHq, site: str, filled: TestDesk, snapshots: Snapshots
) -> None:
    new = hq.desk(site)
    gone: list[str] = []
    known = new.link.snapshot_part

    def taken(snapshot_id: str, *rest: int) -> tuple[bytes, int]:
        if rest[0] == 2 and not gone:
            gone.append(snapshot_id)
            snapshots.drop(site, snapshot_id)
        found: tuple[bytes, int] = known(snapshot_id, *rest)
        return found

    new.link.snapshot_part = taken
    report = new.sync()
    assert report.is_equal is True
    assert not report.is_repaired
    same(filled, new)


def test_snapshots_that_vanish_again_and_again_do_not_hold_the_desk_for_ever(
    hq: TestHq, site: str, filled: TestDesk
) -> None:
    new = hq.desk(site)
    offers: list[int] = []
    known = new.link.snapshot

    def offer() -> SnapshotReply:
        offers.append(1)
        found: SnapshotReply = known()
        return found

    def gone(*_: Any) -> tuple[bytes, int]:
        raise DomainError("snapshot-gone")

    new.link.snapshot, new.link.snapshot_part = offer, gone
    report = new.sync()
    assert report.is_equal is True
    assert len(offers) == 3
    assert new.sync().is_equal is True
    assert len(offers) == 3, "it is asked for again after the pull has begun"
    same(filled, new)


@pytest.mark.parametrize("code", ["request-invalid", "hq-foreign", "hq-error"])
def test_a_headquarters_without_snapshots_fills_page_by_page(
    hq: TestHq, site: str, filled: TestDesk, code: str
) -> None:
    """0.1.0 answers 404; one that cannot make any answers 500; something in between may know no such path."""
    new = hq.desk(site)

    def none() -> SnapshotReply:
        raise DomainError(code)

    new.link.snapshot = none
    assert new.sync().is_equal is True
    assert new.link.requests[0].cursor == 0
    same(filled, new)


@pytest.mark.parametrize("code", ["hq-timeout", "hq-unreachable", "hq-busy", "desk-revoked"])
def test_a_headquarters_that_cannot_be_reached_is_asked_again_the_next_time(
    hq: TestHq, site: str, filled: TestDesk, code: str
) -> None:
    new = hq.desk(site)
    known = new.link.snapshot

    def away() -> SnapshotReply:
        raise DomainError(code)

    new.link.snapshot = away
    with pytest.raises(DomainError, match=code):
        new.sync()
    assert new.link.requests == []
    new.link.snapshot = known
    assert new.sync().is_equal is True
    assert new.link.requests[0].cursor > 0
    same(filled, new)


def test_a_snapshot_still_being_made_is_asked_for_until_it_is_there(
    hq: TestHq, site: str, filled: TestDesk
) -> None:
    new = hq.desk(site)
    known = new.link.snapshot
    answers = [SnapshotReply(is_building=True)] * 3
    new.link.snapshot = lambda: answers.pop() if answers else known()
    assert new.sync().is_equal is True
    assert not answers
    assert new.link.requests[0].cursor > 0


def test_a_headquarters_that_never_gets_ready_is_not_waited_for(
    hq: TestHq, site: str, filled: TestDesk
) -> None:
    new = hq.desk(site)
    new.link.snapshot = lambda: SnapshotReply(is_building=True)
    assert new.sync().is_equal is True
    assert new.link.requests[0].cursor == 0
    same(filled, new)


def test_stopped_in_the_middle_of_a_part_it_goes_on_there_later(
    hq: TestHq, site: str, filled: TestDesk
) -> None:
    new = hq.desk(site)
    with asked(new.link) as parts:
        report = new.engine.run_once(lambda: len(parts) >= 7)
        assert report.is_stopped
        assert "ticket" in report.changes
        first = len(parts)
        assert new.sync().is_equal is True
    numbers = [number for number, _ in parts]
    assert numbers[first - 1] <= numbers[first]
    assert numbers == sorted(numbers)
    same(filled, new)


@pytest.mark.parametrize("fails", [False, True])
def test_the_next_part_travels_while_the_last_is_loaded_and_never_two_at_once(
    hq: TestHq, site: str, filled: TestDesk, fails: bool
) -> None:
    new = hq.desk(site)
    new.engine._fetches_ahead = True
    known = new.link.snapshot_part
    running: list[int] = []
    ahead: list[int] = []

    def part(snapshot_id: str, number: int, offset: int, length: int) -> tuple[bytes, int]:
        running.append(number)
        assert len(running) == 1
        ahead.append(number)
        try:
            if fails and number == 3:
                raise DomainError("hq-unreachable")
            found: tuple[bytes, int] = known(snapshot_id, number, offset, length)
            return found
        finally:
            running.pop()

    new.link.snapshot_part = part
    at_first: list[int] = []

    def progress(done: int, _total: int) -> None:
        if done and not at_first:
            at_first.append(max(ahead))

    if fails:
        with pytest.raises(DomainError, match="hq-unreachable"):
            new.engine.run_once(progress=progress)
        fails = False
        new.link.snapshot_part = known
        new.engine._fetches_ahead = False
    report = new.engine.run_once(progress=progress)
    assert report.is_equal is True
    assert at_first[0] <= 1
    same(filled, new)
