"""Wrong passwords make waiting, the same for names that do not exist.

What counts is the account from one address: whoever mistypes there waits longer each time. Besides, one
address may not try many accounts, and an account tried from many addresses slows down a little for all of
them. A browser that is remembered (`devices`) has a count of its own, and no stranger's counts for it. Counts
run dry with time, so that yesterday's mistakes do not add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, or_, select, text, update

from sync.server.limits import caller_of
from sync.server.tables import hq_attempt

FIRST_WAIT_MS = 30_000
LONGEST_WAIT_MS = 3_600_000
FORGET_MS = 86_400_000
"""A day without a wrong password, and nothing is left of a count."""
MINUTE_MS = 60_000
_MAKE_SURE = text(
    "INSERT INTO hq_attempt (key, failed, last_at, wait_until) "
    "VALUES (:key, :failed, :last_at, :wait_until) ON CONFLICT (key) DO NOTHING"
)


@dataclass(frozen=True)
class Counter:
    """``key`` is what is counted; ``free`` wrong passwords cost nothing yet; one is forgotten every
    ``drop_ms``."""

    key: str
    free: int
    drop_ms: int = 15 * MINUTE_MS
    longest_ms: int = LONGEST_WAIT_MS

    def wait_after(self, failed: int) -> int:
        """Milliseconds to wait after so many wrong passwords: 30 s, a minute, two … up to the longest."""
        if failed <= self.free:
            return 0
        return min(FIRST_WAIT_MS << min(failed - self.free - 1, 20), self.longest_ms)


def counters(name_key: str, address: str, device: str = "") -> Sequence[Counter]:
    """What an attempt counts for; the first is what the right password forgives.

    An account may be mistyped 4 times. Behind one address many people may sit. All the strangers in the world
    together keep an account's new browsers waiting for half a minute at most.
    """
    if device:
        return (Counter(f"device {name_key[:80]}|{device}", 4),)
    caller = caller_of(address)[:80]
    return (
        Counter(f"pair {name_key[:80]}|{caller}", 4),
        Counter(f"address {caller}", 19, drop_ms=5 * MINUTE_MS),
        Counter(f"account {name_key[:80]}|", 29, drop_ms=2 * MINUTE_MS, longest_ms=FIRST_WAIT_MS),
    )


def seconds_left(connection: Connection, counted: Iterable[Counter], now_ms: int) -> int:
    """How long the longest of the waits still lasts; 0 when an attempt may be made.

    A wait that ends later than one begun now could was made by a clock since set back: it is over.
    """
    longest = {one.key: one.longest_ms for one in counted}
    rows = connection.execute(
        select(hq_attempt.c.key, hq_attempt.c.wait_until).where(hq_attempt.c.key.in_(list(longest)))
    )
    left = max((until - now_ms for key, until in rows if until - now_ms <= longest[key]), default=0)
    return max(0, -(-left // 1000))


def note_failure(connection: Connection, counted: Iterable[Counter], now_ms: int) -> None:
    connection.execute(delete(hq_attempt).where(hq_attempt.c.last_at < now_ms - FORGET_MS))
    for one in counted:
        fresh = {"key": one.key, "failed": 0, "last_at": now_ms, "wait_until": 0}
        connection.execute(_MAKE_SURE, fresh)  # two at once: the second waits here, and counts on
        this = hq_attempt.c.key == one.key
        before, last_at = connection.execute(
            select(hq_attempt.c.failed, hq_attempt.c.last_at).where(this).with_for_update()
        ).one()
        failed = max(before - max(now_ms - last_at, 0) // one.drop_ms, 0) + 1
        values = {"failed": failed, "last_at": now_ms, "wait_until": now_ms + one.wait_after(failed)}
        connection.execute(update(hq_attempt).where(this).values(values))


def forgive(connection: Connection, counted: Sequence[Counter]) -> None:
    """The right password ends the count of where it was typed: not that of others who try the same account,
    nor the address's, where somebody else's own password would wash him clean."""
    connection.execute(delete(hq_attempt).where(hq_attempt.c.key == counted[0].key))


def forgive_account(connection: Connection, name_key: str) -> None:
    """An administrator gave it a new password: whatever was counted for it is forgotten."""
    kinds = ("pair", "device", "account")
    connection.execute(
        delete(hq_attempt).where(
            or_(*(hq_attempt.c.key.startswith(f"{kind} {name_key[:80]}|", autoescape=True) for kind in kinds))
        )
    )
