"""What the sync light says: a plain value, worded in `views.messages.sync`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

ENROL_ANEW = frozenset({"token-lost", "token-unknown", "desk-revoked", "desk-forked", "desk-unknown"})
"""Reasons after which nothing but a new code helps."""


class SyncState(StrEnum):
    """In the order in which they hide one another, most urgent last."""

    LOCAL = "local"
    """Not enrolled: 已存本机."""
    SYNCED = "synced"
    PENDING = "pending"
    SYNCING = "syncing"
    UNREACHABLE = "unreachable"
    """The desk works on alone; ``reason`` says why."""
    CONFLICT = "conflict"
    STOPPED = "stopped"
    """Headquarters refuses this desk or its version: somebody must act; ``reason`` says why."""


@dataclass(frozen=True)
class SyncStatus:
    """State of the light. ``reason`` is a `DomainError`'s code and ``values`` what its sentence needs."""

    state: SyncState
    pending: int = 0
    conflicts: int = 0
    refused: int = 0
    last_at: datetime | None = None
    reason: str | None = None
    values: tuple[tuple[str, Any], ...] = ()
    next_at: datetime | None = None
    """When the next round begins by itself after one that failed; None while it runs or nothing failed."""
    progress: tuple[int, int] | None = None
    """(rows done, rows in all) while the site's data is downloaded for the first time."""
