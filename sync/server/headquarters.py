"""What the handlers of headquarters share: its store, its attachments, and the workers that block."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from litestar import Request
from litestar.datastructures import State

from sync.server.blob_upkeep import Upkeep
from sync.server.blobs import BlobStore
from sync.server.condition import Condition
from sync.server.limits import Attempts, Buckets, KnownTokens, Limits, Memory
from sync.server.metrics import Metrics
from sync.server.scheduled_backups import BackupHealth
from sync.server.snapshot import Snapshots
from sync.server.store import Store
from sync.server.tokens import TOKEN_DAYS
from sync.server.turns import Turns

T = TypeVar("T")
Requested = Request[Any, Any, State]


@dataclass
class Guest:
    """Who a request is from, as far as one can tell before asking the database, and what it may cost.

    ``key`` names the caller whose turns and memory it takes: a site's desks together, or one address.
    """

    key: str
    address: str = ""
    token: str = field(default="", repr=False)
    token_hash: str = ""
    is_known: bool = False
    cost: int = 0
    """Bytes that working on it may need."""
    held: int = 0
    """Bytes of its body and of its answer that lie here now."""


GUEST: ContextVar[Guest | None] = ContextVar("guest", default=None)
"""Of the request that the running task works on."""


@dataclass
class Headquarters:
    """One for an application; handlers find it with `headquarters`."""

    store: Store
    blobs: BlobStore
    upkeep: Upkeep = field(default_factory=Upkeep)
    limits: Limits = field(default_factory=Limits)
    attempts: Attempts = field(default_factory=Attempts)
    known: KnownTokens = field(default_factory=KnownTokens)
    token_days: float = TOKEN_DAYS
    condition: Condition = field(default_factory=Condition)
    backups: BackupHealth | None = None

    def __post_init__(self) -> None:
        limits = self.limits
        self.turns = Turns(limits)
        self.snapshots = Snapshots(
            self.store.database, self.blobs.folder, is_busy=lambda: self.turns.working > 0
        )
        self.metrics = Metrics(lambda: self.turns.waiting, lambda: self.turns.working, self.backups)
        self.store.on_batch = self.metrics.took
        self.held = Memory(limits.held_bytes, limits.held_share)
        self.desks = Buckets(limits.desk_rate, limits.desk_burst)
        self.strangers = Buckets(limits.stranger_rate, limits.stranger_burst)
        self._threads = CapacityLimiter(limits.workers)
        self.chunk_threads = CapacityLimiter(limits.workers)
        """For pieces of an attachment that come in: written down without a turn, they are small."""

    async def work(self, job: Callable[[], T]) -> T:
        """Run a blocking job on a worker thread, when it is the caller's turn.

        Raises ``hq-busy`` when too many wait already.
        """
        guest = GUEST.get()
        key, cost = (guest.key, guest.cost) if guest is not None else ("", 0)
        await self.turns.take(key, cost)
        try:
            return await anyio.to_thread.run_sync(job, limiter=self._threads)
        finally:
            self.turns.leave(key, cost)


def headquarters(request: Requested) -> Headquarters:
    return request.app.state["hq"]  # type: ignore[no-any-return]
