"""How permission groups and their rights are told: built-in groups by their term, rights by area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.queries.accounts import GroupRow
from models.rules.rights import Right
from resources.terms import label as term
from resources.translations import N_


@dataclass(frozen=True)
class RightArea:
    """Rights that are told together; ``title`` is marked with ``N_``."""

    title: str
    rights: Sequence[Right]


_AREAS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("工单与打印"), ("ticket.", "print")),
    (N_("回访"), ("callback",)),
    (N_("档案与个人信息"), ("archive.", "reveal", "export", "erase")),
    (N_("管理"), ("",)),
)


def _area_of(right: Right) -> str:
    return next(title for title, starts in _AREAS if right.value.startswith(starts))


RIGHT_AREAS = tuple(
    RightArea(title, tuple(right for right in Right if _area_of(right) == title)) for title, _starts in _AREAS
)
"""Every right once."""


def group_name(group: GroupRow) -> str:
    """The name; a built-in group that was not renamed shows its term in the language in use."""
    if group.is_builtin:
        return term("permission_group", group.code)
    return group.name
