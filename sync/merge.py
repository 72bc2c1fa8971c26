"""Which value wins: pure functions, the same answer in whatever order, and however often, edits arrive.

A field's state is a `Cell`; two of them join to the higher under one total order, so joining commutes,
associates and is idempotent. A row's deletion is a `Grave`, joined part by part. The rules of the trade
are part of the order (`finality`), not exceptions to it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from models.rules import ticket_life
from sync.clock import desk_of

Scalar = str | int | float | bool | None
"""A value as it lies in the file."""
Finality = Callable[[Scalar], int]
"""How final a value is: among concurrent edits the more final one wins over the later one."""

FINAL_FIELDS: Mapping[tuple[str, str], Finality] = {
    ("ticket", "state"): lambda state: ticket_life.order(str(state), 0)[1],
}
"""Fields with a rule of the trade; which round of a reopened ticket an edit belongs to is `Cell.life`."""

_MINUTE_MS = 60_000
SET_BY_STEPS: Mapping[tuple[str, str], int | None] = {
    ("ticket", "dispatched_at"): None,
    ("ticket", "accepted_at"): None,
    ("ticket", "answered_at"): None,
    ("ticket", "suspended_at"): None,
    ("ticket", "suspended_ms"): None,
    ("ticket", "first_answer_due_at"): None,
    ("ticket", "arrive_due_at"): None,
    ("ticket", "escalation"): None,
    ("ticket", "escalated_at"): None,
    ("ticket", "reopened_count"): None,
    ("ticket", "closed_at"): None,
    ("ticket", "archived_at"): None,
    ("ticket", "arrived_at"): 15 * _MINUTE_MS,
    ("ticket", "completed_at"): 15 * _MINUTE_MS,
    ("ticket", "due_at"): _MINUTE_MS,
    ("callback", "called_at"): 15 * _MINUTE_MS,
}
"""What the program notes along with a step: when two desks did the same one, the rule decides and nobody need
look at it. The number is how far apart, in milliseconds, two values may lie for that (None: any two): of what
may be typed as well, only what cannot be two different things."""


MADE_BY_RULE = frozenset({"callback"})
"""Tables whose rows every desk makes by itself, under one id and after one rule: nobody typed what they say
at first, so it neither undoes nor contradicts what somebody has written into such a row."""


NEVER_EDITED = frozenset({"operation_log"})
"""Tables whose rows stay as they were made."""


class Cell(NamedTuple):
    """One field's value and where it comes from.

    ``base`` is the stamp of the value its author saw and replaced (0: none). ``life`` is the stamp of the
    edit that took the field knowingly out of a final value (0: never), as a ticket reopened: what was
    written in an earlier life cannot win any more.
    """

    value: Scalar
    stamp: int
    base: int = 0
    life: int = 0


class Grave(NamedTuple):
    """A row's deletion. ``alive`` is the stamp of the last knowing revival. ``known`` is, by desk number, the
    highest stamp of that desk in the row which the deleting person saw; ``seen`` the highest of all, where
    the desk is too old (0.1.0) to tell them apart. Each part only grows.
    """

    stamp: int = 0
    seen: int = 0
    alive: int = 0
    known: Mapping[str, int] = MappingProxyType({})

    def covers(self, stamp: int) -> bool:
        """Whether somebody who deleted the row had seen the edit of this stamp. A desk's edits come in their
        order, so a later one of the same desk says so too, and nobody else's does."""
        return stamp <= self.seen or stamp <= self.known.get(str(desk_of(stamp)), 0)


def order_key(cell: Cell, finality: Finality | None) -> tuple[int, int, int, int, str]:
    """The total order of a field's states. The value itself is last: equal stamps mean equal values, and
    where a damaged file breaks that, all replicas still agree."""
    rank = finality(cell.value) if finality else 0
    return (cell.life, rank, cell.stamp, cell.base, json.dumps(cell.value, ensure_ascii=False))


def join(one: Cell, other: Cell, finality: Finality | None = None) -> Cell:
    """The winner of two states of one field."""
    if finality is None and one.life == other.life and one.stamp != other.stamp:
        return one if one.stamp > other.stamp else other  # what `order_key` says, without asking it
    return one if order_key(one, finality) >= order_key(other, finality) else other


def in_its_life(
    incoming: Cell,
    current: Cell,
    finality: Finality | None,
    *,
    is_base_met: bool = False,
    base_life: int | None = None,
) -> Cell:
    """``incoming`` told which life of the field it belongs to, by what its author had seen.

    Whoever saw the final value and left it begins a new life; whoever saw the present life belongs to it;
    everybody else wrote in an earlier one. A desk has seen its own edits: when an answer was lost, a later
    one still names what the first of them replaced. A value replaced that is newer than ``current`` speaks
    of a headquarters that knew more before it was restored, unless it is known here (``is_base_met``): then
    it lost against ``current``, and who replaced it had not heard of that yet. ``base_life`` is the life of
    the value replaced, where that is known: its stamp alone does not say whether its author knew the life.
    """
    if finality is None or incoming.stamp == current.stamp:
        return incoming._replace(life=current.life)
    is_own = desk_of(incoming.stamp) == desk_of(current.stamp) and incoming.stamp > current.stamp
    is_later = incoming.base > current.stamp and not is_base_met
    if is_own or is_later or incoming.base == current.stamp:
        is_left = finality(incoming.value) < finality(current.value)
        return incoming._replace(life=incoming.stamp if is_left else current.life)
    if base_life is not None:
        return incoming._replace(life=base_life)
    return incoming._replace(life=current.life if incoming.base >= current.life else 0)


def is_concurrent(incoming: Cell, current: Cell) -> bool:
    """Whether the author of ``incoming`` had not seen ``current``: it replaced another value, is another
    desk's, and says something else. (A desk always knows its own edits, sent or not.)"""
    return (
        incoming.base != current.stamp
        and desk_of(incoming.stamp) != desk_of(current.stamp)
        and incoming.value != current.value
    )


def is_same_step(field: tuple[str, str], one: Scalar, other: Scalar) -> bool:
    """Whether two concurrent values of a field only say that the same step was done at both desks."""
    if field not in SET_BY_STEPS or not isinstance(one, int) or not isinstance(other, int):
        return False
    limit = SET_BY_STEPS[field]
    return limit is None or abs(one - other) < limit


def join_graves(one: Grave, other: Grave) -> Grave:
    known = dict(one.known)
    for desk, stamp in other.known.items():
        known[desk] = max(known.get(desk, 0), stamp)
    return Grave(max(one.stamp, other.stamp), max(one.seen, other.seen), max(one.alive, other.alive), known)


def is_deleted(grave: Grave, edits: Iterable[int]) -> bool:
    """A delete holds only against edits that its author saw: a later or concurrent edit revives the row.

    ``edits`` are the stamps of the row's fields.
    """
    is_dug = grave.seen > 0 or bool(grave.known)
    return is_dug and grave.covers(grave.alive) and all(map(grave.covers, edits))
