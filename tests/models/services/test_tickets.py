"""The life of a ticket through the services, in a real file."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.database import Database
from models.entities.operation_log import OperationLog
from models.entities.ticket import Ticket, TicketEvent
from models.errors import DomainError
from models.queries.ticket_detail import ticket_id_of
from models.services import archiving, escalation, intake, ticket_editing, tickets, undo
from models.services.intake import Request
from models.services.tickets import Completion
from models.work import SYSTEM, Actor
from tests.conftest import KEY, stamps_of
from tests.models.services.conftest import Desk


def events(desk: Desk, ticket_id: str) -> list[str]:
    return [item.kind for item in desk.detail(ticket_id).timeline]


def fault(desk: Desk, service: object, *args: object, **given: object) -> DomainError:
    with pytest.raises(DomainError) as caught:
        desk.do(service, *args, **given)
    return caught.value


# -- intake ------------------------------------------------------------------------------------------


def test_a_request_becomes_a_numbered_ticket_with_deadlines_and_warranty(desk: Desk) -> None:
    taken = desk.take(expectation="尽快止水", priority=None)
    found = desk.detail(taken.ticket_id)
    assert taken.number == "A-261120-0001"
    assert (found.state, found.priority, found.category) == ("received", "urgent", "工程维修/给排水")
    assert (found.caller_name, found.caller_phone) == ("吴学文", "189****1443")
    assert found.arrive_due_at == desk.clock.now + timedelta(minutes=15)
    assert found.due_at == desk.clock.now + timedelta(minutes=45)
    assert found.is_under_warranty
    assert found.charge_kind == "warranty"
    assert found.timeline[0].text == "受理，期望：尽快止水"
    assert found.timeline[0].desk == "A"
    assert desk.ask(ticket_id_of, taken.number) == taken.ticket_id


def test_numbers_count_by_day_and_a_lost_counter_goes_on_where_it_was(desk: Desk) -> None:
    numbers = [desk.take().number for _ in range(3)]
    assert numbers == ["A-261120-0001", "A-261120-0002", "A-261120-0003"]

    def lose_counter(session: Session) -> None:
        session.execute(text("DELETE FROM local_state WHERE key LIKE 'counter.%'"))

    with desk.database.working("test") as work:
        lose_counter(work.session)
    assert desk.take().number == "A-261120-0004"
    desk.clock.advance(days=1)
    assert desk.take().number == "A-261121-0001"


def test_a_refused_request_uses_up_no_number(desk: Desk) -> None:
    assert fault(desk, intake.create, Request(" ", room_id=desk.ids["3-2-1502"])).values["fields"] == [
        "matter"
    ]
    assert fault(desk, intake.create, Request("漏水", kind="repair")).code == "ticket-place-missing"
    assert fault(desk, intake.create, Request("x", kind="wish")).code == "ticket-code-unknown"
    assert fault(desk, intake.create, Request("x", kind="enquiry", room_id="0" * 32)).code == "row-gone"
    later = desk.clock.now + timedelta(minutes=1)
    assert fault(desk, intake.create, Request("x", kind="enquiry", received_at=later)).code == "time-ahead"
    assert desk.take().number == "A-261120-0001"


def test_an_enquiry_is_answered_and_closed_at_the_desk(desk: Desk) -> None:
    ticket_id = desk.take("装修押金怎么退", kind="enquiry", room_id=None, category_id=None).ticket_id
    desk.do(tickets.answer, ticket_id, "凭收据到前台办理")
    found = desk.detail(ticket_id)
    assert (found.state, found.closed_at, found.resolution) == ("closed", desk.clock.now, "凭收据到前台办理")
    assert found.callbacks == ()


# -- the usual way -----------------------------------------------------------------------------------


def test_a_repair_from_call_to_archive(desk: Desk) -> None:
    ticket_id = desk.dispatched()
    desk.clock.advance(minutes=5)
    desk.do(tickets.accept, ticket_id)
    desk.clock.advance(minutes=10)
    desk.do(tickets.arrive, ticket_id)
    desk.do(tickets.note_progress, ticket_id, "角阀断裂，已关总阀，回仓取配件")
    desk.do(tickets.chase, ticket_id, text="已告知师傅", promised_at=desk.clock.now + timedelta(hours=1))
    desk.clock.advance(minutes=20)
    callback_id = desk.do(tickets.complete, ticket_id, Completion("fixed", "更换角阀", rating="satisfied"))
    found = desk.detail(ticket_id)
    assert (found.state, found.shown_state) == ("completed", "callback")
    assert [one.id for one in found.callbacks] == [callback_id]
    assert events(desk, ticket_id) == [
        "receive", "dispatch", "accept", "arrive", "progress", "chase", "complete",
    ]  # fmt: skip
    assert found.timeline[1].text == "派单，工程部 李强 138****2207，时限 10:45"
    assert found.timeline[5].text == "催单，承诺 11:15，已告知师傅"
    assert fault(desk, tickets.archive, ticket_id).code == "ticket-callback-open"


def test_every_step_is_in_the_operation_log_and_in_the_outbox(desk: Desk) -> None:
    ticket_id = desk.dispatched()

    def logged(session: Session) -> list[tuple[str, str]]:
        rows = session.execute(
            select(OperationLog.operation, OperationLog.staff_name).where(OperationLog.row_id == ticket_id)
        )
        return [(row[0], row[1]) for row in rows]

    assert desk.ask(logged) == [("intake.create", "王敏"), ("tickets.dispatch", "王敏")]

    def queued(session: Session) -> int:
        return int(session.scalar(text("SELECT count(*) FROM outbox WHERE table_name = 'ticket_event'")) or 0)

    assert desk.ask(queued) == 2


def test_a_step_that_is_refused_changes_nothing(desk: Desk) -> None:
    ticket_id = desk.take().ticket_id
    before = desk.detail(ticket_id)
    for service, args in (
        (tickets.accept, ()),
        (tickets.dispatch, (desk.assignment(task=" "),)),
        (tickets.dispatch, (desk.assignment(department_id="f" * 32),)),
        (tickets.dispatch, (desk.assignment(due_at=desk.clock.now - timedelta(minutes=1)),)),
        (tickets.void, ("  ",)),
        (tickets.complete, (Completion("fixed", "好了"),)),
    ):
        fault(desk, service, ticket_id, *args)
    assert desk.detail(ticket_id) == before


def test_rights_are_asked_in_the_service(desk: Desk, clerk: Actor) -> None:
    ticket_id = desk.take().ticket_id
    with pytest.raises(DomainError) as caught:
        desk.database.write(clerk, tickets.void, ticket_id, "重复")
    assert caught.value.code == "right-missing"
    assert caught.value.values["right"] == "ticket.void"
    desk.database.write(clerk, tickets.dispatch, ticket_id, desk.assignment())
    nobody = Actor(None, "", "访客", frozenset())
    for service in (tickets.accept, tickets.suspend):
        with pytest.raises(DomainError):
            desk.database.write(nobody, service, ticket_id, *(() if service is tickets.accept else ("x",)))


# -- suspension --------------------------------------------------------------------------------------


def test_a_suspension_stops_the_clock(desk: Desk) -> None:
    ticket_id = desk.dispatched()
    due_at = desk.detail(ticket_id).due_at
    assert due_at is not None
    desk.do(tickets.accept, ticket_id)
    desk.clock.advance(minutes=15)
    desk.do(tickets.suspend, ticket_id, "等配件")
    found = desk.detail(ticket_id)
    assert (found.state, found.waits_for) == ("suspended", "等配件")
    desk.clock.advance(hours=30)
    desk.do(tickets.resume, ticket_id)
    found = desk.detail(ticket_id)
    assert (found.state, found.waits_for, found.suspended_at) == ("accepted", None, None)
    assert found.due_at == due_at + timedelta(hours=30)


def test_work_completed_while_suspended_ends_the_suspension(desk: Desk) -> None:
    ticket_id = desk.dispatched()
    desk.do(tickets.suspend, ticket_id, "等业主")
    desk.clock.advance(hours=2)
    desk.do(tickets.complete, ticket_id, Completion("fixed", "更换角阀"))

    def length(session: Session) -> int | None:
        return session.scalar(select(Ticket.suspended_ms).where(Ticket.id == ticket_id))

    assert desk.ask(length) == 2 * 3600 * 1000


# -- ends --------------------------------------------------------------------------------------------


def test_completion_needs_proof_and_sensible_times(desk: Desk) -> None:
    ticket_id = desk.dispatched()
    assert fault(desk, tickets.complete, ticket_id, Completion("fixed", " ")).values["fields"] == ["proof"]
    missing = fault(desk, tickets.complete, ticket_id, Completion("unfixed", "查不出"))
    assert missing.values["fields"] == ["unfinished_reason"]
    future = desk.clock.now + timedelta(minutes=1)
    assert (
        fault(desk, tickets.complete, ticket_id, Completion("fixed", "好", completed_at=future)).code
        == "ticket-time-wrong"
    )
    early = desk.clock.now - timedelta(minutes=1)
    assert (
        fault(desk, tickets.complete, ticket_id, Completion("fixed", "好", arrived_at=early)).code
        == "ticket-time-wrong"
    )
    assert desk.detail(ticket_id).state == "dispatched"


def test_a_reopened_ticket_starts_a_new_round_and_its_callback_is_withdrawn(desk: Desk) -> None:
    ticket_id = desk.completed()
    assert desk.detail(ticket_id).callbacks
    desk.clock.advance(days=1)
    desk.do(tickets.reopen, ticket_id, "又漏了")
    found = desk.detail(ticket_id)
    assert (found.state, found.reopened_count, found.result, found.completed_at) == (
        "received",
        1,
        None,
        None,
    )
    assert found.due_at == desk.clock.now + timedelta(minutes=45)
    assert found.callbacks == ()
    desk.do(tickets.dispatch, ticket_id, desk.assignment())
    desk.do(tickets.complete, ticket_id, Completion("fixed", "换了整段水管"))
    assert [one.state for one in desk.detail(ticket_id).callbacks] == ["due"]


def test_sent_back_and_passed_on(desk: Desk) -> None:
    ticket_id = desk.dispatched()
    desk.do(tickets.send_back, ticket_id, "需业主在场")
    assert (desk.detail(ticket_id).state, desk.detail(ticket_id).waits_for) == ("sent_back", "需业主在场")
    desk.do(tickets.dispatch, ticket_id, desk.assignment())
    desk.do(tickets.accept, ticket_id)
    assert fault(desk, tickets.pass_on, ticket_id, desk.assignment(), " ").values["fields"] == ["reason"]
    desk.do(tickets.pass_on, ticket_id, desk.assignment(handler_id=desk.ids["赵军"]), "李强请假")
    found = desk.detail(ticket_id)
    assert (found.state, found.handler, found.accepted_at) == ("dispatched", "赵军", None)


def test_void_names_the_ticket_it_repeats(desk: Desk) -> None:
    first, second = desk.take(), desk.take()
    assert fault(desk, tickets.void, second.ticket_id, "重复", duplicate_of=second.ticket_id).code == (
        "ticket-duplicate-of-itself"
    )
    desk.do(tickets.void, second.ticket_id, "重复", duplicate_of=first.ticket_id)
    assert desk.detail(second.ticket_id).duplicate_of_number == first.number
    assert desk.detail(second.ticket_id).actions == ("archive",)


# -- many, editing, phones ---------------------------------------------------------------------------


def test_one_of_many_that_cannot_be_done_stops_no_other(desk: Desk) -> None:
    one, two, three = desk.dispatched(), desk.take().ticket_id, desk.dispatched()
    batch = desk.do(tickets.each, [one, two, three, "0" * 32], tickets.accept)
    assert batch.done == (one, three)
    assert [(refusal.ticket_id, refusal.error.code) for refusal in batch.refused] == [
        (two, "ticket-action-not-allowed"), ("0" * 32, "row-gone"),
    ]  # fmt: skip
    assert [desk.detail(ticket_id).state for ticket_id in (one, two, three)] == [
        "accepted",
        "received",
        "accepted",
    ]


def test_editing_moves_deadlines_and_shows_in_the_history(desk: Desk) -> None:
    ticket_id = desk.take().ticket_id
    changes = {"priority": "critical", "matter": "厨房漏水，蔓延到走廊", "caller_phone": "13800002207"}
    assert desk.do(ticket_editing.edit, ticket_id, changes)
    found = desk.detail(ticket_id)
    assert found.arrive_due_at == desk.clock.now + timedelta(minutes=5)
    assert "紧急程度" in found.timeline[-1].text
    assert not desk.do(ticket_editing.edit, ticket_id, changes)
    assert fault(desk, ticket_editing.edit, ticket_id, {"matter": " "}).code == "ticket-field-missing"
    with pytest.raises(ValueError, match="state"):
        desk.do(ticket_editing.edit, ticket_id, {"state": "completed"})


def test_a_revealed_phone_is_logged(desk: Desk) -> None:
    ticket_id = desk.take().ticket_id
    assert desk.do(tickets.reveal_phone, ticket_id) == "18909711443"

    def reveals(session: Session) -> list[str | None]:
        return list(
            session.scalars(select(OperationLog.row_label).where(OperationLog.operation == "reveal-phone"))
        )

    assert desk.ask(reveals) == ["A-261120-0001"]


# -- undo --------------------------------------------------------------------------------------------


def test_a_mistaken_completion_is_undone_whole(desk: Desk) -> None:
    ticket_id = desk.dispatched()
    before = desk.detail(ticket_id)
    desk.clock.advance(minutes=3)
    desk.do(tickets.complete, ticket_id, Completion("fixed", "更换角阀"))
    assert desk.do(undo.undo, ticket_id) == "complete"
    found = desk.detail(ticket_id)
    for name in ("state", "result", "resolution", "completed_at", "due_at"):
        assert getattr(found, name) == getattr(before, name), name
    assert found.callbacks == ()
    assert found.reopened_count == 1  # a new round, so that no stale "completed" wins a merge
    assert [item.is_undone for item in found.timeline] == [False, False, True, False]
    assert found.timeline[-1].text == "撤销，办结"


def test_steps_are_undone_one_after_the_other(desk: Desk) -> None:
    ticket_id = desk.dispatched()
    desk.do(tickets.accept, ticket_id)
    desk.do(tickets.suspend, ticket_id, "等配件")
    assert [desk.do(undo.undo, ticket_id) for _ in range(3)] == ["suspend", "accept", "dispatch"]
    found = desk.detail(ticket_id)
    assert (found.state, found.department, found.task, found.suspended_at) == ("received", None, None, None)
    assert fault(desk, undo.undo, ticket_id).code == "ticket-undo-nothing"


def test_what_may_not_be_undone(desk: Desk, clerk: Actor) -> None:
    ticket_id = desk.dispatched()
    with pytest.raises(DomainError, match="ticket-undo-not-yours"):
        desk.database.write(clerk, undo.undo, ticket_id)
    desk.clock.advance(minutes=11)
    assert fault(desk, undo.undo, ticket_id).code == "ticket-undo-late"


def test_an_undone_reopening_brings_the_callback_back(desk: Desk) -> None:
    ticket_id = desk.completed()
    callback = desk.detail(ticket_id).callbacks[0]
    desk.do(tickets.reopen, ticket_id, "点错了")
    desk.do(undo.undo, ticket_id)
    found = desk.detail(ticket_id)
    assert (found.state, found.result, found.reopened_count) == ("completed", "fixed", 1)
    assert [one.due_on for one in found.callbacks] == [callback.due_on]


# -- escalation --------------------------------------------------------------------------------------


def test_the_sweep_raises_at_24_and_48_hours_and_tells_lateness_once(desk: Desk) -> None:
    ticket_id = desk.dispatched()
    assert desk.database.write(SYSTEM, escalation.sweep).value == []
    desk.clock.advance(minutes=46)
    assert [one.level for one in desk.database.write(SYSTEM, escalation.sweep).value] == [0]
    assert desk.database.write(SYSTEM, escalation.sweep).value == []
    desk.clock.advance(hours=24)
    assert [one.level for one in desk.database.write(SYSTEM, escalation.sweep).value] == [1]
    desk.clock.advance(hours=24)
    assert [one.level for one in desk.database.write(SYSTEM, escalation.sweep).value] == [2]
    found = desk.detail(ticket_id)
    assert found.escalation == 2
    assert [item.text for item in found.timeline if item.kind in {"escalate", "overdue"}] == [
        "超时，时限 10:45", "升级，第 1 级", "升级，第 2 级",
    ]  # fmt: skip


def test_two_desks_that_sweep_apart_write_the_same_event(desk: Desk, tmp_path: Path) -> None:
    ticket_id = desk.dispatched()
    copy = tmp_path / "other.db"
    for ending in ("", "-wal"):
        shutil.copy2(f"{desk.database.path}{ending}", f"{copy}{ending}")
    other = Database.open(copy, KEY, stamps_of(desk.clock))
    other.clock = desk.clock

    def written(session: Session) -> list[tuple[str, str, object, object]]:
        rows = session.execute(
            select(TicketEvent.id, TicketEvent.kind, TicketEvent.at, TicketEvent.data).where(
                TicketEvent.ticket_id == ticket_id, TicketEvent.staff_id.is_(None)
            )
        )
        return sorted((row[0], row[1], row[2], str(row[3])) for row in rows)

    desk.clock.advance(hours=25)
    desk.database.write(SYSTEM, escalation.sweep)
    desk.clock.advance(minutes=7)
    other.write(SYSTEM, escalation.sweep)
    assert len(desk.ask(written)) == 2
    assert other.read(written) == desk.ask(written)
    other.close()


# -- archiving ---------------------------------------------------------------------------------------


def test_what_has_been_over_for_a_week_is_archived_unless_a_callback_is_due(desk: Desk) -> None:
    called = desk.completed()
    answered = desk.take("停车费怎么交", kind="enquiry", room_id=None, category_id=None).ticket_id
    desk.do(tickets.answer, answered, "扫码缴费")
    void = desk.take().ticket_id
    desk.do(tickets.void, void, "说错了")
    still_open = desk.dispatched()
    desk.clock.advance(days=6)
    assert desk.database.write(SYSTEM, archiving.sweep).value == 0
    desk.clock.advance(days=2)
    assert desk.database.write(SYSTEM, archiving.sweep, 1).value == 1
    assert desk.database.write(SYSTEM, archiving.sweep).value == 1
    states = [desk.detail(ticket_id).state for ticket_id in (called, answered, void, still_open)]
    assert states == ["completed", "archived", "archived", "dispatched"]
