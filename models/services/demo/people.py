"""Staff of the demonstration site. Everyone's password is in the README and must not be used elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from models.entities import PermissionGroup, Staff
from models.services import passwords, seeds
from models.work import Work
from resources.demo import estate

PASSWORD = "Front2026desk"  # noqa: S105 - of made-up accounts
CLERK_NO = "1001"
ADMINISTRATOR_NO = "1000"


@dataclass(frozen=True)
class Person:
    staff_id: str
    name: str
    phone: str
    department: str


def hire_staff(work: Work) -> dict[str, list[Person]]:
    """Department key → its people."""
    groups = {row.code: row.id for row in work.session.scalars(select(PermissionGroup))}
    password_hash = passwords.make_hash(PASSWORD)
    hired: dict[str, list[Person]] = {}
    for entry in estate()["staff"]:
        group = entry["group"]
        row = work.add(
            Staff(
                staff_no=entry["no"],
                name=entry["name"],
                phone=entry["phone"],
                position_title=entry["title"],
                department_id=seeds.department_id(entry["department"]),
                group_id=groups.get(group) if group else None,
                password_hash=password_hash if group else None,
                must_change_password=False,
            )
        )
        person = Person(row.id, row.name, entry["phone"], entry["department"])
        hired.setdefault(entry["department"], []).append(person)
    return hired
