"""Whom to send (派单): by duty of the department, by load of its people, or by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PRIORITY_WEIGHT: Mapping[str, int] = {"critical": 4, "urgent": 2, "normal": 1}
"""How much an open ticket weighs in a person's load."""
_DUTY: Mapping[str, tuple[str, ...]] = {
    "repair": ("engineering", "outsourced"),
    "complaint": ("service",),
    "enquiry": ("service",),
    "suggestion": ("service",),
    "praise": ("service",),
    "help": ("security", "service"),
}
"""Kinds of department that answer for a kind of request, where the category names no department."""


@dataclass(frozen=True, slots=True)
class DepartmentOption:
    """A department as the rule sees it; ``position`` is its order in the settings."""

    department_id: str
    kind: str
    position: int = 0


@dataclass(frozen=True, slots=True)
class StaffLoad:
    """A person with the open tickets in hand, by priority."""

    staff_id: str
    department_id: str | None
    is_on_duty: bool
    open_by_priority: Mapping[str, int]

    @property
    def load(self) -> int:
        """Open tickets weighted by priority."""
        return sum(
            PRIORITY_WEIGHT.get(priority, 1) * count for priority, count in self.open_by_priority.items()
        )


def by_duty(
    kind: str, category_department: str | None, departments: Iterable[DepartmentOption]
) -> list[DepartmentOption]:
    """The departments that answer for a request, the category's own first, then by kind and by order."""
    duty = _DUTY.get(kind, ("service",))
    chosen = [one for one in departments if one.department_id == category_department or one.kind in duty]

    def rank(one: DepartmentOption) -> tuple[bool, int, int]:
        place = duty.index(one.kind) if one.kind in duty else len(duty)
        return one.department_id != category_department, place, one.position

    return sorted(chosen, key=rank)


def by_load(department_id: str, staff: Iterable[StaffLoad]) -> list[StaffLoad]:
    """The department's people, those on duty first, the least loaded first; ties by id, so
    that it is stable.
    """
    members = [one for one in staff if one.department_id == department_id]
    return sorted(members, key=lambda one: (not one.is_on_duty, one.load, one.staff_id))
