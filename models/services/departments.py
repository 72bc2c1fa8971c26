"""Departments: whom a request can be sent to."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from models.entities import Category, Department, Staff
from models.errors import DomainError
from models.rules.rights import Right
from models.services.editing import Fields, Values, apply, choice, create, reference, text, whole
from models.work import Work

FIELDS: Fields = {
    "name": text(30, is_required=True),
    "kind": choice("department.kind", is_required=True),
    "phone": text(30),
    "lead_id": reference(Staff),
    "position": whole(0, 10_000),
}


def create_department(work: Work, values: Values) -> str:
    """Its id."""
    work.require(Right.STAFF)
    last = work.session.scalar(select(func.max(Department.position)))
    place = {} if values.get("position") is not None else {"position": (last or 0) + 1}
    return create(work, Department, FIELDS, {**values, **place}).id


def edit_department(work: Work, department_id: str, changes: Values, expected: Values | None = None) -> None:
    work.require(Right.STAFF)
    apply(work, work.get(Department, department_id), FIELDS, changes, expected)


def order_departments(work: Work, order: Sequence[str]) -> None:
    """Put the departments into this order of ids; those not named keep theirs, after them."""
    work.require(Right.STAFF)
    places = {department_id: place for place, department_id in enumerate(order)}
    chosen = select(Department).where(Department.deleted.is_(None)).order_by(Department.position)
    rows = sorted(work.session.scalars(chosen), key=lambda row: places.get(row.id, len(places)))
    for position, row in enumerate(rows):
        row.position = position
    work.session.flush()


def delete_department(work: Work, department_id: str) -> None:
    """Raises ``department-in-use`` while people or categories belong to it; tickets keep its name."""
    work.require(Right.STAFF)
    row = work.get(Department, department_id)
    for kind in (Staff, Category):
        used = select(kind.name).where(kind.department_id == department_id, kind.deleted.is_(None))
        names = work.session.scalars(used.limit(3)).all()
        if names:
            raise DomainError("department-in-use", name=row.name, used="、".join(names))
    work.delete(row)
