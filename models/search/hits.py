"""What the one box answers with: a line to show, why it was found, and where to look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from models.rules.personal_data import MASK, mask_phone

Span = tuple[int, int]
"""First character and one past the last, of a title or a detail line."""
_SEPARATOR = " · "
_SHOWN_TAIL = 4


class HitKind(StrEnum):
    ROOM = "room"
    RESIDENT = "resident"
    VEHICLE = "vehicle"
    TICKET = "ticket"


class Matched(StrEnum):
    """Which property was found by what was typed."""

    ROOM = "room"
    NUMBER = "number"
    PLATE = "plate"
    PHONE = "phone"
    NAME = "name"
    INITIALS = "initials"
    PINYIN = "pinyin"
    CUSTOMER_NO = "customer_no"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer. Phones in it are masked; highlighted spans show why it was found.

    ``room_id`` and ``resident_id`` are the household that a new ticket would be for, where there is one.
    ``is_current`` is false for people who have moved out. ``at`` is when a ticket was received. ``state`` is
    the code of a ticket's or room's state, for a symbol. A greater ``score`` is a better answer.
    """

    kind: HitKind
    id: str
    title: str
    detail: str
    matched: Matched
    score: float
    room_id: str | None = None
    resident_id: str | None = None
    title_spans: tuple[Span, ...] = ()
    detail_spans: tuple[Span, ...] = ()
    is_current: bool = True
    state: str | None = None
    at: datetime | None = None


@dataclass
class Line:
    """Puts a detail line together piece by piece and keeps where the highlights fall."""

    text: str = ""
    spans: list[Span] = field(default_factory=list)

    def add(self, piece: str | None, spans: Iterable[Span] = ()) -> None:
        """Append a piece; ``spans`` are places within it. Nothing happens for an empty one."""
        if not piece:
            return
        if self.text:
            self.text += _SEPARATOR
        start = len(self.text)
        self.text += piece
        self.spans.extend((start + first, start + past) for first, past in spans)


def masked_phone(digits: str, query: str | None) -> tuple[str, tuple[Span, ...]]:
    """The masked number, and which of its visible or starred places ``query`` (digits) stands for."""
    shown = mask_phone(digits)
    if not query or query not in digits:
        return shown, ()
    stars = shown.find(MASK)
    if query == digits:
        return shown, ((0, len(shown)),)
    if digits.endswith(query):
        start = len(shown) - len(query) if len(query) <= _SHOWN_TAIL else stars
        return shown, ((max(start, 0), len(shown)),)
    if digits.startswith(query) and stars:
        return shown, ((0, len(query) if len(query) <= stars else stars + len(MASK)),)
    return shown, ((stars, stars + len(MASK)),)
