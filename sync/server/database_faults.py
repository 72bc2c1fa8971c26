"""What a database, its server or its disk answers, told as `DomainError`; anything else is a bug."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine
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


def is_away(error: DBAPIError, engine: Engine) -> bool:
    """Whether a PostgreSQL that could not be used is not there, or not yet, and so worth waiting for; one
    that refuses us (a wrong password, no such database), or has no such address, is not.

    libpq is asked, which goes by codes: the server's words may be in any language.
    """
    state = _state_of(error)
    if state:
        return state.startswith(_DOWN)
    if not _is_unreachable(error):
        return False
    from psycopg.conninfo import make_conninfo
    from psycopg.pq import PGconn, Ping

    given: dict[str, Any] = {**engine.dialect.create_connect_args(engine.url)[1]}
    given.pop("context", None)  # the driver's own, for psycopg's adapters
    answer = PGconn.ping(make_conninfo(**{"connect_timeout": 5, **given}).encode())
    return answer in {Ping.NO_RESPONSE, Ping.REJECT} and all(
        map(_may_exist, str(given.get("host") or "").split(","))
    )


def _may_exist(host: str) -> bool:
    """Whether this is an address, or a name that is known, or one that nobody can be asked about now."""
    if not host or host.startswith("/"):
        return True
    try:
        socket.getaddrinfo(host, None)
    except socket.gaierror as error:
        return error.errno != socket.EAI_NONAME
    return True
