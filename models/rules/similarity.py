"""Is a new request like one that is still open? Same room, category, and overlapping words decide."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.rules.room_code import RoomCode

THRESHOLD = 0.5
_SIGNS = re.compile(r"[\W_]+")
_FILLERS = re.compile(
    "麻烦|请|一下|业主|住户|反映|反馈|家里|家中|我家|有人|出现|需要|尽快|现在|今天|的|了|吗|呢|啊"
)
_SAME_MEANING: Mapping[str, str] = {
    "渗水": "漏水", "滴水": "漏水", "渗漏": "漏水", "跑水": "漏水",
    "没电": "停电", "断电": "停电", "没水": "停水",
    "下水道": "管道", "水管": "管道", "堵了": "堵塞", "不通": "堵塞",
    "打不开": "故障", "坏了": "故障", "失灵": "故障", "损坏": "故障", "不亮": "故障",
}  # fmt: skip
_LEAK = re.compile("漏水|渗水|滴水|渗漏|跑水|冒水|返水|漏了|漏雨")


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the comparison sees it."""

    ticket_id: str
    room_code: str | None
    place: str | None
    category_id: str | None
    kind: str
    matter: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like an open request is: 0 (nothing) to 1 (the same)."""

    ticket_id: str
    score: float


def words(text: str) -> frozenset[str]:
    """Pairs of neighbouring signs, fillers dropped and common wordings made one."""
    plain = unicodedata.normalize("NFKC", text).lower()
    for said, meant in _SAME_MEANING.items():
        plain = plain.replace(said, meant)
    plain = _SIGNS.sub("", _FILLERS.sub("", plain))
    if len(plain) == 1:
        return frozenset({plain})
    return frozenset(plain[i : i + 2] for i in range(len(plain) - 1))


def overlap(one: str, other: str) -> float:
    """Share of the shorter text's words that the other has too."""
    first, second = words(one), words(other)
    if not first or not second:
        return 0.0
    return len(first & second) / min(len(first), len(second))


def likeness(new: Request, other: Request) -> float:
    """Place, category and words together; different rooms are never alike."""
    if not _is_same_place(new, other):
        return 0.0
    score = 0.25 + 0.5 * overlap(new.matter, other.matter)
    if new.category_id is not None and new.category_id == other.category_id:
        score += 0.25
    elif new.kind == other.kind:
        score += 0.1
    return min(score, 1.0)


def _is_same_place(new: Request, other: Request) -> bool:
    if new.room_code or other.room_code:
        return new.room_code == other.room_code
    return bool(new.place) and bool(other.place) and overlap(new.place or "", other.place or "") >= THRESHOLD


def similar(new: Request, open_requests: Iterable[Request]) -> list[Likeness]:
    """The open requests that the new one may repeat, most alike first."""
    found = [
        Likeness(one.ticket_id, likeness(new, one)) for one in open_requests if one.ticket_id != new.ticket_id
    ]
    return sorted((one for one in found if one.score >= THRESHOLD), key=lambda one: -one.score)


def is_leak(text: str) -> bool:
    """Whether a text tells of water where none should be."""
    return bool(_LEAK.search(text))


def same_riser_leaks(new: Request, others: Iterable[Request], within: timedelta) -> list[str]:
    """Leaks of other rooms on the same riser (同一立管) within a time: perhaps one event, not several."""
    riser = _riser(new.room_code)
    if riser is None or not is_leak(new.matter):
        return []
    return [
        one.ticket_id
        for one in others
        if one.ticket_id != new.ticket_id
        and one.room_code != new.room_code
        and _riser(one.room_code) == riser
        and is_leak(one.matter)
        and abs(new.received_at - one.received_at) <= within
    ]


def _riser(code: str | None) -> str | None:
    if code is None or code.count("-") != 2:
        return None
    building, unit, number = code.split("-")
    return RoomCode(building, unit, number).riser
