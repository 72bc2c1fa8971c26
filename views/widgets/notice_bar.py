"""Messages that stop nobody: a bar over the page's top right corner with an undo button, gone by itself after
a while. It lies over the page and never moves what is under the mouse."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from resources.translations import gettext as _
from views.context import Notice
from views.widgets.look import set_tone
from views.widgets.panel import button, label, link

SYMBOLS = {"info": "●", "good": "✓", "warn": "⚠", "bad": "×"}
UNDO_KEYS = "Ctrl+Z"
WIDEST = 660
MARGIN = 6


class NoticeBar(QFrame):
    """Shows one `Notice` at a time; the newest wins. ``undo`` runs the undo of the notice shown."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._notice: Notice | None = None
        self._over: QWidget | None = None
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

    def float_over(self, widget: QWidget) -> None:
        """Lie over the top right corner of *widget* from now on; both have one parent."""
        self._over = widget
        self.setParent(widget.parentWidget())
        widget.installEventFilter(self)
        self.hide()

    def place(self) -> None:
        """As wide as the words need, at most `WIDEST` and what there is."""
        if self._over is None:
            return
        area = self._over.geometry()
        beside = sum(one.sizeHint().width() for one in (self._symbol, self._undo, self._close))
        words = self._text.fontMetrics().horizontalAdvance(self._text.text())
        width = min(words + beside + 60, WIDEST, area.width() - 2 * MARGIN)
        layout = self.layout()
        height = max(layout.totalHeightForWidth(width), self.minimumSizeHint().height()) if layout else 0
        self.setGeometry(area.right() - width - MARGIN, area.top() + MARGIN, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._over and event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self.place()
        return super().eventFilter(watched, event)

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
        self.place()
        self.show()
        self.raise_()
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
