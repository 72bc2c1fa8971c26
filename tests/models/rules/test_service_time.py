from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.service_time import (
    Calendar,
    Clock,
    Pause,
    Span,
    add_workdays,
    after_pause,
    day_of,
    day_span,
    deadline,
    elapsed,
    local_day,
    parse_hours,
)

CALENDAR = Calendar()
MOMENTS = st.integers(0, 600 * 1440).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=CALENDAR.zone)  # type: ignore[misc,arg-type]


def test_round_clock_counts_the_night() -> None:
    assert deadline(local(2026, 11, 20, 23, 50), Span(45), CALENDAR).at == local(2026, 11, 21, 0, 35)


def test_working_clock_skips_noon_night_weekend() -> None:
    span = Span(60, Clock.WORKING)
    assert deadline(local(2026, 11, 20, 11, 30), span, CALENDAR).at == local(2026, 11, 20, 14, 0)
    assert deadline(local(2026, 11, 20, 17, 30), span, CALENDAR).at == local(2026, 11, 23, 9, 30)
    assert deadline(local(2026, 11, 21, 10, 0), span, CALENDAR).at == local(2026, 11, 23, 10, 0)


def test_public_holidays_and_make_up_workdays_of_the_notice() -> None:
    assert not day_of(date(2026, 10, 1), CALENDAR).is_workday
    assert day_of(date(2026, 10, 10), CALENDAR).is_workday  # a Saturday worked for the holiday
    assert deadline(local(2026, 9, 30, 17, 30), Span(60, Clock.WORKING), CALENDAR).at == local(
        2026, 10, 8, 9, 30
    )


def test_a_year_without_notice_falls_back_to_weekends_and_says_so() -> None:
    found = day_of(date(2031, 10, 1), CALENDAR)  # a Wednesday
    assert (found.is_workday, found.is_certain) == (True, False)
    assert not day_of(date(2031, 10, 4), CALENDAR).is_workday
    assert not deadline(local(2031, 10, 1, 17, 30), Span(60, Clock.WORKING), CALENDAR).is_certain
    assert deadline(local(2031, 10, 1, 17, 30), Span(60), CALENDAR).is_certain


def test_administrators_own_days_win_and_are_certain() -> None:
    calendar = Calendar(
        extra_holidays=frozenset({date(2031, 10, 1)}), extra_workdays=frozenset({date(2026, 11, 21)})
    )
    assert day_of(date(2031, 10, 1), calendar) == day_of(date(2026, 10, 1), calendar)
    assert deadline(local(2026, 11, 21, 10, 0), Span(60, Clock.WORKING), calendar).at == local(
        2026, 11, 21, 11, 0
    )


def test_seven_working_days_end_with_the_last_working_hour() -> None:
    assert deadline(local(2026, 11, 20, 9, 0), Span(workdays=7), CALENDAR).at == local(2026, 12, 1, 18, 0)
    assert add_workdays(date(2026, 9, 30), 5, CALENDAR) == date(2026, 10, 13)


def test_suspension_moves_the_deadline_but_heals_no_lateness() -> None:
    due = local(2026, 11, 20, 12, 0)
    moved = after_pause(due, local(2026, 11, 20, 10, 0), local(2026, 11, 22, 10, 0), Clock.ROUND, CALENDAR)
    assert moved.at == local(2026, 11, 22, 12, 0)
    late = after_pause(due, local(2026, 11, 20, 12, 1), local(2026, 11, 22, 10, 0), Clock.ROUND, CALENDAR)
    assert late.at == due
    worked = after_pause(due, local(2026, 11, 20, 10, 0), local(2026, 11, 23, 17, 0), Clock.WORKING, CALENDAR)
    assert worked.at == local(2026, 11, 24, 10, 0)


def test_elapsed_leaves_out_pauses_that_overlap() -> None:
    start, end = local(2026, 11, 20, 9, 0), local(2026, 11, 20, 12, 0)
    pauses = (
        Pause(local(2026, 11, 20, 10, 0), local(2026, 11, 20, 10, 30)),
        Pause(local(2026, 11, 20, 10, 15), local(2026, 11, 20, 11, 0)),
    )
    assert elapsed(start, end, Clock.ROUND, CALENDAR, pauses) == timedelta(hours=2)
    assert elapsed(start, end, Clock.WORKING, CALENDAR, (Pause(local(2026, 11, 20, 11, 0)),)) == timedelta(
        hours=2
    )
    assert elapsed(end, start, Clock.ROUND, CALENDAR) == timedelta(0)


@given(MOMENTS, st.integers(1, 20_000))
def test_elapsed_until_the_deadline_is_the_span(start: datetime, minutes: int) -> None:
    for clock in Clock:
        end = deadline(start, Span(minutes, clock), CALENDAR).at
        assert elapsed(start, end, clock, CALENDAR) == timedelta(minutes=minutes)


@given(MOMENTS, st.integers(1, 3000), st.integers(0, 3000))
def test_more_time_is_never_due_earlier(start: datetime, minutes: int, more: int) -> None:
    first = deadline(start, Span(minutes, Clock.WORKING), CALENDAR).at
    assert deadline(start, Span(minutes + more, Clock.WORKING), CALENDAR).at >= first


def test_hours_are_read_as_people_write_them() -> None:
    assert parse_hours("09:00-12:00， 13:30-24:00") == ((time(9), time(12)), (time(13, 30), time(0)))
    for wrong in ("9", "12:00-09:00", "09:00-12:00,11:00-13:00", "x-y", ""):
        with pytest.raises(ValueError, match=r".+"):
            parse_hours(wrong)


def test_hours_to_midnight_count() -> None:
    calendar = Calendar(hours=parse_hours("18:00-24:00"))
    assert deadline(local(2026, 11, 20, 23, 0), Span(90, Clock.WORKING), calendar).at == local(
        2026, 11, 23, 18, 30
    )


def test_no_working_hours_is_an_error_not_an_endless_loop() -> None:
    with pytest.raises(ValueError, match="working hours"):
        deadline(local(2026, 11, 20, 9, 0), Span(5, Clock.WORKING), Calendar(hours=()))


def test_the_day_of_a_moment_is_the_sites() -> None:
    late = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    assert local_day(late) == date(2026, 11, 21)
    since, until = day_span(date(2026, 11, 21))
    assert since <= late < until
    assert until - since == timedelta(days=1)
