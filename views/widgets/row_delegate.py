"""Paints the rows of a list: symbol and word in their tone, a placeholder until the row is there, the
cursor's mark."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from resources.styles import Tokens
from views.widgets.look import app_tokens, fill_round
from views.widgets.row_table_model import Role

PAD = 8
SYMBOL_GAP = 5


class RowDelegate(QStyledItemDelegate):
    """For `RowTable`; paints all cells itself, so that a screenful costs little."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        view = option.widget
        tokens = app_tokens()
        rect: QRect = option.rect
        state = option.state
        painter.save()
        painter.setClipRect(rect)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(tokens.accent_soft))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(tokens.raised))
        if isinstance(view, QTableView) and view.currentIndex().row() == index.row():
            _mark_current(painter, rect, tokens, view, is_first=_is_first(view, index.column()))
        if index.data(Role.IS_LOADED):
            self._cell(painter, rect.adjusted(PAD, 0, -PAD, 0), tokens, index)
        else:
            bar = QRectF(rect.left() + PAD, rect.center().y() - 4, max(rect.width() * 0.55 - PAD, 8), 8)
            fill_round(painter, bar, tokens.border)
        painter.restore()

    def _cell(
        self,
        painter: QPainter,
        rect: QRect,
        tokens: Tokens,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        tone = index.data(Role.TONE) or ""
        painter.setPen(QColor(tokens.tone(tone)))
        if index.data(Role.BOLD):
            font = QFont(painter.font())
            font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
        symbol = index.data(Role.SYMBOL)
        if symbol:
            painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, symbol)
            rect = rect.adjusted(painter.fontMetrics().horizontalAdvance(symbol) + SYMBOL_GAP, 0, 0, 0)
        words = str(index.data(Role.WORDS) or "").replace("\n", " ")
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, index.data(Qt.ItemDataRole.TextAlignmentRole), shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        words = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        metrics = option.fontMetrics
        return QSize(metrics.horizontalAdvance(words) + 2 * PAD + SYMBOL_GAP, metrics.height() + 10)


def _is_first(view: QTableView, column: int) -> bool:
    """Whether *column* is the leftmost of those shown."""
    header = view.horizontalHeader()
    before = range(header.visualIndex(column))
    return all(header.isSectionHidden(header.logicalIndex(at)) for at in before)


def _mark_current(
    painter: QPainter, rect: QRect, tokens: Tokens, view: QTableView, *, is_first: bool
) -> None:
    """A bar at the left of the current row; lines above and below it while the list has the keyboard."""
    if view.hasFocus():
        painter.fillRect(rect.left(), rect.top(), rect.width(), 1, QColor(tokens.focus))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(tokens.focus))
    if is_first:
        painter.fillRect(rect.left(), rect.top(), 3, rect.height(), QColor(tokens.accent))
