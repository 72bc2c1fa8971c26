"""Before a ticket is saved: is one like it open already, and does the same riser leak elsewhere?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models import parameters as p
from models.database import read_parameters
from models.entities.place import Room
from models.entities.ticket import Ticket
from models.rules import similarity
from models.rules.similarity import Request
from models.rules.ticket_life import OPEN

_OPEN = sorted(state.value for state in OPEN)


@dataclass(frozen=True, slots=True)
class SimilarTicket:
    """An open ticket that the new one may repeat; ``score`` 0.5 … 1."""

    id: str
    number: str
    room_code: str | None
    matter: str
    state: str
    received_at: datetime
    score: float


@dataclass(frozen=True, slots=True)
class SimilarWarning:
    """What the form warns of before saving: repeats, and leaks on one riser (同一立管) that
    may be one event.
    """

    similar: tuple[SimilarTicket, ...]
    same_riser: tuple[SimilarTicket, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.similar or self.same_riser)


def similar_tickets(
    session: Session,
    *,
    matter: str,
    kind: str,
    now: datetime,
    room_id: str | None = None,
    place: str | None = None,
    category_id: str | None = None,
) -> SimilarWarning:
    """Compare what is typed with the open tickets of the place and of the last hour's risers."""
    parameters = read_parameters(session)
    room = session.get(Room, room_id) if room_id else None
    new = Request("", room.code if room else None, place, category_id, kind, matter, now)
    since = now - timedelta(days=parameters.get(p.SIMILAR_DAYS))
    near = _select().where(Ticket.received_at >= since)
    near = near.where(Ticket.room_id == room_id) if room_id else near.where(Ticket.room_id.is_(None))
    found = _read(session, near)
    similar = tuple(
        _shown(found[one.ticket_id], one.score)
        for one in similarity.similar(new, [row.request for row in found.values()])
    )
    if room is None or not similarity.is_leak(matter):
        return SimilarWarning(similar, ())
    within = timedelta(hours=parameters.get(p.SAME_RISER_HOURS))
    recent = _read(session, _select().where(Ticket.received_at >= now - within, Ticket.room_id.is_not(None)))
    leaking = similarity.same_riser_leaks(new, [row.request for row in recent.values()], within)
    return SimilarWarning(similar, tuple(_shown(recent[ticket_id], 1.0) for ticket_id in leaking))


@dataclass(frozen=True, slots=True)
class _Found:
    request: Request
    number: str
    state: str


def _select() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Ticket.id, Ticket.number, Ticket.state, Room.code, Ticket.place, Ticket.category_id, Ticket.kind,
            Ticket.matter, Ticket.received_at,
        )
        .outerjoin(Room, Room.id == Ticket.room_id)
        .where(Ticket.state.in_(_OPEN), Ticket.deleted.is_(None))
    )  # fmt: skip


def _read(session: Session, statement: Select[*tuple[Any, ...]]) -> dict[str, _Found]:
    return {
        row[0]: _Found(Request(row[0], row[3], row[4], row[5], row[6], row[7], row[8]), row[1], row[2])
        for row in session.execute(statement)
    }


def _shown(found: _Found, score: float) -> SimilarTicket:
    one = found.request
    return SimilarTicket(
        one.ticket_id, found.number, one.room_code, one.matter, found.state, one.received_at, score
    )
