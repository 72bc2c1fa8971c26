"""What the intake page asks for and does, put together from queries and services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.queries.dispatching import DepartmentChoice, dispatch_choices
from models.queries.ticket_detail import TicketDetail, ticket_detail
from models.rules.rights import Right
from models.search.hits import HitKind
from models.search.query import find
from models.services import drafts, intake, tickets
from models.services.intake import Request, Taken
from models.work import Work

Session = Any
"""What a query reads with; screens hand it on and know no more of it."""


@dataclass(frozen=True, slots=True)
class ToDispatch:
    """A new ticket and whom it may be sent to."""

    detail: TicketDetail
    departments: tuple[DepartmentChoice, ...]


def take(work: Work, request: Request, answer: str) -> Taken:
    """Make the ticket; answered at the desk, it is closed in the same transaction."""
    if answer.strip():
        work.require(Right.TICKET_COMPLETE)
    taken = intake.create(work, request)
    if answer.strip():
        tickets.answer(work, taken.ticket_id, answer)
    return taken


def chase_instead(work: Work, ticket_id: str, text: str, draft_id: str | None) -> None:
    """催单 of the ticket that is open already; the draft was that and no new request."""
    tickets.chase(work, ticket_id, text=text)
    if draft_id:
        drafts.discard(work, draft_id)


def to_dispatch(session: Session, ticket_id: str) -> ToDispatch:
    detail = ticket_detail(session, ticket_id)
    return ToDispatch(detail, tuple(dispatch_choices(session, detail.kind, detail.category_id)))


def household_of_phone(session: Session, phone: str) -> tuple[str | None, str | None] | None:
    """Room and resident of the one person who has this number; ``None`` if nobody or several have."""
    found = [one for one in find(session, phone, 5) if one.kind is HitKind.RESIDENT]
    return (found[0].room_id, found[0].resident_id) if len(found) == 1 else None
