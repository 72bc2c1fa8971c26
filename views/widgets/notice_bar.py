"""Messages that stop nobody: a bar under the box with an undo button, gone by itself after a while."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from resources.translations import gettext as _
from views.context import Notice
from views.widgets.look import set_tone
from views.widgets.panel import button, label, link

SYMBOLS = {"info": "●", "good": "✓", "warn": "⚠", "bad": "×"}
UNDO_KEYS = "Ctrl+Z"


class NoticeBar(QFrame):
    """Shows one `Notice` at a time; the newest wins. ``undo`` runs the undo of the notice shown."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._notice: Notice | None = None
        self._symbol = label()
        self._text = label(wraps=True)
        self._undo = button(_("撤销"), self.undo, keys=UNDO_KEYS)
        self._close = link(_("关闭"), self.dismiss)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 5, 8, 5)
        layout.setSpacing(8)
        layout.addWidget(self._symbol)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._undo)
        layout.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        self.hide()

    @property
    def notice(self) -> Notice | None:
        return self._notice

    def say(self, notice: Notice) -> None:
        """Show *notice* in place of the one before."""
        self._notice = notice
        self._symbol.setText(SYMBOLS.get(notice.tone, SYMBOLS["info"]))
        for widget in (self, self._symbol):
            set_tone(widget, notice.tone)
        self._text.setText(notice.text)
        self._undo.setVisible(notice.undo is not None)
        self.setAccessibleName(notice.text)
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
        self._timer.stop()
        if notice.seconds:
            self._timer.start(notice.seconds * 1000)
        self.changed.emit()

    def undo(self) -> bool:
        """Take back what the notice shown tells of; False if there is nothing to take back."""
        notice = self._notice
        if notice is None or notice.undo is None:
            return False
        self.dismiss()
        notice.undo()
        return True

    def dismiss(self) -> None:
        self._notice = None
        self._timer.stop()
        self.hide()
        self.changed.emit()

    @property
    def text_label(self) -> QLabel:
        return self._text
