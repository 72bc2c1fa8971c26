"""Callbacks: what is due and why, what is left alone and until when, and the lines of a sheet."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.orm import Session

from models.entities.callback import Callback
from models.entities.organisation import Department, Staff
from models.entities.place import Room
from models.entities.resident import Phone, Resident
from models.entities.ticket import Ticket
from models.queries.due_callbacks import is_due
from models.queries.keys import read_keys
from models.queries.ticket_list import Order
from models.rules.personal_data import mask_phone
from models.rules.room_code import sort_key
from models.rules.service_time import local_day

_ROWID: ColumnElement[int] = literal_column("callback.rowid")


@dataclass(frozen=True)
class CallbackFilter:
    """``group``: due, late, excluded, done, failed, all. ``today`` only decides what is late.
    What is due is as `models.queries.due_callbacks` says.
    """

    group: str = "due"
    kind: str | None = None
    sheet_no: str | None = None
    due_until: date | None = None
    without_sheet: bool = False
    today: date = field(default_factory=lambda: local_day(datetime.now(UTC)), compare=False)


@dataclass(frozen=True, slots=True)
class CallbackRow:
    """One line: whom to ask about what. The phone is masked; its id is None where the ticket
    has typed one. ``is_due`` False with the state ``due``: its ticket is void, deleted or open again.
    """

    rowid: int
    id: str
    kind: str
    state: str
    due_on: date
    reason: str
    excluded_reason: str | None
    excluded_until: date | None
    override_reason: str | None
    sheet_no: str | None
    tries: int
    ticket_id: str | None
    ticket_number: str | None
    room_id: str | None
    room_code: str | None
    resident_id: str | None
    person: str | None
    phone: str
    phone_id: str | None
    matter: str | None
    resolution: str | None
    completed_at: datetime | None
    department: str | None
    handler: str | None
    reached: bool | None
    solved: bool | None
    satisfaction: str | None
    opinion: str | None
    suggestion: str | None
    remark: str | None
    called_at: datetime | None
    is_due: bool


@dataclass(frozen=True, slots=True)
class CallbackCounts:
    """Numbers for the chips."""

    due: int
    late: int
    excluded: int
    failed: int
    without_sheet: int


@dataclass(frozen=True, slots=True)
class SheetItem:
    """A sheet that was made: ``open`` of its ``total`` lines have no result yet."""

    sheet_no: str
    total: int
    open: int


SORT_KEYS: dict[str, Any] = {
    "due_on": Callback.due_on,
    "kind": Callback.kind,
    "sheet_no": Callback.sheet_no,
    "satisfaction": Callback.satisfaction,
    "room": Room.code,
}


def callback_keys(session: Session, filter_: CallbackFilter, order: Order | None = None) -> array[int]:
    """Row ids, what is due first on top."""
    statement = select(_ROWID).select_from(Callback).where(*_conditions(filter_))
    key = order.key if order is not None and order.key in SORT_KEYS else "due_on"
    if order is not None and key == "room":
        return _by_room(session, filter_, is_descending=order.is_descending)
    column = SORT_KEYS[key]
    is_descending = order.is_descending if order is not None else filter_.group in {"done", "failed", "all"}
    statement = statement.order_by(column.desc() if is_descending else column, _ROWID)
    return read_keys(session, statement)


def _by_room(session: Session, filter_: CallbackFilter, *, is_descending: bool) -> array[int]:
    """Row ids in the order in which people count rooms, which text has not."""
    found = session.execute(
        select(_ROWID, Room.code)
        .select_from(Callback)
        .outerjoin(Room, Room.id == Callback.room_id)
        .where(*_conditions(filter_))
        .order_by(Callback.due_on, _ROWID)
    ).all()
    rows = sorted(found, key=lambda row: sort_key(row[1] or ""), reverse=is_descending)
    return array("q", [row[0] for row in rows])


def _conditions(wanted: CallbackFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Callback.deleted.is_(None)]
    if wanted.group in {"due", "late"}:
        found.append(is_due())
    elif wanted.group in {"excluded", "done", "failed"}:
        found.append(Callback.state == wanted.group)
    if wanted.group == "late":
        found.append(Callback.due_on < wanted.today)
    if wanted.kind is not None:
        found.append(Callback.kind == wanted.kind)
    if wanted.sheet_no is not None:
        found.append(Callback.sheet_no == wanted.sheet_no)
    if wanted.due_until is not None:
        found.append(Callback.due_on <= wanted.due_until)
    if wanted.without_sheet:
        found.append(Callback.sheet_no.is_(None))
    return found


def callback_rows(session: Session, keys: Sequence[int]) -> list[CallbackRow]:
    """The rows of these keys, in their order."""
    if not keys:
        return []
    return [_masked(one.row, one.phone) for one in read_callbacks(session, _ROWID.in_(list(keys)), keys)]


@dataclass(frozen=True, slots=True)
class FullCallback:
    """A row with the phone in full: for paper, whose printing is recorded, never for a list."""

    row: CallbackRow
    phone: str


def sheet_callbacks(session: Session, sheet_no: str) -> list[FullCallback]:
    """The lines of a sheet in the order of rooms, with phones in full for the paper."""
    return read_callbacks(session, Callback.sheet_no == sheet_no)


def sheet_rows(session: Session, sheet_no: str) -> list[CallbackRow]:
    """The lines of a sheet for the quick entry, phones masked."""
    return [_masked(one.row, one.phone) for one in sheet_callbacks(session, sheet_no)]


def read_callbacks(
    session: Session, condition: ColumnElement[bool], keys: Sequence[int] | None = None
) -> list[FullCallback]:
    """Callbacks with their ticket, room and person; in the order of ``keys``, else of rooms as people
    count them (2-1-301 before 2-1-1001)."""
    statement = (
        select(
            _ROWID, Callback, Ticket.number, Ticket.caller_name, Ticket.caller_phone, Ticket.matter,
            Ticket.resolution, Ticket.completed_at, Room.code, Resident.name, Department.name, Staff.name,
            is_due(),
        )
        .outerjoin(Ticket, Ticket.id == Callback.ticket_id)
        .outerjoin(Room, Room.id == Callback.room_id)
        .outerjoin(Resident, Resident.id == Callback.resident_id)
        .outerjoin(Department, Department.id == Ticket.department_id)
        .outerjoin(Staff, Staff.id == Ticket.handler_id)
        .where(condition, Callback.deleted.is_(None))
        .order_by(Callback.due_on, Ticket.number, _ROWID)
    )  # fmt: skip
    rows = list(session.execute(statement).all())
    phones = _first_phones(session, [row[1].resident_id for row in rows if row[1].resident_id])
    rows.sort(key=lambda row: sort_key(row[8] or ""))  # stable: what is due first stays first in a room
    found = {row[0]: _full(row, phones) for row in rows}
    order = list(found) if keys is None else [key for key in keys if key in found]
    return [found[key] for key in order]


def _full(row: Any, phones: dict[str, tuple[str, str]]) -> FullCallback:
    (
        rowid, callback, number, caller_name, caller_phone, matter, resolution, completed_at,
        room_code, resident, department, handler, still_due,
    ) = row  # fmt: skip
    phone_id, own_phone = phones.get(callback.resident_id or "", (None, ""))
    phone = caller_phone or own_phone
    shown = CallbackRow(
        rowid=rowid,
        **{name: getattr(callback, name) for name in _PLAIN},
        ticket_number=number,
        room_code=room_code,
        person=caller_name or resident,
        phone="",
        phone_id=None if caller_phone else phone_id,
        matter=matter,
        resolution=resolution,
        completed_at=completed_at,
        department=department,
        handler=handler,
        is_due=bool(still_due),
    )
    return FullCallback(shown, phone)


_PLAIN = (
    "id",
    "kind",
    "state",
    "due_on",
    "reason",
    "excluded_reason",
    "excluded_until",
    "override_reason",
    "sheet_no",
    "tries",
    "ticket_id",
    "room_id",
    "resident_id",
    "reached",
    "solved",
    "satisfaction",
    "opinion",
    "suggestion",
    "remark",
    "called_at",
)


def _masked(row: CallbackRow, phone: str) -> CallbackRow:
    return replace(row, phone=mask_phone(phone))


def _first_phones(session: Session, resident_ids: list[str]) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    rows = session.execute(
        select(Phone.resident_id, Phone.id, Phone.number)
        .where(Phone.resident_id.in_(resident_ids), Phone.deleted.is_(None))
        .order_by(Phone.position, Phone.id)
    )
    for resident_id, phone_id, number in rows:
        found.setdefault(resident_id, (phone_id, number))
    return found


def callback_counts(session: Session, today: date) -> CallbackCounts:
    """What the chips say."""

    def count(*conditions: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).where(Callback.deleted.is_(None), *conditions)) or 0

    due = is_due()
    return CallbackCounts(
        due=count(due),
        late=count(due, Callback.due_on < today),
        excluded=count(Callback.state == "excluded"),
        failed=count(Callback.state == "failed"),
        without_sheet=count(due, Callback.sheet_no.is_(None)),
    )


def open_sheets(session: Session) -> list[SheetItem]:
    """Sheets that still wait for results, newest first."""
    waiting = select(Callback.sheet_no).where(is_due(), Callback.sheet_no.is_not(None))
    rows = session.execute(
        select(Callback.sheet_no, func.count(), func.count().filter(is_due()))
        .where(Callback.sheet_no.in_(waiting), Callback.deleted.is_(None))
        .group_by(Callback.sheet_no)
        .order_by(Callback.sheet_no.desc())
    )
    return [SheetItem(sheet_no or "", total, int(still_open)) for sheet_no, total, still_open in rows]


def callback_ids(session: Session, keys: Sequence[int]) -> list[str]:
    """The ids of these row ids, in their order: what a sheet is made of."""
    found: dict[int, str] = {}
    for start in range(0, len(keys), _CHUNK):
        wanted = list(keys[start : start + _CHUNK])
        found.update(
            (rowid, row_id)
            for rowid, row_id in session.execute(
                select(_ROWID, Callback.id).where(_ROWID.in_(wanted), Callback.deleted.is_(None))
            )
        )
    return [found[key] for key in keys if key in found]


@dataclass(frozen=True, slots=True)
class CallbackPlace:
    """Where a callback stands in the list: its state is the chip, ``rowid`` its key. ``is_listed`` False: in
    no list, for its ticket is not called back now.
    """

    rowid: int
    state: str
    is_listed: bool


def callback_place(session: Session, callback_id: str) -> CallbackPlace | None:
    """None when it is gone."""
    row = session.execute(
        select(_ROWID, Callback.state, is_due()).where(Callback.id == callback_id, Callback.deleted.is_(None))
    ).first()
    if row is None:
        return None
    rowid, state, still_due = row
    return CallbackPlace(rowid, state, state != "due" or bool(still_due))


_CHUNK = 500
