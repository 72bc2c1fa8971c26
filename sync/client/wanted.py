"""Rows that this desk asks headquarters for by id, until it answers."""

from __future__ import annotations

from collections.abc import Iterable

from sync.client.local import WANTED, Plain
from sync.client.outbox import Key


def want(plain: Plain, keys: Iterable[Key]) -> None:
    """Ask for these rows whole with the next request."""
    asked = list(keys)
    if not asked:
        return
    known = [tuple(key) for key in plain.fact(WANTED, [])]
    fresh = [key for key in dict.fromkeys(asked) if key not in known]
    if fresh:
        plain.keep(WANTED, [*known, *fresh])
