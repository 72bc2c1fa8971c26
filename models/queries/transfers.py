"""How the contents of attachments stand on their way to headquarters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.entities.local import BlobTransfer


@dataclass(frozen=True, slots=True)
class Upload:
    """``state``: ``waiting``, ``done``, ``refused``, ``damaged`` or ``missing``, with the code of the reason
    as ``error``; ``sent`` of ``size`` bytes are there."""

    state: str
    sent: int
    size: int
    error: str | None


def uploads(session: Session, names: Sequence[str]) -> dict[str, Upload]:
    """By SHA-256; a content that came from another desk has none."""
    rows = session.execute(
        select(
            BlobTransfer.sha256,
            BlobTransfer.state,
            BlobTransfer.offset,
            BlobTransfer.size,
            BlobTransfer.error,
        ).where(BlobTransfer.direction == "up", BlobTransfer.sha256.in_(names))
    )
    return {str(row[0]): Upload(row[1], row[2], row[3], row[4]) for row in rows}
