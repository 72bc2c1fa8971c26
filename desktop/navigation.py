"""The rail of pages at the left, what a page is to the window, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QSizePolicy, QVBoxLayout, QWidget

from resources.translations import gettext as _
from resources.translations import pgettext
from views.widgets.icons import pixmap
from views.widgets.look import app_tokens, fill_round, focus_ring
from views.widgets.panel import label

if TYPE_CHECKING:
    from models.rules.rights import Right
    from views.context import AppContext
    from views.page import Page

RAIL_WIDTH = 80
ICON_SIZE = 20


@dataclass(frozen=True)
class PageSpec:
    """A page, declared: it is made when first shown. ``title`` is Chinese marked with ``N_``; ``shortcut``
    is shown on the rail (a digit also works with Ctrl); without ``right`` everybody sees it; ``is_at_foot``
    puts it at the bottom of the rail; ``is_listed`` False keeps it off the rail (reached from elsewhere)."""

    key: str
    title: str
    factory: Callable[[AppContext], Page]
    shortcut: str = ""
    icon: str = "page"
    right: Right | None = None
    is_at_foot: bool = False
    is_listed: bool = True


@dataclass(frozen=True)
class Stop:
    """Where somebody was: a page and what it showed. ``is_entered``: brought there from the page before (by
    a record, a hit, F2); not when the page was chosen on the rail."""

    page: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    is_entered: bool = False


class History:
    """The way people went, as in a browser. Going somewhere new cuts off what was ahead."""

    def __init__(self, most: int = 50) -> None:
        self._stops: list[Stop] = []
        self._at = -1
        self._most = most

    def visit(self, stop: Stop) -> None:
        if self.current == stop:
            return
        self._stops = [*self._stops[: self._at + 1], stop][-self._most :]
        self._at = len(self._stops) - 1

    @property
    def current(self) -> Stop | None:
        return self._stops[self._at] if self._stops else None

    def back(self) -> Stop | None:
        """One stop back; ``None`` at the beginning."""
        return self._go(-1)

    def forward(self) -> Stop | None:
        return self._go(1)

    def leave(self) -> Stop | None:
        """Back to the page from which this one was entered, over all that was looked at here since; ``None``
        for a page that was chosen by itself."""
        at = self._at
        while at > 0 and self._stops[at].is_entered:
            at -= 1
            if self._stops[at].page != self._stops[self._at].page:
                self._at = at
                return self._stops[at]
        return None

    def _go(self, by: int) -> Stop | None:
        if not 0 <= self._at + by < len(self._stops):
            return None
        self._at += by
        return self._stops[self._at]


class RailButton(QAbstractButton):
    """Icon, title, key; a badge with a count; a mark at the left of the page that is shown."""

    def __init__(self, spec: PageSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self.spec = spec
        self.badge = ""
        self.setText(_(spec.title))
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setAccessibleName(_(spec.title))
        self.setAccessibleDescription(spec.shortcut)
        self.setToolTip(f"{_(spec.title)}  {spec.shortcut}".strip())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def set_badge(self, text: str) -> None:
        self.badge = text
        self.setAccessibleName(f"{_(self.spec.title)} {text}".strip())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(RAIL_WIDTH - 12, ICON_SIZE + 2 * self.fontMetrics().height() + 8)

    def minimumSizeHint(self) -> QSize:
        return QSize(RAIL_WIDTH - 12, self.fontMetrics().height() + 4)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = app_tokens()
        painter = QPainter(self)
        area = QRectF(self.rect())
        if self.isChecked() or self.underMouse():
            fill_round(painter, area, tokens.rail_chosen if self.isChecked() else tokens.rail_hover, 6)
        if self.isChecked():
            mark = QRectF(0, area.height() / 2 - 10, 3, 20)
            fill_round(painter, mark, tokens.rail_mark, 1.5)
        if self.hasFocus():
            focus_ring(painter, area, tokens.rail_mark, 6)
        colour = tokens.rail_text if self.isChecked() else tokens.rail_muted
        self._paint_words(painter, tokens.rail_text, colour)
        if self.badge:
            self._paint_badge(painter, tokens.rail_mark, tokens.rail)

    def _paint_words(self, painter: QPainter, text_colour: str, colour: str) -> None:
        """Icon, title and key; on a low screen title and key without the icon, on a very low one both in one
        line."""
        line = self.fontMetrics().height()
        if self.height() < self.sizeHint().height() - 6:
            self._paint_low(painter, text_colour, colour)
            return
        has_key = bool(self.spec.shortcut)
        top = (self.height() - ICON_SIZE - line - (line - 2) * has_key) / 2
        picture = pixmap(self.spec.icon, colour, ICON_SIZE, self.devicePixelRatioF())
        painter.drawPixmap(QPointF((self.width() - ICON_SIZE) / 2, top), picture)
        below = int(top + ICON_SIZE + 1)
        self._paint_title(painter, text_colour, QRect(0, below, self.width(), line))
        self._paint_key(painter, colour, QRect(0, below + line - 3, self.width(), line))

    def _paint_low(self, painter: QPainter, text_colour: str, colour: str) -> None:
        """The title, and the key under it or, where even that is too high, at its right."""
        line = self.fontMetrics().height()
        if self.height() >= 2 * line - 4:
            top = (self.height() - 2 * line + 3) // 2
            self._paint_title(painter, text_colour, QRect(0, top, self.width(), line))
            self._paint_key(painter, colour, QRect(0, top + line - 3, self.width(), line))
            return
        top = (self.height() - line) // 2
        beside = QFontMetrics(_smaller(self.font())).horizontalAdvance(self.spec.shortcut) + 6
        self._paint_title(painter, text_colour, QRect(0, top, self.width() - beside, line))
        self._paint_key(painter, colour, QRect(self.width() - beside, top, beside, line))

    def _paint_title(self, painter: QPainter, colour: str, place: QRect) -> None:
        painter.setPen(QColor(colour))
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, place.width() - 4)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_key(self, painter: QPainter, colour: str, place: QRect) -> None:
        if self.spec.shortcut:
            painter.setFont(_smaller(painter.font()))
            painter.setPen(QColor(colour))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self.spec.shortcut)

    def _paint_badge(self, painter: QPainter, ground: str, text_colour: str) -> None:
        painter.setFont(_smaller(painter.font()))
        metrics = painter.fontMetrics()
        width = max(metrics.horizontalAdvance(self.badge) + 8, 16)
        place = QRectF(self.width() / 2 + 5, 3, width, 15)
        if self.height() < self.sizeHint().height() - 6:  # beside the key, clear of the title
            place.moveTopRight(QPointF(self.width() - 1, self.height() - 16))
        fill_round(painter, place, ground, 7.5)
        painter.setPen(QColor(text_colour))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self.badge)


def _smaller(font: QFont) -> QFont:
    small = QFont(font)
    small.setPixelSize(max(QFont(font).pixelSize() - 2, 10))
    return small


class NavigationRail(QFrame):
    """The pages one under the other; arrows go along them while the rail has the focus."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setFixedWidth(RAIL_WIDTH)
        self.setAccessibleName(_("页面"))
        self._buttons: dict[str, RailButton] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(6, 10, 6, 8)
        self._column.setSpacing(2)
        brand = label(pgettext("brand", "前台"), name="railBrand")
        brand.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column.addWidget(brand)
        self._column.addSpacing(6)
        self._column.addStretch(1)

    def show_pages(self, specs: Sequence[PageSpec]) -> None:
        """Show these pages in this order, those ``is_at_foot`` at the bottom."""
        for old in self._buttons.values():
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._buttons = {}
        at = 2
        for spec in specs:
            if not spec.is_listed:
                continue
            button = RailButton(spec, self)
            button.clicked.connect(lambda _on=False, key=spec.key: self.chosen.emit(key))
            self._buttons[spec.key] = button
            if spec.is_at_foot:
                self._column.addWidget(button)
            else:
                self._column.insertWidget(at, button)
                at += 1

    def mark(self, key: str) -> None:
        """Show which page is open."""
        button = self._buttons.get(key)
        if button is not None:
            button.setChecked(True)

    def set_badge(self, key: str, text: str) -> None:
        if key in self._buttons:
            self._buttons[key].set_badge(text)

    @property
    def buttons(self) -> Mapping[str, RailButton]:
        return self._buttons

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        step = steps.get(Qt.Key(event.key()))
        keys = [key for key, button in self._buttons.items() if button.hasFocus()]
        if step is None or not keys:
            super().keyPressEvent(event)
            return
        order = list(self._buttons)
        following = order[(order.index(keys[0]) + step) % len(order)]
        self._buttons[following].setFocus(Qt.FocusReason.TabFocusReason)
