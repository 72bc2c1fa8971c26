"""A desk's round at headquarters: take what it brings, give what it lacks, and keep both in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec
from sqlalchemy import Connection, insert, select, update

from models.errors import DomainError
from sync.clock import HEADQUARTERS, Clock, milliseconds_of, wall_milliseconds
from sync.protocol import (
    MAX_BATCH_ROWS,
    MAX_ROWS,
    MAX_WANTED,
    OLDEST_PROTOCOL,
    PROTOCOL,
    SCHEMA,
    Batch,
    BodyError,
    CompareReply,
    CompareRequest,
    EnrolReply,
    EnrolRequest,
    Refusal,
    SyncReply,
    SyncRequest,
    TableRows,
    batch_hash,
    decode,
)
from sync.server import auth, pull, regained, tokens
from sync.server.auth import Desk, LockedSite
from sync.server.database import HqDatabase
from sync.server.push import Push, signed
from sync.server.tables import hq_desk, hq_site, hq_table

SEEN_EVERY_MS = 60_000
"""A quiet desk's presence is written down this often: a quiet round writes nothing else."""
_REFUSALS = msgspec.msgpack.Decoder(list[Refusal])


@dataclass(frozen=True)
class _Taken:
    """A batch's answer. ``state`` is the site's right after it (None: it was taken before); with
    ``is_echo_free`` there is nothing in it to tell the desk."""

    push: int
    refused: list[Refusal] = field(default_factory=list)
    is_echo_free: bool = False
    state: pull.SiteState | None = None


class Store:
    """All that the server does with its database. Every method is bound to the site of its `Desk`."""

    def __init__(self, database: HqDatabase, wall: Callable[[], int] = wall_milliseconds) -> None:
        self.database = database
        self.clock = Clock(HEADQUARTERS, wall=wall)
        """What time it is. Stamps are given by a clock of each site (`_clock_of`)."""
        self.on_batch: Callable[[int, int], None] = lambda rows, refused: None
        """Told of every batch that was taken: its rows and edits, and how many of them were refused."""

    def desk(self, token: str) -> Desk:
        """Raises ``DomainError``: ``token-unknown``, ``desk-revoked``."""
        site_id = auth.site_of_token(self.database, token)
        with self.database.reading(site_id) as connection:
            desk = auth.desk_of_token(connection, site_id, token)
        self._promote(desk, token)
        return desk

    def _promote(self, desk: Desk, token: str) -> None:
        if desk.is_token_new:
            with self.database.writing(desk.site_id) as connection:
                tokens.promote(connection, desk.site_id, desk.number, auth.hash_of(token), self.clock.now())

    def enrol(self, request: EnrolRequest) -> EnrolReply:
        """See `auth.enrol`; also raises ``desk-too-old`` and ``desk-too-new``."""
        check_protocol(request.protocol)
        return auth.enrol(self.database, request, self.clock.now())

    # -- the round -------------------------------------------------------------------------------

    def round(
        self, token: str, request: SyncRequest, met: Callable[[Desk], None] = lambda desk: None
    ) -> tuple[Desk, SyncReply]:
        """`desk` and `sync` at once: a desk that brings nothing is known and answered in one transaction.

        ``met`` is told which desk asks as soon as that is known. Raises what the two raise.
        """
        check_protocol(request.protocol)
        site_id = auth.site_of_token(self.database, token)
        if bytes(request.batch):
            desk = self.desk(token)
            met(desk)
            reply = self.sync(desk, request)
        else:
            now_ms = self.clock.now()
            with self.database.reading(site_id) as connection:
                desk = auth.desk_of_token(connection, site_id, token)
                met(desk)
                self._check_place(desk, request)
                state = pull.SiteState(desk.site_seq, desk.site_digest, desk.site_highest)
                reply = self._give(connection, desk, request, _Taken(desk.push), state)
            self._promote(desk, token)
            self._note_seen(desk, request, now_ms)
        return desk, reply

    def sync(self, desk: Desk, request: SyncRequest) -> SyncReply:
        """One round.

        Raises ``DomainError``: ``desk-too-old``, ``desk-too-new``, ``desk-forked`` (its file was copied
        or restored), ``hq-rebase`` (headquarters was restored) and `sync.protocol.BodyError`.
        """
        check_protocol(request.protocol)
        now_ms = self.clock.now()
        if bytes(request.batch):
            self._check_epoch(desk, request)
            taken = self._take(desk, request, now_ms)
        else:
            self._check_place(desk, request)
            self._note_seen(desk, request, now_ms)
            taken = _Taken(desk.push)
        if taken.state is not None and taken.is_echo_free and not request.wanted:
            return self._reply(desk, request, taken, taken.state, pull.Pulled(taken.state.seq))
        with self.database.reading(desk.site_id) as connection:
            state = pull.site_state(connection, desk.site_id)
            return self._give(connection, desk, request, taken, state)

    def _give(
        self,
        connection: Connection,
        desk: Desk,
        request: SyncRequest,
        taken: _Taken,
        state: pull.SiteState,
    ) -> SyncReply:
        if taken.state is not None and taken.is_echo_free:
            pulled = pull.Pulled(taken.state.seq)
        else:
            limit = min(max(request.limit, 1), MAX_ROWS)
            pulled = pull.changes_after(connection, _reader(desk, request), limit, state.seq)
        wanted = pull.rows_by_id(connection, desk.site_id, request.wanted[:MAX_WANTED])
        found, missing = wanted
        return self._reply(desk, request, taken, state, pulled, wanted=found, missing=missing)

    def _reply(
        self,
        desk: Desk,
        request: SyncRequest,
        taken: _Taken,
        state: pull.SiteState,
        pulled: pull.Pulled,
        *,
        wanted: Sequence[TableRows] = (),
        missing: Sequence[tuple[str, str]] = (),
    ) -> SyncReply:
        is_newest = pulled.cursor == state.seq and not pulled.is_more
        told_ms = milliseconds_of(state.highest)  # never below a stamp of this site that we gave or took
        return SyncReply(
            protocol=PROTOCOL,
            schema=SCHEMA,
            cursor=pulled.cursor,
            epoch="" if request.echo else self.database.epoch,
            server_ms=max(self.clock.now(), told_ms),
            push=taken.push,
            refused=taken.refused,
            rows=pulled.rows,
            patches=pulled.patches,
            wanted=list(wanted),
            missing=list(missing),
            more=pulled.is_more,
            digest=state.digest if is_newest else None,
            echo=auth.small(request.echo),
        )

    def _check_epoch(self, desk: Desk, request: SyncRequest) -> None:
        """A desk that knows another epoch, or more than there is, knows a headquarters that is gone. So does
        one that was answered for a batch we do not have: our database lost what it had committed. But a
        desk that we have had a batch of knows us: who speaks for it of another is a copy, or an old backup.
        """
        answered = request.push - bool(bytes(request.batch))
        is_other = bool(request.epoch) and request.epoch != self.database.epoch
        if is_other and desk.push_epoch == self.database.epoch:
            raise DomainError("desk-forked", known=desk.push, came=request.push)
        if is_other or request.cursor > desk.site_seq or answered > desk.push:
            raise DomainError("hq-rebase", epoch=self.database.epoch, push=desk.push, hash=desk.push_hash)

    def _check_place(self, desk: Desk, request: SyncRequest) -> None:
        """Of a request without a batch: whether this desk stands where we know it to stand."""
        self._check_epoch(desk, request)
        if request.push != desk.push or request.after != desk.push_hash:
            self._check_chain(desk, request)

    def _note_seen(self, desk: Desk, request: SyncRequest, now_ms: int) -> None:
        if now_ms - desk.seen_at > SEEN_EVERY_MS:
            with self.database.writing(desk.site_id) as connection:
                self._note(connection, desk, request, now_ms)

    def _take(self, desk: Desk, request: SyncRequest, now_ms: int) -> _Taken:
        """Take the batch, or answer again what was answered for it before."""
        batch = decode(request.batch, Batch)
        count = sum(len(rows.rows) for rows in batch.rows) + len(batch.patches)
        if count > MAX_BATCH_ROWS:
            raise BodyError("body-too-large")

        def job(connection: Connection) -> _Taken:
            return self._taken(connection, desk, request, batch, now_ms)

        taken = self.database.write(desk.site_id, job)
        if taken.state is not None:
            self.on_batch(count, len(taken.refused))
        return taken

    def _taken(
        self, connection: Connection, desk: Desk, request: SyncRequest, batch: Batch, now_ms: int
    ) -> _Taken:
        name = batch_hash(request.batch)
        site = auth.lock_site(connection, desk.site_id)
        current = self._current(connection, desk)
        if request.push == current.push and name == current.push_hash:
            if len(request.tries) > current.push_try:
                self._note(connection, desk, request, now_ms, {"push_try": len(request.tries)})
            return _Taken(current.push, _REFUSALS.decode(current.push_reply or b"\x90"))
        self._check_chain(current, request)
        era = regained.era(self.database.epoch, request.former) if site.desk_floor else None
        push = Push(connection, site, desk.number, request.cursor, self._clock_of(site), era)
        push.take(batch)
        answer = msgspec.msgpack.encode(push.refused)
        pushed = {"push": request.push, "push_hash": name, "push_try": len(request.tries)}
        pushed |= {"push_reply": answer, "push_epoch": self.database.epoch}
        self._note(connection, desk, request, now_ms, pushed)
        state = pull.SiteState(push.seq, push.digest, push.highest)
        return _Taken(request.push, push.refused, push.is_echo_free, state)

    def _clock_of(self, site: LockedSite) -> Clock:
        """The clock of one site, for as long as it is locked: it goes on from the highest stamp there, so a
        desk that runs ahead pulls those of its own site along and no others."""
        return Clock(HEADQUARTERS, site.highest, wall=self.clock.now)

    def _current(self, connection: Connection, desk: Desk) -> Desk:
        """The desk under its site's lock: another request of it may have been faster, or it was revoked."""
        row = connection.execute(
            select(
                hq_desk.c.push,
                hq_desk.c.push_hash,
                hq_desk.c.push_try,
                hq_desk.c.push_reply,
                hq_desk.c.revoked_at,
            ).where(hq_desk.c.site_id == desk.site_id, hq_desk.c.number == desk.number)
        ).one()
        if row[4] is not None:
            raise DomainError("desk-revoked", desk=desk.letter)
        return replace(desk, push=row[0], push_hash=row[1], push_try=row[2], push_reply=row[3])

    def _check_chain(self, desk: Desk, request: SyncRequest) -> None:
        """A desk's batches form a chain. Whoever does not know its last link is a copy, or was restored.

        The next batch names the hash of the last; the same number again names what was tried under it. A
        request without a batch names the last number it had an answer for.
        """
        is_batch = bool(bytes(request.batch))
        is_next = request.push == desk.push + 1 and request.after == desk.push_hash
        is_later = len(request.tries) > desk.push_try  # one that was delayed on its way comes too late
        is_again = request.push == desk.push and desk.push_hash in request.tries and is_later
        is_unanswered = not is_batch and request.push == desk.push - 1 and desk.push_hash in request.tries
        if not ((is_batch and (is_next or is_again)) or is_unanswered):
            raise DomainError("desk-forked", known=desk.push, came=request.push)

    def _note(
        self,
        connection: Connection,
        desk: Desk,
        request: SyncRequest,
        now_ms: int,
        pushed: Mapping[str, object] | None = None,
    ) -> None:
        values: dict[str, object] = {
            "seen_at": now_ms,
            "cursor": request.cursor,
            "schema": auth.small(request.schema),
            "version": auth.said(request.version, 40),
            "pending": auth.small(request.pending) if request.pending >= 0 else None,
            **(pushed or {}),
        }
        connection.execute(
            update(hq_desk)
            .where(hq_desk.c.site_id == desk.site_id, hq_desk.c.number == desk.number)
            .values(values)
        )

    # -- equality --------------------------------------------------------------------------------

    def compare(self, desk: Desk, request: CompareRequest) -> CompareReply:
        """Which rows differ (see `pull.compare`). Where our own sums are found wrong, they are set right."""
        with self.database.reading(desk.site_id) as connection:
            reply = pull.compare(connection, desk.site_id, request)
            is_sound = pull.sums_hold(connection, desk.site_id, reply)
        if not is_sound:
            self.recount(desk.site_id)
        return reply

    def recount(self, site_id: str) -> int:
        """Take every sum of a site from its rows again; gives the digest."""
        with self.database.writing(site_id) as connection:
            auth.lock_site(connection, site_id)
            for name, sums in pull.sums_of_rows(connection, site_id).items():
                this = (hq_table.c.site_id == site_id) & (hq_table.c.table_name == name)
                done = connection.execute(
                    update(hq_table).where(this).values(sums=sums.packed()).returning(hq_table.c.last_seq)
                ).all()
                if not done:
                    fresh = {"site_id": site_id, "table_name": name, "last_seq": 0, "sums": sums.packed()}
                    connection.execute(insert(hq_table), [fresh])
            digest = pull.site_digest(connection, site_id)
            connection.execute(
                update(hq_site).where(hq_site.c.site_id == site_id).values(digest=signed(digest))
            )
            return digest


def _reader(desk: Desk, request: SyncRequest) -> pull.Reader:
    since = request.cursor if request.since < 0 else min(request.since, request.cursor)
    return pull.Reader(desk.site_id, desk.number, request.cursor, since)


def check_protocol(protocol: int) -> None:
    if protocol < OLDEST_PROTOCOL:
        raise DomainError("desk-too-old", desk=protocol, oldest=OLDEST_PROTOCOL)
    if protocol > PROTOCOL:
        raise DomainError("desk-too-new", desk=protocol, newest=PROTOCOL)
