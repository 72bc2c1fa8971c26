"""Restores a backup: into a new file, verified, made a new installation, then swapped for the old one."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from string import ascii_uppercase

from sqlcipher3 import dbapi2

from models.database import Database, MakeStamps
from models.database_errors import translated
from models.entities.synced import new_id
from models.entities.types import to_milliseconds
from models.errors import DomainError
from models.rules.rights import Right
from models.services.backup import ATTACHMENTS, TIME_FORMAT, BackupInfo, info_of, is_named
from models.services.backup_files import (
    connect,
    copy_attachments,
    flush,
    need_room,
    remove,
    storage,
    verify,
)
from models.work import SYSTEM, Actor, Work

RESTORED = "restored"
"""Key of the local fact that this file came out of a backup."""


@dataclass(frozen=True)
class Restored:
    """``kept`` is the file that was there before (None if there was none); ``desk_letter`` is new."""

    backup: BackupInfo
    kept: Path | None
    desk_letter: str


def restore(
    backup: Path,
    target: Path,
    key: bytes | None,
    make_stamps: MakeStamps,
    *,
    now: datetime,
    actor: Actor = SYSTEM,
    attachments: Path | None = None,
    own_folder: Path | None = None,
) -> Restored:
    """Put the backup in the place of the database file *target*, which nobody may have open.

    The copy is verified, brought to this program's schema and given a new installation (nonce, desk number
    0, letters of its own) in a file beside *target*; only then the two are swapped, and the old file stays.
    Headquarters sees a new installation: sync is off until the desk enrols again (the caller forgets the
    token). Raises ``DomainError``: ``right-missing``, ``backup-missing``, ``backup-wrong-key``,
    ``backup-foreign``, ``backup-damaged`` (`check`, for *own_folder* too), ``database-newer``,
    ``disk-full``, ``folder-not-writable``.
    """
    if not actor.may(Right.RESTORE):
        raise DomainError("right-missing", right=Right.RESTORE.value)
    info = info_of(backup)
    check(backup, key, own_folder=own_folder)
    fresh = target.with_name(f"{target.name}.restoring")
    try:
        with storage(target.parent), translated(fresh):
            target.parent.mkdir(parents=True, exist_ok=True)
            remove(fresh)
            need_room(target.parent, info.size)
            shutil.copyfile(backup, fresh)
            with closing(Database.open(fresh, key, make_stamps)) as database:
                letter = _renew(database, _letters_in_use(target, key), actor, info, now)
            _absorb_log(fresh, key)
            flush(fresh)
            if attachments is not None:
                copy_attachments(backup.parent / ATTACHMENTS, attachments)
            kept = _put_aside(target, key, now)
            fresh.replace(target)
            flush(target.parent)
    finally:
        with suppress(OSError):
            remove(fresh)
    return Restored(info, kept, letter)


def check(backup: Path, key: bytes | None, *, own_folder: Path | None) -> None:
    """As `verify`, and tells apart why a file does not open.

    In *own_folder*, the profile's folder of backups, every backup was made with the profile's key: one that
    does not open is damaged. Elsewhere a file without our kind of name is no backup at all
    (``backup-foreign``).
    """
    try:
        verify(backup, key)
    except DomainError as error:
        if error.code == "backup-wrong-key":
            if not is_named(backup):
                raise DomainError("backup-foreign", path=str(backup)) from error
            if own_folder is not None and backup.resolve().parent == own_folder.resolve():
                raise DomainError("backup-damaged", **error.values) from error
        raise


def rehearse(backup: Path, key: bytes | None, make_stamps: MakeStamps, scratch: Path) -> None:
    """Restore into an empty scratch folder and open it, as the weekly test; raises what `restore` raises."""
    target = scratch / "rehearsal.db"
    try:
        restore(backup, target, key, make_stamps, now=datetime.now(UTC))
        Database.open(target, key, make_stamps).close()
    finally:
        remove(target)


def _renew(database: Database, used: set[str], actor: Actor, info: BackupInfo, now: datetime) -> str:
    """Make the open copy a new installation; its letters."""
    old = database.identity
    letter = fresh_letters(old.desk_letter, used | {old.desk_letter})
    database.become(replace(old, desk_no=0, desk_letter=letter, nonce=new_id()))
    database.write(actor, _mark_restored, info, now)
    return letter


def _mark_restored(work: Work, info: BackupInfo, now: datetime) -> None:
    work.set_local(RESTORED, {"at": to_milliseconds(now), "made_at": to_milliseconds(info.made_at)})
    work.log("backup.restore", label=info.path.name)


def fresh_letters(current: str, used: set[str]) -> str:
    """Letters for the numbers of a restored desk: ``A`` → ``AR``, then ``AS`` … never one in use.

    Paper already bears numbers that the backup knows nothing of; they must not be given twice.
    """
    for second in ("", *ascii_uppercase):
        for first in "RSTUVWXYZ":
            letters = f"{current[0]}{first}{second}"
            if letters not in used:
                return letters
    raise DomainError("letters-used-up", letters=current)


_KEPT = re.compile(r"\.replaced-\d{8}T\d{6}Z-(?P<letters>[A-Z]{1,3})\.db$")


def _letters_in_use(target: Path, key: bytes | None) -> set[str]:
    kept = {found["letters"] for path in target.parent.glob("*.db") if (found := _KEPT.search(path.name))}
    current = _letter_of(target, key)
    return kept | ({current} if current else set())


def _letter_of(path: Path, key: bytes | None) -> str | None:
    """The desk letter in a database file; None when it cannot be read."""
    if not path.exists():
        return None
    with suppress(dbapi2.Error, TypeError, IndexError), closing(connect(path, key)) as connection:
        found = connection.execute(
            "SELECT json_extract(value, '$.desk_letter') FROM local_state WHERE key = 'identity'"
        ).fetchall()
        return str(found[0][0])
    return None


def _put_aside(target: Path, key: bytes | None, now: datetime) -> Path | None:
    """Keep the old file under another name, its log beside it, so that the swap cannot mix two files.

    A sound file's log is absorbed first; a damaged one keeps it. Until the swap *target* stays in place.
    """
    if not target.exists():
        return None
    with suppress(dbapi2.Error):
        _absorb_log(target, key)
    letters = _letter_of(target, key) or "A"
    moment = now.astimezone(UTC).strftime(TIME_FORMAT)
    kept = target.with_name(f"{target.stem}.replaced-{moment}-{letters}.db")
    number = 1
    while kept.exists():
        number += 1
        kept = target.with_name(f"{target.stem}.{number}.replaced-{moment}-{letters}.db")
    try:
        os.link(target, kept)
    except OSError:  # a file system without hard links
        shutil.copyfile(target, kept)
        flush(kept)
    for ending in ("-wal", "-shm"):
        log = target.with_name(target.name + ending)
        if log.exists():
            log.replace(kept.with_name(kept.name + ending))
    flush(target.parent)
    return kept


def _absorb_log(path: Path, key: bytes | None) -> None:
    """Bring what the write-ahead log holds into the file, and leave no log."""
    with closing(connect(path, key)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
