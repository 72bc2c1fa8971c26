"""A desk that works in a process of its own until it is killed: an encrypted file, real services and rounds,
and a journal of what it was told is saved, flushed to the disk before the next thing is done."""

from __future__ import annotations

import json
import os
import random
import sys
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.database import Database
from models.errors import DomainError
from models.services import attachments, intake, ticket_editing, tickets
from models.services.blob_store import BlobStore, digest_of
from models.work import SYSTEM
from sync.client.attachments import Attachments
from sync.client.engine import Engine
from sync.client.enrol import connect
from sync.client.transport import Timeouts
from sync.clock import Clock

KEY = bytes(range(32))
PLACE = "南门"
SHARED = 12
"""The newest tickets of the site that every desk edits."""


@dataclass
class FileTokens:
    """The token in a file, whole or not at all."""

    path: Path

    def save(self, token: str) -> None:
        part = self.path.with_suffix(".part")
        part.write_text(token, encoding="ascii")
        part.replace(self.path)

    def load(self) -> str | None:
        return self.path.read_text(encoding="ascii") if self.path.exists() else None

    def forget(self) -> None:
        self.path.unlink(missing_ok=True)


class Journal:
    """Lines of JSON, each on the disk before `write` returns."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, what: str, **values: Any) -> None:
        os.write(self._descriptor, (json.dumps({"what": what, **values}) + "\n").encode())
        os.fsync(self._descriptor)


def read_journal(path: Path) -> list[dict[str, Any]]:
    """What was written; a line that a kill cut in half was not."""
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [json.loads(line) for line in lines]


@dataclass
class Clerk:
    """One desk's folder, opened."""

    folder: Path
    chance: random.Random
    database: Database = field(init=False)
    store: BlobStore = field(init=False)
    engine: Engine = field(init=False)
    own: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.database = Database.open(self.folder / "desk.db", KEY, Clock)
        self.store = BlobStore(self.folder / "attachments")
        self.link = connect(
            self.database, FileTokens(self.folder / "token"), Timeouts(connect=2, read=10, whole=20)
        )
        transfers = Attachments(self.database, self.store, breath_s=0.02)
        self.transfers = transfers
        self.engine = Engine(self.database, self.link, attachments=transfers)
        self.journal = Journal(self.folder / "journal")
        self.own = [line["id"] for line in read_journal(self.folder / "journal") if line["what"] == "ticket"][
            -40:
        ]

    def close(self) -> None:
        self.link.close()
        self.database.close()

    def work(self) -> None:
        """One thing a clerk does."""
        do = self.chance.choices(
            (self.take, self.note, self.correct, self.correct_shared, self.attach, self.look),
            (28, 24, 18, 12, 10, 8),
        )[0]
        do()

    def take(self) -> None:
        request = intake.Request(matter=f"漏水{self.chance.random()}", place=PLACE)
        taken = self.database.write(SYSTEM, intake.create, request).value
        self.journal.write("ticket", id=taken.ticket_id, number=taken.number)
        self.own = [*self.own[-39:], taken.ticket_id]

    def note(self) -> None:
        if self.own:
            ticket, text = self.chance.choice(self.own), f"已联系{self.chance.getrandbits(60):x}"
            self.database.write(SYSTEM, tickets.note_progress, ticket, text)
            self.journal.write("note", ticket=ticket, text=text)

    def correct(self) -> None:
        """A field of a ticket that only this desk edits."""
        if self.own:
            ticket, value = self.chance.choice(self.own), f"南门{self.chance.getrandbits(60):x}"
            self.journal.write("try", ticket=ticket, field="place", value=value)
            self.database.write(SYSTEM, ticket_editing.edit, ticket, {"place": value})
            self.journal.write("set", ticket=ticket, field="place", value=value)

    def correct_shared(self) -> None:
        """A field that other desks edit at the same time."""
        with self.database.reading() as session:
            rows = session.connection().exec_driver_sql(
                "SELECT id FROM ticket WHERE deleted IS NULL ORDER BY id LIMIT ?", (SHARED,)
            )
            known = [str(row[0]) for row in rows]
        if known:
            ticket, value = self.chance.choice(known), f"尽快{self.chance.getrandbits(60):x}"
            self.journal.write("try", ticket=ticket, field="expectation", value=value)
            self.database.write(SYSTEM, ticket_editing.edit, ticket, {"expectation": value})
            self.journal.write("set", ticket=ticket, field="expectation", value=value)

    def attach(self) -> None:
        if self.own:
            size = self.chance.choice((300, 20_000, 20_000, 90_000, 1_300_000))
            blob = self.store.put_bytes(self.chance.randbytes(size))
            ticket = self.chance.choice(self.own)
            self.database.write(SYSTEM, attachments.add, ticket, blob, name="现场.jpg")
            self.journal.write("blob", ticket=ticket, sha256=blob.sha256, size=blob.size)

    def look(self) -> None:
        """At a picture of any desk; what is shown is whole, or nothing is shown."""
        with self.database.reading() as session:
            rows = session.connection().exec_driver_sql(
                "SELECT sha256 FROM attachment WHERE deleted IS NULL ORDER BY id DESC LIMIT 30"
            )
            known = [str(row[0]) for row in rows]
        if not known:
            return
        name = self.chance.choice(known)
        try:
            path = self.transfers.fetch(self.link, name)
        except DomainError as error:
            self.journal.write("fault", code=error.code)
            return
        if digest_of(path) != name:
            raise AssertionError(f"{name} is shown and is not whole")

    def sync(self) -> None:
        try:
            self.engine.run_once()
        except DomainError as error:
            self.journal.write("fault", code=error.code)


def run(folder: Path, seed: int) -> None:
    """The process: work and synchronise until killed, or until a file ``stop`` lies in the folder."""
    warnings.simplefilter("error")
    with (folder / "clerk.log").open("ab", 0) as log:
        os.dup2(log.fileno(), 2)
    chance = random.Random(seed)
    try:
        clerk = Clerk(folder, chance)
        (folder / "ready").touch()
        while not (folder / "stop").exists():
            for _ in range(chance.randrange(1, 6)):
                clerk.work()
                time.sleep(chance.random() * 0.01)
            clerk.sync()
        clerk.close()
    except BaseException:
        import traceback

        traceback.print_exc(file=sys.stderr)
        os._exit(3)
