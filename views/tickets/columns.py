"""The columns of the ticket list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from models.queries.ticket_list import TicketRow
from resources import translations
from resources.terms import label as term
from resources.terms import symbol
from resources.translations import N_
from views.formats import Formats
from views.tickets import wording
from views.widgets.column import Align, Column
from views.widgets.record_marks import RecordMarks, mark_column
from views.widgets.tone import Tone


def columns(
    clock: Callable[[], datetime], formats: Formats, marks: RecordMarks
) -> Sequence[Column[TicketRow]]:
    """*clock* tells what is overdue when a cell is painted."""

    def limit(row: TicketRow) -> str:
        return wording.time_words(row, clock(), formats, row.callback_due_on)

    is_short = translations.language() == translations.SOURCE_LANGUAGE
    """Chinese needs less room for a state."""

    def priority_tone(row: TicketRow) -> Tone:
        return Tone.BAD if row.priority != "normal" else Tone.MUTED

    return (
        Column("number", N_("单号"), 106, least=106, sort="number", tone=lambda _row: Tone.MUTED),
        Column("room", N_("房号"), 78, sort="room",
               text=lambda row: row.room_code or row.place),
        Column("caller", N_("报修人"), 68 if is_short else 62, least=44, sort="caller",
               text=lambda row: row.caller_name),
        Column("matter", N_("内容"), 100, least=36, is_stretched=True, sort="matter"),
        Column("whom", N_("处理"), 84 if is_short else 74, least=46, sort="handler",
               text=lambda row: row.handler or row.department,
               tip=lambda row: wording.whom(row.department, row.handler)),
        Column("state", N_("状态"), 94 if is_short else 116, sort="state",
               text=lambda row: term("ticket.state", row.shown_state), tip=wording.state_words,
               tone=lambda row: wording.state_tone(row.shown_state),
               symbol=lambda row: symbol("ticket.state", row.shown_state)),
        Column("due", N_("时限"), 98 if is_short else 126, text=limit, sort="due_at",
               tone=lambda row: wording.time_tone(row, clock()),
               symbol=lambda row: wording.time_symbol(row, clock())),
        Column("priority", N_("紧急程度"), 76, text=lambda row: term("ticket.priority", row.priority),
               sort="priority", tone=priority_tone,
               symbol=lambda row: symbol("ticket.priority", row.priority), is_hidden=True),
        Column("kind", N_("诉求类型"), 72, text=lambda row: term("ticket.kind", row.kind), sort="kind",
               is_hidden=True),
        Column("category", N_("类别"), 140, is_hidden=True),
        Column("received", N_("受理时间"), 124, text=lambda row: formats.moment(row.received_at),
               sort="received_at", is_hidden=True),
        Column("escalation", N_("升级"), 52, text=lambda row: row.escalation or "", alignment=Align.RIGHT,
               is_hidden=True),
        Column("reopened", N_("重开次数"), 70, text=lambda row: row.reopened_count or "",
               alignment=Align.RIGHT, is_hidden=True),
        mark_column(marks),
    )  # fmt: skip
