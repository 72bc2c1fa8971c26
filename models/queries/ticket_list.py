"""The ticket list: keys of all rows of a filter (small, fast), the rows of a page, and the counts of the
chips.

Made for a million tickets: open ones are few and found by state; the others are read off the index of
``received_at`` in order. Keys are SQLite row ids, eight bytes each.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Executable, Select, bindparam, func, literal_column, or_, select
from sqlalchemy.orm import Session

from models.entities.callback import Callback
from models.entities.organisation import Department, Staff
from models.entities.place import Room
from models.entities.ticket import Ticket
from models.queries.categories import category_paths, with_descendants
from models.queries.due_callbacks import is_due
from models.queries.keys import read_keys
from models.queries.record_states import records_in
from models.rules.service_time import day_span, local_day
from models.rules.ticket_life import OPEN, WAITING, State

_ROWID: ColumnElement[int] = literal_column("ticket.rowid")
_UNINDEXED_STATE: ColumnElement[str] = literal_column("+ticket.state")
"""Compares without the index of states: nearly every ticket is completed or archived."""
_OPEN = sorted(state.value for state in OPEN)
_RUNNING = sorted(state.value for state in OPEN - {State.SUSPENDED})
_WAITING = sorted(state.value for state in WAITING)
_FINISHED = sorted((State.COMPLETED.value, State.CLOSED.value))
OVERVIEW_GROUPS = ("open", "overdue", "due_today", "waiting", "suspended", "callback", "mine")
"""Groups that have a count."""


class Order(Protocol):
    """The order asked for: ``key`` is one of `SORT_KEYS`."""

    @property
    def key(self) -> str: ...

    @property
    def is_descending(self) -> bool: ...


@dataclass(frozen=True)
class TicketFilter:
    """What the list shows. ``group`` is a code of ``ticket.group``; ``mine`` asks for ``staff_id``.

    ``now`` only decides what is overdue: two filters that differ in nothing else are equal.
    """

    group: str = "open"
    staff_id: str | None = None
    department_id: str | None = None
    handler_id: str | None = None
    kind: str | None = None
    category_id: str | None = None
    priority: str | None = None
    channel: str | None = None
    room_id: str | None = None
    resident_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    sync: str | None = None
    """A code of ``record.state``: how it stands with headquarters."""
    text: str = ""
    only: tuple[str, ...] | None = None
    """Ids that a search found; None: no search."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One line of the list. ``shown_state`` is ``callback`` (待回访) for a completed ticket
    whose callback is due.
    """

    rowid: int
    id: str
    number: str
    kind: str
    priority: str
    state: str
    shown_state: str
    waits_for: str | None
    """Why it is suspended or was sent back."""
    room_code: str | None
    place: str | None
    caller_name: str | None
    matter: str
    category: str | None
    department: str | None
    handler: str | None
    received_at: datetime
    due_at: datetime | None
    callback_due_on: Any
    escalation: int
    reopened_count: int


@dataclass(frozen=True, slots=True)
class TicketCounts:
    """Numbers for the chips; ``total`` is every ticket of the file."""

    open: int
    overdue: int
    due_today: int
    waiting: int
    suspended: int
    callback: int
    mine: int
    total: int


SORT_KEYS: dict[str, Any] = {
    "received_at": Ticket.received_at,
    "number": Ticket.number,
    "due_at": Ticket.due_at,
    "state": Ticket.state,
    "kind": Ticket.kind,
    "priority": Ticket.priority,
    "room": Room.code,
    "caller": Ticket.caller_name,
    "department": Department.name,
    "handler": Staff.name,
    "matter": Ticket.matter,
}
"""What a column can be sorted by."""


def ticket_keys(session: Session, filter_: TicketFilter, order: Order | None = None) -> array[int]:
    """Row ids of everything the filter finds, newest first unless ordered otherwise."""
    return _keys(session, filter_, order, None)


def first_tickets(
    session: Session, filter_: TicketFilter, order: Order | None, limit: int
) -> list[TicketRow]:
    """The first rows, before the whole list of keys is there."""
    return ticket_rows(session, _keys(session, filter_, order, limit))


def _keys(session: Session, filter_: TicketFilter, order: Order | None, limit: int | None) -> array[int]:
    statement = _ordered(select(_ROWID).select_from(Ticket).where(*_conditions(session, filter_)), order)
    if limit is not None:
        statement = statement.limit(limit)
    return read_keys(session, statement)


def _ordered(statement: Select[Any], order: Order | None) -> Select[Any]:
    key = order.key if order is not None and order.key in SORT_KEYS else "received_at"
    column = SORT_KEYS[key]
    if key == "room":
        statement = statement.outerjoin(Room, Room.id == Ticket.room_id)
    elif key == "department":
        statement = statement.outerjoin(Department, Department.id == Ticket.department_id)
    elif key == "handler":
        statement = statement.outerjoin(Staff, Staff.id == Ticket.handler_id)
    is_descending = order.is_descending if order is not None else True
    if key in {"received_at", "number"}:  # in the order of their index
        return statement.order_by(column.desc() if is_descending else column)
    is_empty = column.is_(None)
    return statement.order_by(is_empty, column.desc() if is_descending else column, Ticket.received_at.desc())


def _conditions(session: Session, wanted: TicketFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Ticket.deleted.is_(None), *_group(wanted)]
    for column, value in (
        (Ticket.department_id, wanted.department_id),
        (Ticket.handler_id, wanted.handler_id),
        (Ticket.kind, wanted.kind),
        (Ticket.priority, wanted.priority),
        (Ticket.channel, wanted.channel),
        (Ticket.room_id, wanted.room_id),
        (Ticket.resident_id, wanted.resident_id),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.category_id is not None:
        found.append(Ticket.category_id.in_(with_descendants(session, wanted.category_id)))
    if wanted.since is not None:
        found.append(Ticket.received_at >= wanted.since)
    if wanted.until is not None:
        found.append(Ticket.received_at < wanted.until)
    if wanted.sync is not None:
        found.append(Ticket.id.in_(records_in("ticket", wanted.sync)))
    if wanted.only is not None:
        found.append(Ticket.id.in_(wanted.only))
    found.extend(_contains(word) for word in wanted.text.split())
    return found


def _contains(word: str) -> ColumnElement[bool]:
    columns = (Ticket.number, Ticket.matter, Ticket.place, Ticket.caller_name, Ticket.resolution, Ticket.task)
    return or_(*(column.contains(word, autoescape=True) for column in columns))


def _group(wanted: TicketFilter) -> list[ColumnElement[bool]]:
    group = wanted.group
    if group == "overdue":
        return [Ticket.state.in_(_RUNNING), Ticket.due_at < wanted.now]
    if group == "due_today":
        since, until = day_span(local_day(wanted.now))
        return [Ticket.state.in_(_RUNNING), Ticket.due_at >= since, Ticket.due_at < until]
    if group == "mine":
        mine = or_(Ticket.handler_id == wanted.staff_id, Ticket.coordinator_id == wanted.staff_id)
        return [Ticket.state.in_(_OPEN), mine]
    if group == "callback":
        return [_UNINDEXED_STATE.bool_op("=")(State.COMPLETED.value), _has_due_callback()]
    states = {
        "open": _OPEN,
        "waiting": _WAITING,
        "suspended": [State.SUSPENDED.value],
        "finished": _FINISHED,
        "archived": [State.ARCHIVED.value],
        "void": [State.VOID.value],
    }.get(group)
    return [] if states is None else [Ticket.state.in_(states)]


def _has_due_callback() -> ColumnElement[bool]:
    """From the few due callbacks to their tickets, not the other way round."""
    return Ticket.id.in_(select(Callback.ticket_id).where(is_due()))


@cache
def _rows_statement() -> Executable:
    """Made once: making it takes as long as reading a screenful by it."""
    due_on = (
        select(func.min(Callback.due_on)).where(Callback.ticket_id == Ticket.id, is_due()).scalar_subquery()
    )
    return (
        select(
            _ROWID,
            Ticket.id, Ticket.number, Ticket.kind, Ticket.priority, Ticket.state, Ticket.suspend_reason,
            Ticket.place, Ticket.caller_name, Ticket.matter, Ticket.category_id, Ticket.received_at,
            Ticket.due_at, Ticket.escalation, Ticket.reopened_count,
            Room.code, Department.name, Staff.name, due_on,
        )
        .outerjoin(Room, Room.id == Ticket.room_id)
        .outerjoin(Department, Department.id == Ticket.department_id)
        .outerjoin(Staff, Staff.id == Ticket.handler_id)
        .where(_ROWID.in_(bindparam("keys", expanding=True)), Ticket.deleted.is_(None))
    )  # fmt: skip


def ticket_rows(session: Session, keys: Sequence[int]) -> list[TicketRow]:
    """The rows of these keys, in the order of the keys; what is gone is left out."""
    if not keys:
        return []
    paths = category_paths(session)
    found: dict[int, TicketRow] = {}
    for (
        rowid, ticket_id, number, kind, priority, state, waits_for, place, caller_name, matter, category_id,
        received_at, due_at, escalation, reopened_count, room_code, department, handler, callback_due_on,
    ) in session.execute(_rows_statement(), {"keys": list(keys)}):  # fmt: skip
        is_called = state == State.COMPLETED and callback_due_on is not None
        found[rowid] = TicketRow(
            rowid=rowid,
            id=ticket_id,
            number=number,
            kind=kind,
            priority=priority,
            state=state,
            shown_state="callback" if is_called else state,
            waits_for=waits_for,
            room_code=room_code,
            place=place,
            caller_name=caller_name,
            matter=matter,
            category=paths.get(category_id) if category_id else None,
            department=department,
            handler=handler,
            received_at=received_at,
            due_at=due_at,
            callback_due_on=callback_due_on,
            escalation=escalation,
            reopened_count=reopened_count,
        )
    return [found[key] for key in keys if key in found]


def ticket_rows_by_id(session: Session, ticket_ids: Sequence[str]) -> list[TicketRow]:
    """The rows of tickets known by id, newest first."""
    statement = select(_ROWID).where(Ticket.id.in_(ticket_ids), Ticket.deleted.is_(None))
    return ticket_rows(session, list(session.scalars(statement.order_by(Ticket.received_at.desc()))))


def ticket_counts(session: Session, now: datetime, staff_id: str | None = None) -> TicketCounts:
    """The numbers on the chips, from one look at the open tickets."""
    since, until = day_span(local_day(now))
    counts = dict.fromkeys(OVERVIEW_GROUPS, 0)
    statement = select(Ticket.state, Ticket.due_at, Ticket.handler_id, Ticket.coordinator_id)
    for state, due_at, handler_id, coordinator_id in session.execute(
        statement.where(Ticket.state.in_(_OPEN), Ticket.deleted.is_(None))
    ):
        counts["open"] += 1
        counts["waiting"] += state in WAITING
        counts["suspended"] += state == State.SUSPENDED
        counts["mine"] += staff_id is not None and staff_id in (handler_id, coordinator_id)
        if due_at is not None and state != State.SUSPENDED:
            counts["overdue"] += due_at < now
            counts["due_today"] += since <= due_at < until
    counts["callback"] = (
        session.scalar(
            select(func.count(func.distinct(Callback.ticket_id)))
            .join(Ticket, Ticket.id == Callback.ticket_id)
            .where(is_due(), Ticket.state == State.COMPLETED.value)
        )
        or 0
    )
    return TicketCounts(**counts, total=total_tickets(session))


def total_tickets(session: Session) -> int:
    """How many tickets the file holds, read off an index."""
    return session.scalar(select(func.count()).select_from(Ticket).where(Ticket.deleted.is_(None))) or 0
