from __future__ import annotations

from datetime import datetime

import pytest

from models.rules.service_targets import DEFAULT_TARGETS, clock_of, deadlines, from_plain, targets_for, to_plain
from models.rules.service_time import Calendar, Clock

CALENDAR = Calendar()
NINE = datetime(2026, 11, 20, 9, 0, tzinfo=CALENDAR.zone)


def test_urgent_repair_arrives_in_15_and_is_done_in_45_minutes() -> None:
    found = deadlines(NINE, targets_for("repair", "urgent"), CALENDAR)
    assert found.arrive is not None
    assert found.done is not None
    assert (found.arrive.at - NINE).total_seconds() == 15 * 60
    assert (found.done.at - NINE).total_seconds() == 45 * 60
    assert found.first_answer is None


def test_normal_complaint_is_answered_in_a_day_and_settled_in_seven_working_days() -> None:
    found = deadlines(NINE, targets_for("complaint", "normal"), CALENDAR)
    assert found.first_answer is not None
    assert found.done is not None
    assert (found.first_answer.at - NINE).total_seconds() == 24 * 3600
    assert found.done.at.astimezone(CALENDAR.zone).date().isoformat() == "2026-12-01"


def test_the_table_survives_its_plain_form() -> None:
    assert from_plain(to_plain(DEFAULT_TARGETS)) == dict(DEFAULT_TARGETS)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("repair.sometime.done", {"minutes": 5}),
        ("repair.urgent.lunch", {"minutes": 5}),
        ("repair.urgent.done", {"minutes": 0}),
        ("repair.urgent.done", {"minutes": 5, "clock": "sun"}),
        ("repair", {"minutes": 5}),
    ],
)
def test_a_wrong_table_is_refused(key: str, value: dict[str, int | str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_plain({key: value})


def test_clock_of_working_days_is_the_working_clock() -> None:
    assert clock_of(targets_for("complaint", "normal").done) is Clock.WORKING
    assert clock_of(targets_for("repair", "normal").done) is Clock.ROUND
    assert clock_of(None) is Clock.ROUND
