"""A site's rows kept ready to load: made in one snapshot of the database, kept as files, made anew when much
has changed.

``folder`` / site / ``snapshot`` / id holds ``manifest`` and the parts ``0000``, ``0001`` …; the row of
`hq_snapshot` says which id is the newest. Files come first under another name, then the folder, then the
row: what a crash leaves behind is in nobody's way and goes with the next one. Parts are read with their
hash, so a damaged one is never given out.
"""

from __future__ import annotations

import logging
import re
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import delete, insert, select, update

from models.entities.synced import new_id
from models.errors import DomainError
from sync.clock import wall_milliseconds
from sync.protocol import SCHEMA
from sync.server import pull, snapshot_rows
from sync.server.database import HqDatabase
from sync.server.snapshot_rows import StoppedError
from sync.server.tables import hq_snapshot
from sync.snapshots import PIECE, SnapshotReply, name_of

LOG = logging.getLogger("qiantai.hq")
SMALLEST = 4_000
"""Rows of a site below which pages are as quick."""
STALE_PART = 0.05
"""A snapshot is made anew when this part of its rows has changed since …"""
STALE_ROWS = 2_000
"""… and more rows than one page gives."""
FORGOTTEN_S = 900.0
"""An older snapshot goes when nobody has read it for so long."""
AGAIN_S = 600.0
"""After one could not be made, this long until the next try."""
MANIFEST = "manifest"
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class _Newest:
    """What is known of a site: its newest number, and its newest snapshot if that can be used."""

    seq: int
    id: str = ""
    cursor: int = 0
    rows: int = 0

    @property
    def is_stale(self) -> bool:
        return not self.id or self.seq > self.lasts_until

    @property
    def lasts_until(self) -> int:
        return self.cursor + max(int(self.rows * STALE_PART), STALE_ROWS)


class Snapshots:
    """The snapshots of every site. One is made at a time, on a thread of its own; ``is_busy`` tells when it
    should leave the machine to others."""

    def __init__(
        self,
        database: HqDatabase,
        folder: Path,
        *,
        smallest: int = SMALLEST,
        is_busy: Callable[[], bool] = lambda: False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._folder = folder
        self._smallest = smallest
        self._is_busy = is_busy
        self._monotonic = monotonic
        self._turn = threading.Lock()
        self._builder = ThreadPoolExecutor(1, "snapshot")
        self._building: dict[str, Future[None]] = {}
        self._failed: dict[str, float] = {}
        self._read_at: dict[Path, float] = {}
        self._due: dict[str, int] = {}
        self._stopping = threading.Event()

    def close(self) -> None:
        """Stop the one that is being made; what there is of it goes."""
        self._stopping.set()
        self._builder.shutdown(cancel_futures=True)

    # -- for a desk ------------------------------------------------------------------------------

    def offer(self, site_id: str) -> SnapshotReply:
        """What a desk of the site may load now. Where it is missing or much older than the site, a new one
        is begun, and the desk had better ask again in a moment."""
        newest = self._newest(site_id)
        if newest.seq < self._smallest:
            return SnapshotReply()
        if newest.is_stale and self.begin(site_id):
            return SnapshotReply(is_building=True)
        manifest = self._manifest(site_id, newest.id) if newest.id else None
        return manifest if manifest is not None and manifest.parts else SnapshotReply()

    def is_building(self, site_id: str) -> bool:
        with self._turn:
            return site_id in self._building

    def part(
        self, site_id: str, snapshot_id: str, number: int, offset: int, length: int
    ) -> tuple[bytes, int]:
        """At most ``length`` bytes of a part from ``offset`` on, and the size of the whole.

        Raises ``snapshot-gone`` when it is not here, or not what it was: then another one is made.
        """
        folder = self._place(site_id, snapshot_id)
        manifest = self._manifest(site_id, snapshot_id)
        if manifest is None or not 0 <= number < len(manifest.parts):
            raise DomainError("snapshot-gone")
        self._read_at[folder] = self._monotonic()
        wanted = manifest.parts[number]
        try:
            body = (folder / _name(number)).read_bytes()
        except OSError:
            body = b""
        if len(body) != wanted.size or (offset == 0 and name_of(body) != wanted.sha256):
            LOG.warning("a part of a snapshot of site %s is damaged", site_id)
            self.drop(site_id, snapshot_id)
            raise DomainError("snapshot-gone")
        return body[max(offset, 0) :][: min(max(length, 1), PIECE)], wanted.size

    def note(self, site_id: str, seq: int) -> None:
        """The site has come to ``seq``: see to its snapshot if that is due and none is being made."""
        if seq < self._due.get(site_id, self._smallest) or self._building:
            return
        newest = self._newest(site_id)
        if newest.is_stale:
            self._due[site_id] = seq + STALE_ROWS
            self.begin(site_id)
        else:
            self._due[site_id] = newest.lasts_until + 1

    # -- making one ------------------------------------------------------------------------------

    def begin(self, site_id: str) -> bool:
        """Begin to make one, unless that goes on already; False when it failed only lately."""
        with self._turn:
            if site_id in self._building:
                return True
            failed = self._failed.get(site_id)
            if self._stopping.is_set() or (failed is not None and self._monotonic() < failed + AGAIN_S):
                return False
            self._building[site_id] = self._builder.submit(self._begun, site_id)
            return True

    def _begun(self, site_id: str) -> None:
        try:
            self.make(site_id)
            self._failed.pop(site_id, None)
        except StoppedError:
            LOG.info("a snapshot was stopped with headquarters")
        except Exception:  # desks pull page by page then, and nothing else depends on it
            LOG.exception("no snapshot of site %s could be made", site_id)
            self._failed[site_id] = self._monotonic()
        finally:
            with self._turn:
                self._building.pop(site_id, None)

    def make(self, site_id: str) -> SnapshotReply:
        """Make one now; an empty one for a site that needs none."""
        snapshot_id = new_id()
        place = self._place(site_id, snapshot_id)
        making = place.with_name(f"{snapshot_id}.making")
        making.mkdir(mode=0o700, parents=True)  # for the eyes of who serves only
        try:
            with self._database.reading(site_id) as connection:
                seq = pull.site_state(connection, site_id).seq
                found = snapshot_rows.write(connection, site_id, making, self._give_way)
            parts = found.parts if found.rows >= self._smallest else []
            manifest = SnapshotReply(
                snapshot_id, seq, self._database.epoch, SCHEMA, found.rows, found.highest, parts
            )
            (making / MANIFEST).write_bytes(msgspec.msgpack.encode(manifest))
            making.replace(place)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
        self._read_at[place] = self._monotonic()
        self._point_at(site_id, manifest)
        self._due[site_id] = _Newest(seq, snapshot_id, seq, found.rows).lasts_until + 1
        self._sweep(site_id, snapshot_id)
        return manifest

    def _give_way(self) -> None:
        """Between two handfuls of rows: requests first, and an end when headquarters ends."""
        if self._stopping.is_set():
            raise StoppedError
        if self._is_busy():
            time.sleep(0.005)

    def _point_at(self, site_id: str, manifest: SnapshotReply) -> None:
        values = {
            "snapshot_id": manifest.id,
            "epoch": manifest.epoch,
            "cursor": manifest.cursor,
            "rows": manifest.rows,
            "made_at": wall_milliseconds(),
        }
        with self._database.writing(site_id) as connection:
            this = hq_snapshot.c.site_id == site_id
            if not connection.execute(update(hq_snapshot).where(this).values(values)).rowcount:
                connection.execute(insert(hq_snapshot), [{"site_id": site_id, **values}])

    # -- what is there ---------------------------------------------------------------------------

    def _newest(self, site_id: str) -> _Newest:
        """A snapshot of another epoch, or of what this database does not know, is none: it was restored."""
        with self._database.reading(site_id) as connection:
            seq = pull.site_state(connection, site_id).seq
            row = connection.execute(
                select(
                    hq_snapshot.c.snapshot_id, hq_snapshot.c.epoch, hq_snapshot.c.cursor, hq_snapshot.c.rows
                ).where(hq_snapshot.c.site_id == site_id)
            ).one_or_none()
        if row is None or row[1] != self._database.epoch or row[2] > seq:
            return _Newest(seq)
        if self._manifest(site_id, row[0]) is None:
            return _Newest(seq)
        return _Newest(seq, row[0], row[2], row[3])

    def _manifest(self, site_id: str, snapshot_id: str) -> SnapshotReply | None:
        try:
            packed = (self._place(site_id, snapshot_id) / MANIFEST).read_bytes()
            manifest = msgspec.msgpack.decode(packed, type=SnapshotReply)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None
        return manifest if manifest.epoch == self._database.epoch else None

    def drop(self, site_id: str, snapshot_id: str) -> None:
        """Take one away; the next desk that asks has another one made."""
        with self._database.writing(site_id) as connection:
            connection.execute(
                delete(hq_snapshot).where(
                    hq_snapshot.c.site_id == site_id, hq_snapshot.c.snapshot_id == snapshot_id
                )
            )
        shutil.rmtree(self._place(site_id, snapshot_id), ignore_errors=True)

    def _sweep(self, site_id: str, newest: str) -> None:
        """Remove what is older and not being read, and what a crash left behind."""
        now = self._monotonic()
        for folder in list(self._place(site_id, newest).parent.iterdir()):
            if folder.name != newest and now - self._read_at.get(folder, -FORGOTTEN_S) >= FORGOTTEN_S:
                shutil.rmtree(folder, ignore_errors=True)
                self._read_at.pop(folder, None)

    def _place(self, site_id: str, snapshot_id: str) -> Path:
        if not _ID.fullmatch(snapshot_id):
            raise DomainError("snapshot-gone")
        return self._folder / site_id / "snapshot" / snapshot_id


def _name(number: int) -> str:
    return snapshot_rows.PART_NAME.format(number)
