"""Whether both ends hold the same rows: what differs is settled row by row, never by a full copy, and this
desk's own sums are counted anew from its rows every day, so that what was written past the door shows.
"""

from __future__ import annotations

from models.database import Database
from sync.client import digests, outbox, pull
from sync.client.columns import local_tables
from sync.client.local import TOTAL, Plain
from sync.client.transport import Link
from sync.protocol import CompareRequest, SyncReply

AUDIT_EVERY_MS = 86_400_000
"""Each table's rows are counted this often, one table in a round."""
AUDITED = "sync.audited"
"""{table: when its rows were counted last, in milliseconds}."""


def audit(database: Database, now_ms: int) -> bool:
    """Count the rows of the table that is longest due; False when its kept sums were not those of its rows.
    They are set right then, and the comparison that follows shows what differs."""
    with database.reading() as session:
        plain = Plain(session)
        looked: dict[str, int] = plain.fact(AUDITED, {})
        name = min(local_tables(), key=lambda table: looked.get(table, 0))
        if 0 <= now_ms - looked.get(name, 0) < AUDIT_EVERY_MS:
            return True
        is_sound = not digests.wrong(plain, [name])
    with database.working("sync.audit") as work:
        plain = Plain(work.session)
        plain.keep(AUDITED, {**plain.fact(AUDITED, {}), name: now_ms})
        if not is_sound:
            digests.recount(plain)
    return is_sound


def repair(database: Database, link: Link, reply: SyncReply) -> bool:
    """After unequal sums: count our own again, then ask which rows differ, and queue or want those. False
    when counting was enough."""
    with database.working("sync.recount") as work:
        plain = Plain(work.session)
        digests.recount(plain)
        if int(plain.fact(TOTAL, 0)) == reply.digest:
            return False
        sums = digests.packed_sums(plain)
    answer = link.compare(CompareRequest(reply.cursor, sums))
    with database.working("sync.repair") as work:
        plain = Plain(work.session)
        for name, buckets in answer.buckets.items():
            theirs = dict(answer.rows.get(name, []))
            ours = digests.rows_in(plain, name, buckets)
            unlike = [key for key, value in ours.items() if theirs.get(key) != value]
            absent = [key for key, value in theirs.items() if ours.get(key) != value]
            digests.withdraw(plain, name, unlike)
            outbox.queue_whole(plain, [(name, row_id) for row_id in unlike])
            pull.want(plain, [(name, row_id) for row_id in absent])
    return True
