"""The numbers people read out: ``B-261121-0042`` is desk letter, day, count of that desk and day.

Unique without a network, because the letters of a desk belong to it alone; never renumbered.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

_WHOLE = re.compile(r"(?P<letters>[A-Z]{1,3})-?(?P<day>\d{6})-?(?P<count>\d{4,6})")
_LOOSE = re.compile(r"(?:(?P<letters>[A-Z]{1,3})[- ]?)?(?:(?P<day>\d{6})[- ])?(?P<count>\d{1,6})")
TICKET_SCOPE = "ticket"
SHEET_SCOPE = "sheet"
SHEET_PREFIX = "HF"
"""回访: callback sheets count apart from tickets."""


@dataclass(frozen=True, slots=True)
class TicketNumber:
    """The parts of a number."""

    letters: str
    day: date
    count: int

    def __str__(self) -> str:
        return ticket_number(self.letters, self.day, self.count)


def ticket_number(letters: str, day: date, count: int) -> str:
    """``B-261121-0042``; the count grows past four digits if a day needs it. Raises ValueError below 1."""
    if count < 1 or not re.fullmatch(r"[A-Z]{1,3}", letters):
        raise ValueError(f"no ticket number of {letters!r} and {count}")
    return f"{letters}-{day:%y%m%d}-{count:04d}"


def sheet_number(letters: str, day: date, count: int) -> str:
    """Number of a callback sheet: ``HF-B-261121-003``."""
    if count < 1:
        raise ValueError("sheets are counted from 1")
    return f"{SHEET_PREFIX}-{letters}-{day:%y%m%d}-{count:03d}"


def parse_sheet(number: str) -> date | None:
    """The day of a callback sheet's number; None if it is none."""
    parts = number.split("-")
    return _day(parts[2]) if len(parts) == 4 and parts[0] == SHEET_PREFIX and parts[2].isdigit() else None


def renumbering_id(ticket_id: str) -> str:
    """Id of the event by which a ticket's first number is remembered: it is found by it."""
    return hashlib.sha256(f"renumber:{ticket_id}".encode()).hexdigest()[:32]


def counter_key(scope: str, letters: str, day: date) -> str:
    """Key of the counter in ``local_state``: one for each scope, desk and day."""
    return f"counter.{scope}.{letters}.{day:%y%m%d}"


def parse(text: str) -> TicketNumber | None:
    """A whole number, with or without its dashes, in any letter case and width; None if it is none."""
    found = _WHOLE.fullmatch(_plain(text))
    if found is None:
        return None
    day = _day(found["day"])
    if day is None or int(found["count"]) < 1:
        return None
    return TicketNumber(found["letters"], day, int(found["count"]))


def complete(text: str, letters: str, today: date) -> str | None:
    """The whole number that a short saying means at this desk today.

    ``42`` and ``0042`` are today's of this desk, ``A42`` today's of desk A, ``261119-7`` this desk's of
    that day. None if it is none.
    """
    whole = parse(text)
    if whole is not None:
        return str(whole)
    found = _LOOSE.fullmatch(_plain(text))
    if found is None or int(found["count"]) < 1:
        return None
    day = _day(found["day"]) if found["day"] else today
    if day is None:
        return None
    return ticket_number(found["letters"] or letters, day, int(found["count"]))


def _plain(text: str) -> str:
    return re.sub(r"[—–―_]", "-", unicodedata.normalize("NFKC", text).strip().upper())


def _day(digits: str) -> date | None:
    try:
        return date(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:]))
    except ValueError:
        return None
