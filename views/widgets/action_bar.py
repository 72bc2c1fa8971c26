"""A row of the commands that make sense now, each button with its key; what does not fit goes into a menu."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from resources.translations import gettext as _
from views.widgets.look import set_tone

MORE = "⋯"


def keys_of(action: QAction) -> str:
    """The action's keys as they are shown to people."""
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText).replace("Return", "Enter")


class CommandButton(QPushButton):
    """Follows its action: words with the key after them, enabled, shown; a disabled one tells why in its
    tool tip."""

    def __init__(self, action: QAction, parent: QWidget, *, is_primary: bool = False) -> None:
        super().__init__(parent)
        self.action = action
        self.setProperty("primary", is_primary)
        self.setAutoDefault(False)
        self.clicked.connect(lambda _checked=False: action.trigger())
        action.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        keys = keys_of(self.action)
        self.setText(f"{self.action.text()}  {keys}".strip())
        self.setAccessibleName(self.action.text())
        self.setToolTip(self.action.toolTip())
        self.setEnabled(self.action.isEnabled())


class ActionBar(QWidget):
    """``set_actions`` with the `QAction` objects of the page; the first one is the primary one if
    *has_primary*."""

    def __init__(self, parent: QWidget | None = None, *, has_primary: bool = True) -> None:
        super().__init__(parent)
        self._has_primary = has_primary
        self._buttons: list[CommandButton] = []
        self._more = QPushButton(MORE, self)
        self._more.setAccessibleName(_("更多操作"))
        self._more.setToolTip(_("更多操作"))
        self._menu = QMenu(self._more)
        self._more.setMenu(self._menu)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        self._row.addWidget(self._more)
        self._row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(self._more.sizeHint().height() + 2)

    def set_actions(self, actions: Sequence[QAction]) -> None:
        """Show these, the most likely first; hidden ones are left out."""
        for old in self._buttons:
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        shown = [action for action in actions if action.isVisible()]
        self._buttons = [
            CommandButton(action, self, is_primary=self._has_primary and place == 0)
            for place, action in enumerate(shown)
        ]
        for place, button in enumerate(self._buttons):
            self._row.insertWidget(place, button)
            button.show()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Show as many buttons as there is room for; the rest is in the menu."""
        spacing = self._row.spacing()
        widths = [button.sizeHint().width() + spacing for button in self._buttons]
        room = self.width()
        if sum(widths) > room:
            room -= self._more.sizeHint().width() + spacing
        self._menu.clear()
        for button, width in zip(self._buttons, widths, strict=True):
            room -= width
            button.setVisible(room >= 0)
            if room < 0:
                self._menu.addAction(button.action)
        self._more.setVisible(bool(self._menu.actions()))
        set_tone(self._more, "muted")
