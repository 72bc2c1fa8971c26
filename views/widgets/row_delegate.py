"""Paints the rows of a list: symbol and word in their tone, a placeholder until the row is there, the
cursor's mark."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from resources.styles import Tokens
from views.widgets.column import Column
from views.widgets.look import app_tokens
from views.widgets.row_table_model import ALIGNMENT, RowTableModel

PAD = 8
SYMBOL_GAP = 5


class RowDelegate(QStyledItemDelegate):
    """For `RowTable`; asks the model's rows and columns directly, since a screenful is hundreds of cells."""

    def __init__(self, view: QTableView, rows: RowTableModel[Any]) -> None:
        super().__init__(view)
        self._view, self._rows = view, rows
        self.begin()

    def begin(self) -> None:
        """Called before the view paints: what is the same for all its cells."""
        self._tokens = app_tokens()
        self._font, self._bold = QFont(self._view.font()), QFont(self._view.font())
        self._bold.setWeight(QFont.Weight.DemiBold)
        self._current = self._view.currentIndex().row()

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tokens = self._tokens
        rect: QRect = option.rect
        place, number = index.row(), index.column()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(tokens.accent_soft))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(tokens.raised))
        if self._current == place:
            _mark_current(painter, rect, tokens, self._view, is_first=_is_first(self._view, number))
        row = self._rows.row_at(place)
        if row is None:
            width = max(int(rect.width() * 0.55) - PAD, 8)
            painter.fillRect(rect.left() + PAD, rect.center().y() - 3, width, 7, QColor(tokens.border))
        else:
            self._cell(painter, rect.adjusted(PAD, 0, -PAD, 0), tokens, self._rows.columns[number], row)

    def _cell(self, painter: QPainter, rect: QRect, tokens: Tokens, column: Column[Any], row: object) -> None:
        tone = column.tone(row) if column.tone is not None else ""
        painter.setPen(QColor(tokens.tone(tone)))
        painter.setFont(self._bold if column.is_bold else self._font)
        metrics = painter.fontMetrics()
        symbol = column.symbol(row) if column.symbol is not None else ""
        if column.is_sign_only:
            painter.drawText(rect.adjusted(-PAD, 0, PAD, 0), Qt.AlignmentFlag.AlignCenter, symbol)
            return
        if symbol:
            painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, symbol)
            rect.setLeft(rect.left() + metrics.horizontalAdvance(symbol) + SYMBOL_GAP)
        words = column.words(row).replace("\n", " ")
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, ALIGNMENT[column.alignment], shown)

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
