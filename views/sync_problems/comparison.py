"""Both values of a conflict side by side: who, when, which counts and why, and what is there now."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from resources.translations import gettext as _
from views.context import AppContext
from views.sync_problems.differing import differing
from views.sync_problems.long_text import LongText
from views.sync_problems.records import (
    ConflictRow,
    moved_words,
    settled_words,
    shortened,
    who_words,
    why_words,
)
from views.widgets.panel import label


class Side(QFrame):
    """One of the two values."""

    def __init__(self, tone: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self.title = label("", tone)
        self.value = LongText()
        self.by = label("", "muted", wraps=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 9, 12, 9)
        column.setSpacing(5)
        for widget in (self.title, self.value, self.by):
            column.addWidget(widget)
        column.addStretch(1)

    @property
    def words(self) -> str:
        return self.value.text


class Comparison(QWidget):
    """`show_row` fills it."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.heading = label(name="heading", wraps=True)
        self.about = label("", "muted", wraps=True)
        self.why = label(wraps=True)
        self.moved = label("", "warn", wraps=True)
        self.siblings = label("", "accent", wraps=True)
        self.settled = label("", "good", wraps=True)
        self.kept, self.lost = Side("good"), Side("muted")
        sides = QHBoxLayout()
        sides.setSpacing(8)
        sides.addWidget(self.kept, 1)
        sides.addWidget(self.lost, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self.heading, self.about, self.why, self.moved):
            column.addWidget(widget)
        column.addLayout(sides)
        for widget in (self.siblings, self.settled):
            column.addWidget(widget)
        column.addStretch(1)

    def show_row(self, row: ConflictRow | None, siblings: int = 0) -> None:
        """*siblings*: how many other conflicts of the same record are listed."""
        self.setVisible(row is not None)
        if row is None:
            return
        item, formats = row.item, self._context.formats
        self.heading.setText(f"{row.record} · {row.field}")
        self._say(self.about, item.record.about if item.record.label else "")
        why = why_words(row, self._context)
        keys = _("按 V 键留下，按 X 键仍然删除。") if item.reason == "revived" else ""
        self.why.setText(" ".join(part for part in (why, keys) if part))
        moved = moved_words(row, self._context)
        self._say(self.moved, f"⚠ {moved}" if moved else "")
        self._say(
            self.siblings,
            _("这条记录还有 {n} 处冲突，按 G 一起选中").format(n=siblings) if siblings else "",
        )
        self._say(self.settled, settled_words(item, self._context))
        is_replaced = item.is_moved and item.field != "deleted"
        kept = row.present if is_replaced else row.kept
        marked_kept, marked_lost = differing(kept, row.lost) if row.is_text else ([], [])
        by_kept = f"{who_words(item.kept_by)} · {formats.moment(item.kept_at)}"
        if is_replaced:
            by_kept = _("{at} 又改过").format(at=formats.moment(item.present_at))
        by_lost = f"{who_words(item.lost_by)} · {formats.moment(item.lost_at)}"
        for side, value, spans, by in (
            (self.kept, kept, marked_kept, by_kept),
            (self.lost, row.lost, marked_lost, by_lost),
        ):
            side.title.setText(self._side_words(side, row))
            side.value.show_text(value, spans, title=f"{row.record} · {row.field}")
            side.by.setText(by)
            side.setAccessibleName(f"{side.title.text()} {shortened(value)} {side.by.text()}")

    def _side_words(self, side: Side, row: ConflictRow) -> str:
        if side is self.kept:
            return _("当时算数的值") if row.is_other_in_force else _("现在的值")
        if row.item.state == "taken_back":
            return _("改用它")
        return _("现在的值") if row.is_other_in_force else _("没有用的值")

    @staticmethod
    def _say(shown: QWidget, text: str) -> None:
        shown.setVisible(bool(text))
        shown.setText(text)  # type: ignore[attr-defined]
