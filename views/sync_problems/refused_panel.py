"""Changes that headquarters would not take: why, what was typed, and what can be done. Nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from models.queries.conflict_list import RefusedItem, refused
from models.rules.rights import Right
from models.services import conflicts as settling
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext, Notice
from views.sync_problems.long_text import LongText
from views.sync_problems.problem_panel import ProblemPanel
from views.sync_problems.records import RefusedRow, refused_row, shortened
from views.widgets.chip_bar import Chip
from views.widgets.column import Column
from views.widgets.panel import empty_layout, label
from views.widgets.tone import Tone

STATES = (Chip("open", N_("待处理"), "×", "bad"), Chip("done", N_("已处理"), "✓"))
FINAL = frozenset({"history-fixed"})
"""Refusals that sending again cannot change."""


def _columns(context: AppContext) -> Sequence[Column[RefusedRow]]:
    return (
        Column("at", N_("时间"), 98, sort="at",
               text=lambda row: context.formats.near(row.at, context.clock())),
        Column("record", N_("记录"), 160, least=80, sort="record"),
        Column("what", N_("修改"), 160, least=60, is_stretched=True, text=lambda row: shortened(row.what)),
        Column("state", N_("状态"), 96, least=76, tone=lambda _row: Tone.MUTED),
    )  # fmt: skip


class Typed(QWidget):
    """One refused change: why, and each value that was typed."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = label(name="heading", wraps=True)
        self.about = label("", "muted", wraps=True)
        self.why = label("", "bad", wraps=True)
        self._values = QVBoxLayout()
        self.texts: list[LongText] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.heading, self.about, self.why):
            column.addWidget(widget)
        column.addLayout(self._values)
        column.addStretch(1)

    def show_row(self, row: RefusedRow | None) -> None:
        self.setVisible(row is not None)
        empty_layout(self._values)
        self.texts = []
        if row is None:
            return
        self.heading.setText(row.record)
        about = row.item.record.about if row.item.record.label else ""
        self.about.setText(about)
        self.about.setVisible(bool(about))
        self.why.setText(f"× {row.why}")
        for name, value in row.typed:
            self._values.addWidget(label(name, "muted"))
            text = LongText(f"{row.record} · {name}")
            text.show_text(value)
            self.texts.append(text)
            self._values.addWidget(text)


class RefusedPanel(ProblemPanel[RefusedRow]):
    """`refresh` reads the list; *add_command* puts a command with its key on the page."""

    def __init__(self, context: AppContext, add_command: Callable[..., QAction]) -> None:
        super().__init__(context)
        self._items: Sequence[RefusedItem] = ()
        self.send_again = add_command(
            _("再送一次"), "R", self._send_again, tip=_("把这些值再改一遍，再送总部")
        )
        self.dismiss = add_command(_("知道了"), "K", self._dismiss, tip=_("已看过或已改正，不再提示"))
        self.put_back = add_command(_("重新提示"), "N", self._put_back)
        self.open_record = add_command(_("去改正"), "E", self.open_chosen, tip=_("打开这条记录"))
        self.copy = add_command(_("复制内容"), "C", self._copy)
        self.typed = Typed()
        self.build("refused", _("总部没有接受"), STATES, _columns(context), self.typed)
        self.table.empty.say(_("总部没有拒绝过修改"))

    def refresh(self) -> None:
        """Read the list again; place and selection stay."""
        is_open = self.chips.current == "open"
        self._context.tasks.read_latest(self, "refused", refused, is_open=is_open, on_done=self._on_read)

    def _on_read(self, items: Sequence[RefusedItem]) -> None:
        self._items = items
        self.ask_names((item.table, name, value) for item in items for name, value in item.values.items())

    def rows(self, names: Mapping[str, str]) -> list[RefusedRow]:
        if self.chips.current == "open":
            self.counted.emit(len(self._items))
            self.chips.set_counts({"open": len(self._items)})
        return [refused_row(item, self._context, names) for item in self._items]

    def follow(self) -> None:
        """Stand on a row, show what was typed, and what can be done with it."""
        row = self.standing()
        may = self._context.may(Right.CONFLICT_RESOLVE)
        is_open = row is not None and row.item.state == "open"
        self.typed.show_row(row)
        can_send = row is not None and row.item.state != "settled" and row.item.code not in FINAL
        self.send_again.setVisible(can_send and may)
        self.dismiss.setVisible(is_open and may)
        self.put_back.setVisible(row is not None and row.item.state == "dismissed" and may)
        self.open_record.setVisible(row is not None and row.place is not None)
        self.copy.setVisible(row is not None)
        self.offer([self.open_record, self.dismiss, self.send_again, self.put_back, self.copy])

    def _current(self) -> RefusedRow | None:
        return self.table.current() if self.isVisible() else None

    def _copy(self) -> None:
        row = self._current()
        if row is not None:
            lines = [row.record, *(f"{name}\t{value}" for name, value in row.typed)]
            QGuiApplication.clipboard().setText("\n".join(lines))
            self._context.notify(Notice(_("已复制"), "good"))

    def _dismiss(self) -> None:
        self._do(settling.dismiss_refused, "open", _("已记为看过；内容还在“已处理”里"), can_undo=True)

    def _put_back(self) -> None:
        self._do(settling.reopen_refused, "dismissed", _("已放回待处理"))

    def _send_again(self) -> None:
        row = self._current()
        if row is not None and self.send_again.isVisible():
            self._do(settling.send_again, row.item.state, _("已改回所输入的内容，马上再送"))

    def _do(self, service: Callable[..., None], state: str, said: str, *, can_undo: bool = False) -> None:
        row = self._current()
        if row is None or row.item.state != state:
            return
        undo = (lambda: self._reopen(row.id)) if can_undo else None
        self._context.tasks.write(
            self, service, row.id, on_error=self.on_fault,
            on_done=lambda _none: self.settled(Notice(said, "good", undo=undo)),
        )  # fmt: skip

    def _reopen(self, refused_id: str) -> None:
        self._context.tasks.write(
            self, settling.reopen_refused, refused_id, on_error=self.on_fault,
            on_done=lambda _none: self.came_back([refused_id], Notice(_("已放回待处理"), "good")),
        )  # fmt: skip
