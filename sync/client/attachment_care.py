"""What is done for contents without anybody asking: headquarters' wants are heard, and the files on this
disk are looked at one after another, a few a round, so that a spoiled one is found while a whole one exists.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable
from contextlib import suppress

from models.database import Database
from models.entities.local import IF_HELD
from models.errors import DomainError
from models.services.blob_store import BlobStore
from sync.client.local import ASK_BLOBS, Plain
from sync.client.transport import Link

ASK_EVERY_S = 600.0
ASK_SOON_S = 30.0
"""Headquarters that says it lacks something at every round is asked for what this often."""
LOOK_EVERY_S = 30.0
FILES_A_LOOK = 4
LOST_A_LOOK = 100
BYTES_A_LOOK = 16 * 1024 * 1024
LEFTOVER_DAYS = 7
_PREFIXES = 256


class Care:
    """Remembers where it stands only while the program runs: it begins anywhere, so that in the long run
    every file has its turn however often the program is started."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        monotonic: Callable[[], float] = time.monotonic,
        ask_after_s: float | None = None,
    ) -> None:
        """``ask_after_s``: when headquarters is asked first; None is at any time within `ASK_EVERY_S`, for
        all desks start in the same morning minutes."""
        self._database = database
        self._store = store
        self._monotonic = monotonic
        now = monotonic()
        first = random.uniform(0, ASK_EVERY_S) if ask_after_s is None else ask_after_s  # noqa: S311 - no secret
        self._asked = now - ASK_EVERY_S + first
        self._looked = now
        self._heard = -math.inf
        self._after = ""
        self._prefix = random.randrange(_PREFIXES)  # noqa: S311 - any place is as good
        self._names: list[str] = []
        self._is_tidy = False
        self._is_old = False

    # -- what headquarters wants -----------------------------------------------------------------

    def ask(self, link: Link, *, is_told: bool = False) -> None:
        """Now and then, and soon when headquarters told so: queue what it lacks and is here."""
        now = self._monotonic()
        if is_told and not self._is_old and now - self._heard >= ASK_SOON_S:
            self._look_for_lost(link)
            self._ask_through(link)
        elif now - self._asked >= ASK_EVERY_S:
            self._look_for_lost(link)
            self._ask(link)

    def ask_all(self, link: Link) -> None:
        """After an enrolment, or when headquarters was restored: queue all of it. What this desk's file no
        longer told to go up, for it is an old one, lies in the folder beside it all the same."""
        self._ask_through(link)
        with self._database.working("sync.attachment") as work:
            Plain(work.session).forget(ASK_BLOBS)

    def _ask_through(self, link: Link) -> None:
        self._after = ""
        self._ask(link)
        while self._after:
            self._ask(link)

    def _ask(self, link: Link) -> None:
        """One page of what is wanted; after the last it begins again."""
        if self._is_old:
            return
        self._asked = self._heard = self._monotonic()
        try:
            names = link.blobs_wanted(self._after)
        except DomainError as error:
            self._is_old = error.code in {"blob-invalid", "request-invalid"}  # headquarters of 0.1.0
            if not self._is_old:
                raise
            self._after = ""
            return
        self._after = names[-1] if names else ""
        here = [name for name in names if len(name) == 64 and self._has(name)]
        if here:
            self._queue(here)

    def _has(self, name: str) -> bool:
        try:
            return self._store.has(name)
        except ValueError:
            return False

    def _queue(self, names: list[str]) -> None:
        sizes = {name: self._store.path(name).stat().st_size for name in names}
        with self._database.working("sync.attachment") as work:
            Plain(work.session).many(
                "INSERT INTO blob_transfer(sha256, direction, size, offset, state) "
                "VALUES (?, 'up', ?, 0, 'waiting') ON CONFLICT(sha256, direction) DO UPDATE "
                "SET state = 'waiting', error = NULL, offset = 0 "
                "WHERE state IN ('done', 'missing', 'damaged')",
                list(sizes.items()),
            )

    # -- what is not here ------------------------------------------------------------------------

    def leave_to_others(self) -> None:
        """After an enrolment or a restore everything waits; contents that this desk never sent and does not
        have are not its to send."""
        with self._database.reading() as session:
            rows = Plain(session).all(
                "SELECT sha256 FROM blob_transfer WHERE direction = 'up' AND error = ?", (IF_HELD,)
            )
        names = [str(row[0]) for row in rows if not self._has(str(row[0]))]
        if names:
            with self._database.working("sync.attachment") as work:
                Plain(work.session).run(
                    "DELETE FROM blob_transfer WHERE direction = 'up' AND error = ? "
                    "AND sha256 IN (SELECT value FROM json_each(?))",
                    (IF_HELD, json.dumps(names)),
                )

    def is_there(self, link: Link, name: str) -> bool:
        """Whether headquarters has it whole."""
        try:
            return link.blob_state(name).complete
        except DomainError as error:
            if error.code != "blob-unknown":
                raise
            return False

    def note_there(self, names: list[str]) -> None:
        """Headquarters has these: none of them is lost, whatever was found here before."""
        self._note(names, "done")

    def note_absent(self, name: str) -> None:
        """Somebody wanted it, and headquarters does not have it: for the window."""
        with suppress(DomainError), self._database.working("sync.attachment") as work:
            Plain(work.session).run(
                "INSERT INTO blob_transfer(sha256, direction, size, offset, state, error) "
                "VALUES (?, 'down', 0, 0, 'missing', 'blob-unknown') ON CONFLICT(sha256, direction) "
                "DO UPDATE SET state = 'missing', error = 'blob-unknown'",
                (name,),
            )

    def _note(self, names: list[str], state: str) -> None:
        """``state`` of uploads; a content that did not come down is here, or may come. Nothing is written
        where nothing was amiss."""
        amiss = "state IN ('missing', 'damaged') AND sha256 IN (SELECT value FROM json_each(?))"
        chosen = (json.dumps(names),)
        with self._database.reading() as session:
            if Plain(session).one(f"SELECT 1 FROM blob_transfer WHERE {amiss}", chosen) is None:  # noqa: S608
                return
        with self._database.working("sync.attachment") as work:
            Plain(work.session).run(
                "UPDATE blob_transfer SET error = NULL, offset = 0, "  # noqa: S608
                f"state = CASE direction WHEN 'up' THEN ? ELSE 'done' END WHERE {amiss}",
                (state, *chosen),
            )

    def _look_for_lost(self, link: Link) -> None:
        """What was told as lost may be back in the folder, or have come to headquarters from elsewhere."""
        with self._database.reading() as session:
            rows = Plain(session).all(
                "SELECT sha256 FROM blob_transfer WHERE state IN ('missing', 'damaged') "
                "GROUP BY sha256 ORDER BY random() LIMIT ?",
                (LOST_A_LOOK,),
            )
        names = [str(row[0]) for row in rows]
        here = [name for name in names if self._has(name)]
        self._note(here, "waiting")
        self.note_there([name for name in names if name not in here and self.is_there(link, name)])

    # -- what lies here --------------------------------------------------------------------------

    def look(self) -> list[str]:
        """Look at the next few files, if it is time; gives those that were damaged and are put aside now."""
        now = self._monotonic()
        if now - self._looked < LOOK_EVERY_S:
            return []
        self._looked = now
        if not self._is_tidy:
            self._is_tidy = True
            self._store.remove_leftovers(LEFTOVER_DAYS)
        damaged = []
        size = 0
        for _ in range(FILES_A_LOOK):
            name = self._next()
            if name is None or size >= BYTES_A_LOOK:
                break
            try:
                size += self._store.path(name).stat().st_size
            except OSError:
                continue
            if not self._store.verify(name):
                self.put_aside(name)
                damaged.append(name)
        return damaged

    def _next(self) -> str | None:
        for _ in range(_PREFIXES):
            if self._names:
                return self._names.pop()
            self._prefix = (self._prefix + 1) % _PREFIXES
            self._names = self._store.contents(f"{self._prefix:02x}")
        return self._names.pop() if self._names else None

    def put_aside(self, name: str) -> None:
        """A content found damaged: not here any more, and not to be sent."""
        self._store.set_aside(name)
        with self._database.working("sync.attachment") as work:
            Plain(work.session).run(
                "UPDATE blob_transfer SET state = 'damaged', error = 'blob-damaged' "
                "WHERE direction = 'up' AND state IN ('waiting', 'refused') AND sha256 = ?",
                (name,),
            )
