"""How values look."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from views.formats import Formats

FORMATS = Formats(ZoneInfo("Asia/Shanghai"))
NOW = datetime(2026, 11, 21, 1, 12, tzinfo=UTC)


def test_times_are_local() -> None:
    assert FORMATS.time(NOW) == "09:12"
    assert FORMATS.moment(NOW) == "2026-11-21 09:12"
    assert FORMATS.day(datetime(2026, 11, 20, 17, 0, tzinfo=UTC)) == "2026-11-21"
    assert FORMATS.day(date(2026, 1, 2)) == "2026-01-02"
    assert FORMATS.time(None) == "—"


@pytest.mark.parametrize(
    ("back", "shown"),
    [(timedelta(), "09:12"), (timedelta(days=1), "11-20 09:12"), (timedelta(days=400), "2025-10-17")],
)
def test_near_times_are_short(back: timedelta, shown: str) -> None:
    assert FORMATS.near(NOW - back, NOW) == shown


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (timedelta(minutes=42), "0:42"),
        (timedelta(minutes=-42), "0:42"),
        (timedelta(hours=47, minutes=5), "47:05"),
        (timedelta(days=3, hours=4, minutes=59), "3 天 4 小时"),
    ],
)
def test_spans(length: timedelta, shown: str) -> None:
    assert FORMATS.span(length) == shown


def test_money_area_quantity() -> None:
    assert FORMATS.money(123450) == "¥1,234.50"
    assert FORMATS.money(-5) == "-¥0.05"
    assert FORMATS.area(8950) == "89.50 m²"
    assert [FORMATS.quantity(value) for value in (1500, 1000, 1, None)] == ["1.5", "1", "0.001", "—"]
