from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import DomainError
from models.rules.ticket_life import (
    FINAL,
    OPEN,
    RIGHTS,
    Action,
    State,
    allowed_actions,
    apply,
    is_allowed,
    keeps_current,
    missing,
    order,
)

DISPATCH = {
    "department_id": "d", "task": "止水", "due_at": 1, "contact": "吴学文", "contact_phone": "18909711443",
}  # fmt: skip
EVERYTHING: dict[str, object] = DISPATCH | {
    "reason": "x", "text": "x", "resolution": "x", "result": "fixed", "proof": True, "rating": "satisfied",
}  # fmt: skip


def test_the_whole_way_of_a_repair() -> None:
    state: str = State.RECEIVED
    for action, expected in (
        (Action.DISPATCH, State.DISPATCHED),
        (Action.ACCEPT, State.ACCEPTED),
        (Action.ARRIVE, State.IN_PROGRESS),
        (Action.PROGRESS, State.IN_PROGRESS),
        (Action.CHASE, State.IN_PROGRESS),
        (Action.COMPLETE, State.COMPLETED),
        (Action.ARCHIVE, State.ARCHIVED),
    ):
        state = apply(action, state, "repair", EVERYTHING).to_state
        assert state == expected


@pytest.mark.parametrize("left_out", sorted(DISPATCH))
def test_a_dispatch_states_task_deadline_contact_and_phone(left_out: str) -> None:
    with pytest.raises(DomainError) as caught:
        apply(
            Action.DISPATCH,
            "received",
            "repair",
            DISPATCH | {left_out: "  " if left_out != "due_at" else None},
        )
    assert caught.value.code == "ticket-field-missing"
    assert caught.value.values["fields"] == [left_out]


def test_no_false_completion() -> None:
    assert missing(Action.COMPLETE, {"result": "fixed", "proof": False}) == ["proof"]
    assert missing(Action.COMPLETE, {"result": "unfixed", "proof": True}) == ["unfinished_reason"]
    assert missing(Action.COMPLETE, {"proof": True}) == ["result"]
    with pytest.raises(DomainError):
        apply(Action.COMPLETE, "in_progress", "repair", {"result": "perhaps", "proof": True})


@pytest.mark.parametrize("action", [Action.VOID, Action.SUSPEND, Action.SEND_BACK, Action.REOPEN])
def test_these_need_a_reason(action: Action) -> None:
    assert missing(action, {"reason": " "}) == ["reason"]
    assert missing(action, {"reason": "等配件"}) == []


def test_only_enquiries_and_their_like_are_answered_at_the_desk() -> None:
    assert apply(Action.ANSWER, "received", "enquiry", EVERYTHING).to_state is State.CLOSED
    with pytest.raises(DomainError, match="ticket-action-not-allowed"):
        apply(Action.ANSWER, "received", "repair", EVERYTHING)
    with pytest.raises(DomainError):
        apply(Action.ANSWER, "dispatched", "enquiry", EVERYTHING)


def test_a_resumed_ticket_is_where_it_was() -> None:
    for before in OPEN - {State.SUSPENDED}:
        assert apply(Action.SUSPEND, before, "repair", EVERYTHING).to_state is State.SUSPENDED
        assert apply(Action.RESUME, "suspended", "repair", {}, before).to_state is before
    assert apply(Action.RESUME, "suspended", "repair", {}, "archived").to_state is State.IN_PROGRESS
    assert apply(Action.RESUME, "suspended", "repair", {}).to_state is State.IN_PROGRESS


def test_what_is_over_only_reopens_archives_or_is_rated() -> None:
    for state in FINAL:
        assert set(allowed_actions(state, "repair")) <= {Action.REOPEN, Action.ARCHIVE, Action.RATE}
    assert allowed_actions("void", "repair") == [Action.ARCHIVE]
    assert apply(Action.REOPEN, "completed", "repair", EVERYTHING).is_leaving_final


def test_every_action_has_a_right_and_happens_somewhere() -> None:
    assert set(RIGHTS) == set(Action)
    for action in Action:
        assert any(is_allowed(action, state, "enquiry") for state in State)


def test_a_stale_accepted_does_not_reopen_but_a_reopening_does() -> None:
    assert keeps_current("completed", 0, "accepted", 0)
    assert keeps_current("archived", 0, "completed", 0)
    assert not keeps_current("completed", 0, "received", 1)
    assert keeps_current("received", 1, "archived", 0)
    assert not keeps_current("accepted", 0, "in_progress", 0)
    assert order("a newer version's state", 0) == (0, 0)


@given(st.sampled_from(State), st.sampled_from(Action), st.sampled_from(["repair", "enquiry", "praise"]))
def test_a_step_from_an_end_to_an_open_state_is_always_marked(
    state: State, action: Action, kind: str
) -> None:
    if not is_allowed(action, state, kind):
        with pytest.raises(DomainError):
            apply(action, state, kind, EVERYTHING)
        return
    step = apply(action, state, kind, EVERYTHING, State.ACCEPTED)
    assert step.is_leaving_final == (state in FINAL and step.to_state in OPEN)
    if not step.is_leaving_final:
        assert order(step.to_state, 0) >= order(state, 0)
