"""The drafts of this desk, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.entities.local import Draft


@dataclass(frozen=True, slots=True)
class DraftItem:
    """One interrupted form; ``data`` is what it held."""

    id: str
    kind: str
    staff_id: str | None
    data: Mapping[str, Any]
    started_at: datetime
    updated_at: datetime


def drafts(session: Session, kind: str = "ticket") -> list[DraftItem]:
    """All drafts of a kind, whoever typed them: the next shift finds what the last one left."""
    rows = session.scalars(
        select(Draft).where(Draft.kind == kind).order_by(Draft.updated_at.desc(), Draft.id.desc())
    )
    return [
        DraftItem(row.id, row.kind, row.staff_id, dict(row.data), row.started_at, row.updated_at)
        for row in rows
    ]
