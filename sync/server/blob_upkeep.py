"""The contents of attachments over the years: what is missing is asked for, what nothing names any more or
was never finished goes, what the disk spoiled is found.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, delete, exists, select, update

from models.entities import Attachment
from models.errors import DomainError
from sync.clock import make_stamp
from sync.server.auth import said
from sync.server.blobs import DAMAGED, BlobStore, is_name
from sync.server.database import HqDatabase
from sync.server.tables import SITE_TABLES, hq_blob

UNUSED_DAYS = 30
"""How long a content stays that no attachment names any more: an undo or a desk that comes back late may
name it again."""
UNFINISHED_DAYS = 7
WANTED_AT_ONCE = 200
DAY_MS = 86_400_000
FIRST_WITHIN_S = 6 * 3_600.0
_ATTACHMENT = SITE_TABLES[str(Attachment.__tablename__)].table


@dataclass(frozen=True)
class Tidied:
    """How many contents went: ``unused`` ones, and ``unfinished`` uploads."""

    unused: int = 0
    unfinished: int = 0


@dataclass(frozen=True)
class Checked:
    """What a look at every content found: ``damaged`` and ``missing`` are names. Missing is also what an
    attachment names and no desk has brought."""

    whole: int
    damaged: tuple[str, ...]
    missing: tuple[str, ...]


def wanted(connection: Connection, site_id: str, after: str = "") -> list[str]:
    """Contents that the site's attachments name and that are not here, after this name: any desk that has
    one is asked to send it."""
    here = exists().where(
        hq_blob.c.site_id == site_id, hq_blob.c.sha256 == _ATTACHMENT.c.sha256, hq_blob.c.complete == 1
    )
    rows = connection.execute(
        select(_ATTACHMENT.c.sha256)
        .where(_named_in(site_id), _ATTACHMENT.c.sha256 > said(after, 64), ~here)
        .distinct()
        .order_by(_ATTACHMENT.c.sha256)
        .limit(WANTED_AT_ONCE)
    )
    return [str(row[0]) for row in rows]


def wanted_of(database: HqDatabase, store: BlobStore, site_id: str, desk: int, after: str = "") -> list[str]:
    """`wanted` for a desk that asks, which is thereby asked."""

    def look() -> list[str]:
        with database.reading(site_id) as connection:
            return wanted(connection, site_id, after)

    return look() if after else store.lacks.told(site_id, desk, look)


def _named_in(site_id: str) -> ColumnElement[bool]:
    return (_ATTACHMENT.c.site_id == site_id) & _ATTACHMENT.c.deleted.is_(None)


def _note_lost(database: HqDatabase, store: BlobStore, site_id: str, name: str) -> None:
    """A content that was here is damaged or gone: it is wanted again."""
    with database.writing(site_id) as connection:
        connection.execute(
            update(hq_blob).where(hq_blob.c.site_id == site_id, hq_blob.c.sha256 == name).values(complete=0)
        )
    store.lacks.lost(site_id)


def tidy(database: HqDatabase, store: BlobStore, site_id: str, now_ms: int) -> Tidied:
    """Let go what a site no longer needs. The files go inside the transaction that takes their rows away:
    a desk that announces one of them at that moment waits for its end and finds nothing."""
    unfinished = now_ms - UNFINISHED_DAYS * DAY_MS
    unused = now_ms - UNUSED_DAYS * DAY_MS
    this = hq_blob.c.site_id == site_id
    is_named = exists().where(_ATTACHMENT.c.site_id == site_id, _ATTACHMENT.c.sha256 == hq_blob.c.sha256)
    is_in_use = is_named.where(
        _ATTACHMENT.c.deleted.is_(None) | (_ATTACHMENT.c.deleted >= make_stamp(unused, 0, 0))
    )
    with database.writing(site_id) as connection:
        left = connection.execute(
            delete(hq_blob)
            .where(this, hq_blob.c.complete == 0, hq_blob.c.at < unfinished)
            .returning(hq_blob.c.sha256)
        ).all()
        gone = connection.execute(
            delete(hq_blob)
            .where(this, hq_blob.c.complete == 1, hq_blob.c.at < unused, ~is_in_use)
            .returning(hq_blob.c.sha256)
        ).all()
        for (name,) in gone:
            store.remove(site_id, name)
        for (name,) in left:
            store.remove_part(site_id, name)
    _remove_old(store.folder / site_id)
    return Tidied(len(gone), len(left))


def _remove_old(folder: Path) -> None:
    """Parts and damaged files that no row remembers."""
    now = time.time()
    days = {".part": UNFINISHED_DAYS, DAMAGED: UNUSED_DAYS}
    for path in list(folder.rglob("*")) if folder.is_dir() else []:
        limit = days.get(path.suffix)
        with contextlib.suppress(OSError):
            if limit is not None and path.stat().st_mtime < now - limit * DAY_MS / 1000:
                path.unlink()


def check(database: HqDatabase, store: BlobStore, site_id: str) -> Checked:
    """Look at every content of a site; what is damaged is put aside, and wanted again as what is missing."""
    whole, damaged, missing = 0, [], []
    for name in _names(database, site_id):
        path = store.path(site_id, name)
        if not path.is_file():
            missing.append(name)
        elif not store.is_true(path):
            damaged.append(name)
        else:
            whole += 1
            continue
        _note_lost(database, store, site_id, name)
    return Checked(whole, tuple(damaged), tuple(missing))


def _names(database: HqDatabase, site_id: str) -> list[str]:
    """What was here whole, and what should be."""
    with database.reading(site_id) as connection:
        rows = connection.execute(
            select(hq_blob.c.sha256).where(hq_blob.c.site_id == site_id, hq_blob.c.complete == 1)
        ).all()
        names = {str(row[0]) for row in rows}
        after = ""
        while page := wanted(connection, site_id, after):
            names.update(page)
            after = page[-1]
    return sorted(filter(is_name, names))


def read(database: HqDatabase, store: BlobStore, site_id: str, name: str, offset: int) -> tuple[bytes, int]:
    """A chunk and the size of the whole for a desk that looks at it; raises ``blob-unknown``. What is found
    damaged or gone on the way is noted as lost."""
    with database.reading(site_id) as connection:
        was = connection.execute(
            select(hq_blob.c.complete).where(hq_blob.c.site_id == site_id, hq_blob.c.sha256 == name)
        ).scalar_one_or_none()
        try:
            chunk, state = store.read(connection, site_id, name, offset)
            return chunk, state.size
        except DomainError as error:
            if error.code != "blob-unknown" or store.path(site_id, name).is_file():
                raise
    if was:
        _note_lost(database, store, site_id, name)
    else:
        store.lacks.missed(site_id)
    raise DomainError("blob-unknown")


class Upkeep:
    """Tidies a site about once a day, when one of its desks asks what is wanted; one for an application.
    After a start the first times are spread over some hours: all desks ask in the same morning minutes."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        spread: Callable[[], float] = lambda: random.uniform(0, FIRST_WITHIN_S),  # noqa: S311 - no secret
    ) -> None:
        self._monotonic = monotonic
        self._spread = spread
        self._lock = threading.Lock()
        self._due: dict[str, float] = {}

    def tidy(self, database: HqDatabase, store: BlobStore, site_id: str, now_ms: int) -> Tidied | None:
        """None when it is not time yet."""
        now = self._monotonic()
        with self._lock:
            if now < self._due.setdefault(site_id, now + self._spread()):
                return None
            self._due[site_id] = now + DAY_MS / 1000
        return tidy(database, store, site_id, now_ms)
