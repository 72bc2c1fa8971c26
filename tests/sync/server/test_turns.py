"""Whose turn it is: sites go round, one never has many, and what waits is bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from models.errors import DomainError
from sync.server import turns
from sync.server.limits import Buckets, KnownTokens, Limits, Memory, busy
from sync.server.turns import Turns


class Hand:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 10))


class Worker:
    """Requests that end when they are told to, and the order in which they were called."""

    def __init__(self, **limits: Any) -> None:
        self.hand = Hand()
        self.turns = Turns(Limits(**limits), self.hand)
        self.called: list[str] = []
        self.most: dict[str, int] = {}
        self._now: dict[str, int] = {}

    def send(self, key: str, cost: int = 1) -> asyncio.Task[None]:
        return asyncio.create_task(self._one(key, cost))

    async def _one(self, key: str, cost: int) -> None:
        await self.turns.take(key, cost)
        self.called.append(key)
        self._now[key] = self._now.get(key, 0) + 1
        self.most[key] = max(self.most.get(key, 0), self._now[key])
        await asyncio.sleep(0.001)
        self._now[key] -= 1
        self.turns.leave(key, cost)


def test_a_flood_of_one_site_lets_the_others_through() -> None:
    async def test() -> None:
        worker = Worker(workers=2, workers_per_site=1, waiting=100, waiting_per_site=60)
        flood = [worker.send("a") for _ in range(50)]
        await asyncio.sleep(0)
        others = [worker.send(key) for key in "bcd"]
        await asyncio.gather(*flood, *others)
        assert set(worker.called[:8]) == set("abcd"), "each of the few came within the first turns"
        assert worker.most["a"] == 1
        assert (worker.turns.waiting, worker.turns.working) == (0, 0)

    run(test())


def test_workers_are_not_left_idle_for_fairness() -> None:
    async def test() -> None:
        worker = Worker(workers=4, workers_per_site=2)
        await asyncio.gather(*(worker.send("a") for _ in range(10)))
        assert worker.most["a"] == 2
        assert worker.turns.working == 0

    run(test())


def test_a_full_room_turns_away_whoever_comes_and_one_site_cannot_fill_it() -> None:
    async def test() -> None:
        worker = Worker(workers=1, waiting=5, waiting_per_site=3)
        tasks = [worker.send("a") for _ in range(4)]
        await asyncio.sleep(0)
        with pytest.raises(DomainError) as caught:
            await worker.turns.take("a", 1)
        assert caught.value.code == "hq-busy"
        tasks += [worker.send("b") for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(DomainError):
            await worker.turns.take("c", 1)
        await asyncio.gather(*tasks)
        assert sorted(worker.called) == ["a"] * 4 + ["b"] * 2

    run(test())


def test_what_does_not_fit_waits_for_memory_but_not_for_ever() -> None:
    async def test() -> None:
        worker = Worker(workers=3, worked_bytes=100)
        await worker.turns.take("large", 80)
        second = worker.send("other", 80)
        small = worker.send("small", 10)
        await asyncio.sleep(0.01)
        assert worker.called == ["small"], "a small one passes a large one"
        await small
        worker.hand.at += turns.PATIENCE_S + 1
        late = worker.send("late", 10)
        await asyncio.sleep(0.01)
        assert worker.called == ["small"], "nobody passes one that has waited long"
        worker.turns.leave("large", 80)
        await asyncio.gather(second, late)
        assert worker.called == ["small", "other", "late"]

    run(test())


def test_a_request_larger_than_all_memory_still_gets_its_turn_alone() -> None:
    async def test() -> None:
        worker = Worker(workers=3, worked_bytes=100)
        await asyncio.gather(worker.send("huge", 5_000), worker.send("small", 10))
        assert sorted(worker.called) == ["huge", "small"]

    run(test())


def test_whoever_hangs_up_while_waiting_leaves_no_trace() -> None:
    async def test() -> None:
        worker = Worker(workers=1)
        await worker.turns.take("a", 1)
        gone, stays = worker.send("b"), worker.send("b")
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        assert worker.turns.waiting == 1
        worker.turns.leave("a", 1)
        await stays
        await worker.turns.take("a", 1)
        gone_as_called = worker.send("c")
        await asyncio.sleep(0)
        worker.turns.leave("a", 1)
        gone_as_called.cancel()
        await asyncio.sleep(0.01)
        assert (worker.turns.waiting, worker.turns.working) == (0, 0), "called and gone at once"

    run(test())


def test_whoever_hangs_up_as_the_turn_before_ends_takes_no_worker_along() -> None:
    async def test() -> None:
        turns = Turns(Limits(workers=1))
        await turns.take("a", 1)
        gone, next_one = (asyncio.create_task(turns.take(key, 1)) for key in "bc")
        await asyncio.sleep(0)
        gone.cancel()
        turns.leave("a", 1)  # before the one that was cancelled got to know it
        with pytest.raises(asyncio.CancelledError):
            await gone
        await next_one
        assert (turns.waiting, turns.working) == (0, 1)
        turns.leave("c", 1)
        assert (turns.waiting, turns.working) == (0, 0)

    run(test())


def test_busy_asks_for_more_time_the_longer_the_queue_and_for_no_two_the_same() -> None:
    def seconds(waiting: int) -> list[int]:
        return [int(str(busy(waiting).values["seconds"])) for _ in range(300)]

    short, long = seconds(0), seconds(400)
    assert min(short) >= 2
    assert sum(long) > 3 * sum(short)
    assert len(set(long)) > 15


def test_a_bucket_allows_a_burst_and_then_its_rate() -> None:
    hand = Hand()
    buckets = Buckets(2.0, 5, hand)
    assert [buckets.take("a") > 0 for _ in range(7)] == [False] * 5 + [True] * 2
    assert buckets.take("a") == pytest.approx(0.5)
    assert buckets.take("b") == 0, "each caller has its own"
    hand.at += 1.01
    assert [buckets.take("a") > 0 for _ in range(3)] == [False, False, True]
    buckets.give_back("a")
    assert buckets.take("a") == 0


def test_what_a_token_is_good_for_is_remembered_for_a_while() -> None:
    hand = Hand()
    known = KnownTokens(10.0, hand)
    known.learn("t", "site")
    assert known.site_of("t") == "site"
    hand.at += 11
    assert known.site_of("t") is None
    known.learn("t", "site")
    known.forget("t")
    assert known.site_of("t") is None
    for number in range(20_100):
        known.learn(str(number), "site")
    assert known.site_of("0") is None
    assert known.site_of("20099") == "site"


def test_memory_is_shared() -> None:
    memory = Memory(100, 0.5)
    assert memory.fits("a", 500), "alone"
    memory.take("a", 40)
    assert not memory.fits("a", 20), "more than its share"
    assert memory.fits("b", 60)
    memory.take("b", 60)
    assert not memory.fits("c", 1)
    memory.give_back("a", 40)
    memory.give_back("b", 60)
    assert (memory.used, memory.by_key) == (0, {})
