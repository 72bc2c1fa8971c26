"""From what was typed to what is asked of the index: one range for each thing it may mean.

Scores say how sure a meaning is; they only order answers. Exact room > number > plate > phone's last
digits > name > initials and pinyin > the middle of something > words of a ticket.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from models.rules import plate, room_code
from models.rules.personal_data import phone_digits
from models.search.hits import Matched
from models.search.terms import LONGEST_LETTERS, LONGEST_NAME, SHORTEST_DIGITS, Field, joined
from models.search.text import normalise

ROWS_A_PROBE = 48
"""Terms read for one meaning, in the order of the terms: exact ones come first."""
_LAST = "\U0010ffff"
_MOST_ROOM_READINGS = 4
_LONGEST_NUMBER = 4
"""``1502`` is rather a room's number than building 1, room 502."""
_FIRST_HAN = "\u2e80"
_MARKS = re.compile(r"号楼栋|号楼|楼栋|单元|号房|号铺|商铺|[栋幢座室房户铺门梯号#]|[-/\\._—–~,\s]+")
_BUILDING_MARK = re.compile(r"[栋幢座楼#]$")
_LONGEST_RUN = 8
_LONG_DIGITS = 7
"""So many first digits of a phone are typed on purpose; fewer rather mean something else."""
_LETTERS = re.compile(r"[a-z]+")

EXACT_ROOM = 1000.0
TICKET_NUMBER = 980.0
TICKET_COUNT = 640.0
TICKET_TEXT = 400.0
OPEN_TICKET_TEXT = 500.0


@dataclass(frozen=True, slots=True)
class Probe:
    """One range of terms: those that begin with ``term``. ``exact`` and ``begins`` score the two cases."""

    field: int
    term: str
    matched: Matched
    exact: float
    begins: float
    rows: int = ROWS_A_PROBE
    is_whole: bool = False
    """Whether only the term itself is meant, none that is longer."""

    @property
    def range(self) -> tuple[int, str, str, int]:
        """Field, first term, the end past the last term, and how many rows."""
        return self.field, self.term, self.term + ("\0" if self.is_whole else _LAST), self.rows

    def score(self, term: str) -> float:
        """A nearer length is a better answer."""
        return self.exact if term == self.term else self.begins - min(len(term) - len(self.term), 30) * 0.5


def probes(text: str) -> list[Probe]:
    """Everything ``text`` may mean among residents, rooms and vehicles, each once."""
    found: dict[tuple[int, str], Probe] = {}
    for probe in _all_probes(text):
        found.setdefault((probe.field, probe.term), probe)
    return list(found.values())


def _all_probes(text: str) -> Iterator[Probe]:
    folded = normalise(text)
    yield from room_probes(text)
    yield from _phone_probes(folded)
    yield from _plate_probes(text)
    yield from _customer_probes(folded)
    yield from name_probes(text)


def room_probes(text: str) -> Iterator[Probe]:
    """Rooms by whole code in any spelling, by a code still being typed, by digits in a row, by number."""
    if not any(sign.isdigit() for sign in room_code.normalise(text)):
        return
    for place, reading in enumerate(room_code.candidates(text)[:_MOST_ROOM_READINGS]):
        score = EXACT_ROOM - 2 * place
        yield Probe(Field.ROOM_CODE, reading.key.casefold(), Matched.ROOM, score, 760)
        if not reading.is_unit_given:
            building, _, number = reading.key.casefold().split("-", maxsplit=2)
            yield Probe(Field.ROOM_CODE, f"{building}-{number}", Matched.ROOM, score - 1, 760)
    dashed = _dashed(text)
    if "-" in dashed:
        yield Probe(Field.ROOM_CODE, dashed, Matched.ROOM, 990, 760)
    elif dashed and _BUILDING_MARK.search(room_code.normalise(text)):
        yield Probe(Field.ROOM_CODE, f"{dashed}-", Matched.ROOM, 690, 680)
    elif dashed and len(dashed) <= _LONGEST_RUN:
        is_number = len(dashed) <= _LONGEST_NUMBER
        yield Probe(Field.ROOM_RUN, dashed, Matched.ROOM, 615 if is_number else 970, 650)
        yield Probe(Field.ROOM_NUMBER, dashed, Matched.ROOM, 700, 610)


def home_probes(text: str, rows: int) -> Iterator[Probe]:
    """The rooms that a word beside a name says: a building, a building and unit, a number, a whole code."""
    for reading in room_code.candidates(text)[:_MOST_ROOM_READINGS]:
        yield Probe(Field.ROOM_CODE, reading.key.casefold(), Matched.ROOM, EXACT_ROOM, 0, rows, is_whole=True)
    dashed = _dashed(text)
    if not dashed or not any(sign.isdigit() for sign in dashed):
        return
    is_number = "-" not in dashed and len(dashed) >= SHORTEST_DIGITS
    if is_number and not _BUILDING_MARK.search(room_code.normalise(text)):
        yield Probe(Field.ROOM_NUMBER, dashed, Matched.ROOM, EXACT_ROOM, 0, rows, is_whole=True)
    else:
        yield Probe(Field.ROOM_CODE, f"{dashed}-", Matched.ROOM, 0, EXACT_ROOM, rows)
        yield Probe(Field.ROOM_CODE, dashed, Matched.ROOM, EXACT_ROOM, 0, rows, is_whole=True)


def _dashed(text: str) -> str:
    """``3栋2单元15`` → ``3-2-15``: a code as far as it is typed; empty if there are other words in it."""
    plain = _MARKS.sub("-", room_code.normalise(text)).casefold()
    dashed = re.sub(r"-+", "-", plain).strip("-")
    return dashed if re.fullmatch(r"[a-z0-9-]+", dashed) else ""


def _phone_probes(folded: str) -> Iterator[Probe]:
    if not re.fullmatch(r"[\d\s()+-]+", folded):
        return
    digits = phone_digits(folded)
    if len(digits) >= SHORTEST_DIGITS:
        digits = digits[:LONGEST_LETTERS]
        ends = 850.0 if len(digits) > SHORTEST_DIGITS else 830.0
        yield Probe(Field.PHONE_TAIL, digits[::-1], Matched.PHONE, ends, ends)
        yield Probe(
            Field.PHONE_HEAD, digits, Matched.PHONE, ends, 845 if len(digits) >= _LONG_DIGITS else 620
        )


def _plate_probes(text: str) -> Iterator[Probe]:
    key = plate.plate_key(text).casefold()
    if len(key) < SHORTEST_DIGITS or not key.isalnum() or _LETTERS.fullmatch(key):
        return
    if any(sign >= _FIRST_HAN for sign in key[1:-1]):
        return
    exact, begins = (
        (900.0, 745.0) if not key.isdigit() else (825.0 if len(key) > SHORTEST_DIGITS else 700.0, 600.0)
    )
    for term in dict.fromkeys((key, key.replace("o", "0").replace("i", "1"))):
        yield Probe(Field.PLATE, term, Matched.PLATE, exact, begins)


def _customer_probes(folded: str) -> Iterator[Probe]:
    key = "".join(sign for sign in folded if sign.isalnum())
    if len(key) >= SHORTEST_DIGITS and any(sign.isdigit() for sign in key) and key.isascii():
        yield Probe(Field.CUSTOMER_NO, key[:LONGEST_LETTERS], Matched.CUSTOMER_NO, 870, 580)


def name_probes(text: str) -> Iterator[Probe]:
    """People by their name as written, by pinyin and by initials."""
    name = joined(text)
    if not name or name.isdigit():
        return
    yield Probe(Field.NAME_HEAD, name[:LONGEST_NAME], Matched.NAME, 780, 740)
    yield Probe(Field.NAME_TAIL, name[:LONGEST_NAME], Matched.NAME, 640, 600)
    letters = pinyin_letters(text)
    if letters:
        yield Probe(Field.INITIALS_HEAD, letters, Matched.INITIALS, 720, 690)
        yield Probe(Field.SYLLABLES_HEAD, letters, Matched.PINYIN, 735, 700)
        yield Probe(Field.INITIALS_TAIL, letters, Matched.INITIALS, 560, 520)
        yield Probe(Field.SYLLABLES_TAIL, letters, Matched.PINYIN, 570, 540)
        yield Probe(Field.SYLLABLES_OTHER, letters, Matched.PINYIN, 510, 480)
        yield Probe(Field.INITIALS_OTHER, letters, Matched.INITIALS, 430, 410)


def pinyin_letters(text: str) -> str:
    """The letters of typed pinyin, ``ü`` as ``v``, without blanks and apostrophes; empty if it is none."""
    letters = re.sub(r"[\s'’·-]+", "", normalise(text)).replace("ü", "v")
    return letters[:LONGEST_LETTERS] if _LETTERS.fullmatch(letters) else ""
