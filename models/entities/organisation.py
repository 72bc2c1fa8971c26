"""Who works here: departments, staff with their accounts, and permission groups."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.entities.synced import Base, Id, Synced
from models.entities.types import JsonType


class Department(Synced, Base):
    __tablename__ = "department"
    name: Mapped[str]
    kind: Mapped[str]
    phone: Mapped[str | None]
    lead_id: Mapped[Id | None]
    position: Mapped[int] = mapped_column(default=0)


class PermissionGroup(Synced, Base):
    """``rights`` is a list of `models.rules.rights.Right` values."""

    __tablename__ = "permission_group"
    code: Mapped[str]
    name: Mapped[str]
    rights: Mapped[Any] = mapped_column(JsonType())
    is_builtin: Mapped[bool] = mapped_column(default=False)


class Staff(Synced, Base):
    """A person of the service centre; with ``password_hash`` (Argon2id) also an account."""

    __tablename__ = "staff"
    __table_args__ = (Index("ix_staff_staff_no", "staff_no"),)
    staff_no: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str | None]
    department_id: Mapped[Id | None] = mapped_column(ForeignKey("department.id"))
    position_title: Mapped[str | None]
    group_id: Mapped[Id | None] = mapped_column(ForeignKey("permission_group.id"))
    is_active: Mapped[bool] = mapped_column(default=True)
    is_on_duty: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None] = mapped_column(info={"sensitive": True})
    must_change_password: Mapped[bool] = mapped_column(default=True)
