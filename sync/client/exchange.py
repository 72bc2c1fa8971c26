"""One request to headquarters and its answer: packed from the file, noted there, sent; less of it when the
line cannot carry so much, more when it was quick."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from models.database import Database
from models.errors import DomainError
from sync.client import outbox, pull
from sync.client.digests import kept_since
from sync.client.local import ADOPTING, CHAIN, CURSOR, FORMER, LAST_STAMP, LINK, SINCE, WANTED, Chain, Plain
from sync.client.push import Outgoing, pack
from sync.client.report import RoundReport
from sync.client.transport import NOT_REACHED, Link
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
TOO_LARGE = "body-too-large"
_TOO_SLOW = frozenset({"hq-timeout", "hq-cut", "body-slow", TOO_LARGE})
_NEVER_SENT = NOT_REACHED | {"hq-address"}


@dataclass(frozen=True)
class Prepared:
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


class Exchange:
    """Asks headquarters, once for each answer. ``batch`` outbox entries go with a request, and ``page`` rows
    may come with its answer: both follow the line."""

    def __init__(self, database: Database, link: Link, version: str, monotonic: Callable[[], float]) -> None:
        self._database = database
        self._link = link
        self._version = version
        self._monotonic = monotonic
        self.batch = FIRST_BATCH
        self.page = PAGE

    def answered(self, report: RoundReport, ready: Prepared | None) -> tuple[Prepared, SyncReply]:
        """Send one request, halving it when it is too much for the line; ``ready`` is the first try."""
        for left in range(TRIES, -1, -1):
            prepared, ready = ready or self._prepared(), None
            clock = clock_of(self._database)
            began, sent_ms = self._monotonic(), clock.local_milliseconds()
            try:
                reply = self._link.sync(prepared.request)
                if not _is_answer(prepared, reply):
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
            clock.learn(reply.server_ms, sent_ms, received_ms)
            clock.observe(make_stamp(reply.server_ms, COUNTER_LIMIT - 1, 0))  # above all that is there now
            if self._monotonic() - began < QUICK_S:
                self.batch = min(self.batch * 2, LARGEST_BATCH)
                self.page = min(self.page * 2, LARGEST_PAGE)
            return prepared, reply
        raise AssertionError("the last try either answers or raises")

    def packed(self, plain: Plain) -> Prepared:
        """The next request as the file says it."""
        facts = plain.facts(CURSOR, SINCE, CHAIN, LINK, WANTED, ADOPTING, FORMER)
        chain = Chain(**facts[CHAIN]) if CHAIN in facts else Chain()
        outgoing = None if facts.get(ADOPTING) else pack(plain, self.batch)
        pending = outbox.count_after(plain, outgoing.upto if outgoing is not None else 0)
        cursor, since = int(facts.get(CURSOR, 0)), int(facts.get(SINCE, 0))
        request = SyncRequest(
            protocol=PROTOCOL,
            schema=SCHEMA,
            cursor=cursor,
            since=-1 if since == cursor else since,
            epoch=str(facts.get(LINK, {}).get("epoch", "")),
            limit=self.page,
            push=chain.number + (1 if outgoing is not None else 0),
            after=chain.hash,
            tries=_earlier(chain, outgoing),
            wanted=[(table, row_id) for table, row_id in facts.get(WANTED, [])[:MAX_WANTED]],
            version=self._version,
            echo=secrets.randbits(31) or 1,
            pending=pending,
        )
        if outgoing is not None:
            former = str(facts.get(FORMER, {}).get("epoch", ""))
            request = msgspec.structs.replace(request, batch=msgspec.Raw(outgoing.body), former=former)
        return Prepared(request, outgoing, chain)

    def _prepared(self) -> Prepared:
        """The next request, from one snapshot of the file, and a note of it: headquarters knows this desk by
        what it tried, if the answer is lost, and a copy or an old backup of this file cannot name it. A few
        edits are packed where they are noted, by the connection that wrote them and still has their pages;
        what was tried before is packed without writing anything.
        """
        with self._database.reading() as session:
            plain = Plain(session)
            if plain.fact(CHAIN, {}).get("tries") or not outbox.is_short(plain, FEW):
                prepared = self.packed(plain)
                noted = prepared.noted
            else:
                prepared = None
        if prepared is not None:
            if noted is not None:
                self._write_chain(noted)
            return prepared
        with self._database.working("sync.attempt") as work:
            plain = Plain(work.session)
            prepared = self.packed(plain)
            if prepared.noted is not None:
                plain.keep(CHAIN, prepared.noted.packed())
        return prepared

    def _keep_chain(self, prepared: Prepared) -> None:
        """Nothing was sent after all."""
        if prepared.noted is not None:
            self._write_chain(prepared.chain)

    def _write_chain(self, chain: Chain) -> None:
        with self._database.working("sync.attempt") as work:
            Plain(work.session).keep(CHAIN, chain.packed())

    def _halve(self, prepared: Prepared, smallest: int | None = None) -> bool:
        """Ask for less and send less; False when it cannot be less."""
        before = (self.batch, self.page)
        sent = len(prepared.outgoing.keys) if prepared.outgoing is not None else self.batch
        self.batch = max(min(self.batch, sent) // 2, smallest or SMALLEST_BATCH)
        self.page = max(self.page // 2, SMALLEST_BATCH)
        return before != (self.batch, self.page)

    def _refuse_here(self, prepared: Prepared, sent: Outgoing, report: RoundReport) -> None:
        """One change alone is more than a request may carry: kept with the reason, as if headquarters had
        refused it, so that it does not hold up what comes after."""
        request, clock = prepared.request, clock_of(self._database)
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

    def let_clock_back(self, server_ms: int) -> None:
        """At the end of a round: let a clock back that ran ahead, unless something of that time waits, or is
        kept here because headquarters refused it. The file remembers its stamps, and each write looks there
        first."""
        if not clock_of(self._database).is_ahead(server_ms):
            return
        with self._database.working("sync.clock") as work:
            plain = Plain(work.session)
            waits = outbox.newest(plain) or kept_since(plain, server_ms)
            highest = None if waits else clock_of(self._database).let_back(server_ms)
            if highest is not None:
                plain.keep(LAST_STAMP, highest)


def clock_of(database: Database) -> Clock:
    """The desk's own; a file that is only looked at has none."""
    stamps = database.stamps
    if not isinstance(stamps, Clock):
        raise TypeError("synchronisation needs a sync.clock.Clock")
    return stamps


def _is_answer(asked: Prepared, reply: SyncReply) -> bool:
    """Whether it answers this very request. A headquarters of before the echo tells by the batch's number:
    taken for this one's, an earlier answer would acknowledge what was never taken."""
    request = asked.request
    is_of_batch = asked.outgoing is None or reply.push == request.push
    return is_of_batch and reply.echo in {0, request.echo}


def _earlier(chain: Chain, outgoing: Outgoing | None) -> list[str]:
    """What was tried before under this number; the same body again is the same try."""
    is_same = outgoing is not None and chain.tries[-1:] == [outgoing.name]
    return chain.tries[:-1] if is_same else chain.tries
