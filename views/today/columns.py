"""The columns of what presses most, and how much time a ticket has left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from models.queries.ticket_list import TicketRow
from resources.terms import label, symbol
from resources.translations import N_
from resources.translations import gettext as _
from views.formats import NOTHING, Formats
from views.widgets.column import Column
from views.widgets.record_marks import RecordMarks, mark_column
from views.widgets.tone import Tone

NEAR = timedelta(hours=2)
"""What falls due sooner than this is marked."""
MANY_DAYS = timedelta(days=2)
"""From here on whole days are enough."""
STOPPED = frozenset({"suspended"})

Clock = Callable[[], datetime]


def left(row: TicketRow, now: datetime) -> timedelta | None:
    """The time left, negative when it is over; None where the clock stands still or there is no deadline."""
    if row.due_at is None or row.state in STOPPED:
        return None
    return row.due_at - now


def left_words(row: TicketRow, now: datetime, formats: Formats) -> str:
    """``超时 0:42``, ``剩 1:15``, ``时钟已停``."""
    if row.state in STOPPED:
        return _("时钟已停")
    rest = left(row, now)
    if rest is None:
        return NOTHING
    words = _("超时 {span}") if rest < timedelta(0) else _("剩 {span}")
    if abs(rest) >= MANY_DAYS:
        return words.format(span=_("{n} 天").format(n=abs(rest).days))
    return words.format(span=formats.span(rest))


def left_tone(row: TicketRow, now: datetime) -> Tone:
    rest = left(row, now)
    if rest is None:
        return Tone.MUTED
    if rest < timedelta(0):
        return Tone.BAD
    return Tone.WARN if rest < NEAR else Tone.NORMAL


def left_symbol(row: TicketRow, now: datetime) -> str:
    return {Tone.BAD: "▲", Tone.WARN: "⚠"}.get(left_tone(row, now), "")


def pressing_columns(clock: Clock, formats: Formats, marks: RecordMarks) -> Sequence[Column[TicketRow]]:
    """Time left, number, place, matter, who, state, and whether headquarters has it."""
    return (
        Column(
            "left",
            N_("时限"),
            124,
            text=lambda row: left_words(row, clock(), formats),
            tone=lambda row: left_tone(row, clock()),
            symbol=lambda row: left_symbol(row, clock()),
        ),
        Column(
            "priority",
            N_("紧急程度"),
            64,
            text=lambda row: label("ticket.priority", row.priority),
            symbol=lambda row: symbol("ticket.priority", row.priority),
            tone=lambda row: Tone.BAD if row.priority == "critical" else Tone.NORMAL,
            is_hidden=True,
        ),
        Column("room_code", N_("房号"), 84, text=lambda row: row.room_code or row.place or ""),
        Column("caller_name", N_("报修人"), 70, is_hidden=True),
        Column("matter", N_("内容"), 150, is_stretched=True),
        Column("handler", N_("处理"), 84, text=lambda row: row.handler or row.department or ""),
        Column(
            "state",
            N_("状态"),
            104,
            text=lambda row: label("ticket.state", row.shown_state),
            symbol=lambda row: symbol("ticket.state", row.shown_state),
        ),
        Column("number", N_("单号"), 112, tone=lambda _row: Tone.MUTED),
        mark_column(marks),
    )
