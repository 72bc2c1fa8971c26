"""What a database, its server or its disk answers, told as `DomainError`; anything else is a bug."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models.database_errors import code_of
from models.errors import DomainError

RETRY_SECONDS = 5
"""What a desk is told to wait."""
_BUSY = frozenset({"40001", "40P01", "55P03"})
"""SQLSTATE: cannot be put in order with another, deadlock, lock not had in time."""
_DOWN = ("08", "53300", "57P")
"""SQLSTATE, how it begins: connection lost, too many connections, server going down or coming up."""
_DISK_FULL = "53100"
_OF_SQLITE = {
    "disk-full": "hq-disk-full",
    "database-read-only": "hq-read-only",
    "database-busy": "hq-busy",
}


@contextmanager
def translated() -> Iterator[None]:
    """Raises ``DomainError`` with ``seconds``: ``hq-database-down``, ``hq-busy``, ``hq-disk-full``,
    ``hq-read-only``."""
    try:
        yield
    except DBAPIError as error:
        code = _code_of(error)
        if code is None:
            raise
        raise DomainError(code, seconds=RETRY_SECONDS) from error
    except PoolTimeout as error:
        raise DomainError("hq-busy", seconds=RETRY_SECONDS) from error


def _code_of(error: DBAPIError) -> str | None:
    state = _state_of(error)
    if state in _BUSY:
        return "hq-busy"
    if state == _DISK_FULL:
        return "hq-disk-full"
    if error.connection_invalidated or state.startswith(_DOWN) or _is_unreachable(error):
        return "hq-database-down"
    return _OF_SQLITE.get(code_of(error.orig) or "") if error.orig is not None else None


def _state_of(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")


def _is_unreachable(error: DBAPIError) -> bool:
    """A server that cannot be reached at all has no SQLSTATE to give."""
    return type(error.orig).__module__.startswith("psycopg") and type(error.orig).__name__ in {
        "OperationalError",
        "ConnectionTimeout",
    }


def is_worth_repeating(error: DomainError) -> bool:
    """Whether the same transaction, done again from its start, may well succeed."""
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and _state_of(cause) in {"40001", "40P01"}
