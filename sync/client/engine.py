"""One round with headquarters: pack, send, take the answer in; again until nothing is left.

Knows no thread, no timer and no window, and keeps no transaction open while a request travels. A process
killed between any two steps goes on from what its file says.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from filelock import Timeout

from models.database import Database
from models.errors import DomainError
from sync.client import digests, equality, outbox, own_numbers, parents, pull, upgrade
from sync.client.attachments import Attachments
from sync.client.exchange import Exchange, Prepared, clock_of
from sync.client.local import (
    ADOPTING,
    CHAIN,
    CURSOR,
    FORKED,
    LAST,
    LINK,
    OFFSET,
    SINCE,
    SNAPSHOT,
    UNCHECKED,
    WANTED,
    Chain,
    Plain,
    round_lock,
)
from sync.client.outbox import newest
from sync.client.pull import Changed
from sync.client.report import RoundReport
from sync.client.snapshot import Fill, Progress
from sync.client.transport import Abortable, Link
from sync.protocol import SyncReply

AUDIT_PAUSE_S = 50.0
"""Seconds between two looks at this desk's own sums."""
NOTE_EVERY_MS = 600_000
"""A quiet desk writes down this often when it last spoke to headquarters."""

Stop = Callable[[], bool]


@dataclass(frozen=True)
class _Standing:
    """What a round begins with: the outbox's newest entry, the tables whose rows wait for a look at their
    parents, and of a desk that has nothing to tell its request at once."""

    newest: int
    overdue: frozenset[str]
    is_fill_due: bool
    ready: Prepared | None


class Engine:
    """The desk's side of synchronisation. One thread at a time; a second process is kept out by a lock."""

    def __init__(
        self,
        database: Database,
        link: Link,
        *,
        attachments: Attachments | None = None,
        version: str = "",
        fetches_ahead: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._link = link
        self._attachments = attachments
        self._fetches_ahead = fetches_ahead
        self._monotonic = monotonic
        self.exchange = Exchange(database, link, version, monotonic)
        self._lock = round_lock(database)
        self._is_current = self._are_numbers_seen = False
        self._audit_at = 0.0
        self._untold: Changed = {}
        self._untold_filled: set[str] = set()

    def run_once(
        self, stop: Stop = lambda: False, *, is_agreed: bool = False, progress: Progress = lambda *_: None
    ) -> RoundReport:
        """One whole round. ``is_agreed``: somebody has agreed to a page that deletes much. ``progress`` is
        told of a first fill: (rows done, rows in all).

        Raises ``DomainError``: ``not-enrolled``, ``sync-busy`` (another process is at it),
        ``sync-mass-deletion``, those of `sync.client.transport` and of the database. Whatever it raises,
        the file is whole and the next round goes on from there.
        """
        if self._database.identity.desk_no == 0:
            raise DomainError("not-enrolled")
        try:
            with self._lock.acquire(timeout=0):
                report = RoundReport(changed=self._untold, filled=self._untold_filled)
                report = self._round(report, stop, is_agreed, progress)
                self._untold, self._untold_filled = {}, set()
                return report
        except Timeout as error:
            raise DomainError("sync-busy") from error

    def interrupt(self) -> None:
        """From another thread, at the end of the program: a request that waits for its answer fails now."""
        if isinstance(self._link, Abortable):
            self._link.abort()

    def untold(self) -> frozenset[str]:
        """Tables changed by rounds that failed after some of their pages, told once; what nobody asks for is
        in the next round's report."""
        tables = frozenset(name for name, ids in self._untold.items() if ids) | self._untold_filled
        self._untold, self._untold_filled = {}, set()
        return tables

    def _round(self, report: RoundReport, stop: Stop, is_agreed: bool, progress: Progress) -> RoundReport:
        if not self._is_current:
            upgrade.run(self._database)
            self._is_current = True
        is_rebased = is_filled = False
        while True:
            if not is_filled:
                standing, is_filled = self._standing(), True
                if standing.is_fill_due:
                    is_filled, standing = self._fill(report, stop, is_agreed, progress), self._standing()
                ready, report.overdue = standing.ready, standing.overdue
            if stop() or not is_filled:
                report.is_stopped = True
                return report
            try:
                prepared, reply = self.exchange.answered(report, ready)
            except DomainError as error:
                if error.code == "desk-forked":
                    self._remember(error)
                if error.code != "hq-rebase" or is_rebased:
                    raise
                self._rebase(error)
                is_rebased, is_filled = True, False
                continue
            ready = None
            is_done = self._take(prepared, reply, report, is_agreed, standing.newest)
            if is_done and not self._is_repairing(reply, report) and not self._renumbers(report):
                break
        self.exchange.let_clock_back(reply.server_ms)
        if self._attachments is not None:
            try:
                report.uploaded = self._attachments.run(self._link, stop, reply.ask)
            except DomainError as error:
                report.attachment_fault = error
        return report

    def _renumbers(self, report: RoundReport) -> bool:
        """At the end, when what bears numbers came: whether some of our own got others that have to go up."""
        if self._are_numbers_seen and report.changes.isdisjoint(own_numbers.TABLES):
            return False
        self._are_numbers_seen = True
        done = own_numbers.settle(self._database)
        report.renumbered += done
        return bool(done)

    def _remember(self, told: DomainError) -> None:
        """A copy stays one, also for a headquarters that was restored and no longer knows its twin: let in
        again it would take the other's place."""
        with self._database.working("sync.forked") as work:
            Plain(work.session).keep(FORKED, dict(told.values))

    def _fill(self, report: RoundReport, stop: Stop, is_agreed: bool, progress: Progress) -> bool:
        """Fill the file from a snapshot, where one is due; False when it was stopped on the way."""
        fill = Fill(self._database, self._link, stop, progress, is_agreed, self._fetches_ahead)
        try:
            fill.run()
        finally:
            report.filled |= fill.filled.tables
        report.pulled += fill.filled.rows
        return not fill.filled.is_stopped

    def _standing(self) -> _Standing:
        with self._database.reading() as session:
            plain = Plain(session)
            last, facts = newest(plain), plain.facts(UNCHECKED, SNAPSHOT, FORKED)
            if FORKED in facts:
                raise DomainError("desk-forked", **facts[FORKED])
            ready = None if last or SNAPSHOT in facts else self.exchange.packed(plain)
        return _Standing(last, frozenset(facts.get(UNCHECKED, [])), SNAPSHOT in facts, ready)

    # -- one answer ------------------------------------------------------------------------------

    def _take(
        self, prepared: Prepared, reply: SyncReply, report: RoundReport, is_agreed: bool, target: int
    ) -> bool:
        """Take the answer into the file, all in one transaction; whether the round is at its end."""
        report.at_ms = reply.server_ms
        report.is_equal = None
        if self._is_quiet(prepared, reply, report):
            return True
        clock = clock_of(self._database)
        with self._database.pulling("sync.pull") as work:
            plain = Plain(work.session)
            applied = pull.apply(
                plain, reply, prepared.outgoing, work.site_id, reply.server_ms, is_agreed=is_agreed
            )
            clock.observe(applied.highest)
            for table, ids in applied.changed.items():
                work.touch(table, ids)
            report.change(applied.changed)
            left = plain.one("SELECT 1 FROM outbox WHERE lseq <= ? LIMIT 1", (target,)) is not None
            is_done = not reply.more and not left
            if is_done and parents.is_due(plain):
                known = {name: ids for name, ids in report.changed.items() if name not in report.overdue}
                report.orphans = parents.check(plain, known)
            is_done = is_done and not plain.fact(WANTED, [])
            if int(plain.fact(LAST, {}).get("schema", 0)) < reply.schema:
                upgrade.requeue_refused(plain)
            plain.keep(LAST, {"at_ms": reply.server_ms, "schema": reply.schema})
            plain.keep(OFFSET, clock.offset)
            if applied.changed:
                work.context.last_stamp = clock.last
            if is_done:
                report.is_equal = digests.is_equal(plain, reply.digest, reply.cursor)
        report.pushed += len(prepared.outgoing.keys) if prepared.outgoing is not None else 0
        report.pulled += sum(len(ids) for ids in applied.changed.values())
        report.refused += applied.refused
        return is_done

    def _is_quiet(self, prepared: Prepared, reply: SyncReply, report: RoundReport) -> bool:
        """Nothing to write down, unless it is long since the last note; then the sums are compared here."""
        if prepared.outgoing is not None or reply.rows or reply.patches or reply.wanted or reply.missing:
            return False
        if reply.more or reply.cursor != prepared.request.cursor or prepared.request.wanted:
            return False
        with self._database.reading() as session:
            plain = Plain(session)
            last = (facts := plain.facts(LAST, ADOPTING)).get(LAST, {})
            is_known = int(last.get("schema", 0)) == reply.schema and not facts.get(ADOPTING)
            if not is_known or abs(reply.server_ms - int(last["at_ms"])) >= NOTE_EVERY_MS:
                return False
            report.is_equal = digests.is_equal(plain, reply.digest, reply.cursor)
        return True

    # -- equality --------------------------------------------------------------------------------

    def _is_repairing(self, reply: SyncReply, report: RoundReport) -> bool:
        """After unequal sums, once a round: whether something was asked for or queued that settles them."""
        if report.is_equal and self._monotonic() >= self._audit_at:
            self._audit_at = self._monotonic() + AUDIT_PAUSE_S
            report.is_equal = equality.audit(self._database, reply.server_ms)
        if report.is_equal is not False or report.is_repaired:
            return False
        report.is_repaired = True
        is_asked = equality.repair(self._database, self._link, reply)
        report.requests += is_asked
        report.is_equal = None if is_asked else True
        return is_asked

    # -- a headquarters that was restored --------------------------------------------------------

    def _rebase(self, told: DomainError) -> None:
        """Headquarters came back from a backup: give it everything we have, take everything it has. Merging
        by stamps makes that safe in any order and however often."""
        values: dict[str, Any] = told.values
        with self._database.working("sync.rebase") as work:
            plain = Plain(work.session)
            outbox.queue_everything(plain)
            link = plain.fact(LINK, {})
            plain.keep(LINK, {**link, "epoch": str(values.get("epoch", ""))})
            plain.keep(CHAIN, Chain(int(values.get("push", 0)), str(values.get("hash", ""))).packed())
            plain.keep(CURSOR, 0)
            plain.keep(SINCE, 0)
            plain.keep(SNAPSHOT, {})
            digests.recount(plain)
