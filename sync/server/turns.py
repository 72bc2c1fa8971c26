"""Whose request is worked on next: one of each site in turn, never many of one site, never more than fit."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sync.server.limits import Limits, Memory, busy

PATIENCE_S = 3.0
"""A request that does not fit into memory is passed over for so long; then the others wait for it."""


@dataclass(eq=False)
class _Waiting:
    key: str
    cost: int
    since: float
    called: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Turns:
    """A waiting room with a queue for each caller; all on the event loop's thread."""

    def __init__(self, limits: Limits, now: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._now = limits, now
        self._memory = Memory(limits.worked_bytes, 1.0)
        self._queues: OrderedDict[str, deque[_Waiting]] = OrderedDict()
        self._running: dict[str, int] = {}
        self.working = 0
        self.waiting = 0

    async def take(self, key: str, cost: int) -> None:
        """Wait for a worker; ``cost`` are the bytes the work may need. Raises ``hq-busy``.

        Whoever has taken a turn must `leave`.
        """
        queue = self._queues.get(key)
        if self.waiting >= self._limits.waiting or (queue and len(queue) >= self._limits.waiting_per_site):
            raise busy(self.waiting)
        one = _Waiting(key, cost, self._now())
        self._queues.setdefault(key, deque()).append(one)
        self.waiting += 1
        self._call()
        try:
            await one.called
        except asyncio.CancelledError:
            if one.called.done() and not one.called.cancelled():
                self.leave(key, cost)  # called and cancelled at once
            elif one in self._queues.get(key, ()):
                self._drop(one)
            raise

    def leave(self, key: str, cost: int) -> None:
        self.working -= 1
        self._memory.give_back(key, cost)
        left = self._running[key] - 1
        if left:
            self._running[key] = left
        else:
            del self._running[key]
        self._call()

    def _call(self) -> None:
        """Call who is next while there are workers free, going round the callers."""
        while self.working < self._limits.workers:
            one = self._next()
            if one is None:
                return
            self._drop(one)
            if one.called.cancelled():
                continue  # its caller has gone and does not know it yet
            self.working += 1
            self._running[one.key] = self._running.get(one.key, 0) + 1
            self._memory.take(one.key, one.cost)
            if one.key in self._queues:
                self._queues.move_to_end(one.key)
            one.called.set_result(None)

    def _next(self) -> _Waiting | None:
        for key, queue in self._queues.items():
            if self._running.get(key, 0) >= self._limits.workers_per_site:
                continue
            first = queue[0]
            if self._memory.fits(key, first.cost):
                return first
            if self._now() - first.since > PATIENCE_S:
                return None
        return None

    def _drop(self, one: _Waiting) -> None:
        queue = self._queues[one.key]
        queue.remove(one)
        self.waiting -= 1
        if not queue:
            del self._queues[one.key]
