"""Changes that headquarters would not take: why, what was typed, and what can be done. Nothing is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from models.errors import DomainError
from models.queries.conflict_list import RefusedItem, refused
from models.queries.sync_names import value_names
from models.rules.rights import Right
from models.services import conflicts as settling
from resources.translations import N_
from resources.translations import gettext as _
from views import error_messages
from views.context import AppContext, Notice
from views.sync_problems.long_text import LongText
from views.sync_problems.records import PAGES, RefusedRow, refused_row, shortened
from views.widgets.action_bar import ActionBar
from views.widgets.chip_bar import Chip, ChipBar
from views.widgets.column import Column
from views.widgets.panel import ListAndDetail, empty_layout, label, scrolled
from views.widgets.small_table import SmallTable
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


class RefusedPanel(QWidget):
    """`refresh` reads the list; *add_command* puts a command with its key on the page."""

    counted = Signal(int)
    """How many wait for a person."""

    def __init__(self, context: AppContext, add_command: Callable[..., QAction]) -> None:
        super().__init__()
        self._context = context
        self._items: Sequence[RefusedItem] = ()
        self._wanted: tuple[str, str] | None = None
        self.send_again = add_command(
            _("再送一次"), "R", self._send_again, tip=_("把这些值再改一遍，再送总部")
        )
        self.dismiss = add_command(_("知道了"), "K", self._dismiss, tip=_("已看过或已改正，不再提示"))
        self.put_back = add_command(_("重新提示"), "N", self._put_back)
        self.open_record = add_command(_("去改正"), "E", self._open_record, tip=_("打开这条记录"))
        self.copy = add_command(_("复制内容"), "C", self._copy)
        self.chips = ChipBar(STATES)
        self.table: SmallTable[RefusedRow] = SmallTable(
            context.tasks, _columns(context), "refused", context.preferences
        )
        self.table.setAccessibleName(_("总部没有接受"))
        self.table.empty.say(_("总部没有拒绝过修改"))
        self.typed = Typed()
        self.bar = ActionBar()
        left, right = QWidget(), QWidget()
        column, side = QVBoxLayout(left), QVBoxLayout(right)
        for layout in (column, side):
            layout.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.chips)
        column.addWidget(self.table, 1)
        side.addWidget(self.bar)
        side.addWidget(scrolled(self.typed), 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(ListAndDetail(left, right, "sync/refused", context.preferences, share=0.54))
        self.chips.chosen.connect(lambda _key: self.refresh())
        self.table.current_changed.connect(lambda _key: self.follow())
        self.table.opened.connect(lambda _key: self._open_record())
        self.setFocusProxy(self.table)

    def refresh(self) -> None:
        """Read the list again; place and selection stay."""
        is_open = self.chips.current == "open"
        self._context.tasks.read_latest(self, "refused", refused, is_open=is_open, on_done=self._on_read)

    def go_to(self, record: tuple[str, str]) -> None:
        """Show what was refused of a record."""
        self._wanted = record
        self.chips.choose("open")
        self.refresh()

    def _on_read(self, items: Sequence[RefusedItem]) -> None:
        self._items = items
        asked_for = [(item.table, name, value) for item in items for name, value in item.values.items()]
        self._context.tasks.read_latest(self, "names", value_names, asked_for, on_done=self._show)

    def _show(self, names: Mapping[str, str]) -> None:
        rows = [refused_row(item, self._context, names) for item in self._items]
        self.table.show_rows(rows)
        if self.chips.current == "open":
            self.counted.emit(len(rows))
            self.chips.set_counts({"open": len(rows)})
        if self._wanted is not None:
            first = next((row for row in rows if self._wanted in (row.own, row.place)), None)
            if first is not None:
                self.table.go_to(first.id)
            self._wanted = None
        self.follow()

    def follow(self) -> None:
        """Stand on a row, show what was typed, and what can be done with it."""
        if self.table.current() is None and self.table.rows.rowCount():
            self.table.go_to(self.table.rows.key_at(0))
        row = self.table.current()
        may = self._context.may(Right.CONFLICT_RESOLVE)
        is_open = row is not None and row.item.state == "open"
        self.typed.show_row(row)
        can_send = row is not None and row.item.state != "settled" and row.item.code not in FINAL
        self.send_again.setVisible(can_send and may)
        self.dismiss.setVisible(is_open and may)
        self.put_back.setVisible(row is not None and row.item.state == "dismissed" and may)
        self.open_record.setVisible(row is not None and row.place is not None)
        self.copy.setVisible(row is not None)
        actions = [self.open_record, self.dismiss, self.send_again, self.put_back, self.copy]
        self.bar.set_actions(actions)
        self.bar.setVisible(any(action.isVisible() for action in actions))

    def _chosen(self) -> RefusedRow | None:
        return self.table.current() if self.isVisible() else None

    def _open_record(self) -> None:
        row = self._chosen()
        if row is not None and row.place is not None:
            page, argument = PAGES[row.place[0]]
            self._context.navigate(page, **{argument: row.place[1]})

    def _copy(self) -> None:
        row = self._chosen()
        if row is not None:
            lines = [row.record, *(f"{name}\t{value}" for name, value in row.typed)]
            QGuiApplication.clipboard().setText("\n".join(lines))
            self._context.notify(Notice(_("已复制"), "good"))

    def _dismiss(self) -> None:
        self._do(settling.dismiss_refused, "open", _("已记为看过；内容还在“已处理”里"), can_undo=True)

    def _put_back(self) -> None:
        self._do(settling.reopen_refused, "dismissed", _("已放回待处理"))

    def _send_again(self) -> None:
        row = self._chosen()
        if row is not None and self.send_again.isVisible():
            self._do(settling.send_again, row.item.state, _("已改回所输入的内容，马上再送"))

    def _do(self, service: Callable[..., None], state: str, said: str, *, can_undo: bool = False) -> None:
        row = self._chosen()
        if row is None or row.item.state != state:
            return
        undo = (lambda: self._reopen(row.id)) if can_undo else None
        self._context.tasks.write(
            self, service, row.id, on_error=self._on_fault,
            on_done=lambda _none: self._settled(Notice(said, "good", undo=undo)),
        )  # fmt: skip

    def _reopen(self, refused_id: str) -> None:
        self._context.tasks.write(
            self, settling.reopen_refused, refused_id, on_error=self._on_fault,
            on_done=lambda _none: self._settled(Notice(_("已放回待处理"), "good")),
        )  # fmt: skip

    def _settled(self, notice: Notice) -> None:
        self._context.notify(notice)
        self.refresh()

    def _on_fault(self, error: DomainError) -> None:
        self._context.notify(Notice(error_messages.message(error), "warn"))
        self.refresh()
