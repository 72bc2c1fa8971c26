"""Tickets over all sites: counts first, then the list. Open ones are read off an index of their own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    exists,
    func,
    literal_column,
    select,
    true,
)

from models.entities.types import to_milliseconds
from models.rules.service_time import SITE_ZONE
from models.rules.ticket_life import FINAL, OPEN, WAITING, State
from sync.server.tables import DUE_CALLBACKS, OPEN_TICKETS, SITE_TABLES, hq_site

DAY_MS = 86_400_000
TICKET = SITE_TABLES["ticket"].table
_NUMBER = re.compile(r"[A-Z]{1,3}-(\d{2})(\d{2})(\d{2})-\d{1,8}")
GROUPS = ("open", "overdue", "waiting", "suspended", "finished", "archived", "void", "all")
"""Codes of ``ticket.group`` (and ``void``) that the console offers."""
IS_OPEN: ColumnElement[bool] = literal_column(OPEN_TICKETS.format("ticket."))
"""Word for word the condition of the index of open tickets, or no database takes that index."""

_CALLBACK = SITE_TABLES["callback"].table
_IS_CALLED: ColumnElement[bool] = and_(
    TICKET.c.state == literal_column(f"'{State.COMPLETED.value}'"),
    exists().where(
        _CALLBACK.c.site_id == TICKET.c.site_id,
        _CALLBACK.c.ticket_id == TICKET.c.id,
        literal_column(DUE_CALLBACKS.format("callback.")),
    ),
)
SHOWN_STATE: ColumnElement[str] = case((_IS_CALLED, literal_column("'callback'")), else_=TICKET.c.state)
"""As the desk words it (`models.queries.ticket_list`): a finished ticket with a due callback waits for it."""


@dataclass(frozen=True)
class Wanted:
    """Which tickets. ``sites`` None: all that there are; times are ms, ``until`` excluded."""

    sites: frozenset[str] | None = None
    group: str = "open"
    state: str = ""
    kind: str = ""
    priority: str = ""
    category: str = ""
    since: int | None = None
    until: int | None = None
    number: str = ""


@dataclass(frozen=True)
class TicketCounts:
    """Numbers of one choice, most first; ``by_site`` has site → (all, overdue)."""

    total: int
    overdue: int
    by_state: Mapping[str, int]
    by_kind: Mapping[str, int]
    by_priority: Mapping[str, int]
    by_category: Mapping[str, int]
    by_site: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One line; moments are aware, in UTC."""

    site_id: str
    id: str
    site: str
    number: str
    kind: str
    priority: str
    state: str
    category: str | None
    room: str | None
    caller: str | None
    matter: str
    department: str | None
    handler: str | None
    received_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    rating: str | None
    is_overdue: bool


OWN_SITE: ColumnElement[str] = TICKET.c.site_id.concat("")
"""The site, but not as the key's first column: else SQLite would read every ticket in the order of the key
rather than the few of a better index."""


def is_overdue(now_ms: int) -> ColumnElement[bool]:
    """The clock of a suspended ticket stands still, so it cannot be late."""
    return and_(TICKET.c.state != State.SUSPENDED.value, TICKET.c.due_at < now_ms)


def open_tickets(connection: Connection, now_ms: int) -> Mapping[str, tuple[int, int]]:
    """Site → open tickets, overdue ones."""
    rows = connection.execute(
        select(OWN_SITE.label("own"), func.count(), func.sum(case((is_overdue(now_ms), 1), else_=0)))
        .where(IS_OPEN)
        .group_by("own")
    )
    return {site_id: (int(count), int(late)) for site_id, count, late in rows}


def counts(connection: Connection, wanted: Wanted, now_ms: int) -> TicketCounts:
    """One grouped read; its few hundred rows are added up here in each direction."""
    late = case((and_(IS_OPEN, is_overdue(now_ms)), 1), else_=0)
    shown = _shown_in(wanted.group).label("shown")
    grouped = (shown, TICKET.c.kind, TICKET.c.priority, TICKET.c.category_id)
    rows = connection.execute(
        select(OWN_SITE.label("own"), *grouped, func.count(), func.sum(late))
        .where(*conditions(wanted, now_ms))
        .group_by("own", "shown", *grouped[1:])
    )
    tallies: tuple[Counter[str], ...] = tuple(Counter() for _ in range(5))
    overdue: Counter[str] = Counter()
    for *keys, count, late_count in rows:
        for tally, key in zip(tallies, keys, strict=True):
            tally[key or ""] += int(count)
        overdue[keys[0]] += int(late_count)
    by_site, by_state, by_kind, by_priority, by_category = tallies
    return TicketCounts(
        by_site.total(),
        overdue.total(),
        dict(by_state.most_common()),
        dict(by_kind.most_common()),
        dict(by_priority.most_common()),
        dict(by_category.most_common()),
        {site: (count, overdue[site]) for site, count in by_site.most_common()},
    )


def _shown_in(group: str) -> ColumnElement[str]:
    """Where no ticket is finished, the plain column: it is in the index of open tickets."""
    return SHOWN_STATE if group in {"finished", "all"} else TICKET.c.state


def conditions(wanted: Wanted, now_ms: int) -> list[ColumnElement[bool]]:
    found = _group(wanted.group, now_ms)
    for column, value in (
        (_shown_in(wanted.group), wanted.state),
        (TICKET.c.kind, wanted.kind),
        (TICKET.c.priority, wanted.priority),
        (TICKET.c.category_id, wanted.category),
        (TICKET.c.number, wanted.number),
    ):
        if value:
            found.append(column == value)
    if wanted.sites is not None:
        found.append(TICKET.c.site_id.in_(sorted(wanted.sites)))
    since, until = _around_number(wanted.number) if wanted.number else (None, None)
    for bound in (wanted.since, since):
        if bound is not None:
            found.append(TICKET.c.received_at >= bound)
    for bound in (wanted.until, until):
        if bound is not None:
            found.append(TICKET.c.received_at < bound)
    return found


def _group(group: str, now_ms: int) -> list[ColumnElement[bool]]:
    if group == "overdue":
        return [IS_OPEN, is_overdue(now_ms)]
    states = {
        "open": OPEN,
        "waiting": WAITING,
        "suspended": {State.SUSPENDED},
        "finished": {State.COMPLETED, State.CLOSED},
        "archived": {State.ARCHIVED},
        "void": {State.VOID},
    }.get(group)
    if states is None:
        return [TICKET.c.deleted.is_(None)]
    if states <= FINAL:
        return [TICKET.c.deleted.is_(None), TICKET.c.state.in_(sorted(states))]
    return [IS_OPEN] if states == OPEN else [IS_OPEN, TICKET.c.state.in_(sorted(states))]


def _around_number(number: str) -> tuple[int | None, int | None]:
    """A number tells its day (``B-261121-0042``), give or take a clock: only those days are looked at."""
    found = _NUMBER.fullmatch(number)
    if found is None:
        return None, None
    year, month, day = (int(part) for part in found.groups())
    try:
        at = to_milliseconds(datetime(2000 + year, month, day, tzinfo=SITE_ZONE))
    except ValueError:
        return None, None
    return at - 2 * DAY_MS, at + 3 * DAY_MS


def ticket_rows(
    connection: Connection, wanted: Wanted, now_ms: int, *, skip: int, limit: int
) -> Iterator[TicketRow]:
    """The newest first."""
    chosen = _rows(wanted, now_ms).offset(skip).limit(limit)
    for row in connection.execution_options(yield_per=1_000).execute(chosen):
        yield TicketRow(
            *row[:13],
            _at(row[13]),
            _at(row[14]),
            _at(row[15]),
            row[16],
            bool(row[17]),  # type: ignore[call-arg]
        )


def _rows(wanted: Wanted, now_ms: int) -> Select[Any]:
    """The page is cut before the names are joined to it."""
    late = case((and_(IS_OPEN, is_overdue(now_ms)), 1), else_=0)
    room, category, department, staff = (
        SITE_TABLES[name].table for name in ("room", "category", "department", "staff")
    )

    def same(table: Any, column: Any) -> ColumnElement[bool]:
        return and_(table.c.site_id == TICKET.c.site_id, table.c.id == column)

    return (
        select(
            TICKET.c.site_id,
            TICKET.c.id,
            hq_site.c.name,
            TICKET.c.number,
            TICKET.c.kind,
            TICKET.c.priority,
            SHOWN_STATE,
            category.c.name,
            room.c.code,
            TICKET.c.caller_name,
            TICKET.c.matter,
            department.c.name,
            staff.c.name,
            TICKET.c.received_at,
            TICKET.c.due_at,
            func.coalesce(TICKET.c.completed_at, TICKET.c.closed_at),
            TICKET.c.rating,
            late,
        )
        .select_from(TICKET)
        .join(hq_site, hq_site.c.site_id == TICKET.c.site_id)
        .outerjoin(room, same(room, TICKET.c.room_id))
        .outerjoin(category, same(category, TICKET.c.category_id))
        .outerjoin(department, same(department, TICKET.c.department_id))
        .outerjoin(staff, same(staff, TICKET.c.handler_id))
        .where(*conditions(wanted, now_ms))
        .order_by(TICKET.c.received_at.desc(), TICKET.c.id.desc())
    )


def category_names(connection: Connection, sites: frozenset[str] | None) -> Mapping[str, str]:
    """Id → path (工程维修/给排水) in these sites (None: all): they share the ids of the tree that every desk
    begins with."""
    category = SITE_TABLES["category"].table
    seen = true() if sites is None else category.c.site_id.in_(sorted(sites))
    rows = connection.execute(
        select(category.c.id, func.min(category.c.name), func.min(category.c.parent_id))
        .where(category.c.deleted.is_(None), seen)
        .group_by(category.c.id)
    ).all()
    known = {row[0]: (row[1] or "", row[2]) for row in rows}
    return dict(sorted(((one, _path(known, one)) for one in known), key=lambda pair: pair[1]))


def _path(known: Mapping[str, tuple[str, str | None]], category_id: str) -> str:
    names: list[str] = []
    at: str | None = category_id
    while at is not None and at in known and len(names) < 8:
        name, at = known[at]
        names.insert(0, name)
    return "/".join(names)


def _at(milliseconds: int | None) -> datetime | None:
    """A value from a desk may be any integer: one beyond the calendar is drawn to its end."""
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(min(max(int(milliseconds), 0), 4_102_444_800_000) / 1000, UTC)
