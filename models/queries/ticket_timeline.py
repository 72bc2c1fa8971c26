"""The history of a ticket (经过), worded for a reader: one item an event, oldest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.entities.ticket import TicketEvent
from models.entities.types import from_milliseconds
from models.queries.people import Person, department_names, people
from models.queries.ticket_conflicts import Decided, decided_of
from models.rules.money import to_text
from models.rules.personal_data import mask_phone, mask_phones_in
from models.rules.service_time import DEFAULT_ZONE
from resources.terms import label, symbol
from resources.translations import gettext as _


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One event. ``who`` is empty for the system itself; ``desk`` is the letter of the desk
    where it is known.
    """

    id: str
    at: datetime
    kind: str
    symbol: str
    text: str
    who: str
    desk: str
    from_state: str | None
    to_state: str | None
    is_undone: bool


@dataclass(frozen=True, slots=True)
class _Names:
    staff: Mapping[str, Person]
    departments: Mapping[str, str]
    near: datetime


def ticket_timeline(session: Session, ticket_id: str) -> list[TimelineItem]:
    """All events of a ticket in the order in which they happened, with what sync decided in between."""
    events = session.scalars(
        select(TicketEvent)
        .where(TicketEvent.ticket_id == ticket_id, TicketEvent.deleted.is_(None))
        .order_by(TicketEvent.at, TicketEvent.id)
    ).all()
    undone = {str((event.data or {}).get("undoes")) for event in events if event.kind == "undo"}
    mentioned = [event.staff_id for event in events]
    mentioned += [(event.data or {}).get("handler_id") for event in events]
    staff, departments = people(session, mentioned), department_names(session)
    told = [_decision(one) for one in decided_of(session, ticket_id)]
    items = [
        TimelineItem(
            id=event.id,
            at=event.at,
            kind=event.kind,
            symbol=symbol("ticket.event", event.kind),
            text=_sentence(event, _Names(staff, departments, event.at)),
            who=staff[event.staff_id].name if event.staff_id in staff else "",
            desk=str((event.data or {}).get("desk") or ""),
            from_state=event.from_state,
            to_state=event.to_state,
            is_undone=event.id in undone,
        )
        for event in events
    ]
    return sorted([*items, *told], key=lambda item: item.at) if told else items


def _decision(one: Decided) -> TimelineItem:
    """What sync decided between two desks, among the steps."""
    return TimelineItem(
        id=one.id, at=one.at, kind="sync", symbol="⇅", text=one.text, who="", desk=one.desk,
        from_state=None, to_state=None, is_undone=False,
    )  # fmt: skip


def _sentence(event: TicketEvent, names: _Names) -> str:
    """What happened, then what was said; mobile numbers in what was typed are masked."""
    data: Mapping[str, Any] = event.data or {}
    parts = [label("ticket.event", event.kind)]
    detail = _DETAILS.get(event.kind)
    if detail is not None:
        parts += [part for part in detail(data, names) if part]
    if event.text:
        is_wish = event.kind == "receive"
        parts.append(_("期望：{text}").format(text=event.text) if is_wish else event.text)
    return mask_phones_in(_("，").join(parts))


def _moment(stored: object, near: datetime) -> str:
    """A stored moment as short as can be: the time on the same day, else day and time."""
    if not isinstance(stored, int):
        return ""
    zone = ZoneInfo(DEFAULT_ZONE)
    local = from_milliseconds(stored).astimezone(zone)
    return local.strftime("%H:%M" if local.date() == near.astimezone(zone).date() else "%m-%d %H:%M")


def _assignment(data: Mapping[str, Any], names: _Names) -> list[str]:
    handler = names.staff.get(str(data.get("handler_id")))
    whom = [names.departments.get(str(data.get("department_id")), "")]
    if handler is not None:
        whom.append(f"{handler.name} {mask_phone(handler.phone or '')}".strip())
    due = _moment(data.get("due_at"), names.near)
    helpers = [names.departments.get(str(one), "") for one in data.get("assisting") or []]
    return [
        " ".join(part for part in whom if part),
        _("时限 {at}").format(at=due) if due else "",
        _("协助：{names}").format(names=_("、").join(part for part in helpers if part))
        if any(helpers)
        else "",
    ]


def _promise(data: Mapping[str, Any], names: _Names) -> list[str]:
    at = _moment(data.get("promised_at"), names.near)
    return [_("承诺 {at}").format(at=at)] if at else []


def _arrival(data: Mapping[str, Any], names: _Names) -> list[str]:
    return [_moment(data.get("at"), names.near)]


def _completion(data: Mapping[str, Any], _names: _Names) -> list[str]:
    return [label("ticket.result", data.get("result"))]


def _rating(data: Mapping[str, Any], _names: _Names) -> list[str]:
    return [label("ticket.rating", data.get("rating"))]


def _undoing(data: Mapping[str, Any], _names: _Names) -> list[str]:
    return [label("ticket.event", data.get("action"))]


def _printing(data: Mapping[str, Any], _names: _Names) -> list[str]:
    return [str(data.get("form", "")).upper(), _("第 {n} 次").format(n=data.get("serial", 1))]


def _escalated(data: Mapping[str, Any], _names: _Names) -> list[str]:
    return [_("第 {level} 级").format(level=data.get("level", 1))]


def _overdue(data: Mapping[str, Any], names: _Names) -> list[str]:
    return [_("时限 {at}").format(at=_moment(data.get("due_at"), names.near))]


def _charged(data: Mapping[str, Any], _names: _Names) -> list[str]:
    return [to_text(int(data.get("amount", 0)))]


def _called(data: Mapping[str, Any], _names: _Names) -> list[str]:
    if not data.get("reached"):
        return [_("未接通")]
    solved = data.get("solved")
    said = "" if solved is None else _("已解决") if solved else _("未解决")
    return [said, label("callback.satisfaction", data.get("satisfaction"))]


def _renumbered(data: Mapping[str, Any], _names: _Names) -> list[str]:
    return [_("原号 {old}，改为 {new}").format(old=data.get("from", ""), new=data.get("to", ""))]


def _edited(data: Mapping[str, Any], _names: _Names) -> list[str]:
    return [_("、").join(label("field.ticket", name) for name in data.get("changes") or {})]


_DETAILS: Mapping[str, Callable[[Mapping[str, Any], _Names], list[str]]] = {
    "dispatch": _assignment,
    "pass_on": _assignment,
    "arrive": _arrival,
    "progress": _promise,
    "chase": _promise,
    "complete": _completion,
    "rate": _rating,
    "undo": _undoing,
    "print": _printing,
    "escalate": _escalated,
    "overdue": _overdue,
    "charge": _charged,
    "charge_void": _charged,
    "callback": _called,
    "edit": _edited,
    "renumber": _renumbered,
}
