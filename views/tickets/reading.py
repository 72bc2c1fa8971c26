"""What the ticket page asks for, put together from the queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from models.errors import DomainError
from models.queries.accounts import department_rows, staff_rows
from models.queries.categories import CategoryNode, category_tree
from models.queries.dispatching import DepartmentChoice, dispatch_choices
from models.queries.household_card import HouseholdCard, household_card
from models.queries.saved_views import View, saved_views
from models.queries.ticket_detail import TicketDetail, ticket_detail
from models.queries.ticket_list import (
    Order,
    TicketCounts,
    TicketFilter,
    TicketRow,
    first_tickets,
    ticket_counts,
    ticket_keys,
    ticket_rows,
    ticket_rows_by_id,
)
from models.search.tickets import matching_tickets

Session = Any
"""What a query reads with; screens hand it on and know no more of it."""

PAGE_NAME = "tickets"
MOST_FOUND = 20_000
"""So many of the newest tickets of a text are listed; SQLite takes no more in one statement."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """One ticket as the detail shows it, with its row in the list and its household."""

    rowid: int
    detail: TicketDetail
    card: HouseholdCard


@dataclass(frozen=True, slots=True)
class Overview:
    """What stands above the list."""

    counts: TicketCounts
    views: tuple[View, ...]


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """What the filter offers: (id, name)."""

    departments: tuple[tuple[str, str], ...]
    staff: tuple[tuple[str, str], ...]
    categories: tuple[CategoryNode, ...]


def keys(session: Session, filter_: TicketFilter, order: Order | None) -> Sequence[int]:
    return ticket_keys(session, _searched(session, filter_), order)


def first(session: Session, filter_: TicketFilter, order: Order | None, limit: int) -> Sequence[TicketRow]:
    return first_tickets(session, _searched(session, filter_), order, limit)


def rows(session: Session, wanted: Sequence[int]) -> Sequence[TicketRow]:
    return ticket_rows(session, wanted)


def _searched(session: Session, filter_: TicketFilter) -> TicketFilter:
    """Text is looked up in the index; what it does not know (a piece of a number) is compared."""
    if not filter_.text.strip():
        return filter_
    found = tuple(islice(matching_tickets(session, filter_.text), MOST_FOUND))
    return replace(filter_, text="", only=found) if found else filter_


def shown_by_row(session: Session, rowid: int, now: datetime) -> Shown | None:
    """The ticket of a row of the list; ``None`` if it is gone."""
    found = ticket_rows(session, [rowid])
    return _shown(session, rowid, found[0].id, now) if found else None


def shown_by_id(session: Session, ticket_id: str, now: datetime) -> Shown | None:
    found = ticket_rows_by_id(session, [ticket_id])
    return _shown(session, found[0].rowid, ticket_id, now) if found else None


def _shown(session: Session, rowid: int, ticket_id: str, now: datetime) -> Shown | None:
    try:
        detail = ticket_detail(session, ticket_id)
    except DomainError:
        return None
    card = household_card(session, room_id=detail.room_id, resident_id=detail.resident_id, now=now)
    return Shown(rowid, detail, card)


def overview(session: Session, now: datetime, staff_id: str | None) -> Overview:
    return Overview(ticket_counts(session, now, staff_id), tuple(saved_views(session, PAGE_NAME)))


def ids_of(session: Session, rowids: Sequence[int]) -> list[str]:
    """The ids of rows of the list, in their order."""
    return [
        row.id
        for start in range(0, len(rowids), _AT_ONCE)
        for row in ticket_rows(session, list(rowids[start : start + _AT_ONCE]))
    ]


def choices_for(session: Session, kind: str, category_id: str | None) -> list[DepartmentChoice]:
    return dispatch_choices(session, kind, category_id)


def filter_choices(session: Session) -> FilterChoices:
    return FilterChoices(
        tuple((one.id, one.name) for one in department_rows(session)),
        tuple((one.id, one.name) for one in staff_rows(session, with_inactive=False)),
        tuple(category_tree(session, with_inactive=True)),
    )
