"""The one box: text in, the best answers out, while somebody types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from itertools import chain
from operator import attrgetter

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from models.search import answers, asking, pinyin, tickets
from models.search.answers import Found, Home, Person, Place
from models.search.asking import Probe
from models.search.hits import Hit, HitKind, Matched
from models.search.sources import FINISHED
from models.search.terms import Field, joined
from models.search.text import number_query, text_query

USUAL_LIMIT = 12
_KEPT_A_KIND = 2
"""So many answers of each kind are shown, however many better ones another kind has."""
_LOADED = 2
"""Candidates loaded for each answer shown: who moved out is only known then."""
_SHORTEST_NUMBER_WORD = 4
_ROOMS_TOGETHER = 150
_TOGETHER = 960.0
"""The score of a name whose home, named beside it, fits."""
_MOST_OPEN_OF_ROOM = 3
_FIRST_HAN = "\u2e80"

_RESIDENT_FIELDS = frozenset(
    {
        Field.NAME_HEAD,
        Field.NAME_TAIL,
        Field.INITIALS_HEAD,
        Field.INITIALS_TAIL,
        Field.SYLLABLES_HEAD,
        Field.SYLLABLES_TAIL,
        Field.INITIALS_OTHER,
        Field.SYLLABLES_OTHER,
        Field.CUSTOMER_NO,
    }
)


def find(session: Session, text: str, limit: int = USUAL_LIMIT, today: date | None = None) -> list[Hit]:
    """The best answers to what was typed, best first; an empty list for blanks.

    One text may mean several things (``1502``: a room, the end of a phone, a ticket of the day): each is
    asked for. ``today`` (default: the computer's) tells who lives here from who has moved out.
    """
    if not text.strip():
        return []
    connection = session.connection()
    today = today or datetime.now().astimezone().date()
    found = _candidates(connection, asking.probes(text), limit)
    hits = [
        *_people_and_rooms(connection, found, text, limit, today),
        *answers.vehicle_hits(connection, found.get(HitKind.VEHICLE, {})),
        *_tickets(connection, text, limit),
    ]
    if len(text.split()) > 1:
        hits.extend(_together(connection, text, limit, today))
    return _best(hits, limit)


# -- the index ----------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _statement(count: int) -> str:
    """One statement for ``count`` ranges."""
    part = (
        "SELECT {place}, field, term, doc FROM (SELECT field, term, doc FROM search_term "
        "WHERE field = ? AND term >= ? AND term < ? ORDER BY term, doc LIMIT ?)"
    )
    return " UNION ALL ".join(part.format(place=place) for place in range(count))


def _kind_of(field: int) -> str:
    if field in _RESIDENT_FIELDS:
        return HitKind.RESIDENT
    if field == Field.PHONE:
        return "phone"
    return HitKind.VEHICLE if field == Field.PLATE else HitKind.ROOM


def _candidates(connection: Connection, probes: list[Probe], limit: int) -> dict[str, dict[int, Found]]:
    """{kind: {doc: the best reason}}, of each kind the best few."""
    if not probes:
        return {}
    values = tuple(chain.from_iterable(probe.range for probe in probes))
    found: dict[str, dict[int, Found]] = {}
    for place, field, term, doc in connection.exec_driver_sql(_statement(len(probes)), values):
        kind = found.setdefault(_kind_of(field), {})
        score = probes[place].score(term)
        if doc not in kind or kind[doc].score < score:
            kind[doc] = Found(probes[place].matched, probes[place].term, score)
    return {kind: _top(docs, _LOADED * limit) for kind, docs in found.items()}


def _top(docs: dict[int, Found], count: int) -> dict[int, Found]:
    if len(docs) <= count:
        return docs
    chosen = sorted(docs, key=lambda doc: (-docs[doc].score, doc))[:count]
    return {doc: docs[doc] for doc in chosen}


# -- people and rooms ---------------------------------------------------------------------------------


def _people_and_rooms(
    connection: Connection, found: Mapping[str, Mapping[int, Found]], text: str, limit: int, today: date
) -> list[Hit]:
    places = answers.rooms(connection, found[HitKind.ROOM]) if HitKind.ROOM in found else []
    places.sort(key=lambda place: (-place.found.score, place.code))
    places = places[:limit]
    lived_in = (
        answers.homes(connection, today, column="room_id", ids=[place.id for place in places])
        if places
        else {}
    )
    people: list[Person] = []
    if HitKind.RESIDENT in found:
        people.extend(answers.residents(connection, found[HitKind.RESIDENT]))
    if "phone" in found:
        people.extend(answers.phone_owners(connection, found["phone"]))
    hits = [answers.room_hit(place, lived_in.get(place.id, []), place.found.term) for place in places]
    hits.extend(_resident_hits(connection, people, text, limit, today))
    exact = [place for place in places if place.found.score > asking.EXACT_ROOM - 10][:2]
    for place in exact:
        hits.extend(_household(connection, place, lived_in.get(place.id, []), text))
    return hits


def _resident_hits(
    connection: Connection, people: Iterable[Person], text: str, limit: int, today: date
) -> list[Hit]:
    best: dict[str, Person] = {}
    for person in people:
        known = best.get(person.id)
        if known is None or known.found.score < person.found.score:
            best[person.id] = person
    if not best:
        return []
    homes = answers.homes(connection, today, column="resident_id", ids=best)
    scored = [(answers.resident_score(person, homes.get(person.id, [])), person) for person in best.values()]
    scored.sort(key=lambda pair: (-pair[0], pair[1].name, pair[1].id))
    phones = answers.first_phones(connection, [person.id for _, person in scored[:limit]])
    return [
        answers.resident_hit(person, homes.get(person.id, []), phones.get(person.id), text, score)
        for score, person in scored[:limit]
    ]


def _household(connection: Connection, place: Place, lived: list[Home], text: str) -> list[Hit]:
    """Who lives in a room that was named exactly, and what is open there."""
    current = {home.resident_id: home for home in reversed(lived) if home.is_current}
    phones = answers.first_phones(connection, current) if current else {}
    hits = []
    for order, home in enumerate(reversed(current.values())):
        found = Found(Matched.ROOM, place.found.term, place.found.score - 20 - order)
        person = Person(home.resident_id, home.name, False, None, None, found)
        hits.append(answers.resident_hit(person, [home], phones.get(home.resident_id), text, found.score))
    marks = ", ".join("?" * len(FINISHED))
    rows = connection.exec_driver_sql(
        f"SELECT id FROM ticket WHERE room_id = ? AND deleted IS NULL AND state NOT IN ({marks}) "  # noqa: S608
        "ORDER BY received_at DESC LIMIT ?",
        (place.id, *sorted(FINISHED), _MOST_OPEN_OF_ROOM),
    )
    score = place.found.score - 40
    open_here = {row[0]: Found(Matched.ROOM, "", score - order) for order, row in enumerate(rows)}
    if open_here:
        hits.extend(answers.ticket_hits(connection, open_here, text))
    return hits


def _together(connection: Connection, text: str, limit: int, today: date) -> list[Hit]:
    """People named together with their home: ``张伟 1502``, ``3栋 sm``."""
    parts = text.split()
    if len(parts) != 2:
        return []
    hits: list[Hit] = []
    for name, home in (parts, parts[::-1]):
        asked, letters = joined(name), asking.pinyin_letters(name)
        if not asked or asked.isdigit():
            continue
        people: dict[str, Person] = {}
        for probe in asking.home_probes(home, _ROOMS_TOGETHER):
            for person in answers.people_at(connection, probe):
                reason = _reason(person, asked, letters)
                if reason is not None:
                    people.setdefault(person.id, replace(person, found=reason))
        hits.extend(_resident_hits(connection, people.values(), name, limit, today))
    return hits


def _reason(person: Person, asked: str, letters: str) -> Found | None:
    """How a name fits what was typed beside its home, if it does."""
    if asked in pinyin.name_places(person.name)[0]:
        return Found(Matched.NAME, asked, _TOGETHER)
    if letters and pinyin.is_said(letters, pinyin.units(person.name, is_company=person.is_company)):
        return Found(Matched.PINYIN, letters, _TOGETHER - 10)
    return None


# -- tickets ------------------------------------------------------------------------------------------


def _tickets(connection: Connection, text: str, limit: int) -> list[Hit]:
    found: dict[str, Found] = {}
    asked = number_query(text)
    if asked is not None:
        expression, is_whole = asked
        base = asking.TICKET_NUMBER if is_whole or expression.endswith("*") else asking.TICKET_COUNT
        for order, ticket_id in enumerate(tickets.by_expression(connection, expression, limit)):
            found[ticket_id] = Found(Matched.NUMBER, expression, base - order)
    query = text_query(text) if _is_worded(text) else None
    if query is not None:
        for order, (ticket_id, is_open) in enumerate(tickets.newest(connection, query, limit)):
            base = asking.OPEN_TICKET_TEXT if is_open else asking.TICKET_TEXT
            found.setdefault(ticket_id, Found(Matched.TEXT, text, base - order))
    return answers.ticket_hits(connection, found, text) if found else []


def _is_worded(text: str) -> bool:
    """Digits alone are looked for in tickets' text only when there are four or more."""
    signs = [sign for sign in text if not sign.isspace()]
    return any(sign >= _FIRST_HAN or sign.isalpha() for sign in signs) or len(signs) >= _SHORTEST_NUMBER_WORD


# -- the choice ---------------------------------------------------------------------------------------


def _best(hits: Iterable[Hit], limit: int) -> list[Hit]:
    """The best ``limit`` of all, each row once, a few of every kind among them."""
    unique: dict[tuple[HitKind, str], Hit] = {}
    for hit in hits:
        known = unique.get((hit.kind, hit.id))
        if known is None or known.score < hit.score:
            unique[hit.kind, hit.id] = hit
    ordered = sorted(unique.values(), key=lambda hit: (-hit.score, hit.kind, hit.title, hit.id))
    if len(ordered) <= limit:
        return ordered
    kept: list[Hit] = []
    for kind in HitKind:
        kept.extend([hit for hit in ordered if hit.kind is kind][: min(_KEPT_A_KIND, limit)])
    kept = sorted(kept, key=attrgetter("score"), reverse=True)[:limit]
    rest = [hit for hit in ordered if hit not in kept]
    chosen = [*kept, *rest[: limit - len(kept)]]
    return [hit for hit in ordered if hit in chosen]
