"""Headquarters' database by URL: SQLite through the fixed driver, or PostgreSQL."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2

from models.database import refuse_affected_sqlite
from models.errors import DomainError
from sync.protocol import SCHEMA
from sync.server.tables import METADATA, SITE_TABLES, hq_state

BUSY_SECONDS = 30


class HqDatabase:
    """One open database. Writers of SQLite queue here, in the order they came, instead of polling."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._turn = threading.Lock()
        self.engine = _sqlite_engine(url) if self.is_sqlite else _server_engine(url)
        try:
            self.epoch = _prepare(self.engine)
        except DBAPIError as error:
            self.engine.dispose()
            raise DomainError("hq-database-unreachable", reason=str(error.orig)) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One write transaction."""
        if self.is_sqlite:
            connection = self.engine.connect().execution_options(qiantai_write=True)
            with self._turn, connection, connection.begin():
                yield connection
        else:
            with self.engine.begin() as connection:
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One snapshot: several statements see one state."""
        connection = self.engine.connect()
        if not self.is_sqlite:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection, connection.begin():
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def _sqlite_engine(url: str) -> Engine:
    """Like `_server_engine`, with parameters hidden: an error in the log names no resident."""
    try:
        place = make_url(url).database
    except ArgumentError as error:
        raise DomainError("hq-database-url", url=url) from error
    if not place:
        raise DomainError("hq-database-url", url=url)
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
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "temp_store=MEMORY", "cache_size=-65536"):
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
    except ArgumentError as error:
        raise DomainError("hq-database-url", url=url) from error
    if address.get_backend_name() != "postgresql":
        raise DomainError("hq-database-url", url=url)
    server = address.set(drivername="postgresql+psycopg")
    return create_engine(server, pool_size=8, max_overflow=32, hide_parameters=True)


def _prepare(engine: Engine) -> str:
    """Create what is missing, take columns that the entities gained, give the epoch."""
    with engine.connect().execution_options(qiantai_write=True) as connection, connection.begin():
        known = set(inspect(connection).get_table_names())
        METADATA.create_all(connection)
        stored = {row[0]: row[1] for row in connection.execute(select(hq_state.c.key, hq_state.c.value))}
        if int(stored.get("schema", SCHEMA)) > SCHEMA:
            raise DomainError("database-newer", found=stored["schema"], known=SCHEMA)
        for name in sorted(known & SITE_TABLES.keys()):
            _add_columns(connection, SITE_TABLES[name].table)
        if "epoch" not in stored:
            stored["epoch"] = secrets.token_hex(8)
            connection.execute(hq_state.insert(), [{"key": "epoch", "value": stored["epoch"]}])
            connection.execute(hq_state.insert(), [{"key": "schema", "value": str(SCHEMA)}])
        else:
            connection.execute(update(hq_state).where(hq_state.c.key == "schema").values(value=str(SCHEMA)))
        return str(stored["epoch"])


def _add_columns(connection: Connection, table: Table) -> None:
    """Fields that newer desks already sent lie in ``extra``: they move into their new column."""
    present = {column["name"] for column in inspect(connection).get_columns(table.name)}
    fresh = [column for column in table.c if column.name not in present]
    for column in fresh:
        kind = column.type.compile(connection.dialect)
        connection.execute(text(f'ALTER TABLE "{table.name}" ADD COLUMN "{column.name}" {kind}'))
    if not fresh:
        return
    chosen = select(table.c.site_id, table.c.id, table.c.extra).where(table.c.extra.is_not(None))
    for site_id, row_id, packed in connection.execute(chosen).all():
        extra: dict[str, Any] = json.loads(packed)
        values = {column.name: extra.pop(column.name) for column in fresh if column.name in extra}
        if values:
            values["extra"] = json.dumps(extra, ensure_ascii=False) if extra else None
            connection.execute(
                update(table).where(table.c.site_id == site_id, table.c.id == row_id).values(values)
            )
