"""``serve`` before its database server is up: after a power cut both start together."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable

from sync.server.database import DatabaseAwayError, HqDatabase

LOG = logging.getLogger("qiantai.hq")
FIRST_S = 0.5
LONGEST_S = 10.0
"""Between two tries; each is twice as long as the one before, give or take a fifth."""
TOLD_EVERY_S = 60.0


class Arrival:
    """Tries the database on a thread of its own until it is there. Then calls ``ready``; where it turns out
    that no waiting will help (a wrong password), keeps the ``fault`` and calls ``given_up``."""

    def __init__(
        self, database: HqDatabase, *, ready: Callable[[], None], given_up: Callable[[], None]
    ) -> None:
        self._database = database
        self._ready = ready
        self._given_up = given_up
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="arrival", daemon=True)
        self.fault: Exception | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        began, told_at, pause = time.monotonic(), float("-inf"), 0.0
        while not self._stopping.wait(pause * random.uniform(0.8, 1.2)):  # noqa: S311 - no secret
            try:
                self._database.prepare()
                waited = time.monotonic() - began
                LOG.warning("the database is there after %.0f s; serving", waited)
                self._ready()
            except DatabaseAwayError as error:
                if time.monotonic() - told_at >= TOLD_EVERY_S:
                    told_at = time.monotonic()
                    LOG.warning("waiting for the database: %s", error.values["reason"])
                pause = min(max(pause * 2, FIRST_S), LONGEST_S)
                continue
            except Exception as error:
                LOG.exception("the database cannot be used")
                self.fault = error
                self._given_up()
            return
