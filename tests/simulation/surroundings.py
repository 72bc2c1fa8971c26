"""What one simulating process stands on: files on a memory disk, drivers that can die between two statements,
ids and secrets from the seed, small limits. Nothing here looks at a wall clock or rolls dice of its own.
"""

from __future__ import annotations

import random
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeVar
from unittest.mock import patch

from sqlalchemy import Engine
from sqlcipher3 import dbapi2

import models.database
import models.entities.synced
import sync.client.attachment_care
import sync.client.attachments
import sync.client.push
import sync.server.blobs
import sync.server.database
import sync.server.rows

T = TypeVar("T")
UNLIMITED = 4_294_967_294
"""SQLite's own limit of pages."""
CHUNK = 64
"""Bytes of an attachment in one request here."""
LOOK_EVERY_S = 1_000.0
"""The files of a desk are looked at this often here: each look costs as much as a round."""
MAX_TEXT = 600
"""Characters in one value that headquarters takes here."""


class Crash(BaseException):
    """A process is gone: what it had not committed never was."""


class DeskCrash(Crash):
    """The desk's program died."""


class HqCrash(Crash):
    """Headquarters' program died."""


@dataclass
class Disk:
    """One database file and what befalls whoever writes to it."""

    path: Path
    death: type[Crash]
    countdown: int = 0
    """Statements and commits until the process dies; 0 never."""
    is_full: bool = False
    statements: int = 0
    interrupt: Callable[[], None] | None = None
    """Run once at the next statement that reads from a snapshot (somebody else writes meanwhile)."""
    connections: list[SimConnection] = field(default_factory=list)
    looks: int = 0
    """How often `look` had to open the file."""
    _eyes: Any = None

    def tick(self) -> None:
        """One statement, or one side of a commit."""
        if self.countdown:
            self.countdown -= 1
            if not self.countdown:
                raise self.death

    def look(self) -> Any:
        """A connection of the checks' own: it sees what is committed and never dies."""
        if self._eyes is None:
            self.looks += 1
            self._eyes = dbapi2.connect(str(self.path), isolation_level=None, check_same_thread=False)
        return self._eyes

    def fill(self, *, is_full: bool) -> None:
        """No further page from now on, or room again."""
        self.is_full = is_full
        for connection in self.connections:
            connection.limit()

    def shut(self) -> None:
        """The process is gone, and its handles with it."""
        for connection in tuple(self.connections):
            connection.close()
        if self._eyes is not None:
            self._eyes.close()
            self._eyes = None

    def write(self, content: bytes) -> None:
        """Put a whole file in this one's place."""
        self.shut()
        for tail in ("-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + tail).unlink(missing_ok=True)
        self.path.write_bytes(content)

    def read(self) -> bytes:
        """The file as a backup would take it: what is committed and nothing else."""
        self.look().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return self.path.read_bytes()


class SimCursor(dbapi2.Cursor):  # type: ignore[misc]
    """Counts every statement."""

    def execute(self, statement: str, *values: Any) -> Any:
        self.connection.before(statement)
        return super().execute(statement, *values)

    def executemany(self, statement: str, *values: Any) -> Any:
        self.connection.before(statement)
        return super().executemany(statement, *values)


class SimConnection(dbapi2.Connection):  # type: ignore[misc]
    """A handle that dies when its disk says so."""

    disk: Disk | None = None
    is_writing = False

    def cursor(self, factory: Any = SimCursor) -> Any:
        return super().cursor(factory)

    def before(self, statement: str) -> None:
        disk = self.disk
        if disk is None:
            return
        if statement.startswith("BEGIN"):
            self.is_writing = statement.endswith("IMMEDIATE")
        disk.statements += 1
        if disk.countdown:
            disk.tick()
        if disk.interrupt is not None and not self.is_writing and statement.startswith("SELECT"):
            interrupt, disk.interrupt = disk.interrupt, None
            interrupt()

    def commit(self) -> None:
        if self.disk is not None and self.is_writing:
            self.disk.tick()
        super().commit()
        if self.disk is not None and self.is_writing:
            self.disk.tick()

    def close(self) -> None:
        if self.disk is not None and self in self.disk.connections:
            self.disk.connections.remove(self)
        super().close()

    def limit(self) -> None:
        """Take over whether the disk is full."""
        assert self.disk is not None
        pages = 1 if self.disk.is_full else UNLIMITED  # SQLite makes of 1 what the file has already
        super().cursor().execute(f"PRAGMA max_page_count={pages}").fetchall()


class Dice:
    """The seed's dice, whichever they are at the moment, in place of a module's own."""

    def __init__(self, ground: Surroundings) -> None:
        self._ground = ground

    def choice(self, among: Sequence[T]) -> T:
        return self._ground.dice.choice(among)

    def getrandbits(self, bits: int) -> int:
        return self._ground.dice.getrandbits(bits)

    def randrange(self, limit: int) -> int:
        return self._ground.dice.randrange(limit)

    def uniform(self, low: float, high: float) -> float:
        return self._ground.dice.uniform(low, high)


class Surroundings:
    """Made once a process; `installed` puts it in place of the real ones for as long as worlds run."""

    def __init__(self) -> None:
        memory = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(prefix="qiantai-sim-", dir=memory if memory.is_dir() else None))
        self.disks: dict[str, Disk] = {}
        self.dice = random.Random(0)
        self._dice = Dice(self)
        self.moment: Callable[[], int] = lambda: 0
        self._engines: dict[tuple[str, bool], Engine] = {}
        self._driver = SimpleNamespace(**{**vars(dbapi2), "connect": self._connect})
        self._make_engine = models.database.make_engine
        self._sqlite_engine = sync.server.database._sqlite_engine

    def disk(self, name: str, death: type[Crash]) -> Disk:
        path = self.folder / name
        if str(path) not in self.disks:
            self.disks[str(path)] = Disk(path, death)
        return self.disks[str(path)]

    def clear(self) -> None:
        """Before a new world."""
        for disk in self.disks.values():
            disk.shut()
            disk.countdown, disk.is_full, disk.interrupt = 0, False, None
        for engine in self._engines.values():
            engine.dispose()
        for folder in self.folder.glob("*-blobs"):
            shutil.rmtree(folder)

    def close(self) -> None:
        self.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- in place of the real ones ---------------------------------------------------------------

    @contextmanager
    def installed(self) -> Iterator[None]:
        with ExitStack() as stack:
            for owner, name, stand_in in (
                (models.database, "dbapi2", self._driver),
                (models.database, "make_engine", self.make_engine),
                (models.entities.synced, "uuid_utils", SimpleNamespace(uuid7=self._uuid7)),
                (sync.server.database, "dbapi2", self._driver),
                (sync.server.database, "_sqlite_engine", self.sqlite_engine),
                (sync.server.rows, "MAX_TEXT", MAX_TEXT),
                (sync.server.blobs, "CHUNK", CHUNK),
                (sync.client.attachments, "CHUNK", CHUNK),
                (sync.client.attachment_care, "random", self._dice),
                (sync.client.attachment_care, "LOOK_EVERY_S", LOOK_EVERY_S),
                (secrets, "token_hex", lambda size=16: self._bytes(size).hex()),
                (secrets, "token_bytes", self._bytes),
                (secrets, "token_urlsafe", lambda size=16: self._bytes(size).hex()),
                (secrets, "choice", self._dice.choice),
                (secrets, "randbits", self._dice.getrandbits),
                (secrets, "randbelow", self._dice.randrange),
            ):
                if owner is secrets or hasattr(owner, name):
                    stack.enter_context(patch.object(owner, name, stand_in))
            yield

    def _connect(self, place: str, **options: Any) -> Any:
        disk = self.disks.get(place)
        if disk is None:
            return dbapi2.connect(place, **options)
        connection: SimConnection = dbapi2.connect(place, factory=SimConnection, **options)
        connection.disk = disk
        disk.connections.append(connection)
        if disk.is_full:
            connection.limit()
        return connection

    def make_engine(self, path: Path, key: bytes | None, *, writer: bool) -> Engine:
        """The product's engine on this path, kept with its compiled statements; reopening disposes it."""
        place = (str(path), writer)
        if place not in self._engines:
            self._engines[place] = self._make_engine(path, key, writer=writer)
        return self._engines[place]

    def sqlite_engine(self, url: str, *rest: Any, **options: Any) -> Engine:
        place = (url, True)
        if place not in self._engines:
            self._engines[place] = self._sqlite_engine(url, *rest, **options)
        return self._engines[place]

    def _bytes(self, size: int = 32) -> bytes:
        return self.dice.randbytes(size)

    def _uuid7(self) -> Any:
        """Ids that grow with the world's time, as UUIDv7 do; the rest of the digits are the seed's."""
        digits = f"{self.moment() & 0xFFFFFFFFFFFF:012x}7{self.dice.getrandbits(76):019x}"
        return SimpleNamespace(hex=digits)
