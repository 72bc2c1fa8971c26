"""Headquarters' database by URL: SQLite through the fixed driver, or PostgreSQL; and its doors.

A transaction belongs to one site (`writing`, `reading`), to the directory (`addressing`, `looking_up`), or
to the administrator, who alone sees all sites (`administering`, `surveying`). On PostgreSQL a site's
transaction runs as the role `row_security.ROLE` and sees that site's rows only, whatever it asks for.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction, create_engine, event, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2

from models.database import refuse_affected_sqlite
from models.errors import DomainError
from sync.server import migrations, row_security
from sync.server.database_faults import RETRY_SECONDS, is_away, is_worth_repeating, translated
from sync.server.tables import hq_directory

BUSY_SECONDS = 30
SQLITE_SETTINGS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "temp_store=MEMORY",
    "cache_size=-65536",
    "wal_autocheckpoint=4000",
)
"""A batch writes some 400 pages: with SQLite's usual 1,000 every third one would wait for a checkpoint."""
TRIES = 4
"""How often a write that lost against another is done in all."""
_READS = frozenset({"reading", "surveying", "looking_up"})
"""Doors of transactions that write nothing."""
_PATIENCE: Mapping[str, str] = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""How long libpq waits for a server that says nothing, in its own words and units; what the URL says counts
before it. Without, a server that lost its power keeps every worker for a quarter of an hour."""
T = TypeVar("T")
_PASSWORD = re.compile(r"(?<=://)([^:/]*):.*@|(?<=[?&]password=)[^&]*", re.DOTALL)


def without_password(url: str) -> str:
    """The address as it may be shown; also one that is no good, where nobody can tell how it was meant."""
    return _PASSWORD.sub(lambda found: f"{found[1]}:***@" if found[1] is not None else "***", url)


class DatabaseAwayError(DomainError):
    """Nobody answers at the database's address, or says that it is still coming up: it may be there soon."""


class HqDatabase:
    """One open database. Writers of SQLite queue here, in the order they came, instead of polling.

    With ``may_wait`` a server that is not there (yet) is no fault: ``is_ready`` is False, every door says
    ``hq-database-down``, and somebody calls `prepare` until it succeeds.

    Raises ``hq-database-url``, ``hq-database-unreachable`` and those of `migrations.prepare`.
    """

    def __init__(self, url: str, *, may_wait: bool = False) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.epoch = ""
        """Which headquarters this is; empty before the database is ready."""
        self.is_ready = False
        self._turn = threading.Lock()
        self.engine = _sqlite_engine(url) if self.is_sqlite else _server_engine(url)
        try:
            self.prepare()
        except DatabaseAwayError:
            self.engine.dispose()
            if not may_wait:
                raise
        except BaseException:
            self.engine.dispose()
            raise

    def prepare(self) -> None:
        """Make the schema or bring it up to date; the doors open with that.

        Raises `DatabaseAwayError` for a server that is not there, ``hq-database-unreachable`` for one that
        refuses us, and those of `migrations.prepare`.
        """
        for is_last in (False, True):
            try:
                self.epoch = migrations.prepare(self.engine)
            except DBAPIError as error:
                reason = str(error.orig).strip()
                if not self.is_sqlite and is_away(error, self.engine):
                    raise DatabaseAwayError("hq-database-unreachable", reason=reason) from error
                if is_last or self.is_sqlite:
                    raise DomainError("hq-database-unreachable", reason=reason) from error
                # It answers now: perhaps it came up between the two questions.
            else:
                self.is_ready = True
                return

    # -- doors of one site -----------------------------------------------------------------------

    @contextmanager
    def writing(self, site_id: str) -> Iterator[Connection]:
        """One write transaction of one site."""
        with self._transaction("writing", site_id) as connection:
            yield connection

    @contextmanager
    def reading(self, site_id: str) -> Iterator[Connection]:
        """One snapshot of one site: several statements see one state."""
        with self._transaction("reading", site_id) as connection:
            yield connection

    def write(self, site_id: str, job: Callable[[Connection], T]) -> T:
        """Do ``job`` in a write transaction, and all of it again where the database asks for that (a
        deadlock, two transactions that cannot be put in order)."""
        for left in reversed(range(TRIES)):
            try:
                with self.writing(site_id) as connection:
                    return job(connection)
            except DomainError as error:
                if not left or not is_worth_repeating(error):
                    raise
                time.sleep(random.uniform(0, 0.05))  # noqa: S311 - so that two do not meet again
        raise AssertionError("unreachable")

    # -- the administrator's doors ---------------------------------------------------------------

    @contextmanager
    def administering(self) -> Iterator[Connection]:
        """One write transaction over all sites."""
        with self._transaction("administering", None) as connection:
            yield connection

    @contextmanager
    def surveying(self) -> Iterator[Connection]:
        """One snapshot of all sites."""
        with self._transaction("surveying", None) as connection:
            yield connection

    # -- the directory ---------------------------------------------------------------------------

    @contextmanager
    def addressing(self) -> Iterator[Connection]:
        """One write transaction that touches one key of `hq_directory` and nothing else."""
        with self._transaction("addressing", None) as connection:
            yield connection

    @contextmanager
    def looking_up(self) -> Iterator[Connection]:
        """`addressing` for one that only reads: it waits for no writer."""
        with self._transaction("looking_up", None) as connection:
            yield connection

    def site_of_key(self, key_hash: str) -> str | None:
        with self.looking_up() as connection:
            chosen = select(hq_directory.c.site_id).where(hq_directory.c.key_hash == key_hash)
            found: str | None = connection.execute(chosen).scalar_one_or_none()
            return found

    def enter_key(self, key_hash: str, site_id: str) -> None:
        with self.addressing() as connection:
            connection.execute(insert(hq_directory).values(key_hash=key_hash, site_id=site_id))

    def close(self) -> None:
        self.engine.dispose()

    # -- how they open ---------------------------------------------------------------------------

    @contextmanager
    def _transaction(self, door: str, site_id: str | None) -> Iterator[Connection]:
        """Raises ``DomainError`` for what the database or its disk answers (`database_faults.translated`);
        anything else is a bug."""
        if not self.is_ready:
            raise DomainError("hq-database-down", seconds=RETRY_SECONDS)
        is_write = door not in _READS
        options: dict[str, Any] = {"qiantai_door": door, "qiantai_site": site_id}
        with translated():
            if self.is_sqlite:
                connection = self.engine.connect().execution_options(**options, qiantai_write=is_write)
                with self._turn if is_write else nullcontext(), connection, connection.begin():
                    yield connection
            else:
                if not is_write:
                    options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
                connection, transaction = self._begun(options, site_id)
                with connection, transaction:
                    yield connection

    def _begun(self, options: Mapping[str, Any], site_id: str | None) -> tuple[Connection, RootTransaction]:
        """A transaction on a connection that works: one that the server has let go is noticed by its first
        statement, and then all that lie idle are, so another is made at once."""
        for is_last in (False, True):
            connection = self.engine.connect().execution_options(**options)
            transaction = connection.begin()
            try:
                row_security.enter(connection, site_id)
            except DBAPIError as error:
                connection.close()
                if is_last or not error.connection_invalidated:
                    raise
            else:
                return connection, transaction
        raise AssertionError("unreachable")


def _sqlite_engine(url: str) -> Engine:
    """Like `_server_engine`, with parameters hidden: an error in the log names no resident."""
    try:
        place = make_url(url).database
    except (ArgumentError, ValueError) as error:
        raise DomainError("hq-database-url", url=without_password(url)) from error
    if not place:
        raise DomainError("hq-database-url", url=without_password(url))
    refuse_affected_sqlite()
    path = Path(place)
    if not path.parent.is_dir():
        raise DomainError("hq-database-unreachable", reason=str(path.parent))

    def connect() -> Any:
        connection = dbapi2.connect(
            str(path),
            check_same_thread=False,
            isolation_level=None,
            timeout=BUSY_SECONDS,
            cached_statements=512,
        )
        for pragma in SQLITE_SETTINGS:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    engine = create_engine(
        "sqlite+pysqlite://",
        module=dbapi2,
        creator=connect,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=32,
        hide_parameters=True,
    )
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("qiantai_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _server_engine(url: str) -> Engine:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise DomainError("hq-database-url", url=without_password(url)) from error
    if address.get_backend_name() != "postgresql":
        raise DomainError("hq-database-url", url=without_password(url))
    server = address.set(drivername="postgresql+psycopg")
    patience = {name: value for name, value in _PATIENCE.items() if name not in address.query}
    return create_engine(server, pool_size=8, max_overflow=32, hide_parameters=True, connect_args=patience)
