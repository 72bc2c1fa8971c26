"""Figures of the people who do the work: how much, how fast, how satisfied those were whom it
was done for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.entities.callback import Callback
from models.entities.ticket import Ticket
from models.queries.people import people

_RATING_OF = {"satisfied": "satisfied", "fairly": "neutral", "dissatisfied": "dissatisfied"}
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class HandlerFigures:
    """One person in a period. Times are minutes less suspensions; percentages are None where nothing counts.

    ``satisfaction`` is the share of 满意 and 基本满意 among the ratings; a callback's word counts before
    the one on the slip. ``unsolved`` are callbacks that found the work not done.
    """

    staff_id: str
    name: str
    department: str | None
    done: int
    unfixed: int
    median_minutes: int | None
    on_time: float | None
    satisfied: int
    neutral: int
    dissatisfied: int
    satisfaction: float | None
    unsolved: int
    reopened: int


@dataclass(frozen=True, slots=True)
class _Work:
    """What counts of one ticket."""

    id: str
    received_at: datetime
    due_at: datetime | None
    suspended_ms: int
    result: str | None
    rating: str | None
    reopened_count: int
    ended_at: datetime | None


def handler_figures(session: Session, since: datetime, until: datetime) -> list[HandlerFigures]:
    """For tickets received in the period and finished since, by handler, most work first."""
    called = _callback_answers(session, since, until)
    by_handler: dict[str, list[_Work]] = {}
    rows: Any = session.execute(
        select(
            Ticket.handler_id, Ticket.id, Ticket.received_at, Ticket.due_at, Ticket.suspended_ms,
            Ticket.result, Ticket.rating, Ticket.reopened_count,
            func.coalesce(Ticket.completed_at, Ticket.closed_at),
        ).where(
            Ticket.received_at >= since,
            Ticket.received_at < until,
            Ticket.deleted.is_(None),
            Ticket.handler_id.is_not(None),
            Ticket.state != "void",
        )
    )  # fmt: skip
    for handler_id, *values in rows:
        by_handler.setdefault(handler_id or "", []).append(_Work(*values))
    staff = people(session, by_handler)
    found = [
        _figures(staff_id, staff[staff_id].name, staff[staff_id].department, tickets, called)
        for staff_id, tickets in by_handler.items()
        if staff_id in staff
    ]
    return sorted(found, key=lambda one: (-one.done, one.name))


@dataclass(frozen=True, slots=True)
class DepartmentFigures:
    """The people of one department together; ``department`` None: those without one."""

    department: str | None
    people: int
    done: int
    satisfied: int
    neutral: int
    dissatisfied: int
    satisfaction: float | None
    unsolved: int
    reopened: int


def by_department(figures: Sequence[HandlerFigures]) -> list[DepartmentFigures]:
    """The figures of people added up, most work first."""
    groups: dict[str | None, list[HandlerFigures]] = {}
    for one in figures:
        groups.setdefault(one.department, []).append(one)
    found = [_together(department, people_) for department, people_ in groups.items()]
    return sorted(found, key=lambda one: (-one.done, one.department or ""))


def _together(department: str | None, members: Sequence[HandlerFigures]) -> DepartmentFigures:
    satisfied = sum(one.satisfied for one in members)
    neutral = sum(one.neutral for one in members)
    dissatisfied = sum(one.dissatisfied for one in members)
    rated = satisfied + neutral + dissatisfied
    return DepartmentFigures(
        department=department,
        people=len(members),
        done=sum(one.done for one in members),
        satisfied=satisfied,
        neutral=neutral,
        dissatisfied=dissatisfied,
        satisfaction=(satisfied + neutral) / rated if rated else None,
        unsolved=sum(one.unsolved for one in members),
        reopened=sum(one.reopened for one in members),
    )


def _callback_answers(
    session: Session, since: datetime, until: datetime
) -> dict[str, tuple[str | None, bool | None]]:
    rows = session.execute(
        select(Callback.ticket_id, Callback.satisfaction, Callback.solved)
        .join(Ticket, Ticket.id == Callback.ticket_id)
        .where(
            Callback.state == "done",
            Callback.deleted.is_(None),
            Ticket.received_at >= since,
            Ticket.received_at < until,
        )
        .order_by(Callback.called_at)
    )
    return {ticket_id or "": (satisfaction, solved) for ticket_id, satisfaction, solved in rows}


def _figures(
    staff_id: str,
    name: str,
    department: str | None,
    tickets: list[_Work],
    called: dict[str, tuple[str | None, bool | None]],
) -> HandlerFigures:
    done = [(ticket, ticket.ended_at) for ticket in tickets if ticket.ended_at is not None]
    minutes = [_minutes(ticket, at) for ticket, at in done]
    timed = [(ticket.due_at, at) for ticket, at in done if ticket.due_at is not None]
    ratings: Counter[str] = Counter()
    for ticket in tickets:
        satisfaction, _solved = called.get(ticket.id, (None, None))
        rating = _RATING_OF.get(satisfaction or "", ticket.rating)
        if rating:
            ratings[rating] += 1
    rated = sum(ratings.values())
    content = ratings["satisfied"] + ratings["neutral"]
    return HandlerFigures(
        staff_id=staff_id,
        name=name,
        department=department,
        done=len(done),
        unfixed=sum(ticket.result == "unfixed" for ticket, _ in done),
        median_minutes=round(median(minutes)) if minutes else None,
        on_time=sum(at <= due for due, at in timed) / len(timed) if timed else None,
        satisfied=ratings["satisfied"],
        neutral=ratings["neutral"],
        dissatisfied=ratings["dissatisfied"],
        satisfaction=content / rated if rated else None,
        unsolved=sum(called.get(ticket.id, (None, None))[1] is False for ticket in tickets),
        reopened=sum(ticket.reopened_count > 0 for ticket in tickets),
    )


def _minutes(ticket: _Work, ended_at: datetime) -> float:
    worked = ended_at - ticket.received_at - ticket.suspended_ms * _MILLISECOND
    return max(worked, timedelta(0)).total_seconds() / 60
