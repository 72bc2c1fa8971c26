"""What people type for dates, times and amounts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from views.widgets import typed_values

TODAY = date(2026, 11, 21)
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-21", TODAY),
        ("20261121", TODAY),
        ("261121", TODAY),
        ("26.11.21", TODAY),
        ("11-21", TODAY),
        ("21", TODAY),
        ("２０２６－１１－２１", TODAY),
        ("2026年11月21日", TODAY),
        ("今天", TODAY),
        ("", None),
        ("明天", date(2026, 11, 22)),
        ("tomorrow", date(2026, 11, 22)),
        ("+3", date(2026, 11, 24)),
        ("-1", date(2026, 11, 20)),
        (" 1/2 ", date(2026, 1, 2)),
    ],
)
def test_days(text: str, meant: date | None) -> None:
    assert typed_values.day(text, TODAY) == meant


@pytest.mark.parametrize("text", ["2026-02-30", "abc", "1-2-3-4", "13-01", "大后年", "0"])
def test_no_day(text: str) -> None:
    with pytest.raises(ValueError):
        typed_values.day(text, TODAY)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("14:30", (21, 14, 30)),
        ("1430", (21, 14, 30)),
        ("明天 9:00", (22, 9, 0)),
        ("11-22 9:05", (22, 9, 5)),
        ("9点", (21, 9, 0)),
        ("9点半", (21, 9, 30)),
        ("9点05分", (21, 9, 5)),
        ("2026-11-21 14:30:00", (21, 14, 30)),
    ],
)
def test_moments(text: str, meant: tuple[int, int, int]) -> None:
    day, hour, minute = meant
    assert typed_values.moment(text, NOW, ZONE) == datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize("text", ["25:00", "明天", "14:61", "x 14:30"])
def test_no_moment(text: str) -> None:
    with pytest.raises(ValueError):
        typed_values.moment(text, NOW, ZONE)


@pytest.mark.parametrize(
    ("text", "places", "meant"),
    [
        ("12", 2, 1200),
        ("¥1,234.5", 2, 123450),
        ("３．１４１５", 3, 3142),
        ("89.5 m²", 2, 8950),
        ("", 2, None),
        ("-5元", 2, -500),
    ],
)
def test_decimals(text: str, places: int, meant: int | None) -> None:
    assert typed_values.scaled(text, places) == meant


@pytest.mark.parametrize("text", ["1.2.3", "abc", "NaN", "Infinity", "1e99"])
def test_no_decimal(text: str) -> None:
    with pytest.raises(ValueError):
        typed_values.scaled(text, 2)


@given(st.integers(-(10**12), 10**12))
def test_every_amount_can_be_typed_as_it_is_shown(fen: int) -> None:
    assert typed_values.scaled(f"{fen / 100:,.2f}", 2) == fen
