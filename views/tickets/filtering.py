"""The filter of the ticket list: its form, its words, and its shape when it is saved as a view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from PySide6.QtWidgets import QWidget

from models.queries.ticket_list import TicketFilter
from models.rules.service_time import day_span
from resources.terms import choices
from resources.terms import label as term
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext
from views.intake.category_editor import CategoryEditor
from views.tickets.reading import FilterChoices
from views.widgets.dialog import FormDialog
from views.widgets.form import Field, Kind

CODES = {
    "kind": "ticket.kind", "priority": "ticket.priority", "channel": "ticket.channel", "sync": "record.state",
}  # fmt: skip
IDS = ("department_id", "handler_id", "category_id")
REFINED = (*IDS, *CODES, "since", "until", "text")
"""What refines a group."""


def is_refined(filter_: TicketFilter) -> bool:
    return any(getattr(filter_, name) for name in REFINED)


def plain(filter_: TicketFilter) -> TicketFilter:
    """The group alone."""
    return TicketFilter(group=filter_.group, staff_id=filter_.staff_id, now=filter_.now)


def as_json(filter_: TicketFilter) -> dict[str, Any]:
    """For a saved view: moments as ISO text, nothing of the person or the hour."""
    found = {name: getattr(filter_, name) for name in ("group", *REFINED)}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in found.items()
        if value
    }


def from_json(saved: Mapping[str, Any], staff_id: str | None, now: datetime) -> TicketFilter:
    """What is not known or not readable is left out."""
    known = {name: str(saved[name]) for name in (*IDS, *CODES, "text") if saved.get(name)}
    moments: dict[str, datetime] = {}
    for name in ("since", "until"):
        try:
            moments[name] = datetime.fromisoformat(str(saved.get(name, "")))
        except ValueError:
            continue
    group = str(saved.get("group", "all"))
    return replace(TicketFilter(group=group, staff_id=staff_id, now=now, **known), **moments)  # type: ignore[arg-type]


def words(filter_: TicketFilter, offered: FilterChoices, context: AppContext) -> list[str]:
    """What refines the list, for people."""
    names: dict[str, Mapping[str, str]] = {
        "department_id": dict(offered.departments),
        "handler_id": dict(offered.staff),
        "category_id": {node.id: node.path for node in offered.categories},
    }
    said = []
    for name in REFINED:
        value = getattr(filter_, name)
        if not value:
            continue
        if name in names:
            said.append(names[name].get(value, "?"))
        elif name in CODES:
            said.append(term(CODES[name], value))
        elif name == "since":
            said.append(_("自 {day}").format(day=context.formats.day(value)))
        elif name == "until":
            said.append(_("至 {day}").format(day=context.formats.day(value - timedelta(days=1))))
        else:
            said.append(f"“{value}”")
    return said


def _fields(offered: FilterChoices) -> list[Field]:
    anything = (None, _("不限"))

    def coded(vocabulary: str) -> Callable[[], list[tuple[Any, str]]]:
        return lambda: [anything, *choices(vocabulary)]

    return [
        Field("text", N_("文字"), hint=N_("内容、单号、地点、报修人里的字"), mnemonic="T"),
        Field(
            "department_id", N_("部门"), Kind.CHOICE, choices=(anything, *offered.departments), mnemonic="D"
        ),
        Field("handler_id", N_("处理人"), Kind.CHOICE, choices=(anything, *offered.staff), is_beside=True),
        Field("kind", N_("诉求类型"), Kind.CHOICE, choices=coded("ticket.kind")),
        Field("priority", N_("紧急程度"), Kind.CHOICE, choices=coded("ticket.priority"), is_beside=True),
        Field(
            "category_id",
            N_("类别"),
            Kind.OWN,
            make=lambda parent: CategoryEditor(parent, offered.categories),
        ),
        Field("channel", N_("来源"), Kind.CHOICE, choices=coded("ticket.channel"), is_beside=True),
        Field("sync", N_("同步状态"), Kind.CHOICE, choices=coded("record.state")),
        Field("since", N_("受理自"), Kind.DAY, hint=N_("11-01、-7 表示七天前"), is_beside=True),
        Field("until", N_("受理至"), Kind.DAY, hint=N_("当天也算在内")),
    ]  # fmt: skip


class FilterDialog(FormDialog):
    """*chosen* gets the refined filter."""

    def __init__(
        self,
        context: AppContext,
        filter_: TicketFilter,
        offered: FilterChoices,
        chosen: Callable[[TicketFilter], None],
        parent: QWidget,
    ) -> None:
        self._filter, self._chosen = filter_, chosen
        super().__init__(
            _("筛选工单"),
            _fields(offered),
            lambda values, _dialog: self._choose(values),
            parent,
            confirm=_("筛选"),
            formats=context.formats,
            width=620,
        )
        last_day = filter_.until - timedelta(days=1) if filter_.until is not None else None
        local = context.formats.local
        self.form.set_values(
            {
                **{name: getattr(filter_, name) for name in (*IDS, *CODES, "text")},
                "since": local(filter_.since).date() if filter_.since is not None else None,
                "until": local(last_day).date() if last_day is not None else None,
            }
        )

    def _choose(self, values: dict[str, Any]) -> None:
        since: date | None = values.pop("since")
        until: date | None = values.pop("until")
        given: dict[str, Any] = {
            name: value or ("" if name == "text" else None) for name, value in values.items()
        }
        refined = replace(
            self._filter,
            **given,
            since=day_span(since)[0] if since is not None else None,
            until=day_span(until)[1] if until is not None else None,
        )
        self.done_well()
        self._chosen(refined)
