"""Contents of attachments at headquarters: files by SHA-256, one folder a site, taken as they come in.

What lies under its own name was looked at and is whole; a table's row only remembers size and time. A crash
between a file and its row is therefore set right by whoever asks next.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from sqlalchemy import Connection, func, insert, select, update

from models.errors import DomainError
from sync.protocol import CHUNK, MAX_BLOB, BlobState
from sync.server.database import HqDatabase
from sync.server.lacks import Lacks
from sync.server.tables import hq_blob, hq_site

BUSY_S = 20.0
"""A desk that was silent for so long has stopped sending."""
DAMAGED = ".damaged"
_NAME = re.compile(r"[0-9a-f]{64}")
_STRIPES = 256
_DAY_MS = 86_400_000
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FIXED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


@dataclass(frozen=True)
class _Sender:
    """The desk that sends a content, and when it last did (monotonic seconds)."""

    desk: int
    at: float


class BlobStore:
    """``folder`` / site / first two digits / sha256; what is not whole yet ends in ``.part``.

    Everything is bound to the site of the desk that asks: a content of another site does not exist.
    """

    def __init__(self, folder: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.folder = folder
        self._monotonic = monotonic
        self._locks = tuple(threading.Lock() for _ in range(_STRIPES))
        self._senders: dict[Path, _Sender] = {}
        self.lacks = Lacks(monotonic)

    # -- what is here ----------------------------------------------------------------------------

    def state(self, connection: Connection, site_id: str, name: str) -> BlobState:
        """How much is here; raises ``blob-unknown`` when nothing was announced."""
        row = connection.execute(
            select(hq_blob.c.size).where(hq_blob.c.site_id == site_id, hq_blob.c.sha256 == _checked(name))
        ).one_or_none()
        if row is None:
            raise DomainError("blob-unknown")
        return self._stands(self.path(site_id, name), int(row[0]))

    def _stands(self, path: Path, size: int) -> BlobState:
        """By the files: one that is whole counts whatever size was announced once."""
        found = _size_of(path)
        if found is not None and (found == size or self.is_true(path)):
            return BlobState(path.name, found, found, True)  # also when killed before it was noted as whole
        return BlobState(path.name, size, min(_size_of(part_of(path)) or 0, size), False)

    def is_true(self, path: Path) -> bool:
        """Look at the whole; what is damaged is put aside, so that it can come again."""
        try:
            with path.open("rb") as whole:
                if file_digest(whole, "sha256").hexdigest() == path.name:
                    return True
        except FileNotFoundError:
            return False
        with _told():
            path.replace(path.with_name(f"{path.name}{DAMAGED}"))
        return False

    # -- announced -------------------------------------------------------------------------------

    def announce(
        self, connection: Connection, site_id: str, name: str, size: int, now_ms: int, *, desk: int = 0
    ) -> BlobState:
        """Make room for a content, or tell how much of it is here already; ``busy`` while another desk is
        sending it. The name says what it is, so a size announced wrongly gives way to the next one.

        Raises ``blob-too-large``, ``blob-quota`` and ``blob-invalid``.
        """
        _checked(name)
        if not 0 < size <= MAX_BLOB:
            raise DomainError("blob-too-large", limit=MAX_BLOB)
        this = (hq_blob.c.site_id == site_id) & (hq_blob.c.sha256 == name)
        known = select(hq_blob.c.size, hq_blob.c.complete, hq_blob.c.at).where(this).with_for_update()
        path = self.path(site_id, name)
        row = connection.execute(known).one_or_none()
        if row is None:
            locked = update(hq_site).where(hq_site.c.site_id == site_id).values(seq=hq_site.c.seq)
            connection.execute(locked)
            row = connection.execute(known).one_or_none()
        state = self._stands(path, int(row[0]) if row is not None and row[1] else size)
        if not state.complete:
            _check_quota(connection, site_id, size - (int(row[0]) if row is not None else 0))
            state = BlobState(name, size, _usable(part_of(path), size), False)
        values = {"size": state.size, "complete": int(state.complete)}
        if row is None:
            connection.execute(
                insert(hq_blob), [{**values, "site_id": site_id, "sha256": name, "at": now_ms}]
            )
        elif (state.size, int(state.complete)) != tuple(row[:2]) or now_ms - int(row[2]) > _DAY_MS:
            connection.execute(update(hq_blob).where(this).values(**values, at=now_ms))
        return BlobState(name, state.size, state.offset, state.complete, self._is_busy(path, desk, state))

    def _is_busy(self, path: Path, desk: int, state: BlobState) -> bool:
        sender = self._senders.get(path)
        return sender is not None and not state.complete and sender.desk != desk and self._is_sent(path)

    def _is_sent(self, path: Path) -> bool:
        sender = self._senders.get(path)
        return sender is not None and self._monotonic() - sender.at < BUSY_S

    # -- coming in -------------------------------------------------------------------------------

    def begin(self, connection: Connection, site_id: str, name: str, offset: int, *, desk: int = 0) -> Upload:
        """A piece of a content begins to come in. Several may at once: the connection of an earlier one may
        be dead without our knowing, and whatever comes first at its place is written.

        Raises ``blob-unknown`` and ``blob-gap`` (values: offset) when something between is missing.
        """
        state = self.state(connection, site_id, name)
        if not state.complete and not 0 <= offset <= state.offset:
            raise DomainError("blob-gap", offset=state.offset)
        path = self.path(site_id, name)
        if not state.complete and desk:
            self._note_sender(path, desk)
        return Upload(self, path, state, offset)

    def _note_sender(self, path: Path, desk: int) -> None:
        now = self._monotonic()
        if len(self._senders) > 1_000:
            for other, sender in list(self._senders.items()):
                if now - sender.at >= BUSY_S:
                    self._senders.pop(other, None)
        self._senders[path] = _Sender(desk, now)

    def put(
        self, database: HqDatabase, site_id: str, name: str, offset: int, chunk: bytes, *, desk: int = 0
    ) -> BlobState:
        """Take one chunk at ``offset`` that is here whole; what is here already is passed over.

        Raises those of `begin` and of `Upload`.
        """
        with database.reading(site_id) as connection:
            upload = self.begin(connection, site_id, name, offset, desk=desk)
        try:
            upload.take(chunk)
        finally:
            upload.close()
        return self.end(database, site_id, upload)

    def end(self, database: HqDatabase, site_id: str, upload: Upload) -> BlobState:
        """The piece is here: how the content stands now. When it was the last, the whole is looked at.

        Raises ``blob-damaged`` when it does not have the hash it was announced with: then it starts anew.
        """
        state = upload.state()
        if state.complete or state.offset < state.size:
            return state
        # All bytes are here, perhaps since before a crash that came before they were looked at.
        with self.lock(upload.path), _told():
            _finish(upload.path)
        self._senders.pop(upload.path, None)
        with database.writing(site_id) as connection:
            connection.execute(
                update(hq_blob)
                .where(hq_blob.c.site_id == site_id, hq_blob.c.sha256 == upload.path.name)
                .values(complete=1, size=state.size)
            )
        return BlobState(state.sha256, state.size, state.size, True)

    # -- going out -------------------------------------------------------------------------------

    def read(self, connection: Connection, site_id: str, name: str, offset: int) -> tuple[bytes, BlobState]:
        """One chunk from ``offset`` on; raises ``blob-unknown`` while the content is not whole.

        Whoever begins to read has the whole looked at first: what the disk spoiled is put aside, and desks
        that have it are asked for it (`sync.server.blob_upkeep.wanted`)."""
        state = self.state(connection, site_id, name)
        path = self.path(site_id, name)
        if not state.complete or not 0 <= offset <= state.size or (offset == 0 and not self.is_true(path)):
            raise DomainError("blob-unknown")
        try:
            with path.open("rb") as source:
                source.seek(offset)
                return source.read(CHUNK), state
        except FileNotFoundError as error:
            raise DomainError("blob-unknown") from error

    # -- files -----------------------------------------------------------------------------------

    def path(self, site_id: str, name: str) -> Path:
        return self.folder / site_id / name[:2] / name

    def remove(self, site_id: str, name: str) -> None:
        """For a content that nothing names any more, inside the transaction that takes its row away."""
        with self.lock(path := self.path(site_id, name)):
            path.unlink(missing_ok=True)

    def remove_part(self, site_id: str, name: str) -> None:
        """For an upload that was never finished, unless it goes on just now."""
        path = self.path(site_id, name)
        with self.lock(path):
            if not self._is_sent(path):
                part_of(path).unlink(missing_ok=True)

    def lock(self, path: Path) -> threading.Lock:
        """Shared by few contents, held for the time of a write or a look."""
        return self._locks[hash(path) % _STRIPES]


class Upload:
    """One piece of a content on its way in: what has come is written down at once, so that a line cut at
    any byte sends none of it again."""

    def __init__(self, store: BlobStore, path: Path, state: BlobState, offset: int) -> None:
        self.path = path
        self._store = store
        self._began = state
        self._at = offset
        self._taken = 0

    def take(self, piece: bytes) -> None:
        """What came next; what is here already is passed over.

        Raises ``blob-gap`` (values: offset) when what came before is there no more, ``blob-invalid`` beyond
        the announced size, ``hq-disk-full``, ``hq-read-only``.
        """
        self._taken += len(piece)
        if self._began.complete:
            return
        end = self._at + len(piece)
        if end > self._began.size or self._taken > CHUNK:
            raise DomainError("blob-invalid")
        part = part_of(self.path)
        with self._store.lock(self.path), _told():
            here = _size_of(part) or 0
            if here < self._at:
                raise DomainError("blob-gap", offset=here)
            if end > here:
                part.parent.mkdir(parents=True, exist_ok=True)
                with part.open("ab") as target:
                    target.write(piece[here - self._at :])
        self._at = end

    def close(self) -> None:
        """No more comes, by whatever reason; what came lies on the disk."""
        part = part_of(self.path)
        if self._taken and not self._began.complete:
            with self._store.lock(self.path), _told(), contextlib.suppress(FileNotFoundError):
                _flush(part)

    def state(self) -> BlobState:
        if self._began.complete:
            return self._began
        size = self._began.size
        return BlobState(self.path.name, size, min(_size_of(part_of(self.path)) or 0, size), False)


def _check_quota(connection: Connection, site_id: str, more: int) -> None:
    if more <= 0:
        return
    quota = connection.execute(select(hq_site.c.blob_quota).where(hq_site.c.site_id == site_id)).scalar_one()
    used = connection.execute(
        select(func.coalesce(func.sum(hq_blob.c.size), 0)).where(hq_blob.c.site_id == site_id)
    ).scalar_one()
    if int(used) + more > quota:
        raise DomainError("blob-quota", quota=quota, used=int(used))


def _finish(path: Path) -> None:
    """The last byte is here: what has its name is whole and true."""
    part = part_of(path)
    try:
        with part.open("rb") as whole:
            is_true = file_digest(whole, "sha256").hexdigest() == path.name
    except FileNotFoundError:
        if path.is_file():
            return  # two came to the end at once
        raise DomainError("blob-gap", offset=0) from None
    if not is_true:
        part.unlink()
        raise DomainError("blob-damaged")
    part.replace(path)
    path.with_name(f"{path.name}{DAMAGED}").unlink(missing_ok=True)
    with contextlib.suppress(OSError, AttributeError):  # Windows has no such call and needs none
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _flush(path: Path) -> None:
    with path.open("rb+") as written:
        os.fsync(written.fileno())


def _usable(part: Path, size: int) -> int:
    """How much of a part may be gone on from; one longer than the whole is none of it."""
    found = _size_of(part) or 0
    if found > size:
        part.unlink(missing_ok=True)
        return 0
    return found


def is_name(name: str) -> bool:
    """Of a content; another text must not become a path."""
    return _NAME.fullmatch(name) is not None


def _checked(name: str) -> str:
    if not is_name(name):
        raise DomainError("blob-invalid")
    return name


def _size_of(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What the disk answers, with a code of its own."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DomainError("hq-disk-full") from error
        if error.errno in _FIXED:
            raise DomainError("hq-read-only") from error
        raise


def part_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")
