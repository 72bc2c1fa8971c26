"""Stage 2: which sheets are used, where their header is, what their columns mean; mappings kept by name."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from models.errors import DomainError
from models.spreadsheets.fields import IGNORED
from models.spreadsheets.linking import SheetReader
from models.spreadsheets.mapping import (
    Mapping,
    SheetMapping,
    delete_mapping,
    fit_mapping,
    guess_mapping,
    load_mapping,
    mapping_names,
    save_mapping,
    with_header_row,
)
from models.spreadsheets.reading import Sheet, Workbook
from models.spreadsheets.values import shown
from resources.translations import N_
from resources.translations import gettext as _
from views import error_messages
from views.archive.dialogs import Call, Question, ask, call
from views.archive_import.column_table import ColumnTable, QuietCombo
from views.context import AppContext, Notice
from views.widgets.form import Field
from views.widgets.panel import button, label

HEADER_ROWS, BEGINNING, WIDEST_OFFER = 40, 8, 560
NAME_FIELD = (Field("name", N_("名称"), is_required=True, hint=N_("例如：财务系统导出表"), max_length=60),)


class MappingView(QWidget):
    """`show_workbook` fills it; ``mapping`` is what is right now."""

    changed = Signal()

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context, self._page = context, parent
        self.workbook: Workbook | None = None
        self.mapping = Mapping(())
        self._name = ""
        self.saved = QComboBox()
        self.saved.setAccessibleName(_("列对应"))
        self.saved.setMinimumWidth(180)
        self.saved.activated.connect(lambda _index: self._on_saved_chosen())
        self.sheets = QListWidget()
        self.sheets.setAccessibleName(_("工作表"))
        self.sheets.currentRowChanged.connect(lambda _row: self._show_sheet())
        self.sheets.itemChanged.connect(self._on_sheet_ticked)
        self.header_row = QuietCombo()
        self.header_row.setAccessibleName(_("表头所在行"))
        self.header_row.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.header_row.setMinimumContentsLength(6)
        self.header_row.activated.connect(lambda _index: self._on_header_row())
        self.note = label("", "muted", wraps=True)
        self.columns = ColumnTable()
        self.columns.corrected.connect(self._on_corrected)
        self._lay_out()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(label(_("列对应"), "muted"))
        top.addWidget(self.saved)
        top.addWidget(button(_("保存"), self.save_as, keys="Ctrl+S"))
        self.delete_button = button(_("删除"), self.delete_saved)
        top.addWidget(self.delete_button)
        top.addWidget(self.note, 1)
        side = QVBoxLayout()
        side.addWidget(label(_("工作表（打勾的导入）"), "muted"))
        side.addWidget(self.sheets, 1)
        side.addWidget(label(_("表头所在行"), "muted"))
        side.addWidget(self.header_row)
        middle = QHBoxLayout()
        left = QWidget()
        side.setContentsMargins(0, 0, 0, 0)
        left.setLayout(side)
        left.setFixedWidth(200)
        middle.addWidget(left)
        middle.addWidget(self.columns, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(top)
        column.addLayout(middle, 1)
        self.setFocusProxy(self.columns)

    # -- showing ---------------------------------------------------------------------------------------

    def show_workbook(self, workbook: Workbook, mapping: Mapping) -> None:
        self.workbook, self.mapping = workbook, mapping
        with QSignalBlocker(self.sheets):
            self.sheets.clear()
            for sheet in workbook.sheets:
                item = QListWidgetItem(sheet.name)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                self.sheets.addItem(item)
        self._show_ticks()
        first = next((at for at, sheet in enumerate(workbook.sheets) if self._of(sheet.name)), 0)
        self.sheets.setCurrentRow(first)
        self._show_sheet()
        self.refresh_names()

    def refresh_names(self) -> None:
        self._context.tasks.read_latest(self, "names", mapping_names, on_done=self._on_names)

    def sheet(self) -> Sheet | None:
        """The sheet whose columns are shown."""
        row = self.sheets.currentRow()
        return self.workbook.sheets[row] if self.workbook is not None and row >= 0 else None

    def _of(self, name: str) -> SheetMapping | None:
        return next((of for of in self.mapping.sheets if of.sheet == name), None)

    def _show_ticks(self) -> None:
        with QSignalBlocker(self.sheets):
            for row in range(self.sheets.count()):
                item = self.sheets.item(row)
                of = self._of(item.text())
                is_used = of is not None and of.is_used
                item.setCheckState(Qt.CheckState.Checked if is_used else Qt.CheckState.Unchecked)
                item.setToolTip("" if of is not None else _("没有找到表头，请在下面指定表头所在行"))

    def _show_sheet(self) -> None:
        sheet = self.sheet()
        of = self._of(sheet.name) if sheet is not None else None
        self._offer_header_rows(sheet, of.header_row if of is not None else 0)
        self.columns.show_sheet(sheet, of)
        self._show_note()

    def _offer_header_rows(self, sheet: Sheet | None, chosen: int) -> None:
        """The first rows with how they begin, so that the header is found by looking."""
        box = self.header_row
        with QSignalBlocker(box):
            box.clear()
            box.addItem(_("没有表头"), 0)
            for at in range(min(HEADER_ROWS, len(sheet.rows)) if sheet is not None else 0):
                assert sheet is not None
                cells = [shown(cell).strip() for cell in sheet.rows[at][:BEGINNING]]
                words = "、".join(cell for cell in cells if cell).replace("\n", " ")
                box.addItem(f"{at + 1}  {words}".strip(), at + 1)
            box.setCurrentIndex(max(box.findData(chosen), 0))
        view = box.view()
        view.setMinimumWidth(min(view.sizeHintForColumn(0) + 30, WIDEST_OFFER))

    def _show_note(self) -> None:
        sheet = self.sheet()
        of = self._of(sheet.name) if sheet is not None else None
        if self.workbook is None or sheet is None or of is None:
            self.note.setText(_("没有找到表头，请指定表头所在行"))
            return
        used = sum(1 for each in of.columns if each.field != IGNORED)
        rows = SheetReader(self.workbook, self.mapping, of).count()
        words = _("{rows} 行，{used} 列导入，{rest} 列不导入")
        self.note.setText(words.format(rows=rows, used=used, rest=len(of.columns) - used))

    # -- corrections -----------------------------------------------------------------------------------

    def _on_corrected(self, column: int, changes: dict[str, object]) -> None:
        sheet = self.sheet()
        if sheet is None:
            return
        self.mapping = self.mapping.with_column(sheet.name, column, **changes)
        self.columns.show_sheet(sheet, self._of(sheet.name))
        self._show_note()
        self.changed.emit()

    def _on_sheet_ticked(self, item: QListWidgetItem) -> None:
        is_used = item.checkState() == Qt.CheckState.Checked
        if self._of(item.text()) is None:
            self._show_ticks()
            return
        self.mapping = self.mapping.with_sheet(item.text(), is_used=is_used)
        self.changed.emit()

    def _on_header_row(self) -> None:
        sheet, row = self.sheet(), int(self.header_row.currentData() or 0)
        if sheet is None or self.workbook is None or not 1 <= row <= len(sheet.rows):
            return
        self.mapping = with_header_row(self.workbook, self.mapping, sheet.name, row)
        self._show_ticks()
        self.columns.show_sheet(sheet, self._of(sheet.name))
        self._show_note()
        self.changed.emit()

    # -- by name ---------------------------------------------------------------------------------------

    def _on_names(self, names: tuple[str, ...]) -> None:
        with QSignalBlocker(self.saved):
            self.saved.clear()
            self.saved.addItem(_("自动识别"), "")
            for name in names:
                self.saved.addItem(name, name)
            self.saved.setCurrentIndex(max(self.saved.findData(self.mapping.name), 0))
        self.delete_button.setEnabled(bool(self.saved.currentData()))

    def _on_saved_chosen(self) -> None:
        name = self.saved.currentData()
        self.delete_button.setEnabled(bool(name))
        if self.workbook is None:
            return
        if not name:
            self._take(guess_mapping(self.workbook))
            return
        self._context.tasks.read(self, load_mapping, name, on_done=self._on_loaded)

    def _on_loaded(self, saved: Mapping) -> None:
        if self.workbook is None:
            return
        try:
            self._take(fit_mapping(saved, self.workbook))
        except DomainError as error:
            self._context.notify(Notice(error_messages.message(error), "bad"))
            self.refresh_names()

    def _take(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self._show_ticks()
        self._show_sheet()
        self.changed.emit()

    def save_as(self) -> None:
        """Ctrl+S: keep what is right now under a name, for the next workbook of this kind."""

        def save(values: dict[str, str], _expected: dict[str, object]) -> Call:
            self._name = values["name"].strip()
            return call(save_mapping, self._name, self.mapping)

        ask(
            self._context, _("保存列对应"), NAME_FIELD, save, parent=self._page, on_done=self._on_saved,
            defaults={"name": self.mapping.name}, width=440, hint=_("同名的会被替换。"),
        )  # fmt: skip

    def _on_saved(self, _row_id: object) -> None:
        self.mapping = replace(self.mapping, name=self._name)
        self.refresh_names()

    def delete_saved(self) -> None:
        name = str(self.saved.currentData() or "")
        if not name:
            return

        def run() -> None:
            self._context.tasks.write(self, delete_mapping, name, on_done=lambda _none: self.refresh_names())

        text = _("删除列对应“{name}”？已导入的资料不受影响。").format(name=name)
        Question(self._page, _("删除列对应"), text, confirm=_("删除"), run=run)
