"""The list every page uses, over rows that are all at hand: people, tags, conflicts, figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QItemSelection, QItemSelectionModel
from PySide6.QtWidgets import QWidget

from views.context import Preferences
from views.tasks import TaskRunner, inline_runner
from views.widgets.column import Column, Sort
from views.widgets.row_table_model import RowSource, RowTableModel
from views.widgets.table_view import RowTable

R = TypeVar("R")


class _AtHand:
    """The store of a list whose rows are in memory: its answers need no worker and no waiting."""

    def read(self, query: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return query(None, *args, **kwargs)

    def write(self, actor: Any, operation: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("a list of rows at hand writes nothing")


class SmallTable(RowTable, Generic[R]):
    """`show_rows` fills it. A column's ``sort`` names the attribute it sorts by; empty values come last.

    They are there when it returns, so that a page may go to one of them at once. *key* tells the key of a
    row; its attribute ``id`` if left out.
    """

    def __init__(
        self,
        tasks: TaskRunner,
        columns: Sequence[Column[R]],
        name: str,
        preferences: Preferences,
        parent: QWidget | None = None,
        *,
        key: Callable[[R], Any] | None = None,
    ) -> None:
        self._key = key or attrgetter("id")
        self._by_key: dict[Any, R] = {}
        source = RowSource[R](self._keys, self._some_rows, key=self._key)
        at_once = inline_runner(_AtHand())
        super().__init__(RowTableModel(at_once, source, columns), name, preferences, parent)
        at_once.setParent(self)
        at_once.failed.connect(tasks.failed)
        self._rows.setParent(self)

    def show_rows(self, rows: Sequence[R]) -> None:
        """Show these, in their order unless a column sorts them; place and selection stay."""
        self._by_key = {self._key(row): row for row in rows}
        self.show_filter()

    def current(self) -> R | None:
        """The row under the cursor."""
        return self._by_key.get(self.current_key())

    def selected(self) -> list[R]:
        """The selected rows in the order of the list."""
        return [self._by_key[key] for key in self.selected_keys() if key in self._by_key]

    def select_keys(self, keys: Sequence[Any]) -> None:
        """Select the rows of these keys and no others."""
        chosen = QItemSelection()
        for place in filter(lambda place: place >= 0, map(self._rows.place_of, keys)):
            chosen.select(self._rows.index(place, 0), self._rows.index(place, len(self._rows.columns) - 1))
        self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    @property
    def shown(self) -> Sequence[R]:
        return tuple(self._by_key.values())

    def _keys(self, _session: Any, _filter: Any, sort: Sort | None) -> Sequence[Any]:
        rows = self._by_key
        if sort is None:
            return list(rows)
        value = attrgetter(sort.key)
        filled = [key for key, row in rows.items() if value(row) not in (None, "")]
        filled.sort(key=lambda key: value(rows[key]), reverse=sort.is_descending)
        return [*filled, *(key for key in rows if key not in set(filled))]

    def _some_rows(self, _session: Any, keys: Sequence[Any]) -> Sequence[R]:
        return [self._by_key[key] for key in keys if key in self._by_key]
