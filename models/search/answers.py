"""Loads what the index found and makes it readable: one line a hit, with the reason of the match marked."""
# ruff: noqa: S608 - the queries are put together from our own names of columns

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from models.entities.types import from_milliseconds
from models.rules.personal_data import phone_digits
from models.search import pinyin
from models.search.asking import Probe, pinyin_letters
from models.search.hits import Hit, HitKind, Line, Matched, Span, masked_phone
from models.search.reading import rows
from models.search.sources import FINISHED, TEXT_COLUMNS
from models.search.terms import joined
from models.search.text import normalise, words
from resources.terms import label

FORMER_PENALTY = 250.0
HOMELESS_PENALTY = 20.0
_EXCERPT = 36
_BEFORE_MATCH = 10
_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate before it is loaded: where the index pointed and how sure that is."""

    matched: Matched
    term: str
    score: float


@dataclass(frozen=True, slots=True)
class Home:
    """One occupancy, as seen from the resident or from the room."""

    resident_id: str
    room_id: str
    code: str
    name: str
    role: str
    is_current: bool
    is_primary: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A resident that something was found of."""

    id: str
    name: str
    is_company: bool
    customer_no: str | None
    phone: str | None
    """The number that was found, where it was a number."""
    found: Found


def _ids(ids: Iterable[object]) -> tuple[str]:
    return (json.dumps(list(ids)),)


def people_at(connection: Connection, home: Probe) -> list[Person]:
    """Everybody who has lived in the rooms that one probe finds."""
    found_rows = rows(
        connection,
        "SELECT DISTINCT r.id, r.name, r.kind, r.customer_no "
        "FROM (SELECT DISTINCT doc FROM search_term WHERE field = ? AND term >= ? AND term < ? LIMIT ?) AS f "
        "JOIN search_entry AS e ON e.doc = f.doc "
        "JOIN occupancy AS o ON o.room_id = e.row_id AND o.deleted IS NULL "
        "JOIN resident AS r ON r.id = o.resident_id AND r.deleted IS NULL",
        home.range,
    )
    found = Found(Matched.NAME, "", home.exact)
    return [Person(row[0], row[1], row[2] == "company", row[3], None, found) for row in found_rows]


def _entries(connection: Connection, select: str, found: Mapping[int, Found]) -> list[tuple[Any, ...]]:
    """The rows that ``select`` joins to index entries ``e`` {doc: Found}."""
    if not found:
        return []
    return rows(connection, f"{select} WHERE e.doc IN (SELECT value FROM json_each(?))", _ids(found))


def residents(connection: Connection, found: Mapping[int, Found]) -> list[Person]:
    """The residents of index entries {doc: Found}."""
    found_rows = _entries(
        connection,
        "SELECT e.doc, r.id, r.name, r.kind, r.customer_no FROM search_entry AS e "
        "JOIN resident AS r ON r.id = e.row_id AND r.deleted IS NULL",
        found,
    )
    return [Person(row[1], row[2], row[3] == "company", row[4], None, found[row[0]]) for row in found_rows]


def phone_owners(connection: Connection, found: Mapping[int, Found]) -> list[Person]:
    """The residents whose phones the index found."""
    found_rows = _entries(
        connection,
        "SELECT e.doc, r.id, r.name, r.kind, r.customer_no, p.digits FROM search_entry AS e "
        "JOIN phone AS p ON p.id = e.row_id AND p.deleted IS NULL "
        "JOIN resident AS r ON r.id = p.resident_id AND r.deleted IS NULL",
        found,
    )
    return [Person(row[1], row[2], row[3] == "company", row[4], row[5], found[row[0]]) for row in found_rows]


_HOMES = (
    "SELECT o.resident_id, o.room_id, m.code, {name}, o.role, o.to_on, o.is_primary FROM occupancy AS o "
    "JOIN room AS m ON m.id = o.room_id AND m.deleted IS NULL {join}"
    "WHERE o.{column} IN (SELECT value FROM json_each(?)) AND o.deleted IS NULL"
)


def homes_of(connection: Connection, today: date, resident_ids: Iterable[str]) -> dict[str, list[Home]]:
    """{resident id: occupancies}, current and primary ones first; their ``name`` is empty."""
    statement = _HOMES.format(name="''", join="", column="resident_id")
    return _homes(connection, statement, today, resident_ids, 0)


def people_in(connection: Connection, today: date, room_ids: Iterable[str]) -> dict[str, list[Home]]:
    """{room id: occupancies}, current and primary ones first."""
    join = "JOIN resident AS r ON r.id = o.resident_id AND r.deleted IS NULL "
    statement = _HOMES.format(name="r.name", join=join, column="room_id")
    return _homes(connection, statement, today, room_ids, 1)


def _homes(
    connection: Connection, statement: str, today: date, ids: Iterable[str], key: int
) -> dict[str, list[Home]]:
    day = today.isoformat()
    result: dict[str, list[Home]] = {}
    for row in rows(connection, statement, _ids(ids)):
        home = Home(row[0], row[1], row[2], row[3], row[4], row[5] is None or row[5] >= day, bool(row[6]))
        result.setdefault(row[key], []).append(home)
    for found in result.values():
        found.sort(
            key=lambda home: (not home.is_current, not home.is_primary, home.role != "owner", home.code)
        )
    return result


def first_phones(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """{resident id: digits of the phone rung first}."""
    found_rows = rows(
        connection,
        "SELECT resident_id, digits FROM phone WHERE resident_id IN (SELECT value FROM json_each(?)) "
        "AND deleted IS NULL ORDER BY position DESC, id DESC",
        _ids(ids),
    )
    return {row[0]: row[1] for row in found_rows}


def resident_score(person: Person, lived: list[Home]) -> float:
    """Those who live here come before those who moved out."""
    if not lived:
        return person.found.score - HOMELESS_PENALTY
    home = lived[0]
    return person.found.score - (0 if home.is_current else FORMER_PENALTY) + (1 if home.is_primary else 0)


def resident_hit(person: Person, lived: list[Home], phone: str | None, query: str, score: float) -> Hit:
    """The line of one resident: room, role, phone, reading, with what was found marked."""
    home = lived[0] if lived else None
    detail = Line()
    title_spans: tuple[Span, ...] = ()
    matched = person.found.matched
    if home is not None:
        detail.add(home.code, [(0, len(home.code))] if matched is Matched.ROOM else ())
        detail.add(label("occupancy.role", home.role))
    digits = person.phone or phone
    if digits:
        asked = phone_digits(query) if matched is Matched.PHONE else None
        detail.add(*masked_phone(digits, asked))
    if matched is Matched.NAME:
        title_spans = name_spans(person.name, joined(query))
    elif matched in (Matched.INITIALS, Matched.PINYIN):
        title_spans, reading, spans = reading_spans(person, pinyin_letters(query))
        detail.add(reading, spans)
    elif matched is Matched.CUSTOMER_NO and person.customer_no:
        detail.add(person.customer_no, [(0, min(len(query.strip()), len(person.customer_no)))])
    return Hit(
        HitKind.RESIDENT,
        person.id,
        person.name,
        detail.text,
        matched,
        score,
        room_id=home.room_id if home is not None else None,
        resident_id=person.id,
        title_spans=title_spans,
        detail_spans=tuple(detail.spans),
        is_current=home is None or home.is_current,
    )


def name_spans(name: str, asked: str) -> tuple[Span, ...]:
    """Where ``asked`` (folded, without blanks) stands in a name that may have blanks and dots in it."""
    plain, places = pinyin.name_places(name)
    start = plain.find(asked)
    if start < 0 or not asked:
        return ()
    return ((places[start], places[start + len(asked) - 1] + 1),)


def reading_spans(person: Person, letters: str) -> tuple[tuple[Span, ...], str, list[Span]]:
    """(Marked characters of the name, how it is said with tones, the syllables marked in that)."""
    pieces = pinyin.units(person.name, is_company=person.is_company)
    syllables = pinyin.spoken_syllables(person.name, is_company=person.is_company)
    reading = " ".join(syllables)
    covered = pinyin.align(letters, pieces)
    if covered is None:
        return (), reading, []
    first, past = covered
    title = ((pieces[first].start, pieces[past - 1].end),)
    if not syllables:
        return title, reading, []
    start = sum(len(syllable) + 1 for syllable in syllables[:first])
    return title, reading, [(start, start + len(" ".join(syllables[first:past])))]


# -- rooms and vehicles -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A room that something was found of."""

    id: str
    code: str
    state: str
    found: Found


def rooms(connection: Connection, found: Mapping[int, Found]) -> list[Place]:
    found_rows = _entries(
        connection,
        "SELECT e.doc, m.id, m.code, m.state FROM search_entry AS e "
        "JOIN room AS m ON m.id = e.row_id AND m.deleted IS NULL",
        found,
    )
    return [Place(row[1], row[2], row[3], found[row[0]]) for row in found_rows]


def room_hit(place: Place, lived: list[Home]) -> Hit:
    """The line of one room: who lives there, and its state."""
    current = [home for home in lived if home.is_current]
    names = list(dict.fromkeys(home.name for home in current))
    detail = Line()
    detail.add("、".join(names[:_MOST_NAMES]) + ("…" if len(names) > _MOST_NAMES else ""))
    detail.add(label("room.state", place.state))
    return Hit(
        HitKind.ROOM,
        place.id,
        place.code,
        detail.text,
        Matched.ROOM,
        place.found.score,
        room_id=place.id,
        resident_id=current[0].resident_id if current else None,
        title_spans=_code_spans(place.code, place.found.term),
        detail_spans=(),
        state=place.state,
    )


def _code_spans(code: str, term: str) -> tuple[Span, ...]:
    folded = code.casefold()
    start = folded.rfind(term) if "-" not in term else folded.find(term)
    return ((start, start + len(term)),) if start >= 0 and term else ((0, len(code)),)


def vehicle_hits(connection: Connection, found: Mapping[int, Found]) -> list[Hit]:
    """The line of each vehicle: whose it is and where they live."""
    found_rows = _entries(
        connection,
        "SELECT e.doc, v.id, v.plate, v.resident_id, r.name, v.room_id, m.code FROM search_entry AS e "
        "JOIN vehicle AS v ON v.id = e.row_id AND v.deleted IS NULL "
        "LEFT JOIN resident AS r ON r.id = v.resident_id AND r.deleted IS NULL "
        "LEFT JOIN room AS m ON m.id = v.room_id AND m.deleted IS NULL",
        found,
    )
    hits = []
    for doc, vehicle_id, plate, resident_id, name, room_id, code in found_rows:
        detail = Line()
        detail.add(code)
        detail.add(name)
        hits.append(
            Hit(
                HitKind.VEHICLE,
                vehicle_id,
                plate,
                detail.text,
                Matched.PLATE,
                found[doc].score,
                room_id=room_id if code else None,
                resident_id=resident_id if name else None,
                title_spans=_plate_spans(plate, found[doc].term),
                detail_spans=(),
            )
        )
    return hits


def _plate_spans(plate: str, term: str) -> tuple[Span, ...]:
    places = [place for place, sign in enumerate(plate) if sign.isalnum()]
    start = "".join(plate[place] for place in places).casefold().rfind(term)
    return ((places[start], places[start + len(term) - 1] + 1),) if start >= 0 else ()


# -- tickets ------------------------------------------------------------------------------------------


def ticket_hits(connection: Connection, found: Mapping[str, Found], query: str) -> list[Hit]:
    """The line of each ticket {id: Found}: room, state, and the words around the match."""
    columns = ", ".join(f"t.{name}" for name in TEXT_COLUMNS)
    found_rows = rows(
        connection,
        f"SELECT t.id, t.number, t.state, t.received_at, t.room_id, m.code, t.resident_id, {columns} "
        "FROM ticket AS t LEFT JOIN room AS m ON m.id = t.room_id AND m.deleted IS NULL "
        "WHERE t.id IN (SELECT value FROM json_each(?)) AND t.deleted IS NULL",
        _ids(found),
    )
    hits = []
    for row in found_rows:
        ticket_id, number, state, received_at, room_id, code, resident_id = row[:7]
        source = found[ticket_id]
        detail = Line()
        detail.add(code, [(0, len(code))] if code and source.matched is Matched.ROOM else ())
        detail.add(label("ticket.state", state))
        asked = words(query) if source.matched is Matched.TEXT else []
        detail.add(*excerpt([field for field in row[7:] if field], asked))
        is_number = source.matched is Matched.NUMBER
        hits.append(
            Hit(
                HitKind.TICKET,
                ticket_id,
                number,
                detail.text,
                source.matched,
                source.score,
                room_id=room_id if code else None,
                resident_id=resident_id,
                title_spans=_number_spans(number, query) if is_number else (),
                detail_spans=tuple(detail.spans),
                state=state,
                at=from_milliseconds(received_at),
                is_current=state not in FINISHED,
            )
        )
    return hits


def excerpt(fields: Sequence[str], asked: list[str]) -> tuple[str, list[Span]]:
    """The field in which the first word is found, cut to 36 characters around it, the words marked."""
    chosen, place = _holder(fields, asked)
    start = max(0, min(place - _BEFORE_MATCH, len(chosen) - _EXCERPT))
    shown = chosen[start : start + _EXCERPT]
    head, tail = ("…" if start else ""), ("…" if start + _EXCERPT < len(chosen) else "")
    folded = pinyin.fold(shown)
    spans = []
    for word in dict.fromkeys(asked):
        at = folded.find(word)
        if at >= 0:
            spans.append((at + len(head), at + len(head) + len(word)))
    return head + shown + tail, sorted(spans)


def _holder(fields: Sequence[str], asked: list[str]) -> tuple[str, int]:
    """(The field with the first word, the place of it); the first field if no word is asked for."""
    lines = [field.replace("\n", " ") for field in fields]
    for line in lines if asked else ():
        at = pinyin.fold(line).find(asked[0])
        if at >= 0:
            return line, at
    return (lines[0], 0) if lines else ("", 0)


def _number_spans(number: str, query: str) -> tuple[Span, ...]:
    """The end of the number that the typed digits stand for."""
    digits = "".join(sign for sign in normalise(query) if sign.isdigit()).lstrip("0")
    places = [place for place, sign in enumerate(number) if sign.isdigit()]
    start = "".join(number[place] for place in places).rfind(digits)
    return ((places[start], places[start + len(digits) - 1] + 1),) if digits and start >= 0 else ()
