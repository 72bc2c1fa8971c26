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

    TICKET_VIEW = "ticket.view"
    TICKET_CREATE = "ticket.create"
    TICKET_DISPATCH = "ticket.dispatch"
    TICKET_PROCESS = "ticket.process"
    """Accept, arrive, note, suspend, resume, send back, complete."""
    TICKET_REOPEN = "ticket.reopen"
    TICKET_VOID = "ticket.void"
    TICKET_UNDO = "ticket.undo"
    """Take back a step of somebody else, or after the time in which everyone may undo their own."""
    TICKET_ARCHIVE = "ticket.archive"
    CHARGE_EDIT = "charge.edit"
    ATTACHMENT_ADD = "attachment.add"
    PRINT = "print"

    CALLBACK_VIEW = "callback.view"
    CALLBACK_DO = "callback.do"
    CALLBACK_OVERRIDE = "callback.override"
    """Call back in spite of an exclusion, with a reason."""
    COMMUNICATION_ADD = "communication.add"

    ARCHIVE_VIEW = "archive.view"
    """See residents and rooms, phones masked."""
    ARCHIVE_EDIT = "archive.edit"
    ARCHIVE_BATCH = "archive.batch"
    RESIDENT_DELETE = "resident.delete"
    PHONE_REVEAL = "phone.reveal"
    ID_REVEAL = "id.reveal"
    IMPORT = "import"
    IMPORT_UNDO = "import.undo"
    EXPORT = "export"
    PERSONAL_DATA_ERASE = "personal_data.erase"

    REPORT_VIEW = "report.view"
    CONFLICT_RESOLVE = "conflict.resolve"
    LOG_VIEW = "log.view"

    SETTINGS_EDIT = "settings.edit"
    """Parameters and category tree."""
    STAFF_EDIT = "staff.edit"
    """People, departments, groups, first passwords, unlocking."""
    GROUP_CHANGE_APPROVE = "group_change.approve"
    SYNC_RUN = "sync.run"
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
        Right.TICKET_VIEW,
        Right.TICKET_CREATE,
        Right.TICKET_DISPATCH,
        Right.TICKET_PROCESS,
        Right.TICKET_REOPEN,
        Right.CHARGE_EDIT,
        Right.ATTACHMENT_ADD,
        Right.PRINT,
        Right.CALLBACK_VIEW,
        Right.CALLBACK_DO,
        Right.COMMUNICATION_ADD,
        Right.ARCHIVE_VIEW,
        Right.ARCHIVE_EDIT,
        Right.PHONE_REVEAL,
        Right.SYNC_RUN,
    }
)
_LEAD = _CLERK | {
    Right.TICKET_VOID,
    Right.TICKET_UNDO,
    Right.TICKET_ARCHIVE,
    Right.CALLBACK_OVERRIDE,
    Right.ARCHIVE_BATCH,
    Right.ID_REVEAL,
    Right.IMPORT,
    Right.EXPORT,
    Right.REPORT_VIEW,
    Right.CONFLICT_RESOLVE,
    Right.LOG_VIEW,
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
