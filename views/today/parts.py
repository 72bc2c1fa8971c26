"""The parts of the page: tiles with a count, lines that open something, bars of load."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QColor, QFont, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from views.widgets.action_bar import keys_of
from views.widgets.look import app_tokens, fill_round, focus_ring
from views.widgets.panel import Panel, empty_layout, label, link


class Tile(QAbstractButton):
    """A count with its word, symbol and key; pressing it runs *action*."""

    def __init__(self, action: QAction, symbol: str, tone: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._action, self._symbol, self._tone = action, symbol, tone
        self._count: int | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip(action.toolTip())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda _checked=False: action.trigger())
        self.set_count(None)

    @property
    def count(self) -> int | None:
        return self._count

    def set_count(self, count: int | None) -> None:
        """None while it is not known."""
        self._count = count
        words = self._action.text()
        self.setAccessibleName(words if count is None else f"{words} {count}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, self._number_font().pixelSize() + self.fontMetrics().height() + 30)

    def minimumSizeHint(self) -> QSize:
        return QSize(84, self.sizeHint().height())

    def _number_font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(max(self.fontInfo().pixelSize() * 2, 20))
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = app_tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outer = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        fill_round(painter, outer, tokens.raised if self.underMouse() else tokens.surface, 6)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(tokens.border), 1))
        painter.drawRoundedRect(outer, 6, 6)
        side = 14 if self.width() > 110 else 9
        inner = self.rect().adjusted(side, 9, 4 - side, -9)
        is_marked = bool(self._count) and self._tone
        painter.setPen(QColor(tokens.tone(self._tone if is_marked else ("" if self._count else "muted"))))
        painter.setFont(self._number_font())
        number = "…" if self._count is None else f"{self._count:,}"
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, number)
        painter.setFont(self.font())
        self._words(painter, inner, is_marked=bool(is_marked))
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()), tokens.focus, 6)

    def _words(self, painter: QPainter, inner: QRect, *, is_marked: bool) -> None:
        tokens = app_tokens()
        painter.setPen(QColor(tokens.muted))
        corner = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        painter.drawText(inner, corner, keys_of(self._action))
        words = f"{self._symbol} {self._action.text()}".strip() if is_marked else self._action.text()
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, inner.width())
        painter.setPen(QColor(tokens.tone(self._tone) if is_marked else tokens.text))
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, shown)


@dataclass(frozen=True)
class Line:
    """One line of a short list: a lead in bold, words, and a word at the right; ``run`` opens it."""

    lead: str
    words: str
    run: Callable[[], object]
    end: str = ""
    tone: str = ""


class LineButton(QAbstractButton):
    """A `Line`, painted: what does not fit is cut with dots, the tool tip says all."""

    def __init__(self, line: Line, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line = line
        said = "  ".join(part for part in (line.lead, line.words, line.end) if part)
        self.setAccessibleName(said)
        self.setToolTip(said)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda _checked=False: line.run())

    def sizeHint(self) -> QSize:
        return QSize(200, self.fontMetrics().height() + 9)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens as Space does; the arrows go along the lines."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() == Qt.Key.Key_Down:
            self.focusNextChild()
        elif event.key() == Qt.Key.Key_Up:
            self.focusPreviousChild()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = app_tokens()
        painter = QPainter(self)
        if self.underMouse():
            fill_round(painter, QRectF(self.rect()), tokens.raised)
        inner = self.rect().adjusted(6, 0, -6, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(QColor(tokens.text))
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | middle, self._line.lead)
        if self._line.lead:
            inner.setLeft(inner.left() + painter.fontMetrics().horizontalAdvance(self._line.lead) + 10)
        painter.setFont(self.font())
        painter.setPen(QColor(tokens.tone(self._line.tone or "muted")))
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | middle, self._line.end)
        if self._line.end:
            inner.setRight(inner.right() - painter.fontMetrics().horizontalAdvance(self._line.end) - 10)
        painter.setPen(QColor(tokens.text))
        words = self._line.words.replace("\n", " ")
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | middle, shown)
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()), tokens.focus)


@dataclass(frozen=True)
class Bar:
    """A person with so much work in hand; ``share`` of the busiest one's."""

    name: str
    words: str
    share: float


class BarLine(QWidget):
    """A `Bar`, painted as a name, a length and a count."""

    def __init__(self, bar: Bar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = bar
        self.setAccessibleName(f"{bar.name} {bar.words}")
        self.setFixedHeight(self.fontMetrics().height() + 7)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = app_tokens()
        painter = QPainter(self)
        painter.setPen(QColor(tokens.text))
        inner = self.rect().adjusted(6, 0, -6, 0)
        name_width = min(96, inner.width() // 3)
        metrics = painter.fontMetrics()
        name = metrics.elidedText(self._bar.name, Qt.TextElideMode.ElideRight, name_width - 8)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | middle, name)
        painter.setPen(QColor(tokens.muted))
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | middle, self._bar.words)
        left = inner.left() + name_width
        room = inner.right() - metrics.horizontalAdvance(self._bar.words) - 10 - left
        if room > 12:
            track = QRectF(left, inner.center().y() - 3, room, 7)
            fill_round(painter, track, tokens.border, 3)
            length = max(room * min(self._bar.share, 1.0), 6)
            fill_round(painter, QRectF(left, track.top(), length, 7), tokens.accent, 3)


class Section(Panel):
    """A heading with a link, and lines under it; with nothing in it, a sentence."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, spacing=3)
        self.heading = label(title, name="heading", wraps=True)
        self.body.addWidget(self.heading)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(1)
        self.body.addLayout(self._lines)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def show_lines(
        self, lines: Sequence[QWidget], empty: str, *, more: str = "", run: Callable[[], object] | None = None
    ) -> None:
        """*more* with *run* is a link under the lines."""
        empty_layout(self._lines)
        for line in lines:
            self._lines.addWidget(line)
        if not lines:
            self._lines.addWidget(label(empty, "muted", wraps=True))
        if more and run is not None:
            self._lines.addWidget(link(more, run), alignment=Qt.AlignmentFlag.AlignLeft)
