"""Local state of the screens in one JSON file of the profile: sizes, columns, scheme, the last page.

Written beside and renamed over, so that a power cut leaves the old or the new file, never half of one. A
file that cannot be read is set aside and forgotten: preferences are never worth a failed start.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer

SAVE_AFTER_MS = 800


class FilePreferences(QObject):
    """Reads once, saves a moment after a change, and for certain on `save`."""

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._values = self._read()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_AFTER_MS)
        self._timer.timeout.connect(self.save)

    def get(self, key: str, default: Any = None) -> Any:
        """The value saved under *key*; it must not be changed in place."""
        return self._values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Keep *value* (plain JSON) under *key*."""
        if self._values.get(key) != value:
            self._values[key] = value
            self._timer.start()

    def save(self) -> None:
        """Write what changed now; a full or read-only disk is no reason to trouble anybody."""
        self._timer.stop()
        text = json.dumps(self._values, ensure_ascii=False, indent=1, sort_keys=True)
        beside = self._path.with_suffix(".new")
        with contextlib.suppress(OSError):
            with beside.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)

    def _read(self) -> dict[str, Any]:
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            with contextlib.suppress(OSError):
                self._path.replace(self._path.with_suffix(".unreadable"))
            return {}
        return values if isinstance(values, dict) else {}
