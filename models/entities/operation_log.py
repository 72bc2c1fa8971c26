"""The operation log: every change and every reveal, never edited."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from models.entities.synced import Base, Id, Instant, Synced
from models.entities.types import JsonType


class OperationLog(Synced, Base):
    __tablename__ = "operation_log"
    __table_args__ = (Index("ix_operation_log_row", "row_id"), Index("ix_operation_log_at", "at"))
    is_logged: ClassVar[bool] = False
    at: Mapped[Instant]
    staff_id: Mapped[Id | None]
    staff_name: Mapped[str]
    desk: Mapped[str]
    operation: Mapped[str]
    """The service that did it, as ``module.function``."""
    table_name: Mapped[str | None]
    row_id: Mapped[Id | None]
    row_label: Mapped[str | None]
    changes: Mapped[Any | None] = mapped_column(JsonType())
    """{field: [old, new]}; sensitive fields show ``***``."""
