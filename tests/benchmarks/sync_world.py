"""A headquarters in a process of its own and desks with encrypted files: what synchronisation is measured on."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from models.database import Database
from models.entities.synced import new_id
from sync.client.engine import Engine
from sync.client.enrol import connect, enrol
from sync.client.local import CURSOR, Plain
from sync.client.transport import Address
from sync.clock import Clock
from tests.benchmarks.dataset import KEY
from tests.sync.parts import HqProcess, MemoryTokens, TestDesk

SITE = "云栖花园"


@cache
def _template() -> bytes:
    """An empty encrypted file, made once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        Database.create(path, KEY, Clock).close()
        return path.read_bytes()


def fresh_file(path: Path) -> Database:
    """A new encrypted profile of its own site and installation."""
    path.write_bytes(_template())
    database = Database.open(path, KEY, Clock)
    database.become(replace(database.identity, site_id=new_id(), nonce=new_id()))
    return database


@dataclass
class World:
    """One site: its headquarters (SQLite unless another URL is given) and its desks."""

    folder: Path
    hq: HqProcess
    desks: list[TestDesk] = field(default_factory=list)

    @classmethod
    def make(cls, folder: Path, hq: HqProcess | None = None) -> World:
        folder.mkdir(parents=True, exist_ok=True)
        hq = hq or HqProcess(folder)
        hq.start()
        world = cls(folder, hq)
        hq.add_site(SITE)
        return world

    def desk(self) -> TestDesk:
        """Enrolled, and not yet past its first round."""
        database = fresh_file(self.folder / f"desk{len(self.desks)}.db")
        tokens = MemoryTokens()
        enrol(database, tokens, Address(self.hq.url), self.hq.code(SITE))
        link = connect(database, tokens)
        desk = TestDesk(database, tokens, link, Engine(database, link))
        self.desks.append(desk)
        return desk

    def close(self) -> None:
        for desk in self.desks:
            desk.database.close()
            desk.link.close()
        self.hq.stop()


def cursor_of(desk: TestDesk) -> int:
    with desk.database.reading() as session:
        return int(Plain(session).fact(CURSOR, 0))


def peak_memory(pid: int | str = "self") -> float:
    """Highest resident memory of a process so far, in MB (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
