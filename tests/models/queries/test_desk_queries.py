"""What the desk pages ask: the morning in one look, what presses most, what waits, figures by department."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.database import Database
from models.entities import Resident
from models.entities.synced import new_id
from models.queries import sync_state
from models.queries.callback_list import CallbackFilter, callback_ids, callback_keys, callback_place
from models.queries.handler_figures import HandlerFigures, by_department
from models.queries.morning import morning, pressing_keys
from models.queries.sync_names import pending_tables, value_names
from models.queries.ticket_list import TicketFilter, ticket_rows
from models.services import drafts
from models.work import SYSTEM, Actor
from tests.conftest import DeskClock
from tests.models.services.conftest import Desk, build_estate


@pytest.fixture
def desk(database: Database, clock: DeskClock, actor: Actor) -> Desk:
    return Desk(database, clock, actor, database.write(SYSTEM, build_estate).value)


def test_what_presses_most_is_listed_once_and_the_latest_deadline_last(desk: Desk) -> None:
    late = desk.take("水管爆裂").ticket_id
    desk.clock.advance(days=2)
    sooner = desk.take("门锁打不开").ticket_id
    filter_ = TicketFilter(now=desk.clock.now)
    keys = desk.ask(pressing_keys, filter_)
    assert [row.id for row in desk.ask(ticket_rows, keys)] == [late, sooner]


def test_the_morning_knows_a_new_site_from_one_at_work(database: Database, actor: Actor) -> None:
    found = database.read(morning, database.clock(), actor.staff_id)
    assert (found.readiness.rooms, found.readiness.staff, found.readiness.has_tickets) == (0, 1, False)


def test_the_morning_lists_appointments_of_the_day_and_drafts(desk: Desk) -> None:
    desk.take("换角阀", appointment_at=desk.clock.now + timedelta(hours=3))
    desk.take("后天的", appointment_at=desk.clock.now + timedelta(days=2))
    desk.do(drafts.save, None, "ticket", {"typed": {"matter": "说到一半"}})
    found = desk.ask(morning, desk.clock.now)
    assert [one.matter for one in found.appointments] == ["换角阀"]
    assert len(found.drafts) == 1
    assert found.today.tickets.open == 2


def test_ids_of_a_selection_come_in_its_order_and_a_gone_one_is_left_out(desk: Desk) -> None:
    desk.completed()
    desk.completed("门锁打不开")
    keys = desk.ask(callback_keys, CallbackFilter("due"))
    backwards = [*reversed(keys), 999_999]
    ids = desk.ask(callback_ids, backwards)
    places = [desk.ask(callback_place, callback_id) for callback_id in ids]
    assert [place.rowid for place in places] == [*reversed(keys)]
    assert desk.ask(callback_place, "0" * 32) is None


def test_a_row_edited_twice_waits_once_and_the_log_does_not_count(desk: Desk) -> None:
    ticket_id = desk.dispatched()
    waiting = {one.table: one.rows for one in desk.ask(pending_tables)}
    assert waiting["ticket"] == 1
    assert "operation_log" not in waiting
    assert ticket_id


def test_what_waits_behind_the_oldest_entries_is_told_without_looking_at_each(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.database.write(
        SYSTEM,
        lambda work: work.bulk_insert(
            Resident.__table__,  # type: ignore[arg-type]
            [{"id": new_id(), "name": f"住户{n}"} for n in range(3_000)],
        ),
    )
    exact = {one.table: one.rows for one in desk.ask(pending_tables)}
    pending = desk.ask(sync_state.counts).pending
    monkeypatch.setattr(sync_state, "COUNTED", 500)
    about = {one.table: one for one in desk.ask(pending_tables)}
    assert about["resident"].is_about
    assert abs(about["resident"].rows - exact["resident"]) <= 0.02 * exact["resident"]
    assert pending <= desk.ask(sync_state.counts).pending <= pending + 100, "log entries count there"


def test_ids_are_named_only_where_the_field_points_to_a_row(desk: Desk) -> None:
    who = desk.ids["李强"]
    names = desk.ask(
        value_names, [("ticket", "handler_id", who), ("ticket", "matter", who), ("no", "x", who)]
    )
    assert list(names) == [who]
    assert "李强" in names[who]
    assert desk.ask(value_names, [("ticket", "matter", who), ("ticket", "handler_id", 7)]) == {}


def figures(name: str, department: str | None, satisfied: int, dissatisfied: int) -> HandlerFigures:
    rated = satisfied + dissatisfied
    return HandlerFigures(
        staff_id=name, name=name, department=department, done=rated, unfixed=0, median_minutes=10,
        on_time=1.0, satisfied=satisfied, neutral=0, dissatisfied=dissatisfied,
        satisfaction=satisfied / rated if rated else None, unsolved=dissatisfied, reopened=0,
    )  # fmt: skip


def test_a_department_weighs_its_people_by_their_ratings_not_by_heads() -> None:
    rows = by_department(
        [figures("李强", "工程部", 9, 0), figures("赵军", "工程部", 0, 1), figures("无", None, 0, 0)]
    )
    assert [(one.department, one.people, one.satisfaction) for one in rows] == [
        ("工程部", 2, 0.9),
        (None, 1, None),
    ]
