from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.parameters import Parameters
from models.rules.warranty import WarrantyItem, add_months, add_years, parse_season, warranty_of

DEFAULTS = Parameters()


def until(item: str, accepted_on: date) -> date:
    found = warranty_of(item, accepted_on, DEFAULTS)
    assert found is not None
    return found.until


def test_the_statutes_periods() -> None:
    accepted = date(2024, 6, 10)
    assert until("waterproofing", accepted) == date(2029, 6, 10)
    for item in ("plumbing", "wiring", "equipment", "finishing"):
        assert until(item, accepted) == date(2026, 6, 10)
    assert until("structure", accepted) == date(2074, 6, 10)


def test_heating_and_cooling_count_whole_seasons() -> None:
    assert until("heating", date(2024, 6, 10)) == date(2026, 3, 15)
    assert until("heating", date(2024, 12, 1)) == date(2027, 3, 15)
    assert until("heating", date(2025, 1, 10)) == date(2027, 3, 15)
    assert until("cooling", date(2024, 6, 10)) == date(2026, 9, 30)
    assert until("cooling", date(2024, 5, 1)) == date(2025, 9, 30)


def test_unknown_item_or_day_has_no_warranty() -> None:
    assert warranty_of("curtains", date(2024, 6, 10), DEFAULTS) is None
    assert warranty_of("plumbing", None, DEFAULTS) is None


def test_a_changed_parameter_counts() -> None:
    found = warranty_of("waterproofing", date(2024, 6, 10), Parameters({"warranty.waterproof": 8}))
    assert found is not None
    assert (found.length, found.until) == (8, date(2032, 6, 10))


@given(st.sampled_from(WarrantyItem), st.dates(date(2000, 1, 1), date(2050, 1, 1)))
def test_the_last_day_is_covered_and_the_next_is_not(item: WarrantyItem, accepted: date) -> None:
    found = warranty_of(item, accepted, DEFAULTS)
    assert found is not None
    assert found.until > accepted
    assert found.covers(found.until)
    assert not found.covers(found.until + timedelta(days=1))


def test_months_and_years_at_their_ends() -> None:
    assert add_years(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert add_months(date(2026, 8, 31), 3) == date(2026, 11, 30)
    assert add_months(date(2026, 11, 21), 3) == date(2027, 2, 21)


def test_a_season_must_be_two_days_of_the_year() -> None:
    assert parse_season("11-15 03-15") == ((11, 15), (3, 15))
    for wrong in ("", "11-15", "13-01 03-15", "a b"):
        with pytest.raises(ValueError, match=r".+"):
            parse_season(wrong)
