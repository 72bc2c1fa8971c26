"""Corrects what was typed at intake. The state stays; the history says what was changed."""

from __future__ import annotations

from collections.abc import Mapping

from models.entities.place import Room
from models.entities.resident import Resident
from models.entities.ticket import Category, Ticket
from models.errors import DomainError
from models.queries.undo import EDIT
from models.rules.rights import Right
from models.rules.ticket_life import State
from models.services import ticket_steps
from models.services.ticket_steps import clean, stored
from models.work import Work
from resources.terms import codes

FIELDS = frozenset(
    {
        "kind",
        "channel",
        "category_id",
        "priority",
        "room_id",
        "resident_id",
        "caller_name",
        "caller_phone",
        "place",
        "matter",
        "expectation",
        "appointment_at",
        "coordinator_id",
        "promised_at",
        "charge_kind",
    }
)
"""What may be corrected; everything else moves by its own action."""
_CODES = {
    "kind": "ticket.kind",
    "priority": "ticket.priority",
    "channel": "ticket.channel",
    "charge_kind": "ticket.charge_kind",
}
_ROWS: Mapping[str, type[Room] | type[Resident] | type[Category]] = {
    "room_id": Room,
    "resident_id": Resident,
    "category_id": Category,
}
_PRIVATE = frozenset({"caller_phone"})


def edit(work: Work, ticket_id: str, changes: Mapping[str, object]) -> bool:
    """Change fields of a ticket that is neither archived nor void; False if nothing was different.

    Another kind or priority also moves the deadlines, unless a dispatch has stated one.
    Raises DomainError ``right-missing``, ``row-gone``, ``ticket-not-editable``, ``ticket-field-missing``,
    ``ticket-code-unknown``. Raises ValueError for a field that is not editable: that is a bug.
    """
    work.require(Right.TICKET_CREATE)
    unknown = set(changes) - FIELDS
    if unknown:
        raise ValueError(f"not editable: {sorted(unknown)}")
    ticket = work.get(Ticket, ticket_id)
    if ticket.state in {State.ARCHIVED, State.VOID}:
        raise DomainError("ticket-not-editable", number=ticket.number, state=ticket.state)
    wanted = {name: clean(value) if isinstance(value, str) else value for name, value in changes.items()}
    _check(work, wanted)
    is_moving = any(name in wanted and wanted[name] != getattr(ticket, name) for name in ("kind", "priority"))
    if is_moving and ticket.dispatched_at is None:
        kind, priority = str(wanted.get("kind", ticket.kind)), str(wanted.get("priority", ticket.priority))
        wanted |= ticket_steps.new_deadlines(work, kind, priority, ticket.received_at)
    before = ticket_steps.change(ticket, wanted)
    if not before:
        return False
    shown = {
        name: ["***", "***"] if name in _PRIVATE else [before[name], stored(wanted[name])]
        for name in before
        if name in changes
    }
    ticket_steps.record(work, ticket, EDIT, data={"changes": shown, "before": before})
    return True


def _check(work: Work, wanted: Mapping[str, object]) -> None:
    lacking = [
        name for name in ("matter", "kind", "priority", "channel") if name in wanted and not wanted[name]
    ]
    if lacking:
        raise DomainError("ticket-field-missing", action=EDIT, fields=lacking)
    for name, vocabulary in _CODES.items():
        code = wanted.get(name)
        if code is not None and code not in codes(vocabulary):
            raise DomainError("ticket-code-unknown", vocabulary=vocabulary, value=code)
    for name, kind in _ROWS.items():
        row_id = wanted.get(name)
        if row_id is not None:
            work.get(kind, str(row_id))
