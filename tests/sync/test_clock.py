"""Stamps only grow, whatever the clocks do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.entities.synced import new_id, synced_tables
from models.work import SYSTEM, Work
from sync.clock import (
    COUNTER_LIMIT,
    HEADQUARTERS,
    LAPS,
    TOLERANCE_MS,
    Clock,
    desk_of,
    make_stamp,
    parts_of,
    wall_milliseconds,
)
from tests.sync.parts import TestDesk, TestHq, fresh_file, settle

building = next(table for table in synced_tables() if table.name == "building")


class Wall:
    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@given(st.integers(0, (1 << 44) - 1), st.integers(0, COUNTER_LIMIT - 1), st.integers(0, HEADQUARTERS))
def test_a_stamp_is_63_bits_and_gives_its_parts_back(ms: int, counter: int, desk: int) -> None:
    stamp = make_stamp(ms, counter, desk)
    assert 0 <= stamp < 1 << 63
    assert parts_of(stamp) == (ms, counter, desk)
    assert desk_of(stamp) == desk


@given(st.lists(st.integers(-100_000, 100_000), max_size=60))
def test_stamps_grow_while_the_clock_jumps(jumps: list[int]) -> None:
    wall = Wall()
    clock = Clock(3, wall=wall)
    last = 0
    for jump in jumps:
        wall.now += jump
        stamp = clock.next()
        assert stamp > last
        last = stamp


def test_more_stamps_than_a_millisecond_has_room_for() -> None:
    clock = Clock(3, wall=Wall())
    stamps = [clock.next() for _ in range(5 * COUNTER_LIMIT)]
    assert stamps == sorted(set(stamps))


def test_a_restart_with_the_clock_set_back_repeats_no_stamp() -> None:
    wall = Wall()
    first = Clock(3, wall=wall)
    used = [first.next() for _ in range(5)]
    wall.now -= 86_400_000
    assert Clock(3, last=used[-1], wall=wall).next() > used[-1]


def test_what_came_from_elsewhere_is_outstripped() -> None:
    clock = Clock(3, wall=Wall())
    foreign = make_stamp(1_700_000_500_000, 7, 9)
    clock.observe(foreign)
    assert clock.next() > foreign


def test_the_offset_is_learned_from_headquarters() -> None:
    wall = Wall()
    clock = Clock(3, wall=wall)
    clock.learn(server_ms=wall.now + 7_200_000, sent_ms=wall.now - 20, received_ms=wall.now + 20)
    assert clock.offset == 7_200_000
    assert parts_of(clock.next()).ms == wall.now + 7_200_000


def test_a_clock_that_ran_a_year_ahead_comes_back_but_never_below_headquarters() -> None:
    wall = Wall()
    wall.now += 365 * 86_400_000
    clock = Clock(3, wall=wall)
    ahead = clock.next()
    truth = wall.now - 365 * 86_400_000
    clock.learn(truth, wall.now, wall.now)
    clock.let_back(truth)
    assert make_stamp(truth, 0, 0) < clock.next() < ahead


def test_a_slow_answer_does_not_push_a_right_clock_about() -> None:
    wall = Wall()
    clock = Clock(3, wall=wall)
    clock.learn(server_ms=wall.now + 10, sent_ms=wall.now, received_ms=wall.now + 900)
    assert clock.offset == 0
    clock.learn(server_ms=wall.now + 5_000, sent_ms=wall.now, received_ms=wall.now + 100)
    assert clock.offset == 4_950


def test_a_clock_a_little_ahead_does_not_go_back() -> None:
    wall = Wall()
    clock = Clock(3, wall=wall)
    last = clock.next()
    clock.learn(wall.now - TOLERANCE_MS + 1, wall.now, wall.now)
    assert clock.let_back(wall.now - TOLERANCE_MS + 1) is None
    assert clock.next() > last


def test_threads_never_share_a_stamp() -> None:
    clock = Clock(3)
    with ThreadPoolExecutor(8) as pool:
        stamps = list(pool.map(lambda _: clock.next(), range(4_000)))
    assert len(set(stamps)) == 4_000


moves = st.lists(
    st.tuples(
        st.sampled_from(["write", "jump", "answer", "restart", "other process"]),
        st.sampled_from([0, 1, 1, 2, 60_000, 180_000, 400_000, 1_800_000]),
    ),
    max_size=40,
)


@given(moves)
def test_a_clock_that_is_let_back_time_and_again_gives_no_stamp_twice(steps: list[tuple[str, int]]) -> None:
    """Through the same milliseconds once more, by two programs on one file, started anew at any time."""
    wall, file, given = Wall(), [0], []
    programs = [Clock(3, wall=wall), Clock(3, wall=wall)]
    turns = 0
    for what, by in steps:
        program = programs[0]
        program.follow(file[0])
        if what == "write":
            given.append(program.next())
            file[0] = given[-1]
        elif what == "jump":
            wall.now += by
        elif what == "restart":
            programs[0] = Clock(3, last=file[0], wall=wall)
        elif what == "other process":
            programs.reverse()
        else:
            program.learn(wall.now - by, wall.now, wall.now)
            if turns < LAPS - 2 and (kept := program.let_back(wall.now - by)) is not None:
                file[0], turns = kept, turns + 1
    assert len(set(given)) == len(given)


@given(st.lists(st.integers(0, 3), min_size=1))
def test_headquarters_never_gives_a_stamp_that_its_desk_may_give(steps: list[int]) -> None:
    wall = Wall()
    desk, headquarters = Clock(3, wall=wall), Clock(HEADQUARTERS, wall=wall)
    own, named = set(), set()
    for step in steps:
        wall.now += step
        own.add(parts_of(desk.next())[:2])
        named.add(parts_of(headquarters.next())[:2])
        if step == 3:
            desk.observe(headquarters.last)
            headquarters.observe(desk.last)
    assert not own & named


@pytest.mark.parametrize("desk", [3, HEADQUARTERS])
def test_a_hundred_thousand_stamps_at_once_run_a_few_seconds_ahead(desk: int) -> None:
    """One lap has 32 of a millisecond's counters. A write takes one stamp however many rows it makes, so
    this is a hundred thousand writes that were made, or are stamped anew, within a single millisecond."""
    wall = Wall()
    clock = Clock(desk, wall=wall)
    for _ in range(100_000):
        last = clock.next()
    assert parts_of(last).ms - wall.now <= 100_000 * LAPS // COUNTER_LIMIT < TOLERANCE_MS // 10
    wall.now += 3_200
    assert parts_of(clock.next()).ms == wall.now


def test_headquarters_takes_a_first_upload_by_the_stamps_it_came_with(hq: TestHq, site: str) -> None:
    """A register brought in at once, and many edits within one millisecond: nothing is stamped anew."""
    frozen = wall_milliseconds()
    profile = fresh_file(
        hq.folder / "profile.db", make_stamps=lambda desk, last: Clock(desk, last, wall=lambda: frozen)
    )
    rows = [{"id": new_id(), "code": str(n), "name": f"{n}栋"} for n in range(3_000)]
    profile.write(SYSTEM, Work.bulk_insert, building, rows)
    for row in rows[:200]:
        profile.write(SYSTEM, Work.bulk_update, building, {row["id"]: {"note": "新"}})
    desk = hq.desk(site, profile)
    before = stamps_of(desk)
    assert len({stamp for stamp, _ in before.values()}) == 1
    assert len({fields for _, fields in before.values() if fields}) == 200
    settle(desk)
    assert stamps_of(desk) == before
    assert parts_of(int(profile.stamps.next())).ms - frozen < TOLERANCE_MS // 10


def stamps_of(desk: TestDesk) -> dict[str, tuple[int, str | None]]:
    with desk.database.reading() as session:
        found = session.connection().exec_driver_sql("SELECT id, stamp, field_stamps FROM building")
        return {row[0]: (row[1], row[2]) for row in found}


def test_laps_go_on_where_the_file_was_left() -> None:
    wall = Wall()
    first = Clock(3, wall=wall)
    wall.now += 5 * 86_400_000
    first.next()
    truth = wall.now - 5 * 86_400_000
    first.learn(truth, wall.now, wall.now)
    kept = first.let_back(truth)
    assert kept is not None
    assert parts_of(kept).counter % LAPS == 1
    again = Clock(3, last=kept, wall=wall)
    assert parts_of(again.next()).counter % LAPS == 1
