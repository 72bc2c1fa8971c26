"""The first fill of a desk's file: its site's rows as headquarters keeps them ready, block by block.

Nothing is sent before the fill is over, so all rows of this desk wait whole in the outbox meanwhile (those
of an enrolment, or of a headquarters that was restored). A row that headquarters has with the same stamps
need not go up any more; one it has otherwise, or lacks, goes up and is merged there; what this desk lacks
is loaded. Each block is one transaction together with the place to go on from: a desk that was killed goes
on there, with the same snapshot or with the next. The pull then goes on from the snapshot's cursor. Where
there is no snapshot it begins at 0, page by page.

Indexes and search are kept on the way: leaving them out and building them at the end was no faster for
20,000 and 100,000 tickets, and a fill that is cut short leaves nothing to be built.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from models.database import Database
from models.errors import DomainError
from sync.client import digests, snapshot_load
from sync.client.columns import local_tables
from sync.client.local import CURSOR, LINK, SINCE, SNAPSHOT, UNCHECKED, Plain
from sync.client.snapshot_parts import GONE, Stop, StoppedError, parts
from sync.client.transport import Link
from sync.clock import Clock
from sync.protocol import BodyError
from sync.snapshots import PackedBlock, SnapshotReply

Progress = Callable[[int, int], None]
"""(rows done, rows in all)."""

ASKED = 12
"""How often a desk asks for a snapshot that is being made; each time headquarters holds the answer back for
some seconds. Then it pulls page by page."""
OFFERS = 3
"""Snapshots begun in one round: they may be replaced, but not for ever."""
_NONE_THERE = frozenset({"request-invalid", "hq-foreign", "hq-error"})
"""What a headquarters says that knows no snapshots (0.1.0), or cannot give one: pages will do."""
_PLACE = ("part", "block", "rows")


def is_begun(session: Session) -> bool:
    """A query: whether a fill from a snapshot is under way and has loaded something."""
    return bool(Plain(session).fact(SNAPSHOT))


@dataclass
class Filled:
    """What a fill did: rows and tables loaded, and whether it was told to stop before its end."""

    rows: int = 0
    tables: set[str] = field(default_factory=set)
    is_stopped: bool = False


@dataclass
class Fill:
    """One desk's fill within one round; costs a look at a fact where none is due."""

    database: Database
    link: Link
    stop: Stop = lambda: False
    progress: Progress = lambda done, total: None
    is_agreed: bool = False
    fetches_ahead: bool = False
    filled: Filled = field(default_factory=Filled)

    def run(self) -> Filled:
        """Raises what the link and the database raise, and ``sync-mass-deletion``; the next one goes on."""
        with self.database.reading() as session:
            facts = Plain(session).facts(SNAPSHOT, CURSOR, LINK)
        if SNAPSHOT not in facts:
            return self.filled
        epoch = str(facts.get(LINK, {}).get("epoch", ""))
        try:
            for _ in range(OFFERS if not facts.get(CURSOR) else 0):
                manifest = self._offer()
                if not manifest.id or manifest.epoch != epoch:
                    break
                if self._is_loaded(manifest):
                    self._end(manifest)
                    return self.filled
            self._end(None)
        except StoppedError:
            self.filled.is_stopped = True
        return self.filled

    def _offer(self) -> SnapshotReply:
        for _ in range(ASKED):
            if self.stop():
                raise StoppedError
            try:
                manifest = self.link.snapshot()
            except DomainError as error:
                if error.code not in _NONE_THERE:
                    raise
                return SnapshotReply()
            if not manifest.is_building:
                return manifest
            self.progress(0, 0)
        return SnapshotReply()

    # -- block by block --------------------------------------------------------------------------

    def _is_loaded(self, manifest: SnapshotReply) -> bool:
        """Load what is left of it; False when it went away in the middle."""
        part, block, rows = self._begin(manifest)
        self.progress(rows, manifest.rows)
        coming = parts(self.link, manifest, part, stop=self.stop, fetches_ahead=self.fetches_ahead)
        try:
            with closing(coming):
                for number, blocks in coming:
                    for at in range(block, len(blocks)):
                        if self.stop():
                            raise StoppedError
                        rows += blocks[at].count
                        next_one = (number, at + 1) if at + 1 < len(blocks) else (number + 1, 0)
                        self._load(manifest, blocks[at], (*next_one, rows))
                        self.progress(rows, manifest.rows)
                    block = 0
                    blocks.clear()  # before the next one is unpacked
        except DomainError as error:
            if error.code != GONE:
                raise
            return False
        return True

    def _begin(self, manifest: SnapshotReply) -> tuple[int, int, int]:
        """Where to go on: (part, block, rows done); at the front for a snapshot that is another one."""
        with self.database.reading() as session:
            begun: dict[str, Any] = Plain(session).fact(SNAPSHOT) or {}
        if begun.get("id") != manifest.id:
            return 0, 0, 0
        return int(begun["part"]), int(begun["block"]), int(begun["rows"])  # see `_PLACE`

    def _load(self, manifest: SnapshotReply, packed: PackedBlock, place: tuple[int, int, int]) -> None:
        try:
            block = packed.opened()
        except BodyError as error:
            raise DomainError(GONE) from error
        clock = self.database.stamps
        clock.observe(manifest.highest)
        with self.database.pulling("sync.snapshot") as work:
            applied = snapshot_load.load(work, block, is_agreed=self.is_agreed)
            for table, ids in applied.changed.items():
                work.touch(table, ids)
            Plain(work.session).keep(SNAPSHOT, {"id": manifest.id, **dict(zip(_PLACE, place, strict=True))})
            if isinstance(clock, Clock):
                work.context.last_stamp = clock.last
        for table, ids in applied.changed.items():
            self.filled.rows += len(ids)
            self.filled.tables.add(table)

    # -- the end ---------------------------------------------------------------------------------

    def _end(self, manifest: SnapshotReply | None) -> None:
        """The pull takes over: after the snapshot's cursor, or where none came to its end at 0.

        The sums are taken from the rows, outside the transaction: whatever is saved here meanwhile changes
        none of them, for it still waits.
        """
        with self.database.reading() as session:
            plain = Plain(session)
            is_begun = bool(plain.fact(SNAPSHOT))
            sums = digests.counted(plain) if is_begun else {}
        with self.database.working("sync.snapshot") as work:
            plain = Plain(work.session)
            if is_begun:
                digests.keep(plain, sums)
                children = {name for name, table in local_tables().items() if table.parents}
                plain.keep(UNCHECKED, sorted(children))
            if manifest is not None:
                plain.keep(CURSOR, manifest.cursor)
                plain.keep(SINCE, manifest.cursor)
            plain.forget(SNAPSHOT)
