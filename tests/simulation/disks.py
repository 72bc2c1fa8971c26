"""Database files on a memory disk, as a story finds them and as it leaves them, and what befalls who writes.

A story never writes a main file: what it commits lies in the write-ahead log alone (nothing is checkpointed
here), so going back to the beginning, or to a backup, is a log put in place of another. The driver's
connections live longer than the programs that use them: a program that ends or dies gives its back, and the
next one finds schema and statements parsed already. What a program may do with its own is `Handle`.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

UNLIMITED = 4_294_967_294
"""SQLite's own limit of pages."""
LOG_INDEX_HEAD = 136
"""Bytes at the beginning of a ``-shm`` file; without them SQLite reads the log anew."""
STATEMENTS = 4_000
"""Compiled statements that a connection keeps."""
TAILS = ("-wal", "-shm", "-journal")
_WRITES = re.compile(
    r"\b(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+[\"`]?(\w+)",
    re.IGNORECASE,
)
_READS = ("SELECT", "PRAGMA", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "ANALYZE")
ANY = "*"
"""In place of a table's name: whichever."""
CLOSED = "Cannot operate on a closed database."


class Crash(BaseException):
    """A process is gone: what it had not committed never was."""


class DeskCrash(Crash):
    """The desk's program died."""


class HqCrash(Crash):
    """Headquarters' program died."""


@dataclass(frozen=True, eq=False)
class Main:
    """A main file that stories begin on; known by itself, not by what is in it."""

    content: bytes


@dataclass(frozen=True)
class Saved:
    """A database as a backup would take it: what is committed and nothing else."""

    main: Main
    log: bytes = b""


@dataclass
class Disk:
    """One database file and what befalls whoever writes to it."""

    path: Path
    death: type[Crash]
    main: Main | None = None
    countdown: int = 0
    """Statements and commits until the process dies; 0 never."""
    is_full: bool = False
    statements: int = 0
    interrupt: Callable[[], None] | None = None
    """Run once at the next statement that reads from a snapshot (somebody else writes meanwhile)."""
    handles: list[Handle] = field(default_factory=list)
    """Of the program that runs."""
    idle: dict[str, list[Connection]] = field(default_factory=lambda: {"": [], "ON": [], "OFF": []})
    """By their setting of foreign keys: each change of it would make a connection forget its statements."""
    _eyes: Any = None
    _writes: dict[str, int] = field(default_factory=dict)
    _serial: int = 0
    _generation: int = 0

    def tick(self) -> None:
        """One statement, or one side of a commit."""
        if self.countdown:
            self.countdown -= 1
            if not self.countdown:
                raise self.death

    # -- looking ---------------------------------------------------------------------------------

    def look(self) -> Any:
        """A connection of the checks' own: it sees what is committed and never dies."""
        if self._eyes is None:
            self._eyes = dbapi2.connect(
                str(self.path), isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS
            )
        return self._eyes

    def mark(self, table: str) -> tuple[int, int, int]:
        """Another one when the table may have been written to."""
        return self._generation, self._writes.get(ANY, 0), self._writes.get(table, 0)

    def written(self, table: str) -> None:
        self._serial += 1
        self._writes[table] = self._serial

    # -- programs --------------------------------------------------------------------------------

    def connect(self, **options: Any) -> Handle:
        """For a program that starts."""
        idle = self.idle["ON"] or self.idle[""]
        handle = Handle(self, idle.pop() if idle else self._opened(options))
        self.handles.append(handle)
        handle.limit()
        return handle

    def switched(self, raw: Connection, parents: str) -> Connection:
        """One like this for another setting of foreign keys."""
        if raw.parents in {"", parents}:
            other = raw
        else:
            self.idle[raw.parents].append(raw)
            idle = self.idle[parents]
            other = idle.pop() if idle else self._opened(raw.options, raw)
        if other.parents != parents:
            other.execute(f"PRAGMA foreign_keys={parents}").fetchall()
            other.parents = parents
        return other

    def _opened(self, options: dict[str, Any], like: Connection | None = None) -> Connection:
        place, options = str(self.path), {**options, "cached_statements": STATEMENTS}
        raw: Connection = dbapi2.connect(place, factory=Connection, **options)
        raw.options = options
        if like is not None:
            for name, value in like.pragmas.items():
                raw.execute(f"PRAGMA {name}={value}").fetchall()
            for (function, arguments), (rest, given) in like.functions.items():
                raw.create_function(function, arguments, *rest, **given)
            raw.pragmas, raw.functions = dict(like.pragmas), dict(like.functions)
        return raw

    def fill(self, *, is_full: bool) -> None:
        """No further page from now on, or room again."""
        self.is_full = is_full
        for handle in self.handles:
            handle.limit()

    def shut(self) -> None:
        """The process is gone, and its handles with it."""
        for handle in tuple(self.handles):
            handle.close()

    def drop(self) -> None:
        """Let go of the file altogether."""
        self.shut()
        for idle in self.idle.values():
            for raw in idle:
                raw.close()
            idle.clear()
        if self._eyes is not None:
            self._eyes.close()
            self._eyes = None

    # -- contents --------------------------------------------------------------------------------

    def write(self, saved: Saved) -> None:
        """Put this in the file's place."""
        self.shut()
        if self.main is not saved.main:
            self.drop()
            for tail in TAILS:
                self._beside(tail).unlink(missing_ok=True)
            self.path.write_bytes(saved.main.content)
            self.main = saved.main
        log, index = self._beside("-wal"), self._beside("-shm")
        if saved.log or log.exists():
            log.write_bytes(saved.log)
        if index.exists():
            with index.open("r+b") as head:
                head.write(bytes(LOG_INDEX_HEAD))
        self._generation += 1

    def read(self) -> Saved:
        assert self.main is not None
        log = self._beside("-wal")
        return Saved(self.main, log.read_bytes() if log.exists() else b"")

    def merged(self) -> Main:
        """All of it in the main file, for stories to begin on."""
        self.shut()
        busy = self.look().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        assert not busy, "somebody still reads"
        self.main = Main(self.path.read_bytes())
        return self.main

    def _beside(self, tail: str) -> Path:
        return self.path.with_name(self.path.name + tail)


class Connection(dbapi2.Connection):  # type: ignore[misc]
    """The driver's connection, and what it was told: the same again would make it forget its statements."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.options: dict[str, Any] = {}
        self.parents = ""
        """Its setting of foreign keys, if it was told any."""
        self.pragmas: dict[str, str] = {}
        self.functions: dict[tuple[str, int], tuple[Any, Any]] = {}
        self.is_limited = False
        self.execute("PRAGMA wal_autocheckpoint=0").fetchall()


class Handle:
    """What a program takes for its connection: it dies when its disk says so, and is of no use after."""

    def __init__(self, disk: Disk, raw: Connection) -> None:
        self.disk = disk
        self.raw = raw
        self.is_writing = False
        self.is_open = True
        self._cursors: list[weakref.ref[Cursor]] = []
        self._touched: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)

    def cursor(self) -> Cursor:
        if not self.is_open:
            raise dbapi2.ProgrammingError(CLOSED)
        cursor: Cursor = self.raw.cursor(Cursor)
        cursor.handle = self
        if len(self._cursors) > 100:
            self._cursors = [known for known in self._cursors if known() is not None]
        self._cursors.append(weakref.ref(cursor))
        return cursor

    def execute(self, statement: str, values: Any = ()) -> Any:
        return self.cursor().execute(statement, values)

    def executemany(self, statement: str, rows: Any) -> Any:
        return self.cursor().executemany(statement, rows)

    def create_function(self, name: str, arguments: int, *rest: Any, **options: Any) -> None:
        if (name, arguments) not in self.raw.functions:
            self.raw.functions[name, arguments] = rest, options
            self.raw.create_function(name, arguments, *rest, **options)

    def is_told(self, pragma: str) -> bool:
        """Whether the connection is set so already; else note that it will be."""
        name, sign, value = pragma.partition("=")
        if name == "foreign_keys" and sign:
            self.raw = self.disk.switched(self.raw, value)
            self.limit()
            return True
        if name == "wal_autocheckpoint":
            return True  # its log is all that a story leaves
        is_known = sign == "=" and self.raw.pragmas.get(name) == value
        if sign:
            self.raw.pragmas[name] = value
        return is_known

    def before(self, statement: str) -> None:
        """Called before every statement."""
        disk = self.disk
        if statement.startswith("BEGIN"):
            self.is_writing = statement.endswith("IMMEDIATE")
        disk.statements += 1
        if disk.countdown:
            disk.tick()
        table = _table_of(statement)
        if table:
            disk.written(table)
            self._touched.add(table)
        elif disk.interrupt is not None and not self.is_writing and statement.startswith("SELECT"):
            interrupt, disk.interrupt = disk.interrupt, None
            interrupt()

    def commit(self) -> None:
        self._check()
        for table in self._touched:  # who looked meanwhile did not see it yet
            self.disk.written(table)
        self._touched.clear()
        if self.is_writing:
            self.disk.tick()
        self.raw.commit()
        if self.is_writing:
            self.disk.tick()

    def rollback(self) -> None:
        self._check()
        self._touched.clear()
        if self.raw.in_transaction:
            self.raw.rollback()

    def _check(self) -> None:
        if not self.is_open:
            raise dbapi2.ProgrammingError(CLOSED)

    def close(self) -> None:
        if not self.is_open:
            return
        self.is_open = False
        self.disk.handles.remove(self)
        for known in self._cursors:
            cursor = known()
            if cursor is not None:
                cursor.close()
        self.raw.rollback()
        self.disk.idle[self.raw.parents].append(self.raw)

    def limit(self) -> None:
        """Take over whether the disk is full."""
        if self.raw.is_limited is self.disk.is_full:
            return
        self.raw.is_limited = self.disk.is_full
        pages = 1 if self.disk.is_full else UNLIMITED  # SQLite makes of 1 what the file has already
        self.raw.execute(f"PRAGMA max_page_count={pages}").fetchall()


class Cursor(dbapi2.Cursor):  # type: ignore[misc]
    """Counts every statement."""

    handle: Handle

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        handle = self.handle
        handle.before(statement)
        if statement.startswith("PRAGMA") and handle.is_told(statement[7:]):
            return self
        return super().execute(statement, values)

    def executemany(self, statement: str, rows: Any) -> Any:
        self.handle.before(statement)
        return super().executemany(statement, rows)


_TABLES: dict[str, str] = {}
"""{statement: the table that it writes to, or nothing}: the same few hundred come again and again."""


def _table_of(statement: str) -> str:
    table = _TABLES.get(statement)
    if table is None:
        found = _WRITES.search(statement)
        if statement.lstrip().upper().startswith(_READS):
            table = ""
        else:
            table = found[1] if found is not None else ANY
        _TABLES[statement] = table
    return table
