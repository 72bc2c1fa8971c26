"""Columns of a list, declared: title, key, width, alignment, words, tone, sort. No column is written
twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Any, Generic, TypeVar

from views.widgets.tone import Tone

R = TypeVar("R")


class Align(StrEnum):
    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True)
class Sort:
    """The order asked of a query: a column's ``sort`` key and the direction."""

    key: str
    is_descending: bool = False


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column over rows of type *R* (a frozen dataclass).

    ``title``: Chinese marked with ``N_``. ``text``: the words of a cell; by default the attribute named
    ``key`` (``None`` shows as empty). ``width``: pixels at 100 %. ``least``: what it may be squeezed to
    where there is little room, before it is left out; 0 keeps its width always. ``tone`` and ``symbol``: how
    a state looks, of the row. ``sort``: the key the query sorts by, empty if it cannot. ``tip``: words of the
    tool tip, the text if ``None``.
    """

    key: str
    title: str
    width: int = 100
    text: Callable[[R], object] | None = None
    alignment: Align = Align.LEFT
    sort: str = ""
    tone: Callable[[R], Tone] | None = None
    symbol: Callable[[R], str] | None = None
    tip: Callable[[R], str] | None = None
    is_bold: bool = False
    is_stretched: bool = False
    is_hidden: bool = False
    widest: Callable[[], Sequence[str]] | None = None
    """Translated words that must fit whatever the language; the column is at least as wide as they are."""
    least: int = 0
    sign: str = ""
    """Shown in the header in place of ``title`` where the column is as narrow as a sign."""
    is_sign_only: bool = False
    """Only ``symbol`` is painted; the words are in the tool tip, in what is copied and read aloud."""

    def words(self, row: R) -> str:
        """The text of this column's cell, without the symbol."""
        value: Any = self.text(row) if self.text is not None else attrgetter(self.key)(row)
        return "" if value is None else str(value)

    def cell(self, row: R) -> str:
        """Symbol and words as one text: what is copied, exported and read aloud."""
        symbol = self.symbol(row) if self.symbol is not None else ""
        return f"{symbol} {self.words(row)}".strip()


def checked(columns: Sequence[Column[R]]) -> tuple[Column[R], ...]:
    """*columns*, refused with ``ValueError`` if two have one key."""
    keys = [column.key for column in columns]
    if len(set(keys)) != len(keys):
        raise ValueError(f"two columns with one key: {keys}")
    return tuple(columns)
