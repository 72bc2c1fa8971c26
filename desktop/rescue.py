"""Getting a desk back: a lost key from its recovery file, a damaged or lost database from a backup.

Window and command line do it through here. Whoever calls holds the profile's lock and has closed the file.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlcipher3 import dbapi2

from desktop.desk import Desk, open_desk
from desktop.key_recovery import read_recovery
from desktop.key_store import KeyStore
from desktop.paths import Profile
from models.errors import DomainError
from models.services import backup_files, restore
from models.services.restore import Restored
from models.work import SYSTEM, Actor
from sync.clock import Clock


def recover_key(profile: Profile, file: Path, passphrase: str) -> None:
    """Give the profile its lost key back out of a recovery file.

    A key that is there but is not this profile's is set aside first, never thrown away. Raises
    ``DomainError``: what `read_recovery` raises, ``key-exists`` (the file's key is another profile's) and
    ``recovery-other-database`` (nothing says which key belongs here, and this one does not open the file).
    """
    key = read_recovery(file, passphrase)
    keys = KeyStore(profile.folder)
    is_known = keys.knows_its_key()
    if not is_known and profile.database.exists() and not _opens(profile.database, key):
        raise DomainError("recovery-other-database", path=str(profile.database))
    keys.give_back(key)


def restore_profile(
    profile: Profile,
    backup: Path,
    *,
    recovered: bytes | None = None,
    actor: Callable[[], Actor] = lambda: SYSTEM,
) -> Restored:
    """Put *backup* in the place of the profile's database and forget the token; the old file is kept.

    With *recovered*, the key of a recovery file: kept as the profile's key once the backup was opened with
    it. *actor* is asked after the key is there, and must leave the file closed. Raises what `restore`
    raises, and ``key-exists`` when the profile has another key.
    """
    keys = KeyStore(profile.folder)
    if recovered is not None:
        restore.check(backup, recovered, own_folder=profile.backups)
        keys.give_back(recovered)
    key = keys.read()
    done = restore.restore(
        backup,
        profile.database,
        key,
        Clock,
        now=datetime.now(UTC),
        actor=actor(),
        attachments=profile.attachments,
        own_folder=profile.backups,
    )
    keys.forget()
    return done


def restored_desk(profile: Profile, backup: Path) -> Desk:
    """`restore_profile` for a window whose file does not open; the opened desk."""
    restore_profile(profile, backup)
    return open_desk(profile)


def recovered_desk(profile: Profile, file: Path, passphrase: str) -> Desk:
    """`recover_key` for a window whose file does not open; the opened desk."""
    recover_key(profile, file, passphrase)
    return open_desk(profile)


def _opens(database: Path, key: bytes) -> bool:
    try:
        with closing(backup_files.connect(database, key, is_read_only=True)):
            return True
    except dbapi2.Error:
        return False
