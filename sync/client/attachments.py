"""Contents of attachments on their way: up when there is time, down when somebody looks; in chunks, resumed
where they stopped, checked at the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from models.database import Database
from models.errors import DomainError
from models.services.blob_store import BlobStore
from sync.client.local import Plain
from sync.client.transport import Link
from sync.protocol import CHUNK, BlobState

Stop = Callable[[], bool]
Progress = Callable[[int, int], None]
"""(bytes done, bytes in all)."""
_LASTING = frozenset({"blob-quota", "blob-too-large", "blob-invalid"})
"""Refusals that the same content would meet again."""


class Attachments:
    """The desk's transfers. ``store`` holds the contents; the queue is the table ``blob_transfer``."""

    def __init__(self, database: Database, store: BlobStore) -> None:
        self._database = database
        self._store = store

    # -- up --------------------------------------------------------------------------------------

    def upload(self, link: Link, stop: Stop = lambda: False) -> int:
        """Send what waits; gives how many contents headquarters now has. Faults of the network are raised;
        a content that cannot go is marked with the reason and does not stop the others."""
        done = 0
        for name, size in self._waiting():
            if stop():
                break
            state, error = self._send(link, name, size, stop)
            if state is None:
                break
            self._mark(name, state, error)
            done += state == "done"
        return done

    def _waiting(self) -> list[tuple[str, int]]:
        with self._database.reading() as session:
            rows = Plain(session).all(
                "SELECT sha256, size FROM blob_transfer WHERE direction = 'up' AND state = 'waiting'"
            )
        return [(row[0], row[1]) for row in rows]

    def _send(self, link: Link, name: str, size: int, stop: Stop) -> tuple[str | None, str | None]:
        """The transfer's new state and its error; None when it was stopped halfway."""
        if not self._store.has(name):
            return "missing", "blob-missing"
        try:
            at = link.blob_announce(name, size)
            for _ in range(2):
                try:
                    at = self._send_from(link, name, at, stop)
                    return ("done", None) if at.complete else (None, None)
                except DomainError as error:
                    if error.code != "blob-damaged":
                        raise
                    if not self._store.verify(name):
                        return "damaged", "blob-damaged"
                    at = link.blob_announce(name, size)
        except DomainError as error:
            if error.code in _LASTING:
                return "refused", error.code
            raise
        return "refused", "blob-damaged"

    def _send_from(self, link: Link, name: str, at: BlobState, stop: Stop) -> BlobState:
        """From where headquarters stands to the end; an empty chunk there asks it to look at the whole."""
        with self._store.path(name).open("rb") as source:
            while not at.complete and not stop():
                source.seek(at.offset)
                chunk = source.read(min(CHUNK, at.size - at.offset))
                if not chunk and at.offset < at.size:
                    raise DomainError("blob-damaged")  # this file ends too early
                try:
                    at = link.blob_put(name, at.offset, chunk)
                except DomainError as error:
                    if error.code != "blob-gap":
                        raise
                    at = link.blob_state(name)
        return at

    def _mark(self, name: str, state: str, error: str | None) -> None:
        with self._database.working("sync.attachment") as work:
            Plain(work.session).run(
                "UPDATE blob_transfer SET state = ?, error = ? WHERE sha256 = ? AND direction = 'up'",
                (state, error, name),
            )

    # -- down ------------------------------------------------------------------------------------

    def fetch(
        self, link: Link, name: str, progress: Progress | None = None, stop: Stop = lambda: False
    ) -> Path:
        """The content on disk, fetched if it is not there yet, going on where an earlier fetch stopped.

        Raises ``DomainError``: ``blob-unknown`` (headquarters does not have it yet), ``blob-damaged``,
        ``blob-stopped`` and those of the network.
        """
        incoming = self._store.folder / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        with FileLock(incoming / f"{name[:2]}.lock"):  # two windows may look at one picture
            if self._store.has(name):
                return self._store.path(name)
            for _ in range(2):
                part = self._download(link, name, progress, stop)
                if self._store.adopt(part, name):
                    return self._store.path(name)
        raise DomainError("blob-damaged")

    def refetch(self, link: Link, name: str) -> Path:
        """Replace a content that was found damaged on this disk."""
        if self._store.verify(name):
            return self._store.path(name)
        self._store.path(name).unlink(missing_ok=True)
        return self.fetch(link, name)

    def _download(self, link: Link, name: str, progress: Progress | None, stop: Stop) -> Path:
        """The content in its ``.part`` file, which grows from where an earlier fetch stopped."""
        part = self._store.folder / "incoming" / f"{name}.part"
        with part.open("ab") as target:
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
                if not chunk or offset + len(chunk) >= size:
                    return part
