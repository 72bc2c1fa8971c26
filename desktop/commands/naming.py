"""What people name on the command line, and the row or moment that is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from desktop.commands.call import Call
from models.errors import DomainError
from models.queries.accounts import StaffRow, staff_rows
from models.queries.dispatching import DepartmentChoice
from models.rules.service_time import SITE_ZONE
from models.search.ticket_numbers import tickets_of_number
from views.widgets import typed_values

_ID = re.compile(r"[0-9a-f]{32}")


def ticket_of(call: Call, number: str) -> str:
    """The id of the one ticket that bears the whole number; an id means itself, where two bear one number.

    Raises ``ticket-not-found`` and ``ticket-number-double`` (number, found: the ids).
    """
    typed = number.strip()
    if _ID.fullmatch(typed):
        return typed
    found = call.read(tickets_of_number, typed.upper())
    if not found:
        raise DomainError("ticket-not-found", number=number)
    if len(found) > 1:
        raise DomainError("ticket-number-double", number=number, n=len(found), found="、".join(found))
    return found[0]


def staff_of(call: Call, staff_no: str) -> StaffRow:
    """Who has that staff number; raises ``staff-no-unknown``."""
    for row in call.read(staff_rows, with_inactive=False):
        if row.staff_no == staff_no.strip():
            return row
    raise DomainError("staff-no-unknown", staff_no=staff_no)


def department_of(departments: Sequence[DepartmentChoice], name: str) -> DepartmentChoice:
    """The department of that name or kind; raises ``department-unknown``."""
    found = [one for one in departments if one.name == name] or [
        one for one in departments if one.kind == name
    ]
    if len(found) != 1:
        raise DomainError("department-unknown", name=name, known="、".join(one.name for one in departments))
    return found[0]


def moment_of(call: Call, text: str | None) -> datetime | None:
    """A time as the forms take it, at the site; raises ``moment-unknown``."""
    if text is None:
        return None
    try:
        return typed_values.moment(text, call.desk.database.clock(), SITE_ZONE)
    except ValueError as error:
        raise DomainError("moment-unknown", text=text) from error
