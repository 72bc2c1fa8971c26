"""Wrong passwords make waiting: longer with each, by account and by address, the same for names that do not
exist."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, text, update

from sync.server.limits import caller_of
from sync.server.tables import hq_attempt

FIRST_WAIT_MS = 30_000
LONGEST_WAIT_MS = 3_600_000
FORGET_MS = 86_400_000
"""A day without a wrong password, and the count starts anew."""
_MAKE_SURE = text(
    "INSERT INTO hq_attempt (key, failed, last_at, wait_until) "
    "VALUES (:key, :failed, :last_at, :wait_until) ON CONFLICT (key) DO NOTHING"
)


@dataclass(frozen=True)
class Counter:
    """``key`` is what is counted; ``free`` wrong passwords cost nothing yet."""

    key: str
    free: int


def counters(name_key: str, address: str) -> tuple[Counter, Counter]:
    """An account may be mistyped 4 times; behind one address many people may sit."""
    return Counter(f"account {name_key[:80]}", 4), Counter(f"address {caller_of(address)[:80]}", 19)


def wait_after(failed: int, free: int) -> int:
    """Milliseconds to wait after so many wrong passwords in a row: 30 s, a minute, two … an hour."""
    if failed <= free:
        return 0
    return min(FIRST_WAIT_MS << min(failed - free - 1, 20), LONGEST_WAIT_MS)


def seconds_left(connection: Connection, counted: Iterable[Counter], now_ms: int) -> int:
    """How long the longer of the waits still lasts; 0 when an attempt may be made.

    A wait that ends later than one begun now could was made by a clock since set back: it counts as one
    begun now.
    """
    keys = [one.key for one in counted]
    rows = connection.execute(select(hq_attempt.c.wait_until).where(hq_attempt.c.key.in_(keys)))
    left = max((min(row[0] - now_ms, LONGEST_WAIT_MS) for row in rows), default=0)
    return max(0, -(-left // 1000))


def note_failure(connection: Connection, counted: Iterable[Counter], now_ms: int) -> None:
    connection.execute(delete(hq_attempt).where(hq_attempt.c.last_at < now_ms - FORGET_MS))
    for one in counted:
        fresh = {"key": one.key, "failed": 0, "last_at": now_ms, "wait_until": 0}
        connection.execute(_MAKE_SURE, fresh)  # two at once: the second waits here, and counts on
        this = hq_attempt.c.key == one.key
        failed = (
            connection.execute(select(hq_attempt.c.failed).where(this).with_for_update()).scalar_one() + 1
        )
        until = now_ms + wait_after(failed, one.free)
        values = {"failed": failed, "last_at": now_ms, "wait_until": until}
        connection.execute(update(hq_attempt).where(this).values(values))


def forgive(connection: Connection, counted: Iterable[Counter]) -> None:
    """The right password, or a new one from an administrator, ends the count."""
    connection.execute(delete(hq_attempt).where(hq_attempt.c.key.in_([one.key for one in counted])))
