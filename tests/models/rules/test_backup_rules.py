"""Thinning: 12 daily, 10 weekly, 9 monthly; the newest always stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.rules.backup_rules import to_keep

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def kept(backups: list[datetime]) -> list[datetime]:
    return sorted(to_keep(backups, lambda at: at, NOW, daily=12, weekly=10, monthly=9), reverse=True)


def test_every_half_hour_for_a_year_is_thinned_to_days_weeks_and_months() -> None:
    backups = [NOW - timedelta(minutes=30 * number) for number in range(365 * 48)]
    left = kept(backups)
    recent = [at for at in left if NOW - at < timedelta(days=2)]
    days = {at.date() for at in left}
    assert len(recent) == 96
    assert {NOW.date() - timedelta(days=back) for back in range(12)} <= days
    assert len({at.date().isocalendar()[:2] for at in left}) >= 10
    assert {(at.year, at.month) for at in left} == {(2026, month) for month in range(3, 12)}
    assert len(left) < 96 + 12 + 10 + 9


def test_of_a_day_the_newest_stays() -> None:
    old = datetime(2026, 11, 12, tzinfo=UTC)
    assert kept([old.replace(hour=hour) for hour in (8, 17, 11)]) == [old.replace(hour=17)]


def test_a_desk_that_was_off_for_years_keeps_its_last_backup() -> None:
    old = NOW - timedelta(days=3000)
    assert kept([old, old - timedelta(minutes=1)]) == [old]


@given(st.lists(st.integers(-10_000, 2_000_000), max_size=60))
def test_the_newest_always_stays_and_thinning_again_changes_nothing(minutes: list[int]) -> None:
    backups = sorted({NOW - timedelta(minutes=minute) for minute in minutes}, reverse=True)
    left = kept(backups)
    assert left[:1] == backups[:1]
    assert kept(left) == left
