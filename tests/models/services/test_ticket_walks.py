"""Random walks through a ticket's life: whatever a desk does in whatever order, the row stays sensible,
the history
tells it, and an undo restores what was."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.entities.ticket import Ticket
from models.errors import DomainError
from models.rules.ticket_life import FINAL, OPEN, Action, allowed_actions
from models.services import ticket_steps, tickets, undo
from models.services.tickets import Completion
from tests.models.services.conftest import Desk

FIELDS = [column.key for column in Ticket.__table__.c if column.key not in {"stamp", "field_stamps"}]
NEVER_LOWERED = {"reopened_count"}


def row(desk: Desk, ticket_id: str) -> dict[str, Any]:
    def read(session: Session) -> dict[str, Any]:
        ticket = session.get(Ticket, ticket_id)
        return {name: ticket_steps.stored(getattr(ticket, name)) for name in FIELDS}

    found: dict[str, Any] = desk.ask(read)
    return found


def steps(desk: Desk, ticket_id: str) -> dict[Action, Callable[[], Any]]:
    """Every action, ready to be done with sensible words."""
    return {
        Action.ANSWER: lambda: desk.do(tickets.answer, ticket_id, "已答复"),
        Action.DISPATCH: lambda: desk.do(tickets.dispatch, ticket_id, desk.assignment()),
        Action.PASS_ON: lambda: desk.do(
            tickets.pass_on, ticket_id, desk.assignment(handler_id=desk.ids["赵军"]), "请假"
        ),
        Action.ACCEPT: lambda: desk.do(tickets.accept, ticket_id),
        Action.SEND_BACK: lambda: desk.do(tickets.send_back, ticket_id, "需业主在场"),
        Action.ARRIVE: lambda: desk.do(tickets.arrive, ticket_id),
        Action.PROGRESS: lambda: desk.do(tickets.note_progress, ticket_id, "材料采购中"),
        Action.FIRST_ANSWER: lambda: desk.do(tickets.answer_first, ticket_id, "已联系"),
        Action.CHASE: lambda: desk.do(
            tickets.chase, ticket_id, promised_at=desk.clock.now + timedelta(hours=1)
        ),
        Action.SUSPEND: lambda: desk.do(tickets.suspend, ticket_id, "等配件"),
        Action.RESUME: lambda: desk.do(tickets.resume, ticket_id),
        Action.COMPLETE: lambda: desk.do(tickets.complete, ticket_id, Completion("fixed", "更换角阀")),
        Action.RATE: lambda: desk.do(tickets.rate, ticket_id, "satisfied"),
        Action.REOPEN: lambda: desk.do(tickets.reopen, ticket_id, "又漏了"),
        Action.ARCHIVE: lambda: desk.do(tickets.archive, ticket_id),
        Action.VOID: lambda: desk.do(tickets.void, ticket_id, "说错了"),
    }


def check(desk: Desk, ticket_id: str) -> None:
    """What must hold after every step."""
    found = desk.detail(ticket_id)
    assert (found.suspended_at is not None) == (found.state == "suspended")
    if found.state in OPEN:
        assert found.completed_at is None
        assert found.closed_at is None
        assert found.result is None
        assert not [one for one in found.callbacks if one.state == "due"]
    if found.state == "completed":
        assert found.completed_at is not None
        assert [one for one in found.callbacks if one.state == "due"]
    assert found.timeline[-1].to_state == found.state


@pytest.mark.parametrize("seed", range(12))
def test_a_random_walk_keeps_the_row_sensible_and_can_be_undone(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    kind = chance.choice(["repair", "complaint", "enquiry"])
    ticket_id = desk.take(kind=kind).ticket_id
    doing = steps(desk, ticket_id)
    for _ in range(12):
        desk.clock.advance(minutes=chance.randint(1, 90))
        before = row(desk, ticket_id)
        action = chance.choice(allowed_actions(before["state"], kind))
        try:
            doing[action]()
        except DomainError as error:
            assert error.code == "ticket-callback-open"  # the one refusal that the state does not tell
            assert row(desk, ticket_id) == before
            continue
        check(desk, ticket_id)
        after = row(desk, ticket_id)
        if action is not Action.ARCHIVE and chance.random() < 0.5:
            assert desk.do(undo.undo, ticket_id) == action.value
            undone = row(desk, ticket_id)
            for name in FIELDS:
                if name not in NEVER_LOWERED:
                    assert undone[name] == before[name], (action, name)
            left_the_end = after["state"] in FINAL and before["state"] in OPEN
            assert undone["reopened_count"] >= after["reopened_count"] + left_the_end


def test_every_event_was_queued_for_headquarters_once(desk: Desk) -> None:
    ticket_id = desk.completed()
    desk.do(undo.undo, ticket_id)

    def counts(session: Session) -> tuple[int, int]:
        queued = session.scalar(
            text("SELECT count(DISTINCT row_id) FROM outbox WHERE table_name = 'ticket_event'")
        )
        written = session.scalar(text("SELECT count(*) FROM ticket_event"))
        return int(queued or 0), int(written or 0)

    queued, written = desk.ask(counts)
    assert queued == written == 4
