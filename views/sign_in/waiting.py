"""What stands in the window until the file is open: light, because it is there before anything else."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from resources.translations import gettext as _
from views.widgets.panel import label


class Waiting(QWidget):
    """While the file is being opened: one line, so that the window is never blank."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("canvas")
        column = QVBoxLayout(self)
        self.words = label(_("正在打开本机数据…"), "muted", wraps=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.words)
