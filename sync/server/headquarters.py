"""What the handlers of headquarters share: its store, its attachments, and the workers that block."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from litestar import Request
from litestar.datastructures import State

from models.errors import DomainError
from sync.server.blobs import BlobStore
from sync.server.store import Store

WORKERS = 8
"""Requests worked on at once; the rest wait in order."""
MAX_WAITING = 400
ENROL_TRIES = 10
ENROL_WINDOW_S = 600.0
T = TypeVar("T")
Requested = Request[Any, Any, State]


@dataclass
class Attempts:
    """Wrong codes of one address within the window; too many, and it must wait."""

    times: dict[str, deque[float]] = field(default_factory=dict)

    def check(self, address: str, now: float) -> None:
        """Raises ``DomainError("enrol-too-many")``."""
        recent = self.times.get(address, deque())
        while recent and recent[0] < now - ENROL_WINDOW_S:
            recent.popleft()
        if not recent:
            self.times.pop(address, None)
        if len(recent) >= ENROL_TRIES:
            raise DomainError("enrol-too-many", seconds=int(recent[0] + ENROL_WINDOW_S - now) + 1)

    def failed(self, address: str, now: float) -> None:
        if len(self.times) > 10_000:
            self.times.clear()
        self.times.setdefault(address, deque()).append(now)


@dataclass
class Headquarters:
    """One for an application; handlers find it with `headquarters`."""

    store: Store
    blobs: BlobStore
    limiter: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(WORKERS))
    attempts: Attempts = field(default_factory=Attempts)

    async def work(self, job: Callable[[], T]) -> T:
        """Run a blocking job on a worker thread; raises ``hq-busy`` when too many wait already."""
        if self.limiter.statistics().tasks_waiting > MAX_WAITING:
            raise DomainError("hq-busy", seconds=5)
        return await anyio.to_thread.run_sync(job, limiter=self.limiter)


def headquarters(request: Requested) -> Headquarters:
    return request.app.state["hq"]  # type: ignore[no-any-return]
