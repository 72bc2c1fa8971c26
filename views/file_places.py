"""Where a dialog for files starts: in the folder used last, else among the person's documents."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths

from views.context import Preferences

KEY = "files/folder"


def documents() -> Path:
    """The person's folder of documents; the home folder where there is none."""
    found = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(found) if found and Path(found).is_dir() else Path.home()


def last_folder(preferences: Preferences, key: str = KEY) -> Path:
    """The folder of the file chosen last under *key*, if it is still there; else `documents`."""
    saved = str(preferences.get(key, "") or "")
    return Path(saved) if saved and Path(saved).is_dir() else documents()


def remember(preferences: Preferences, path: Path, key: str = KEY) -> None:
    """*path* was chosen: the next dialog starts beside it."""
    preferences.set(key, str(path.parent))
