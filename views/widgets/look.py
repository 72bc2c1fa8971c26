"""What painted widgets need of the theme: the tokens in force, told from the palette, and small drawing."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QApplication, QWidget

from resources.styles import DARK, LIGHT, Tokens


def tokens_of(palette: QPalette) -> Tokens:
    """The tokens that belong to *palette*: a painted widget follows light and dark without being told."""
    return DARK if palette.color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def app_tokens() -> Tokens:
    """The tokens of the program's palette."""
    return tokens_of(QApplication.palette())


def set_tone(widget: QWidget, tone: str) -> None:
    """Give *widget* a tone that the style sheet colours (``[tone="warn"]``)."""
    if widget.property("tone") != tone:
        widget.setProperty("tone", tone)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def fill_round(painter: QPainter, rect: QRectF, colour: str, radius: float = 4.0) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(rect, radius, radius)


def focus_ring(painter: QPainter, rect: QRectF, colour: str, radius: float = 4.0) -> None:
    """The ring that says where the keyboard is."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), 1.5))
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius, radius)
