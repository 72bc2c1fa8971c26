"""Reads gettext ``.po`` files: just what our fragments use, in one fast pass.

Known: comments, ``msgctxt``, ``msgid``, ``msgstr`` and continued strings. Plural forms are not used here
(Chinese has none; English sentences are written so that they need none).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_KEYWORDS = ("msgctxt", "msgid", "msgstr")


@dataclass(frozen=True)
class Entry:
    """One translation: where it stands, its context (may be empty), the source sentence and the
    translation."""

    file: str
    line: int
    context: str
    source: str
    translation: str

    @property
    def key(self) -> str:
        return f"{self.context}\x04{self.source}" if self.context else self.source


def _text(quoted: str, file: str, line: int) -> str:
    if len(quoted) < 2 or quoted[0] != '"' or quoted[-1] != '"':
        raise ValueError(f"{file}:{line}: a string in double quotes was expected, found {quoted[:40]!r}")
    body = quoted[1:-1]
    if "\\" not in body:
        return body
    return str(ast.literal_eval(quoted))


def read_entries(path: Path) -> Iterator[Entry]:
    """All entries of the file, in order, without the header; ``ValueError`` with file and line if
    malformed."""
    parts: dict[str, str] = {}
    start = 0
    current = ""
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.strip()
        if not line or line[0] == "#":
            continue
        if line[0] == '"':
            if not current:
                raise ValueError(f"{path.name}:{number}: a string that belongs to nothing")
            parts[current] += _text(line, path.name, number)
            continue
        keyword, _, rest = line.partition(" ")
        if keyword not in _KEYWORDS:
            raise ValueError(f"{path.name}:{number}: unknown keyword {keyword[:40]!r}")
        if "msgstr" in parts and keyword != "msgstr":
            yield from _finished(parts, path.name, start)
            parts = {}
        if keyword in parts:
            raise ValueError(f"{path.name}:{number}: {keyword} twice in one entry")
        if not parts:
            start = number
        current = keyword
        parts[keyword] = _text(rest.strip(), path.name, number)
    if parts:
        yield from _finished(parts, path.name, start)


def _finished(parts: dict[str, str], file: str, line: int) -> Iterator[Entry]:
    if "msgid" not in parts or "msgstr" not in parts:
        raise ValueError(f"{file}:{line}: an entry needs msgid and msgstr")
    if parts["msgid"]:  # the empty msgid is gettext's header
        yield Entry(file, line, parts.get("msgctxt", ""), parts["msgid"], parts["msgstr"])


def read_folder(folder: Path) -> dict[str, str]:
    """The translations of all fragments in *folder*, merged: key → translation; empty ones left out."""
    words: dict[str, str] = {}
    for path in sorted(folder.glob("*.po")):
        for entry in read_entries(path):
            if entry.translation:
                words[entry.key] = entry.translation
    return words
