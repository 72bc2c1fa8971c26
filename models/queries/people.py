"""Names of staff and departments for those who show ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.entities.organisation import Department, Staff


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff as a reader sees one. The phone is the service centre's own, so it is
    shown in full.
    """

    id: str
    name: str
    phone: str | None
    department: str | None


def people(session: Session, staff_ids: Iterable[str | None]) -> dict[str, Person]:
    """Id → person; former staff keep their names in histories."""
    wanted = {staff_id for staff_id in staff_ids if staff_id}
    if not wanted:
        return {}
    rows = session.execute(
        select(Staff.id, Staff.name, Staff.phone, Department.name)
        .outerjoin(Department, Department.id == Staff.department_id)
        .where(Staff.id.in_(wanted))
    )
    return {row[0]: Person(*row) for row in rows}


def department_names(session: Session) -> dict[str, str]:
    """Id → name of every department, former ones too."""
    return {row[0]: row[1] for row in session.execute(select(Department.id, Department.name))}
