"""One seed's world: headquarters, the desks of two sites, their clocks and lines, and the book of it all."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from models.database import Database
from models.errors import DomainError
from models.services.blob_store import BlobStore
from models.work import SYSTEM, Work
from sync import protocol
from sync.client.attachments import Attachments
from sync.client.engine import Engine
from sync.client.enrol import take_place
from sync.client.transport import Address
from sync.clock import Clock
from sync.protocol import EnrolRequest
from tests.simulation import ages
from tests.simulation.checks import Checks
from tests.simulation.disks import Saved
from tests.simulation.headquarters import Headquarters
from tests.simulation.ledger import Ledger
from tests.simulation.network import LINE_FAULTS, SimLink
from tests.simulation.shadows import COLUMNS, Shadow, Waiting
from tests.simulation.surroundings import Crash, DeskCrash, Disk, HqCrash, Surroundings

START_MS = 1_790_000_000_000
DAY_MS = 86_400_000
ADDRESS = Address("http://127.0.0.1:1")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SimDatabase(Database):
    """Tells its world when a transaction has ended."""

    begun: Callable[[str], None] = staticmethod(lambda operation: None)
    ended: Callable[[str], None] = staticmethod(lambda operation: None)

    @contextmanager
    def working(self, operation: str, *rest: Any) -> Iterator[Work]:
        self.begun(operation)
        with super().working(operation, *rest) as work:
            yield work
        self.ended(operation)

    @contextmanager
    def pulling(self, operation: str) -> Iterator[Work]:
        self.begun(operation)
        with super().pulling(operation) as work:
            yield work
        self.ended(operation)


class Tokens:
    """The key store of one installation."""

    def __init__(self, token: str | None = None) -> None:
        self.token = token

    def save(self, token: str) -> None:
        self.token = token

    def load(self) -> str | None:
        return self.token

    def forget(self) -> None:
        self.token = None


class SimDesk:
    """One installation: its file, its clock, its line, its program."""

    def __init__(self, world: World, name: str, site: int, disk: Disk) -> None:
        self.world = world
        self.name = name
        self.site = site
        self.disk = disk
        self.skew = 0
        self.tokens = Tokens()
        self.link = SimLink(world, self)
        self.shadow = Shadow(disk)
        self.waiting = Waiting(disk)
        self.is_alive = True
        self.is_syncing = False
        self.is_equal = False
        """Its last round ended with equal sums."""
        self.is_old = False
        """Its program is an older one (`ages`)."""
        self.count = 0
        self.operation = ""
        """The transaction that began last."""
        self.is_double = False
        """The file was copied or put back behind the program's back, and nobody has noticed yet."""
        self.has_twin = False
        """A copy of the file is about."""
        self.database: SimDatabase = None  # type: ignore[assignment]
        self.engine: Engine = None  # type: ignore[assignment]
        self.blobs: BlobStore = None  # type: ignore[assignment]
        self.attachments: Attachments = None  # type: ignore[assignment]

    @property
    def is_enrolled(self) -> bool:
        return self.database.identity.desk_no > 0

    def wall(self) -> int:
        return self.world.now + self.skew

    def open(self) -> None:
        """Start the program on the file."""
        wall = self.wall
        opened = SimDatabase.open(self.disk.path, None, lambda desk, last: Clock(desk, last, wall=wall))
        assert isinstance(opened, SimDatabase)
        self.database = opened
        self.database.clock = lambda: _EPOCH + timedelta(milliseconds=self.wall())
        self.database.begun = self._begun
        self.database.ended = self._ended
        self.blobs = blobs = BlobStore(self.world.ground.folder / f"{self.name}-blobs")
        self.attachments = Attachments(self.database, blobs, monotonic=self._seconds, breath_s=0)
        self.engine = Engine(
            self.database,
            self.link,
            attachments=self.attachments,
            monotonic=self._seconds,
        )
        chance = self.world.chance
        self.engine.exchange.batch = chance.choice((1, 2, 3, 7, 2000))
        self.engine.exchange.page = chance.choice((1, 2, 3, 7, 2000))

    def _seconds(self) -> float:
        return self.world.now / 1000

    def crash(self) -> None:
        """The program is gone; it starts again on what it had committed."""
        self.database.close()
        self.disk.shut()
        self.disk.countdown = 0
        self.open()
        self.look("sync" if self.operation.startswith("sync.") else "user")

    def close(self) -> None:
        if self.database is not None:
            self.database.close()
        self.disk.shut()

    def active(self) -> AbstractContextManager[None]:
        """While this desk's program runs (programs of several ages share one process here)."""
        return ages.running(is_old=self.is_old)

    # -- looking ---------------------------------------------------------------------------------

    def _begun(self, operation: str) -> None:
        self.operation = operation

    def _ended(self, operation: str) -> None:
        is_sync = operation.startswith("sync.")
        if operation != "sync.attempt":
            self.look("sync" if is_sync else "user")
        if is_sync and self.is_syncing:
            self.world.between(self)

    def accept_file(self) -> None:
        """Take the file as it is, whatever it is."""
        self.shadow.look(COLUMNS)
        self.waiting.look()

    def look(self, by: str) -> None:
        self.count += 1
        self.world.checks.desk_wrote(self, by, f"{self.name}/{self.count}")

    # -- doing -----------------------------------------------------------------------------------

    def write(self, change: Callable[[Work], Any]) -> Any:
        """A person's transaction."""
        return self.database.write(SYSTEM, change).value

    def edit(self, table: str, row_id: str, **values: Any) -> None:
        from models.entities.synced import Base

        entity = Base.metadata.tables[table]
        self.write(lambda work: work.bulk_update(entity, {row_id: values}))

    def sync(self) -> Any:
        """One round; faults of the line and of the disk are told, not raised. None when it failed."""
        self.is_syncing = True
        try:
            with self.active():
                return self.engine.run_once(is_agreed=True)
        finally:
            self.is_syncing = False


class World:
    """Everything of one seed. ``chance`` is renewed for each step, so that a step does the same without the
    others."""

    def __init__(self, ground: Surroundings, seed: int) -> None:
        self.ground = ground
        self.seed = seed
        self.now = START_MS
        self.chance = random.Random(seed)
        self.story: list[str] = []
        self.site_ids: list[str] = []
        self.epoch = ""
        self.step = 0
        self.words = 0
        self.renamed = 0
        self.backups: dict[str, Saved] = {}
        self.hq_backup: Saved | None = None
        self.template: Any = None
        self.is_hq_old = False
        self.is_forgetful = False
        """Headquarters was restored: what was known of lives and conflicts since its backup is gone."""
        self.has_doubles = False
        """A file was copied or put back: two desks may tell the same edit as their own."""
        self.ledger = Ledger()
        self.hq = Headquarters(ground, ground.disk("hq.db", HqCrash), lambda: self.now + self.hq_skew)
        self.hq_skew = 0
        self.hq.between = self.hq_ended
        self.hq_shadow = Shadow(self.hq.disk, is_hq=True)
        self.desks: list[SimDesk] = []
        self.checks = Checks(self)
        self.unrest = 0.0
        """How often something else happens in the middle of a round."""
        self.meanwhile: Callable[[World, SimDesk], None] = lambda world, desk: None
        self.another_round: Callable[[World, SimDesk], None] = lambda world, desk: None
        self._is_nested = False
        ground.moment = lambda: self.now

    def tell(self, text: str) -> None:
        self.story.append(text)

    def begin_step(self, number: int) -> None:
        """Dice and words of its own, so that leaving out another step changes nothing here."""
        self.step, self.words = number, 0
        self.chance = random.Random(self.seed * 100_003 + number)

    def printed(self, desk: SimDesk, number: str, ticket_id: str) -> None:
        """A number was read out to somebody."""
        if desk.is_enrolled and not desk.is_double:  # before, every profile's letter is A
            self.ledger.gave_number(desk.site, number, ticket_id)

    @property
    def is_inside(self) -> bool:
        return self._is_nested

    # -- in the middle of a round ----------------------------------------------------------------

    def between(self, desk: SimDesk) -> None:
        """Between two transactions of a desk's round."""
        if self._is_nested or self.chance.random() >= self.unrest:
            return
        self.nested(desk)

    def travels(self, desk: SimDesk) -> None:
        """A request or an answer is under way."""
        self.now += self.chance.choice((1, 5, 40, 3_000))
        self.between(desk)

    def hq_ended(self) -> None:
        """Between two transactions of headquarters' work on a request."""
        self.checks.hq_wrote()
        if self._is_nested or self.chance.random() >= self.unrest:
            return
        others = [desk for desk in self.desks if not desk.is_syncing and desk.is_alive and desk.is_enrolled]
        if others:
            restarts = self.hq.restarts
            busy = [desk for desk in others if desk.waiting.entries]
            self.nested(self.chance.choice(busy or others), self.another_round)
            if self.hq.restarts != restarts:
                raise HqCrash

    def nested(self, desk: SimDesk, act: Callable[[World, SimDesk], None] | None = None) -> None:
        self._is_nested = True
        try:
            (act or self.meanwhile)(self, desk)
        finally:
            self._is_nested = False

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """While the administrator is at work, nobody else is."""
        was_nested, self._is_nested = self._is_nested, True
        try:
            yield
        finally:
            self._is_nested = was_nested

    def hq_died(self) -> None:
        self.tell("    headquarters dies and starts again")
        self.hq.reopen()
        self.checks.hq_wrote()

    # -- desks -----------------------------------------------------------------------------------

    def add_desk(self, name: str, site: int, content: Saved, token: str | None) -> SimDesk:
        disk = self.ground.spare(content, DeskCrash)
        desk = SimDesk(self, name, site, disk)
        desk.tokens.token = token
        desk.open()
        self.desks.append(desk)
        return desk

    def enrol(self, desk: SimDesk, code: str) -> None:
        """Make a desk of the file, as `sync.client.enrol.enrol` does with a link of its own."""
        request = EnrolRequest(
            protocol=protocol.PROTOCOL,
            schema=protocol.SCHEMA,
            code=code,
            nonce=desk.database.identity.nonce,
            name=desk.name,
            number=desk.database.identity.desk_no,
        )
        with desk.active():
            take_place(desk.database, desk.tokens, ADDRESS, desk.link.enrol(request))
        desk.look("sync")

    def enrol_again(self, desk: SimDesk) -> None:
        """The administrator gives a new code, and the desk comes back as a new one, however often it has to
        try."""
        self.hq.disk.countdown = 0
        with self.undisturbed():
            code = self.hq.code(self.site_ids[desk.site])
        for left in reversed(range(6)):
            try:
                self.enrol(desk, code)
                break
            except DomainError as error:
                if error.code not in LINE_FAULTS | {"disk-full", "hq-disk-full"} or not left:
                    raise
                self.tell(f"    {desk.name} could not enrol: {error.code}")
            except DeskCrash:
                desk.crash()
            desk.disk.fill(is_full=False)
            self.hq.disk.fill(is_full=False)
            desk.link.badness /= 2 if left > 1 else 10_000
        desk.is_double = desk.has_twin = False
        identity = desk.database.identity
        self.tell(f"    {desk.name} enrols as desk {identity.desk_no} ({identity.desk_letter})")

    def is_at_rest(self, desk: SimDesk) -> bool:
        """It has nothing to say, and has heard everything that headquarters has to tell it."""
        sites = self.hq.disk.look().execute("SELECT site_id, seq FROM hq_site").fetchall()
        newest = dict(sites)[self.site_ids[desk.site]]
        cursor = desk.waiting.fact("sync.cursor", 0)
        waits = "SELECT 1 FROM blob_transfer WHERE direction = 'up' AND state = 'waiting' LIMIT 1"
        is_sent = desk.disk.look().execute(waits).fetchone() is None
        return desk.is_equal and is_sent and not desk.waiting.entries and cursor == newest

    def restore_hq(self) -> None:
        """Put the backup in the place of headquarters' file and give it a new epoch."""
        assert self.hq_backup is not None
        self.hq.close()
        self.hq.disk.write(self.hq_backup)
        eyes = self.hq.disk.look()
        self.renamed += 1
        self.epoch = f"epoch{self.renamed}"
        eyes.execute("UPDATE hq_state SET value = ? WHERE key = 'epoch'", (self.epoch,))
        eyes.execute(
            "UPDATE hq_site SET desk_floor = max(desk_floor + 1, 20 + "
            "(SELECT max(number) FROM hq_desk WHERE hq_desk.site_id = hq_site.site_id))"
        )
        self.hq.restarts += 1
        self.is_forgetful = True
        self.hq.open()
        ages.take_in_backup(self)
        self.hq_shadow.forget()
        self.hq_shadow.look(COLUMNS)
        self.checks.newest.clear()
        for site_id in self.site_ids:
            rows = [row for rows in self.hq_shadow.tables.values() for row in rows.values()]
            self.checks.newest[site_id] = max((row.seq for row in rows if row.site == site_id), default=0)
        self.checks.excuse_lost()

    def settle(self) -> None:
        """Take everything as it is for the beginning."""
        self.hq_shadow.look(COLUMNS)
        for desk in self.desks:
            desk.accept_file()

    def close(self) -> None:
        for desk in self.desks:
            desk.close()
        self.hq.close()


__all__ = ["LINE_FAULTS", "Crash", "DomainError", "SimDesk", "World", "replace"]
