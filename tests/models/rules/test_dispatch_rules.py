from __future__ import annotations

from models.rules.dispatch_rules import DepartmentOption, StaffLoad, by_duty, by_load

DEPARTMENTS = [
    DepartmentOption("service", "service", 1),
    DepartmentOption("outside", "outsourced", 4),
    DepartmentOption("works", "engineering", 2),
    DepartmentOption("guard", "security", 3),
]


def names(found: list[DepartmentOption]) -> list[str]:
    return [one.department_id for one in found]


def test_by_duty_of_the_kind() -> None:
    assert names(by_duty("repair", None, DEPARTMENTS)) == ["works", "outside"]
    assert names(by_duty("complaint", None, DEPARTMENTS)) == ["service"]
    assert names(by_duty("help", None, DEPARTMENTS)) == ["guard", "service"]


def test_the_categorys_own_department_comes_first() -> None:
    assert names(by_duty("repair", "outside", DEPARTMENTS)) == ["outside", "works"]
    assert names(by_duty("repair", "guard", DEPARTMENTS)) == ["guard", "works", "outside"]


def test_by_load_on_duty_first_then_least_loaded() -> None:
    staff = [
        StaffLoad("busy", "works", True, {"normal": 3}),
        StaffLoad("critical", "works", True, {"critical": 1}),
        StaffLoad("free", "works", True, {}),
        StaffLoad("away", "works", False, {}),
        StaffLoad("other", "guard", True, {}),
    ]
    assert [one.staff_id for one in by_load("works", staff)] == ["free", "busy", "critical", "away"]
    assert staff[1].load == 4
