"""Keeps Python's cycle collector still while the program starts: it would go through all modules again and
again, and nearly all that is made now stays."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

LONGEST_MS = 15_000
"""After that the collector works again, whatever the start waits for."""


class QuietStart(QObject):
    """From its making until `end`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._is_ours = gc.isenabled()
        gc.disable()
        QTimer.singleShot(LONGEST_MS, self, self.end)

    def end(self) -> None:
        """What is there now counts as old, so that the collector does not go through it at once."""
        if self._is_ours:
            self._is_ours = False
            gc.freeze()
            gc.unfreeze()
            gc.enable()
