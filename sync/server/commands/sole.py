"""One ``serve`` for one SQLite file: who comes second is told so, before anything is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy.engine import make_url

from models.errors import DomainError


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Hold the lock beside a SQLite file; the system lets go of it however the process ends. A server's
    database may have several.

    Raises ``hq-already-serving``.
    """
    database = make_url(url).database if url.startswith("sqlite") else None
    if not database or database == ":memory:":
        yield
        return
    path = Path(database)
    lock = FileLock(path.with_name(f"{path.name}.serving"))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise DomainError("hq-already-serving", path=path) from error
    except OSError:  # nothing can be written here: nobody need be kept out, and desks are told why
        yield
        return
    try:
        yield
    finally:
        lock.release()
