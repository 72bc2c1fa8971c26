"""Stage 1: choose a file or drop it here; below, the earlier imports, each of which can be taken back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from models.spreadsheets.applying import TakenBack
from models.spreadsheets.jobs import undo
from resources.translations import gettext as _
from views.archive.dialogs import Question
from views.archive_import.lines import EarlierImport, earlier_columns, earlier_keys, earlier_rows
from views.context import AppContext, Notice
from views.widgets.panel import button, label
from views.widgets.row_table_model import RowSource, RowTableModel
from views.widgets.table_view import RowTable


class StartView(QWidget):
    """*choose* opens the file dialog."""

    def __init__(self, context: AppContext, parent: QWidget, choose: Callable[[], None]) -> None:
        super().__init__(parent)
        self._context, self._page = context, parent
        self.model = RowTableModel(
            context.tasks, RowSource(earlier_keys, earlier_rows), earlier_columns(context.formats), self
        )
        self.table = RowTable(self.model, "imports", context.preferences)
        self.table.empty.say(_("还没有导入过"), _("导入过的文件会列在这里，可以整批撤回"))
        zone = QFrame()
        zone.setObjectName("card")
        inside = QVBoxLayout(zone)
        inside.setContentsMargins(20, 22, 20, 22)
        inside.setSpacing(8)
        heading = label(_("把表格拖到这里，或选择文件"), name="heading")
        hint = label(
            _(
                "支持 .xlsx、.xls、.csv。一张表或几张互相关联的表都可以，列的顺序和叫法不限。"
                "先预演，确认后才写入。"
            ),
            "muted",
            wraps=True,
        )
        for widget in (heading, hint):
            widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
            inside.addWidget(widget)
        self.choose_button = button(_("选择文件"), choose, keys="O", is_primary=True)
        inside.addWidget(self.choose_button, 0, Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout()
        row.addWidget(label(_("以前的导入"), name="sectionHeading"))
        row.addStretch(1)
        self.undo_button = button(_("整批撤回"), self.take_back, keys="Z")
        row.addWidget(self.undo_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(zone)
        column.addLayout(row)
        column.addWidget(self.table, 1)
        self.table.current_changed.connect(lambda _key: self._follow())
        self.model.dataChanged.connect(lambda *_cells: self._follow())
        self._follow()
        self.setFocusProxy(self.choose_button)

    def refresh(self) -> None:
        self.model.show()

    def _follow(self) -> None:
        row: EarlierImport | None = self.table.current_row()
        self.undo_button.setEnabled(row is not None and row.summary.state == "applied")

    def take_back(self) -> None:
        """Z: ask, then undo the chosen import whole."""
        row: EarlierImport | None = self.table.current_row()
        if row is None or row.summary.state != "applied":
            self._context.notify(Notice(_("请在列表里选择一次还没有撤回的导入"), "info"))
            return
        ask_take_back(self._context, self._page, row.id, row.summary.file_name, self.refresh)


def ask_take_back(
    context: AppContext, page: QWidget, batch_id: str, file_name: str, done: Callable[[], object]
) -> None:
    """Ask and take an import back, with progress and Cancel; then tell what stayed, and why."""

    def finished(result: TakenBack) -> None:
        words = _("已撤回：删去 {removed} 条，恢复 {restored} 条").format(
            removed=result.removed, restored=result.restored
        )
        if result.kept:
            kept = "、".join(row.label for row in result.kept[:5])
            more = _("{n} 条之后被修改或使用，保留：{rows}").format(n=len(result.kept), rows=kept)
            context.notify(Notice(f"{words}；{more}", "warn", seconds=0))
        else:
            context.notify(Notice(words, "good", seconds=15))
        done()

    def run() -> None:
        context.tasks.long(
            page, undo, batch_id, title=_("撤回导入 {file}").format(file=file_name), on_done=finished,
            on_cancelled=lambda: context.notify(Notice(_("已取消，什么都没有撤回"), "info")),
        )  # fmt: skip

    text = _("“{file}”新增的资料会删去，更新的会恢复原样；之后又被修改或使用的保留。").format(file=file_name)
    Question(page, _("整批撤回"), text, confirm=_("撤回"), run=run)
