"""Attachments' contents on disk, each under its SHA-256: the same picture twice is one file.

A content is written beside, flushed to the disk, then renamed: what has its name is whole. Files are put
before the row that names them, so that no row can point at nothing after a power cut.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from models.errors import DomainError

CHUNK = 1024 * 1024
_PARTIAL = ".part"
_DAMAGED = ".damaged"
_KEPT_DAYS = 30
"""How long a damaged content lies beside where it lay: the half of a picture is worth something until the
whole is back."""
_DAY_S = 86_400
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FIXED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored content."""

    sha256: str
    size: int


class BlobStore:
    """The folder of contents: ``ab/ab12…`` under ``folder``, which is made at need."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Where the content lies or would lie. Raises ValueError if it is no SHA-256."""
        if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
            raise ValueError("not a SHA-256")
        return self.folder / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def put(self, source: Path, limit: int, on_chunk: Callable[[int], None] | None = None) -> Blob:
        """Copy a file in. ``limit`` in bytes; ``on_chunk`` hears how many bytes are done and may raise to
        stop.

        Raises DomainError ``attachment-too-large`` (name, limit), ``attachment-empty``,
        ``attachment-unreadable`` and those of `writing`.
        """
        with writing(self.folder):
            partial = self._partial()
            try:
                blob = _copy(source, partial, limit, on_chunk)
                self._keep(partial, blob.sha256)
            finally:
                partial.unlink(missing_ok=True)
            return blob

    def put_bytes(self, content: bytes) -> Blob:
        """Store a content that is at hand (a pasted picture, a download). Raises those of `writing`."""
        with writing(self.folder):
            partial = self._partial()
            try:
                with partial.open("wb") as target:
                    target.write(content)
                    _flush(target.fileno())
                blob = Blob(hashlib.sha256(content).hexdigest(), len(content))
                self._keep(partial, blob.sha256)
            finally:
                partial.unlink(missing_ok=True)
            return blob

    def adopt(self, downloaded: Path, sha256: str) -> bool:
        """Take over a downloaded file if it is what it should be; otherwise it is removed and
        False is given. Raises those of `writing`.
        """
        with writing(self.folder):
            if digest_of(downloaded) != sha256:
                downloaded.unlink(missing_ok=True)
                return False
            with downloaded.open("rb+") as whole:
                _flush(whole.fileno())
            self._keep(downloaded, sha256)
            return True

    def verify(self, sha256: str) -> bool:
        """Whether the content is there and still what its name says; unreadable is damaged too."""
        try:
            return self.has(sha256) and digest_of(self.path(sha256)) == sha256
        except OSError:
            return False

    def set_aside(self, sha256: str) -> None:
        """A content found damaged: it is not here any more, but kept beside until the whole one is back."""
        path = self.path(sha256)
        with writing(self.folder), contextlib.suppress(FileNotFoundError):
            path.replace(path.with_name(f"{path.name}{_DAMAGED}"))

    def is_set_aside(self, sha256: str) -> bool:
        """Whether the content was here and is damaged, and no whole one has come since."""
        path = self.path(sha256)
        return not path.is_file() and path.with_name(f"{path.name}{_DAMAGED}").is_file()

    def contents(self, prefix: str) -> list[str]:
        """Names of the contents that begin with these two digits, in order."""
        try:
            names = [path.name for path in (self.folder / prefix).iterdir()]
        except OSError:
            return []
        return sorted(name for name in names if len(name) == 64)

    def remove_leftovers(self, days: int) -> int:
        """Delete what interrupted copies and downloads left behind more than ``days`` ago; gives how many."""
        now = time.time()
        oldest = {_PARTIAL: now - days * _DAY_S, _DAMAGED: now - _KEPT_DAYS * _DAY_S}
        done = 0
        for path in list(self.folder.rglob("*")) if self.folder.is_dir() else []:
            limit = oldest.get(path.suffix)
            with contextlib.suppress(OSError):
                if limit is not None and path.stat().st_mtime < limit:
                    path.unlink()
                    done += 1
        return done

    def _partial(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / f"{secrets.token_hex(8)}{_PARTIAL}"

    def _keep(self, partial: Path, sha256: str) -> None:
        final = self.path(sha256)
        final.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.replace(final)
        except PermissionError:  # Windows: somebody reads the content that is there already
            if not self.verify(sha256):
                raise
            partial.unlink(missing_ok=True)
        _flush_folder(final.parent)
        final.with_name(f"{final.name}{_DAMAGED}").unlink(missing_ok=True)


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """What the disk answers, told as DomainError: ``disk-full``, ``profile-not-writable``,
    ``disk-failed`` (each with path)."""
    try:
        yield
    except OSError as error:
        code = "disk-full" if error.errno in _FULL else "disk-failed"
        code = "profile-not-writable" if error.errno in _FIXED else code
        raise DomainError(code, path=str(folder)) from error


def digest_of(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while piece := source.read(CHUNK):
            digest.update(piece)
    return digest.hexdigest()


def _copy(source: Path, partial: Path, limit: int, on_chunk: Callable[[int], None] | None) -> Blob:
    digest = hashlib.sha256()
    size = 0
    try:
        reader = source.open("rb")
    except OSError as error:
        raise DomainError("attachment-unreadable", name=source.name) from error
    with reader, partial.open("wb") as target:
        while piece := reader.read(CHUNK):
            size += len(piece)
            if size > limit:
                raise DomainError("attachment-too-large", name=source.name, limit=limit // CHUNK)
            digest.update(piece)
            target.write(piece)
            if on_chunk is not None:
                on_chunk(size)
        _flush(target.fileno())
    if size == 0:
        raise DomainError("attachment-empty", name=source.name)
    return Blob(digest.hexdigest(), size)


def _flush(descriptor: int) -> None:
    os.fsync(descriptor)


def _flush_folder(folder: Path) -> None:
    """Make the rename durable; Windows has no such call and needs none."""
    with contextlib.suppress(OSError, AttributeError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
