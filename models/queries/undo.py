"""Which step of a ticket could be taken back: the last one that changed it and was not taken back already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.entities.ticket import TicketEvent
from models.rules.ticket_life import UNDOABLE

EDIT = "edit"
UNDO = "undo"
_UNDOABLE_KINDS = {action.value for action in UNDOABLE} | {EDIT}
_BESIDE = frozenset({"print", "attach", "charge", "charge_void", "escalate", "overdue", "renumber"})
"""Events that stand beside the steps: they neither are undone nor hinder it."""


@dataclass(frozen=True, slots=True)
class UndoCandidate:
    """The step; ``before`` is field → stored value of what it replaced."""

    event_id: str
    kind: str
    at: datetime
    staff_id: str | None
    to_state: str | None
    before: Mapping[str, Any]


def undo_candidate(session: Session, ticket_id: str) -> UndoCandidate | None:
    """The step that an undo would take back, or None if the last one cannot be."""
    events = session.scalars(
        select(TicketEvent)
        .where(TicketEvent.ticket_id == ticket_id, TicketEvent.deleted.is_(None))
        .order_by(TicketEvent.at.desc(), TicketEvent.id.desc())
    )
    undone: set[str] = set()
    for event in events:
        data = event.data or {}
        if event.kind == UNDO:
            undone.add(str(data.get("undoes")))
        elif event.id in undone or event.kind in _BESIDE:
            continue
        elif event.kind in _UNDOABLE_KINDS:
            before = data.get("before") or {}
            return UndoCandidate(event.id, event.kind, event.at, event.staff_id, event.to_state, before)
        else:
            return None
    return None
