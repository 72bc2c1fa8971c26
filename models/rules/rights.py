"""Single rights, and the permission groups that come with the program (客服专员 / 部门主管 / 系统管理员).

A service asks for one right (``work.require(Right.TICKET_CREATE)``); a group is a named set of rights that an
administrator can change. Which rights exist is code; who has them is data.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Right(StrEnum):
    """One thing a person may do. The value is stored in ``permission_group.rights``: never rename one."""

    TICKET_CREATE = "ticket.create"
    TICKET_DISPATCH = "ticket.dispatch"
    """Dispatch, pass on, archive."""
    TICKET_PROGRESS = "ticket.progress"
    """Accept, arrive, note, suspend, resume, send back, chase, charges, attachments."""
    TICKET_COMPLETE = "ticket.complete"
    TICKET_REOPEN = "ticket.reopen"
    TICKET_VOID = "ticket.void"
    TICKET_UNDO = "ticket.undo"
    """Take back a mistaken step within the time that the rules allow."""
    PRINT = "print"

    CALLBACK = "callback"
    """Callback rounds and results, communications."""
    CALLBACK_OVERRIDE = "callback.override"
    """Call back in spite of an exclusion, with a reason."""

    ARCHIVE_EDIT = "archive.edit"
    ARCHIVE_BATCH = "archive.batch"
    ARCHIVE_DELETE = "archive.delete"
    ARCHIVE_IMPORT = "archive.import"
    REVEAL = "reveal"
    """See a phone in full; logged."""
    REVEAL_ID = "reveal.id"
    """See an identity number in full; logged."""
    EXPORT = "export"
    ERASE = "erase"
    """Erase or anonymise a person's data on request."""

    CONFLICT_RESOLVE = "conflict.resolve"
    LOG_READ = "log.read"

    SETTINGS = "settings"
    """Parameters and the category tree."""
    STAFF = "staff"
    """People, departments, groups, first passwords, unlocking."""
    GROUP_CHANGE_APPROVE = "group_change.approve"
    ENROL = "enrol"
    BACKUP = "backup"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class BuiltinGroup:
    """A permission group made at the first start. ``code`` is stable; the name is a term of the field."""

    code: str
    name: str
    rights: frozenset[Right]


_CLERK = frozenset(
    {
        Right.TICKET_CREATE,
        Right.TICKET_DISPATCH,
        Right.TICKET_PROGRESS,
        Right.TICKET_COMPLETE,
        Right.TICKET_REOPEN,
        Right.TICKET_UNDO,
        Right.PRINT,
        Right.CALLBACK,
        Right.ARCHIVE_EDIT,
        Right.REVEAL,
    }
)
_LEAD = _CLERK | {
    Right.TICKET_VOID,
    Right.CALLBACK_OVERRIDE,
    Right.ARCHIVE_BATCH,
    Right.ARCHIVE_DELETE,
    Right.ARCHIVE_IMPORT,
    Right.REVEAL_ID,
    Right.EXPORT,
    Right.CONFLICT_RESOLVE,
    Right.LOG_READ,
    Right.GROUP_CHANGE_APPROVE,
}

BUILTIN_GROUPS: tuple[BuiltinGroup, ...] = (
    BuiltinGroup("clerk", "客服专员", _CLERK),
    BuiltinGroup("lead", "部门主管", _LEAD),
    BuiltinGroup("admin", "系统管理员", frozenset(Right)),
)


def builtin_group(code: str) -> BuiltinGroup:
    """The group with this code. Raises KeyError if there is none."""
    for group in BUILTIN_GROUPS:
        if group.code == code:
            return group
    raise KeyError(code)


def read_rights(values: Iterable[str]) -> frozenset[Right]:
    """Stored rights as the enum; a right that only a newer version knows is left out, not an error."""
    known = {right.value for right in Right}
    return frozenset(Right(value) for value in values if value in known)


def write_rights(rights: Iterable[Right]) -> list[str]:
    """The stored form: sorted values."""
    return sorted(right.value for right in rights)
