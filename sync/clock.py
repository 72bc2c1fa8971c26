"""The hybrid logical clock: stamps that only grow, near to headquarters' time, unique to a desk.

A stamp has 63 bits: 44 of milliseconds since 1970, 10 of a counter, 9 of the desk's number. Number 0 is
a desk that is not enrolled yet, 511 is headquarters.

A clock that ran ahead is let back and passes through the same milliseconds once more. So the counters of a
millisecond are dealt out by laps: counter modulo `LAPS` is how often the clock was let back, and what it gave
before is never given again. Headquarters, which gives stamps in its desks' names too, has a lap to itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

COUNTER_BITS = 10
DESK_BITS = 9
COUNTER_LIMIT = 1 << COUNTER_BITS
LAST_DESK = (1 << DESK_BITS) - 2
"""The highest number a desk can get."""
HEADQUARTERS = (1 << DESK_BITS) - 1
LAPS = 32
"""After this many less one a clock's laps begin again; `COUNTER_LIMIT` / `LAPS` stamps fit a millisecond."""
OWN_LAP = LAPS - 1
"""That of headquarters."""
TOLERANCE_MS = 60_000
"""A stamp this far ahead of headquarters' time is stamped again there."""


class Parts(NamedTuple):
    """What a stamp is made of; ``ms`` is milliseconds since 1970 UTC."""

    ms: int
    counter: int
    desk: int


def make_stamp(ms: int, counter: int, desk: int) -> int:
    return (ms << (COUNTER_BITS + DESK_BITS)) | (counter << DESK_BITS) | desk


def parts_of(stamp: int) -> Parts:
    return Parts(
        stamp >> (COUNTER_BITS + DESK_BITS),
        (stamp >> DESK_BITS) & (COUNTER_LIMIT - 1),
        stamp & ((1 << DESK_BITS) - 1),
    )


def desk_of(stamp: int) -> int:
    return stamp & ((1 << DESK_BITS) - 1)


def milliseconds_of(stamp: int) -> int:
    return stamp >> (COUNTER_BITS + DESK_BITS)


def wall_milliseconds() -> int:
    return time.time_ns() // 1_000_000


class Clock:
    """Gives a desk's stamps (`models.entities.synced.StampSource`); safe to use from several threads.

    ``last`` is the highest stamp given or seen, with this clock's lap: it is kept with every write, so that
    neither a restart nor a clock set back can give a stamp twice. ``offset`` (ms) is what to add to this
    machine's clock.
    """

    def __init__(
        self, desk: int, last: int = 0, *, offset: int = 0, wall: Callable[[], int] = wall_milliseconds
    ) -> None:
        if not 0 <= desk <= HEADQUARTERS:
            raise ValueError(f"desk number out of range: {desk}")
        self.desk = desk
        self.offset = offset
        self._wall = wall
        self._lock = threading.Lock()
        ms, counter, _ = parts_of(last)
        self._lap = OWN_LAP if desk == HEADQUARTERS else _desk_lap(counter)
        self._is_lap_used = True
        self._ms, self._counter = self._in_lap(ms, counter)
        self._floor = (0, 0)
        """The highest (ms, counter) given while the clock stood a little ahead of its time, as it does after
        it was let back: it is not let back there again."""

    @property
    def last(self) -> int:
        return make_stamp(self._ms, self._counter, self.desk)

    def now(self) -> int:
        """Corrected time in milliseconds since 1970."""
        return self._wall() + self.offset

    def next(self) -> int:
        """A stamp higher than every one given or seen."""
        with self._lock:
            now = self._wall() + self.offset
            if now > self._ms:
                self._ms, self._counter = now, self._lap
            else:
                self._ms, self._counter = self._in_lap(self._ms, self._counter + 1)
            self._is_lap_used = True
            if now < self._ms <= now + 2 * TOLERANCE_MS:
                self._floor = (self._ms, self._counter)
            return make_stamp(self._ms, self._counter, self.desk)

    def observe(self, stamp: int) -> None:
        """Take note of a stamp that came from elsewhere: every later one of ours is higher."""
        ms, counter, _ = parts_of(stamp)
        with self._lock:
            if (ms, counter) > (self._ms, self._counter):
                self._ms, self._counter = self._in_lap(ms, counter)

    def follow(self, last: int) -> None:
        """Take note of the ``last`` stamp kept with the file: another process may have let the clock back."""
        lap = _desk_lap(parts_of(last).counter)
        with self._lock:
            if last and self.desk != HEADQUARTERS and 0 < (lap - self._lap) % OWN_LAP < LAPS // 2:
                self._lap = lap
                self._ms, self._counter = self._in_lap(self._ms, self._counter)
        self.observe(last)

    def _in_lap(self, ms: int, counter: int) -> tuple[int, int]:
        """The first place of our lap that is not below this one."""
        counter += (self._lap - counter) % LAPS
        return (ms, counter) if counter < COUNTER_LIMIT else (ms + 1, self._lap)

    def learn(self, server_ms: int, sent_ms: int, received_ms: int) -> None:
        """Learn the offset from an answer: headquarters' time, and this machine's own before and after.

        The answer was made at some moment between the two: an offset that this allows is kept, so that slow
        lines do not push a right clock about.
        """
        with self._lock:
            if not server_ms - received_ms <= self.offset <= server_ms - sent_ms:
                self.offset = server_ms - (sent_ms + received_ms) // 2

    def is_ahead(self, server_ms: int) -> bool:
        """Whether it ran so far ahead of headquarters that it is to be let back."""
        return self._ms > server_ms + 2 * TOLERANCE_MS

    def let_back(self, server_ms: int) -> int | None:
        """Let a clock back that once ran far ahead: here, and only here.

        To be asked when headquarters has acknowledged all that this desk wrote, and not before: it stamped
        everything of that time again, so none of those stamps lives on. One that still waits would: once its
        own clock has come so far headquarters takes it as it is, and what was written over it lies below.

        What headquarters took as it was lies at most `TOLERANCE_MS` ahead of its time, so that is how far
        the clock goes back; and only one that is twice as far ahead goes back at all: what it gives next
        lies just beyond, and is not to be gone back behind after the next answer. Gives the highest stamp
        that counts from now on, for whoever keeps it; None when the clock was not let back.
        """
        with self._lock:
            if not self.is_ahead(server_ms):
                return None
            highest = max((server_ms + TOLERANCE_MS, COUNTER_LIMIT - 1), self._floor)
            if highest >= (self._ms, self._counter):
                return None
            if self._is_lap_used and self.desk != HEADQUARTERS:
                self._lap = (self._lap + 1) % OWN_LAP
                self._is_lap_used = False
            self._ms, self._counter = self._in_lap(*highest)
            return make_stamp(self._ms, self._counter, self.desk)

    def local_milliseconds(self) -> int:
        """This machine's own clock, uncorrected (to measure a round with)."""
        return self._wall()


def _desk_lap(counter: int) -> int:
    """The lap that a desk's counter tells. (Before there were laps a counter could be any.)"""
    return counter % LAPS % OWN_LAP
