"""Lets one thread wait a moment for another's answer, and settles which of the two delivers it."""

from __future__ import annotations

import threading


class Handover:
    """Who delivers an answer that somebody waits for: the one who waits, unless it has given up."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._is_done = self._is_given_up = False

    def is_taken(self) -> bool:
        """The worker is done: whether the one who waits takes the answer."""
        with self._changed:
            self._is_done = True
            self._changed.notify()
            return not self._is_given_up

    def is_ready(self, seconds: float) -> bool:
        """Wait; whether the answer is there and ours to deliver. False: the worker will."""
        with self._changed:
            if not self._is_done and seconds > 0:
                self._changed.wait_for(lambda: self._is_done, seconds)
            self._is_given_up = not self._is_done
            return self._is_done
