"""What the file and the disk answer, told as `DomainError`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlcipher3 import dbapi2

from models.errors import DomainError

_CODES: tuple[tuple[str, str], ...] = (
    ("database or disk is full", "disk-full"),
    ("disk i/o error", "disk-failed"),
    ("readonly database", "database-read-only"),
    ("unable to open", "database-unreachable"),
    ("database is locked", "database-busy"),
    ("file is not a database", "database-wrong-key"),
    ("file is encrypted", "database-wrong-key"),
    ("malformed", "database-damaged"),
)


_NEEDED = 64 << 10
"""Bytes."""


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the driver's errors that come from the surroundings into `DomainError`; pass on the rest."""
    try:
        yield
    except (DBAPIError, dbapi2.Error) as error:
        code = code_of(error)
        if code is None:
            raise
        if code == "disk-failed" and _is_full(path):
            code = "disk-full"
        raise DomainError(code, path=str(path)) from error


def _is_full(path: Path) -> bool:
    """Whether there is no room for so much as the log's index, which SQLite calls an I/O error."""
    try:
        return shutil.disk_usage(path.parent).free < _NEEDED
    except OSError:
        return False


def code_of(error: BaseException) -> str | None:
    """The code of an error of the surroundings; None when it is a bug of ours."""
    text = str(error).lower()
    return next((code for sign, code in _CODES if sign in text), None)
