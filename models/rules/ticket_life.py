"""The life of a ticket (工单) as an explicit state machine: states, actions, what each needs and leads to.

受理 → 派单 → 接单 → 处理中 → 办结 → 归档, with 退单 (sent back), 转单 (passed on), 挂起 (suspended: the
clock stops), 催单 (chased), 重开 (reopened), 作废 (void, with reason). Enquiries may be answered and
closed at the desk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.errors import DomainError
from models.rules.rights import Right


class State(StrEnum):
    """Where a ticket stands."""

    RECEIVED = "received"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in_progress"
    SUSPENDED = "suspended"
    SENT_BACK = "sent_back"
    COMPLETED = "completed"
    CLOSED = "closed"
    """Answered at the desk, never dispatched."""
    ARCHIVED = "archived"
    VOID = "void"


class Action(StrEnum):
    """What can be done to a ticket; also the kind of the event that records it."""

    ANSWER = "answer"
    DISPATCH = "dispatch"
    PASS_ON = "pass_on"  # noqa: S105 - 转单, no password
    ACCEPT = "accept"
    SEND_BACK = "send_back"
    ARRIVE = "arrive"
    PROGRESS = "progress"
    FIRST_ANSWER = "first_answer"
    CHASE = "chase"
    SUSPEND = "suspend"
    RESUME = "resume"
    COMPLETE = "complete"
    RATE = "rate"
    REOPEN = "reopen"
    ARCHIVE = "archive"
    VOID = "void"


OPEN: frozenset[State] = frozenset(
    {
        State.RECEIVED,
        State.DISPATCHED,
        State.ACCEPTED,
        State.IN_PROGRESS,
        State.SUSPENDED,
        State.SENT_BACK,
    }
)
FINAL: frozenset[State] = frozenset(State) - OPEN
WAITING: frozenset[State] = frozenset({State.RECEIVED, State.DISPATCHED, State.SENT_BACK})
"""未接单: nobody works on it yet."""
WITH_CREW: frozenset[State] = frozenset({State.DISPATCHED, State.ACCEPTED, State.IN_PROGRESS})
DESK_ANSWERED_KINDS: frozenset[str] = frozenset({"enquiry", "suggestion", "praise"})
"""Kinds that the desk may answer and close without sending anybody."""

_SAME = None
"""The action leaves the state as it is."""
_BEFORE = State.RECEIVED
"""Stands for the state before the suspension, which the caller names."""

_TRANSITIONS: Mapping[Action, Mapping[State, State | None]] = {
    Action.ANSWER: {State.RECEIVED: State.CLOSED, State.SENT_BACK: State.CLOSED},
    Action.DISPATCH: {State.RECEIVED: State.DISPATCHED, State.SENT_BACK: State.DISPATCHED},
    Action.PASS_ON: dict.fromkeys(WITH_CREW | {State.SUSPENDED}, State.DISPATCHED),
    Action.ACCEPT: {State.DISPATCHED: State.ACCEPTED},
    Action.SEND_BACK: dict.fromkeys(WITH_CREW, State.SENT_BACK),
    Action.ARRIVE: dict.fromkeys(WITH_CREW, State.IN_PROGRESS),
    Action.PROGRESS: {
        State.RECEIVED: _SAME,
        State.DISPATCHED: State.IN_PROGRESS,
        State.ACCEPTED: State.IN_PROGRESS,
        State.IN_PROGRESS: _SAME,
        State.SUSPENDED: _SAME,
        State.SENT_BACK: _SAME,
    },
    Action.FIRST_ANSWER: dict.fromkeys(OPEN, _SAME),
    Action.CHASE: dict.fromkeys(OPEN, _SAME),
    Action.SUSPEND: dict.fromkeys(OPEN - {State.SUSPENDED}, State.SUSPENDED),
    Action.RESUME: {State.SUSPENDED: _BEFORE},
    Action.COMPLETE: dict.fromkeys(WITH_CREW | {State.SUSPENDED}, State.COMPLETED),
    Action.RATE: {State.COMPLETED: _SAME, State.CLOSED: _SAME, State.ARCHIVED: _SAME},
    Action.REOPEN: {
        State.COMPLETED: State.RECEIVED,
        State.CLOSED: State.RECEIVED,
        State.ARCHIVED: State.RECEIVED,
    },
    Action.ARCHIVE: dict.fromkeys((State.COMPLETED, State.CLOSED, State.VOID), State.ARCHIVED),
    Action.VOID: dict.fromkeys(OPEN, State.VOID),
}

_NEEDED: Mapping[Action, tuple[str, ...]] = {
    Action.ANSWER: ("resolution",),
    Action.DISPATCH: ("department_id", "task", "due_at", "contact", "contact_phone"),
    Action.PASS_ON: ("department_id", "task", "due_at", "contact", "contact_phone", "reason"),
    Action.SEND_BACK: ("reason",),
    Action.PROGRESS: ("text",),
    Action.FIRST_ANSWER: ("text",),
    Action.SUSPEND: ("reason",),
    Action.COMPLETE: ("result", "proof"),
    Action.RATE: ("rating",),
    Action.REOPEN: ("reason",),
    Action.VOID: ("reason",),
}
RESULTS = ("fixed", "unfixed")

RIGHTS: Mapping[Action, Right] = {
    Action.ANSWER: Right.TICKET_COMPLETE,
    Action.DISPATCH: Right.TICKET_DISPATCH,
    Action.PASS_ON: Right.TICKET_DISPATCH,
    Action.ACCEPT: Right.TICKET_PROGRESS,
    Action.SEND_BACK: Right.TICKET_PROGRESS,
    Action.ARRIVE: Right.TICKET_PROGRESS,
    Action.PROGRESS: Right.TICKET_PROGRESS,
    Action.FIRST_ANSWER: Right.TICKET_PROGRESS,
    Action.CHASE: Right.TICKET_PROGRESS,
    Action.SUSPEND: Right.TICKET_PROGRESS,
    Action.RESUME: Right.TICKET_PROGRESS,
    Action.COMPLETE: Right.TICKET_COMPLETE,
    Action.RATE: Right.TICKET_COMPLETE,
    Action.REOPEN: Right.TICKET_REOPEN,
    Action.ARCHIVE: Right.TICKET_DISPATCH,
    Action.VOID: Right.TICKET_VOID,
}

UNDOABLE: frozenset[Action] = frozenset(Action) - {Action.ARCHIVE}
"""Steps that may be taken back; the history keeps both the step and its undoing."""


@dataclass(frozen=True, slots=True)
class Step:
    """What an action does: the event's kind and the states on both sides."""

    action: Action
    from_state: State
    to_state: State
    is_leaving_final: bool
    """The ticket was over and is open again: ``reopened_count`` grows, so that no stale end wins a merge."""


def allowed_actions(state: str, kind: str) -> list[Action]:
    """The actions a ticket of this kind offers in this state, in the order of the enum."""
    here = State(state)
    return [
        action
        for action in Action
        if here in _TRANSITIONS[action] and (action is not Action.ANSWER or kind in DESK_ANSWERED_KINDS)
    ]


def is_allowed(action: Action, state: str, kind: str) -> bool:
    """Whether the action is possible at all here, whatever it is given."""
    return action in allowed_actions(state, kind)


def missing(action: Action, given: Mapping[str, object]) -> list[str]:
    """Names of what the action must state and does not. Blank text counts as nothing.

    Completion needs proof (处理凭证): ``proof`` is true when a record of the work or a picture is there;
    unfinished work also needs its ``unfinished_reason``.
    """
    needed = list(_NEEDED.get(action, ()))
    if action is Action.COMPLETE and given.get("result") == "unfixed":
        needed.append("unfinished_reason")
    return [name for name in needed if _is_blank(given.get(name))]


def _is_blank(value: object) -> bool:
    return value is None or value is False or (isinstance(value, str) and not value.strip())


def apply(
    action: Action, state: str, kind: str, given: Mapping[str, object], before_suspension: str | None = None
) -> Step:
    """The step that ``action`` makes.

    Raises DomainError ``ticket-action-not-allowed`` (action, state) or ``ticket-field-missing``
    (action, fields).
    """
    here = State(state)
    if not is_allowed(action, state, kind):
        raise DomainError("ticket-action-not-allowed", action=action.value, state=here.value)
    lacking = missing(action, given)
    if lacking:
        raise DomainError("ticket-field-missing", action=action.value, fields=lacking)
    if action is Action.COMPLETE and given.get("result") not in RESULTS:
        raise DomainError("ticket-field-missing", action=action.value, fields=["result"])
    target = _TRANSITIONS[action][here]
    if action is Action.RESUME:
        target = State(before_suspension) if before_suspension else State.IN_PROGRESS
        if target not in OPEN or target is State.SUSPENDED:
            target = State.IN_PROGRESS
    to_state = here if target is None else target
    return Step(action, here, to_state, is_leaving_final=here in FINAL and to_state in OPEN)


def order(state: str, reopened_count: int) -> tuple[int, int]:
    """Rank for merging two desks' edits: of two concurrent states the higher rank stays, equal ranks go by
    stamp.

    A finished, void or archived ticket outranks every open state of the same round, so that a stale
    "accepted" cannot reopen it; a reopening starts a new round (``reopened_count``) and outranks the end
    of the last. An unknown state of a newer version ranks as open.
    """
    if state == State.ARCHIVED:
        return reopened_count, 2
    return reopened_count, 1 if state in FINAL else 0


def keeps_current(current: str, current_round: int, incoming: str, incoming_round: int) -> bool:
    """Whether the current state outranks an incoming one whatever their stamps say."""
    return order(current, current_round) > order(incoming, incoming_round)
