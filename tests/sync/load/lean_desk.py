"""A desk reduced to the protocol: real requests over real HTTP, its rows remembered by their stamps only.

A thousand sites of real desks would measure this machine's desks, not headquarters. What is remembered is
enough to prove at the end that nothing was lost: the digest over all rows must be headquarters' own.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from models.entities.synced import new_id
from models.errors import DomainError
from sync import protocol
from sync.client.transport import Address, HttpLink, Timeouts
from sync.clock import Clock
from sync.digest import TableDigest, combined, row_hash
from sync.protocol import PROTOCOL, SCHEMA, Batch, Patch, SyncReply, SyncRequest, TableRows, batch_hash
from sync.server.tables import SITE_TABLES

COLUMNS = {name: SITE_TABLES[name].columns for name in ("ticket", "ticket_event")}
FAULTS_OF_LOAD = frozenset({"hq-busy", "desk-too-fast", "hq-timeout", "hq-silent", "hq-unreachable"})
OFFLINE_TICKETS = 20
"""Tickets that were registered before the line came back."""
LIVE_ROUNDS = 12
_MATTERS = (
    "厨房水龙头漏水，已关总阀",
    "楼道灯不亮，老人上下楼不便",
    "门禁刷卡无反应",
    "电梯异响，停在七楼",
    "下水道返味",
)


@dataclass
class Kept:
    """What a desk remembers of one row."""

    stamp: int
    fields: dict[str, int] = field(default_factory=dict)
    deleted: int | None = None


@dataclass
class Measured:
    """Of one desk: seconds of each round that was answered, how often it was told to wait, rows it sent."""

    rounds: list[float] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    sent: int = 0
    told_to_wait_s: float = 0.0


class LeanDesk:
    """One desk of one site; `morning` gives its work batch by batch."""

    def __init__(
        self, url: str, token: str, number: int, seed: int, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._link = HttpLink(Address(url), token, Timeouts(read=60.0))
        self._clock = Clock(number)
        self._chance = random.Random(seed)
        self._sleep = sleep
        self._number = number
        self._cursor = 0
        self._epoch = ""
        self._push, self._after = 0, ""
        self.kept: dict[tuple[str, str], Kept] = {}
        self.measured = Measured()

    def close(self) -> None:
        self._link.close()

    # -- the day ---------------------------------------------------------------------------------

    def morning(self) -> list[Callable[[], Batch]]:
        """What waited since yesterday evening, then small changes one after another."""
        live = [self._some_edits if at % 3 else self._one_ticket for at in range(LIVE_ROUNDS)]
        return [lambda: self._new_tickets(OFFLINE_TICKETS), *live]

    def _one_ticket(self) -> Batch:
        return self._new_tickets(1)

    def _new_tickets(self, count: int) -> Batch:
        """Each with the two events of its registration and dispatch."""
        now = self._clock.now()
        tickets, events = [], []
        for at in range(count):
            row_id = new_id()
            known = {
                "number": f"D{self._number}-{len(self.kept) + at:05}", "kind": "repair", "channel": "phone",
                "priority": "normal", "state": "dispatched", "caller_name": "住户",
                "caller_phone": "13800000000",
                "place": "3栋2单元1502", "matter": self._chance.choice(_MATTERS), "received_at": now,
                "dispatched_at": now, "due_at": now + 4 * 3_600_000, "suspended_ms": 0, "reopened_count": 0,
            }  # fmt: skip
            tickets.append(self._new_row("ticket", row_id, known))
            for kind in ("received", "dispatched"):
                event = {"ticket_id": row_id, "at": now, "kind": kind, "to_state": kind, "text": "电话登记"}
                events.append(self._new_row("ticket_event", new_id(), event))
        return Batch([_rows("ticket", tickets), _rows("ticket_event", events)])

    def _new_row(self, table: str, row_id: str, values: dict[str, Any]) -> list[Any]:
        stamp = self._clock.next()
        self.kept[table, row_id] = Kept(stamp)
        return [row_id, stamp, None, None, None, *(values.get(name) for name in COLUMNS[table])]

    def _some_edits(self) -> Batch:
        """Up to five tickets of the site move on, the other desk's as well."""
        tickets = [row_id for table, row_id in self.kept if table == "ticket"]
        patches = []
        for row_id in self._chance.sample(tickets, min(5, len(tickets))):
            values = {"state": "in_progress", "resolution": f"师傅{self._chance.randrange(99)}已到场"}
            kept = self.kept["ticket", row_id]
            replaced = {name: kept.fields.get(name, kept.stamp) for name in values}
            stamps = {name: self._clock.next() for name in values}
            kept.fields.update(stamps)
            patches.append(Patch("ticket", row_id, values, stamps, replaced))
        return Batch([], patches)

    # -- the round -------------------------------------------------------------------------------

    def push(self, batch: Batch) -> None:
        """Send one batch until it is answered, waiting as long as headquarters says."""
        body = protocol.encode(batch)
        request = self._request(self._push + 1, body)
        reply = self._answered(request)
        self._push, self._after = reply.push, batch_hash(body)
        self.measured.sent += sum(len(rows.rows) for rows in batch.rows) + len(batch.patches)
        self.measured.refusals += [one.code for one in reply.refused]
        self._take(reply)
        while reply.more:
            reply = self._take(self._answered(self._request(self._push)))

    def pull(self) -> SyncReply:
        """Rounds without a batch until there is nothing more; gives the last answer."""
        reply = self._take(self._answered(self._request(self._push)))
        while reply.more:
            reply = self._take(self._answered(self._request(self._push)))
        return reply

    def _request(self, push: int, body: bytes = b"") -> SyncRequest:
        request = SyncRequest(
            PROTOCOL, SCHEMA, cursor=self._cursor, epoch=self._epoch, push=push, after=self._after,
            tries=[batch_hash(body)] if body else [],
        )  # fmt: skip
        return msgspec.structs.replace(request, batch=msgspec.Raw(body)) if body else request

    def _answered(self, request: SyncRequest) -> SyncReply:
        while True:
            began = time.perf_counter()
            try:
                reply = self._link.sync(request)
            except DomainError as error:
                if error.code not in FAULTS_OF_LOAD:
                    raise
                wait = float(str(error.values.get("seconds", 1))) * self._chance.uniform(1.0, 1.5)
                self.measured.refusals.append(error.code)
                self.measured.told_to_wait_s += wait
                self._sleep(wait)
                continue
            self.measured.rounds.append(time.perf_counter() - began)
            return reply

    def _take(self, reply: SyncReply) -> SyncReply:
        self._cursor, self._epoch = reply.cursor, reply.epoch
        for rows in [*reply.rows, *reply.wanted]:
            for row in rows.rows:
                own = {name: at for name, at in (row[2] or {}).items() if name != "deleted"}
                self.kept[rows.table, row[0]] = Kept(row[1], own, row[3])
        for patch in reply.patches:
            kept = self.kept[patch.table, patch.id]
            kept.fields.update({name: at for name, at in patch.stamps.items() if name != "deleted"})
            if "deleted" in patch.values:
                kept.deleted = patch.values["deleted"]
        return reply

    def digest(self) -> int:
        """Over all rows this desk remembers, to be compared with headquarters'."""
        sums: dict[str, TableDigest] = {}
        for (table, row_id), kept in self.kept.items():
            value = row_hash(row_id, kept.stamp, kept.fields, kept.deleted)
            sums.setdefault(table, TableDigest()).add(row_id, value)
        return combined((table, one.total()) for table, one in sums.items())


def _rows(table: str, rows: list[list[Any]]) -> TableRows:
    return TableRows(table, list(COLUMNS[table]), rows)
