"""Satisfaction and handling time: by site and over time, counted as the desks count them.

Of tickets received in the period: finished ones by their own times less suspensions; a callback's word counts
before the one on the slip (`models.queries.handler_figures` says the same of people).
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Float, and_, case, cast, func, or_, select

from models.rules.ticket_life import State
from sync.server.tables import SITE_TABLES

DAY_MS = 86_400_000
ZONE_MS = 8 * 3_600_000
"""The sites' clock stands eight hours ahead of UTC, all year (`models.rules.service_time.SITE_ZONE`)."""
MONDAY_MS = 4 * DAY_MS
"""1970 began on a Thursday: weeks are counted from the Monday after."""
FAR = 1 << 62
"""Later than any moment (ms)."""
_TICKET = SITE_TABLES["ticket"].table
_CALLBACK = SITE_TABLES["callback"].table


@dataclass
class Figures:
    """One site, one stretch of time, or all together. Percentages are None where nothing counts."""

    received: int = 0
    done: int = 0
    timed: int = 0
    on_time: int = 0
    satisfied: int = 0
    neutral: int = 0
    dissatisfied: int = 0
    unsolved: int = 0
    reopened: int = 0
    minutes: float = 0.0
    """Of all finished tickets together."""
    median_minutes: float | None = None

    @property
    def rated(self) -> int:
        return self.satisfied + self.neutral + self.dissatisfied

    @property
    def satisfaction(self) -> float | None:
        """The share of 满意 and 基本满意."""
        return (self.satisfied + self.neutral) / self.rated if self.rated else None

    @property
    def punctuality(self) -> float | None:
        return self.on_time / self.timed if self.timed else None

    @property
    def mean_minutes(self) -> float | None:
        return self.minutes / self.done if self.done else None

    def add(self, other: Figures) -> None:
        for name in SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


SUMS = (
    "received", "done", "timed", "on_time", "satisfied", "neutral", "dissatisfied", "unsolved", "reopened",
    "minutes",
)  # fmt: skip


@dataclass(frozen=True)
class Period:
    """From ``since`` until before ``until`` (ms), cut into stretches of ``step_days`` for the trend."""

    since: int
    until: int
    step_days: int

    def start_of(self, bucket: int) -> int:
        """The moment (ms) at which a stretch begins."""
        return bucket * self.step_days * DAY_MS - ZONE_MS + MONDAY_MS


@dataclass(frozen=True)
class Survey:
    """``by_site`` has the sites with tickets; ``trend`` is (start in ms, figures) in order, without gaps."""

    total: Figures
    by_site: Mapping[str, Figures]
    trend: Sequence[tuple[int, Figures]] = field(default_factory=tuple)


def survey(connection: Connection, sites: frozenset[str] | None, period: Period) -> Survey:
    """Two reads: one adds up, one finds the middle of each site's handling times."""
    by_site: dict[str, Figures] = defaultdict(Figures)
    by_bucket: dict[int, Figures] = defaultdict(Figures)
    for site_id, bucket, *values in connection.execute(_sums(sites, period)):
        one = Figures(*map(int, values[:-1]), minutes=float(values[-1]))  # type: ignore[misc]
        by_site[site_id].add(one)
        by_bucket[int(bucket)].add(one)
    for site_id, median in connection.execute(_medians(sites, period)):
        by_site[site_id].median_minutes = float(median)
    return survey_of(by_site, by_bucket, period)


def survey_of(by_site: Mapping[str, Figures], by_bucket: Mapping[int, Figures], period: Period) -> Survey:
    """The whole of its parts; the middle of all is known where there is one site."""
    total = Figures()
    for one in by_site.values():
        total.add(one)
    medians = [one.median_minutes for one in by_site.values() if one.median_minutes is not None]
    if len(medians) == 1:
        total.median_minutes = medians[0]
    return Survey(total, dict(by_site), tuple(_without_gaps(by_bucket, period)))


def daily(
    connection: Connection, sites: frozenset[str], period: Period
) -> Mapping[tuple[str, int], tuple[tuple[float, ...], array[float]]]:
    """(site, day) → `SUMS`, and the minutes of each finished ticket, for a ``period`` in steps of a day."""
    found: dict[tuple[str, int], tuple[tuple[float, ...], array[float]]] = {}
    connection = connection.execution_options(yield_per=2_000)
    for site_id, day, *values in connection.execute(_sums(sites, period)):
        found[site_id, int(day)] = (*map(int, values[:-1]), float(values[-1])), array("d")
    chosen = select(_TICKET.c.site_id, _bucket(period), _minutes()).where(
        *_chosen(sites, period), _ended().is_not(None)
    )
    for site_id, day, minutes in connection.execute(chosen):
        found[site_id, int(day)][1].append(float(minutes))
    return found


def _without_gaps(found: Mapping[int, Figures], period: Period) -> Iterable[tuple[int, Figures]]:
    if not found:
        return
    for bucket in range(min(found), max(found) + 1):
        yield period.start_of(bucket), found.get(bucket, Figures())


def _ended() -> ColumnElement[int]:
    return func.coalesce(_TICKET.c.completed_at, _TICKET.c.closed_at)


def _minutes() -> ColumnElement[float]:
    """Less suspensions, and never less than nothing. Taken as numbers that cannot run over: a desk's values
    may be any, and one such row would stop the page of all sites."""
    worked = cast(_ended(), Float) - _TICKET.c.received_at - func.coalesce(_TICKET.c.suspended_ms, 0)
    return case((worked > 0, worked / 60_000.0), else_=0.0)


def _counts(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _answers(sites: frozenset[str] | None, period: Period) -> Any:
    """The last answer of each ticket's callbacks; nobody is called back before the ticket came."""
    chosen = [
        _CALLBACK.c.state == "done",
        _CALLBACK.c.deleted.is_(None),
        _CALLBACK.c.called_at >= period.since,
    ]
    if sites is not None:
        chosen.append(_CALLBACK.c.site_id.in_(sorted(sites)))
    at = func.row_number().over(
        partition_by=(_CALLBACK.c.site_id, _CALLBACK.c.ticket_id), order_by=_CALLBACK.c.called_at.desc()
    )
    return (
        select(
            _CALLBACK.c.site_id,
            _CALLBACK.c.ticket_id,
            _CALLBACK.c.satisfaction,
            _CALLBACK.c.solved,
            at.label("place"),
        )
        .where(*chosen)
        .subquery()
    )


def _chosen(sites: frozenset[str] | None, period: Period) -> list[ColumnElement[bool]]:
    found = [
        _TICKET.c.received_at >= period.since,
        _TICKET.c.received_at < period.until,
        _TICKET.c.deleted.is_(None),
        _TICKET.c.state != State.VOID.value,
    ]
    if sites is not None:
        found.append(_TICKET.c.site_id.in_(sorted(sites)))
    return found


def _bucket(period: Period) -> ColumnElement[int]:
    return (_TICKET.c.received_at + ZONE_MS - MONDAY_MS) // (period.step_days * DAY_MS)


def _sums(sites: frozenset[str] | None, period: Period) -> Any:
    answer = _answers(sites, period)
    said = case(
        (answer.c.satisfaction == "satisfied", "satisfied"),
        (answer.c.satisfaction == "fairly", "neutral"),
        (answer.c.satisfaction == "dissatisfied", "dissatisfied"),
        else_=_TICKET.c.rating,
    )
    is_done = _ended().is_not(None)
    is_timed = and_(is_done, _TICKET.c.due_at.is_not(None))
    return (
        select(
            _TICKET.c.site_id,
            _bucket(period).label("bucket"),
            func.count(),
            _counts(is_done),
            _counts(is_timed),
            _counts(and_(is_timed, _ended() <= _TICKET.c.due_at)),
            _counts(said == "satisfied"),
            _counts(said == "neutral"),
            _counts(said == "dissatisfied"),
            _counts(answer.c.solved == 0),
            _counts(_TICKET.c.reopened_count > 0),
            func.sum(case((is_done, _minutes()), else_=0.0)),
        )
        .select_from(_TICKET)
        .outerjoin(
            answer,
            and_(
                answer.c.site_id == _TICKET.c.site_id,
                answer.c.ticket_id == _TICKET.c.id,
                answer.c.place == 1,
            ),
        )
        .where(*_chosen(sites, period))
        .group_by(_TICKET.c.site_id, "bucket")
    )


def _medians(sites: frozenset[str] | None, period: Period) -> Any:
    """The middle one, or the mean of the two middle ones: neither database has to know the word."""
    minutes = _minutes().label("minutes")
    own = (_TICKET.c.site_id,)
    ranked = (
        select(
            _TICKET.c.site_id,
            minutes,
            func.row_number().over(partition_by=own, order_by=_minutes()).label("place"),
            func.count().over(partition_by=own).label("all_"),
        )
        .where(*_chosen(sites, period), _ended().is_not(None))
        .subquery()
    )
    middle = or_(
        ranked.c.place * 2 == ranked.c.all_,
        ranked.c.place * 2 == ranked.c.all_ + 1,
        ranked.c.place * 2 == ranked.c.all_ + 2,
    )
    return select(ranked.c.site_id, func.avg(ranked.c.minutes)).where(middle).group_by(ranked.c.site_id)
