"""One round with headquarters: pack, send, take the answer in; again until nothing is left.

Knows no thread, no timer and no window, and keeps no transaction open while a request travels. A process
killed between any two steps goes on from what its file says.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from filelock import Timeout

from models.database import Database
from models.errors import DomainError
from sync.client import digests, equality, outbox, own_numbers, parents, pull, upgrade
from sync.client.attachments import Attachments
from sync.client.local import (
    ADOPTING,
    CHAIN,
    CURSOR,
    FORKED,
    LAST,
    LAST_STAMP,
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
from sync.client.push import Outgoing, pack
from sync.client.report import RoundReport
from sync.client.snapshot import Fill, Progress
from sync.client.transport import Abortable, Link
from sync.clock import COUNTER_LIMIT, Clock, make_stamp
from sync.protocol import MAX_WANTED, PROTOCOL, SCHEMA, Refusal, SyncReply, SyncRequest

SMALLEST_BATCH = 50
FIRST_BATCH = 2_000
LARGEST_BATCH = 10_000
PAGE = 2_000
LARGEST_PAGE = 10_000
QUICK_S = 2.0
"""A request answered faster than this may carry twice as much the next time."""
FEW = 1_000
"""So many changes are packed within a write; more would keep a clerk's saving waiting."""
TRIES = 3
"""How often a batch is halved and sent again within one round."""
AUDIT_PAUSE_S = 50.0
"""Seconds between two looks at this desk's own sums."""
NOTE_EVERY_MS = 600_000
"""A quiet desk writes down this often when it last spoke to headquarters."""
TOO_LARGE = "body-too-large"
_TOO_SLOW = frozenset({"hq-timeout", "hq-cut", "body-slow", TOO_LARGE})
_NEVER_SENT = frozenset({"hq-unreachable", "hq-certificate", "hq-address"})

Stop = Callable[[], bool]


@dataclass(frozen=True)
class _Prepared:
    """One request and the state of the file that it was made of."""

    request: SyncRequest
    outgoing: Outgoing | None
    chain: Chain

    @property
    def noted(self) -> Chain | None:
        """The chain with this try, if it is a new one."""
        sent, tries = self.outgoing, self.chain.tries
        if sent is None or tries[-1:] == [sent.name]:
            return None
        return replace(self.chain, tries=[*tries, sent.name])


@dataclass(frozen=True)
class _Standing:
    """What a round begins with: the outbox's newest entry, the tables whose rows wait for a look at their
    parents, and of a desk that has nothing to tell its request at once."""

    newest: int
    overdue: frozenset[str]
    is_fill_due: bool
    ready: _Prepared | None


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
        self._version = version
        self._fetches_ahead = fetches_ahead
        self._monotonic = monotonic
        self._lock = round_lock(database)
        self._batch = FIRST_BATCH
        self._page = PAGE
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
                prepared, reply = self._exchange(report, ready)
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
        if self._attachments is not None:
            try:
                report.uploaded = self._attachments.run(self._link, stop)
            except DomainError as error:
                report.attachment_fault = error
        return report

    def _renumbers(self, report: RoundReport) -> bool:
        """At the end, when tickets came: whether some of our own got another number, which has to go up."""
        if self._are_numbers_seen and "ticket" not in report.changes:
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

    # -- one request -----------------------------------------------------------------------------

    def _standing(self) -> _Standing:
        with self._database.reading() as session:
            plain = Plain(session)
            last, facts = newest(plain), plain.facts(UNCHECKED, SNAPSHOT, FORKED)
            if FORKED in facts:
                raise DomainError("desk-forked", **facts[FORKED])
            ready = None if last or SNAPSHOT in facts else self._packed(plain)
        return _Standing(last, frozenset(facts.get(UNCHECKED, [])), SNAPSHOT in facts, ready)

    def _exchange(self, report: RoundReport, ready: _Prepared | None) -> tuple[_Prepared, SyncReply]:
        """Send one request, halving it when it is too much for the line; ``ready`` is the first try."""
        for left in range(TRIES, -1, -1):
            prepared, ready = ready or self._prepare(), None
            clock = self._clock()
            began, sent_ms = self._monotonic(), clock.local_milliseconds()
            try:
                reply = self._link.sync(prepared.request)
                if reply.echo not in {0, prepared.request.echo}:
                    raise DomainError("hq-cut")  # delayed on the line: it answers an earlier request
            except DomainError as error:
                if error.code in _NEVER_SENT:
                    self._keep_chain(prepared)
                is_too_large = error.code == TOO_LARGE
                if is_too_large and prepared.outgoing is not None and len(prepared.outgoing.keys) == 1:
                    self._refuse_here(prepared, prepared.outgoing, report)
                elif error.code not in _TOO_SLOW or not self._halve(prepared, 1 if is_too_large else None):
                    raise
                if not left:
                    raise
                continue
            report.requests += 1
            received_ms = clock.local_milliseconds()
            if clock.learn(reply.server_ms, sent_ms, received_ms) is not None:
                self._let_clock_back(reply.server_ms, sent_ms, received_ms)
            clock.observe(make_stamp(reply.server_ms, COUNTER_LIMIT - 1, 0))  # above all that is there now
            if self._monotonic() - began < QUICK_S:
                self._batch = min(self._batch * 2, LARGEST_BATCH)
                self._page = min(self._page * 2, LARGEST_PAGE)
            return prepared, reply
        raise AssertionError("the last try either answers or raises")

    def _let_clock_back(self, server_ms: int, sent_ms: int, received_ms: int) -> None:
        """The file remembers the stamps of a clock that ran ahead, and each write looks there first."""
        with self._database.working("sync.clock") as work:
            highest = self._clock().learn(server_ms, sent_ms, received_ms)
            if highest is not None:
                Plain(work.session).keep(LAST_STAMP, highest)

    def _prepare(self) -> _Prepared:
        """The next request, from one snapshot of the file, and a note of it: headquarters knows this desk by
        what it tried, if the answer is lost, and a copy or an old backup of this file cannot name it. A few
        edits are packed where they are noted, by the connection that wrote them and still has their pages;
        what was tried before is packed without writing anything.
        """
        with self._database.reading() as session:
            plain = Plain(session)
            if plain.fact(CHAIN, {}).get("tries") or not outbox.is_short(plain, FEW):
                prepared = self._packed(plain)
                noted = prepared.noted
            else:
                prepared = None
        if prepared is not None:
            if noted is not None:
                self._write_chain(noted)
            return prepared
        with self._database.working("sync.attempt") as work:
            plain = Plain(work.session)
            prepared = self._packed(plain)
            if prepared.noted is not None:
                plain.keep(CHAIN, prepared.noted.packed())
        return prepared

    def _packed(self, plain: Plain) -> _Prepared:
        facts = plain.facts(CURSOR, SINCE, CHAIN, LINK, WANTED, ADOPTING)
        chain = Chain(**facts[CHAIN]) if CHAIN in facts else Chain()
        outgoing = None if facts.get(ADOPTING) else pack(plain, self._batch)
        pending = outbox.count_after(plain, outgoing.upto if outgoing is not None else 0)
        cursor, since = int(facts.get(CURSOR, 0)), int(facts.get(SINCE, 0))
        request = SyncRequest(
            protocol=PROTOCOL,
            schema=SCHEMA,
            cursor=cursor,
            since=-1 if since == cursor else since,
            epoch=str(facts.get(LINK, {}).get("epoch", "")),
            limit=self._page,
            push=chain.number + (1 if outgoing is not None else 0),
            after=chain.hash,
            tries=_earlier(chain, outgoing),
            wanted=[(table, row_id) for table, row_id in facts.get(WANTED, [])[:MAX_WANTED]],
            version=self._version,
            echo=secrets.randbits(31) or 1,
            pending=pending,
        )
        if outgoing is not None:
            request = msgspec.structs.replace(request, batch=msgspec.Raw(outgoing.body))
        return _Prepared(request, outgoing, chain)

    def _keep_chain(self, prepared: _Prepared) -> None:
        """Nothing was sent after all."""
        if prepared.noted is not None:
            self._write_chain(prepared.chain)

    def _write_chain(self, chain: Chain) -> None:
        with self._database.working("sync.attempt") as work:
            Plain(work.session).keep(CHAIN, chain.packed())

    def _halve(self, prepared: _Prepared, smallest: int | None = None) -> bool:
        """Ask for less and send less; False when it cannot be less."""
        before = (self._batch, self._page)
        sent = len(prepared.outgoing.keys) if prepared.outgoing is not None else self._batch
        self._batch = max(min(self._batch, sent) // 2, smallest or SMALLEST_BATCH)
        self._page = max(self._page // 2, SMALLEST_BATCH)
        return before != (self._batch, self._page)

    def _refuse_here(self, prepared: _Prepared, sent: Outgoing, report: RoundReport) -> None:
        """One change alone is more than a request may carry: kept with the reason, as if headquarters had
        refused it, so that it does not hold up what comes after."""
        request, clock = prepared.request, self._clock()
        answer = SyncReply(
            protocol=PROTOCOL,
            schema=SCHEMA,
            cursor=request.cursor,
            epoch=request.epoch,
            server_ms=clock.now(),
            refused=[Refusal(table, row_id, "bad-value") for table, row_id in sent.keys],
            more=True,
        )
        with self._database.pulling("sync.refuse") as work:
            plain = Plain(work.session)
            report.refused += pull.apply(plain, answer, sent, work.site_id, answer.server_ms).refused
            plain.keep(CHAIN, prepared.chain.packed())
        report.change({table: {row_id} for table, row_id in sent.keys})

    def _clock(self) -> Clock:
        stamps = self._database.stamps
        if not isinstance(stamps, Clock):
            raise TypeError("synchronisation needs a sync.clock.Clock")
        return stamps

    # -- one answer ------------------------------------------------------------------------------

    def _take(
        self, prepared: _Prepared, reply: SyncReply, report: RoundReport, is_agreed: bool, target: int
    ) -> bool:
        """Take the answer into the file, all in one transaction; whether the round is at its end."""
        report.at_ms = reply.server_ms
        report.is_equal = None
        if self._is_quiet(prepared, reply, report):
            return True
        clock = self._clock()
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
        report.pushed += len(prepared.outgoing.keys) if prepared.outgoing is not None else 0
        report.pulled += sum(len(ids) for ids in applied.changed.values())
        report.refused += applied.refused
        if is_done:
            with self._database.reading() as session:
                report.is_equal = digests.is_equal(Plain(session), reply.digest, reply.cursor)
        return is_done

    def _is_quiet(self, prepared: _Prepared, reply: SyncReply, report: RoundReport) -> bool:
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
            link = plain.fact(LINK, {})
            plain.keep(LINK, {**link, "epoch": str(values.get("epoch", ""))})
            plain.keep(CHAIN, Chain(int(values.get("push", 0)), str(values.get("hash", ""))).packed())
            plain.keep(CURSOR, 0)
            plain.keep(SINCE, 0)
            plain.keep(SNAPSHOT, {})
            outbox.queue_everything(plain)
            digests.recount(plain)


def _earlier(chain: Chain, outgoing: Outgoing | None) -> list[str]:
    """What was tried before under this number; the same body again is the same try."""
    is_same = outgoing is not None and chain.tries[-1:] == [outgoing.name]
    return chain.tries[:-1] if is_same else chain.tries
