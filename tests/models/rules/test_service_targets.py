from __future__ import annotations

from datetime import date, datetime, time

from models.parameters import Parameters
from models.rules.service_targets import PRIORITIES, calendar, clock_of, deadlines, table, targets_for
from models.rules.service_time import Clock, Span

DEFAULTS = Parameters()
CALENDAR = calendar(DEFAULTS)
NINE = datetime(2026, 11, 20, 9, 0, tzinfo=CALENDAR.zone)


def test_urgent_repair_arrives_in_15_and_is_done_in_45_minutes() -> None:
    found = deadlines(NINE, targets_for("repair", "urgent", DEFAULTS), CALENDAR)
    assert found.arrive is not None
    assert found.done is not None
    assert (found.arrive.at - NINE).total_seconds() == 15 * 60
    assert (found.done.at - NINE).total_seconds() == 45 * 60
    assert found.first_answer is None


def test_normal_complaint_is_answered_in_a_day_and_settled_in_seven_working_days() -> None:
    found = deadlines(NINE, targets_for("complaint", "normal", DEFAULTS), CALENDAR)
    assert found.first_answer is not None
    assert found.done is not None
    assert (found.first_answer.at - NINE).total_seconds() == 24 * 3600
    assert found.done.at.astimezone(CALENDAR.zone).date().isoformat() == "2026-12-01"


def test_a_changed_parameter_changes_the_promise() -> None:
    changed = Parameters({"time.normal.done": 60, "time.repair.clock": "working"})
    assert targets_for("repair", "normal", changed).done == Span(60, Clock.WORKING)


def test_every_kind_and_priority_has_its_row_and_a_newer_kind_promises_nothing() -> None:
    kinds = {"repair", "complaint", "enquiry", "suggestion", "praise", "help"}
    assert set(table(DEFAULTS)) == {(kind, priority) for kind in kinds for priority in PRIORITIES}
    assert targets_for("séance", "normal", DEFAULTS).done is None


def test_calendar_of_the_parameters() -> None:
    assert CALENDAR.hours == ((time(8, 30), time(12)), (time(13, 30), time(18)))
    own = calendar(Parameters({"hours.rest": "", "hours.holidays": "2027-02-06，2027-02-07"}))
    assert own.hours == ((time(8, 30), time(18)),)
    assert own.extra_holidays == {date(2027, 2, 6), date(2027, 2, 7)}


def test_clock_of_working_days_is_the_working_clock() -> None:
    assert clock_of(targets_for("complaint", "normal", DEFAULTS).done) is Clock.WORKING
    assert clock_of(targets_for("repair", "normal", DEFAULTS).done) is Clock.ROUND
    assert clock_of(None) is Clock.ROUND
