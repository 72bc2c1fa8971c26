"""A section of the settings: a heading, what it is for, its commands with their keys, and its content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from models.errors import DomainError
from resources.translations import gettext as _
from views import error_messages
from views.context import AppContext, Notice
from views.widgets.action_bar import ActionBar
from views.widgets.column import Column
from views.widgets.panel import Panel, label
from views.widgets.small_table import SmallTable

R = TypeVar("R")
LOW = 400
"""Pixels of height below which only what is needed is shown."""


class Section(QWidget):
    """``title`` and ``hint`` are Chinese marked with ``N_``. A subclass puts its content into ``body`` and
    asks for its data in `refresh`, which comes first when the section is first shown."""

    title: ClassVar[str] = ""
    hint: ClassVar[str] = ""
    concerns: ClassVar[frozenset[str]] = frozenset()
    """Tables whose change makes the section stale."""
    has_primary: ClassVar[bool] = True
    """Whether the first command is the likely one."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.context = context
        self.is_stale = True
        self.commands: list[QAction] = []
        """Live while the section is the one shown, wherever in the page the focus is."""
        self.panel = Panel(padding=16)
        self.body = self.panel.body
        self.bar = ActionBar(has_primary=self.has_primary)
        self.head = QHBoxLayout()
        """The line of the title; what belongs to the whole section may stand at its right."""
        self.heading = label(_(self.title), name="pageTitle")
        self.heading.setToolTip(_(self.hint) if self.hint else "")
        self.head.addWidget(self.heading, 1)
        self.body.addLayout(self.head)
        self.hint_label = label(_(self.hint) if self.hint else "", "muted", wraps=True)
        self.body.addWidget(self.hint_label)
        self.hint_label.setVisible(bool(self.hint))
        self.body.addWidget(self.bar)
        self.bar.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panel)
        self.setAccessibleName(_(self.title))

    # -- what a section fills in -----------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for the data again; what is typed and selected stays."""

    def open(self, **arguments: Any) -> None:
        """Show what *arguments* name."""

    def commit(self) -> bool:
        """Ctrl+Enter. Save what is open; False if nothing is."""
        return False

    def step_back(self) -> bool:
        """Esc. Close the innermost thing; False if there is none."""
        return False

    # -- what a section may use ------------------------------------------------------------------------

    def add_command(self, text: str, keys: str, run: Callable[[], object], *, tip: str = "") -> QAction:
        """A command with its keys; `show_commands` puts it on the bar."""
        action = QAction(text, self)
        if keys:
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setToolTip(f"{tip or text}  {keys}".strip())
        action.triggered.connect(lambda _checked=False: run())
        self.commands.append(action)
        return action

    def show_commands(self, commands: Sequence[QAction]) -> None:
        """Put these on the bar."""
        self.bar.set_actions(commands)
        self.bar.setVisible(bool(commands))

    def say(self, text: str, undo: Callable[[], None] | None = None) -> None:
        """Tell that it is done."""
        self.context.notify(Notice(text, "good", undo=undo))

    def refuse(self, error: DomainError) -> None:
        """Tell that it was not done, and why."""
        self.context.notify(Notice(error_messages.message(error), "bad", seconds=0))

    def write(
        self,
        service: Callable[..., Any],
        *args: Any,
        done: str = "",
        undo: Callable[[], None] | None = None,
        **kwargs: Any,
    ) -> None:
        """Run a service; *done* is said when it succeeded, with a button for *undo*."""

        def said(_value: Any) -> None:
            if done:
                self.say(done, undo)

        self.context.tasks.write(self, service, *args, on_done=said, on_error=self.refuse, **kwargs)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the hint is the tool tip of the title only."""
        super().resizeEvent(event)
        self.hint_label.setVisible(bool(self.hint) and self.height() >= LOW)

    def focus_inside(self) -> None:
        """Put the focus into the content."""
        proxy = self.focusProxy()
        if proxy is not None:
            proxy.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.focusNextChild()


class TableSection(Section, Generic[R]):
    """A section that is a list: commands follow the row under the cursor.

    `make_table` in ``__init__``, then `show_rows` in `refresh`'s answer.
    """

    def make_table(
        self, columns: Sequence[Column[R]], name: str, *, key: Callable[[R], Any] | None = None
    ) -> SmallTable[R]:
        """The list under the bar; Enter runs `opened`."""
        table = SmallTable[R](
            self.context.tasks, columns, f"settings/{name}", self.context.preferences, key=key
        )
        table.current_changed.connect(lambda _key: self.follow())
        table.opened.connect(lambda _key: self.opened())
        table.setAccessibleName(_(self.title))
        self.setFocusProxy(table)
        self.table = table
        return table

    def show_rows(self, rows: Sequence[R]) -> None:
        """Show these; the first one is current if none was."""
        self.table.show_rows(rows)
        if self.table.current() is None and rows:
            self.table.go_to(self.table.rows.key_at(0))
        self.follow()

    def opened(self) -> None:
        """Enter or a double click on a row."""

    def follow(self) -> None:
        """The current row changed: enable what can be done with it."""

    def with_current(self, run: Callable[[R], object]) -> Callable[[], object]:
        """A command on the current row; nothing happens without one."""

        def act() -> object:
            row = self.table.current()
            return run(row) if row is not None else None

        return act

    def select(self, key: Any) -> None:
        """Go to a row that was just made."""
        self.table.go_to(key)

    def selecting(self) -> Callable[[Any], None]:
        """As ``on_done`` of a dialog that makes a row: go to it when it is shown."""
        return partial(self._select_later)

    def _select_later(self, key: Any) -> None:
        self.refresh()
        self.select(key)
