"""Which sites lack contents that some of their desks may have, and which desks have been asked for them.

Kept while the program runs: a desk's round costs no query for it, and a desk asks by itself now and then.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

AGAIN_S = 60.0
"""However often somebody opens what nobody has, the other desks are asked for it no more often than this."""


@dataclass
class _Lack:
    """``since`` in monotonic seconds; ``asked`` are the numbers of desks."""

    since: float
    asked: set[int] = field(default_factory=set)


class Lacks:
    """Every desk is asked once for each loss, whenever it comes: what nobody has any more costs no more."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._lacks: dict[str, _Lack] = {}

    def lost(self, site_id: str) -> None:
        """A content that was here is damaged or gone."""
        with self._lock:
            self._lacks[site_id] = _Lack(self._monotonic())

    def missed(self, site_id: str) -> None:
        """Somebody wants a content that is not here, perhaps for long."""
        with self._lock:
            known, now = self._lacks.get(site_id), self._monotonic()
            if known is None or now - known.since >= AGAIN_S:
                self._lacks[site_id] = _Lack(now)

    def is_to_ask(self, site_id: str, desk: int) -> bool:
        """Whether the desk should look at what is wanted; true until it does."""
        known = self._lacks.get(site_id)
        return known is not None and desk not in known.asked

    def told(self, site_id: str, desk: int, look: Callable[[], list[str]]) -> list[str]:
        """What ``look`` finds wanted, for a desk that has it read to it from the beginning. What is lost
        meanwhile may not be among it: the desk is asked again for that."""
        with self._lock:
            before = self._lacks.get(site_id)
        names = look()
        with self._lock:
            if self._lacks.get(site_id) is before:
                if not names:
                    self._lacks.pop(site_id, None)
                else:  # found by another process, or before a restart of this one
                    known = self._lacks.setdefault(site_id, _Lack(self._monotonic()))
                    known.asked.add(desk)
        return names
