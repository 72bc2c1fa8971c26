"""Synced settings: parameters, import mappings, and conflicts that headquarters found."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from models.entities.synced import Base, Id, Instant, Synced
from models.entities.types import JsonType


class ParameterValue(Synced, Base):
    """A parameter an administrator changed; what is not here has the default of `models.parameters`."""

    __tablename__ = "parameter"
    key: Mapped[str]
    value: Mapped[Any] = mapped_column(JsonType())

    def described(self) -> str:
        return self.key


class ImportMapping(Synced, Base):
    """What the columns of a kind of workbook mean, saved by name."""

    __tablename__ = "import_mapping"
    name: Mapped[str]
    mapping: Mapped[Any] = mapped_column(JsonType())


class Conflict(Synced, Base):
    """Two desks edited one field at once: both values, who, when, and what became of it."""

    __tablename__ = "conflict"
    __table_args__ = (Index("ix_conflict_state", "state"), Index("ix_conflict_row", "row_id"))
    is_logged: ClassVar[bool] = True
    table_name: Mapped[str]
    row_id: Mapped[Id]
    field: Mapped[str]
    kept_value: Mapped[Any | None] = mapped_column(JsonType(), info={"sensitive": True})
    lost_value: Mapped[Any | None] = mapped_column(JsonType(), info={"sensitive": True})
    kept_by: Mapped[str | None]
    lost_by: Mapped[str | None]
    kept_at: Mapped[Instant]
    lost_at: Mapped[Instant]
    reason: Mapped[str] = mapped_column(default="concurrent")
    """Which rule decided: ``concurrent`` (higher stamp), ``rank`` (state rule), ``revived`` (delete lost)."""
    state: Mapped[str] = mapped_column(default="open")
    resolved_by: Mapped[Id | None]
    resolved_at: Mapped[Instant | None]

    def described(self) -> str:
        return f"{self.table_name}.{self.field}"
