"""How long work tells where it is and learns that it should stop."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """What the task runner hands to a long job."""

    def step(self, done: int, total: int, text: str = "") -> None: ...

    def check(self) -> None:
        """Raises ``models.errors.Cancelled`` when the user pressed Cancel."""
        ...


class Silent:
    """For callers that neither watch nor cancel."""

    def step(self, done: int, total: int, text: str = "") -> None:
        pass

    def check(self) -> None:
        pass


SILENT = Silent()
EVERY = 500
"""Rows between two looks at Cancel."""


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep Python's cycle collector still: it would go again and again through millions of objects that
    stay (a third of an import's time). What is no longer used is freed as always.

    Afterwards all of it counts as old, so that the collector does not go through it at once.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()
