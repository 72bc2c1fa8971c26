"""Callbacks from the finished ticket to the entered sheet, and visits after moving in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from models.entities.callback import Callback
from models.entities.place import Decoration, Room
from models.entities.resident import Resident
from models.entities.ticket import Ticket
from models.errors import DomainError
from models.queries.callback_list import (
    CallbackFilter,
    CallbackRow,
    callback_counts,
    callback_keys,
    callback_place,
    callback_rows,
    open_sheets,
    sheet_callbacks,
    sheet_rows,
)
from models.queries.handler_figures import HandlerFigures, handler_figures
from models.queries.household_card import communications
from models.queries.morning import morning
from models.queries.ticket_list import TicketFilter, ticket_counts, ticket_keys, ticket_rows
from models.services import archiving, callbacks, move_in_visits, tickets
from models.services.callbacks import Result
from models.work import SYSTEM, Actor, Work
from tests.models.services.conftest import Desk
from views.widgets.column import Sort

TODAY = date(2026, 11, 20)
GOOD = Result(reached=True, solved=True, satisfaction="satisfied")


def listed(desk: Desk, **given: Any) -> list[CallbackRow]:
    filter_ = CallbackFilter(**({"today": TODAY} | given))
    keys = desk.ask(callback_keys, filter_)
    rows: list[CallbackRow] = desk.ask(callback_rows, keys)
    return rows


def fault(desk: Desk, service: object, *args: object) -> DomainError:
    with pytest.raises(DomainError) as caught:
        desk.do(service, *args)
    return caught.value


def change(desk: Desk, entity: Any, row_id: str, **values: object) -> None:
    def set_values(work: Work) -> None:
        row = work.get(entity, row_id)
        for name, value in values.items():
            setattr(row, name, value)

    desk.database.write(SYSTEM, set_values)


# -- after completion --------------------------------------------------------------------------------


def test_a_finished_repair_in_a_home_is_due_in_three_days_with_its_reason(desk: Desk) -> None:
    desk.completed()
    desk.completed("入户门锁打不开", category_id=None)
    rows = listed(desk)
    assert [(row.due_on, row.reason) for row in rows] == [
        (date(2026, 11, 23), "leak_all"), (date(2026, 11, 23), "in_home_all"),
    ]  # fmt: skip
    assert (rows[0].person, rows[0].phone, rows[0].room_code) == ("吴学文", "189****1443", "3-2-1502")
    assert desk.ask(callback_counts, date(2026, 11, 24)).late == 2


def test_solved_archives_the_ticket_logs_the_talk_and_rates_the_handler(desk: Desk) -> None:
    ticket_id = desk.completed()
    outcome = desk.do(callbacks.record_result, listed(desk)[0].id, GOOD)
    assert (outcome.state, outcome.complaint) == ("done", None)
    found = desk.detail(ticket_id)
    assert (found.state, found.rating, found.rating_by) == ("archived", "satisfied", "callback")
    talks = desk.ask(communications, resident_id=desk.ids["吴学文"])
    assert [(talk.direction, talk.purpose, talk.content) for talk in talks] == [("out", "办结回访", "满意")]
    figures: list[HandlerFigures] = desk.ask(
        handler_figures, desk.clock.now - timedelta(days=1), desk.clock.now + timedelta(days=1)
    )
    assert [(one.name, one.done, one.satisfied, one.satisfaction, one.on_time) for one in figures] == [
        ("李强", 1, 1, 1.0, 1.0)
    ]
    assert figures[0].median_minutes == 20


def test_not_solved_reopens_the_ticket(desk: Desk) -> None:
    ticket_id = desk.completed()
    callback_id = listed(desk)[0].id
    failed = Result(
        reached=True, solved=False, satisfaction="dissatisfied", opinion="还在滴水", then="reopen"
    )
    assert desk.do(callbacks.record_result, callback_id, failed).state == "done"
    found = desk.detail(ticket_id)
    assert (found.state, found.reopened_count) == ("received", 1)
    assert [one.state for one in found.callbacks] == ["done"]
    assert [item.text for item in found.timeline][-2:] == ["回访，未解决，不满意，还在滴水", "重开，还在滴水"]


def test_not_solved_becomes_a_complaint_of_the_same_household(desk: Desk) -> None:
    ticket_id = desk.completed()
    failed = Result(
        reached=True, solved=False, satisfaction="dissatisfied", opinion="修了三次", then="complaint"
    )
    outcome = desk.do(callbacks.record_result, listed(desk)[0].id, failed)
    complaint = desk.detail(outcome.complaint.ticket_id)
    assert (complaint.kind, complaint.matter, complaint.room_code) == ("complaint", "修了三次", "3-2-1502")
    assert complaint.caller_phone == "189****1443"
    assert desk.detail(ticket_id).state == "completed"


@pytest.mark.parametrize(
    ("result", "fields"),
    [
        (Result(reached=True), ["satisfaction", "solved"]),
        (Result(reached=True, solved=False, satisfaction="fairly"), ["then"]),
        (Result(reached=True, solved=True, satisfaction="thrilled"), ["satisfaction"]),
    ],
)
def test_an_incomplete_result_is_refused_and_changes_nothing(
    desk: Desk, result: Result, fields: list[str]
) -> None:
    desk.completed()
    callback_id = listed(desk)[0].id
    assert fault(desk, callbacks.record_result, callback_id, result).values["fields"] == fields
    assert [row.id for row in listed(desk)] == [callback_id]


def test_nobody_reached_three_times_ends_the_callback(desk: Desk) -> None:
    desk.completed()
    callback_id = listed(desk)[0].id
    states = []
    for _ in range(3):
        desk.clock.advance(days=4)
        states.append(desk.do(callbacks.record_result, callback_id, Result(reached=False)).state)
    assert states == ["due", "due", "failed"]
    assert fault(desk, callbacks.record_result, callback_id, GOOD).code == "callback-not-due"
    assert [row.tries for row in listed(desk, group="failed")] == [3]


# -- of a ticket that is not called back --------------------------------------------------------------

NOT_CALLED_BACK: dict[str, dict[str, object]] = {
    "void": {"state": "void", "void_reason": "业主重复报修"},
    "open again": {"state": "in_progress"},
    "deleted": {"deleted": 1},
}


def everywhere(desk: Desk) -> set[object]:
    """What each list and count of due callbacks says of them: a number where it counts, else how many."""
    counts = desk.ask(callback_counts, TODAY)
    found = desk.ask(morning, desk.clock.now)
    keys = desk.ask(ticket_keys, TicketFilter(group="callback"))
    return {
        len(listed(desk)), len(listed(desk, group="late", today=date(2026, 12, 24))),
        len(listed(desk, due_until=date(2026, 12, 24))), counts.due, counts.without_sheet,
        found.today.callbacks.due, found.today.tickets.callback, len(keys),
        sum(row.shown_state == "callback" for row in desk.ask(ticket_rows, keys)),
        desk.ask(ticket_counts, desk.clock.now).callback,
    }  # fmt: skip


@pytest.mark.parametrize("how", NOT_CALLED_BACK)
def test_a_callback_of_a_ticket_that_became_void_is_listed_nowhere_until_it_is_called_back_again(
    desk: Desk, how: str
) -> None:
    ticket_id = desk.completed()
    (row,) = listed(desk)
    assert everywhere(desk) == {1}
    before = {name: getattr(desk.detail(ticket_id), name, None) for name in ("state", "void_reason")}
    change(desk, Ticket, ticket_id, **NOT_CALLED_BACK[how])
    assert everywhere(desk) == {0}
    assert desk.ask(callback_place, row.id).is_listed is False
    change_back(desk, ticket_id, before)
    assert everywhere(desk) == {1}
    assert desk.ask(callback_place, row.id).is_listed is True
    assert desk.do(callbacks.record_result, row.id, GOOD).state == "done"


def change_back(desk: Desk, ticket_id: str, values: dict[str, object]) -> None:
    def restore(work: Work) -> None:
        ticket = work.session.get(Ticket, ticket_id)
        assert ticket is not None
        for name, value in {**values, "deleted": None}.items():
            setattr(ticket, name, value)

    desk.database.write(SYSTEM, restore)


def test_visits_without_a_ticket_are_due_as_before(desk: Desk) -> None:
    desk.database.write(SYSTEM, move_in_visits.sweep)
    assert {row.is_due for row in listed(desk)} == {True}
    assert desk.ask(callback_counts, TODAY).due == 3


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("void", "ticket-action-not-allowed"),
        ("open again", "ticket-action-not-allowed"),
        ("deleted", "row-gone"),
    ],
)
def test_nobody_is_called_back_about_a_void_ticket_and_nothing_changes(
    desk: Desk, how: str, code: str
) -> None:
    ticket_id = desk.completed()
    (row,) = listed(desk)
    change(desk, Ticket, ticket_id, **NOT_CALLED_BACK[how])
    for service, *given in (
        (callbacks.record_result, row.id, GOOD),
        (callbacks.record_result, row.id, Result(reached=False)),
        (callbacks.make_sheet, [row.id]),
        (callbacks.postpone, row.id, date(2026, 12, 1), "业主出差"),
        (callbacks.exclude, row.id, "decorating", date(2026, 12, 31)),
    ):
        assert fault(desk, service, *given).code == code
    stored = desk.ask(lambda session: session.get(Callback, row.id))
    assert (stored.state, stored.called_at, stored.tries, stored.sheet_no) == ("due", None, 0, None)
    assert desk.ask(lambda session: session.get(Ticket, ticket_id)).rating is None


def test_what_was_left_alone_is_not_called_all_the_same_when_its_ticket_is_void(desk: Desk) -> None:
    ticket_id = desk.completed()
    (row,) = listed(desk)
    desk.do(callbacks.exclude, row.id, "decorating", date(2026, 12, 31))
    change(desk, Ticket, ticket_id, state="void")
    error = fault(desk, callbacks.override, row.id, "业主要求")
    assert (error.code, error.values) == (
        "ticket-action-not-allowed", {"action": "callback", "state": "void"},
    )  # fmt: skip


def test_a_sheet_does_not_wait_for_the_line_of_a_void_ticket(desk: Desk) -> None:
    first = desk.completed()
    desk.completed("卫生间顶部渗水", room_id=desk.ids["3-2-1602"], resident_id=desk.ids["曾婳"])
    ids = [row.id for row in listed(desk)]
    sheet_no = desk.do(callbacks.make_sheet, ids)
    change(desk, Ticket, first, state="void")
    assert [(sheet.total, sheet.open) for sheet in desk.ask(open_sheets)] == [(2, 1)]
    assert [row.is_due for row in desk.ask(sheet_rows, sheet_no)] == [False, True]
    entered = desk.do(callbacks.enter_sheet, [(callback_id, GOOD) for callback_id in ids])
    assert [one.error.code if one.error else None for one in entered] == ["ticket-action-not-allowed", None]
    assert desk.ask(open_sheets) == []


@pytest.mark.parametrize("is_swept", [False, True])
def test_a_void_ticket_is_archived_and_its_callback_does_not_come_back(desk: Desk, is_swept: bool) -> None:
    ticket_id = desk.completed()
    change(desk, Ticket, ticket_id, state="void")
    desk.clock.advance(days=90)
    if is_swept:
        assert desk.database.write(SYSTEM, archiving.sweep).value == 1
    else:
        desk.do(tickets.archive, ticket_id)
    assert desk.detail(ticket_id).state == "archived"
    assert listed(desk) == []


# -- sheets ------------------------------------------------------------------------------------------


def test_one_sheet_for_many_and_its_lines_entered_quickly(desk: Desk) -> None:
    first = desk.completed()
    second = desk.completed("卫生间顶部渗水", room_id=desk.ids["3-2-1602"], resident_id=desk.ids["曾婳"])
    ids = [row.id for row in listed(desk)]
    sheet_no = desk.do(callbacks.make_sheet, ids)
    assert sheet_no == "HF-A-261120-001"
    lines = desk.ask(sheet_callbacks, sheet_no)
    assert [(line.row.room_code, line.phone) for line in lines] == [
        ("3-2-1502", "18909711443"), ("3-2-1602", "13800002207"),
    ]  # fmt: skip
    assert [(sheet.sheet_no, sheet.total, sheet.open) for sheet in desk.ask(open_sheets)] == [
        (sheet_no, 2, 2)
    ]
    assert listed(desk, without_sheet=True) == []
    entered = desk.do(
        callbacks.enter_sheet,
        [(lines[0].row.id, GOOD), (lines[1].row.id, Result(reached=True)), ("0" * 32, GOOD)],
    )
    assert [one.error.code if one.error else None for one in entered] == [
        None, "callback-incomplete", "row-gone",
    ]  # fmt: skip
    assert [row.state for row in desk.ask(sheet_rows, sheet_no)] == ["done", "due"]
    assert (desk.detail(first).state, desk.detail(second).shown_state) == ("archived", "callback")
    assert fault(desk, callbacks.make_sheet, []).code == "callback-sheet-empty"
    assert fault(desk, callbacks.make_sheet, ids).code == "callback-not-due"
    assert desk.do(callbacks.make_sheet, ids[1:]) == "HF-A-261120-002"


def test_rooms_are_in_the_order_in_which_people_count(desk: Desk) -> None:
    desk.completed()
    desk.completed("卫生间顶部渗水", room_id=desk.ids["3-2-1602"], resident_id=desk.ids["曾婳"])
    change(desk, Room, desk.ids["3-2-1602"], code="3-2-802")  # as text after 3-2-1502
    sheet_no = desk.do(callbacks.make_sheet, [row.id for row in listed(desk)])
    rows = desk.ask(sheet_rows, sheet_no)
    assert [row.room_code for row in rows] == ["3-2-802", "3-2-1502"]
    upwards, downwards = (
        desk.ask(callback_keys, CallbackFilter(today=TODAY), Sort("room", is_descending)).tolist()
        for is_descending in (False, True)
    )
    assert upwards == [row.rowid for row in rows]
    assert downwards == upwards[::-1]


def test_a_callback_is_postponed_with_a_reason(desk: Desk) -> None:
    desk.completed()
    callback_id = listed(desk)[0].id
    assert fault(desk, callbacks.postpone, callback_id, date(2026, 12, 1), " ").code == "callback-incomplete"
    desk.do(callbacks.postpone, callback_id, date(2026, 12, 1), "业主出差")
    assert listed(desk)[0].due_on == date(2026, 12, 1)


# -- visits after moving in --------------------------------------------------------------------------


def test_visits_are_made_three_months_after_moving_in_once(desk: Desk) -> None:
    assert desk.database.write(SYSTEM, move_in_visits.sweep).value == 3
    assert desk.database.write(SYSTEM, move_in_visits.sweep).value == 0
    rows = listed(desk, kind="move_in")
    assert {(row.room_code, row.due_on, row.person) for row in rows} == {
        ("3-2-1502", date(2026, 11, 25), "吴学文"),
        ("3-2-1602", date(2026, 11, 25), "曾婳"),
        ("3-2-0803", date(2026, 11, 25), None),
    }
    visit = Result(reached=True, satisfaction="satisfied", way="visit")
    assert desk.do(callbacks.record_result, rows[0].id, visit).state == "done"


def test_exclusions_show_reason_and_end_and_are_judged_again_when_they_end(desk: Desk) -> None:
    change(desk, Resident, desk.ids["曾婳"], major_complaint="渗漏未解决")
    change(desk, Room, desk.ids["3-2-0803"], state="vacant")

    def decorate(work: Work) -> None:
        work.add(
            Decoration(room_id=desk.ids["3-2-1502"], start_on=date(2026, 10, 1), end_on=date(2026, 12, 5))
        )

    desk.database.write(SYSTEM, decorate)
    desk.database.write(SYSTEM, move_in_visits.sweep)
    excluded = {
        row.room_code: (row.excluded_reason, row.excluded_until) for row in listed(desk, group="excluded")
    }
    assert excluded == {
        "3-2-1502": ("decorating", date(2026, 12, 5)),
        "3-2-1602": ("major_complaint", date(2026, 12, 25)),
        "3-2-0803": ("not_moved_in", date(2026, 12, 25)),
    }
    desk.clock.advance(days=16)  # 6 December: the decoration is over
    assert desk.database.write(SYSTEM, move_in_visits.sweep).value == 1
    assert [(row.room_code, row.due_on) for row in listed(desk)] == [("3-2-1502", date(2026, 12, 6))]


def test_an_override_needs_its_right_and_a_reason(desk: Desk, clerk: Actor) -> None:
    change(desk, Resident, desk.ids["曾婳"], major_complaint="渗漏未解决")
    desk.database.write(SYSTEM, move_in_visits.sweep)
    callback_id = listed(desk, group="excluded")[0].id
    with pytest.raises(DomainError, match="right-missing"):
        desk.database.write(clerk, callbacks.override, callback_id, "业主要求")
    assert fault(desk, callbacks.override, callback_id, "").code == "callback-incomplete"
    desk.do(callbacks.override, callback_id, "业主要求")
    row = next(row for row in listed(desk) if row.id == callback_id)
    assert (row.override_reason, row.excluded_reason) == ("业主要求", "major_complaint")
    assert fault(desk, callbacks.override, callback_id, "再次").code == "callback-not-excluded"


def test_a_household_is_left_alone_by_hand(desk: Desk) -> None:
    desk.database.write(SYSTEM, move_in_visits.sweep)
    callback_id = listed(desk)[0].id
    assert fault(desk, callbacks.exclude, callback_id, "boring", TODAY).code == "ticket-code-unknown"
    desk.do(callbacks.exclude, callback_id, "not_moved_in", date(2026, 12, 31))
    assert desk.ask(callback_counts, TODAY).excluded == 1
    assert desk.ask(lambda session: session.get(Callback, callback_id).excluded_until) == date(2026, 12, 31)
