"""The table in which a returned sheet is typed in: digits fill, arrows go, Enter takes the next line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from resources.terms import label
from resources.translations import N_
from resources.translations import gettext as _
from views.callbacks.entry_lines import FIELDS, TEXTS, EntryLine
from views.widgets.look import app_tokens

Index = QModelIndex | QPersistentModelIndex
LEADING = (("room", N_("房号"), 84), ("person", N_("受访人"), 70), ("matter", N_("内容"), 170))
TYPED = (
    ("reached", N_("联系到"), 62),
    ("solved", N_("解决"), 56),
    ("satisfaction", N_("满意度"), 94),
    ("then", N_("未解决的"), 112),
    ("opinion", N_("意见"), 230),
    ("suggestion", N_("建议"), 150),
)
NEEDED = {"person": 700, "matter": 860}
"""Columns that are left out when the table is narrower than this, in pixels."""
OUTCOME = ("outcome", N_("结果"), 120)
COLUMNS = (*LEADING, *TYPED, OUTCOME)
FIRST = len(LEADING)


class EntryModel(QAbstractTableModel):
    """The lines of one sheet."""

    typed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: list[EntryLine] = []

    def show_lines(self, lines: Sequence[EntryLine]) -> None:
        self.beginResetModel()
        self.lines = list(lines)
        self.endResetModel()

    def repaint(self) -> None:
        if self.lines:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.lines) - 1, len(COLUMNS) - 1))
        self.typed.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _(COLUMNS[section][1])
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.isValid() and COLUMNS[index.column()][0] in TEXTS:
            line = self.lines[index.row()]
            if line.is_open and line.applies(COLUMNS[index.column()][0]):
                flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line, name = self.lines[index.row()], COLUMNS[index.column()][0]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole, Qt.ItemDataRole.ToolTipRole):
            return self._words(line, name)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(app_tokens().tone(self._tone(line, name)))
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        line, name = self.lines[index.row()], COLUMNS[index.column()][0]
        if role != Qt.ItemDataRole.EditRole or name not in TEXTS or not line.is_open:
            return False
        setattr(line, name, str(value).strip())
        self.repaint()
        return True

    def _words(self, line: EntryLine, name: str) -> str:
        if name in FIELDS:
            return line.words(name)
        if name == "outcome":
            return line.error or line.outcome or _ready(line)
        row = line.row
        about = row.matter or label("callback.kind", row.kind)
        return str({"room": row.room_code, "person": row.person, "matter": about}[name] or "")

    def _tone(self, line: EntryLine, name: str) -> str:
        if name == "outcome":
            return "bad" if line.error else ("good" if line.outcome or not line.missing() else "muted")
        if not line.is_open or name in {"person", "matter"}:
            return "muted"
        is_poor = (name == "solved" and line.solved is False) or (
            name == "satisfaction" and line.satisfaction == "dissatisfied"
        )
        return "bad" if is_poor else ""


def _ready(line: EntryLine) -> str:
    if line.row.state == "due" and not line.is_open:
        return _("不用回访")
    if not line.is_open:
        return _("已录入过")
    if not line.is_touched:
        return ""
    return _("还没填完") if line.missing() else _("✓ 待保存")


class EntryDelegate(QStyledItemDelegate):
    """Marks the cell that the next key goes to; Enter in a text goes to the next line."""

    next_line = Signal()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        view = option.widget
        if isinstance(view, EntryTable) and view.currentIndex() == index:
            tokens = app_tokens()
            painter.setPen(QPen(QColor(tokens.focus if view.hasFocus() else tokens.border_strong), 2))
            painter.drawRect(option.rect.adjusted(1, 1, -2, -2))

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        line = QLineEdit(parent)
        line.setMaxLength(500)
        return line

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            has_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(editor, QWidget):
                self.commitData.emit(editor)
                self.closeEditor.emit(editor)
                if has_control:
                    event.ignore()
                    return False
                self.next_line.emit()
                return True
        return super().eventFilter(editor, event)


class EntryTable(QTableView):
    """The whole keyboard of the quick entry."""

    field_changed = Signal()
    """The current cell is another one: its digits may mean something else."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry = EntryModel(self)
        self.setModel(self.entry)
        delegate = EntryDelegate(self)
        delegate.next_line.connect(self.go_to_next_line)
        self.setItemDelegate(delegate)
        self.setShowGrid(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 13)
        scale = max(self.fontMetrics().height() / 19, 1.0)
        for place, (_name, title, width) in enumerate(COLUMNS):
            words = self.fontMetrics().horizontalAdvance(_(title)) + 18
            self.setColumnWidth(place, max(int(width * scale), words))
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        self.selectionModel().currentChanged.connect(lambda *_at: self.field_changed.emit())

    def show_lines(self, lines: Sequence[EntryLine]) -> None:
        """Show the sheet and stand on its first open line."""
        self.entry.show_lines(lines)
        self.go_to_first_line()

    def go_to_first_line(self) -> None:
        """The first line that is still open."""
        self._go(-1)

    @property
    def line(self) -> EntryLine | None:
        place = self.currentIndex().row()
        return self.entry.lines[place] if 0 <= place < len(self.entry.lines) else None

    @property
    def field(self) -> str:
        column = self.currentIndex().column()
        return COLUMNS[column][0] if FIRST <= column < FIRST + len(TYPED) else ""

    def go_to(self, place: int, field: str) -> None:
        column = FIRST + FIELDS.index(field)
        self.setCurrentIndex(self.entry.index(place, column))
        if field == FIELDS[0]:
            self.horizontalScrollBar().setValue(0)  # the room comes into view with the line

    def go_to_next_line(self) -> None:
        """The next line that is still open; at the end it stays."""
        self._go(self.currentIndex().row())
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go(self, after: int) -> None:
        for place in range(after + 1, len(self.entry.lines)):
            if self.entry.lines[place].is_open:
                self.go_to(place, FIELDS[0])
                return

    def finish_typing(self) -> None:
        """Take over the text that is being typed."""
        editor = self.indexWidget(self.currentIndex()) or self.viewport().findChild(QLineEdit)
        if isinstance(editor, QWidget) and editor.isVisible():
            self.commitData(editor)
            self.closeEditor(editor, QStyledItemDelegate.EndEditHint.NoHint)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """On a small screen the room is enough to know the line by."""
        super().resizeEvent(event)
        for place, (name, _title, _width) in enumerate(LEADING):
            self.setColumnHidden(place, self.viewport().width() < NEEDED.get(name, 0))

    # -- keys ----------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        line, field, text = self.line, self.field, event.text()
        has_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if has_control or line is None:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                event.ignore()
                return
            super().keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.go_to_next_line()
        elif event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete) and field:
            line.clear(field)
            self.entry.repaint()
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._sideways(1 if event.key() == Qt.Key.Key_Right else -1)
        elif text.isprintable() and text.strip():
            self._type(line, field, text)
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _sideways(self, step: int) -> None:
        column = self.currentIndex().column() + step
        if FIRST <= column < FIRST + len(TYPED):
            self.setCurrentIndex(self.entry.index(self.currentIndex().row(), column))

    def _type(self, line: EntryLine, field: str, text: str) -> None:
        if field in TEXTS:
            if self.entry.flags(self.currentIndex()) & Qt.ItemFlag.ItemIsEditable:
                self._edit_with(text)
        elif field and line.type_digit(field, text):
            following = line.after(field)
            if following:
                self.go_to(self.currentIndex().row(), following)
            self.entry.repaint()
            if following in TEXTS:
                self.edit(self.currentIndex())  # an input method needs an editor to compose in
        # A key that means nothing here does nothing: it must not turn the page.

    def _edit_with(self, text: str) -> None:
        """Begin to type: what was there stays before the first letter."""
        self.edit(self.currentIndex())
        editor = self.findChild(QLineEdit)
        if editor is not None:
            editor.end(False)
            editor.insert(text)
