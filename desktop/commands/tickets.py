"""`ticket new`, `ticket show`, `ticket list`; the steps are declared in `desktop.commands.steps`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from desktop.commands import steps
from desktop.commands.call import Call
from models.errors import DomainError
from models.queries.categories import category_facts, category_paths
from models.queries.similar_tickets import SimilarWarning, similar_tickets
from models.queries.ticket_detail import ticket_detail, ticket_id_of_tail
from models.queries.ticket_list import TicketFilter, ticket_keys, ticket_rows
from models.rules.service_time import SITE_ZONE, local_day
from models.search import query as search
from models.search.hits import HitKind
from models.search.ticket_numbers import tickets_of_number
from models.services import intake
from models.services.intake import Request
from resources.terms import label
from resources.translations import gettext as _


def ticket(call: Call) -> int:
    own = {"new": new, "show": show, "list": list_tickets}
    return own.get(call.arguments.step, steps.take)(call)


def new(call: Call) -> int:
    """Register a request as the intake form does."""
    options = call.arguments
    room_id, resident_id = _household(call, options.room) if options.room else (None, None)
    request = Request(
        matter=options.matter,
        kind=options.kind,
        channel=options.channel,
        category_id=_category(call, options.category) if options.category else None,
        priority=options.priority,
        room_id=room_id,
        resident_id=resident_id,
        caller_name=options.caller,
        caller_phone=options.phone,
        place=options.place,
        expectation=options.expectation,
    )
    warning = call.read(_similar, request, call.desk.database.clock())
    taken = call.write(intake.create, request)
    alike = [*warning.similar, *warning.same_riser]
    call.give(
        {
            "id": taken.ticket_id,
            "number": taken.number,
            "similar": [
                {"number": one.number, "room": one.room_code, "matter": one.matter, "state": one.state}
                for one in alike
            ],
        }
    )
    call.say(_("已受理：{number}").format(number=taken.number))
    if alike and not call.is_json:
        numbers = "、".join(one.number for one in alike)
        print(_("注意，可能与未完成的工单重复：{numbers}").format(numbers=numbers), file=call.err)
    return 0


def _similar(session: Session, request: Request, now: datetime) -> SimilarWarning:
    """What the intake form would warn of."""
    facts = category_facts(session, request.category_id)
    return similar_tickets(
        session,
        matter=request.matter,
        kind=request.kind or (facts.kind if facts else None) or "repair",
        now=now,
        room_id=request.room_id,
        place=request.place,
        category_id=request.category_id,
    )


def _household(call: Call, room: str) -> tuple[str, str | None]:
    """The one room of that code in any spelling."""
    hits = [hit for hit in call.read(search.find, room) if hit.kind is HitKind.ROOM]
    if not hits:
        raise DomainError("room-not-found", code=room)
    if len(hits) > 1 and hits[0].score == hits[1].score:
        raise DomainError("room-ambiguous", code=room, found="、".join(hit.title for hit in hits[:6]))
    return hits[0].room_id or hits[0].id, hits[0].resident_id


def _category(call: Call, path: str) -> str:
    """The category of that path, or of its last part when that is unambiguous."""
    wanted = path.replace(" ", "")
    paths = call.read(category_paths)
    exact = [key for key, known in paths.items() if known.replace(" ", "") == wanted]
    named = [key for key, known in paths.items() if known.replace(" ", "").rpartition("/")[2] == wanted]
    found = exact or named
    if len(found) != 1:
        raise DomainError("category-unknown", path=path)
    return found[0]


def show(call: Call) -> int:
    """Everything of one ticket, phones masked; the tail of its number will do."""
    number = call.arguments.number
    ticket_id = call.read(ticket_id_of_tail, number, local_day(call.desk.database.clock()))
    if ticket_id is None:
        raise DomainError("ticket-not-found", number=number)
    named = call.read(tickets_of_number, number.strip().upper())
    if len(named) > 1:
        return _choose(call, number, named)
    detail = call.read(ticket_detail, ticket_id)
    call.give(asdict(detail))
    call.say(f"{detail.number}  {label('ticket.state', detail.state)}")
    call.table(
        (_("项目"), _("内容")),
        [
            (_("类别"), detail.category or label("ticket.kind", detail.kind)),
            (_("紧急程度"), label("ticket.priority", detail.priority)),
            (_("房号"), detail.room_code or detail.place),
            (_("报修人"), f"{detail.caller_name or ''} {detail.caller_phone or ''}".strip()),
            (_("内容"), detail.matter),
            (_("受理时间"), _moment(detail.received_at)),
            (_("派给"), " ".join(part for part in (detail.department, detail.handler) if part)),
            (_("时限"), _moment(detail.due_at)),
        ],
    )
    return 0


def _choose(call: Call, number: str, ticket_ids: list[str]) -> int:
    """More than one ticket bears this number, or bore it: all of them, for a person to tell apart."""
    found = [call.read(ticket_detail, ticket_id) for ticket_id in ticket_ids]
    call.give([asdict(one) for one in found])
    call.say(_("{number} 有 {n} 张工单：").format(number=number, n=len(found)))
    call.table(
        (_("单号"), _("房号"), _("报修人"), _("内容"), _("受理时间"), _("状态")),
        [
            (
                one.number,
                one.room_code or one.place,
                one.caller_name,
                one.matter[:24],
                _moment(one.received_at),
                label("ticket.state", one.state),
            )
            for one in found
        ],
    )
    return 0


def list_tickets(call: Call) -> int:
    options = call.arguments
    staff_id = call.actor.staff_id if options.group == "mine" else None
    keys = call.read(ticket_keys, TicketFilter(group=options.group, staff_id=staff_id))
    rows = call.read(ticket_rows, keys[: options.limit])
    call.give([asdict(row) for row in rows])
    call.table(
        (_("单号"), _("房号"), _("报修人"), _("内容"), _("处理"), _("状态"), _("时限")),
        [
            (
                row.number,
                row.room_code or row.place,
                row.caller_name,
                row.matter[:24],
                " ".join(part for part in (row.department, row.handler) if part),
                label("ticket.state", row.shown_state),
                _moment(row.due_at),
            )
            for row in rows
        ],
    )
    call.say(_("{shown} 条，共 {total} 条").format(shown=len(rows), total=len(keys)))
    return 0


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(SITE_ZONE):%Y-%m-%d %H:%M}" if moment else ""
