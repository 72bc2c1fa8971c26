"""Whom to send: departments by duty, their people by load, for the dispatch form."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.entities.organisation import Department, Staff
from models.entities.ticket import Ticket
from models.queries.categories import category_facts
from models.rules.dispatch_rules import DepartmentOption, StaffLoad, by_duty, by_load
from models.rules.ticket_life import OPEN

_OPEN = sorted(state.value for state in OPEN)


@dataclass(frozen=True, slots=True)
class StaffChoice:
    """A person with the open tickets in hand; ``load`` weighs them by priority."""

    id: str
    name: str
    phone: str | None
    is_on_duty: bool
    open_tickets: int
    load: int


@dataclass(frozen=True, slots=True)
class DepartmentChoice:
    """A department with its people, the one to send first on top; ``is_by_duty``: the rule names it."""

    id: str
    name: str
    kind: str
    phone: str | None
    is_by_duty: bool
    staff: tuple[StaffChoice, ...]


def dispatch_choices(session: Session, kind: str, category_id: str | None) -> list[DepartmentChoice]:
    """All departments, those whose duty it is first; the form pre-selects the first with its first person."""
    departments = session.scalars(
        select(Department).where(Department.deleted.is_(None)).order_by(Department.position, Department.name)
    ).all()
    facts = category_facts(session, category_id)
    options = [DepartmentOption(one.id, one.kind, one.position) for one in departments]
    duty = [one.department_id for one in by_duty(kind, facts.department_id if facts else None, options)]
    loads, names = staff_loads(session)
    ordered = sorted(
        departments, key=lambda one: duty.index(one.id) if one.id in duty else len(duty) + one.position
    )
    return [
        DepartmentChoice(
            one.id,
            one.name,
            one.kind,
            one.phone,
            one.id in duty,
            tuple(_choice(load, names) for load in by_load(one.id, loads)),
        )
        for one in ordered
    ]


def staff_loads(session: Session) -> tuple[list[StaffLoad], dict[str, tuple[str, str | None]]]:
    """Every active person with the open tickets in hand, and id → (name, phone)."""
    counted: dict[str, Counter[str]] = {}
    rows = session.execute(
        select(Ticket.handler_id, Ticket.priority, func.count())
        .where(Ticket.state.in_(_OPEN), Ticket.deleted.is_(None), Ticket.handler_id.is_not(None))
        .group_by(Ticket.handler_id, Ticket.priority)
    )
    for handler_id, priority, count in rows:
        counted.setdefault(handler_id or "", Counter())[priority] += count
    staff = session.scalars(select(Staff).where(Staff.deleted.is_(None), Staff.is_active)).all()
    loads = [
        StaffLoad(one.id, one.department_id, one.is_on_duty, dict(counted.get(one.id, {}))) for one in staff
    ]
    return loads, {one.id: (one.name, one.phone) for one in staff}


def _choice(load: StaffLoad, names: dict[str, tuple[str, str | None]]) -> StaffChoice:
    name, phone = names[load.staff_id]
    return StaffChoice(
        load.staff_id, name, phone, load.is_on_duty, sum(load.open_by_priority.values()), load.load
    )
