"""A headquarters and its desks for tests: the real store, the real engine, real files; the wire is either a
real `qiantai-hq` process or a direct call with faults in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from models.database import Database
from models.entities import Building, Resident, Room, Ticket
from models.entities.synced import Synced, new_id, synced_tables
from models.errors import DomainError
from models.work import SYSTEM, Work
from sync import protocol
from sync.client.engine import Engine
from sync.client.enrol import connect, enrol, take_place
from sync.client.report import RoundReport
from sync.client.transport import Address
from sync.clock import Clock, wall_milliseconds
from sync.protocol import (
    Batch,
    BlobState,
    CompareReply,
    CompareRequest,
    EnrolRequest,
    SyncReply,
    SyncRequest,
)
from sync.server import auth, blob_upkeep
from sync.server.blobs import BlobStore
from sync.server.database import HqDatabase
from sync.server.snapshot import Snapshots
from sync.server.store import Store
from sync.snapshots import SnapshotReply


class SimClock(Clock):
    """A clock whose wall is the test's."""

    def __init__(self, desk: int, last: int, wall: Callable[[], int]) -> None:
        super().__init__(desk, last, wall=wall)


@dataclass
class MemoryTokens:
    token: str | None = None

    def save(self, token: str) -> None:
        self.token = token

    def load(self) -> str | None:
        return self.token

    def forget(self) -> None:
        self.token = None


class DirectLink:
    """The store called through the wire types' bytes, with a chance to go wrong before and after."""

    def __init__(
        self,
        store: Store,
        tokens: MemoryTokens,
        blobs: BlobStore | None = None,
        snapshots: Snapshots | None = None,
    ) -> None:
        self.store = store
        self.snapshots = snapshots
        self.tokens = tokens
        self.blobs = blobs
        self.before: Callable[[SyncRequest], None] = lambda request: None
        self.after: Callable[[SyncRequest, SyncReply], None] = lambda request, reply: None
        self.requests: list[SyncRequest] = []
        self.replies: list[SyncReply] = []
        self.compared = 0

    def sync(self, request: SyncRequest) -> SyncReply:
        self.requests.append(request)
        self.before(request)
        came = protocol.decode(protocol.encode(request), SyncRequest)
        desk, reply = self.store.round(self.tokens.token or "", came)
        if self.blobs is not None:
            is_to_ask = self.blobs.lacks.is_to_ask(desk.site_id, desk.number)
            reply = msgspec.structs.replace(reply, ask=is_to_ask)
        reply = protocol.decode(protocol.encode(reply), SyncReply)
        self.replies.append(reply)
        self.after(request, reply)
        return reply

    def compare(self, request: CompareRequest) -> CompareReply:
        self.compared += 1
        came = protocol.decode(protocol.encode(request), CompareRequest)
        return self.store.compare(self.store.desk(self.tokens.token or ""), came)

    def blob_state(self, name: str) -> BlobState:
        assert self.blobs is not None
        desk = self.store.desk(self.tokens.token or "")
        with self.store.database.reading(desk.site_id) as connection:
            return self.blobs.state(connection, desk.site_id, name)

    def blob_announce(self, name: str, size: int) -> BlobState:
        assert self.blobs is not None
        desk = self.store.desk(self.tokens.token or "")
        with self.store.database.writing(desk.site_id) as connection:
            now_ms = self.store.clock.now()
            return self.blobs.announce(connection, desk.site_id, name, size, now_ms, desk=desk.number)

    def blob_put(self, name: str, offset: int, chunk: bytes) -> BlobState:
        assert self.blobs is not None
        desk = self.store.desk(self.tokens.token or "")
        return self.blobs.put(self.store.database, desk.site_id, name, offset, chunk, desk=desk.number)

    def blob_get(self, name: str, offset: int) -> tuple[bytes, int]:
        assert self.blobs is not None
        desk = self.store.desk(self.tokens.token or "")
        return blob_upkeep.read(self.store.database, self.blobs, desk.site_id, name, offset)

    def blobs_wanted(self, after: str) -> list[str]:
        assert self.blobs is not None
        desk = self.store.desk(self.tokens.token or "")
        return blob_upkeep.wanted_of(self.store.database, self.blobs, desk.site_id, desk.number, after)

    def snapshot(self) -> SnapshotReply:
        """Without any, as a headquarters of 0.1.0 answers."""
        if self.snapshots is None:
            raise DomainError("request-invalid")
        site_id = self.store.desk(self.tokens.token or "").site_id
        reply = self.snapshots.offer(site_id)
        while reply.is_building:
            time.sleep(0.01)
            reply = self.snapshots.offer(site_id)
        return msgspec.msgpack.decode(msgspec.msgpack.encode(reply), type=SnapshotReply)

    def snapshot_part(self, snapshot_id: str, number: int, offset: int, length: int) -> tuple[bytes, int]:
        assert self.snapshots is not None
        site_id = self.store.desk(self.tokens.token or "").site_id
        return self.snapshots.part(site_id, snapshot_id, number, offset, length)


@cache
def _template() -> bytes:
    """An empty file, made once: building the schema takes longer than most tests here."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        Database.create(path, None, Clock).close()
        return path.read_bytes()


def fresh_file(path: Path, kind: type[Database] = Database, make_stamps: Any = Clock) -> Database:
    """A new profile of its own site and installation."""
    path.write_bytes(_template())
    database = kind.open(path, None, make_stamps)
    database.become(replace(database.identity, site_id=new_id(), nonce=new_id()))
    return database


@dataclass
class TestDesk:
    """One desk: its file, its link, its engine, and short words for what tests do with them."""

    __test__ = False

    database: Database
    tokens: MemoryTokens
    link: Any
    engine: Engine

    def sync(self) -> RoundReport:
        return self.engine.run_once()

    def write(self, change: Callable[[Work], Any]) -> Any:
        return self.database.write(SYSTEM, change).value

    def add_building(self, code: str, **values: Any) -> str:
        return str(self.write(lambda work: work.add(Building(code=code, name=f"{code}栋", **values)).id))

    def add_room(self, building_id: str, code: str) -> str:
        number = code.rpartition("-")[2]
        return str(
            self.write(lambda work: work.add(Room(building_id=building_id, code=code, number=number)).id)
        )

    def add_ticket(self, number: str, **values: Any) -> str:
        def change(work: Work) -> str:
            values.setdefault("state", "received")
            ticket = Ticket(
                number=number,
                kind="repair",
                channel="phone",
                priority="normal",
                matter="厨房漏水",
                received_at=work.now,
                **values,
            )
            return work.add(ticket).id

        return str(self.write(change))

    def edit(self, kind: type[Synced], row_id: str, **values: Any) -> None:
        def change(work: Work) -> None:
            row = work.session.get(kind, row_id)
            assert row is not None
            for name, value in values.items():
                setattr(row, name, value)

        self.write(change)

    def delete(self, kind: type[Synced], row_id: str) -> None:
        self.write(lambda work: work.delete(work.get(kind, row_id)))

    def value(self, kind: type[Synced], row_id: str, name: str) -> Any:
        with self.database.reading() as session:
            row = session.get(kind, row_id)
            return None if row is None else getattr(row, name)

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        with self.database.reading() as session:
            found = session.connection().exec_driver_sql(f"SELECT * FROM {table} ORDER BY id")
            return [tuple(row) for row in found]

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All synced rows as they are, `field_stamps` without entries that say nothing."""
        return {
            table.name: [_plain(table, row) for row in self.rows(table.name)] for table in synced_tables()
        }

    def pending(self) -> int:
        with self.database.reading() as session:
            return int(session.connection().exec_driver_sql("SELECT count(*) FROM outbox").scalar_one())

    def conflicts(self) -> list[tuple[Any, ...]]:
        with self.database.reading() as session:
            found = session.connection().exec_driver_sql(
                "SELECT table_name, row_id, field, kept_value, lost_value, reason "
                "FROM conflict ORDER BY field"
            )
            return [tuple(row) for row in found]

    def reopen(self) -> None:
        """As after a crash: only the file is left."""
        path = self.database.path
        self.database.close()
        self.database = Database.open(path, None, Clock)
        self.engine = Engine(self.database, self.link)


def _plain(table: Any, row: tuple[Any, ...]) -> tuple[Any, ...]:
    values = dict(zip(table.c.keys(), row, strict=True))
    stamps = json.loads(values["field_stamps"]) if values["field_stamps"] else {}
    values["field_stamps"] = tuple(
        sorted((name, at) for name, at in stamps.items() if at != values["stamp"] and name != "deleted")
    )
    return tuple(values.values())


def same(*desks: TestDesk) -> None:
    """All desks hold the same rows, stamp for stamp."""
    first = desks[0].everything()
    for other in desks[1:]:
        for name, rows in other.everything().items():
            assert rows == first[name], name


def settle(*desks: TestDesk) -> None:
    """Round after round until nobody has news."""
    for _ in range(6):
        reports = [desk.sync() for desk in desks]
        if not any(report.pushed or report.pulled for report in reports):
            assert all(report.is_equal for report in reports)
            return
    raise AssertionError("the desks do not come to rest")


@dataclass
class TestHq:
    """Headquarters in this process."""

    __test__ = False

    folder: Path
    store: Store
    blobs: BlobStore
    desks: list[TestDesk] = field(default_factory=list)
    snapshots: Snapshots | None = None

    def add_site(self, name: str = "阳光花园") -> str:
        with self.store.database.administering() as connection:
            return auth.add_site(connection, name, self.store.clock.now())

    def code(self, site_id: str) -> str:
        return auth.issue_code(self.store.database, site_id, self.store.clock.now())

    def profile(self, name: str | None = None) -> Database:
        """A file with data of its own to be, not enrolled."""
        count = len(list(self.folder.glob("desk*.db")))
        path = self.folder / f"{name or f'desk{count}'}.db"
        return fresh_file(path)

    def desk(self, site_id: str, database: Database | None = None) -> TestDesk:
        database = database or self.profile()
        tokens = MemoryTokens()
        reply = self.store.enrol(
            EnrolRequest(
                protocol=protocol.PROTOCOL,
                schema=protocol.SCHEMA,
                code=self.code(site_id),
                nonce=database.identity.nonce,
                name="test",
            )
        )
        take_place(database, tokens, Address("http://127.0.0.1:1"), reply)
        link = DirectLink(self.store, tokens, self.blobs, self.snapshots)
        desk = TestDesk(database, tokens, link, Engine(database, link))
        self.desks.append(desk)
        return desk

    def close(self) -> None:
        for desk in self.desks:
            desk.database.close()
        if self.snapshots is not None:
            self.snapshots.close()
        self.store.database.close()


@dataclass
class HqProcess:
    """A real `qiantai-hq serve`, by default on a SQLite file in ``folder``."""

    folder: Path
    url: str = ""
    database_url: str = ""
    _process: subprocess.Popen[bytes] | None = None
    _port: int = 0

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.folder / 'hq.db'}"

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "sync.server", "--database", self.database, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        )

    def start(self, *options: str) -> None:
        """``options`` are further ones of ``serve``."""
        ready = self.folder / "ready"
        ready.unlink(missing_ok=True)
        log = (self.folder / "hq.log").open("ab")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "sync.server", "--database", self.database, "serve"),
                *("--port", str(self._port), "--ready-file", str(ready)),
                *("--blobs", str(self.folder / "hq-blobs"), *options),
            ],
            stderr=log,
        )
        log.close()
        for _ in range(2400):
            if ready.exists():
                break
            assert self._process.poll() is None, (self.folder / "hq.log").read_text(encoding="utf-8")
            time.sleep(0.05)
        self.url = ready.read_text(encoding="utf-8")
        self._port = int(self.url.rpartition(":")[2])

    def peak_memory(self) -> int:
        """Bytes that the process held at most (Linux)."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    def stop(self, *, is_killed: bool = False) -> None:
        if self._process is None:
            return
        if is_killed:
            self._process.kill()
        else:
            self._process.terminate()
        self._process.wait(timeout=30)
        self._process = None

    def add_site(self, name: str) -> str:
        """As the command does, without a process of its own."""
        with closing(HqDatabase(self.database)) as database, database.administering() as connection:
            return auth.add_site(connection, name, wall_milliseconds())

    def code(self, site: str) -> str:
        with closing(HqDatabase(self.database)) as database:
            with database.surveying() as connection:
                site_id = auth.site_id_of(connection, site)
            return auth.issue_code(database, site_id, wall_milliseconds())

    def desk(self, site: str, path: Path) -> TestDesk:
        database = fresh_file(path)
        tokens = MemoryTokens()
        enrol(database, tokens, Address(self.url), self.code(site))
        link = connect(database, tokens)
        return TestDesk(database, tokens, link, Engine(database, link))


def lost(code: str = "hq-timeout") -> Callable[..., None]:
    """A network that loses what passes."""

    def lose(*_: object) -> None:
        raise DomainError(code)

    return lose


def batch_of(request: SyncRequest) -> Batch:
    return msgspec.msgpack.decode(request.batch, type=Batch) if bytes(request.batch) else Batch()


__all__ = [
    "Building",
    "DirectLink",
    "HqProcess",
    "MemoryTokens",
    "Resident",
    "Room",
    "TestDesk",
    "TestHq",
    "Ticket",
    "batch_of",
    "lost",
    "same",
    "settle",
]
