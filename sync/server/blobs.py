"""Contents of attachments at headquarters: files by SHA-256, one folder a site, taken in chunks."""

from __future__ import annotations

import os
import re
import threading
from hashlib import file_digest
from pathlib import Path

from sqlalchemy import Connection, func, insert, select, update

from models.errors import DomainError
from sync.protocol import CHUNK, MAX_BLOB, BlobState
from sync.server.database import HqDatabase
from sync.server.tables import hq_blob, hq_site

_NAME = re.compile(r"[0-9a-f]{64}")


class BlobStore:
    """``folder`` / site / first two digits / sha256; what is not whole yet ends in ``.part``.

    Everything is bound to the site of the desk that asks: a content of another site does not exist.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._turn = threading.Lock()

    def state(self, connection: Connection, site_id: str, name: str) -> BlobState:
        """How much is here; raises ``blob-unknown`` when nothing was announced."""
        row = connection.execute(
            select(hq_blob.c.size).where(hq_blob.c.site_id == site_id, hq_blob.c.sha256 == _checked(name))
        ).one_or_none()
        if row is None:
            raise DomainError("blob-unknown")
        path = self._path(site_id, name)
        if path.is_file() and path.stat().st_size == row[0]:
            return BlobState(name, row[0], row[0], True)  # also when killed before it was noted as whole
        part = _part(path)
        return BlobState(name, row[0], part.stat().st_size if part.is_file() else 0, False)

    def announce(self, connection: Connection, site_id: str, name: str, size: int, now_ms: int) -> BlobState:
        """Make room for a content, or tell how much of it is here already.

        Raises ``blob-too-large``, ``blob-quota`` and ``blob-invalid``.
        """
        _checked(name)
        if not 0 < size <= MAX_BLOB:
            raise DomainError("blob-too-large", limit=MAX_BLOB)
        try:
            return self.state(connection, site_id, name)
        except DomainError:
            pass
        quota = connection.execute(select(hq_site.c.blob_quota).where(hq_site.c.id == site_id)).scalar_one()
        used = connection.execute(
            select(func.coalesce(func.sum(hq_blob.c.size), 0)).where(hq_blob.c.site_id == site_id)
        ).scalar_one()
        if used + size > quota:
            raise DomainError("blob-quota", quota=quota)
        values = {"site_id": site_id, "sha256": name, "size": size, "complete": 0, "at": now_ms}
        connection.execute(insert(hq_blob), [values])
        return BlobState(name, size, 0, False)

    def put(self, database: HqDatabase, site_id: str, name: str, offset: int, chunk: bytes) -> BlobState:
        """Take one chunk at ``offset``; a chunk that is here already is passed over.

        Raises ``blob-gap`` (values: offset) when something between is missing, and ``blob-damaged``
        when the whole does not have the hash it was announced with: then it starts anew.
        """
        with self._turn:  # two desks may send one content at once
            with database.reading() as connection:
                state = self.state(connection, site_id, name)
            end = offset + len(chunk)
            if state.complete or (end <= state.offset and state.offset < state.size):
                return state
            path = self._path(site_id, name)
            if state.offset < state.size:
                if offset != state.offset:
                    raise DomainError("blob-gap", offset=state.offset)
                if not 0 < len(chunk) <= CHUNK or end > state.size:
                    raise DomainError("blob-invalid")
                _append(_part(path), chunk)
                if end < state.size:
                    return BlobState(name, state.size, end, False)
            # All bytes are here, perhaps since before a crash that came before they were looked at.
            _finish(path, name)
            with database.writing() as connection:
                connection.execute(
                    update(hq_blob)
                    .where(hq_blob.c.site_id == site_id, hq_blob.c.sha256 == name)
                    .values(complete=1)
                )
            return BlobState(name, state.size, state.size, True)

    def read(self, connection: Connection, site_id: str, name: str, offset: int) -> tuple[bytes, BlobState]:
        """One chunk from ``offset`` on; raises ``blob-unknown`` while the content is not whole."""
        state = self.state(connection, site_id, name)
        if not state.complete or not 0 <= offset <= state.size:
            raise DomainError("blob-unknown")
        with self._path(site_id, name).open("rb") as source:
            source.seek(offset)
            return source.read(CHUNK), state

    def _path(self, site_id: str, name: str) -> Path:
        return self.folder / site_id / name[:2] / name


def _append(part: Path, chunk: bytes) -> None:
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("ab") as target:
        target.write(chunk)
        target.flush()
        os.fsync(target.fileno())


def _finish(path: Path, name: str) -> None:
    """The last chunk is here: what has its name is whole and true."""
    part = _part(path)
    with part.open("rb") as whole:
        is_true = file_digest(whole, "sha256").hexdigest() == name
    if not is_true:
        part.unlink()
        raise DomainError("blob-damaged")
    part.replace(path)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise DomainError("blob-invalid")
    return name


def _part(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")
