"""What to do with a conflict: leave it as it was decided, or take the other value with one key; and with a
change that headquarters refused: send it again, or put it aside. Each can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from models.entities import Conflict, RefusedPatch
from models.entities.synced import Synced
from models.errors import DomainError
from models.queries.conflict_list import is_moved
from models.queries.stored_values import column_of, entity_of, field_stamp, from_stored
from models.rules.rights import Right
from models.services.parts import bring_back, delete_whole
from models.work import Work

OPEN = "open"
RULED = "ruled"
ACCEPTED = "accepted"
TAKEN_BACK = "taken_back"
DISMISSED = "dismissed"
SENT_AGAIN = "sent_again"
NOT_SETTLED = (OPEN, RULED)


# -- conflicts --------------------------------------------------------------------------------------------


def accept(work: Work, conflict_id: str) -> None:
    """The decision stands. Raises ``right-missing``, ``row-gone``, ``conflict-settled``."""
    _settle(work, _unsettled(work, conflict_id), ACCEPTED)


def take_back(work: Work, conflict_id: str, seen: int = 0) -> None:
    """Put the value that lost into force, as an edit of its own that every desk will see.

    *seen* is the stamp of the present value that the person was shown: needed where somebody edited the
    field again since (else ``conflict-moved``). Raises besides ``right-missing``, ``row-gone``,
    ``conflict-settled`` (somebody was faster, perhaps at another desk), ``conflict-unknown-field`` (of a
    newer version of the program).
    """
    conflict = _unsettled(work, conflict_id)
    row = _row_of(work, conflict)
    if conflict.field != "deleted" and row.deleted is not None:
        raise DomainError("row-gone", table=conflict.table_name, id=conflict.row_id)
    if is_moved(conflict, row) and field_stamp(row, conflict.field) != seen:
        raise DomainError("conflict-moved", field=conflict.field)
    _put(work, row, conflict.field, conflict.lost_value)
    _settle(work, conflict, TAKEN_BACK)


def reopen(work: Work, conflict_id: str) -> None:
    """Undo of both: it waits for a person again, and the value that was kept is back in force.

    Raises ``right-missing``, ``row-gone``, and ``conflict-moved`` when the field was edited since.
    """
    work.require(Right.CONFLICT_RESOLVE)
    conflict = work.get(Conflict, conflict_id)
    if conflict.state == TAKEN_BACK:
        row = _row_of(work, conflict)
        if conflict.field != "deleted" and getattr(row, conflict.field) != _stored(conflict, is_kept=False):
            raise DomainError("conflict-moved", field=conflict.field)
        _put(work, row, conflict.field, conflict.kept_value)
    conflict.state = OPEN
    conflict.resolved_by = conflict.resolved_at = None
    work.session.flush()


def accept_all(work: Work, conflict_ids: Sequence[str]) -> list[str]:
    """`accept` of several; those that somebody settled meanwhile are left out of the answer."""
    left = _still_unsettled(work, conflict_ids)
    for conflict_id in left:
        accept(work, conflict_id)
    return left


def take_back_all(work: Work, chosen: Mapping[str, int]) -> list[str]:
    """`take_back` of several, all or none: {conflict id: stamp of the present value that was shown}; those
    that somebody settled meanwhile are left out of the answer."""
    left = _still_unsettled(work, chosen)
    for conflict_id in left:
        take_back(work, conflict_id, chosen[conflict_id])
    return left


def reopen_all(work: Work, conflict_ids: Sequence[str]) -> None:
    """`reopen` of several, all or none, the last one first."""
    for conflict_id in reversed(conflict_ids):
        reopen(work, conflict_id)


def _still_unsettled(work: Work, conflict_ids: Iterable[str]) -> list[str]:
    work.require(Right.CONFLICT_RESOLVE)
    return [one for one in conflict_ids if work.get(Conflict, one).state in NOT_SETTLED]


def _unsettled(work: Work, conflict_id: str) -> Conflict:
    work.require(Right.CONFLICT_RESOLVE)
    conflict = work.get(Conflict, conflict_id)
    if conflict.state not in NOT_SETTLED:
        raise DomainError("conflict-settled", state=conflict.state)
    return conflict


def _row_of(work: Work, conflict: Conflict) -> Synced:
    kind = entity_of(conflict.table_name)
    row = work.session.get(kind, conflict.row_id) if kind is not None else None
    if row is None:
        raise DomainError("row-gone", table=conflict.table_name, id=conflict.row_id)
    if conflict.field != "deleted" and column_of(conflict.table_name, conflict.field) is None:
        raise DomainError("conflict-unknown-field", field=conflict.field)
    return row


def _stored(conflict: Conflict, *, is_kept: bool) -> object:
    stored = conflict.kept_value if is_kept else conflict.lost_value
    return from_stored(conflict.table_name, conflict.field, stored)


def _put(work: Work, row: Synced, field: str, stored: object) -> None:
    """Set a field to a value as it lies in the file."""
    if field != "deleted":
        setattr(row, field, from_stored(row.__table__.name, field, stored))  # type: ignore[attr-defined]
    elif stored is None:
        bring_back(work, row)
    elif row.deleted is None:
        delete_whole(work, row)
    work.session.flush()


def _settle(work: Work, conflict: Conflict, state: str) -> None:
    conflict.state = state
    conflict.resolved_by = work.actor.staff_id
    conflict.resolved_at = work.now
    work.session.flush()


# -- refused changes --------------------------------------------------------------------------------------


def dismiss_refused(work: Work, refused_id: str) -> None:
    """Somebody has seen the refused change; it is kept and no longer counted. Raises ``row-gone``."""
    _move_refused(work, refused_id, DISMISSED, "sync.dismiss_refused")


def reopen_refused(work: Work, refused_id: str) -> None:
    """Undo of `dismiss_refused`. Raises ``row-gone``."""
    _move_refused(work, refused_id, OPEN, "sync.reopen_refused")


def send_again(work: Work, refused_id: str) -> None:
    """Make the refused change once more, over what is there now: headquarters may take it after an upgrade,
    or after what it needed has come. If not, it comes back as a new refusal.

    Raises ``right-missing``, ``row-gone``, ``conflict-unknown-field``, ``history-fixed``.
    """
    refused = _move_refused(work, refused_id, SENT_AGAIN, "sync.send_again")
    if refused.code == "history-fixed":
        raise DomainError("history-fixed")
    kind = entity_of(refused.table_name)
    row = work.session.get(kind, refused.row_id) if kind is not None else None
    if kind is None or row is None:
        raise DomainError("row-gone", table=refused.table_name, id=refused.row_id)
    if refused.patch.get("whole"):
        work.queue_whole(kind.__table__, [row.id])  # type: ignore[attr-defined]
        return
    for field, stored in refused.patch.get("values", {}).items():
        _put(work, row, field, stored)


def _move_refused(work: Work, refused_id: str, state: str, operation: str) -> RefusedPatch:
    work.require(Right.CONFLICT_RESOLVE)
    refused = work.session.get(RefusedPatch, refused_id)
    if refused is None:
        raise DomainError("row-gone", table="refused_patch", id=refused_id)
    refused.state = state
    work.log(
        operation,
        table=refused.table_name,
        row_id=refused.row_id,
        details={"code": refused.code, "fields": sorted(refused.patch.get("values", {}))},
    )
    return refused
