"""The chips of a list: wrapped where there is room, one line that scrolls where the window is low."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QWidget

from views.widgets.chip_bar import ChipBar

LOW = 520
"""Pixels of the window under which the chips take one line only."""


class ChipStrip(QScrollArea):
    """Holds a `ChipBar`; `hold` puts another one in."""

    def __init__(self, chips: ChipBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hold(chips)

    def hold(self, chips: ChipBar) -> None:
        """Show *chips* instead of those before, which are deleted."""
        self._chips = chips
        self.setWidget(chips)
        chips.chosen.connect(lambda _key: self.show_chosen())
        chips.installEventFilter(self)
        self._fit()

    def show_chosen(self) -> None:
        """Bring the chosen chip into sight."""
        for one in self._chips.findChildren(QPushButton):
            if one.isChecked():
                self.ensureWidgetVisible(one, 30, 0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._chips and event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - event.angleDelta().y() // 2)

    def _fit(self) -> None:
        layout = self._chips.layout()
        if layout is None or layout.count() == 0:
            return
        items = [item for item in (layout.itemAt(at) for at in range(layout.count())) if item is not None]
        line = max(item.sizeHint().height() for item in items)
        if self.window().height() < LOW:
            width = sum(item.sizeHint().width() + layout.spacing() for item in items)
            height = line
        else:
            width = self.viewport().width()
            height = layout.heightForWidth(width)
        self._chips.resize(max(width, 10), height)
        if self.height() != height:
            self.setFixedHeight(height)
