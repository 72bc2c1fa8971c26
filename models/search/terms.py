"""The terms under which residents, phones, rooms and vehicles are found, each asked as a range.

A term belongs to a field; what was typed finds every term that begins with it. Every suffix of a name or a
plate is a term, so a given name finds its bearer. A phone is a term twice, forwards and backwards: its first
and its last digits find it, at a quarter of the terms that all its suffixes would be.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from typing import Final

from models.rules.room_code import RoomCode
from models.search import pinyin
from models.search.text import normalise

Term = tuple[int, str]
"""(field, term)."""

LONGEST_NAME = 16
LONGEST_LETTERS = 32
"""Terms are cut at so many characters, and so is what is asked."""
SHORTEST_DIGITS = 3
"""Fewer digits of a phone or characters of a plate find nothing: everyone has them."""
_NAMES_KEPT = 30_000
"""Names, and pieces of names, whose terms are remembered: an import has many namesakes."""


class Kind(IntEnum):
    """What an entry of the index is."""

    RESIDENT = 1
    PHONE = 2
    ROOM = 3
    VEHICLE = 4


class Field:
    """What a term is a piece of: plain numbers, since the driver takes no others quickly.

    ``…_HEAD`` begins where the name begins, ``…_TAIL`` later, both by the right reading of each character;
    ``…_OTHER`` by another one, wherever it begins.
    """

    ROOM_CODE: Final = 1
    ROOM_RUN: Final = 2
    ROOM_NUMBER: Final = 3
    PLATE: Final = 4
    PHONE_TAIL: Final = 5
    """The digits from the last to the first: what is typed is turned round as well."""
    NAME_HEAD: Final = 6
    NAME_TAIL: Final = 7
    INITIALS_HEAD: Final = 8
    INITIALS_TAIL: Final = 9
    SYLLABLES_HEAD: Final = 10
    SYLLABLES_TAIL: Final = 11
    CUSTOMER_NO: Final = 12
    INITIALS_OTHER: Final = 13
    SYLLABLES_OTHER: Final = 14
    PHONE_HEAD: Final = 15


def terms_of(kind: Kind, source: str) -> set[Term]:
    """The terms of one row, from the one text that decides them (`models.search.sources`)."""
    match kind:
        case Kind.RESIDENT:
            name, company, customer_no = source.split("\x1f")
            return _resident_terms(name, company == "company", customer_no)
        case Kind.PHONE:
            digits = source[-LONGEST_LETTERS:]
            return {(Field.PHONE_TAIL, digits[::-1]), (Field.PHONE_HEAD, digits)} if digits else set()
        case Kind.ROOM:
            return _room_terms(source)
        case Kind.VEHICLE:
            return {(Field.PLATE, suffix) for suffix in _suffixes(plate_key(source), SHORTEST_DIGITS)}


def plate_key(text: str) -> str:
    """A plate without separators, folded: ``京A·12345`` → ``京a12345``."""
    return "".join(sign for sign in normalise(text) if sign.isalnum())


def joined(text: str) -> str:
    """A name as it is compared: folded, without blanks and punctuation, at most 16 characters."""
    return "".join(pinyin.name_words(text))[:LONGEST_NAME]


def _suffixes(text: str, shortest: int) -> Iterator[str]:
    for start in range(len(text) - shortest + 1):
        yield text[start : start + LONGEST_LETTERS]


def _resident_terms(name: str, is_company: bool, customer_no: str) -> set[Term]:
    terms = {*_name_terms(name, is_company)}
    number = plate_key(customer_no) if customer_no else ""
    if number:
        terms.add((Field.CUSTOMER_NO, number[:LONGEST_LETTERS]))
    return terms


@lru_cache(maxsize=_NAMES_KEPT)
def _name_terms(name: str, is_company: bool) -> tuple[Term, ...]:
    pieces = tuple(pinyin.units(name, is_company=is_company)[:LONGEST_NAME])
    terms: list[Term] = []
    for start in range(len(pieces)):
        rest = pieces[start:]
        text = "".join([piece.text for piece in rest])[:LONGEST_NAME]
        readings = tuple([piece.readings for piece in rest])
        terms += _terms_from(text, readings, not start)
    terms += [(Field.INITIALS_HEAD, form[:LONGEST_LETTERS]) for form in pinyin.shorthand_forms(pieces)]
    return tuple(terms)


@lru_cache(maxsize=_NAMES_KEPT)
def _terms_from(text: str, readings: tuple[tuple[str, ...], ...], is_head: bool) -> tuple[Term, ...]:
    """The terms of a name from one of its pieces on: given names repeat, and so do their terms."""
    written, letters, syllables = (
        (Field.NAME_HEAD, Field.INITIALS_HEAD, Field.SYLLABLES_HEAD)
        if is_head
        else (Field.NAME_TAIL, Field.INITIALS_TAIL, Field.SYLLABLES_TAIL)
    )
    terms: list[Term] = [(written, text)]
    if is_head or len(readings) > 1:
        right, *others = pinyin.initials_of(readings)
        terms.append((letters, right))
        terms += [(Field.INITIALS_OTHER, form) for form in others]
    right, *others = pinyin.syllables_of(readings)
    terms.append((syllables, right[:LONGEST_LETTERS]))
    terms += [(Field.SYLLABLES_OTHER, form[:LONGEST_LETTERS]) for form in others]
    return tuple(terms)


def _room_terms(code: str) -> set[Term]:
    folded = normalise(code)
    building, _, rest = folded.partition("-")
    unit, _, number = rest.partition("-")
    if not number:
        return {(Field.ROOM_CODE, folded)}
    bare = RoomCode(building, unit, number).key.casefold()
    terms = _spelt(folded, building, unit, number)
    if bare != folded:
        terms |= _spelt(bare, *bare.split("-", maxsplit=2))
    return terms


def _spelt(code: str, house: str, entrance: str, door: str) -> set[Term]:
    return {
        (Field.ROOM_CODE, code),
        (Field.ROOM_CODE, f"{house}-{door}"),
        (Field.ROOM_RUN, house + entrance + door),
        (Field.ROOM_RUN, house + door),
        (Field.ROOM_NUMBER, door),
    }
