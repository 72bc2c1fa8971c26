"""Asking where a file shall go, without stopping the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from views.file_places import documents


def ask_for_file(
    parent: QWidget, title: str, name: str, kinds: str, run: Callable[[Path], object]
) -> QFileDialog:
    """The system's dialog for a new file; *run* gets the path when one was chosen."""
    dialog = QFileDialog(parent, title, str(documents() / name), kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.selectFile(name)
    dialog.fileSelected.connect(lambda path: run(Path(path)))
    dialog.open()
    return dialog
