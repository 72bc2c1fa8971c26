"""What a new site does first: the steps, each with its key, and which are done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QLabel

from models.queries.morning import Readiness
from resources.translations import gettext as _
from views.widgets.action_bar import CommandButton
from views.widgets.look import set_tone
from views.widgets.panel import Panel, label


@dataclass(frozen=True)
class Step:
    """One thing to do; all words translated."""

    key: str
    hint: str
    action: QAction


class StartPanel(Panel):
    """Stands in for the list of tickets while there can be none."""

    def __init__(self, steps: Sequence[Step]) -> None:
        super().__init__(padding=22, spacing=12)
        self._marks: dict[str, QLabel] = {}
        self._buttons: dict[str, CommandButton] = {}
        self.body.addWidget(label(_("开始使用"), name="pageTitle"))
        self.body.addWidget(
            label(_("先把档案和人员放进来，就可以接第一个电话了。顺序不限。"), "muted", wraps=True)
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(2, 1)
        for row, step in enumerate(steps):
            self._marks[step.key] = label("○")
            self._buttons[step.key] = CommandButton(step.action, self, is_primary=row == 0)
            grid.addWidget(self._marks[step.key], row, 0)
            grid.addWidget(self._buttons[step.key], row, 1)
            grid.addWidget(label(step.hint, "muted", wraps=True), row, 2)
        self.body.addLayout(grid)
        self.body.addStretch(1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_readiness(self, ready: Readiness) -> None:
        done = {"archive": ready.rooms > 0, "staff": ready.staff > 1, "hq": ready.is_enrolled}
        for key, mark in self._marks.items():
            is_done = done.get(key, False)
            mark.setText("✓" if is_done else "○")
            mark.setAccessibleName(_("已完成") if is_done else _("未完成"))
            set_tone(mark, "good" if is_done else "muted")
