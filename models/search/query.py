"""The one box: text in, the best answers out, while somebody types.

Candidates come from the index with a score; the best of all kinds are chosen; only these are made readable.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from models.rules.service_time import local_day
from models.search import answers, pinyin
from models.search.candidates import Candidate, Search
from models.search.hits import Hit, HitKind

USUAL_LIMIT = 12
_KEPT_A_KIND = 2
"""So many answers of each kind are shown, however many better ones another kind has."""


def find(session: Session, text: str, limit: int = USUAL_LIMIT, today: date | None = None) -> list[Hit]:
    """The best answers to what was typed, best first; an empty list for blanks.

    One text may mean several things (``1502``: a room, the end of a phone, a ticket of the day): each is
    asked for. ``today`` (default: the computer's) tells who lives here from who has moved out.
    """
    if not text.strip():
        return []
    connection = session.connection()
    today = today or local_day(datetime.now(UTC))
    chosen = best(Search(connection, text, limit, today).candidates(), limit)
    hits = _readable(connection, chosen, text, today)
    return [hits[candidate.key] for candidate in chosen if candidate.key in hits]


def prepare(session: Session) -> None:
    """What the first question would wait for (the dictionary of readings): run it once in the background."""
    pinyin.units("单")
    find(session, "dan")


def best(candidates: Iterable[Candidate], limit: int) -> list[Candidate]:
    """The best ``limit`` of all, best first: each row once, at least two of every kind that was found."""
    unique: dict[tuple[HitKind, str], Candidate] = {}
    for candidate in candidates:
        known = unique.get(candidate.key)
        if known is None or known.score < candidate.score:
            unique[candidate.key] = candidate
    ordered = sorted(unique.values(), key=lambda one: (-one.score, one.kind, one.title, one.id))
    if len(ordered) <= limit:
        return ordered
    places = range(len(ordered))
    kept: list[int] = []
    for kind in HitKind:
        kept.extend([place for place in places if ordered[place].kind is kind][:_KEPT_A_KIND])
    chosen = sorted(kept)[:limit]
    rest = [place for place in places if place not in chosen]
    return [ordered[place] for place in sorted([*chosen, *rest[: limit - len(chosen)]])]


def _readable(
    connection: Connection, chosen: list[Candidate], text: str, today: date
) -> dict[tuple[HitKind, str], Hit]:
    hits: dict[tuple[HitKind, str], Hit] = {one.key: one.hit for one in chosen if one.hit is not None}
    people = [one for one in chosen if one.person is not None]
    phones = answers.first_phones(connection, [one.id for one in people]) if people else {}
    for one in people:
        if one.person is not None:
            phone = phones.get(one.id)
            hits[one.key] = answers.resident_hit(one.person, one.homes, phone, one.query or text, one.score)
    places = {one.id: one.place for one in chosen if one.place is not None}
    lived_in = answers.people_in(connection, today, places) if places else {}
    for room_id, place in places.items():
        hits[HitKind.ROOM, room_id] = answers.room_hit(place, lived_in.get(room_id, []))
    tickets = {one.id: one.found for one in chosen if one.kind is HitKind.TICKET}
    for hit in answers.ticket_hits(connection, tickets, text) if tickets else ():
        hits[HitKind.TICKET, hit.id] = hit
    return hits
