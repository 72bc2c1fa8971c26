"""Half past eight: every desk of every site comes back at once, then works, against one headquarters.

Closed loop: a desk sends its next change when the last was answered, so the load is bounded by headquarters
itself; each wave is one step of all desks in a shuffled order.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from sync import protocol
from sync.digest import combined
from sync.protocol import EnrolReply, EnrolRequest
from sync.server import auth
from sync.server.database import HqDatabase
from sync.server.pull import sums_of_rows
from sync.server.store import Store
from tests.sync.load.lean_desk import FAULTS_OF_LOAD, LIVE_ROUNDS, LeanDesk

WAITS = FAULTS_OF_LOAD
"""What a desk is told that shall come again later."""


@dataclass(frozen=True)
class Place:
    """A desk that was enrolled: whose, and with what token."""

    site_id: str
    number: int
    token: str


@dataclass
class Outcome:
    """Of some desks: seconds of every round, rows sent, what went wrong; ``digests`` is
    {site: digest that all its desks hold}."""

    rounds: list[float] = field(default_factory=list)
    sent: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    told_to_wait_s: float = 0.0
    unequal: list[str] = field(default_factory=list)
    digests: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    """Of the working time, without the last look at what all hold."""

    def add(self, other: Outcome) -> None:
        self.rounds += other.rounds
        self.sent += other.sent
        self.refusals += other.refusals
        self.told_to_wait_s += other.told_to_wait_s
        self.unequal += other.unequal
        self.digests |= other.digests
        self.seconds = max(self.seconds, other.seconds)


def enrol_all(url: str, sites: int, desks: int) -> list[Place]:
    """Sites and desks made at the database, as the administrator's command makes them."""
    places = []
    with closing(HqDatabase(url)) as database:
        store = Store(database)
        for at in range(sites):
            with database.administering() as connection:
                site_id = auth.add_site(connection, f"项目{at:04}", store.clock.now())
            for number in range(desks):
                code = auth.issue_code(database, site_id, store.clock.now())
                reply: EnrolReply = store.enrol(
                    EnrolRequest(
                        protocol.PROTOCOL, protocol.SCHEMA, code, f"{at:016}{number:016}", f"前台{number}"
                    )
                )
                places.append(Place(site_id, reply.desk_no, reply.token))
    return places


def run(url: str, places: Sequence[Place], *, processes: int, threads: int) -> Outcome:
    """All desks' mornings, the sites divided among processes."""
    sites = sorted({place.site_id for place in places})
    shares = [frozenset(sites[at::processes]) for at in range(processes)]
    whole = Outcome()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        jobs = [
            pool.submit(_share, url, [place for place in places if place.site_id in share], threads, at)
            for at, share in enumerate(shares)
        ]
        for job in jobs:
            whole.add(job.result())
    return whole


def _share(url: str, places: Sequence[Place], threads: int, seed: int) -> Outcome:
    desks = {
        place: LeanDesk(url, place.token, place.number, seed * 1_000_003 + at)
        for at, place in enumerate(places)
    }
    work = {place: desk.morning() for place, desk in desks.items()}
    chance = random.Random(seed)
    outcome = Outcome()

    def step(place: Place) -> None:
        desks[place].push(work[place].pop(0)())

    with ThreadPoolExecutor(threads) as pool:
        began = time.perf_counter()
        for _ in range(1 + LIVE_ROUNDS):
            order = list(places)
            chance.shuffle(order)
            list(pool.map(step, order))
        outcome.seconds = time.perf_counter() - began
        list(pool.map(lambda place: desks[place].pull(), places))
        last = dict(zip(places, pool.map(lambda place: desks[place].pull(), places), strict=True))
    for place, desk in desks.items():
        held = desk.digest()
        if last[place].digest != held or outcome.digests.setdefault(place.site_id, held) != held:
            outcome.unequal.append(f"{place.site_id}/{place.number}")
        outcome.rounds += desk.measured.rounds
        outcome.sent += desk.measured.sent
        outcome.refusals.update(desk.measured.refusals)
        outcome.told_to_wait_s += desk.measured.told_to_wait_s
        desk.close()
    return outcome


def counted_at_headquarters(url: str, digests: dict[str, int]) -> list[str]:
    """Sites whose rows in the database, counted one by one, are not what their desks hold."""
    wrong = []
    with closing(HqDatabase(url)) as database:
        for site_id, held in digests.items():
            with database.reading(site_id) as connection:
                sums = sums_of_rows(connection, site_id)
            if combined((name, one.total()) for name, one in sums.items()) != held:
                wrong.append(site_id)
    return wrong
