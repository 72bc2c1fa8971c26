"""How names are read: every reading for finding, the right one for showing.

pypinyin knows each character's readings but takes surnames for everyday words (单 dān instead of shàn);
`models.search.surnames` puts that right. pypinyin is imported at first use: it costs 0.13 s.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from models.search.surnames import surname_readings

MOST_COMBINATIONS = 24
"""Of all ways to read a whole name, so many are kept; the right one first."""

_LONG_NAME = 4
"""A longer name has too many combinations: its words decide which reading comes first (重庆 chóng)."""
_FIRST_HAN = "\u2e80"
_PIECE = re.compile(r"[a-z0-9]+|[^\W_]")
_SYLLABLE = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Unit:
    """One character with its readings, or one run of Latin letters or digits.

    ``start`` and ``end`` are places in the text as given; ``readings`` are without tones, right one first.
    """

    text: str
    start: int
    end: int
    readings: tuple[str, ...]

    @property
    def initials(self) -> tuple[str, ...]:
        """First letters of the readings, each once."""
        return _initials(self.readings)


@lru_cache(maxsize=30_000)
def _toned_readings(character: str) -> tuple[str, ...]:
    """Every reading with tone marks, the commonest first; empty for what is no Chinese character."""
    from pypinyin import Style, pinyin

    found = pinyin(character, style=Style.TONE, heteronym=True, errors="ignore")
    return tuple(found[0]) if found else ()


@lru_cache(maxsize=30_000)
def toneless(reading: str) -> tuple[str, ...]:
    """``shàn`` → ``shan``; ``lǚ`` → ``lv``, ``lyu`` (passports) and ``lu``; empty if no letters remain."""
    marks = unicodedata.normalize("NFD", reading)
    has_umlaut = "\u0308" in marks
    plain = "".join(sign for sign in marks if not unicodedata.combining(sign)).lower()
    if not _SYLLABLE.fullmatch(plain):
        return ()
    if not has_umlaut:
        return (plain,)
    return tuple(plain.replace("u", vowel, 1) for vowel in ("v", "yu", "u"))


@lru_cache(maxsize=30_000)
def character_readings(character: str) -> tuple[str, ...]:
    """Every reading of one character without tones, the commonest first."""
    readings: dict[str, None] = {}
    for toned in _toned_readings(character):
        for plain in toneless(toned):
            readings.setdefault(plain)
    return tuple(readings)


def units(text: str, *, is_company: bool = False) -> list[Unit]:
    """``text`` in its readable pieces; blanks and punctuation fall away.

    A company is read as words: it has no surname.
    """
    found = list(_PIECE.finditer(fold(text)))
    words = tuple(piece.group() for piece in found)
    if len(words) > _LONG_NAME:
        right = _right_readings(words, is_company)
    else:
        right = () if is_company else surname_readings("".join(words))
    return [
        Unit(word, piece.start(), piece.end(), _readings_of(word, right[place] if place < len(right) else ""))
        for place, (word, piece) in enumerate(zip(words, found, strict=True))
    ]


@lru_cache(maxsize=30_000)
def _initials(readings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(reading[0] for reading in readings))


@lru_cache(maxsize=30_000)
def _readings_of(piece: str, right: str) -> tuple[str, ...]:
    if piece < _FIRST_HAN:
        return (piece,)
    return tuple(dict.fromkeys((*toneless(right), *character_readings(piece)))) or (piece,)


def name_words(text: str) -> tuple[str, ...]:
    """The pieces' text: Chinese characters one by one, Latin letters and digits in runs."""
    return tuple(_PIECE.findall(fold(text)))


def name_places(text: str) -> tuple[str, list[int]]:
    """The pieces run together, and the place in ``text`` of each character of that."""
    found = list(_PIECE.finditer(fold(text)))
    return "".join(piece.group() for piece in found), [at for piece in found for at in range(*piece.span())]


def fold(text: str) -> str:
    """Half-width and lower case, character for character: places stay those of ``text``.

    A character that would become several (㎡) or change its place stays as it is.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    if len(folded) == len(text):
        return folded
    return "".join(_fold_one(character) for character in text)


def _fold_one(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character).casefold()
    return folded if len(folded) == 1 else character


def spoken(text: str, *, is_company: bool = False) -> str:
    """The name as it is said, with tone marks, a syllable a character: ``单梅`` → ``shàn méi``.

    Empty if nothing in it is Chinese. Latin pieces stand as they are.
    """
    return " ".join(spoken_syllables(text, is_company=is_company))


def spoken_syllables(text: str, *, is_company: bool = False) -> list[str]:
    """One syllable for each of `units`; an empty list if nothing in the name is Chinese."""
    words = name_words(text)
    if all(word < _FIRST_HAN for word in words):
        return []
    return list(_right_readings(words, is_company))


def _right_readings(words: tuple[str, ...], is_company: bool) -> tuple[str, ...]:
    first = () if is_company else surname_readings("".join(words))
    return (*first, *_phrase_readings(words[len(first) :]))


@lru_cache(maxsize=5_000)
def _phrase_readings(pieces: tuple[str, ...]) -> tuple[str, ...]:
    from pypinyin import Style, pinyin

    if all(piece >= _FIRST_HAN for piece in pieces):
        found = pinyin("".join(pieces), style=Style.TONE, errors="default") if pieces else []
        if len(found) == len(pieces):
            return tuple(syllables[0] for syllables in found)
    return tuple(
        (_toned_readings(piece) or (piece,))[0] if piece >= _FIRST_HAN else piece for piece in pieces
    )


def syllable_forms(pieces: Sequence[Unit]) -> list[str]:
    """The pieces read in full, run together: ``shanmei``, then with other readings; at most 24 ways."""
    return syllables_of(tuple([piece.readings for piece in pieces]))


def initial_forms(pieces: Sequence[Unit]) -> list[str]:
    """First letters, run together: ``sm``, then with other readings; at most 24 ways."""
    return initials_of(tuple([piece.readings for piece in pieces]))


def syllables_of(readings: tuple[tuple[str, ...], ...]) -> list[str]:
    """`syllable_forms` by the readings of each piece alone."""
    return list(dict.fromkeys(_combine(readings)))


def initials_of(readings: tuple[tuple[str, ...], ...]) -> list[str]:
    """`initial_forms` by the readings of each piece alone."""
    return list(dict.fromkeys(_combine(tuple([_initials(each) for each in readings]))))


@lru_cache(maxsize=30_000)
def _combine(choices: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """All ways to take one of each, first ones first; where it is too many, pieces keep their first."""
    if not choices:
        return ("",)
    rest = _combine(choices[1:])
    usable = choices[0][: max(1, MOST_COMBINATIONS // len(rest))]
    return tuple(option + form for option in usable for form in rest)


def shorthand_forms(pieces: Sequence[Unit]) -> list[str]:
    """What hurried typists make of a name by its right reading: ``zhangsf`` and ``zhsf``."""
    full = [piece.readings[0] for piece in pieces]
    forms = ["".join(reading[:2] if reading[:2] in ("zh", "ch", "sh") else reading[0] for reading in full)]
    if len(full) > 2:
        forms.append(full[0] + "".join(reading[0] for reading in full[1:]))
    return forms


def align(letters: str, pieces: list[Unit]) -> tuple[int, int] | None:
    """Which pieces the letters stand for: (first, one past the last), or None.

    Each piece takes a full reading, its first letter, or zh/ch/sh; the last may be cut short in typing. The
    right reading of each character is tried before all its others.
    """
    for is_any_reading in (False, True):
        choices = [piece.readings if is_any_reading else piece.readings[:1] for piece in pieces]
        for first in range(len(choices)):
            past = _align_from(letters, choices, first)
            if past is not None:
                return first, past
    return None


def is_said(letters: str, pieces: list[Unit]) -> bool:
    """Whether the letters stand for some of the pieces in their right readings."""
    choices = [piece.readings[:1] for piece in pieces]
    return any(_align_from(letters, choices, first) is not None for first in range(len(choices)))


def _align_from(letters: str, choices: list[tuple[str, ...]], place: int) -> int | None:
    if not letters:
        return place
    if place == len(choices):
        return None
    for reading in choices[place]:
        if reading.startswith(letters):
            return place + 1
        for length in dict.fromkeys((len(reading), 2 if reading[1:2] == "h" else 1, 1)):
            if letters.startswith(reading[:length]):
                past = _align_from(letters[length:], choices, place + 1)
                if past is not None:
                    return past
    return None
