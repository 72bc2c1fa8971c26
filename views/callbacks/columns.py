"""The columns of the list of callbacks, and the words for why one is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from models.queries.callback_list import CallbackRow
from resources.terms import label, labels, symbol
from resources.translations import N_
from resources.translations import gettext as _
from views.formats import Formats
from views.widgets.chip_bar import Chip
from views.widgets.column import Column
from views.widgets.record_marks import RecordMarks, mark_column
from views.widgets.tone import Tone

CHIPS = (
    Chip("due", N_("待回访"), "☎"),
    Chip("late", N_("逾期"), "▲", "bad"),
    Chip("excluded", N_("暂不回访"), "‖"),
    Chip("done", N_("已回访"), "✓"),
    Chip("failed", N_("未能回访"), "×"),
)

Today = Callable[[], date]


def why(row: CallbackRow, formats: Formats) -> str:
    """Why it is due, or why not and until when: the exclusion counts before the reason."""
    if row.state == "excluded":
        words = label("callback.exclusion", row.excluded_reason)
        if row.excluded_until is not None:
            return _("{reason}，至 {day}").format(reason=words, day=formats.day(row.excluded_until))
        return words
    words = label("callback.reason", row.reason)
    if row.override_reason:
        return _("{reason}（破例：{why}）").format(reason=words, why=row.override_reason)
    return words


def due_words(row: CallbackRow, today: date, formats: Formats) -> str:
    """``逾期 3 天``, ``今日``, ``11-24``; what is over shows the day it was called."""
    if row.state == "done" and row.called_at is not None:
        return formats.day(row.called_at)
    if row.state != "due":
        return formats.day(row.due_on)
    if row.due_on < today:
        return _("逾期 {n} 天").format(n=(today - row.due_on).days)
    if row.due_on == today:
        return _("今日")
    return f"{row.due_on:%m-%d}" if row.due_on.year == today.year else formats.day(row.due_on)


def due_tone(row: CallbackRow, today: date) -> Tone:
    if row.state != "due":
        return Tone.MUTED
    if row.due_on < today:
        return Tone.BAD
    return Tone.WARN if row.due_on == today else Tone.NORMAL


def result_words(row: CallbackRow) -> str:
    """What came of it: satisfaction, or how often nobody answered."""
    if row.state == "done":
        words = label("callback.satisfaction", row.satisfaction)
        return _("未解决 · {words}").format(words=words) if row.solved is False else words
    return _("未接 {n} 次").format(n=row.tries) if row.tries else ""


def result_tone(row: CallbackRow) -> Tone:
    if row.solved is False or row.satisfaction == "dissatisfied":
        return Tone.BAD
    return Tone.GOOD if row.state == "done" else Tone.WARN


def columns(today: Today, formats: Formats, marks: RecordMarks) -> Sequence[Column[CallbackRow]]:
    return (
        Column(
            "due",
            N_("到期"),
            84,
            text=lambda row: due_words(row, today(), formats),
            sort="due_on",
            tone=lambda row: due_tone(row, today()),
            symbol=lambda row: "▲" if due_tone(row, today()) is Tone.BAD else "",
            widest=lambda: (_("逾期 {n} 天").format(n=88),),
        ),
        Column(
            "kind",
            N_("类型"),
            92,
            text=lambda row: label("callback.kind", row.kind),
            sort="kind",
            widest=lambda: labels("callback.kind"),
        ),
        Column("room", N_("房号"), 78, text=lambda row: row.room_code, sort="room"),
        Column("person", N_("受访人"), 78, least=62),
        Column("phone", N_("电话"), 98, tone=lambda _row: Tone.MUTED),
        Column("matter", N_("内容"), 130, least=64, is_stretched=True),
        Column(
            "why",
            N_("缘由"),
            128,
            text=lambda row: why(row, formats),
            symbol=lambda row: symbol("callback.state", "excluded") if row.state == "excluded" else "",
            tone=lambda row: Tone.MUTED,
        ),
        Column("result", N_("结果"), 70, text=result_words, tone=result_tone, sort="satisfaction"),
        Column("sheet_no", N_("回访表"), 120, sort="sheet_no", tone=lambda _row: Tone.MUTED, is_hidden=True),
        Column("ticket_number", N_("单号"), 112, tone=lambda _row: Tone.MUTED, is_hidden=True),
        Column("handler", N_("处理人"), 80, is_hidden=True),
        Column("department", N_("部门"), 80, is_hidden=True),
        mark_column(marks),
    )
