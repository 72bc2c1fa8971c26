"""The one box: everything is found from here. Results while typing, best first, with the reason of the match
marked.

Enter opens, Ctrl+Enter starts a ticket for the hit, arrows choose, Esc closes. The box never waits: each key
asks anew and only the newest answer is shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QFontMetrics, QIcon, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from models.errors import DomainError
from resources.translations import gettext as _
from views import error_messages
from views.tasks import TaskRunner
from views.widgets.look import app_tokens, fill_round
from views.widgets.marked_text import Marked, paint_marked

MOST_HITS = 12
ROW_PADDING = 15
PAUSE_MS = 0


@dataclass(frozen=True)
class Hit:
    """One answer of the box. ``kind`` is the word at the left (translated), ``page`` and ``arguments`` say
    what Enter opens, ``ticket_arguments`` what Ctrl+Enter hands to the intake page (empty: no ticket can be
    started)."""

    kind: str
    title: Marked
    reason: Marked
    detail: Marked
    page: str
    arguments: dict[str, Any]
    ticket_arguments: dict[str, Any]


Find = Callable[..., Sequence[Any]]
"""Query ``find(session, text, limit)``; its answers are made into `Hit` by the box's *present*."""


class _Hits(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.hits: Sequence[Hit] = ()

    def fill(self, hits: Sequence[Hit]) -> None:
        self.beginResetModel()
        self.hits = hits
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.hits)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> Any:
        if not index.isValid():
            return None
        hit = self.hits[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return " ".join(part for part in (hit.kind, hit.title.text, hit.detail.text) if part)
        return hit if role == Qt.ItemDataRole.UserRole else None


class _HitPainter(QStyledItemDelegate):
    """``hits`` gives all that are shown: their kinds stand in one column, as wide as the widest word."""

    def __init__(self, parent: QObject, hits: Callable[[], Sequence[Hit]]) -> None:
        super().__init__(parent)
        self._hits = hits

    def kind_width(self, metrics: QFontMetrics) -> int:
        """Pixels of the column of kinds with the gap after it; at least three Chinese signs, so that it does
        not jump with every key."""
        least = 3 * metrics.height()
        return max([least, *(metrics.horizontalAdvance(hit.kind) + 12 for hit in self._hits())])

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        hit: Hit = index.data(Qt.ItemDataRole.UserRole)
        tokens = app_tokens()
        rect: QRect = option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            fill_round(painter, rect.adjusted(6, 1, -6, -1).toRectF(), tokens.accent_soft, 5)
        metrics = option.fontMetrics
        kind_width = self.kind_width(metrics)
        left = rect.left() + 16
        painter.setPen(tokens.muted)
        painter.drawText(
            QRect(left, rect.top(), kind_width, rect.height()), Qt.AlignmentFlag.AlignVCenter, hit.kind
        )
        rect = rect.adjusted(16 + kind_width, 0, -14, 0)
        end = paint_marked(painter, hit.title, rect, colour=tokens.text, tokens=tokens, is_bold=True)
        if hit.reason.text:
            rect.setLeft(end + 7)
            end = paint_marked(painter, hit.reason, rect, colour=tokens.text, tokens=tokens)
        rect.setLeft(end + 14)
        paint_marked(painter, hit.detail, rect, colour=tokens.muted, tokens=tokens)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, option.fontMetrics.height() + ROW_PADDING)


class _Popup(QFrame):
    """The hits under the box; it takes no focus, so that typing goes on."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setObjectName("searchPopup")
        self.setAutoFillBackground(True)
        self.model = _Hits(self)
        self.list = QListView(self)
        self.list.setModel(self.model)
        self.list.setItemDelegate(_HitPainter(self.list, lambda: self.model.hits))
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(_("查找结果"))
        self.foot = QLabel(self)
        self.foot.setObjectName("searchFoot")
        self._column = layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 6, 1, 1)
        layout.setSpacing(4)
        layout.addWidget(self.list)
        layout.addWidget(self.foot)
        self.hide()

    def fit(self, below: QWidget) -> None:
        """Stand right under the box, as high as the hits need."""
        rows = len(self.model.hits)
        self.list.setVisible(rows > 0)
        row = max(self.list.sizeHintForRow(0), 1)
        self.list.setFixedHeight(rows * row + 2)
        at = below.mapTo(self._window, QPoint(0, below.height() + 4))
        room = self._window.height() - at.y() - 8
        height = min(self._column.sizeHint().height(), room)
        self.setGeometry(at.x(), at.y(), below.width(), height)
        self.raise_()


class SearchBox(QLineEdit):
    """Give it the window's `TaskRunner`, the query *find* and *present*, which makes one of its answers a
    `Hit`."""

    opened = Signal(object)
    """The `Hit` that Enter or a click opened."""
    ticket_wanted = Signal(object)
    """The `Hit` for which Ctrl+Enter wants a ticket."""

    def __init__(
        self,
        tasks: TaskRunner,
        find: Find,
        present: Callable[[Any], Hit],
        parent: QWidget | None = None,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        super().__init__(parent)
        self._tasks, self._find, self._present, self._clock = tasks, find, present, clock
        self._asked_at = 0.0
        self._answered = ""
        self._hasty: bool | None = None
        self._popup: _Popup | None = None
        self.setObjectName("searchBox")
        self.setPlaceholderText(_("房号 · 姓名或首字母 · 电话尾号 · 车牌 · 单号 · 报修内容        F3"))
        self.setAccessibleName(_("查找"))
        self.setMaxLength(100)
        self._icon = QLabel(self)
        self._icon.move(11, 0)
        self.textEdited.connect(lambda _text: self._ask_soon())
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(PAUSE_MS)
        self._soon.timeout.connect(self._ask)
        self.restyle()

    def restyle(self) -> None:
        """Draw the magnifier in the colours in force."""
        from views.widgets.icons import icon

        made: QIcon = icon("search", app_tokens().muted, 16)
        self._icon.setPixmap(made.pixmap(QSize(16, 16), self.devicePixelRatioF()))
        self._icon.adjustSize()
        self._place_icon()

    # -- asking ----------------------------------------------------------------------------------------

    def _ask_soon(self) -> None:
        self._asked_at = self._clock()
        self._hasty = None
        self._soon.start()

    def _ask(self) -> None:
        text = self.text().strip()
        if not text:
            self.close_popup()
            return
        self._tasks.read_latest(
            self,
            "find",
            self._find,
            text,
            MOST_HITS,
            on_done=partial(self._on_found, text),
            on_error=self._on_error,
        )

    def _on_found(self, text: str, found: Sequence[Any]) -> None:
        if not self.text().strip():
            return
        self._answered = text
        hits = [self._present(answer) for answer in found]
        popup = self._shown_popup()
        popup.model.fill(hits)
        took = _("{ms} 毫秒").format(ms=round((self._clock() - self._asked_at) * 1000))
        if hits:
            popup.list.setCurrentIndex(popup.model.index(0, 0))
            keys = _("Enter 打开 · Ctrl+Enter 为此户新建工单 · ↑↓ 选择 · Esc 关闭")
            popup.foot.setText(f"{keys} · {took}")
        else:
            popup.foot.setText(_("没有找到。可以试房号、姓名首字母或电话后四位") + f" · {took}")
        self._place_popup(popup)
        if self._hasty is not None:
            is_ticket, self._hasty = self._hasty, None
            self._act(is_ticket=is_ticket)

    def _on_error(self, error: DomainError) -> None:
        popup = self._shown_popup()
        popup.model.fill(())
        popup.foot.setText(f"× {error_messages.message(error)}")
        self._place_popup(popup)

    # -- the popup -------------------------------------------------------------------------------------

    @property
    def hits(self) -> Sequence[Hit]:
        """What is shown now."""
        return self._popup.model.hits if self._popup is not None and self._popup.isVisible() else ()

    @property
    def popup(self) -> QWidget | None:
        return self._popup

    def close_popup(self) -> None:
        if self._popup is not None:
            self._popup.hide()

    def _shown_popup(self) -> _Popup:
        if self._popup is None:
            self._popup = _Popup(self.window())
            self._popup.list.clicked.connect(lambda index: self._open(index.row()))
        return self._popup

    def _place_popup(self, popup: _Popup) -> None:
        popup.show()
        popup.fit(self)

    def _current(self) -> Hit | None:
        if self._popup is None or not self._popup.isVisible():
            return None
        row = self._popup.list.currentIndex().row()
        hits = self._popup.model.hits
        return hits[row] if 0 <= row < len(hits) else None

    def _open(self, row: int) -> None:
        hit = self.hits[row]
        self._finish()
        self.opened.emit(hit)

    def _finish(self) -> None:
        self.close_popup()
        self.clear()
        self._answered, self._hasty = "", None

    def _move(self, by: int) -> None:
        if self._popup is None or not self._popup.model.hits:
            return
        count = len(self._popup.model.hits)
        row = (self._popup.list.currentIndex().row() + by) % count
        self._popup.list.setCurrentIndex(self._popup.model.index(row, 0))

    # -- Qt --------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Claim the keys that the window has other uses for while hits are shown."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            claimed = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
            if event.key() in claimed and (self.hits or self.text()):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._move(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_enter(is_ticket=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif key == Qt.Key.Key_Escape and (self.text() or self.hits):
            self._finish()
        else:
            super().keyPressEvent(event)

    def _on_enter(self, *, is_ticket: bool) -> None:
        """Act on the chosen hit; typed faster than found, Enter waits for the answer to what is typed now."""
        text = self.text().strip()
        if text and text != self._answered:
            self._hasty = is_ticket
        else:
            self._act(is_ticket=is_ticket)

    def _act(self, *, is_ticket: bool) -> None:
        hit = self._current()
        if hit is None:
            return
        if not is_ticket:
            self._finish()
            self.opened.emit(hit)
        elif hit.ticket_arguments:
            self._finish()
            self.ticket_wanted.emit(hit)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.text() and event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.close_popup()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_icon()
        if self._popup is not None and self._popup.isVisible():
            self._popup.fit(self)

    def _place_icon(self) -> None:
        self._icon.move(11, (self.height() - self._icon.height()) // 2)
