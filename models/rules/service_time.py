"""The service-time clock: counts the minutes that a deadline may use.

Two kinds of clock: *round the clock* (hotline, urgent repairs) and *working hours*, which stands still at
night, on weekends and on public holidays. A suspension (挂起) stops either. Public holidays and make-up
workdays come from the State Council's yearly notice as packed in ``chinesecalendar``; for a year that has
no notice yet only weekends are known, and the answer says so (``is_certain``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Asia/Shanghai"
SITE_ZONE = ZoneInfo(DEFAULT_ZONE)
"""Where the site lies: numbers, deadlines, screens and paper tell its time, whatever the computer's zone."""
_LONGEST_SEARCH_DAYS = 3700
_MIDNIGHT = time(0, 0)


class Clock(StrEnum):
    """Which minutes count."""

    ROUND = "round"
    """Every minute, day and night."""
    WORKING = "working"
    """Minutes within the working hours of working days."""


@dataclass(frozen=True, slots=True)
class Span:
    """A length of service time: ``minutes`` on ``clock``, or whole ``workdays`` if that is more than none."""

    minutes: int = 0
    clock: Clock = Clock.ROUND
    workdays: int = 0


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working hours as local time of day; ``extra_*`` are the administrator's own days and win over the
    notice.
    """

    hours: tuple[tuple[time, time], ...] = ((time(9, 0), time(12, 0)), (time(13, 30), time(18, 0)))
    zone: tzinfo = field(default_factory=lambda: SITE_ZONE)
    extra_holidays: frozenset[date] = frozenset()
    extra_workdays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Day:
    """Whether people work on a day; uncertain where the year's holiday notice is not known to
    this program.
    """

    is_workday: bool
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment in UTC; ``is_certain`` is false if a day without holiday notice lay on the way."""

    at: datetime
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Pause:
    """A suspension; ``until`` None: it lasts."""

    since: datetime
    until: datetime | None = None


def local_day(moment: datetime, zone: tzinfo | None = None) -> date:
    """The day that a moment belongs to where the site is."""
    return moment.astimezone(zone or SITE_ZONE).date()


def day_span(day: date, zone: tzinfo | None = None) -> tuple[datetime, datetime]:
    """First moment of a local day, and of the next, in UTC."""
    here = zone or SITE_ZONE
    first = datetime.combine(day, _MIDNIGHT, here)
    last = datetime.combine(day + timedelta(days=1), _MIDNIGHT, here)
    return first.astimezone(UTC), last.astimezone(UTC)


@lru_cache(maxsize=4096)
def _notice(day: date) -> Day:
    import chinese_calendar  # imported at need: a quarter of a second at start-up otherwise

    try:
        return Day(bool(chinese_calendar.is_workday(day)), is_certain=True)
    except NotImplementedError:
        return Day(day.weekday() < 5, is_certain=False)


def day_of(day: date, calendar: Calendar) -> Day:
    """Whether ``day`` is a working day of ``calendar``."""
    if day in calendar.extra_holidays:
        return Day(is_workday=False, is_certain=True)
    if day in calendar.extra_workdays:
        return Day(is_workday=True, is_certain=True)
    return _notice(day)


def _working_spans(start: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime, bool]]:
    """Working spans in UTC that end after ``start``, in order, each with its certainty; days off yield
    empty spans.
    """
    day = start.astimezone(calendar.zone).date()
    for _ in range(_LONGEST_SEARCH_DAYS):
        kind = day_of(day, calendar)
        if not kind.is_workday:
            yield start, start, kind.is_certain
        else:
            for opens, closes in calendar.hours:
                since = datetime.combine(day, opens, calendar.zone).astimezone(UTC)
                last_day = day + timedelta(days=1) if closes == _MIDNIGHT else day
                until = datetime.combine(last_day, closes, calendar.zone).astimezone(UTC)
                if until > start:
                    yield max(since, start), until, kind.is_certain
        day += timedelta(days=1)


def deadline(start: datetime, span: Span, calendar: Calendar) -> Deadline:
    """When ``span`` is used up, counted from ``start`` (aware).

    Working days are counted from the day after ``start`` and end with the last working hour of the last day.
    Raises ValueError if the calendar has no working hours at all.
    """
    start = start.astimezone(UTC)
    if span.workdays > 0:
        return _workdays_on(start, span.workdays, calendar)
    if span.clock is Clock.ROUND:
        return Deadline(start + timedelta(minutes=span.minutes))
    left = timedelta(minutes=span.minutes)
    is_certain = True
    for since, until, certain in _working_spans(start, calendar):
        is_certain = is_certain and certain
        if since < until and until - since >= left:
            return Deadline(since + left, is_certain)
        left -= until - since
    raise ValueError("the calendar has no working hours")


def _workdays_on(start: datetime, count: int, calendar: Calendar) -> Deadline:
    day = start.astimezone(calendar.zone).date()
    is_certain = True
    for _ in range(_LONGEST_SEARCH_DAYS):
        day += timedelta(days=1)
        kind = day_of(day, calendar)
        is_certain = is_certain and kind.is_certain
        count -= kind.is_workday
        if count == 0:
            closes = max((end for _, end in calendar.hours if end != _MIDNIGHT), default=time(23, 59))
            return Deadline(datetime.combine(day, closes, calendar.zone).astimezone(UTC), is_certain)
    raise ValueError("the calendar has no working days")


def elapsed(
    start: datetime, end: datetime, clock: Clock, calendar: Calendar, pauses: tuple[Pause, ...] = ()
) -> timedelta:
    """Service time used between two moments, less the pauses; never negative. Pauses may overlap."""
    if end <= start:
        return timedelta(0)
    used = timedelta(0)
    for since, until in _running(start.astimezone(UTC), end.astimezone(UTC), pauses):
        used += until - since if clock is Clock.ROUND else _worked(since, until, calendar)
    return used


def _running(
    start: datetime, end: datetime, pauses: tuple[Pause, ...]
) -> Iterator[tuple[datetime, datetime]]:
    at = start
    for pause in sorted(pauses, key=lambda one: one.since):
        if pause.since > at:
            yield at, min(pause.since.astimezone(UTC), end)
        at = max(at, end if pause.until is None else pause.until.astimezone(UTC))
        if at >= end:
            return
    yield at, end


def _worked(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    used = timedelta(0)
    last = end.astimezone(calendar.zone).date()
    for since, until, _ in _working_spans(start, calendar):
        if since >= end or since.astimezone(calendar.zone).date() > last:
            break
        used += max(min(until, end) - since, timedelta(0))
        if until >= end:
            break
    return used


def after_pause(
    due: datetime, paused: datetime, resumed: datetime, clock: Clock, calendar: Calendar
) -> Deadline:
    """The deadline moved on by a suspension: what was left when it began is left when it ends.

    A deadline that had passed before the suspension stays: being late is not healed by waiting for parts.
    """
    if due <= paused or resumed <= paused:
        return Deadline(due)
    left = elapsed(paused, due, clock, calendar)
    if clock is Clock.ROUND:
        return Deadline(resumed + left)
    return deadline(resumed, Span(max(1, round(left.total_seconds() / 60)), clock), calendar)


def add_workdays(day: date, count: int, calendar: Calendar) -> date:
    """The ``count``-th working day after ``day`` (5 working days for the 客户沟通记录表)."""
    noon = datetime.combine(day, time(12, 0), calendar.zone)
    return _workdays_on(noon.astimezone(UTC), count, calendar).at.astimezone(calendar.zone).date()


def parse_hours(text: str) -> tuple[tuple[time, time], ...]:
    """Reads ``09:00-12:00, 13:30-18:00``. Raises ValueError on anything else, overlaps, or an end before a
    start.
    """
    spans: list[tuple[time, time]] = []
    for piece in text.replace("，", ",").replace("：", ":").replace("－", "-").split(","):
        first, dash, last = piece.strip().partition("-")
        if not dash:
            raise ValueError(f"not a span of hours: {piece.strip()!r}")
        end = last.strip()
        spans.append(
            (time.fromisoformat(first.strip()), _MIDNIGHT if end == "24:00" else time.fromisoformat(end))
        )
    for index, (opens, closes) in enumerate(spans):
        if closes != _MIDNIGHT and closes <= opens:
            raise ValueError("a span of hours ends before it starts")
        if index and (spans[index - 1][1] == _MIDNIGHT or opens < spans[index - 1][1]):
            raise ValueError("spans of hours overlap")
    return tuple(spans)


def without_rest(
    hours: tuple[tuple[time, time], ...], rest: tuple[tuple[time, time], ...]
) -> tuple[tuple[time, time], ...]:
    """Working hours with the noon rest cut out. A rest that leaves no hours is ignored."""
    left = list(hours)
    for away, back in rest:
        cut: list[tuple[time, time]] = []
        for opens, closes in left:
            if away > opens:
                cut.append((opens, closes if closes != _MIDNIGHT and closes < away else away))
            if closes == _MIDNIGHT or back < closes:
                cut.append((max(opens, back), closes))
        left = [(opens, closes) for opens, closes in cut if closes == _MIDNIGHT or opens < closes] or left
    return tuple(left)


def parse_days(text: str) -> frozenset[date]:
    """Reads days written ``2027-02-06``, separated by blanks or commas. Raises ValueError on
    anything else.
    """
    return frozenset(date.fromisoformat(piece) for piece in text.replace("，", " ").replace(",", " ").split())
