"""People, groups and departments for the settings page, and the tag library."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.entities import (
    Department,
    PermissionGroup,
    ResidentTag,
    SignInState,
    Staff,
    Tag,
)
from models.rules.rights import Right, read_rights


@dataclass(frozen=True, slots=True)
class StaffRow:
    """``locked_until`` speaks of this desk; ``phone`` is a work number and not masked."""

    id: str
    staff_no: str
    name: str
    phone: str | None
    department_id: str | None
    department: str
    position_title: str | None
    group_id: str | None
    group: str
    is_active: bool
    is_on_duty: bool
    has_password: bool
    must_change_password: bool
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class GroupRow:
    """``is_builtin``: cannot be deleted."""

    id: str
    code: str
    name: str
    rights: frozenset[Right]
    is_builtin: bool
    members: int


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    id: str
    name: str
    kind: str
    phone: str | None
    lead_id: str | None
    lead: str
    position: int
    members: int


@dataclass(frozen=True, slots=True)
class LibraryTag:
    """A tag of the library; ``count`` residents bear it."""

    id: str
    name: str
    category: str | None
    count: int


def staff_rows(session: Session, *, with_inactive: bool = True) -> tuple[StaffRow, ...]:
    """Everybody by staff number, those out of use last."""
    rows = session.execute(
        select(Staff, Department.name, PermissionGroup.name, SignInState.locked_until)
        .outerjoin(Department, Department.id == Staff.department_id)
        .outerjoin(PermissionGroup, PermissionGroup.id == Staff.group_id)
        .outerjoin(SignInState, SignInState.staff_id == Staff.id)
        .where(Staff.deleted.is_(None))
        .order_by(Staff.is_active.desc(), Staff.staff_no)
    )
    return tuple(
        StaffRow(
            id=staff.id,
            staff_no=staff.staff_no,
            name=staff.name,
            phone=staff.phone,
            department_id=staff.department_id,
            department=department or "",
            position_title=staff.position_title,
            group_id=staff.group_id,
            group=group or "",
            is_active=staff.is_active,
            is_on_duty=staff.is_on_duty,
            has_password=staff.password_hash is not None,
            must_change_password=staff.must_change_password,
            locked_until=locked_until,
        )
        for staff, department, group, locked_until in rows
        if with_inactive or staff.is_active
    )


def group_rows(session: Session) -> tuple[GroupRow, ...]:
    """The built-in groups first, then own ones by name."""
    counts = _counts(session, Staff.group_id)
    chosen = select(PermissionGroup).where(PermissionGroup.deleted.is_(None))
    return tuple(
        GroupRow(
            id=row.id,
            code=row.code,
            name=row.name,
            rights=frozenset(Right) if row.code == "admin" else read_rights(row.rights),
            is_builtin=row.is_builtin,
            members=counts.get(row.id, 0),
        )
        for row in session.scalars(
            chosen.order_by(PermissionGroup.is_builtin.desc(), PermissionGroup.name, PermissionGroup.id)
        )
    )


def department_rows(session: Session) -> tuple[DepartmentRow, ...]:
    """In the order of the settings."""
    counts = _counts(session, Staff.department_id)
    rows = session.execute(
        select(Department, Staff.name)
        .outerjoin(Staff, Staff.id == Department.lead_id)
        .where(Department.deleted.is_(None))
        .order_by(Department.position, Department.name)
    )
    return tuple(
        DepartmentRow(
            row.id,
            row.name,
            row.kind,
            row.phone,
            row.lead_id,
            lead or "",
            row.position,
            counts.get(row.id, 0),
        )
        for row, lead in rows
    )


def tag_library(session: Session) -> tuple[LibraryTag, ...]:
    """Every tag by category and name."""
    borne = (
        select(ResidentTag.tag_id, func.count(ResidentTag.resident_id.distinct()).label("count"))
        .where(ResidentTag.deleted.is_(None))
        .group_by(ResidentTag.tag_id)
        .subquery()
    )
    rows = session.execute(
        select(Tag.id, Tag.name, Tag.category, func.coalesce(borne.c.count, 0))
        .outerjoin(borne, borne.c.tag_id == Tag.id)
        .where(Tag.deleted.is_(None))
        .order_by(Tag.category.is_(None), Tag.category, Tag.name)
    )
    return tuple(LibraryTag(*row) for row in rows)


def _counts(session: Session, column: object) -> dict[str, int]:
    rows = session.execute(
        select(column, func.count())  # type: ignore[call-overload]
        .where(Staff.deleted.is_(None), Staff.is_active.is_(True))
        .group_by(column)
    )
    return {key: count for key, count in rows if key is not None}
