"""Backups of the encrypted file: made while it is in use, verified before they count, thinned, restored.

A backup is a single file under the same key, named by its time in UTC; without the key (or the recovery
file of it) nobody can read it. Attachments never change once stored, so the folder holds one copy of each
for all backups together.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from models import parameters as p
from models.database import Database
from models.database_errors import translated
from models.entities.local import LocalState
from models.entities.types import from_milliseconds, to_milliseconds
from models.errors import DomainError
from models.rules.backup_rules import to_keep
from models.rules.rights import Right
from models.services.backup_files import connect, copy_attachments, flush, need_room, remove, storage, verify
from models.work import Actor, Work

SUFFIX = ".qiantai-backup"
ATTACHMENTS = "attachments"
LAST_BACKUP = "backup.last"
_NAME = re.compile(r"(?P<at>\d{8}T\d{6}Z)-(?P<reason>[a-z-]+)-[0-9a-f]{4}" + re.escape(SUFFIX))
TIME_FORMAT = "%Y%m%dT%H%M%SZ"
_PAGES = 2000
"""Pages copied between two reports of progress: 8 MB."""

AUTO = "auto"
MANUAL = "manual"
BEFORE_IMPORT = "before-import"
Progress = Callable[[int, int], None]
"""(pages done, pages in all); may raise `Cancelled`, and nothing is left behind."""


@dataclass(frozen=True)
class BackupInfo:
    """One backup. ``size`` in bytes; ``reason``: ``auto``, ``manual``, ``before-import`` …"""

    path: Path
    made_at: datetime
    reason: str
    size: int


@dataclass(frozen=True)
class BackupStatus:
    """``is_due``: there are changes and the interval is over. ``is_overdue``: show the red line."""

    last_at: datetime | None
    is_due: bool
    is_overdue: bool


# -- making ------------------------------------------------------------------------------------------


def make(
    database: Database,
    actor: Actor,
    folder: Path,
    reason: str = MANUAL,
    *,
    attachments: Path | None = None,
    progress: Progress | None = None,
) -> BackupInfo:
    """Copy the database, consistent and while others write, verify the copy, then thin the older ones.

    Only a copy that was opened with the key and read to its last page gets its name. Raises ``DomainError``:
    ``right-missing`` (backup), ``disk-full``, ``folder-not-writable``, ``backup-damaged``.
    """
    if not actor.may(Right.BACKUP):
        raise DomainError("right-missing", right=Right.BACKUP.value)
    now = database.clock().astimezone(UTC)
    name = f"{now.strftime(TIME_FORMAT)}-{reason}-{secrets.token_hex(2)}{SUFFIX}"
    if not _NAME.fullmatch(name):
        raise ValueError(f"no reason for a backup: {reason}")
    part = folder / f"{name}.part"
    with storage(folder), translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"*{SUFFIX}.part*"):  # by an interrupted backup
            left.unlink(missing_ok=True)
        need_room(folder, database.path.stat().st_size)
        try:
            stamp = _copy(database, part, progress)
            verify(part, database.key)
            flush(part)
            if attachments is not None:
                copy_attachments(attachments, folder / ATTACHMENTS)
            part.replace(folder / name)
            flush(folder)
        finally:
            remove(part)
    info = BackupInfo(folder / name, now.replace(microsecond=0), reason, (folder / name).stat().st_size)
    database.write(actor, _record, info, stamp)
    thin(folder, database)
    return info


def _copy(database: Database, target: Path, progress: Progress | None) -> str:
    """Copy one snapshot page by page; the last stamp that it holds."""

    def report(_status: int, remaining: int, total: int) -> None:
        if progress is not None:
            progress(total - remaining, total)

    with database.reading() as session:
        row = session.get(LocalState, "last_stamp")  # begins the snapshot
        source: Any = session.connection().connection.driver_connection
        with closing(connect(target, database.key)) as copy:
            source.backup(copy, pages=_PAGES, progress=report)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        return str(row.value) if row is not None else ""


def _record(work: Work, info: BackupInfo, stamp: str) -> None:
    if info.reason != AUTO:
        work.log("backup.make", label=info.path.name, details={"reason": info.reason, "size": info.size})
        stamp = str(work.context.last_stamp)  # the log entry itself is no change to back up again
    work.set_local(LAST_BACKUP, {"at": to_milliseconds(info.made_at), "stamp": stamp, "name": info.path.name})


def log_recovery_file(work: Work, file_name: str) -> None:
    """Say in the operation log that a recovery file of the key was written; needs the right to back up."""
    work.require(Right.BACKUP)
    work.log("backup.recovery_file", label=file_name)


# -- knowing -----------------------------------------------------------------------------------------


def list_backups(folder: Path) -> list[BackupInfo]:
    """The backups in the folder, newest first; other files are let be. An absent folder has none."""
    found = []
    with storage(folder):
        for path in folder.iterdir() if folder.is_dir() else ():
            name = _NAME.fullmatch(path.name)
            if name is not None and path.is_file():
                at = datetime.strptime(name["at"], TIME_FORMAT).replace(tzinfo=UTC)
                found.append(BackupInfo(path, at, name["reason"], path.stat().st_size))
    return sorted(found, key=lambda info: (info.made_at, info.path.name), reverse=True)


def is_named(path: Path) -> bool:
    """Whether the file bears the name of one of our backups."""
    return _NAME.fullmatch(path.name) is not None


def info_of(path: Path) -> BackupInfo:
    """What a backup file says of itself; a file of another name counts as made when it was last written."""
    name = _NAME.fullmatch(path.name)
    try:
        facts = path.stat()
    except OSError as error:
        raise DomainError("backup-missing", path=str(path)) from error
    if name is None:
        return BackupInfo(path, datetime.fromtimestamp(facts.st_mtime, UTC), MANUAL, facts.st_size)
    at = datetime.strptime(name["at"], TIME_FORMAT).replace(tzinfo=UTC)
    return BackupInfo(path, at, name["reason"], facts.st_size)


def status(session: Session, now: datetime, every_minutes: int, overdue_hours: int) -> BackupStatus:
    """How the last verified backup stands; a query (`Database.read`)."""
    row = session.get(LocalState, LAST_BACKUP)
    stamp = session.get(LocalState, "last_stamp")
    if row is None:
        return BackupStatus(None, is_due=True, is_overdue=True)
    last_at = from_milliseconds(int(row.value["at"]))
    is_changed = stamp is not None and str(stamp.value) != row.value["stamp"]
    age = abs(now - last_at)  # a clock set back must not put backups off
    return BackupStatus(
        last_at,
        is_due=is_changed and age >= timedelta(minutes=every_minutes),
        is_overdue=is_changed and age >= timedelta(hours=overdue_hours),
    )


def thin(folder: Path, database: Database) -> list[Path]:
    """Delete what the rule does not keep; the paths. Backups made by hand stay until a hand deletes them."""
    parameters = database.parameters()
    infos = [info for info in list_backups(folder) if info.reason != MANUAL]
    keep = to_keep(
        infos,
        lambda info: info.made_at.astimezone(),
        database.clock(),
        daily=parameters.get(p.BACKUP_DAILY),
        weekly=parameters.get(p.BACKUP_WEEKLY),
        monthly=parameters.get(p.BACKUP_MONTHLY),
    )
    gone = [info.path for info in infos if info not in keep]
    with storage(folder):
        for path in gone:
            path.unlink(missing_ok=True)
    return gone
