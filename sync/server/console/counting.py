"""Figures over all sites cost a scan: they are made once and kept for some seconds."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

T = TypeVar("T")
KEPT = 64
"""Answers; the one unused for longest goes first."""
SHARE = 20
"""An answer is kept at least so many times as long as it took: no question takes more than a twentieth of a
worker, however often it is asked."""


class Counts:
    """Answers by key. Of several that ask for one key at once, one makes it and the others wait."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._known: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._turn = threading.Lock()

    def get(self, key: Hashable, seconds: float, make: Callable[[], T]) -> T:
        """What ``make`` gave for this key at most ``seconds`` ago, or `SHARE` times what it took."""
        with self._turn:
            lock = self._making.setdefault(key, threading.Lock())
        try:
            with lock:
                found = self._known.get(key)
                if found is not None and self._monotonic() < found[0]:
                    return cast("T", found[1])
                began = self._monotonic()
                made = make()
                now = self._monotonic()
                with self._turn:
                    self._known[key] = (now + max(seconds, SHARE * (now - began)), made)
                    self._known.move_to_end(key)
                    while len(self._known) > KEPT:
                        self._known.popitem(last=False)
                return made
        finally:
            with self._turn:
                self._making.pop(key, None)

    def forget(self) -> None:
        """After an act whose result must show at once."""
        with self._turn:
            self._known.clear()
