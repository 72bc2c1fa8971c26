"""The local file: opened, keyed, checked, migrated; and the one door for reads and writes.

SQLCipher in WAL mode, ``synchronous=FULL``, one writer connection, a few readers. What an operating
system or a damaged file does is told as `DomainError`; everything else is a bug.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2

from models.database_errors import translated
from models.entities.setting import ParameterValue
from models.entities.synced import StampSource, WriteContext, flush_queue, install_flush_hook, new_id
from models.errors import DomainError
from models.parameters import Parameters
from models.work import SYSTEM, Actor, Identity, Work

P = ParamSpec("P")
T = TypeVar("T")

OLDEST_SAFE_SQLITE = (3, 51, 3)
"""Earlier ones, back to 3.7.0, can corrupt a WAL file on reset."""

Changes = Mapping[str, frozenset[str]]
"""Table name → ids of the rows a transaction touched."""
CommitHook = Callable[[Connection, Changes], None]
MakeStamps = Callable[[int, int], StampSource]
"""(desk number, last stamp used) → the source of stamps."""


@dataclass(frozen=True)
class Written(Generic[T]):
    """What a write gave back, and the tables it changed (for ``data_changed``)."""

    value: T
    changes: frozenset[str]


def make_engine(path: Path, key: bytes | None, *, writer: bool) -> Engine:
    """An engine on the file. The writer has one connection and begins IMMEDIATE; readers see snapshots."""

    def connect() -> Any:
        with translated(path):
            connection = dbapi2.connect(
                str(path), check_same_thread=False, isolation_level=None, timeout=15, cached_statements=512
            )
            try:
                _prepare(connection, key)
            except BaseException:
                connection.close()
                raise
            return connection

    engine = create_engine(
        "sqlite+pysqlite://",
        module=dbapi2,
        creator=connect,
        poolclass=QueuePool,
        pool_size=1 if writer else 4,
        max_overflow=0 if writer else 8,
        pool_reset_on_return="rollback",
    )
    begin = "BEGIN IMMEDIATE" if writer else "BEGIN"
    event.listen(engine, "begin", lambda connection: _begin(connection, begin))
    return engine


def _prepare(connection: Any, key: bytes | None) -> None:
    cursor = connection.cursor()
    if key is not None:
        cursor.execute("PRAGMA cipher_log_level = NONE")
        cursor.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    cursor.execute("SELECT count(*) FROM sqlite_master")
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-65536",
        "recursive_triggers=OFF",
        "wal_autocheckpoint=1000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection, statement: str) -> None:
    _driver(connection).execute(statement)


def _driver(connection: Connection) -> Any:
    """The driver's own connection, for the few statements that go with every transaction: SQLAlchemy's way
    to it costs several times what SQLite takes for them."""
    return connection.connection.driver_connection


class Database:
    """One open file. Build it with `open` or `create`; `close` it at the end."""

    def __init__(self, path: Path, key: bytes | None, identity: Identity, make_stamps: MakeStamps) -> None:
        self.path = path
        self.key = key
        self.identity = identity
        self.before_commit: list[CommitHook] = []
        """Run inside the transaction, just before it commits (the search index)."""
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        """Tells services what time it is; tests and the demo put their own in."""
        self._make_stamps = make_stamps
        self._write_lock = threading.RLock()
        self._writer = make_engine(path, key, writer=True)
        self._reader = make_engine(path, key, writer=False)
        self._write_session = sessionmaker(self._writer, expire_on_commit=False)
        self._read_session = sessionmaker(self._reader, expire_on_commit=False, autoflush=False)
        self._parameters: Parameters | None = None
        self._seen_version: int | None = None
        self.stamps = make_stamps(identity.desk_no, self._last_stamp())

    # -- life ------------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        path: Path,
        key: bytes | None,
        make_stamps: MakeStamps,
        *,
        site_id: str | None = None,
        desk_letter: str = "A",
    ) -> Database:
        """A new file with the newest schema and an identity, or none at all; raises ``database-exists``."""
        from models.migrations import upgrade

        if path.exists():
            raise DomainError("database-exists", path=str(path))
        refuse_affected_sqlite()
        engine = make_engine(path, key, writer=True)
        try:
            with translated(path):
                upgrade(engine)
            engine.dispose()
            identity = Identity(site_id or new_id(), 0, desk_letter, new_id())
            database = cls(path, key, identity, make_stamps)
            database.become(identity)
        except BaseException:
            engine.dispose()
            remove_file(path)
            raise
        return database

    @classmethod
    def open(cls, path: Path, key: bytes | None, make_stamps: MakeStamps) -> Database:
        """An existing file, migrated if it is older.

        Raises ``DomainError``: ``database-missing``, ``database-wrong-key``, ``database-damaged``,
        ``database-newer``, ``database-read-only``, ``disk-full``, ``sqlite-affected``.
        """
        from models.migrations import HEAD, upgrade, version_of

        if not path.exists():
            raise DomainError("database-missing", path=str(path))
        refuse_affected_sqlite()
        engine = make_engine(path, key, writer=True)
        try:
            with translated(path):
                if version_of(engine) != HEAD:
                    upgrade(engine, backup=path)
                with engine.connect() as connection:
                    stored = _fact(connection, "identity")
        finally:
            engine.dispose()
        if stored is None:
            raise DomainError("database-damaged", path=str(path))
        return cls(path, key, Identity(**stored), make_stamps)

    def close(self) -> None:
        self._reader.dispose()
        self._writer.dispose()

    def become(self, identity: Identity) -> None:
        """Take a new identity (at creation, at enrolment, after a restore) and stamps of its number."""
        with self._write_lock:
            self.write(SYSTEM, _keep_identity, identity)
            self.identity = identity
            self.stamps = self._make_stamps(identity.desk_no, self._last_stamp())

    # -- the door --------------------------------------------------------------------------------

    def write(
        self,
        actor: Actor,
        operation: Callable[Concatenate[Work, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Written[T]:
        """Run one service in one transaction; a `DomainError` or any other error leaves nothing behind."""
        name = f"{operation.__module__.rpartition('.')[2]}.{operation.__name__}"
        with self.working(name, actor) as work:
            value = operation(work, *args, **kwargs)
        return Written(value, frozenset(table for table, ids in work.context.touched.items() if ids))

    @contextmanager
    def working(self, operation: str, actor: Actor = SYSTEM) -> Iterator[Work]:
        """The transaction itself, for the few callers (imports, pulls) that are more than one function."""
        with self._working(operation, actor) as work:
            yield work

    @contextmanager
    def pulling(self, operation: str) -> Iterator[Work]:
        """The same with foreign keys unchecked: from headquarters a row may come before its parent."""
        with self._write_lock:
            self._check_parents("OFF")
            try:
                with self._working(operation, SYSTEM) as work:
                    yield work
            finally:
                self._check_parents("ON")

    def _check_parents(self, setting: str) -> None:
        """On the one writing connection, outside a transaction, where alone SQLite heeds it."""
        connection = self._writer.raw_connection()
        try:
            connection.cursor().execute(f"PRAGMA foreign_keys={setting}")
        finally:
            connection.close()

    @contextmanager
    def _working(self, operation: str, actor: Actor) -> Iterator[Work]:
        with self._write_lock, translated(self.path), self._write_session() as session:
            session.begin()
            self._catch_up(session)
            context = WriteContext(
                stamps=self.stamps,
                site_id=self.identity.site_id,
                desk_letter=self.identity.desk_letter,
                staff_id=actor.staff_id,
                staff_name=actor.name,
                operation=operation,
                now=self.clock(),
            )
            session.info["context"] = context
            install_flush_hook(session)
            work = Work(session, actor, context.now, self.identity, self.parameters(session), context)
            yield work
            session.flush()
            flush_queue(session)
            self._finish(session, context)
            session.commit()
        if context.touched.get("parameter"):
            self._parameters = None

    def read(self, query: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one query on a snapshot."""
        with self.reading() as session:
            return query(session, *args, **kwargs)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with translated(self.path), self._read_session() as session:
            yield session

    def parameters(self, session: Session | None = None) -> Parameters:
        """The parameters in force, read once and again after a change."""
        if self._parameters is None:
            self._parameters = read_parameters(session) if session is not None else self.read(read_parameters)
        return self._parameters

    def catch_up(self) -> None:
        """Read again who this desk is: another process may have enrolled it. Every write does so anyway."""
        with self._working("database.catch_up", SYSTEM):
            return

    def was_written_elsewhere(self) -> bool:
        """Whether another process has committed to the file since this was last asked; False at first. While
        this one writes, nobody is kept waiting: it is told the next time."""
        if not self._write_lock.acquire(blocking=False):
            return False
        try:
            with translated(self.path), closing(self._writer.raw_connection()) as connection:
                version = int(connection.cursor().execute("PRAGMA data_version").fetchone()[0])
        finally:
            self._write_lock.release()
        before, self._seen_version = self._seen_version, version
        if before is None or before == version:
            return False
        self._parameters = None
        return True

    # -- inside ----------------------------------------------------------------------------------

    def _catch_up(self, session: Session) -> None:
        """Another process on the same file (the command line beside the window) may have written since."""
        rows = _driver(session.connection()).execute(
            "SELECT key, value FROM local_state WHERE key IN ('identity', 'last_stamp')"
        )
        facts = {row[0]: json.loads(row[1]) for row in rows}
        stored = facts.get("identity")
        if stored is not None and Identity(**stored) != self.identity:
            self.identity = Identity(**stored)
            self.stamps = self._make_stamps(self.identity.desk_no, int(facts.get("last_stamp") or 0))
        self.stamps.follow(int(facts.get("last_stamp") or 0))

    def _finish(self, session: Session, context: WriteContext) -> None:
        connection = session.connection()
        if context.last_stamp:
            _driver(connection).execute(
                "INSERT INTO local_state(key, value) VALUES ('last_stamp', ?) "
                "ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                (str(context.last_stamp),),
            )
        touched = {table: frozenset(ids) for table, ids in context.touched.items() if ids}
        if touched:
            for hook in self.before_commit:
                hook(connection, touched)

    def _last_stamp(self) -> int:
        with self.reading() as session:
            return int(_fact(session.connection(), "last_stamp") or 0)


def _fact(connection: Connection, key: str) -> Any:
    found = _driver(connection).execute("SELECT value FROM local_state WHERE key = ?", (key,)).fetchone()
    return None if found is None else json.loads(found[0])


def read_parameters(session: Session) -> Parameters:
    rows = session.execute(
        select(ParameterValue.key, ParameterValue.value).where(ParameterValue.deleted.is_(None))
    )
    return Parameters({row.key: row.value for row in rows})


def _keep_identity(work: Work, identity: Identity) -> None:
    work.set_local("identity", asdict(identity))


def remove_file(path: Path) -> None:
    """A database file and what lies beside it, as far as that can be done."""
    for ending in ("", "-wal", "-shm", "-journal"):
        with suppress(OSError):
            path.with_name(path.name + ending).unlink(missing_ok=True)


def refuse_affected_sqlite() -> None:
    """Never start on an SQLite that can corrupt a WAL file."""
    if dbapi2.sqlite_version_info < OLDEST_SAFE_SQLITE:
        raise DomainError("sqlite-affected", version=dbapi2.sqlite_version)


def check(database: Database, *, full: bool = False) -> list[str]:
    """What SQLite finds wrong with the file; an empty list when it is sound. ``full`` also reads indexes."""
    pragma = "integrity_check" if full else "quick_check"
    with database.reading() as session:
        connection = session.connection()
        found = [str(row[0]) for row in connection.exec_driver_sql(f"PRAGMA {pragma}")]
        lost = [f"{row[0]} → {row[2]}" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]
    return [line for line in found if line != "ok"] + lost
