"""Gathers what a text may mean, of every kind, each with a score: no more is loaded than scoring needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from itertools import chain

from sqlalchemy import Connection

from models.search import answers, asking, pinyin, tickets
from models.search.answers import Found, Home, Person, Place
from models.search.asking import Probe
from models.search.hits import Hit, HitKind, Matched
from models.search.reading import rows
from models.search.terms import Field, Kind, joined
from models.search.text import number_query, open_in_room, text_query

_LOADED = 2
"""People loaded for each answer shown: who moved out is only known then."""
_SHORTEST_NUMBER_WORD = 4
_ROOMS_TOGETHER = 150
_TOGETHER = asking.EXACT_ROOM + 10
"""The score of a name whose home, named beside it, fits."""
_EXACT_ROOMS = 2
"""So many rooms that a text names exactly bring their household along."""
_MOST_OPEN_OF_ROOM = 3
_FIRST_HAN = "\u2e80"

_KINDS: Mapping[int, Kind] = {
    Field.ROOM_CODE: Kind.ROOM,
    Field.ROOM_RUN: Kind.ROOM,
    Field.ROOM_NUMBER: Kind.ROOM,
    Field.PLATE: Kind.VEHICLE,
    Field.PHONE_TAIL: Kind.PHONE,
    Field.PHONE_HEAD: Kind.PHONE,
}
"""What a field's terms belong to; all others are a resident's."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may be meant. What making it readable needs is in the field of its kind."""

    kind: HitKind
    id: str
    title: str
    found: Found
    score: float
    person: Person | None = None
    homes: list[Home] = field(default_factory=list)
    place: Place | None = None
    hit: Hit | None = None
    query: str = ""
    """The part of the text that named it, where that is not the whole."""

    @property
    def key(self) -> tuple[HitKind, str]:
        return self.kind, self.id


class Search:
    """One question to the index."""

    def __init__(self, connection: Connection, text: str, limit: int, today: date) -> None:
        self._connection = connection
        self._text = text
        self._limit = limit
        self._today = today

    def candidates(self) -> Iterator[Candidate]:
        """Everything that may be meant, in no order; a row may come more than once."""
        found = self._indexed(asking.probes(self._text))
        places = self._rooms(found.get(Kind.ROOM, {}))
        for place in places:
            yield Candidate(HitKind.ROOM, place.id, place.code, place.found, place.found.score, place=place)
        for place in [place for place in places if place.found.score > asking.EXACT_ROOM - 10][:_EXACT_ROOMS]:
            yield from self._household(place)
        yield from self._people(found)
        for hit in answers.vehicle_hits(self._connection, _top(found.get(Kind.VEHICLE, {}), self._limit)):
            reason = Found(hit.matched, "", hit.score)
            yield Candidate(HitKind.VEHICLE, hit.id, hit.title, reason, hit.score, hit=hit)
        yield from self._tickets()
        yield from self._together()

    def _indexed(self, probes: list[Probe]) -> dict[Kind, dict[int, Found]]:
        """{kind: {doc: the best reason}}."""
        found: dict[Kind, dict[int, Found]] = {}
        if not probes:
            return found
        values = tuple(chain.from_iterable(probe.range for probe in probes))
        for number, field_code, term, doc in rows(self._connection, _ranges(len(probes)), values):
            kind = found.setdefault(_KINDS.get(field_code, Kind.RESIDENT), {})
            score = probes[number].score(term)
            if doc not in kind or kind[doc].score < score:
                kind[doc] = Found(probes[number].matched, probes[number].term, score)
        return found

    # -- people and rooms ----------------------------------------------------------------------------

    def _rooms(self, found: dict[int, Found]) -> list[Place]:
        places = answers.rooms(self._connection, _top(found, self._limit))
        return sorted(places, key=lambda place: (-place.found.score, place.code))

    def _people(self, found: Mapping[Kind, dict[int, Found]]) -> Iterator[Candidate]:
        both = {**found.get(Kind.RESIDENT, {}), **found.get(Kind.PHONE, {})}
        top = _top(both, _LOADED * self._limit)
        named = {doc: top[doc] for doc in top if top[doc].matched is not Matched.PHONE}
        rung = {doc: top[doc] for doc in top if top[doc].matched is Matched.PHONE}
        people = answers.residents(self._connection, named) + answers.phone_owners(self._connection, rung)
        yield from self._residents(people, "")

    def _residents(self, people: Iterable[Person], query: str) -> Iterator[Candidate]:
        known: dict[str, Person] = {}
        for person in people:
            if person.id not in known or known[person.id].found.score < person.found.score:
                known[person.id] = person
        homes = answers.homes_of(self._connection, self._today, known) if known else {}
        for person in known.values():
            lived = homes.get(person.id, [])
            score = answers.resident_score(person, lived)
            yield Candidate(
                HitKind.RESIDENT, person.id, person.name, person.found, score,
                person=person, homes=lived, query=query,
            )  # fmt: skip

    def _household(self, place: Place) -> Iterator[Candidate]:
        """Who lives in a room that was named exactly, and what is open there."""
        lived = answers.people_in(self._connection, self._today, [place.id]).get(place.id, [])
        for order, home in enumerate(home for home in lived if home.is_current):
            found = Found(Matched.ROOM, place.found.term, place.found.score - 20 - order)
            person = Person(home.resident_id, home.name, False, None, None, found)
            yield Candidate(
                HitKind.RESIDENT, person.id, person.name, found, found.score, person=person, homes=[home]
            )
        expression = f'"{open_in_room(place.id)}"'
        for order, ticket_id in enumerate(
            tickets.by_expression(self._connection, expression, _MOST_OPEN_OF_ROOM)
        ):
            found = Found(Matched.ROOM, "", place.found.score - 40 - order)
            yield Candidate(HitKind.TICKET, ticket_id, "", found, found.score)

    def _together(self) -> Iterator[Candidate]:
        """People named together with their home: ``张伟 1502``, ``3栋 sm``."""
        parts = self._text.split()
        if len(parts) != 2:
            return
        for name, home in (parts, parts[::-1]):
            asked, letters = joined(name), asking.pinyin_letters(name)
            if not asked or asked.isdigit():
                continue
            people: dict[str, Person] = {}
            for probe in asking.home_probes(home, _ROOMS_TOGETHER):
                for person in answers.people_at(self._connection, probe):
                    reason = _reason(person, asked, letters)
                    if reason is not None:
                        people.setdefault(person.id, replace(person, found=reason))
            yield from self._residents(people.values(), name)

    # -- tickets -------------------------------------------------------------------------------------

    def _tickets(self) -> Iterator[Candidate]:
        asked = number_query(self._text)
        if asked is not None:
            expression, is_long = asked
            base = asking.TICKET_NUMBER if is_long else asking.TICKET_COUNT
            for order, ticket_id in enumerate(
                tickets.by_expression(self._connection, expression, self._limit)
            ):
                found = Found(Matched.NUMBER, expression, base - order)
                yield Candidate(HitKind.TICKET, ticket_id, "", found, found.score)
        query = text_query(self._text) if _is_worded(self._text) else None
        if query is not None:
            for order, (ticket_id, is_open) in enumerate(
                tickets.newest(self._connection, query, self._limit)
            ):
                base = asking.OPEN_TICKET_TEXT if is_open else asking.TICKET_TEXT
                found = Found(Matched.TEXT, "", base - order)
                yield Candidate(HitKind.TICKET, ticket_id, "", found, found.score)


@lru_cache(maxsize=64)
def _ranges(count: int) -> str:
    """One statement for ``count`` ranges."""
    part = (
        "SELECT {place}, field, term, doc FROM (SELECT field, term, doc FROM search_term "
        "WHERE field = ? AND term >= ? AND term < ? ORDER BY term, doc LIMIT ?)"
    )
    return " UNION ALL ".join(part.format(place=place) for place in range(count))


def _top(docs: dict[int, Found], count: int) -> dict[int, Found]:
    if len(docs) <= count:
        return docs
    chosen = sorted(docs, key=lambda doc: (-docs[doc].score, doc))[:count]
    return {doc: docs[doc] for doc in chosen}


def _reason(person: Person, asked: str, letters: str) -> Found | None:
    """How a name fits what was typed beside its home, if it does."""
    if asked in pinyin.name_places(person.name)[0]:
        return Found(Matched.NAME, asked, _TOGETHER)
    if letters and pinyin.is_said(letters, pinyin.units(person.name, is_company=person.is_company)):
        return Found(Matched.PINYIN, letters, _TOGETHER - 10)
    return None


def _is_worded(text: str) -> bool:
    """Digits alone are looked for in tickets' text only when there are four or more."""
    signs = [sign for sign in text if not sign.isspace()]
    return any(sign >= _FIRST_HAN or sign.isalpha() for sign in signs) or len(signs) >= _SHORTEST_NUMBER_WORD
