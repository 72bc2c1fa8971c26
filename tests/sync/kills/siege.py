"""Desks and headquarters killed at random moments, round after round, then looked at: `Siege.run`.

Everything that was acknowledged must be there, whoever was killed when.
"""

from __future__ import annotations

import multiprocessing
import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.database import Database
from sync.client.enrol import enrol
from sync.client.transport import Address
from sync.clock import Clock
from tests.sync.kills.clerk import KEY, FileTokens, run
from tests.sync.parts import HqProcess
from tests.sync.postgres import Postgres

SITES = ("阳光花园", "阳光花园", "月亮湾")
"""Of the desks, in their order."""
READY_S = 180.0


@dataclass
class DeskProcess:
    """A clerk's folder and, while it runs, its process."""

    folder: Path
    site: str
    process: Any = None
    starts: int = 0

    def start(self, seed: int) -> None:
        self.starts += 1
        (self.folder / "ready").unlink(missing_ok=True)
        self.process = _CONTEXT.Process(target=run, args=(self.folder, seed + self.starts), daemon=True)
        self.process.start()

    def kill(self) -> None:
        self.process.kill()
        self.process.join(30)
        if self.process.exitcode != -9:
            log = (self.folder / "clerk.log").read_text(encoding="utf-8", errors="replace")
            raise AssertionError(f"{self.folder.name} had ended by itself:\n{log}")

    def wait_ready(self) -> None:
        until = time.monotonic() + READY_S
        while not (self.folder / "ready").exists():
            if not self.process.is_alive() or time.monotonic() > until:
                log = (self.folder / "clerk.log").read_text(encoding="utf-8", errors="replace")
                raise AssertionError(f"{self.folder.name} does not start:\n{log}")
            time.sleep(0.01)


_CONTEXT: Any = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.sync.kills.clerk"])


@dataclass
class Siege:
    """One world: a headquarters, its database, two desks of one site and one of another."""

    folder: Path
    seed: int
    postgres: Postgres | None = None
    killed: Counter[str] = field(default_factory=Counter)
    desks: list[DeskProcess] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        url = self.postgres.database() if self.postgres is not None else ""
        self.hq = HqProcess(self.folder, database_url=url)

    def set_up(self) -> None:
        self.hq.start()
        for site in dict.fromkeys(SITES):
            self.hq.add_site(site)
        template = self.folder / "template.db"
        Database.create(template, KEY, Clock).close()
        for number, site in enumerate(SITES):
            folder = self.folder / f"desk{number}"
            folder.mkdir()
            self._enrol(folder, site, template)
            self.desks.append(DeskProcess(folder, site))

    def _enrol(self, folder: Path, site: str, template: Path) -> None:
        from dataclasses import replace

        from models.entities.synced import new_id

        shutil.copyfile(template, folder / "desk.db")
        database = Database.open(folder / "desk.db", KEY, Clock)
        database.become(replace(database.identity, site_id=new_id(), nonce=new_id()))
        enrol(database, FileTokens(folder / "token"), Address(self.hq.url), self.hq.code(site))
        database.close()

    # -- the rounds ------------------------------------------------------------------------------

    def run(self, rounds: int, shortest_s: float = 0.05, longest_s: float = 0.6) -> None:
        """``rounds`` times: let them work a moment, kill one or several, start what was killed."""
        for number, desk in enumerate(self.desks):
            desk.start(self.seed * 1_000 + number * 100_000)
        for desk in self.desks:
            desk.wait_ready()
        for number in range(rounds):
            if number and number % 20 == 0:
                print(f"{number} rounds, killed {dict(self.killed)}", flush=True)
            time.sleep(self.chance.uniform(shortest_s, longest_s))
            for victim in self._victims():
                self.killed[victim] += 1
                self._kill(victim)

    def _victims(self) -> list[str]:
        others = ["hq", "hq", "postgres"] if self.postgres is not None else ["hq", "hq"]
        desks = [f"desk{number}" for number in range(len(SITES))]
        return self.chance.choice(
            [
                [self.chance.choice(desks)],
                [self.chance.choice(desks)],
                [self.chance.choice(others)],
                [self.chance.choice(others)],
                [self.chance.choice(others), self.chance.choice(desks)],
                desks,
            ]
        )

    def _kill(self, victim: str) -> None:
        if victim == "hq":
            self.hq.stop(is_killed=True)
            if self.chance.random() < 0.2:
                self._stumble(self.chance.uniform(0.1, 1.5))
            self.hq.start()
        elif victim == "postgres":
            assert self.postgres is not None
            self.postgres.kill()
            time.sleep(self.chance.uniform(0, 0.3))
            self.postgres.start()
        else:
            desk = self.desks[int(victim[-1])]
            desk.kill()
            desk.start(self.seed * 1_000 + int(victim[-1]) * 100_000)
            if self.chance.random() < 0.8:
                desk.wait_ready()

    def _stumble(self, after_s: float) -> None:
        """Killed again while it starts."""
        timer = threading.Timer(after_s, self._kill_starting)
        timer.start()
        with suppress(AssertionError, FileNotFoundError):
            self.hq.start()
        timer.join()
        self.hq.stop(is_killed=True)
        self.killed["starting hq"] += 1

    def _kill_starting(self) -> None:
        process = self.hq._process
        if process is not None:
            process.kill()

    def stop_desks(self) -> None:
        """In order: each ends after the round it is in."""
        for desk in self.desks:
            desk.wait_ready()
            (desk.folder / "stop").touch()
        for desk in self.desks:
            desk.process.join(60)
            if desk.process.exitcode != 0:
                log = (desk.folder / "clerk.log").read_text(encoding="utf-8", errors="replace")
                raise AssertionError(f"{desk.folder.name} did not end in order:\n{log}")

    def close(self) -> None:
        for desk in self.desks:
            if desk.process is not None and desk.process.is_alive():
                desk.process.kill()
                desk.process.join(30)
        self.hq.stop(is_killed=True)
        if self.postgres is not None:
            self.postgres.drop(self.hq.database)


@contextmanager
def besieged(seed: int, postgres: Postgres | None = None) -> Iterator[Siege]:
    """A world in a folder of its own, which stays when something fails."""
    folder = Path(tempfile.mkdtemp(prefix=f"kills-{seed}-"))
    siege = Siege(folder, seed, postgres)
    try:
        siege.set_up()
        yield siege
    except BaseException:
        print(f"seed {seed}: everything is kept in {folder}")
        raise
    else:
        siege.close()
        shutil.rmtree(folder)
        return
    finally:
        with suppress(Exception):
            siege.close()
