"""The overview of keys: of the window, of the pages, of the page that is open, of every list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from resources.translations import gettext as _
from views.widgets.panel import button, label
from views.widgets.table_view import table_keys

Keys = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Shortcuts:
    """(keys, meaning) pairs by where they work; meanings are translated."""

    window: Keys
    pages: Keys
    page_title: str
    page: Keys


def window_keys() -> Keys:
    """The keys that work everywhere."""
    return (
        ("F1", _("此处的帮助")),
        ("F2", _("新工单")),
        ("F3", _("查找：房号、姓名、电话、车牌、单号")),
        ("F5", _("刷新")),
        ("F9", _("打印选中的内容")),
        ("Ctrl+Enter", _("保存（受理页：保存并打印）")),
        ("Esc", _("关闭当前一层，或返回上一处")),
        ("Alt+← / →", _("后退 / 前进")),
        ("Ctrl+Z", _("撤销刚才的操作")),
        ("Ctrl+L", _("锁定")),
        ("Ctrl+/", _("这张快捷键一览")),
    )


class ShortcutOverview(QDialog):
    """Two columns of groups; Esc closes it."""

    def __init__(self, shortcuts: Shortcuts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("快捷键"))
        self.setModal(True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 16, 20, 14)
        outer.setSpacing(12)
        columns = QHBoxLayout()
        columns.setSpacing(32)
        left, right = QVBoxLayout(), QVBoxLayout()
        left.setSpacing(6)
        right.setSpacing(6)
        columns.addLayout(left, 1)
        columns.addLayout(right, 1)
        outer.addLayout(columns, 1)
        self._group(left, _("到处可用"), shortcuts.window)
        self._group(left, _("列表里"), table_keys())
        if shortcuts.page:
            self._group(right, shortcuts.page_title, shortcuts.page)
        self._group(right, _("页面"), shortcuts.pages)
        left.addStretch(1)
        right.addStretch(1)
        close = button(_("关闭"), self.accept, keys="Esc")
        outer.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        close.setFocus()

    def _group(self, column: QVBoxLayout, title: str, keys: Keys) -> None:
        column.addWidget(label(title, name="sectionHeading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, (key, meaning) in enumerate(keys):
            grid.addWidget(label(key, name="keycap"), row, 0, Qt.AlignmentFlag.AlignLeft)
            grid.addWidget(label(meaning), row, 1)
        column.addLayout(grid)
