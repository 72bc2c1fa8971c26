"""Backups that headquarters makes by itself while it serves."""

from __future__ import annotations

import logging
import re
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from models.errors import DomainError
from sync.clock import wall_milliseconds
from sync.server import backup
from sync.server.audit import audit
from sync.server.database import HqDatabase
from sync.server.wording import sentence

LOG = logging.getLogger("qiantai.hq")
EVERY_HOURS = 24.0
KEPT = 14
LOOK_EVERY_S = 60.0
AFTER_FAULT_S = 1_800.0
"""One that fails may have written gigabytes before."""
_HOUR_MS = 3_600_000
_NAMED = "hq-%Y%m%dT%H%M%SZ.backup"
_NAME = re.compile(r"hq-\d{8}T\d{6}Z\.backup")


@dataclass
class BackupHealth:
    """How it goes, for those who watch over it; milliseconds."""

    made_at: int | None = None
    failing_since: int | None = None


def check_folder(folder: Path) -> None:
    """Make it, and see that a file can be written into it. Raises ``hq-backup-folder``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"x")
    except OSError as error:
        raise DomainError("hq-backup-folder", path=folder, reason=error.strerror or error) from error


class ScheduledBackups:
    """Makes a backup when the newest one in ``folder`` is older than ``every_hours``, and keeps the newest
    ``kept``. One that fails is tried again after `AFTER_FAULT_S`; older ones are removed only after a newer
    one was read back whole.
    """

    def __init__(
        self,
        database: HqDatabase,
        blobs: Path,
        folder: Path,
        *,
        every_hours: float = EVERY_HOURS,
        kept: int = KEPT,
        now_ms: Callable[[], int] = wall_milliseconds,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self.folder = folder
        self._every_hours = every_hours
        self._kept = max(kept, 1)
        self._now_ms = now_ms
        self.health = BackupHealth()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backups", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What is being written is left: its ``.part`` goes with the next one."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(LOOK_EVERY_S if self.attempt() else AFTER_FAULT_S)

    def attempt(self) -> bool:
        """`look`; what goes wrong is logged and kept in ``health``. Whether all is well."""
        try:
            self.look()
        except DomainError as error:
            LOG.error("backup failed: %s", sentence(error))
        except OSError as error:  # a full disk, a folder that is gone: said in one line
            LOG.error("backup failed: %s", error)
        except Exception:
            LOG.exception("backup failed")
        else:
            self.health.failing_since = None
            return True
        self.health.failing_since = self.health.failing_since or self._now_ms()
        return False

    def look(self) -> Path | None:
        """Make one if it is due; gives its path."""
        now_ms = self._now_ms()
        # One of a time to come was named by a clock that was set back since: it says nothing of today.
        newest = max((at for at in map(_made_ms, self.existing()) if at <= now_ms), default=None)
        self.health.made_at = newest
        if newest is not None and now_ms - newest < self._every_hours * _HOUR_MS:
            return None
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob("hq-*.backup.*part"):
            left.unlink(missing_ok=True)
        named = datetime.fromtimestamp(now_ms / 1000, UTC).strftime(_NAMED)
        target = self.folder / named
        began = time.monotonic()
        contents = backup.write(self._database, self._blobs, target)
        self.health.made_at = now_ms
        LOG.info("backup %s: %s rows, %.1f s", named, sum(contents.rows.values()), time.monotonic() - began)
        for site, tables in audit(self._database).items():
            LOG.warning("sums of %s were wrong at site %s and are set right", ", ".join(tables), site)
        others = [path for path in self.existing() if path != target]
        for old in others[: max(len(others) + 1 - self._kept, 0)]:
            old.unlink(missing_ok=True)
        return target

    def existing(self) -> list[Path]:
        """This folder's own backups, oldest first; other files are left alone."""
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if _NAME.fullmatch(path.name))


def _made_ms(path: Path) -> int:
    """From its name: a copy of the file has another time of its own."""
    return int(datetime.strptime(path.name, _NAMED).replace(tzinfo=UTC).timestamp() * 1000)
