"""Numbers that two tickets of the site bear, and tickets that got another number for that."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.entities.local import LocalState
from models.entities.types import from_milliseconds

RENUMBERED = "sync.renumbered"
SHOWN_FOR = timedelta(days=14)
LIMIT = 20


@dataclass(frozen=True, slots=True)
class Renumbered:
    """A ticket of this desk whose slip bears a number that is another ticket's."""

    ticket_id: str
    old: str
    new: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NumberTrouble:
    """``doubles``: numbers that more than one living ticket bears; ``renumbered``: the latest first."""

    doubles: tuple[str, ...] = ()
    renumbered: tuple[Renumbered, ...] = ()


def doubles_among(session: Session, ticket_ids: Iterable[str]) -> list[str]:
    """Those of these living tickets whose number another living ticket bears, by number."""
    found = session.execute(
        text(
            "SELECT t.id FROM ticket AS t WHERE t.id IN (SELECT value FROM json_each(:ids)) "
            "AND t.deleted IS NULL AND EXISTS (SELECT 1 FROM ticket AS o WHERE o.number = t.number "
            "AND o.id <> t.id AND o.deleted IS NULL) ORDER BY t.number, t.id"
        ),
        {"ids": json.dumps(list(ticket_ids))},
    )
    return [row[0] for row in found]


def number_trouble(session: Session, now: datetime) -> NumberTrouble:
    """For the sync page; looks through the index of numbers (a million: a fifth of a second)."""
    some = session.execute(
        text("SELECT number FROM ticket GROUP BY number HAVING count(*) > 1 ORDER BY 1 DESC LIMIT :limit"),
        {"limit": LIMIT * 5},
    )
    living = [number for (number,) in some.all() if len(tickets_with_number(session, number)) > 1]
    kept = session.get(LocalState, RENUMBERED)
    renumbered = [
        Renumbered(one["id"], one["from"], one["to"], from_milliseconds(int(one["at"])))
        for one in reversed(kept.value if kept is not None else [])
    ]
    return NumberTrouble(
        tuple(living[:LIMIT]), tuple(one for one in renumbered if now - one.at < SHOWN_FOR)[:LIMIT]
    )


def tickets_with_number(session: Session, number: str) -> Sequence[str]:
    """Ids of the living tickets that bear this number, the oldest first."""
    found = session.execute(
        text("SELECT id FROM ticket WHERE number = :number AND deleted IS NULL ORDER BY received_at, id"),
        {"number": number},
    )
    return [row[0] for row in found]
