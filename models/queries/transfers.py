"""How the contents of attachments stand on their way to headquarters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.entities.local import BlobTransfer


@dataclass(frozen=True, slots=True)
class Upload:
    """``state``: ``waiting``, ``done``, ``refused``, ``damaged`` or ``missing``, with the code of the reason
    as ``error``; ``sent`` of ``size`` bytes are there. ``is_absent``: headquarters did not have the content
    when it was wanted last."""

    state: str
    sent: int
    size: int
    error: str | None
    is_absent: bool = False


def uploads(session: Session, names: Sequence[str]) -> dict[str, Upload]:
    """By SHA-256; a content that came from another desk has none, unless headquarters lacked it: then it is
    ``done`` as far as this desk is concerned."""
    rows = session.scalars(select(BlobTransfer).where(BlobTransfer.sha256.in_(names)))
    found: dict[str, Upload] = {}
    absent = []
    for row in rows:
        if row.direction == "up":
            found[row.sha256] = Upload(row.state, row.offset, row.size, row.error)
        elif row.state == "missing":
            absent.append(row.sha256)
    for name in absent:
        found[name] = replace(found.get(name, Upload("done", 0, 0, None)), is_absent=True)
    return found
