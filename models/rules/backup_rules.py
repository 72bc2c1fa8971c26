"""Which backups stay: all of the last two days, then one a day, a week, a month (12, 10, 9)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from datetime import date, datetime, timedelta
from typing import TypeVar

T = TypeVar("T")
KEEP_ALL = timedelta(days=2)


def to_keep(
    backups: Iterable[T],
    made_at: Callable[[T], datetime],
    now: datetime,
    *,
    daily: int,
    weekly: int,
    monthly: int,
) -> set[T]:
    """The backups to keep; of each day, ISO week and month the newest. The newest of all always stays.

    Days are those of ``made_at``'s own zone. One backup can count as a day's, a week's and a month's.
    """
    newest_first = sorted(backups, key=made_at, reverse=True)
    keep = set(newest_first[:1]) | {backup for backup in newest_first if now - made_at(backup) < KEEP_ALL}
    periods: tuple[tuple[Callable[[date], Hashable], int], ...] = (
        (lambda day: day, daily),
        (lambda day: day.isocalendar()[:2], weekly),
        (lambda day: (day.year, day.month), monthly),
    )
    for period_of, count in periods:
        newest: dict[Hashable, T] = {}
        for backup in newest_first:
            newest.setdefault(period_of(made_at(backup).date()), backup)
        keep.update(list(newest.values())[:count])
    return keep
