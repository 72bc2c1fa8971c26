"""A page of the window: shown → refreshes when its data changed; hidden → remembers that it is stale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShowEvent
from PySide6.QtWidgets import QWidget

from resources.translations import gettext as _
from views.context import AppContext


class Page(QWidget):
    """Base of all pages. A subclass sets the class attributes, builds its widgets in ``__init__`` and asks
    for its data in `refresh` (never in ``__init__``: the first `refresh` comes when the page is first shown).

    The window calls `open` with the arguments of ``context.navigate``, `refresh` on F5, `print_current` on
    F9, `commit` on Ctrl+Enter and `step_back` on Esc.
    """

    key: ClassVar[str] = ""
    """Name for ``context.navigate``."""
    title: ClassVar[str] = ""
    """Chinese words marked with ``N_``; shown translated."""
    concerns: ClassVar[frozenset[str]] = frozenset()
    """Tables whose change makes this page stale."""
    help_topic: ClassVar[str] = ""
    """Name of the page in ``resources/help/<language>/``; the key if empty."""

    badge_changed = Signal(str)
    """Short text for the navigation rail (how many are open), empty for none."""
    other_badge_changed = Signal(str, str)
    """Key of another page and its short text, known before that page was ever shown."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self._is_stale = True
        self.setObjectName("page")
        self.setAccessibleName(_(self.title) if self.title else self.key)
        context.tasks.data_changed.connect(self._on_data_changed)

    # -- what a page fills in ------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for the data again; what is typed and selected stays."""

    def open(self, **arguments: Any) -> None:
        """Show what *arguments* name (``ticket_id=…``); called after the page became visible."""

    def print_current(self) -> bool:
        """F9. Print what is selected; False if there is nothing to print."""
        return False

    def commit(self) -> bool:
        """Ctrl+Enter. Save what is open; False if nothing is."""
        return False

    def step_back(self) -> bool:
        """Esc. Close the innermost thing (a form, a filter); False if there is none and the window goes
        back."""
        return False

    def can_leave(self) -> bool:
        """Whether the page may be hidden; drafts are kept by themselves, so that this is nearly always so."""
        return True

    # -- what a page may use -------------------------------------------------------------------------

    def add_command(self, text: str, keys: str, run: Callable[[], object], *, tip: str = "") -> QAction:
        """A command of this page with its keys (``"P"``, ``"Ctrl+D"``, empty for none), live while the focus
        is in the page. It appears in the overview of shortcuts and can be put on an `ActionBar`."""
        action = QAction(text, self)
        if keys:
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setToolTip(f"{tip or text}  {keys}".strip())
        action.triggered.connect(lambda _checked=False: run())
        self.addAction(action)
        return action

    def mark_stale(self) -> None:
        """Refresh now if visible, else when next shown."""
        if self.isVisible():
            self._is_stale = False
            self.refresh()
        else:
            self._is_stale = True

    @property
    def is_stale(self) -> bool:
        return self._is_stale

    @property
    def topic(self) -> str:
        return self.help_topic or self.key

    # -- Qt ------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale and not event.spontaneous():
            self._is_stale = False
            self.refresh()

    def _on_data_changed(self, changes: frozenset[str]) -> None:
        if self.concerns & changes:
            self.mark_stale()
