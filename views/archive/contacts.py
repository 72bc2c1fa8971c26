"""Tickets and communications of a household or a person as lines, and the dialog of a new contact."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from models.queries.household_card import CommunicationRow
from models.queries.recent import Recent
from models.queries.ticket_list import TicketRow
from models.services import communications as log
from models.services.communications import Contact
from resources.terms import label as term
from resources.terms import marked
from resources.translations import N_
from resources.translations import gettext as _
from views.archive.detail import Detail
from views.archive.dialogs import Call, RecordDialog, ask, call
from views.archive.fields import CONTACT_FIELDS
from views.context import AppContext
from views.widgets.card import Line, Piece
from views.widgets.form import Field, Kind

LONGEST_MATTER = 60


class Contacts:
    """Of one page; *parent* is the page."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        self._context, self._parent = context, parent

    def add(
        self, *, room_id: str | None, resident_id: str | None, people: Sequence[tuple[str, str]] = ()
    ) -> RecordDialog:
        """A new line of the log. *people*: (id, name) of those of the household to choose from."""
        fields, first = CONTACT_FIELDS, people[0][0] if people else None
        if people:
            choices = [*people, (None, _("整户"))]
            fields = (Field("resident_id", N_("对象"), Kind.CHOICE, choices=choices), *CONTACT_FIELDS)

        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            whose = values.pop("resident_id") if people else resident_id
            return call(log.add, Contact(room_id=room_id, resident_id=whose, **values))

        return ask(
            self._context, _("添加沟通记录"), fields, save, parent=self._parent, done=_("已记下"),
            defaults={"channel": "phone", "direction": "out", "resident_id": first},
        )  # fmt: skip

    def show(self, detail: Detail, recent: Recent, keys: str, add: Any, new_ticket: Any) -> None:
        """The sections of open tickets, earlier ones, and the communications log."""
        title = _("未结工单 {n}").format(n=len(recent.open)) if recent.open else _("未结工单")
        detail.section(title, (_("新工单"), "T", new_ticket))
        detail.lines([self._ticket(row) for row in recent.open], _("没有未结工单"))
        if recent.finished:
            detail.section(_("以往工单"))
            detail.lines([self._ticket(row) for row in recent.finished])
        detail.section(_("沟通记录"), (_("添加"), keys, add))
        detail.lines([self._contact(row) for row in recent.contacts], _("还没有沟通记录"))

    def _ticket(self, row: TicketRow) -> Line:
        tone = "" if row.shown_state not in ("archived", "void", "closed") else "muted"
        matter = row.matter if len(row.matter) <= LONGEST_MATTER else row.matter[:LONGEST_MATTER] + "…"
        return [
            Piece(row.number, run=partial(self._context.navigate, "tickets", ticket_id=row.id)),
            Piece(self._context.formats.near(row.received_at, self._context.clock()), "muted"),
            Piece(marked("ticket.state", row.shown_state), tone or "accent"),
            Piece(matter.replace("\n", " ")),
        ]

    def _contact(self, row: CommunicationRow) -> Line:
        way = f"{term('communication.channel', row.channel)}·{term('communication.direction', row.direction)}"
        words = f"{row.purpose}：{row.content}" if row.purpose else row.content
        line = [
            Piece(self._context.formats.near(row.at, self._context.clock()), "muted"),
            Piece(way, "accent", is_pill=True),
            Piece(words),
        ]
        if row.follow_up:
            line.append(Piece(_("后续：{text}").format(text=row.follow_up), "warn"))
        if row.by:
            line.append(Piece(f"— {row.by}", "muted"))
        return line
