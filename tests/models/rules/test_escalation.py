from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from models.parameters import Parameters
from models.rules.escalation import earliest, is_overdue, level, remaining

DEFAULTS = Parameters()
RECEIVED = datetime(2026, 11, 20, 9, 12, tzinfo=UTC)


def rises(hours: float, *, kind: str = "repair", state: str = "dispatched", suspended: float = 0) -> int:
    now = RECEIVED + timedelta(hours=hours)
    return level(kind, state, RECEIVED, now, DEFAULTS, suspended=timedelta(hours=suspended))


def test_a_repair_rises_at_24_hours_and_again_at_48() -> None:
    assert [rises(hours) for hours in (0, 23.99, 24, 47.99, 48, 500)] == [0, 0, 1, 1, 2, 2]


def test_what_is_over_suspended_or_a_mere_enquiry_does_not_rise() -> None:
    for state in ("completed", "archived", "void", "closed", "suspended"):
        assert rises(100, state=state) == 0
    assert rises(100, kind="enquiry") == 0


def test_suspended_time_does_not_count() -> None:
    assert rises(30, suspended=7) == 0
    assert rises(31, suspended=7) == 1


def test_the_sweep_looks_only_at_what_can_have_risen() -> None:
    now = RECEIVED + timedelta(hours=24)
    assert earliest(now, DEFAULTS) == RECEIVED
    assert level("repair", "received", earliest(now, DEFAULTS), now, DEFAULTS) == 1


def test_parameters_decide() -> None:
    changed = Parameters({"escalation.first": 2, "escalation.second": 1})
    found = [level("repair", "received", RECEIVED, RECEIVED + timedelta(hours=h), changed) for h in (1, 2, 3)]
    assert found == [0, 1, 2]


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_it_never_sinks_with_time(one: float, other: float) -> None:
    assert rises(min(one, other)) <= rises(max(one, other))


def test_overdue_and_what_is_left() -> None:
    now = RECEIVED + timedelta(minutes=87)
    due = RECEIVED + timedelta(minutes=45)
    assert is_overdue("in_progress", due, now)
    assert remaining("in_progress", due, now) == timedelta(minutes=-42)
    for state in ("suspended", "completed"):
        assert not is_overdue(state, due, now)
        assert remaining(state, due, now) is None
    assert not is_overdue("in_progress", None, now)
    assert not is_overdue("in_progress", due, due)
