"""What one simulating process stands on: files on a memory disk (`disks`), ids and secrets from the seed,
small limits. Nothing here looks at a wall clock or rolls dice of its own.
"""

from __future__ import annotations

import random
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
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
from tests.simulation.disks import Crash, DeskCrash, Disk, HqCrash, Main, Saved

T = TypeVar("T")
CHUNK = 64
"""Bytes of an attachment in one request here."""
LOOK_EVERY_S = 1_000.0
"""The files of a desk are looked at this often here: each look costs as much as a round."""
MAX_TEXT = 600
"""Characters in one value that headquarters takes here."""


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
        self._spares: dict[Main, list[Disk]] = {}
        self._lent: list[Disk] = []
        self.dice = random.Random(0)
        self._dice = Dice(self)
        self.moment: Callable[[], int] = lambda: 0
        self._engines: dict[tuple[str, bool], Engine] = {}
        self._driver = SimpleNamespace(**{**vars(dbapi2), "connect": self._connect})
        self._make_engine = models.database.make_engine
        self._sqlite_engine = sync.server.database._sqlite_engine

    def disk(self, name: str, death: type[Crash]) -> Disk:
        """The one of this name."""
        path = self.folder / name
        if str(path) not in self.disks:
            self.disks[str(path)] = Disk(path, death)
        return self.disks[str(path)]

    def spare(self, saved: Saved, death: type[Crash]) -> Disk:
        """One for a program of its own on this file: if there is, one that had its main file before."""
        spares = self._spares.setdefault(saved.main, [])
        disk = spares.pop() if spares else self.disk(f"{len(self.disks)}.db", death)
        self._lent.append(disk)
        disk.write(saved)
        return disk

    def clear(self) -> None:
        """Before a new world."""
        for disk in self.disks.values():
            disk.shut()
            disk.countdown, disk.is_full, disk.interrupt = 0, False, None
        for disk in self._lent:
            if disk.main is not None:
                self._spares.setdefault(disk.main, []).append(disk)
        self._lent.clear()
        for engine in self._engines.values():
            engine.dispose()
        for folder in self.folder.glob("*-blobs"):
            shutil.rmtree(folder)

    def close(self) -> None:
        self.clear()
        for disk in self.disks.values():
            disk.drop()
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
        return disk.connect(**options)

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


__all__ = ["Crash", "DeskCrash", "Disk", "HqCrash", "Surroundings"]
