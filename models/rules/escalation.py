"""Escalation (升级): a repair not handled within 24 h rises by itself, a second level rises further."""

from __future__ import annotations

from datetime import datetime, timedelta

from models import parameters as p
from models.parameters import Parameters
from models.rules.ticket_life import OPEN, State

HIGHEST = 2
ESCALATING_KINDS = frozenset({"repair", "help", "complaint"})


def level(
    kind: str,
    state: str,
    received_at: datetime,
    now: datetime,
    parameters: Parameters,
    *,
    suspended: timedelta = timedelta(0),
) -> int:
    """0, 1 or 2: how far the ticket has risen at ``now``; the time of suspensions does not count.

    Tickets that are over or suspended keep still (0 means: nothing more to do). The caller never lowers a
    level that was reached.
    """
    if state not in OPEN or state == State.SUSPENDED or kind not in ESCALATING_KINDS:
        return 0
    open_for = now - received_at - suspended
    first = timedelta(hours=parameters.get(p.ESCALATE_FIRST))
    second = first + timedelta(hours=parameters.get(p.ESCALATE_SECOND))
    return 2 if open_for >= second else 1 if open_for >= first else 0


def earliest(now: datetime, parameters: Parameters) -> datetime:
    """Tickets received after this moment cannot have risen yet: the sweep need not look at them."""
    return now - timedelta(hours=parameters.get(p.ESCALATE_FIRST))


def is_overdue(state: str, due_at: datetime | None, now: datetime) -> bool:
    """Whether an open ticket is past its deadline; a suspended one is not, its clock stands."""
    return due_at is not None and state in OPEN and state != State.SUSPENDED and now > due_at


def remaining(state: str, due_at: datetime | None, now: datetime) -> timedelta | None:
    """Time left until the deadline (negative: overdue); None where no clock runs."""
    if due_at is None or state not in OPEN or state == State.SUSPENDED:
        return None
    return due_at - now
