"""Files to be attached when a form is saved: chosen in a dialog or dropped; checked before they are taken."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QVBoxLayout, QWidget

from resources.translations import gettext as _
from views.file_places import documents
from views.widgets.card import Card, Piece
from views.widgets.editors import Editor
from views.widgets.look import set_tone
from views.widgets.panel import button, label

MEGABYTE = 1024 * 1024
LARGEST = 50 * MEGABYTE
"""What a file may have at most; the parameter may allow less, and the service says so."""


def size_words(size: int) -> str:
    """``1.2 MB``"""
    return f"{size / MEGABYTE:.1f} MB" if size >= MEGABYTE else f"{max(size / 1024, 0.1):.1f} KB"


def dropped_files(event: QDropEvent) -> list[Path]:
    """The local files of a drop; folders and links to elsewhere are left out."""
    urls = event.mimeData().urls() if event.mimeData().hasUrls() else []
    paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    return [path for path in paths if path.is_file()]


def too_large(paths: list[Path]) -> list[Path]:
    return [path for path in paths if path.stat().st_size > LARGEST]


class DropArea(QFrame):
    """Takes dropped files and hands them to *on_files*."""

    def __init__(self, parent: QWidget | None, on_files: Any) -> None:
        super().__init__(parent)
        self._on_files = on_files
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_files(event):
            event.acceptProposedAction()
            set_tone(self, "accent")

    def dragLeaveEvent(self, _event: Any) -> None:
        set_tone(self, "")

    def dropEvent(self, event: QDropEvent) -> None:
        set_tone(self, "")
        paths = dropped_files(event)
        if paths:
            event.acceptProposedAction()
            self._on_files(paths)


def ask_for_files(parent: QWidget) -> list[Path]:
    """The files that the person chose, none if the dialog was left."""
    names, _filter = QFileDialog.getOpenFileNames(parent, _("添加附件"), _folder_to_open())
    return [Path(name) for name in names]


def _folder_to_open() -> str:
    """Where the dialog was last in this run (the empty text, to Qt), at first the documents."""
    visited = QFileDialog().directory().absolutePath()
    return str(documents()) if Path(visited) == Path.cwd() else ""


class FilesEditor(Editor):
    """``value()``: the paths chosen."""

    def __init__(self, parent: QWidget) -> None:
        self._paths: list[Path] = []
        self.area = DropArea(parent, self.add)
        column = QVBoxLayout(self.area)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._button = button(_("选择文件…"), self._choose)
        self._list = Card()
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(label(_("照片、视频、录音，每个不超过 50 MB；也可以拖到这里"), "muted", wraps=True))
        column.addWidget(self._list)
        self.area.setFocusProxy(self._button)
        super().__init__(self.area)
        self._show()

    def value(self) -> Any:
        return tuple(self._paths)

    def set_value(self, value: Any) -> None:
        self._paths = list(value or ())
        self._show()

    def problem(self) -> str:
        wrong = too_large(self._paths)
        return _("“{name}”超过 50 MB").format(name=wrong[0].name) if wrong else ""

    def typed(self) -> Any:
        return [str(path) for path in self._paths]

    def add(self, paths: list[Path]) -> None:
        """Take further files."""
        self._paths += [path for path in paths if path not in self._paths]
        self._show()
        self.changed.emit()

    def _choose(self) -> None:
        self.add(ask_for_files(self.area))

    def _remove(self, path: Path) -> None:
        self._paths.remove(path)
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self._list.setVisible(bool(self._paths))
        self._list.show_lines(
            [
                [
                    Piece(path.name),
                    Piece(size_words(path.stat().st_size), "muted"),
                    Piece(_("移除"), run=partial(self._remove, path)),
                ]
                for path in self._paths
            ]
        )
