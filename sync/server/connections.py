"""The connections of headquarters: one that says nothing, or stops in the middle, is closed; a full house
makes room by closing the one that was idle longest."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from sync.server.limits import Limits

SWEEP_S = 1.0


class Connections:
    """All open connections; on the event loop's thread."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.open: dict[Connection, None] = {}
        self._sweeper: asyncio.TimerHandle | None = None

    def came(self, one: Connection) -> None:
        if len(self.open) >= self.limits.connections:
            idle = next((other for other in self.open if other.is_idle), None)
            if idle is None:
                one.abort()
                return
            idle.abort()
            self.open.pop(idle, None)
        self.open[one] = None
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().call_later(SWEEP_S, self._sweep)

    def used(self, one: Connection) -> None:
        """It goes to the end of those that may have to go."""
        if one in self.open:
            del self.open[one]
            self.open[one] = None

    def went(self, one: Connection) -> None:
        self.open.pop(one, None)

    def _sweep(self) -> None:
        now = time.monotonic()
        for one in list(self.open):
            if one.is_overdue(now):
                one.abort()
        self._sweeper = asyncio.get_running_loop().call_later(SWEEP_S, self._sweep) if self.open else None


class Connection(H11Protocol):
    """uvicorn's own, watched. ``scope["state"]["connection"]`` is this, so that the application can let a
    reader go that does not read."""

    def __init__(self, connections: Connections, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._house = connections
        self.app_state = {**self.app_state, "connection": self}
        self._quiet_since = time.monotonic()
        self._half_since: float | None = self._quiet_since
        """When the request began that has not come whole; a new connection owes one."""

    @property
    def is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._house.came(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._house.went(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._half_since = None
            self._house.used(self)
        elif self.is_idle and self._half_since is None:
            self._half_since = time.monotonic()

    def on_response_complete(self) -> None:
        self._quiet_since = time.monotonic()
        super().on_response_complete()

    def shutdown(self) -> None:
        """The program ends: a desk that keeps its line is not waited for, nor for its farewell over TLS."""
        is_done = self.is_idle and not self.transport.get_write_buffer_size()
        super().shutdown()
        if is_done:
            self.transport.abort()

    def is_overdue(self, now: float) -> bool:
        """Its request does not come to an end, its answer is not fetched, or it has nothing to say."""
        limits = self._house.limits
        if not self.is_idle:
            return False
        if self._half_since is not None and now - self._half_since > limits.first_bytes_s:
            return True
        if self.transport.get_write_buffer_size() and now - self._quiet_since > 2 * limits.first_bytes_s:
            return True
        return now - self._quiet_since > limits.keep_alive_s + limits.first_bytes_s

    def abort(self) -> None:
        """At once, whatever is still to be sent."""
        self.transport.abort()
