from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.parameters import Parameters
from models.rules.callback_rules import (
    CallbackKind,
    Exclusion,
    FinishedTicket,
    Household,
    Reason,
    after_completion,
    exclusion,
    is_late,
    is_sampled,
    move_in_due,
    report_due,
)

DEFAULTS = Parameters()
TODAY = date(2026, 11, 21)
REPAIR = FinishedTicket("t1", "repair", TODAY, is_leak=False, is_in_home=True, is_fixed=True, has_caller=True)
HOME = Household(date(2026, 8, 21), "occupied", None)


def test_complaints_leaks_and_in_home_repairs_are_all_called_back_within_three_days() -> None:
    due = date(2026, 11, 24)
    for ticket, kind, reason in (
        (replace(REPAIR, kind="complaint"), CallbackKind.COMPLAINT_FOLLOWUP, Reason.COMPLAINT_ALL),
        (replace(REPAIR, is_leak=True), CallbackKind.COMPLETION, Reason.LEAK_ALL),
        (REPAIR, CallbackKind.COMPLETION, Reason.IN_HOME_ALL),
        (replace(REPAIR, kind="help"), CallbackKind.COMPLETION, Reason.REQUEST),
    ):
        found = after_completion(ticket, DEFAULTS)
        assert (found.kind, found.due_on, found.reason) == (kind, due, reason)


def test_other_repairs_are_a_sample_of_three_in_ten() -> None:
    public = replace(REPAIR, is_in_home=False)
    found = [after_completion(replace(public, ticket_id=f"t{i}"), DEFAULTS) for i in range(4000)]
    drawn = sum(one.due_on is not None for one in found)
    assert 1100 < drawn < 1300
    assert {one.reason for one in found} == {Reason.REPAIR_SAMPLED, Reason.NOT_SAMPLED}
    assert found == [after_completion(replace(public, ticket_id=f"t{i}"), DEFAULTS) for i in range(4000)]


def test_unfixed_work_is_always_asked_after_but_not_without_somebody_to_ask() -> None:
    unfixed = replace(REPAIR, is_in_home=False, is_fixed=False)
    assert all(after_completion(replace(unfixed, ticket_id=f"t{i}"), DEFAULTS).due_on for i in range(50))
    assert after_completion(replace(unfixed, has_caller=False), DEFAULTS).reason is Reason.NOBODY_TO_CALL


def test_enquiries_are_not_called_back_by_default() -> None:
    enquiry = replace(REPAIR, kind="enquiry")
    assert after_completion(enquiry, DEFAULTS).due_on is None
    assert after_completion(enquiry, Parameters({"callback.rate.enquiry": 100})).reason is Reason.ENQUIRY


@given(st.text(), st.integers(0, 100), st.integers(0, 100))
def test_a_larger_sample_contains_the_smaller(ticket_id: str, one: int, other: int) -> None:
    assert not is_sampled(ticket_id, min(one, other)) or is_sampled(ticket_id, max(one, other))
    assert is_sampled(ticket_id, 100)
    assert not is_sampled(ticket_id, 0)


def test_a_household_that_lives_there_in_peace_is_visited() -> None:
    assert move_in_due(HOME.moved_in_on, DEFAULTS) == TODAY
    assert exclusion(HOME, TODAY, DEFAULTS) is None


@pytest.mark.parametrize(
    ("household", "reason", "until", "is_open_ended"),
    [
        (replace(HOME, major_complaint="渗漏未解决"), Exclusion.MAJOR_COMPLAINT, date(2026, 12, 21), True),
        (
            replace(HOME, decoration_started_on=date(2026, 10, 1), decoration_ends_on=date(2026, 12, 5)),
            Exclusion.DECORATING,
            date(2026, 12, 5),
            False,
        ),
        (
            replace(HOME, decoration_started_on=date(2026, 10, 1)),
            Exclusion.DECORATING,
            date(2026, 12, 21),
            True,
        ),
        (replace(HOME, room_state="decorating"), Exclusion.DECORATING, date(2026, 12, 21), True),
        (replace(HOME, room_state="vacant"), Exclusion.NOT_MOVED_IN, date(2026, 12, 21), True),
    ],
)
def test_each_exclusion_has_its_reason_and_its_end(
    household: Household, reason: Exclusion, until: date, is_open_ended: bool
) -> None:
    found = exclusion(household, TODAY, DEFAULTS)
    assert found is not None
    assert (found.reason, found.until, found.is_open_ended) == (reason, until, is_open_ended)


def test_a_decoration_that_is_over_or_to_come_excludes_nobody() -> None:
    over = replace(HOME, decoration_started_on=date(2026, 9, 1), decoration_ends_on=date(2026, 11, 20))
    to_come = replace(HOME, decoration_started_on=date(2026, 11, 22))
    assert exclusion(over, TODAY, DEFAULTS) is None
    assert exclusion(to_come, TODAY, DEFAULTS) is None


def test_lateness_and_the_report() -> None:
    assert not is_late(TODAY, TODAY)
    assert is_late(date(2026, 11, 20), TODAY)
    assert report_due(TODAY, DEFAULTS) == date(2026, 11, 24)
