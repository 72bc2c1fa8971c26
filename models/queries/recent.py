"""A household's and a resident's page whole, in one snapshot: the record, its tickets, its communications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from models.queries.household import Household, household
from models.queries.household_card import CommunicationRow, communications, open_tickets
from models.queries.residents import ResidentDetail, resident_detail
from models.queries.ticket_list import TicketFilter, TicketRow, first_tickets
from models.rules.service_time import local_day

LAST_TICKETS = 6
LAST_CONTACTS = 8


@dataclass(frozen=True, slots=True)
class Recent:
    """``open`` tickets, the last ``finished`` ones, and the last ``contacts``; each newest first."""

    open: tuple[TicketRow, ...]
    finished: tuple[TicketRow, ...]
    contacts: tuple[CommunicationRow, ...]


@dataclass(frozen=True, slots=True)
class HouseholdPage:
    household: Household
    recent: Recent


@dataclass(frozen=True, slots=True)
class ResidentPage:
    resident: ResidentDetail
    recent: Recent


def household_page(session: Session, room_id: str, now: datetime) -> HouseholdPage:
    """Raises ``row-gone``."""
    return HouseholdPage(
        household(session, room_id, local_day(now)), _recent(session, now, room_id=room_id, resident_id=None)
    )


def resident_page(session: Session, resident_id: str, now: datetime) -> ResidentPage:
    """Raises ``row-gone``."""
    return ResidentPage(
        resident_detail(session, resident_id, local_day(now)),
        _recent(session, now, room_id=None, resident_id=resident_id),
    )


def _recent(session: Session, now: datetime, *, room_id: str | None, resident_id: str | None) -> Recent:
    going = open_tickets(session, room_id, resident_id)
    wanted = TicketFilter(group="all", room_id=room_id, resident_id=resident_id, now=now)
    last = first_tickets(session, wanted, None, LAST_TICKETS + len(going))
    known = {row.id for row in going}
    return Recent(
        open=going,
        finished=tuple(row for row in last if row.id not in known)[:LAST_TICKETS],
        contacts=communications(session, room_id=room_id, resident_id=resident_id, limit=LAST_CONTACTS),
    )
