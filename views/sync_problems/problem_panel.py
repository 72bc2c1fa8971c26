"""A list of what waits for a person, what is chosen of it beside, and the commands that settle it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from models.errors import DomainError
from models.queries.sync_names import value_names
from views import error_messages
from views.context import AppContext, Notice
from views.sync_problems.records import PAGES
from views.widgets.action_bar import ActionBar
from views.widgets.chip_bar import Chip, ChipBar
from views.widgets.column import Column
from views.widgets.panel import ListAndDetail, scrolled
from views.widgets.small_table import SmallTable

LOWEST = 150
"""Pixels: on a lower screen the page scrolls."""


class Problem(Protocol):
    """A row of the list."""

    @property
    def id(self) -> str: ...
    @property
    def own(self) -> tuple[str, str]: ...
    @property
    def place(self) -> tuple[str, str] | None: ...


R = TypeVar("R", bound=Problem)


class ProblemPanel(QWidget, Generic[R]):
    """`build` makes it; a subclass asks for its rows in `refresh`, makes them in `rows` and shows the chosen
    one in `follow`."""

    counted = Signal(int)
    """How many wait for a person."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._wanted: tuple[str, str] | None = None
        self._back: Sequence[str] = ()

    def build(
        self,
        name: str,
        title: str,
        chips: Sequence[Chip],
        columns: Sequence[Column[R]],
        detail: QWidget,
        *,
        beside_chips: QWidget | None = None,
        above_detail: QWidget | None = None,
    ) -> None:
        """*name* is that of its preferences."""
        self.chips, self.bar = ChipBar(chips), ActionBar()
        self.table: SmallTable[R] = SmallTable(self._context.tasks, columns, name, self._context.preferences)
        self.table.setAccessibleName(title)
        self.table.setMinimumHeight(LOWEST)
        left, right, head = QWidget(), QWidget(), QHBoxLayout()
        column, side, whole = QVBoxLayout(left), QVBoxLayout(right), QVBoxLayout(self)
        for layout in (column, side, whole):
            layout.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.chips, 1)
        if beside_chips is not None:
            head.addWidget(beside_chips, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        side.addWidget(self.bar)
        if above_detail is not None:
            side.addWidget(above_detail)
        side.addWidget(scrolled(detail), 1)
        whole.addWidget(ListAndDetail(left, right, f"sync/{name}", self._context.preferences, share=0.54))
        self.chips.chosen.connect(lambda _key: self.on_filtered())
        self.table.current_changed.connect(lambda _key: self.follow())
        self.table.selection_changed.connect(lambda _count: self.follow())
        self.table.opened.connect(lambda _key: self.open_chosen())
        self.setFocusProxy(self.table)

    # -- what a list fills in --------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the list again; place and selection stay."""
        raise NotImplementedError

    def rows(self, names: Mapping[str, str]) -> list[R]:
        """What `refresh` has read, in words; *names* are those behind the ids among its values."""
        raise NotImplementedError

    def follow(self) -> None:
        """Show what is chosen, and the commands that settle it."""
        raise NotImplementedError

    def on_filtered(self) -> None:
        self._back = ()
        self.table.clearSelection()
        self.refresh()

    # -- the list --------------------------------------------------------------------------------------

    def go_to(self, record: tuple[str, str]) -> None:
        """Show what waits of a record."""
        self._wanted = record
        self.chips.choose("open")
        self.refresh()

    def ask_names(self, values: Iterable[tuple[str, str, Any]]) -> None:
        """The names behind these (table, field, value), then the rows."""
        self._context.tasks.read_latest(self, "names", value_names, list(values), on_done=self._show)

    def _show(self, names: Mapping[str, str]) -> None:
        rows = self.rows(names)
        self.table.show_rows(rows)
        if self._wanted is not None:
            first = next((row for row in rows if self._wanted in (row.own, row.place)), None)
            if first is not None:
                self.table.go_to(first.id)
            self._wanted = None
        self._stand_on_what_came_back({row.id for row in rows})
        self.follow()

    def _stand_on_what_came_back(self, shown: set[str]) -> None:
        """The next key is for what was put back, not for the row that had taken its place meanwhile."""
        if self._back and shown.issuperset(self._back):
            self.table.go_to(self._back[0])
            if len(self._back) > 1:
                self.table.select_keys(self._back)
            self._back = ()

    def standing(self) -> R | None:
        """The row that is chosen; the first one where none is."""
        if self.table.current() is None and self.table.rows.rowCount():
            self.table.go_to(self.table.rows.key_at(0))
        return self.table.current()

    def chosen(self) -> list[R]:
        """The selected ones, else the current one; none while another list has the page."""
        if not self.isVisible():
            return []
        current = self.table.current()
        return self.table.selected() or ([current] if current is not None else [])

    def offer(self, actions: list[QAction]) -> None:
        """Those of the commands that can be given."""
        self.bar.set_actions(actions)
        self.bar.setVisible(any(action.isVisible() for action in actions))

    def open_chosen(self) -> None:
        row = self.table.current() if self.isVisible() else None
        if row is not None and row.place is not None:
            page, argument = PAGES[row.place[0]]
            self._context.navigate(page, **{argument: row.place[1]})

    # -- settling --------------------------------------------------------------------------------------

    def settled(self, notice: Notice) -> None:
        self._context.notify(notice)
        self.refresh()

    def came_back(self, ids: Sequence[str], notice: Notice) -> None:
        """These wait again."""
        self._back = ids
        self.settled(notice)

    def on_fault(self, error: DomainError) -> None:
        """Somebody was faster, or it cannot be done: say so, and show what is there now."""
        self._context.notify(Notice(error_messages.message(error), "warn"))
        self.refresh()
