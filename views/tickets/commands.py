"""The commands of a ticket: which there are, their keys, and in which order they are offered where it
stands."""

from __future__ import annotations

from collections.abc import Mapping

from models.rules.ticket_life import RIGHTS, Action
from resources.translations import N_

KEYS: Mapping[str, str] = {
    "complete": "E", "progress": "P", "chase": "C", "suspend": "H", "pass_on": "T", "dispatch": "D",
    "accept": "A", "arrive": "I", "resume": "G", "answer": "W", "first_answer": "N", "send_back": "B",
    "rate": "S", "reopen": "R", "archive": "Y", "void": "V",
}  # fmt: skip
"""Action → its letter."""

_FIRST: Mapping[str, tuple[str, ...]] = {
    "received": ("answer", "dispatch", "chase", "progress"),
    "sent_back": ("dispatch", "answer", "chase", "progress"),
    "dispatched": ("accept", "arrive", "complete", "chase", "progress"),
    "accepted": ("arrive", "complete", "progress", "chase"),
    "suspended": ("resume", "progress", "chase", "complete"),
    "completed": ("rate", "archive"),
    "closed": ("archive", "rate"),
}
"""State → what is done most there, the likeliest first."""
_USUAL = (
    "complete", "progress", "chase", "suspend", "pass_on", "first_answer", "arrive", "send_back", "rate",
    "reopen", "archive", "void",
)  # fmt: skip
BATCH = ("dispatch", "accept", "archive", "void")
"""What can be done to many at once."""
DONE: Mapping[str, str] = {
    "complete": N_("已办结 {number}"), "progress": N_("已记进展 {number}"), "chase": N_("已催单 {number}"),
    "suspend": N_("已挂起 {number}，时限停表"), "pass_on": N_("已转单 {number}"),
    "dispatch": N_("已派单 {number}"), "accept": N_("已接单 {number}"), "arrive": N_("已到场 {number}"),
    "resume": N_("已恢复 {number}，时限续走"), "answer": N_("已答复 {number}"),
    "first_answer": N_("已首次答复 {number}"), "send_back": N_("已退单 {number}"),
    "rate": N_("已评价 {number}"), "reopen": N_("已重开 {number}"), "archive": N_("已归档 {number}"),
    "void": N_("已作废 {number}"),
}  # fmt: skip
"""What is said when it was done."""


def in_order(state: str, allowed: tuple[str, ...]) -> list[str]:
    """The *allowed* actions of a ticket in *state*, the likeliest first."""
    wanted = [*_FIRST.get(state, ()), *_USUAL, *allowed]
    return [action for action in dict.fromkeys(wanted) if action in allowed]


def right_of(action: str) -> object:
    """The right that the action needs."""
    return RIGHTS[Action(action)]
