"""A card: a headline with words beside it, lines under it, and links; what a household looks like at a
glance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from views.widgets.flow_layout import FlowLayout
from views.widgets.look import set_tone
from views.widgets.panel import empty_layout, label, link, pill


@dataclass(frozen=True)
class Piece:
    """A word of a line: plain, with a tone, on a soft ground (``is_pill``), bold, or a link (``run``)."""

    text: str
    tone: str = ""
    is_bold: bool = False
    is_pill: bool = False
    run: Callable[[], object] | None = None


Line = Sequence[Piece]


class WrappingLabel(QLabel):
    """As wide as its text if there is room, else wrapped; a `FlowLayout` asks it."""

    def __init__(self, text: str, tone: str) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setIndent(0)
        set_tone(self, tone)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        lines = self.text().split("\n")
        width = max(metrics.horizontalAdvance(line) for line in lines) + 2
        return QSize(width, metrics.lineSpacing() * len(lines))

    def minimumSizeHint(self) -> QSize:
        return QSize(40, self.fontMetrics().lineSpacing())


class Card(QFrame):
    """Lines of `Piece` objects that wrap when the card is narrow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 9, 12, 9)
        self._column.setSpacing(5)

    def show_lines(self, lines: Sequence[Line], *, tone: str = "") -> None:
        """Show these lines; *tone* ``warn`` colours the border."""
        empty_layout(self._column)
        set_tone(self, tone)
        for line in lines:
            holder = QWidget(self)
            flow = FlowLayout(holder, spacing=8)
            for piece in line:
                flow.addWidget(_made(piece))
            self._column.addWidget(holder)
        words = " ".join(piece.text for line in lines for piece in line)
        self.setAccessibleName(words)


def _made(piece: Piece) -> QWidget:
    if piece.run is not None:
        return link(piece.text, piece.run)
    if piece.is_pill:
        return pill(piece.text, piece.tone)
    if piece.is_bold:
        return label(piece.text, piece.tone, name="heading")
    return WrappingLabel(piece.text, piece.tone)
