"""How this desk stands with headquarters: what waits to be sent, and what waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, select
from sqlalchemy.orm import Session

from models.entities.local import LocalState, Outbox, RefusedPatch
from models.entities.operation_log import OperationLog
from models.entities.setting import Conflict
from models.entities.types import from_milliseconds

LAST_ROUND = "sync.last"
COUNTED = 10_000
"""Entries of the outbox that are looked at one by one: some 10 ms."""


@dataclass(frozen=True, slots=True)
class SyncCounts:
    """``pending`` rows wait for headquarters, ``conflicts`` and ``refused`` for a person."""

    pending: int
    conflicts: int
    refused: int


def counts(session: Session) -> SyncCounts:
    """Cheap enough to be asked every few seconds."""
    return SyncCounts(
        pending=_pending(session),
        conflicts=session.scalar(
            select(func.count())
            .select_from(Conflict)
            .where(Conflict.state == "open", Conflict.deleted.is_(None))
        )
        or 0,
        refused=session.scalar(
            select(func.count())
            .select_from(RefusedPatch)
            .where(RefusedPatch.state == "open", is_for_a_person())
        )
        or 0,
    )


def _pending(session: Session) -> int:
    """Rows that wait, however often they were edited; the log of the edits is not counted beside them. Behind
    the oldest entries each one counts: a million of them are an import, or an enrolment."""
    entries = oldest_entries()
    is_counted = entries.c.table_name != OperationLog.__tablename__
    rows, last = session.execute(
        select(func.count(func.distinct(entries.c.row_id)).filter(is_counted), func.max(entries.c.lseq))
    ).one()
    newest = session.scalar(select(func.max(Outbox.lseq))) or 0
    return int(rows) + newest - (last or 0)


def oldest_entries() -> Subquery:
    """The front of the outbox, as far as it is counted one by one."""
    chosen = select(Outbox.lseq, Outbox.table_name, Outbox.row_id)
    return chosen.order_by(Outbox.lseq).limit(COUNTED).subquery()


def last_round_at(session: Session) -> datetime | None:
    """When headquarters last answered to the end of a round."""
    last = session.scalar(select(LocalState.value).where(LocalState.key == LAST_ROUND))
    at_ms = (last or {}).get("at_ms") if isinstance(last, dict) else None
    return from_milliseconds(int(at_ms)) if at_ms else None


def is_for_a_person() -> ColumnElement[bool]:
    """Whether somebody has to look at a refused change. The log entry that repeats one (with the same text
    that was too long) stays in this file, where it can be read, and is nobody's work."""
    return RefusedPatch.table_name != OperationLog.__tablename__


def sqlite_version(session: Session) -> str:
    """Of the SQLite that this file is opened with, which is not the interpreter's own."""
    return str(session.scalar(select(func.sqlite_version())))


@dataclass(frozen=True, slots=True)
class Link:
    """What this desk knows of its headquarters, for whoever has to find out what is wrong: no personal data.

    ``cursor`` is the site's number up to which it has read. An address is empty on a desk of its own.
    """

    address: str = ""
    site_name: str = ""
    site_id: str = ""
    epoch: str = ""
    letter: str = ""
    desk_no: int = 0
    cursor: int = 0
    schema: int = 0
    clock_offset_ms: int = 0
    skipped: tuple[str, ...] = ()
    """Tables of a newer version that headquarters sent."""


def tie(session: Session) -> dict[str, Any]:
    """What a connection is made of: it differs when the desk was enrolled anew or headquarters has moved."""
    names = select(LocalState.key, LocalState.value).where(LocalState.key.in_((_LINK, "identity")))
    facts: dict[str, Any] = dict(session.execute(names).all())
    stored = {key: value for key, value in (facts.get(_LINK) or {}).items() if key != "epoch"}
    return {"identity": facts.get("identity"), "link": stored}


_LINK, _CURSOR, _SCHEMA, _SKIPPED = "sync.link", "sync.cursor", "sync.schema", "sync.skipped"


def link(session: Session) -> Link:
    """How this desk is tied to headquarters."""
    names = (_LINK, _CURSOR, _SCHEMA, _SKIPPED, "identity", "clock_offset")
    rows = session.execute(select(LocalState.key, LocalState.value).where(LocalState.key.in_(names)))
    facts: dict[str, Any] = dict(rows.all())
    stored, identity = facts.get(_LINK) or {}, facts.get("identity") or {}
    return Link(
        address=stored.get("url", ""),
        site_name=stored.get("site_name", ""),
        site_id=stored.get("site_id", ""),
        epoch=stored.get("epoch", ""),
        letter=identity.get("desk_letter", ""),
        desk_no=identity.get("desk_no", 0),
        cursor=int(facts.get(_CURSOR) or 0),
        schema=int(facts.get(_SCHEMA) or 0),
        clock_offset_ms=int(facts.get("clock_offset") or 0),
        skipped=tuple(facts.get(_SKIPPED) or ()),
    )
