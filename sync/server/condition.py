"""Whether headquarters can still write, asked without writing: room on its disks, a door that is not shut,
and what the last write met."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import make_url

from sync.server.database import HqDatabase

LEAST_FREE = 32 * 1024 * 1024
"""Bytes that a disk must have left: some of the largest batches and their journal."""
REMEMBERED_S = 60.0
"""For so long a write that met a full or read-only disk counts, also on a database elsewhere."""
UNWRITABLE = frozenset({"hq-disk-full", "hq-read-only"})


@dataclass
class Condition:
    """Of one process. ``free_bytes`` says what a folder's disk has left."""

    now: Callable[[], float] = time.monotonic
    free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    _met: tuple[str, float] = ("", 0.0)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def met(self, code: str) -> None:
        """A write ended with this fault; others than of disks are let pass."""
        if code in UNWRITABLE:
            with self._lock:
                self._met = (code, self.now() + REMEMBERED_S)

    def trouble(self, database: HqDatabase, blobs: Path) -> str:
        """``hq-disk-full``, ``hq-read-only``, or empty: all is well."""
        for place in _places(database, blobs):
            folder = _existing(place)
            if not os.access(folder, os.W_OK) or (place.exists() and not os.access(place, os.W_OK)):
                return "hq-read-only"
            if self.free_bytes(folder if folder.is_dir() else folder.parent) < LEAST_FREE:
                return "hq-disk-full"
        if not database.is_sqlite and _is_read_only(database):
            return "hq-read-only"
        with self._lock:
            code, until = self._met
        return code if self.now() < until else ""


def _places(database: HqDatabase, blobs: Path) -> list[Path]:
    """The folders that are written, and a SQLite file itself."""
    path = make_url(database.url).database if database.is_sqlite else None
    return [blobs] if not path or path == ":memory:" else [blobs, Path(path), Path(path).parent]


def _existing(place: Path) -> Path:
    """The place, or the nearest folder above it that there is."""
    while not place.exists() and place != place.parent:
        place = place.parent
    return place


def _is_read_only(database: HqDatabase) -> bool:
    """A standby, or a server told to take no writes."""
    asked = "SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on'"
    with database.surveying() as connection:
        return bool(connection.exec_driver_sql(asked).scalar_one())
