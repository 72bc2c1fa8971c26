"""Numbers that two tickets or callback sheets of the site bear, and what got another number for that."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
    """A ticket or sheet of this desk whose paper bears a number that is another's; ``row_id`` is the ticket,
    or the first callback on the sheet."""

    row_id: str
    old: str
    new: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NumberTrouble:
    """``doubles``: numbers that more than one living ticket bears; ``renumbered``: the latest first."""

    doubles: tuple[str, ...] = ()
    renumbered: tuple[Renumbered, ...] = ()


@dataclass(frozen=True, slots=True)
class Numbered:
    """What bears numbers that are on paper. ``is_shared``: rows that bear the same one belong together, as
    the callbacks of a sheet do."""

    table: str
    column: str
    is_shared: bool = False


TICKETS = Numbered("ticket", "number")
SHEETS = Numbered("callback", "sheet_no", is_shared=True)
NUMBERED = (TICKETS, SHEETS)


def doubles_among(session: Session, kind: Numbered, own: Mapping[str, str]) -> list[tuple[str, str]]:
    """``own`` is {id: number} of rows; of those that are living and still bear it, the ones whose number a
    living row bears that does not belong with them, as (number, id) in their order."""
    belongs = "AND o.id NOT IN (SELECT key FROM json_each(:own)) " if kind.is_shared else ""
    found = session.execute(
        text(
            f"SELECT t.{kind.column}, t.id FROM {kind.table} AS t JOIN json_each(:own) AS j "  # noqa: S608
            f"ON j.key = t.id AND j.value = t.{kind.column} WHERE t.deleted IS NULL "
            f"AND EXISTS (SELECT 1 FROM {kind.table} AS o WHERE o.{kind.column} = t.{kind.column} "
            f"AND o.id <> t.id AND o.deleted IS NULL {belongs}) ORDER BY 1, 2"
        ),
        {"own": json.dumps(own)},
    )
    return [(row[0], row[1]) for row in found]


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
