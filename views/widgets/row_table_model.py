"""A list of any length: the keys of all rows, and pages of 64 rows fetched in the background when looked at.

A row that has not arrived yet is a placeholder; scrolling waits a few milliseconds for it and no longer. A
refresh keeps the old rows on screen until the new ones are there, and says so little of it that the selection
and the place in the list stay.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from models.errors import DomainError
from resources.translations import gettext as _
from views.tasks import TaskRunner
from views.widgets.column import Align, Column, Sort, checked

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex

PAGE = 64
KEPT_PAGES = 256
PAGES_AT_ONCE = 6
WAIT_MS = 12
"""So long a jump waits for its rows: painting placeholders first would take as long."""
FIRST_ROWS = 64

ALIGNMENT = {
    Align.LEFT: Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
    Align.CENTRE: Qt.AlignmentFlag.AlignCenter,
    Align.RIGHT: Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
}


class Role(IntEnum):
    """Data roles beyond Qt's own, for the delegate that paints."""

    TONE = Qt.ItemDataRole.UserRole + 1
    SYMBOL = Qt.ItemDataRole.UserRole + 2
    WORDS = Qt.ItemDataRole.UserRole + 3
    BOLD = Qt.ItemDataRole.UserRole + 4
    IS_LOADED = Qt.ItemDataRole.UserRole + 5
    ROW = Qt.ItemDataRole.UserRole + 6


@dataclass(frozen=True)
class RowSource(Generic[R]):
    """The queries behind a list.

    ``keys(session, filter, sort)`` → the keys of all rows in order, in any sequence (``array('q')`` and the
    like keep a million small). ``rows(session, keys)`` → the rows of those keys, in any order; missing ones
    were deleted. ``first(session, filter, sort, limit)`` → the first rows at once, while ``keys`` still
    runs; may be left out. ``key(row)`` → the key of a row; its attribute ``id`` if left out.
    """

    keys: Callable[..., Sequence[Any]]
    rows: Callable[..., Sequence[R]]
    first: Callable[..., Sequence[R]] | None = None
    key: Callable[[R], Hashable] | None = None

    def key_of(self, row: R) -> Any:
        return self.key(row) if self.key is not None else row.id  # type: ignore[attr-defined]


class RowTableModel(QAbstractTableModel, Generic[R]):
    """Give it a `RowSource` and `Column` objects, then call `show` with a filter and a sort."""

    about_to_change_rows = Signal()
    """The keys are about to be replaced: remember what is selected."""
    rows_changed = Signal()
    """The keys were replaced (the model was reset): select again."""
    count_changed = Signal(int)
    """How many rows the list has; −1 while it is not known."""
    failed = Signal(object)

    def __init__(
        self,
        tasks: TaskRunner,
        source: RowSource[R],
        columns: Sequence[Column[R]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = checked(columns)
        self._tasks = tasks
        self._source = source
        self._keys: Sequence[Any] = ()
        self._pages: OrderedDict[int, dict[Any, R]] = OrderedDict()
        self._stale_pages: set[int] = set()
        self._wanted: list[int] = []
        self._asked: dict[int, int] = {}
        self._questions = itertools.count(1)
        self._edition = 0
        self._filter: Any = None
        self._sort: Sort | None = None
        self._is_complete = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._fetch_wanted)

    # -- what is shown -------------------------------------------------------------------------------

    def show(self, filter_: Any = None, sort: Sort | None = None) -> None:
        """Show the rows of *filter_* in the order *sort*; both are handed to the queries as they are."""
        is_new = not self._keys or (filter_, sort) != (self._filter, self._sort)
        self._filter, self._sort = filter_, sort
        self._edition += 1
        self._is_complete = False
        if self._source.first is not None and is_new:
            self._tasks.read_latest(
                self, "first", self._source.first, filter_, sort, FIRST_ROWS,
                on_done=partial(self._on_first, self._edition), on_error=self.failed.emit,
            )  # fmt: skip
        self._tasks.read_latest(
            self, "keys", self._source.keys, filter_, sort,
            on_done=partial(self._on_keys, self._edition), on_error=self.failed.emit,
        )  # fmt: skip

    def refresh(self) -> None:
        """Ask again for what is shown."""
        self.show(self._filter, self._sort)

    @property
    def filter(self) -> Any:
        return self._filter

    @property
    def sorting(self) -> Sort | None:
        return self._sort

    @property
    def is_complete(self) -> bool:
        """Whether all keys are known (not only the first rows)."""
        return self._is_complete

    @property
    def keys(self) -> Sequence[Any]:
        return self._keys

    def key_at(self, row: int) -> Any:
        """The key of the row at this place, ``None`` beyond the end."""
        return self._keys[row] if 0 <= row < len(self._keys) else None

    def row_at(self, row: int) -> R | None:
        """The row at this place; ``None`` until it has arrived (it is then asked for)."""
        if not 0 <= row < len(self._keys):
            return None
        number = row // PAGE
        page = self._pages.get(number)
        if page is None or number in self._stale_pages:
            self._want(number)
        else:
            self._pages.move_to_end(number)
        return page.get(self._keys[row]) if page is not None else None

    def place_of(self, key: Any) -> int:
        """The place of *key* in the list, −1 if it is not there."""
        try:
            return self._keys.index(key)
        except ValueError:
            return -1

    # -- Qt's questions --------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._keys)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.sign or _(column.title)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole) and column.sign:
            return _(column.title)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(ALIGNMENT[column.alignment])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(ALIGNMENT[column.alignment])
        if role == Role.BOLD:
            return column.is_bold
        row = self.row_at(index.row())
        if role == Role.IS_LOADED:
            return row is not None
        return None if row is None else self._of_row(row, column, role)

    def _of_row(self, row: R, column: Column[R], role: int) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return column.cell(row)
        if role == Role.WORDS:
            return column.words(row)
        if role == Role.SYMBOL:
            return column.symbol(row) if column.symbol is not None else ""
        if role == Role.TONE:
            return str(column.tone(row)) if column.tone is not None else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip(row) if column.tip is not None else column.cell(row)
        return row if role == Role.ROW else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column that can be sorted; others leave the order as it is."""
        if 0 <= column < len(self.columns) and self.columns[column].sort:
            wanted = Sort(self.columns[column].sort, order is Qt.SortOrder.DescendingOrder)
            if wanted != self._sort:
                self.show(self._filter, wanted)

    # -- answers ---------------------------------------------------------------------------------------

    def _on_first(self, edition: int, rows: Sequence[R]) -> None:
        if edition != self._edition or self._is_complete:
            return
        self._replace([self._source.key_of(row) for row in rows])
        self._pages[0] = {self._source.key_of(row): row for row in rows}
        self.count_changed.emit(-1)

    def _on_keys(self, edition: int, keys: Sequence[Any]) -> None:
        if edition != self._edition:
            return
        self._is_complete = True
        self._asked.clear()
        if self._keys and keys == self._keys:
            self._stale_pages = set(self._pages)
            self._repaint(range(len(self._keys)))
        else:
            kept = {key: row for page in self._pages.values() for key, row in page.items()}
            self._replace(keys)
            self._keep_shown(kept)
        self.count_changed.emit(len(keys))

    def _replace(self, keys: Sequence[Any]) -> None:
        self.about_to_change_rows.emit()
        self.beginResetModel()
        self._keys = keys
        self._pages.clear()
        self._stale_pages.clear()
        self._wanted.clear()
        self._asked.clear()
        self.endResetModel()
        self.rows_changed.emit()

    def _keep_shown(self, kept: dict[Any, R]) -> None:
        """Rows known from before stand in on the first page until the fresh ones arrive, so that nothing
        blinks."""
        first = {key: kept[key] for key in self._keys[:PAGE] if key in kept}
        if first:
            self._pages[0] = first
            self._stale_pages.add(0)

    def _want(self, number: int) -> None:
        if number in self._asked:
            return
        if number in self._wanted:
            self._wanted.remove(number)
        self._wanted.append(number)
        if not self._timer.isActive():
            self._timer.start()

    def fetch_now(self, rows: range) -> None:
        """Fetch what is missing of *rows*, which are about to be painted, and wait for it a moment.

        While an earlier answer is still out there is no waiting: the database is slow, or busy.
        """
        for number in range(rows.start // PAGE, (max(rows.stop, 1) - 1) // PAGE + 1):
            if number * PAGE < len(self._keys) and (number not in self._pages or number in self._stale_pages):
                self._want(number)
        if self._wanted and not self._asked:
            self._timer.stop()
            self._fetch_wanted(WAIT_MS)

    def _fetch_wanted(self, wait_ms: int = 0) -> None:
        """Ask for the pages looked at last; those scrolled past in the meantime are forgotten."""
        wanted, self._wanted = self._wanted[-PAGES_AT_ONCE:], []
        numbers = [number for number in wanted if number * PAGE < len(self._keys)]
        if not numbers:
            return
        question = next(self._questions)
        self._asked.update(dict.fromkeys(numbers, question))
        keys = [key for number in numbers for key in self._keys_of(number)]
        self._tasks.read_soon(
            self, self._source.rows, keys, wait_ms=wait_ms,
            on_done=partial(self._on_rows, question, numbers),
            on_error=partial(self._on_rows_failed, numbers),
        )  # fmt: skip

    def _keys_of(self, number: int) -> Sequence[Any]:
        return self._keys[number * PAGE : (number + 1) * PAGE]

    def _on_rows(self, question: int, numbers: Sequence[int], rows: Sequence[R]) -> None:
        found = {self._source.key_of(row): row for row in rows}
        for number in numbers:
            if self._asked.get(number) != question:
                continue  # the list was read again since
            del self._asked[number]
            self._pages[number] = {key: found[key] for key in self._keys_of(number) if key in found}
            self._pages.move_to_end(number)
            self._stale_pages.discard(number)
            self._repaint(range(number * PAGE, min((number + 1) * PAGE, len(self._keys))))
        while len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)

    def _on_rows_failed(self, numbers: Sequence[int], error: DomainError) -> None:
        for number in numbers:
            self._asked.pop(number, None)
        self.failed.emit(error)

    def _repaint(self, rows: range) -> None:
        if rows:
            self.dataChanged.emit(self.index(rows[0], 0), self.index(rows[-1], len(self.columns) - 1))
