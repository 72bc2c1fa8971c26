"""Words for people: Chinese is the source language, English comes from ``en.po.d/*.po``.

Free of Qt, so that screen, paper, workbook and command line share their words. In code::

    from resources.translations import gettext as _

``N_`` marks a sentence that is translated later (tables of constants built at import time).
The language is a property of the process, as it is in the standard library's gettext: it is set once at
start. A server that speaks several at once says so for each answer (`speaking`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from resources.translations.catalogue import read_folder

SOURCE_LANGUAGE = "zh_CN"
LANGUAGES: Mapping[str, str] = {"zh_CN": "简体中文", "en": "English"}
CONTEXT_SEPARATOR = "\x04"


class _Current:
    """The language in use and its words; the only state of this package."""

    def __init__(self) -> None:
        self.language = SOURCE_LANGUAGE
        self.words: Mapping[str, str] = {}


_current = _Current()
_spoken: ContextVar[_Current | None] = ContextVar("spoken", default=None)
"""The language of this thread's or task's present answer, before that of the process."""


@cache
def words_of(language: str) -> Mapping[str, str]:
    """All translations into *language*: source sentence → sentence; empty for the source language itself."""
    if language == SOURCE_LANGUAGE:
        return {}
    return read_folder(Path(__file__).parent / f"{language}.po.d")


def use(language: str) -> None:
    """Show words in *language* (a key of ``LANGUAGES``) from now on; an unknown one raises ``ValueError``."""
    if language not in LANGUAGES:
        raise ValueError(f"no such language: {language}")
    _current.words = words_of(language)
    _current.language = language


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Show words in *language* inside the block, in this thread or task only (a key of ``LANGUAGES``)."""
    if language not in LANGUAGES:
        raise ValueError(f"no such language: {language}")
    wanted = _Current()
    wanted.language, wanted.words = language, words_of(language)
    token = _spoken.set(wanted)
    try:
        yield
    finally:
        _spoken.reset(token)


def language() -> str:
    """The language in use, a key of ``LANGUAGES``."""
    return (_spoken.get() or _current).language


def best_language(wanted: Sequence[str]) -> str:
    """The first of the *wanted* locale names (``en_GB``, ``zh-Hans``) that we speak; the source language if
    none."""
    for name in wanted:
        head = name.replace("-", "_").split("_")[0].lower()
        for offered in LANGUAGES:
            if offered.split("_")[0] == head:
                return offered
    return SOURCE_LANGUAGE


def gettext(message: str) -> str:
    """*message* (Chinese) in the language in use; itself where there is no translation."""
    return (_spoken.get() or _current).words.get(message) or message


def pgettext(context: str, message: str) -> str:
    """As ``gettext`` where one Chinese word needs several English ones: *context* tells which is meant."""
    return (_spoken.get() or _current).words.get(f"{context}{CONTEXT_SEPARATOR}{message}") or message


def N_(message: str) -> str:
    """Mark *message* for translation and return it unchanged; translate it where it is shown."""
    return message
