"""How this desk stands with headquarters: what waits to be sent, and what waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.entities.local import LocalState, Outbox, RefusedPatch
from models.entities.setting import Conflict
from models.entities.types import from_milliseconds

LAST_ROUND = "sync.last"


@dataclass(frozen=True, slots=True)
class SyncCounts:
    """``pending`` rows wait for headquarters, ``conflicts`` and ``refused`` for a person."""

    pending: int
    conflicts: int
    refused: int


def counts(session: Session) -> SyncCounts:
    """Cheap enough to be asked every few seconds."""
    return SyncCounts(
        pending=session.scalar(select(func.count()).select_from(Outbox)) or 0,
        conflicts=session.scalar(
            select(func.count())
            .select_from(Conflict)
            .where(Conflict.state == "open", Conflict.deleted.is_(None))
        )
        or 0,
        refused=session.scalar(
            select(func.count()).select_from(RefusedPatch).where(RefusedPatch.state == "open")
        )
        or 0,
    )


def last_round_at(session: Session) -> datetime | None:
    """When headquarters last answered to the end of a round."""
    last = session.scalar(select(LocalState.value).where(LocalState.key == LAST_ROUND))
    at_ms = (last or {}).get("at") if isinstance(last, dict) else None
    return from_milliseconds(int(at_ms)) if at_ms else None
