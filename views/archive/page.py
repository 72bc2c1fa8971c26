"""What the pages of rooms and residents do alike: list with chips and a filter, detail beside it, export and
import."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from models.errors import DomainError
from models.rules.rights import Right
from resources.translations import gettext as _
from views.archive.detail import Detail
from views.archive.reveals import Reveals
from views.context import AppContext
from views.exports.dialog import Exportable, export
from views.page import Page
from views.widgets.action_bar import ActionBar
from views.widgets.chip_bar import Chip, ChipBar
from views.widgets.column import Column
from views.widgets.panel import ListAndDetail, Panel, label
from views.widgets.record_marks import RecordMarks, mark_column
from views.widgets.row_table_model import RowSource, RowTableModel
from views.widgets.table_view import RowTable

TYPING_MS = 200


class ArchivePage(Page):
    """A subclass gives source, columns and chips, and fills in `wanted`, `load`, `show_detail`."""

    export_kind = ""
    share = 0.5
    record_table = ""
    """The table of the page's records."""

    def __init__(
        self,
        context: AppContext,
        source: RowSource[Any],
        columns: Sequence[Column[Any]],
        chips: Sequence[Chip],
        nothing_chosen: str,
    ) -> None:
        super().__init__(context)
        self.marks = RecordMarks(context, self.record_table, self)
        self.model = RowTableModel(context.tasks, source, (*columns, mark_column(self.marks)), self)
        self.table = RowTable(self.model, self.key, context.preferences)
        self.marks.changed.connect(self.table.repaint_rows)
        self.chips = ChipBar(chips)
        self.filter_line = QLineEdit()
        self.filter_line.setClearButtonEnabled(True)
        self.filter_line.setAccessibleName(_("筛选本列表"))
        self.count_label = label("", "muted")
        self.list_bar = ActionBar(has_primary=False)
        self.detail = Detail(nothing_chosen, self.marks)
        self.reveals = Reveals(context, self._redraw, self)
        self.shown_id: str | None = None
        self._shown: Any = None
        self._wanted_id: str | None = None
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self.show_list)
        self.table.current_changed.connect(self._on_current)
        self.table.opened.connect(lambda _key: self.detail.setFocus())
        self.table.selection_changed.connect(lambda _count: self._show_count())
        self.model.count_changed.connect(self._on_count)
        self.chips.chosen.connect(lambda _key: self.show_list())
        self.filter_line.textChanged.connect(lambda _text: self._typing.start())
        self.filter_line.returnPressed.connect(self._on_filter_entered)

    # -- what a page fills in --------------------------------------------------------------------------

    def wanted(self) -> Any:
        """The filter object of the list, from chips, line and whatever else there is."""
        raise NotImplementedError

    def load(self, key: str) -> None:
        """Read the record *key*; its answer goes to `loaded`, its fault to `load_failed`."""
        raise NotImplementedError

    def show_detail(self, page: Any) -> None:
        """Write what `load` read into ``self.detail``."""
        raise NotImplementedError

    def clear_filters(self) -> None:
        """Show everything, so that a record to be opened is in the list."""
        self.chips.choose("all")
        self.filter_line.clear()
        self._typing.stop()

    # -- for the page ----------------------------------------------------------------------------------

    def compose(self, title: str, above: Sequence[QWidget] = (), beside: QWidget | None = None) -> None:
        """Lay the page out; *above* stands between chips and list, *beside* at the very left."""
        left = Panel()
        head = QHBoxLayout()
        head.addWidget(label(title, name="pageTitle"))
        head.addWidget(self.count_label)
        head.addWidget(self.list_bar, 1)
        left.body.addLayout(head)
        left.body.addWidget(self.chips)
        for widget in above:
            left.body.addWidget(widget)
        left.body.addWidget(self.filter_line)
        left.body.addWidget(self.table, 1)
        lists: QWidget = left
        if beside is not None:
            around = Panel(padding=8)
            around.body.addWidget(beside, 1)
            lists = ListAndDetail(around, left, f"{self.key}/tree", self.context.preferences, share=0.27)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(
            ListAndDetail(lists, self.detail, self.key, self.context.preferences, share=self.share)
        )
        self.filter_line.setPlaceholderText(_("筛选本列表：房号、姓名、电话尾号") + "   /")
        self.add_command(_("筛选本列表"), "/", self._on_filter_wanted)
        self.setFocusProxy(self.table)

    def common_commands(self) -> list[QAction]:
        """Export and import, as far as the user may."""
        found = [self.add_command(_("导出"), "X", self.export)] if self.context.may(Right.EXPORT) else []
        if self.context.may(Right.ARCHIVE_IMPORT):
            found.append(self.add_command(_("导入"), "I", lambda: self.context.navigate("import")))
        return found

    def guarded(self, right: Right, text: str, keys: str, run: Any) -> list[QAction]:
        """The command, if the user may; nothing else (services decide again)."""
        return [self.add_command(text, keys, run)] if self.context.may(right) else []

    def export(self) -> None:
        offer = Exportable(self.export_kind, list(self.model.keys), self.table.selected_keys())
        export(self.context, offer, self)

    def chosen_ids(self) -> list[str]:
        """The selected rows, or the current one."""
        current = self.table.current_key()
        return self.table.selected_keys() or ([current] if current is not None else [])

    def open_record(self, key: str) -> None:
        """Show a record and go to it in the list, filters put away if they hide it."""
        self._wanted_id = key
        self._choose(key)
        if self.table.go_to(key):
            self._wanted_id = None
        else:
            self.show_list()

    def show_list(self) -> None:
        self.table.show_filter(self.wanted())

    def refresh(self) -> None:
        self.show_list()
        if self.shown_id is not None:
            self.load(self.shown_id)

    def step_back(self) -> bool:
        if self.filter_line.text():
            self.filter_line.clear()
            self.table.setFocus()
            return True
        if self.filter_line.hasFocus():
            self.table.setFocus()
            return True
        return False

    # -- answers ---------------------------------------------------------------------------------------

    def loaded(self, page: Any) -> None:
        self._shown = page
        self.show_detail(page)

    def load_failed(self, error: DomainError) -> None:
        """It was deleted: nothing is shown any more. Other faults are said."""
        if error.code != "row-gone":
            self.context.tasks.failed.emit(error)
        self.shown_id, self._shown = None, None
        self.detail.show_nothing()

    def _redraw(self) -> None:
        if self._shown is not None:
            self.show_detail(self._shown)

    def _choose(self, key: str) -> None:
        if key != self.shown_id:
            self.reveals.forget()
            self.shown_id = key
        self.load(key)

    def _on_current(self, key: str | None) -> None:
        if key is not None and self._wanted_id is None and key != self.shown_id:
            self._choose(key)

    def _on_count(self, count: int) -> None:
        self._show_count()
        if count < 0:
            return
        if self._wanted_id is not None:
            self._go_to_wanted()
        elif self.shown_id is None and count:
            self.table.go_to(self.model.key_at(0))

    def _go_to_wanted(self) -> None:
        """The list is there: go to the record, or put the filters away that hide it, once."""
        if self.table.go_to(self._wanted_id):
            self._wanted_id = None
        elif self._has_filters():
            self.clear_filters()
            self.show_list()
        else:
            self._wanted_id = None

    def _has_filters(self) -> bool:
        wanted = self.wanted()
        return bool(wanted != type(wanted)())

    def _show_count(self) -> None:
        count, selected = self.model.rowCount(), self.table.selected_count()
        words = f"{count:,}" if self.model.is_complete else "…"
        if selected > 1:
            words += " · " + _("选中 {n}").format(n=f"{selected:,}")
        self.count_label.setText(words)

    def _on_filter_wanted(self) -> None:
        self.filter_line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter_line.selectAll()

    def _on_filter_entered(self) -> None:
        self._typing.stop()
        self.show_list()
        self.table.setFocus()
        key = self.model.key_at(0)
        if key is not None and self.table.current_key() is None:
            self.table.go_to(key)
