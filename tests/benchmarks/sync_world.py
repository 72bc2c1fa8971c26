"""A headquarters in a process of its own and desks with encrypted files: what is measured."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from models.database import Database
from models.entities.synced import new_id
from sync.client.engine import Engine
from sync.client.enrol import connect, enrol
from sync.client.transport import Address, HttpLink
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


def round_in_process(desk: TestDesk, url: str) -> tuple[float, float]:
    """One round of the desk in a process of its own; gives its resident memory before, and the highest."""
    command = [sys.executable, "-m", __name__, str(desk.database.path), url]
    done = subprocess.run(command, input=desk.tokens.token, capture_output=True, text=True, check=True)
    before, highest = json.loads(done.stdout)
    return before, highest


def _main(path: str, url: str) -> None:
    database = Database.open(Path(path), KEY, Clock)
    link = HttpLink(Address(url), sys.stdin.read())
    before = peak_memory()
    Engine(database, link).run_once()
    print(json.dumps([before, peak_memory()]))
    link.close()
    database.close()


def processor_time(pid: int | str = "self") -> float:
    """Seconds of processor time that a process's threads have used (Linux)."""
    used = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # it ended meanwhile
            used += int((task / "schedstat").read_text().split()[0])
    return used / 1e9


def peak_memory(pid: int | str = "self") -> float:
    """Highest resident memory of a process so far, in MB (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2])
