"""The widths of columns where there is little room: some give way, the others are never cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """What one column wants, in pixels. ``least`` 0: it never gives way."""

    wanted: int
    least: int = 0
    is_stretched: bool = False


def fitted(shares: Sequence[Share], room: int) -> list[int]:
    """The width of each column, together *room* if that can be; 0 leaves one out.

    The stretched column takes what is left over and gives way first, down to its ``least``; then those with a
    ``least`` become narrower in proportion; then these are left out, the first of them first.
    """
    widths = [one.wanted for one in shares]
    giving = [place for place, one in enumerate(shares) if one.least and not one.is_stretched]
    for place, one in enumerate(shares):
        if one.is_stretched:
            widths[place] = max(room - (sum(widths) - widths[place]), one.least or one.wanted)
    while sum(widths) > room and giving:
        slack = [widths[place] - min(shares[place].least, widths[place]) for place in giving]
        lacking = sum(widths) - room
        if lacking <= sum(slack):
            _squeeze(widths, giving, slack, lacking)
            break
        widths[giving.pop(0)] = 0
    return _grown(widths, shares, room)


def _squeeze(widths: list[int], giving: Sequence[int], slack: Sequence[int], lacking: int) -> None:
    total = sum(slack)
    for place, own in zip(giving, slack, strict=True):
        part = -(-lacking * own // total) if total else 0
        widths[place] -= min(part, own)


def _grown(widths: list[int], shares: Sequence[Share], room: int) -> list[int]:
    """What a column left out has freed goes to the stretched one."""
    spare = room - sum(widths)
    for place, one in enumerate(shares):
        if one.is_stretched and spare > 0:
            widths[place] += spare
    return widths
