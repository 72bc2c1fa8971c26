"""The list every page uses: dense, for the keyboard, with what it looked like remembered.

Enter opens, arrows and Page keys go, Shift and Ctrl select several, Ctrl+A all, Ctrl+C copies. The header
sorts on a click, moves and resizes by dragging, and shows or hides columns from its menu. An empty list says
what to do next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QSignalBlocker,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QGuiApplication, QKeyEvent, QKeySequence, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QTableView,
    QWidget,
)

from resources.translations import gettext as _
from views.context import Preferences
from views.widgets.column import Column, Sort
from views.widgets.column_fit import Share, fitted
from views.widgets.empty_note import EmptyNote
from views.widgets.row_delegate import RowDelegate
from views.widgets.row_table_model import RowTableModel

COPY_LIMIT = 10_000
RESTORE_LIMIT = 2_000
ROW_PADDING = 13
HEADER_PADDING = 18
CELL_PADDING = 20


class RowTable(QTableView):
    """A view over a `RowTableModel`. *name* is the key under which its looks are remembered."""

    opened = Signal(object)
    """The key of the row that Enter or a double click opened."""
    current_changed = Signal(object)
    """The key of the current row, ``None`` when there is none."""
    selection_changed = Signal(int)
    """How many rows are selected."""

    def __init__(
        self, model: RowTableModel[Any], name: str, preferences: Preferences, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._name, self._preferences = name, preferences
        self._rows = model
        self._kept: tuple[list[Any], Any, int, int] = ([], None, 0, 0)
        self.takes_row_on_focus = True
        """Whether a list without a current row makes its first one current when the focus comes."""
        self._wanted: dict[int, int] = {}
        self._least: dict[int, int] = {}
        self._left_out: set[int] = set()
        self._is_fitting = self._is_focusing = False
        self._left_at = -1
        """Where the current row was that left the list; −1 unless one did."""
        self._saving = QTimer(self)
        self._saving.setSingleShot(True)
        self._saving.setInterval(400)
        self._saving.timeout.connect(self._remember)
        self._set_up()
        self.setModel(model)
        self._painter = RowDelegate(self, model)
        self.setItemDelegate(self._painter)
        self.empty = EmptyNote(self.viewport())
        self.empty.say(_("这里还没有内容"))
        model.about_to_change_rows.connect(self._keep_place)
        model.rows_changed.connect(self._take_place)
        model.count_changed.connect(lambda _count: self._show_emptiness())
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self._restore_looks()
        header = self.horizontalHeader()
        header.sectionResized.connect(self._on_resized)
        header.sectionMoved.connect(lambda *_places: self._saving.start())
        header.sortIndicatorChanged.connect(self._on_sort_clicked)
        self.selectionModel().currentRowChanged.connect(self._on_current_changed)
        self.selectionModel().selectionChanged.connect(self._on_selection_changed)

    def _set_up(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setCornerButtonEnabled(False)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + ROW_PADDING)
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(24)
        header.setSortIndicatorClearable(False)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._show_column_menu)
        self.doubleClicked.connect(lambda index: self.opened.emit(self._rows.key_at(index.row())))

    # -- what pages use --------------------------------------------------------------------------------

    @property
    def rows(self) -> RowTableModel[Any]:
        return self._rows

    def show_filter(self, filter_: Any = None) -> None:
        """Show the rows of *filter_* in the remembered order."""
        self._rows.show(filter_, self.remembered_sort())

    def remembered_sort(self) -> Sort | None:
        saved = self._preferences.get(f"table/{self._name}", {}).get("sort")
        is_known = saved and any(column.sort == saved[0] for column in self._rows.columns)
        return Sort(str(saved[0]), bool(saved[1])) if is_known else self._rows.sorting

    def current_key(self) -> Any:
        index = self.currentIndex()
        return self._rows.key_at(index.row()) if index.isValid() else None

    def current_row(self) -> Any:
        """The row object under the cursor; ``None`` if there is none or it has not arrived."""
        index = self.currentIndex()
        return self._rows.row_at(index.row()) if index.isValid() else None

    def selected_count(self) -> int:
        return sum(bottom - top + 1 for top, bottom in self._selected_places())

    def _selected_places(self) -> list[tuple[int, int]]:
        """The selected rows as (first, last), in the order of the list."""
        selection = self.selectionModel().selection()
        parts = [selection.at(at) for at in range(selection.count())]
        return sorted({(part.top(), part.bottom()) for part in parts})

    def selected_keys(self) -> list[Any]:
        """Keys of the selected rows in the order of the list."""
        keys = self._rows.keys
        return [keys[place] for top, bottom in self._selected_places() for place in range(top, bottom + 1)]

    def go_to(self, key: Any) -> bool:
        """Make the row of *key* current and visible; False if it is not in the list."""
        place = self._rows.place_of(key)
        if place < 0:
            return False
        self.setCurrentIndex(self._rows.index(place, self._first_column()))
        self.scrollTo(self.currentIndex())
        return True

    # -- place and selection over a refresh ------------------------------------------------------------

    def _keep_place(self) -> None:
        top = self.rowAt(0)
        selected = self.selected_keys() if self.selected_count() <= RESTORE_LIMIT else []
        offset = self.currentIndex().row() - top if self.currentIndex().isValid() else 0
        self._kept = (selected, self.current_key(), max(top, 0), offset)
        if self.currentIndex().isValid():
            self._left_at = self.currentIndex().row()

    def _take_place(self) -> None:
        selected, current, top, offset = self._kept
        selection = QItemSelection()
        last = len(self._rows.columns) - 1
        for key in selected:
            place = self._rows.place_of(key)
            if place >= 0:
                selection.select(self._rows.index(place, 0), self._rows.index(place, last))
        place = self._rows.place_of(current) if current is not None else -1
        with QSignalBlocker(self.selectionModel()):
            if place >= 0:
                index = self._rows.index(place, self._first_column())
                self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if place >= 0:
            self._left_at = -1
        if self._rows.rowCount():
            self.verticalScrollBar().setValue(self._first_after(place, top, offset))
        self.viewport().update()
        if current is not None and place < 0:
            self.current_changed.emit(None)
        self.selection_changed.emit(self.selected_count())
        self._show_emptiness()

    def _first_after(self, place: int, top: int, offset: int) -> int:
        """The row to scroll to. A list that stood at its head stays there, so that new rows are seen."""
        if place < 0:
            return top
        in_sight = max(self.viewport().height() // self.verticalHeader().defaultSectionSize(), 1)
        return 0 if top == 0 and place < in_sight else max(place - offset, 0)

    def _show_emptiness(self) -> None:
        is_empty = self._rows.is_complete and self._rows.rowCount() == 0
        self.empty.setVisible(is_empty)
        self.empty.setGeometry(self.viewport().rect())

    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self._left_at = -1
        self.current_changed.emit(self._rows.key_at(current.row()) if current.isValid() else None)

    def _on_selection_changed(self, _selected: QItemSelection, _deselected: QItemSelection) -> None:
        self.selection_changed.emit(self.selected_count())

    # -- looks -----------------------------------------------------------------------------------------

    def _first_column(self) -> int:
        """The leftmost column that is shown, by its place in the declaration."""
        header = self.horizontalHeader()
        order = (header.logicalIndex(at) for at in range(header.count()))
        return next((column for column in order if not header.isSectionHidden(column)), 0)

    def _restore_looks(self) -> None:
        saved: dict[str, Any] = self._preferences.get(f"table/{self._name}", {})
        widths, hidden = saved.get("widths", {}), saved.get("hidden")
        header = self.horizontalHeader()
        header.setSortIndicatorShown(True)
        header.setSectionsClickable(True)
        scale = max(self.fontMetrics().height() / 19, 1.0)
        for place, column in enumerate(self._rows.columns):
            head = column.sign or _(column.title)
            title = self.fontMetrics().horizontalAdvance(head) + HEADER_PADDING
            usual = max(int(column.width * scale), title, self._widest(column))  # words vary by language
            self._wanted[place] = int(widths.get(column.key, usual))
            self._least[place] = int(column.least * scale)
            self.setColumnWidth(place, self._wanted[place])
            is_hidden = column.key in hidden if isinstance(hidden, list) else column.is_hidden
            self.setColumnHidden(place, is_hidden)
        keys = [column.key for column in self._rows.columns]
        for to, key in enumerate(key for key in saved.get("order", []) if key in keys):
            header.moveSection(header.visualIndex(keys.index(key)), to)
        self._show_sort(self.remembered_sort())
        self._stretch()

    def _widest(self, column: Column[Any]) -> int:
        """Pixels of the words that *column* must always have room for."""
        words = column.widest() if column.widest is not None else ()
        symbol = self.fontMetrics().height() if column.symbol is not None else 0
        widths = [self.fontMetrics().horizontalAdvance(word) + CELL_PADDING + symbol for word in words]
        return max(widths, default=0)

    def _stretch(self) -> None:
        """Give the stretched column the room that is left; where there is little, columns give way as
        `fitted` says."""
        columns = self._rows.columns
        shown = [place for place in range(len(columns)) if self._is_chosen(place)]
        if not any(columns[place].is_stretched for place in shown):
            return
        widths = fitted([self._share(place) for place in shown], self.viewport().width())
        self._is_fitting = True
        for place, width in zip(shown, widths, strict=True):
            self._left_out.discard(place)
            if width == 0:
                self._left_out.add(place)
            elif self.columnWidth(place) != width or self.isColumnHidden(place):
                self.setColumnHidden(place, False)
                self.setColumnWidth(place, width)
            self.setColumnHidden(place, width == 0)
        self._is_fitting = False

    def _is_chosen(self, place: int) -> bool:
        """Whether the user wants to see it, if there is room."""
        return not self.isColumnHidden(place) or place in self._left_out

    def _share(self, place: int) -> Share:
        column = self._rows.columns[place]
        wanted = column.width if column.is_stretched else self._wanted.get(place, column.width)
        return Share(wanted, self._least.get(place, 0), column.is_stretched)

    def least_width(self) -> int:
        """Pixels that the list needs for the columns that never give way."""
        shown = [place for place in range(len(self._rows.columns)) if self._is_chosen(place)]
        widths = fitted([self._share(place) for place in shown], 0)
        bar = self.verticalScrollBar().sizeHint().width()
        return sum(widths) + bar + 2 * self.frameWidth()

    def _on_resized(self, place: int, _old: int, new: int) -> None:
        if not self._is_fitting and new > 0:
            self._wanted[place] = new
            self._saving.start()

    def _show_sort(self, sort: Sort | None) -> None:
        header = self.horizontalHeader()
        with QSignalBlocker(header):
            for place, column in enumerate(self._rows.columns):
                if sort is not None and column.sort == sort.key:
                    order = (
                        Qt.SortOrder.DescendingOrder if sort.is_descending else Qt.SortOrder.AscendingOrder
                    )
                    header.setSortIndicator(place, order)
                    return
            header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    def _on_sort_clicked(self, place: int, order: Qt.SortOrder) -> None:
        if 0 <= place < len(self._rows.columns) and self._rows.columns[place].sort:
            self._rows.sort(place, order)
            self._saving.start()
        else:
            self._show_sort(self._rows.sorting)

    def _remember(self) -> None:
        header = self.horizontalHeader()
        columns = self._rows.columns
        sort = self._rows.sorting
        looks = {
            "widths": {column.key: self._wanted.get(place, column.width)
                       for place, column in enumerate(columns)
                       if self._is_chosen(place) and not column.is_stretched},
            "order": [columns[header.logicalIndex(at)].key for at in range(header.count())],
            "hidden": [column.key for place, column in enumerate(columns) if not self._is_chosen(place)],
            "sort": [sort.key, sort.is_descending] if sort is not None else None,
        }  # fmt: skip
        self._preferences.set(f"table/{self._name}", looks)

    def _show_column_menu(self, at: QPoint) -> None:
        menu = self.column_menu()
        menu.exec(self.horizontalHeader().mapToGlobal(at))
        menu.deleteLater()

    def column_menu(self) -> QMenu:
        """The menu that shows and hides columns; the last visible one stays."""
        menu = QMenu(self)
        header = self.horizontalHeader()
        shown = sum(self._is_chosen(place) for place in range(header.count()))
        for place, column in enumerate(self._rows.columns):
            action = menu.addAction(_(column.title))
            action.setCheckable(True)
            action.setChecked(self._is_chosen(place))
            action.setEnabled(shown > 1 or not self._is_chosen(place))
            action.toggled.connect(lambda on, place=place: self._set_shown(place, on))
        menu.addSeparator()
        menu.addAction(_("恢复默认列")).triggered.connect(lambda _checked=False: self.reset_looks())
        return menu

    def _set_shown(self, place: int, is_shown: bool) -> None:
        self._left_out.discard(place)
        self.setColumnHidden(place, not is_shown)
        if self.columnWidth(place) < 10:
            self.setColumnWidth(place, self._rows.columns[place].width)
        self._stretch()
        self._saving.start()

    def reset_looks(self) -> None:
        """Forget widths, order and hidden columns."""
        self._preferences.set(f"table/{self._name}", {})
        header = self.horizontalHeader()
        for place in range(header.count()):
            header.moveSection(header.visualIndex(place), place)
        self._restore_looks()

    # -- keys and sizes --------------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The focus moves nobody to another row: where the current one left, none is current."""
        self._is_focusing = True
        super().focusInEvent(event)
        self._is_focusing = False

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        has_left = self._left_at >= 0
        if self._is_focusing and (has_left or not self.takes_row_on_focus):
            return QModelIndex()
        steps = (QAbstractItemView.CursorAction.MoveDown, QAbstractItemView.CursorAction.MoveUp)
        if has_left and not self.currentIndex().isValid() and action in steps:  # go on from where it was
            place = self._left_at - (action is QAbstractItemView.CursorAction.MoveUp)
            place = max(min(place, self._rows.rowCount() - 1), 0)
            return self._rows.index(place, self._first_column())
        return QTableView.moveCursor(self, action, modifiers)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            if self.currentIndex().isValid():
                self.opened.emit(self.current_key())
            return
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_selection()
            return
        if event.key() == Qt.Key.Key_Escape or (event.text().isprintable() and event.text() and plain):
            event.ignore()  # Esc and letters belong to the page
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End) and plain:
            self._go_to_end(is_last=event.key() == Qt.Key.Key_End)

    def _go_to_end(self, *, is_last: bool) -> None:
        count = self._rows.rowCount()
        if count:
            self.setCurrentIndex(self._rows.index(count - 1 if is_last else 0, self._first_column()))

    def copy_selection(self) -> None:
        """Put the selected rows, as far as they have arrived, on the clipboard as tab-separated lines."""
        header = self.horizontalHeader()
        order = [header.logicalIndex(at) for at in range(header.count())]
        shown = [place for place in order if not header.isSectionHidden(place)]
        lines: list[str] = []
        for top, bottom in self._selected_places():
            for place in range(top, min(bottom + 1, top + COPY_LIMIT)):
                row = self._rows.row_at(place)
                if row is not None:
                    lines.append("\t".join(self._rows.columns[at].words(row) for at in shown))
        QGuiApplication.clipboard().setText("\n".join(lines[:COPY_LIMIT]))

    def _on_scrolled(self, first: int) -> None:
        """Before it is painted: have the rows there, if they can be had at once."""
        last = self.rowAt(self.viewport().height() - 1)
        self._rows.fetch_now(range(first, (last if last >= 0 else self._rows.rowCount() - 1) + 1))

    def repaint_rows(self) -> None:
        """What is painted beside the rows changed; the rows themselves did not."""
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        self._painter.begin()
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._stretch()
        self.empty.setGeometry(self.viewport().rect())


def table_keys() -> Sequence[tuple[str, str]]:
    """The keys of every list with their meaning, for the overview of shortcuts."""
    return (
        ("Enter", _("打开选中的一行")),
        ("Ctrl+A", _("全选")),
        ("Shift+↑ / ↓", _("连续多选")),
        ("Ctrl+C", _("复制选中的行")),
    )
