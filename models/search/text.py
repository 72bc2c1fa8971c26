"""Ticket text as tokens: characters and pairs of neighbours, so that one or two characters find a ticket.

A full-text index that knows words cannot find 漏 in 漏水; one of trigrams cannot find it either. Pairs
computed here answer one and two characters exactly; a longer query is the AND of its pairs, and what
that finds is checked against the text (`contains`). Single Latin letters and digits are no tokens: their
lists would hold half of all tickets and tell nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

OPEN = "open"
"""Token of every ticket that is not finished. Like all marks it is longer than any token of text."""

_RUN = re.compile(r"[^\W_]+")
_FIRST_HAN = "\u2e80"
_NUMBER_MARK = "nr"
_TAIL_MARK = "nt"
_LONGEST_QUERY = 64
_WHOLE_NUMBER = 10
"""Digits of a day and a count."""


def normalise(text: str) -> str:
    """Half-width, case folded, outer blanks gone: what is compared, on both sides."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def words(text: str) -> list[str]:
    """A query's words: each must be in the text, in any order. At most 64 characters are read."""
    return normalise(text)[:_LONGEST_QUERY].split()


def text_tokens(fields: Iterable[str | None]) -> set[str]:
    """Every Chinese character and every pair of neighbouring letters, digits or characters of the fields."""
    tokens: set[str] = set()
    for field in fields:
        if field:
            for run in _RUN.findall(normalise(field)):
                tokens.update(sign for sign in run if sign >= _FIRST_HAN)
                tokens.update(map("".join, pairwise(run)))
    return tokens


def number_tokens(number: str) -> set[str]:
    """``B-261121-0042`` → its digits with the letters behind; its count (42) without zeros; and ``b42``."""
    folded = normalise(number)
    tokens = set()
    letters = "".join(sign for sign in folded if "a" <= sign <= "z")
    digits = "".join(sign for sign in folded if "0" <= sign <= "9")
    if digits:
        tokens.add(f"{_NUMBER_MARK}{digits}{letters}")
    count = re.search(r"[0-9]+$", folded)
    if count is not None:
        tail = int(count.group()[-9:])
        tokens.update((f"{_TAIL_MARK}{tail}", f"{_TAIL_MARK}{letters}{tail}"))
    return tokens


def open_in_room(room_id: str) -> str:
    """Token of the open tickets of one room."""
    return f"rm{normalise(room_id)}"


def number_query(text: str, *, shortest: int = 6) -> tuple[str, bool] | None:
    """The full-text expression for a ticket number as typed, and whether it names the day.

    ``B-261121-0042``, ``b2611210042`` and ``261121-0042`` give its number mark; fewer digits than
    ``shortest`` give the count of the day (``42``, ``0042``, ``B42``); None if ``text`` is no number.
    """
    parts = re.fullmatch(r"([a-z]{0,3})[-\s]?((?:[0-9]+[-\s]?)*[0-9]+)", normalise(text))
    if parts is None:
        return None
    letters, digits = parts[1], re.sub(r"[^0-9]", "", parts[2])
    if len(digits) < shortest:
        return f'"{_TAIL_MARK}{letters}{int(digits)}"', False
    if len(digits) >= _WHOLE_NUMBER and letters:
        return f'"{_NUMBER_MARK}{digits}{letters}"', True
    return f'"{_NUMBER_MARK}{digits}"*', True


@dataclass(frozen=True, slots=True)
class TextQuery:
    """``expression`` for FTS5; where ``is_exact`` is false, what it finds must pass `contains`."""

    words: tuple[str, ...]
    expression: str
    is_exact: bool

    def contains(self, fields: Iterable[str | None]) -> bool:
        """Whether each word is in one of the fields."""
        texts = [normalise(field) for field in fields if field]
        return all(any(word in text for text in texts) for word in self.words)


def text_query(text: str) -> TextQuery | None:
    """How to ask for a ticket's words; None if ``text`` has no token (a single letter, punctuation)."""
    tokens: dict[str, None] = {}
    is_exact = True
    asked = words(text)
    for word in asked:
        for run in _RUN.findall(word):
            if len(run) > 1:
                tokens.update(dict.fromkeys(map("".join, pairwise(run))))
            elif run >= _FIRST_HAN:
                tokens[run] = None
        if len(word) > 2 or word not in tokens:
            is_exact = False
    if not tokens:
        return None
    return TextQuery(tuple(asked), " AND ".join(f'"{token}"' for token in tokens), is_exact)
