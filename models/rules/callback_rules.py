"""Which callbacks (回访) are due, when, and why; who is left alone, for what reason and until when.

Rates†: complaints 100 % within 3 days; leaks and in-home repairs 100 %; other repairs a 30 % sample. A visit
three months after moving in, not for customers with a major complaint, rooms being decorated, or people who
have not really moved in. Numbers are parameters.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from models import parameters as p
from models.parameters import Parameters
from models.rules.ticket_life import FINAL, State
from models.rules.warranty import add_months

CALLED_BACK: frozenset[State] = FINAL - {State.VOID}
"""Where a ticket stands when its household is called back: the work is over, and there was work."""


class CallbackKind(StrEnum):
    COMPLETION = "completion"
    COMPLAINT_FOLLOWUP = "complaint_followup"
    MOVE_IN = "move_in"


class Reason(StrEnum):
    """Why a callback is due (or, the last ones, why none is)."""

    COMPLAINT_ALL = "complaint_all"
    LEAK_ALL = "leak_all"
    IN_HOME_ALL = "in_home_all"
    REPAIR_SAMPLED = "repair_sampled"
    REQUEST = "request"
    ENQUIRY = "enquiry"
    UNFIXED = "unfixed"
    """Work ended without a repair: always asked after."""
    MOVED_IN = "moved_in"
    NOT_SAMPLED = "not_sampled"
    NOBODY_TO_CALL = "nobody_to_call"


class Exclusion(StrEnum):
    """Why a household is not visited after moving in."""

    MAJOR_COMPLAINT = "major_complaint"
    DECORATING = "decorating"
    NOT_MOVED_IN = "not_moved_in"


@dataclass(frozen=True, slots=True)
class FinishedTicket:
    """What the rule needs to know of a finished ticket."""

    ticket_id: str
    kind: str
    completed_on: date
    is_leak: bool
    is_in_home: bool
    is_fixed: bool
    has_caller: bool


@dataclass(frozen=True, slots=True)
class Due:
    """The decision: ``due_on`` None means that no callback is made, for ``reason``."""

    kind: CallbackKind
    due_on: date | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Household:
    """What the move-in rule needs to know of a room and its people on one day."""

    moved_in_on: date
    room_state: str
    major_complaint: str | None
    decoration_started_on: date | None = None
    decoration_ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Excluded:
    """An exclusion with the day it ends; ``is_open_ended``: that day is only when to look again."""

    reason: Exclusion
    until: date
    is_open_ended: bool


def sample_point(ticket_id: str) -> float:
    """A fixed point in 0…100 for each ticket: every desk and every recount draws the same sample."""
    digest = hashlib.sha256(f"callback:{ticket_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 * 100


def is_sampled(ticket_id: str, percent: int) -> bool:
    """Whether a ticket belongs to a sample of so many per cent; a larger sample contains every
    smaller one.
    """
    return sample_point(ticket_id) < percent


def after_completion(ticket: FinishedTicket, parameters: Parameters) -> Due:
    """Whether, when and why a finished ticket is called back."""
    reason, percent = _rate(ticket, parameters)
    is_complaint = ticket.kind == "complaint"
    kind = CallbackKind.COMPLAINT_FOLLOWUP if is_complaint else CallbackKind.COMPLETION
    days = parameters.get(p.CALLBACK_COMPLAINT_DAYS if is_complaint else p.CALLBACK_DAYS)
    if not ticket.has_caller:
        return Due(kind, None, Reason.NOBODY_TO_CALL)
    if not is_sampled(ticket.ticket_id, percent):
        return Due(kind, None, Reason.NOT_SAMPLED)
    return Due(kind, ticket.completed_on + timedelta(days=days), reason)


def _rate(ticket: FinishedTicket, parameters: Parameters) -> tuple[Reason, int]:
    if ticket.kind == "complaint":
        return Reason.COMPLAINT_ALL, parameters.get(p.CALLBACK_COMPLAINT_RATE)
    if not ticket.is_fixed:
        return Reason.UNFIXED, 100
    if ticket.kind == "repair":
        if ticket.is_leak:
            return Reason.LEAK_ALL, parameters.get(p.CALLBACK_HOME_RATE)
        if ticket.is_in_home:
            return Reason.IN_HOME_ALL, parameters.get(p.CALLBACK_HOME_RATE)
        return Reason.REPAIR_SAMPLED, parameters.get(p.CALLBACK_OTHER_RATE)
    if ticket.kind in {"enquiry", "praise"}:
        return Reason.ENQUIRY, parameters.get(p.CALLBACK_ENQUIRY_RATE)
    return Reason.REQUEST, parameters.get(p.CALLBACK_REQUEST_RATE)


def move_in_due(moved_in_on: date, parameters: Parameters) -> date:
    """The day of the visit three months after moving in."""
    return add_months(moved_in_on, parameters.get(p.MOVE_IN_MONTHS))


def exclusion(household: Household, on: date, parameters: Parameters) -> Excluded | None:
    """Why this household is not visited on that day, the weightiest reason first; None: it is visited."""
    again = on + timedelta(days=parameters.get(p.RECHECK_DAYS))
    if household.major_complaint:
        return Excluded(Exclusion.MAJOR_COMPLAINT, again, is_open_ended=True)
    started, ends = household.decoration_started_on, household.decoration_ends_on
    if started is not None and started <= on and (ends is None or ends >= on):
        return Excluded(Exclusion.DECORATING, ends or again, is_open_ended=ends is None)
    if household.room_state == "decorating":
        return Excluded(Exclusion.DECORATING, again, is_open_ended=True)
    if household.room_state in {"undelivered", "to_decorate", "vacant"}:
        return Excluded(Exclusion.NOT_MOVED_IN, again, is_open_ended=True)
    return None


def is_late(due_on: date, today: date) -> bool:
    """Being late for a visit: ring beforehand, apologise, agree a new time, tell the coordinator (统筹岗)."""
    return today > due_on


def report_due(round_ended_on: date, parameters: Parameters) -> date:
    """The day by which the analysis report (回访分析报告) of a round is handed in."""
    return round_ended_on + timedelta(days=parameters.get(p.CALLBACK_REPORT_DAYS))
