"""Long jobs under way: what, how far, and Cancel. Work goes on beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from resources.translations import gettext as _
from views.widgets.panel import button, label

if TYPE_CHECKING:
    from views.tasks import Job


class JobLine(QFrame):
    """One job: title, bar, words, Cancel."""

    def __init__(self, job: Job, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._job = job
        self._words = label("", "muted")
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 0)
        self.bar.setMinimumWidth(180)
        self.bar.setAccessibleName(job.title)
        self.cancel = button(_("取消"), self._on_cancel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 5, 8, 5)
        layout.setSpacing(10)
        layout.addWidget(label(job.title))
        layout.addWidget(self.bar, 1)
        layout.addWidget(self._words)
        layout.addWidget(self.cancel)
        job.progressed.connect(self._on_progressed)
        job.finished.connect(self.deleteLater)

    def _on_progressed(self, done: int, total: int, text: str) -> None:
        self.bar.setRange(0, max(total, 0))
        self.bar.setValue(done)
        counts = f"{done:,} / {total:,}" if total else f"{done:,}"
        self._words.setText(f"{text}  {counts}" if text else counts)

    def _on_cancel(self) -> None:
        self._job.cancel()
        self.cancel.setEnabled(False)
        self.cancel.setText(_("正在取消…"))


class ProgressPanel(QWidget):
    """The lines of all jobs under way; takes no room when there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)

    def add(self, job: Job) -> JobLine:
        """Show *job* until it is finished."""
        line = JobLine(job, self)
        self._column.addWidget(line)
        return line
