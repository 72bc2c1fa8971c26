"""Sheets that are out: how many lines still wait, entered with Enter, printed again with F9."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from models.queries.callback_list import SheetItem, open_sheets
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext
from views.widgets.column import Align, Column
from views.widgets.panel import Panel, button, label
from views.widgets.small_table import SmallTable
from views.widgets.tone import Tone

COLUMNS: Sequence[Column[SheetItem]] = (
    Column("sheet_no", N_("回访表"), 150, is_bold=True, is_stretched=True),
    Column("total", N_("条数"), 80, alignment=Align.RIGHT),
    Column("open", N_("未录"), 80, alignment=Align.RIGHT, tone=lambda _row: Tone.WARN),
)


class SheetsPanel(Panel):
    closed = Signal()
    chosen = Signal(str)
    """The number of the sheet to enter."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.table: SmallTable[SheetItem] = SmallTable(
            context.tasks, COLUMNS, "sheets", context.preferences, key=lambda row: row.sheet_no
        )
        self.table.empty.say(_("没有等着录入的回访表"), _("在待回访里选中几条，按 M 制成一张回访表"))
        self.table.opened.connect(self.chosen.emit)
        head = QHBoxLayout()
        head.addWidget(label(_("收回的回访表"), name="pageTitle"))
        head.addWidget(label(_("Enter 录入 · F9 重印"), "muted"), 1)
        head.addWidget(button(_("返回"), self.closed.emit, keys="Esc"))
        self.body.addLayout(head)
        self.body.addWidget(self.table, 1)
        self.setFocusProxy(self.table)

    def refresh(self) -> None:
        self._context.tasks.read_latest(self, "sheets", open_sheets, on_done=self._show)

    def _show(self, sheets: Sequence[SheetItem]) -> None:
        self.table.show_rows(sheets)
        if self.table.current() is None and sheets:
            self.table.go_to(sheets[0].sheet_no)
