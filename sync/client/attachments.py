"""Contents of attachments on their way: up when there is time, down when somebody looks; in chunks, resumed
at the byte where they stopped, checked at the end.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from models.database import Database
from models.errors import DomainError
from models.services.blob_store import BlobStore, writing
from sync.client.attachment_care import Care
from sync.client.local import ASK_BLOBS, Plain
from sync.client.transport import Link
from sync.protocol import CHUNK, BlobState

Stop = Callable[[], bool]
Progress = Callable[[int, int], None]
"""(bytes done, bytes in all); may raise to stop."""
LOOK_S = 0.5
"""Seconds between two looks whether somebody still wants to wait."""
QUOTA = "blob-quota"
ASK_EVERY_S = 600.0
"""How often headquarters is asked whether there is room again."""
_LASTING = frozenset({QUOTA, "blob-too-large", "blob-invalid"})
"""Refusals that the same content would meet again at once."""
_CUT = frozenset({"hq-silent", "hq-cut"})


class Attachments:
    """The desk's transfers. ``store`` holds the contents; the queue is the table ``blob_transfer``."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        monotonic: Callable[[], float] = time.monotonic,
        breath_s: float = 0.2,
        ask_after_s: float | None = None,
    ) -> None:
        """``ask_after_s`` as `Care` takes it. ``breath_s``: how long after a cut line headquarters is asked
        how much it has; what was on its way arrives meanwhile."""
        self._database = database
        self.store = store
        self._breath_s = breath_s
        self._monotonic = monotonic
        self._care = Care(database, store, monotonic, ask_after_s)
        self._asked_for_room = -math.inf

    def run(self, link: Link, stop: Stop = lambda: False, is_asked: bool = False) -> int:
        """At the end of a round: what headquarters wants and what waits goes up, and a few contents on this
        disk are looked at; what is damaged is fetched again. Gives how many headquarters now has.

        ``is_asked``: headquarters says that it lacks something. What is saved meanwhile does not wait for a
        film to go up: after its next chunk the round ends.
        """
        self._care.ask(link, is_told=is_asked)
        asked = 0

        def stop_for_news() -> bool:
            nonlocal asked
            asked += 1
            return stop() or (asked > 2 and self._has_news())

        done = self.upload(link, stop_for_news)
        for name in self._care.look():
            if stop():
                break
            with suppress(DomainError):
                self.fetch(link, name, stop=stop)
        return done

    def _has_news(self) -> bool:
        with self._database.reading() as session:
            return Plain(session).one("SELECT 1 FROM outbox LIMIT 1") is not None

    # -- up --------------------------------------------------------------------------------------

    def upload(self, link: Link, stop: Stop = lambda: False) -> int:
        """Send what waits; gives how many contents headquarters now has. Faults of the network are raised;
        a content that cannot go is marked with the reason and does not stop the others."""
        done = 0
        waiting, without_room, is_new_here = self._waiting()
        if is_new_here:
            self._care.leave_to_others()
            self._care.ask_all(link)
            waiting, without_room, _ = self._waiting()
        for name in waiting + without_room:
            if stop():
                break
            state, error = self._send(link, name, stop)
            if state is None:
                continue
            self._mark(name, state, error)
            done += state == "done"
            if name in without_room and error != QUOTA:
                self._let_in()
        return done

    def _waiting(self) -> tuple[list[str], list[str], bool]:
        """What waits, the smallest first: a photo is not kept behind a film. Of those that found no room,
        one is tried now and then. And whether headquarters is to be asked for all that it lacks."""
        with self._database.reading() as session:
            rows = Plain(session).all(
                "SELECT sha256, state, size FROM blob_transfer WHERE direction = 'up' AND "
                "(state = 'waiting' OR state = 'refused' AND error = ?) "
                "UNION ALL SELECT '', 'ask', 0 FROM local_state WHERE key = ? ORDER BY 3, 1",
                (QUOTA, ASK_BLOBS),
            )
        without_room = [str(row[0]) for row in rows if row[1] == "refused"][:1]
        now = self._monotonic()
        if not without_room or now - self._asked_for_room < ASK_EVERY_S:
            without_room = []
        else:
            self._asked_for_room = now
        waiting = [str(row[0]) for row in rows if row[1] == "waiting"]
        return waiting, without_room, any(row[1] == "ask" for row in rows)

    def _let_in(self) -> None:
        """There is room again: all that was refused for want of it waits again."""
        with self._database.working("sync.attachment") as work:
            Plain(work.session).run(
                "UPDATE blob_transfer SET state = 'waiting', error = NULL "
                "WHERE direction = 'up' AND state = 'refused' AND error = ?",
                (QUOTA,),
            )

    def _send(self, link: Link, name: str, stop: Stop) -> tuple[str | None, str | None]:
        """The transfer's new state and its error; None when it was stopped halfway, or another desk is at
        it."""
        try:
            size = self.store.path(name).stat().st_size
        except OSError:
            return ("done", None) if self._care.is_there(link, name) else ("missing", "blob-missing")
        try:
            at = link.blob_announce(name, size)
            for _ in range(2):
                if at.busy:
                    return None, None
                try:
                    at = self._send_from(link, at, size, stop)
                    return ("done", None) if at.complete else (None, None)
                except DomainError as error:
                    if error.code != "blob-damaged":
                        raise
                    if not self.store.verify(name):
                        self._care.put_aside(name)
                        return "damaged", "blob-damaged"
                    at = link.blob_announce(name, size)
        except DomainError as error:
            if error.code in _LASTING:
                return "refused", error.code
            if error.code == "blob-unknown":
                return None, None  # let go there while it was on its way: announced anew the next time
            raise
        return "refused", "blob-damaged"

    def _send_from(self, link: Link, at: BlobState, size: int, stop: Stop) -> BlobState:
        """From where headquarters stands to the end; an empty chunk there asks it to look at the whole."""
        name, is_cut = at.sha256, False
        with _readable(), self.store.path(name).open("rb") as source:
            while not at.complete and not stop():
                if at.size != size:
                    at = link.blob_announce(name, size)  # another desk announced it otherwise meanwhile
                    if at.complete or at.busy:
                        return at
                source.seek(at.offset)
                chunk = source.read(min(CHUNK, size - at.offset))
                if not chunk and at.offset < size:
                    raise DomainError("blob-damaged")  # this file ends too early
                try:
                    at, is_cut = link.blob_put(name, at.offset, chunk), False
                except DomainError as error:
                    if error.code != "blob-gap" and (is_cut or error.code not in _CUT):
                        raise
                    is_cut = error.code in _CUT  # it may have taken some of it: ask before sending again
                    if is_cut:
                        time.sleep(self._breath_s)
                    at = link.blob_state(name)
                self._note(name, at.offset)
        return at

    def _note(self, name: str, offset: int) -> None:
        """How far it is, for the window."""
        with suppress(DomainError), self._database.working("sync.attachment") as work:
            Plain(work.session).run(
                "UPDATE blob_transfer SET offset = ? WHERE sha256 = ? AND direction = 'up'", (offset, name)
            )

    def _mark(self, name: str, state: str, error: str | None) -> None:
        with self._database.working("sync.attachment") as work:
            Plain(work.session).run(
                "UPDATE blob_transfer SET state = ?, error = ? WHERE sha256 = ? AND direction = 'up'",
                (state, error, name),
            )

    # -- down ------------------------------------------------------------------------------------

    def at_hand(self, name: str) -> Path | None:
        """The content on this disk, looked at; None when it is not here. A damaged one is put aside, and a
        queued upload of it learns of it."""
        if not self.store.has(name):
            return None
        if self.store.verify(name):
            return self.store.path(name)
        self._care.put_aside(name)
        return None

    def fetch(
        self, link: Link, name: str, progress: Progress | None = None, stop: Stop = lambda: False
    ) -> Path:
        """The content on disk, fetched if it is not there yet, going on where an earlier fetch stopped.

        Raises ``DomainError``: ``blob-unknown`` (headquarters does not have it yet), ``blob-damaged``,
        ``blob-stopped``, ``disk-full`` and those of the network.
        """
        incoming = self.store.folder / "incoming"
        with writing(self.store.folder):
            incoming.mkdir(parents=True, exist_ok=True)
        with _alone(incoming / f"{name[:2]}.lock", stop):  # two windows may look at one picture
            found = self.at_hand(name)
            if found is not None:
                return found
            for _ in range(2):
                try:
                    part = self._download(link, name, progress, stop)
                except DomainError as error:
                    if error.code == "blob-unknown":
                        self._care.note_absent(name)
                    raise
                if self.store.adopt(part, name):
                    self._care.note_there([name])
                    return self.store.path(name)
        raise DomainError("blob-damaged")

    def _download(self, link: Link, name: str, progress: Progress | None, stop: Stop) -> Path:
        """The content in its ``.part`` file, which grows from where an earlier fetch stopped."""
        part = self.store.folder / "incoming" / f"{name}.part"
        with writing(self.store.folder), part.open("ab") as target:
            while True:
                if stop():
                    raise DomainError("blob-stopped")
                offset = target.tell()
                try:
                    chunk, size = link.blob_get(name, offset)
                except DomainError as error:
                    if error.code != "blob-unknown" or not offset:
                        raise
                    target.truncate(0)  # longer than the whole: it is not what was asked for
                    target.seek(0)
                    continue
                target.write(chunk)
                target.flush()
                if progress is not None:
                    progress(min(offset + len(chunk), size), size)
                if offset + len(chunk) >= size:
                    return part
                if not chunk:
                    raise DomainError("hq-cut")


@contextmanager
def _readable() -> Iterator[None]:
    """A file that this disk cannot read is a damaged one."""
    try:
        yield
    except OSError as error:
        raise DomainError("blob-damaged") from error


@contextmanager
def _alone(path: Path, stop: Stop) -> Iterator[None]:
    """Nobody else at the same time; who does not want to wait any longer says so by ``stop``."""
    lock = FileLock(path)
    while True:
        try:
            lock.acquire(timeout=LOOK_S)
            break
        except Timeout:
            if stop():
                raise DomainError("blob-stopped") from None
    try:
        yield
    finally:
        lock.release()
