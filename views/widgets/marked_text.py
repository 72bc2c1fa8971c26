"""Text with parts marked (why a search hit matched), and how it is painted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from resources.styles import Tokens
from views.widgets.look import fill_round


@dataclass(frozen=True)
class Marked:
    """``spans``: (start, end) of the marked parts, in order and apart."""

    text: str = ""
    spans: Sequence[tuple[int, int]] = ()

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """The text in pieces, each with whether it is marked."""
        at = 0
        for start, end in tidy_spans(self.spans, len(self.text)):
            if start > at:
                yield self.text[at:start], False
            yield self.text[start:end], True
            at = end
        if at < len(self.text):
            yield self.text[at:], False


def tidy_spans(spans: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """*spans* in order, cut to the text, touching ones joined."""
    tidy: list[tuple[int, int]] = []
    for start, end in sorted((max(start, 0), min(end, length)) for start, end in spans):
        if start >= end:
            continue
        if tidy and start <= tidy[-1][1]:
            tidy[-1] = (tidy[-1][0], max(end, tidy[-1][1]))
        else:
            tidy.append((start, end))
    return tidy


def paint_marked(
    painter: QPainter, marked: Marked, rect: QRect, *, colour: str, tokens: Tokens, is_bold: bool = False
) -> int:
    """Paint from the left of *rect*, elided at its right; returns where the text ends."""
    font = QFont(painter.font())
    font.setWeight(QFont.Weight.DemiBold if is_bold else QFont.Weight.Normal)
    painter.setFont(font)
    metrics = painter.fontMetrics()
    left = rect.left()
    for text, is_marked in marked.pieces():
        room = rect.right() - left
        if room <= 8:
            break
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        width = metrics.horizontalAdvance(shown)
        place = QRect(left, rect.top(), width + 1, rect.height())
        if is_marked:
            ground = QRectF(left - 1, rect.center().y() - metrics.height() / 2, width + 2, metrics.height())
            fill_round(painter, ground, tokens.highlight, 3)
        painter.setPen(QColor(tokens.on_highlight if is_marked else colour))
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        left += width
    return left
