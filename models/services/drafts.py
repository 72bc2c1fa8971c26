"""Drafts: what was typed and not yet saved, written at every pause in typing. They stay on this desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.entities.local import Draft
from models.entities.synced import new_id
from models.work import Work


def save(work: Work, draft_id: str | None, kind: str, data: Mapping[str, Any]) -> str:
    """Keep what the form holds; gives the draft's id, to be used for the next pause."""
    draft = work.session.get(Draft, draft_id) if draft_id else None
    if draft is None:
        draft = Draft(
            id=draft_id or new_id(),
            kind=kind,
            staff_id=work.actor.staff_id,
            data=dict(data),
            started_at=work.now,
            updated_at=work.now,
        )
        work.session.add(draft)
    else:
        draft.data = dict(data)
        draft.updated_at = work.now
    work.session.flush()
    return draft.id


def discard(work: Work, draft_id: str) -> None:
    """Throw a draft away; one that is gone already is no error."""
    draft = work.session.get(Draft, draft_id)
    if draft is not None:
        work.session.delete(draft)
        work.session.flush()
