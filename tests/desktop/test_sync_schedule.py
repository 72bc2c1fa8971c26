"""A thousand desks that lose headquarters at one second do not come back at one second."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

import pytest

from desktop.sync_schedule import LONGEST_BACK_OFF_S, Schedule

DESKS = 1_000


@dataclass
class Hand:
    """The clock of a test."""

    at: float = 1_000.0

    def __call__(self) -> float:
        return self.at


def arrivals(back_at: float, asked: float | None, seed: int) -> Counter[int]:
    """Desks by the second in which each first finds headquarters again; all lost it at second 0."""
    counted: Counter[int] = Counter()
    for number in range(DESKS):
        hand = Hand(0.0)
        schedule = Schedule(60.0, random.Random(seed * DESKS + number).uniform, hand)
        while hand.at < back_at:
            schedule.failed(asked)
            hand.at += schedule.pause_s()
        counted[int(hand.at)] += 1
    return counted


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("back_at", [1.0, 60.0, 900.0, 36_000.0])
def test_desks_that_lost_headquarters_together_come_back_apart(back_at: float, seed: int) -> None:
    counted = arrivals(back_at, None, seed)
    assert sum(counted.values()) == DESKS
    assert max(counted.values()) < DESKS * 0.06
    assert max(counted) - min(counted) > 25


@pytest.mark.parametrize("seed", range(5))
def test_desks_that_are_all_asked_to_wait_as_long_come_back_apart(seed: int) -> None:
    counted = arrivals(1.0, 20.0, seed)
    assert min(counted) >= 20, "nobody before the time it was asked to stay away"
    assert max(counted.values()) < DESKS * 0.1


def test_the_wait_grows_and_has_an_end() -> None:
    schedule = Schedule(60.0, lambda _low, high: high, Hand())
    waits = []
    for _ in range(8):
        schedule.failed()
        waits.append(schedule.pause_s())
    assert waits == sorted(waits)
    assert waits[0] == 45.0
    assert waits[1:] == [LONGEST_BACK_OFF_S] * 7
    assert LONGEST_BACK_OFF_S == 60.0, "found in use: 128 s after two short outages"


def test_the_longest_wait_is_a_parameter_and_not_what_headquarters_asks_for() -> None:
    schedule = Schedule(60.0, lambda _low, high: high, Hand(), longest_s=20.0)
    for _ in range(3):
        schedule.failed()
    assert (schedule.pause_s(), schedule.is_asked) == (20.0, False)
    schedule.failed(100.0)
    assert (schedule.pause_s(), schedule.is_asked) == (300.0, True)


def test_a_wish_and_a_success_forget_the_wait() -> None:
    schedule = Schedule(60.0, lambda low, _high: low, Hand())
    schedule.failed(500.0)
    assert schedule.pause_s() >= 500.0
    assert not schedule.may_come_early()
    schedule.wished()
    assert schedule.may_come_early()
    assert schedule.pause_s() == pytest.approx(54.0)


def test_what_is_saved_meanwhile_waits_for_headquarters_but_not_for_the_line() -> None:
    hand = Hand()
    schedule = Schedule(60.0, lambda _low, high: high, hand)
    schedule.failed()
    hand.at += 31
    assert schedule.may_come_early(), "the line may be back, and there is something to send"
    schedule.failed(100.0)
    hand.at += 250
    assert not schedule.may_come_early(), "headquarters asked for time, and the desk's own share is added"
    hand.at += 51
    assert schedule.may_come_early()
