"""Bugs planted into the product, each a mistake that somebody made somewhere: the simulation must find them.

``python -m tests.simulation.planted [NAME …]`` prints how many seeds each needed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import msgspec

import sync.client.digests
import sync.client.edits
import sync.client.enrol
import sync.client.exchange
import sync.client.outbox
import sync.client.own_numbers
import sync.client.pull
import sync.client.upgrade
import sync.client.whole_rows
import sync.protocol
import sync.server.field_merging
import sync.server.merging
import sync.server.pull
import sync.server.push
import sync.server.store
from models.database import Database
from models.errors import DomainError
from sync.client.attachments import Attachments
from sync.client.engine import Engine
from sync.client.exchange import Exchange
from sync.client.local import CURSOR, Plain
from sync.client.outbox import Key, Waits
from sync.clock import Clock
from sync.protocol import BlobState
from sync.server import auth
from sync.server.push import Push
from sync.server.store import Store
from tests.simulation.story import Simulation

Plant = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Planted:
    """One bug. ``within``: the number of seeds in which it must be found."""

    name: str
    plant: Plant
    within: int


BUGS: list[Planted] = []


def bug(name: str, within: int) -> Callable[[Plant], Plant]:
    def keep(plant: Plant) -> Plant:
        BUGS.append(Planted(name, plant, within))
        return plant

    return keep


def _nothing(*_: Any, **__: Any) -> None:
    return None


# -- at the desk ------------------------------------------------------------------------------------------


@bug("one entry more than was sent is marked as sent", 30)
def too_much() -> Any:
    real = sync.client.outbox.acknowledge
    return patch.object(sync.client.outbox, "acknowledge", lambda plain, last: real(plain, last + 1))


@bug("an edit made during the push is marked clean", 30)
def marked_clean() -> Any:
    outbox = sync.client.outbox
    real = outbox.acknowledge
    return patch.object(outbox, "acknowledge", lambda plain, last: real(plain, outbox.newest(plain)))


@bug("acknowledged by row and not by entry", 30)
def by_row() -> Any:
    def acknowledge(plain: Plain, last: int) -> None:
        plain.run(
            "DELETE FROM outbox WHERE (table_name, row_id) IN "
            "(SELECT table_name, row_id FROM outbox WHERE lseq <= ?)",
            (last,),
        )

    return patch.object(sync.client.outbox, "acknowledge", acknowledge)


@bug("the cursor is written before the rows", 30)
def cursor_first() -> Any:
    real = Engine._take

    def take(self: Engine, prepared: Any, reply: Any, *rest: Any) -> Any:
        with self._database.working("sync.cursor") as work:
            plain = Plain(work.session)
            plain.keep(CURSOR, max(reply.cursor, int(plain.fact(CURSOR, 0))))
        return real(self, prepared, reply, *rest)

    return patch.object(Engine, "_take", take)


@bug("the last stamp is not kept over a restart", 30)
def stamp_forgotten() -> Any:
    real = Database._finish

    def finish(self: Database, session: Any, context: Any) -> None:
        context.last_stamp = 0
        real(self, session, context)

    return patch.object(Database, "_finish", finish)


@bug("a clock does not heed stamps that came from elsewhere", 30)
def deaf_clock() -> Any:
    """It does no harm while clocks run evenly: the time that headquarters tells is never below a stamp it
    took, and a desk's offset follows that. A clock set back between hearing and writing shows it."""
    return patch.object(Clock, "observe", _nothing)


@bug("what comes down replaces an edit that waits", 30)
@contextmanager
def overwritten() -> Iterator[None]:
    def taken(table: Any, row: Any, mine: Any, fields: Any, values: Any) -> Any:
        return dict(row[2] or {}), row[3], list(values)

    real = sync.client.edits._prepare

    def prepare(table: Any, came: Any, mine: Any, own: Any, updates: Any) -> Any:
        return real(table, came, mine, {}, updates)

    with (
        patch.object(sync.client.whole_rows, "_with_own_edits", taken),  # as whole rows come,
        patch.object(sync.client.edits, "_prepare", prepare),  # and as edits do
    ):
        yield


@bug("an edit keeps the stamp that its last version replaced", 30)
def last_base() -> Any:
    real = sync.client.outbox.fold

    def fold(entries: Any) -> dict[Key, Waits]:
        return real(reversed(list(entries)))

    return patch.object(sync.client.outbox, "fold", fold)


@bug("a refused change is dropped", 30)
def refused_dropped() -> Any:
    return patch.object(sync.client.pull, "_keep_refused", lambda *_: 0)


@bug("rows wished for are not asked for", 100)
def wish_forgotten() -> Any:
    return patch.object(Plain, "fact", _without_wishes(Plain.fact))


def _without_wishes(real: Any) -> Any:
    def fact(self: Plain, key: str, default: Any = None) -> Any:
        return default if key == "sync.wanted" else real(self, key, default)

    return fact


@bug("an answer to an earlier request is taken for this one's", 30)
def old_answer() -> Any:
    real = sync.protocol.SyncRequest
    return patch.object(sync.client.exchange, "SyncRequest", lambda **given: real(**{**given, "echo": 0}))


@bug("the digest is not kept up with the rows", 30)
def sums_forgotten() -> Any:
    return patch.object(sync.client.digests.Tally, "keep", _nothing)


@bug("what was tried without an answer is not written down", 30)
def try_forgotten() -> Any:
    return patch.object(Exchange, "_write_chain", _nothing)


@bug("a desk enrolled anew keeps the stamps of its old number", 60)
def not_renumbered() -> Any:
    return patch.object(sync.client.enrol, "restamp_waiting", lambda *_: 0)


@bug("an attachment is marked done before its content went up", 30)
def done_early() -> Any:
    def sent(self: Attachments, link: Any, at: BlobState, *_: Any) -> BlobState:
        return msgspec.structs.replace(at, complete=True)

    return patch.object(Attachments, "_send_from", sent)


@bug("a number is given twice after a copy", 60)
def numbers_twice() -> Any:
    return patch.object(sync.client.own_numbers, "settle", lambda _: [])


@bug("a field that a desk does not know is dropped", 30)
@contextmanager
def unknown_dropped() -> Iterator[None]:
    with (
        patch.object(sync.client.edits, "extended", lambda packed, _: packed),
        patch.object(sync.client.whole_rows, "extended", lambda packed, _: packed),
    ):
        yield


@bug("a field that an older program kept is forgotten by the newer one", 30)
def not_promoted() -> Any:
    return patch.object(sync.client.upgrade, "promote", lambda *_: 0)


# -- at headquarters --------------------------------------------------------------------------------------


@bug("a conflict is not recorded", 30)
def conflict_forgotten() -> Any:
    return patch.object(Push, "_record_conflicts", _nothing)


@bug("a deletion is dropped", 30)
def tombstone_dropped() -> Any:
    return patch.object(sync.server.merging, "is_deleted", lambda *_: False)


@bug("a deletion covers what its author had not seen", 60)
def deletion_covers() -> Any:
    return patch.object(sync.server.merging, "is_deleted", lambda grave, last: grave.stamp > grave.alive)


@bug("a finished ticket is reopened by a stale acceptance", 100)
def no_rank() -> Any:
    return patch.object(sync.server.field_merging, "FINAL_FIELDS", {})


@bug("a ticket that was reopened knowingly stays closed", 30)
@contextmanager
def no_life() -> Iterator[None]:
    merging = sync.server.field_merging
    with (
        patch.object(merging, "in_its_life", lambda incoming, current, finality, **_: incoming),
        patch.object(merging, "_is_next", lambda *_: False),  # the short way for the usual edit says it too
    ):
        yield


@bug("a repeated edit is merged again", 250)
def repeat_merged() -> Any:
    return patch.object(sync.server.field_merging, "_was_merged", lambda *_: False)


@bug("a field that headquarters does not know is dropped", 30)
def unknown_dropped_at_hq() -> Any:
    return patch.object(sync.server.field_merging, "with_extra", lambda packed, _: packed)


@bug("the number is taken before the lock", 30)
@contextmanager
def number_before_lock() -> Iterator[None]:
    real_take, real_lock = Store._take, auth.lock_site
    taken: dict[str, int] = {}

    def take(self: Store, desk: Any, *rest: Any) -> Any:
        with self.database.reading(desk.site_id) as connection:
            seq = sync.server.pull.site_state(connection, desk.site_id).seq
        taken[desk.site_id] = seq  # others may have come in between
        return real_take(self, desk, *rest)

    def lock(connection: Any, site_id: str) -> Any:
        site = real_lock(connection, site_id)
        return replace(site, seq=taken.pop(site_id, site.seq))

    with patch.object(Store, "_take", take), patch.object(auth, "lock_site", lock):
        yield


@bug("a desk is never told of rows that it wrote last", 30)
def naive_echo() -> Any:
    real = Push._store

    def store(self: Push, table: Any, rows: Any) -> None:
        for row in rows:
            row.is_contested, row.before_seq = False, 0
        real(self, table, rows)

    return patch.object(Push, "_store", store)


@bug("a page is cut inside a number", 30)
def page_cut() -> Any:
    real = sync.server.pull.changes_after

    def changes_after(*given: Any) -> Any:
        pulled = real(*given)
        pulled.cursor += 1 if pulled.is_more else 0
        return pulled

    return patch.object(sync.server.pull, "changes_after", changes_after)


@bug("a copied or restored desk is not noticed", 30)
def fork_unnoticed() -> Any:
    return patch.object(Store, "_check_chain", _nothing)


@bug("a headquarters that was restored is not noticed", 60)
def epoch_ignored() -> Any:
    return patch.object(Store, "_check_epoch", _nothing)


@bug("the answer to a repeated batch leaves out what was refused", 150)
def refusals_forgotten() -> Any:
    class Empty:
        def decode(self, _: bytes) -> list[Any]:
            return []

    return patch.object(sync.server.store, "_REFUSALS", Empty())


@bug("a desk is answered with another site's rows", 30)
def other_site() -> Any:
    real = sync.server.store._reader
    known: set[str] = set()

    def reader(desk: Any, request: Any) -> Any:
        known.add(desk.site_id)
        others = sorted(known - {desk.site_id})
        found = real(desk, request)
        return replace(found, site_id=others[0]) if others else found

    return patch.object(sync.server.store, "_reader", reader)


@bug("stamps from the future are taken as they come", 30)
def future_taken() -> Any:
    return patch.object(Push, "_stamp", lambda self, stamp: stamp)


@bug("a change is committed and then answered as failed, and its number given again", 30)
def number_again() -> Any:
    real = Push._close

    def close(self: Push) -> None:
        self.seq -= 1
        real(self)

    return patch.object(Push, "_close", close)


def seeds_needed(simulation: Simulation, planted: Planted, first: int = 0) -> tuple[int | None, str]:
    """(seeds until the bug was found, what was found); None when it was not."""
    for count in range(1, planted.within + 1):
        try:
            with planted.plant():
                outcome = simulation.run(first + count - 1)
        except DomainError as error:
            return count, error.code
        if outcome.fault is not None and simulation.run(first + count - 1).fault is None:
            return count, outcome.fault
    return None, ""


def main() -> int:
    simulation = Simulation()
    simulation.run(0)
    names = sys.argv[1:]
    missed = 0
    try:
        for planted in BUGS:
            if names and planted.name not in names:
                continue
            count, fault = seeds_needed(simulation, planted)
            missed += count is None
            print(f"{count or f'NOT within {planted.within}':>6}  {planted.name}  ({fault[:90]})", flush=True)
    finally:
        simulation.close()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
