"""The desk without a window: an opened profile with its file, its keys and what hangs on them.

Window, command line and tests all build the program through here, so that none of them can forget the
search index or use another clock.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from desktop.key_store import KeyStore
from desktop.paths import Profile
from desktop.sync_log import drop_log, keep_log
from models.database import Database
from models.errors import DomainError
from models.search import index
from models.work import SYSTEM, Work
from sync.clock import Clock

OFFSET_KEY = "clock_offset"


@dataclass(frozen=True)
class Desk:
    """An open profile. `close` it at the end."""

    profile: Profile
    database: Database
    keys: KeyStore
    log: logging.Handler

    def close(self) -> None:
        drop_log(self.log)
        self.database.close()


def open_desk(profile: Profile) -> Desk:
    """Open a profile that exists; raises ``profile-empty``, or as `Database.open` and `KeyStore.read` do.

    The key has been checked against the profile's fingerprint of it: a file that it does not open is
    ``database-damaged``, never ``database-wrong-key``.
    """
    keys = KeyStore(profile.folder)
    if not profile.database.exists():
        raise DomainError("profile-empty", path=str(profile.folder))
    key = keys.read()
    try:
        database = Database.open(profile.database, key, Clock)
        try:
            return _fitted(profile, database, keys)
        except BaseException:
            database.close()
            raise
    except DomainError as error:
        if error.code == "database-wrong-key":
            raise DomainError("database-damaged", **error.values) from error
        raise


def create_desk(profile: Profile, *, desk_letter: str = "A") -> Desk:
    """Make a profile with an empty file: the key is safely kept before the file exists."""
    keys = KeyStore(profile.folder)
    database = Database.create(profile.database, keys.obtain(), Clock, desk_letter=desk_letter)
    return _fitted(profile, database, keys)


def _fitted(profile: Profile, database: Database, keys: KeyStore) -> Desk:
    index.install(database)
    stamps = database.stamps
    if isinstance(stamps, Clock):
        stamps.offset = int(database.write(SYSTEM, _known_offset).value)
    return Desk(profile, database, keys, keep_log(profile))


def _known_offset(work: Work) -> int:
    return int(work.local(OFFSET_KEY, 0))
