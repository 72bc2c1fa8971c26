"""The files of a backup: opened, read to the last page, copied whole, flushed; faults of the disk told."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from models.errors import DomainError

_RESERVE = 16 << 20
"""Bytes that must stay free on the disk."""


def connect(path: Path, key: bytes | None, *, is_read_only: bool = False) -> Any:
    """A bare connection; read-only ones leave nothing beside the file and work on a read-only disk."""
    place = f"{path.resolve().as_uri()}?mode=ro&immutable=1" if is_read_only else str(path)
    connection = dbapi2.connect(place, uri=is_read_only, isolation_level=None, timeout=15)
    try:
        if key is not None:
            connection.execute("PRAGMA cipher_log_level = NONE")
            connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def storage(folder: Path) -> Iterator[None]:
    """Tell what the disk answers as `DomainError`."""
    try:
        yield
    except OSError as error:
        is_full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        code = "disk-full" if is_full else "folder-not-writable"
        raise DomainError(code, path=str(folder), reason=error.strerror or str(error)) from error
    except DomainError as error:
        if error.code in {"database-read-only", "database-unreachable"}:
            raise DomainError("folder-not-writable", path=str(folder), reason=error.code) from error
        raise


def need_room(folder: Path, size: int) -> None:
    if shutil.disk_usage(folder).free < size + _RESERVE:
        raise DomainError("disk-full", path=str(folder))


def remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Have a file's content, or a folder's entries, on the disk."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def verify(path: Path, key: bytes | None) -> None:
    """Read the whole backup: every page's seal, the structure, the indexes, and whose it is.

    Raises ``DomainError``: ``backup-missing``, ``backup-wrong-key``, ``backup-damaged``.
    """
    if not path.is_file():
        raise DomainError("backup-missing", path=str(path))
    faults: list[str] = []
    try:
        with closing(connect(path, key, is_read_only=True)) as connection:
            if key is not None:
                faults += [str(row[0]) for row in connection.execute("PRAGMA cipher_integrity_check")]
            faults += [str(row[0]) for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
            if not connection.execute("SELECT 1 FROM local_state WHERE key = 'identity'").fetchall():
                faults.append("identity")
    except dbapi2.Error as error:
        code = "backup-wrong-key" if "not a database" in str(error) else "backup-damaged"
        raise DomainError(code, path=str(path), reason=str(error)) from error
    if faults:
        raise DomainError("backup-damaged", path=str(path), reason=faults[0])


def copy_attachments(source: Path, target: Path) -> int:
    """Copy the files that *target* lacks, whole or not at all; how many. Names tell the content."""
    copied = 0
    for path in sorted(source.rglob("*")) if source.is_dir() else ():
        place = target / path.relative_to(source)
        if not path.is_file() or path.suffix in {".part", ".damaged", ".lock"}:
            continue
        if place.exists() and place.stat().st_size == path.stat().st_size:
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = place.with_name(f"{place.name}.part")
        shutil.copyfile(path, fresh)
        flush(fresh)
        fresh.replace(place)
        copied += 1
    return copied
