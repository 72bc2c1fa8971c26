"""The figures of each site and day, kept: a year over all sites is then an addition.

A million tickets take seconds to add up, and a manager looks again and again. So each day of each site is
added up once, and again only when a change of that site (its numbers only grow, `hq_site.seq`) touched a
ticket of that day. What cannot be told from a change alone (a ticket that moved to another day) makes its
whole site anew.
"""

from __future__ import annotations

import statistics
import threading
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, select

from sync.server.console.queries import figures
from sync.server.console.queries.figures import DAY_MS, Figures, Period, Survey
from sync.server.tables import SITE_TABLES, hq_site

HORIZON_DAYS = 400
"""Days before the newest that are kept; what is asked of before is added up when it is asked."""
MOST_DAYS = 40
"""When changes touched more days than this, all days of their sites are read at once."""
_DAILY = Period(0, 0, 1)
_NUMBERS = len(figures.SUMS)
_TICKET = SITE_TABLES["ticket"].table
_CALLBACK = SITE_TABLES["callback"].table

Day = tuple[Any, ...]
"""`figures.SUMS` of one site and day, then the minutes of its finished tickets, packed."""


@dataclass
class _Site:
    """``seq``: the site's newest number when its days were added up."""

    seq: int
    days: dict[int, Day] = field(default_factory=dict)


class Daily:
    """One for an application. Every read is of the snapshot that the connection sees, or of a newer one."""

    def __init__(self) -> None:
        self._sites: dict[str, _Site] = {}
        self._floor = 0
        """The first day that is kept; 0: nothing is yet."""
        self._turn = threading.Lock()

    def survey(self, connection: Connection, sites: frozenset[str] | None, period: Period) -> Survey:
        """As `figures.survey`, for periods that begin and end with a day."""
        first, last = _day_of(period.since), _day_of(period.until)
        with self._turn:
            self._refresh(connection, last)
            is_kept = first >= self._floor
            found = {
                site_id: [(day, one) for day, one in known.days.items() if first <= day < last]
                for site_id, known in self._sites.items()
                if is_kept and (sites is None or site_id in sites)
            }
        return _added_up(found, period) if is_kept else figures.survey(connection, sites, period)

    # -- keeping up ------------------------------------------------------------------------------

    def _refresh(self, connection: Connection, last: int) -> None:
        rows = connection.execute(select(hq_site.c.site_id, hq_site.c.seq)).all()
        newest: dict[str, int] = {row[0]: row[1] for row in rows}
        if not self._floor or last - self._floor > HORIZON_DAYS + 30:
            self._forget_before(max(last - HORIZON_DAYS, 1))
        behind = {one for one, seq in newest.items() if one not in self._sites or self._sites[one].seq < seq}
        whole, touched = set[str](), defaultdict[int, set[str]](set)
        for site_id in behind:
            known = self._sites.get(site_id)
            days = None if known is None else _touched(connection, site_id, known.seq)
            if days is None:
                whole.add(site_id)
            for day in days or ():
                if day >= self._floor:
                    touched[day].add(site_id)
        if len(touched) > MOST_DAYS:
            whole |= behind
            touched.clear()
        if whole:
            self._take(connection, whole, self._floor, None)
        for day, sites in touched.items():
            if sites - whole:
                self._take(connection, sites - whole, day, day + 1)
        for site_id in behind:
            self._sites.setdefault(site_id, _Site(0)).seq = newest[site_id]

    def _forget_before(self, floor: int) -> None:
        if not self._floor or floor < self._floor:
            self._sites.clear()
        for known in self._sites.values():
            known.days = {day: one for day, one in known.days.items() if day >= floor}
        self._floor = floor

    def _take(self, connection: Connection, sites: set[str], first: int, end: int | None) -> None:
        """Add up these sites' days from ``first`` on, before ``end``."""
        until = _DAILY.start_of(end) if end is not None else figures.FAR
        found = figures.daily(connection, frozenset(sites), Period(_DAILY.start_of(first), until, 1))
        for site_id in sites:
            known = self._sites.setdefault(site_id, _Site(0))
            if end is None:
                known.days = {}
            else:
                known.days.pop(first, None)
        for (site_id, day), (sums, minutes) in found.items():
            self._sites[site_id].days[day] = (*sums, minutes.tobytes())


def _day_of(at_ms: int) -> int:
    return (at_ms + figures.ZONE_MS - figures.MONDAY_MS) // DAY_MS


def _touched(connection: Connection, site_id: str, known: int) -> set[int] | None:
    """Days whose tickets, or callbacks of them, changed since the number ``known``; None: any may have."""
    changed = select(_TICKET.c.received_at, _TICKET.c.field_stamps).where(
        _TICKET.c.site_id == site_id, _TICKET.c.seq > known
    )
    called = (
        select(_TICKET.c.received_at, _CALLBACK.c.field_stamps)
        .select_from(_CALLBACK)
        .join(_TICKET, and_(_TICKET.c.site_id == site_id, _TICKET.c.id == _CALLBACK.c.ticket_id))
        .where(_CALLBACK.c.site_id == site_id, _CALLBACK.c.seq > known)
    )
    days = set[int]()
    for chosen, moves in ((changed, '"received_at"'), (called, '"ticket_id"')):
        for at, stamps in connection.execute(chosen):
            if moves in (stamps or ""):
                return None
            if at is not None:
                days.add(_day_of(at))
    return days


def _added_up(found: Mapping[str, Iterable[tuple[int, Day]]], period: Period) -> Survey:
    by_site: dict[str, Figures] = {}
    by_bucket: dict[int, list[Day]] = defaultdict(list)
    for site_id, days in found.items():
        rows = []
        for day, one in days:
            by_bucket[day // period.step_days].append(one)
            rows.append(one)
        if rows:
            by_site[site_id] = _figures(rows)
            minutes = array("d", b"".join(one[_NUMBERS] for one in rows))
            by_site[site_id].median_minutes = statistics.median(minutes) if minutes else None
    buckets = {bucket: _figures(rows) for bucket, rows in by_bucket.items()}
    return figures.survey_of(by_site, buckets, period)


def _figures(rows: list[Day]) -> Figures:
    return Figures(*map(sum, list(zip(*rows, strict=True))[:_NUMBERS]))
