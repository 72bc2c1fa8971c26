"""The ticket beside the list: what it is, how long there is, what can be done now, who lives there, what
happened."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from models.queries.ticket_detail import ChargeRow, TicketDetail
from models.queries.ticket_timeline import TimelineItem
from models.rules.rights import Right
from resources.terms import label as term
from resources.terms import marked, symbol
from resources.translations import N_
from resources.translations import gettext as _
from views.attachments.attachment_list import AttachmentList
from views.context import AppContext
from views.household.card import HouseholdView
from views.tickets import facts, wording
from views.tickets.reading import Shown
from views.widgets.action_bar import ActionBar
from views.widgets.card import Card, WrappingLabel
from views.widgets.chip_bar import Chip, ChipBar
from views.widgets.flow_layout import FlowLayout
from views.widgets.look import set_tone
from views.widgets.panel import Panel, button, label, scrolled
from views.widgets.record_marks import RecordBadge, RecordMarks
from views.widgets.timeline import Happening, Timeline

HISTORY, FACTS, CHARGES, FILES, PAPER = "history", "facts", "charges", "files", "paper"
_PARTS = (
    Chip(HISTORY, N_("经过")), Chip(FACTS, N_("详情")), Chip(CHARGES, N_("费用")), Chip(FILES, N_("附件")),
    Chip(PAPER, N_("打印")),
)  # fmt: skip
NARROWEST = 164
"""Pixels under which the border to the list cannot be moved; nothing shown ever widens it."""
LOWEST_PART = 150
"""Pixels that history and the like keep in a low window."""
_TONES = {
    "overdue": "bad", "escalate": "bad", "chase": "warn", "void": "muted", "send_back": "warn",
    "sync": "muted",
}  # fmt: skip


class DetailPanel(Panel):
    """`show_ticket` fills it; the page puts its commands on ``bar``."""

    def __init__(
        self,
        context: AppContext,
        marks: RecordMarks,
        *,
        opened: Callable[[str], object],
        reverse: Callable[[ChargeRow], object],
        charge_command: QAction,
    ) -> None:
        super().__init__()
        self._context, self._opened, self._reverse = context, opened, reverse
        self._charge_command = charge_command
        self._shown: Shown | None = None
        self.setMinimumWidth(NARROWEST)
        self.bar = ActionBar()
        self.card = HouseholdView(context)
        self.parts = ChipBar(_PARTS)
        self.timeline = Timeline()
        self.files = AttachmentList(context, keys="K")
        self._facts, self._charges, self._paper = Card(), Card(), Card()
        self._title = label("", name="pageTitle", wraps=True)
        self._meta = label("", "muted", wraps=True)
        self._time = WrappingLabel("", "")
        self._due = WrappingLabel("", "muted")
        self._warranty = WrappingLabel("", "warn")
        self.badge = RecordBadge(marks)
        self._foot = label("", "muted", wraps=True)
        self._many = label("", "accent", name="pill", wraps=True)
        self._many.hide()
        self._empty = self._make_empty()
        self._whole = self._make_whole()
        self.body.addWidget(self._empty, 1)
        self.body.addWidget(self._whole, 1)
        self._whole.hide()

    # -- building --------------------------------------------------------------------------------------

    def _make_empty(self) -> QWidget:
        empty = label(_("选一张工单，这里显示它的详情"), "muted")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return empty

    def _make_whole(self) -> QWidget:
        """Head, commands and what is below them; it scrolls as a whole where the window is low."""
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(7)
        line = QWidget()
        flow = FlowLayout(line, spacing=8)
        for piece in (self._time, self._due, self._warranty, self.badge):
            flow.addWidget(piece)
        column.addWidget(self._title)
        column.addWidget(self._meta)
        column.addWidget(line)
        column.addWidget(self._many)
        column.addWidget(self.bar)
        column.addWidget(self.card)
        column.addWidget(self.parts)
        stack = self._make_stack()
        stack.setMinimumHeight(LOWEST_PART)
        column.addWidget(stack, 1)
        column.addWidget(self._foot)
        self.parts.chosen.connect(self.show_part)
        return scrolled(whole)

    def _make_stack(self) -> QStackedWidget:
        self._stack = QStackedWidget()
        self._places: dict[str, int] = {}
        charges = QWidget()
        column = QVBoxLayout(charges)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._charges)
        self._no_charges = label(_("还没有费用"), "muted")
        column.addWidget(self._no_charges)
        command = self._charge_command
        self._add_charge = button(command.text(), command.trigger, keys=command.shortcut().toString())
        column.addWidget(self._add_charge, 0, Qt.AlignmentFlag.AlignLeft)
        for key, widget in (
            (HISTORY, self.timeline),
            (FACTS, self._at_top(self._facts)),
            (CHARGES, self._at_top(charges)),
            (FILES, self._at_top(self.files)),
            (PAPER, self._at_top(self._paper)),
        ):
            self._places[key] = self._stack.addWidget(widget)
        return self._stack

    def _at_top(self, inside: QWidget) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(inside)
        column.addStretch(1)
        return scrolled(holder)

    # -- showing ---------------------------------------------------------------------------------------

    @property
    def detail(self) -> TicketDetail | None:
        return self._shown.detail if self._shown is not None else None

    def show_part(self, key: str) -> None:
        """Bring one of the parts to the front."""
        self.parts.choose(key)
        self._stack.setCurrentIndex(self._places[key])

    def show_many(self, count: int) -> None:
        """Say that the commands act on *count* tickets; 0 and 1 say nothing."""
        self._many.setVisible(count > 1)
        self._many.setText(_("已选 {n} 张，下面的操作对所选全部生效").format(n=count))

    def step_part(self, by: int) -> None:
        """The next part, or the one before."""
        keys = list(self._places)
        self.show_part(keys[(keys.index(self.parts.current) + by) % len(keys)])

    def show_ticket(self, shown: Shown | None) -> None:
        """Show it, or that none is chosen."""
        is_other = shown is None or self._shown is None or shown.detail.id != self._shown.detail.id
        self._shown = shown
        self._whole.setVisible(shown is not None)
        self._empty.setVisible(shown is None)
        if shown is None:
            return
        if is_other:
            self.show_part(HISTORY)
        self.show_head()
        self.card.show_card(shown.card)
        self._show_parts(shown.detail)

    def show_head(self) -> None:
        """Title and time; again every minute, since time runs."""
        one = self.detail
        if one is None:
            return
        now, formats = self._context.clock(), self._context.formats
        self.badge.show_record(one.id)
        self._title.setText(one.matter)
        kind = [one.number, term("ticket.kind", one.kind), one.category or "", self._priority(one)]
        origin = f"{term('ticket.channel', one.channel)} {formats.near(one.received_at, now)}"
        place = "" if one.room_code else one.place or ""
        self._meta.setText(" · ".join(part for part in (*kind, place, origin, one.received_by) if part))
        set_tone(self._meta, "muted")
        state = f"{symbol('ticket.state', one.shown_state)} {wording.state_words(one)}".strip()
        mark = wording.time_symbol(one, now)
        due = f"{mark} {wording.time_words(one, now, formats)}".strip() if one.due_at is not None else ""
        is_open = wording.time_tone(one, now) != "muted" or one.state == "suspended"
        self._time.setText(" · ".join(part for part in (state, due if is_open else "") if part))
        tone = (
            wording.time_tone(one, now)
            if wording.is_overdue(one, now)
            else wording.state_tone(one.shown_state)
        )
        set_tone(self._time, "" if tone == "normal" else tone)
        self._show_due(self._due, one)
        self._warranty.setVisible(one.is_under_warranty and one.warranty is not None)
        if one.warranty is not None:
            self._warranty.setText(_("保修期内 · {words}").format(words=wording.warranty_words(one.warranty)))

    def _priority(self, one: TicketDetail) -> str:
        return marked("ticket.priority", one.priority)

    def _show_due(self, shown: QLabel, one: TicketDetail) -> None:
        now, formats = self._context.clock(), self._context.formats
        if one.state in {"completed", "closed", "archived", "void"}:
            ended = one.completed_at or one.closed_at or one.archived_at
            text = formats.near(ended, now) if ended is not None else ""
        else:
            text = _("应于 {at} 前处理完").format(at=formats.near(one.due_at, now)) if one.due_at else ""
        if one.promised_at is not None and one.completed_at is None:
            text += " · " + _("承诺 {at}").format(at=formats.near(one.promised_at, now))
        shown.setText(text.strip(" ·"))

    def _show_parts(self, one: TicketDetail) -> None:
        context = self._context
        self.timeline.show_happenings([self._happening(item, one) for item in one.timeline])
        self._facts.show_lines(facts.fact_lines(one, context.formats, self._opened))
        can_change = context.may(Right.TICKET_PROGRESS) and one.state not in {"archived", "void"}
        lines = facts.charge_lines(one, context.formats, self._reverse if can_change else None)
        self._charges.setVisible(bool(lines))
        self._charges.show_lines(lines)
        self._no_charges.setVisible(not lines)
        self._add_charge.setVisible(can_change)
        self.files.show_rows(one.id, one.attachments)
        paper = facts.print_lines(one.prints, context.formats)
        self._paper.show_lines(paper or [[*facts.nothing(_("还没有打印过，按 F9 打印派工单"))]])
        self.parts.set_counts(
            {
                HISTORY: len(one.timeline),
                CHARGES: sum(not line.is_reversed for line in one.charges.lines),
                FILES: len(one.attachments),
                PAPER: len(one.prints),
            }
        )
        self._foot.setText(facts.foot_words(one, context.formats))

    def _happening(self, item: TimelineItem, one: TicketDetail) -> Happening:
        now, formats = self._context.clock(), self._context.formats
        desk = _("前台 {letter}").format(letter=item.desk) if item.desk else ""
        by = " · ".join(part for part in (item.who or _("系统"), desk) if part)
        text = _("{text}（已撤销）").format(text=item.text) if item.is_undone else item.text
        tone = "muted" if item.is_undone or item.kind == "undo" else _TONES.get(item.kind, "")
        is_today = formats.local(one.received_at).date() == formats.local(now).date()
        at = formats.time(item.at) if is_today else formats.near(item.at, now)
        return Happening(at, text, by, tone, item.symbol)
