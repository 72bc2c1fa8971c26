"""How much headquarters takes on: figures of its own, and the counters that hold callers to them.

Everything here lives on the event loop's thread, except where a lock is named.
"""

from __future__ import annotations

import ipaddress
import random
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from models.errors import DomainError

ENROL_TRIES = 10
ENROL_WINDOW_S = 600.0
_MOST_KEPT = 20_000
"""Callers remembered at once; the one that was silent longest is forgotten first."""


@dataclass(frozen=True)
class Limits:
    """Seconds, bytes and counts. The defaults fit one process beside its database in 2 GB."""

    workers: int = 8
    """Requests worked on at once."""
    workers_per_site: int = 2
    waiting: int = 400
    waiting_per_site: int = 40
    held_bytes: int = 256 * 1024 * 1024
    """Bodies that have come in and wait."""
    held_share: float = 0.25
    """Of these, the most that one caller may have at once."""
    worked_bytes: int = 768 * 1024 * 1024
    """What the requests that are worked on may need, by `Guest.cost`."""
    plain_bytes: int = 16 * 1024 * 1024
    """A request's body unpacked; a desk packs twelve at most."""
    strange_bytes: int = 64 * 1024
    """A body larger than this is read from desks only, once their token is known."""
    body_grace_s: float = 10.0
    slowest_rate: int = 8 * 1024
    """Bytes a second that a body must come at after the grace, and an answer be read at."""
    drain_s: float = 2.0
    """How long a refused body is read on, so that the caller gets to read the refusal."""
    desk_rate: float = 60.0
    """Requests a second of one desk, over a burst."""
    desk_burst: int = 600
    stranger_rate: float = 5.0
    """Requests a second of one address without a token that is known; a good token gives it back."""
    stranger_burst: int = 300
    connections: int = 2_000
    first_bytes_s: float = 15.0
    """A connection has so long to say what it wants."""
    keep_alive_s: float = 75.0


def caller_of(address: str) -> str:
    """Whom an address counts as: one line of IPv6 has 2^64 of them, so its /64 counts; an IPv4 address in
    IPv6's clothes is itself."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address) or found.is_loopback:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


class Buckets:
    """Token buckets by caller: ``burst`` requests at once, ``rate`` a second after that."""

    def __init__(self, rate: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._now = rate, burst, now
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Seconds to wait; 0 when the request may go on (only then it is counted)."""
        level = self._level(key)
        if level < 1:
            return (1 - level) / self._rate
        self._keep(key, level - 1)
        return 0.0

    def give_back(self, key: str) -> None:
        """One that turned out well."""
        self._keep(key, min(self._level(key) + 1, self._burst))

    def _level(self, key: str) -> float:
        level, at = self._levels.get(key, (float(self._burst), 0.0))
        return min(level + (self._now() - at) * self._rate, self._burst)

    def _keep(self, key: str, level: float) -> None:
        self._levels[key] = (level, self._now())
        self._levels.move_to_end(key)
        if len(self._levels) > _MOST_KEPT:
            self._levels.popitem(last=False)


class KnownTokens:
    """Which site a token was good for a moment ago, by its hash: whose turn a request is, before its body is
    read. It opens nothing: whether the token is still good is asked of the database each time. Used by the
    workers as well, under a lock."""

    def __init__(self, seconds: float = 600.0, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._now = seconds, now
        self._sites: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._lock = threading.Lock()

    def site_of(self, token_hash: str) -> str | None:
        with self._lock:
            site, until = self._sites.get(token_hash, (None, 0.0))
            return site if until > self._now() else None

    def learn(self, token_hash: str, site_id: str) -> None:
        with self._lock:
            self._sites[token_hash] = (site_id, self._now() + self._seconds)
            self._sites.move_to_end(token_hash)
            if len(self._sites) > _MOST_KEPT:
                self._sites.popitem(last=False)

    def forget(self, token_hash: str) -> None:
        with self._lock:
            self._sites.pop(token_hash, None)


@dataclass
class Memory:
    """Bytes held, in all and by caller."""

    limit: int
    share: float
    used: int = 0
    by_key: dict[str, int] = field(default_factory=dict)

    def fits(self, key: str, amount: int) -> bool:
        """One that is alone always fits: a large request comes to its turn when the others have ended."""
        held = self.by_key.get(key, 0)
        if held and held + amount > self.limit * self.share:
            return False
        return not self.used or self.used + amount <= self.limit

    def take(self, key: str, amount: int) -> None:
        self.used += amount
        self.by_key[key] = self.by_key.get(key, 0) + amount

    def give_back(self, key: str, amount: int) -> None:
        self.used -= amount
        left = self.by_key.get(key, 0) - amount
        if left > 0:
            self.by_key[key] = left
        else:
            self.by_key.pop(key, None)


@dataclass
class Attempts:
    """Wrong codes of one address within the window; too many, and it must wait."""

    times: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict)

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
        self.times.setdefault(address, deque()).append(now)
        self.times.move_to_end(address)
        if len(self.times) > _MOST_KEPT:
            self.times.popitem(last=False)


def busy(waiting: int, choose: Callable[[float, float], float] = random.uniform) -> DomainError:
    """``hq-busy`` with seconds to stay away: the longer the queue the longer, and no two the same."""
    least = 2 + waiting / 40
    return DomainError("hq-busy", seconds=round(choose(least, least * 3)))
