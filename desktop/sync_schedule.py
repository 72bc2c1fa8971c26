"""When the next round is due: a steady beat with a little play, and after failures a wait that differs from
desk to desk, so that desks which lost headquarters together do not all come back together."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

LONGEST_BACK_OFF_S = 60.0
"""A person who sees the network come back waits no longer for headquarters, unless it asked for time."""
PLAY = 0.1
"""Part of the beat by which two rounds may lie nearer or further apart."""


class Schedule:
    """Decorrelated jitter: each wait is drawn anew between the least and three times the one before."""

    def __init__(
        self,
        every_s: float,
        choose: Callable[[float, float], float] = random.uniform,
        now: Callable[[], float] = time.monotonic,
        *,
        longest_s: float = LONGEST_BACK_OFF_S,
    ) -> None:
        self.every_s = every_s
        self._choose, self._now = choose, now
        self._last = 0.0
        self._earliest = 0.0
        self._longest_s = longest_s
        self.failures = 0
        self.is_asked = False

    def succeeded(self) -> None:
        self.failures, self._last, self._earliest, self.is_asked = 0, 0.0, 0.0, False

    def wished(self) -> None:
        """Somebody asked for a round: whatever was agreed on before, it goes at once."""
        self.succeeded()

    def failed(self, asked_s: float | None = None) -> None:
        """``asked_s``: headquarters itself asked to stay away for so long."""
        self.failures += 1
        self.is_asked = asked_s is not None
        if asked_s is None:
            least = min(self.every_s / 2, self._longest_s / 4)
            longest = min(max(least, self._last) * 3, self._longest_s)
        else:
            least = asked_s
            longest = max(least * 3, min(self._last * 3, self._longest_s))
        self._last = self._choose(least, longest)
        self._earliest = self._now() + (self._last if asked_s is not None else least)

    def pause_s(self) -> float:
        """Seconds until the next round; asked once after each."""
        if not self.failures:
            return self.every_s * self._choose(1 - PLAY, 1 + PLAY)
        return self._last

    def may_come_early(self) -> bool:
        """Whether something new to send is reason enough to try before the wait is over."""
        return self._now() >= self._earliest
