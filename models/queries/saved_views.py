"""The saved views of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.entities.local import SavedView


@dataclass(frozen=True, slots=True)
class View:
    """A filter under a name."""

    id: str
    name: str
    filter: Mapping[str, Any]


def saved_views(session: Session, page: str) -> list[View]:
    """In the order that the user gave them."""
    rows = session.scalars(
        select(SavedView).where(SavedView.page == page).order_by(SavedView.position, SavedView.name)
    )
    return [View(row.id, row.name, dict(row.filter)) for row in rows]
