"""Editors of forms that choose a resident or a room while typing, and tags from the library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit, QPushButton, QVBoxLayout, QWidget

from models.queries.residents import ResidentFilter, ResidentRow, first_residents
from models.queries.rooms import RoomFilter, RoomRow, first_rooms
from resources.translations import gettext as _
from views.tasks import TaskRunner
from views.widgets.editors import Editor
from views.widgets.flow_layout import FlowLayout

MOST = 12
ID_ROLE = Qt.ItemDataRole.UserRole + 1


class PickEditor(Editor):
    """One line; what is typed is looked for, a choice from the list gives the id. ``value()``: id or None."""

    def __init__(
        self,
        parent: QWidget,
        tasks: TaskRunner,
        find: Callable[..., Sequence[Any]],
        ask: Callable[[str], Any],
        words: Callable[[Any], str],
    ) -> None:
        self.line = QLineEdit(parent)
        super().__init__(self.line)
        self._tasks, self._find, self._ask, self._words = tasks, find, ask, words
        self._id: str | None = None
        self._chosen_text = ""
        self._items = QStandardItemModel(self)
        self._completer = QCompleter(self._items, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(MOST)
        self._completer.setWidget(self.line)
        self._completer.popup().activated.connect(self._on_chosen)  # type: ignore[union-attr]
        self.line.textEdited.connect(self._on_typed)

    def value(self) -> Any:
        return self._id

    def set_value(self, value: Any) -> None:
        """An (id, words) pair, or None for nothing."""
        self._id, self._chosen_text = value if value else (None, "")
        with QSignalBlocker(self.line):
            self.line.setText(self._chosen_text)

    def problem(self) -> str:
        is_open = bool(self.line.text().strip()) and self._id is None
        return _("请从列表中选择，或清空此项") if is_open else ""

    def offered(self) -> list[str]:
        """The words of what was found for the text."""
        return [self._items.item(row).text() for row in range(self._items.rowCount())]

    def choose(self, row: int) -> None:
        """Choose the *row*-th of what was found."""
        item = self._items.item(row)
        self._id, self._chosen_text = item.data(ID_ROLE), item.text()
        self.line.setText(self._chosen_text)
        self.changed.emit()

    def _on_typed(self, text: str) -> None:
        self._id = None
        self.changed.emit()
        if text.strip():
            self._tasks.read_latest(
                self, "pick", self._find, self._ask(text.strip()), None, MOST, on_done=self._on_found
            )
        else:
            self._items.clear()

    def _on_found(self, rows: Sequence[Any]) -> None:
        self._items.clear()
        for row in rows:
            item = QStandardItem(self._words(row))
            item.setData(row.id, ID_ROLE)
            item.setEditable(False)
            self._items.appendRow(item)
        if rows and self.line.hasFocus():
            self._completer.complete()
            popup = self._completer.popup()
            if popup is not None:
                popup.setCurrentIndex(self._completer.completionModel().index(0, 0))

    def _on_chosen(self, index: QModelIndex) -> None:
        self.choose(index.row())


def _resident_words(row: ResidentRow) -> str:
    return " · ".join(part for part in (row.name, row.room_codes, row.phone) if part)


def _room_words(row: RoomRow) -> str:
    return " · ".join(part for part in (row.code, row.owners or row.occupants) if part)


def resident_picker(tasks: TaskRunner) -> Callable[[QWidget], Editor]:
    """Finds by name, customer number, last digits of a phone, or room."""

    def make(parent: QWidget) -> Editor:
        return PickEditor(
            parent, tasks, first_residents, lambda text: ResidentFilter(text=text), _resident_words
        )

    return make


def room_picker(tasks: TaskRunner) -> Callable[[QWidget], Editor]:
    """Finds by room code in any spelling, or by who lives there."""

    def make(parent: QWidget) -> Editor:
        return PickEditor(parent, tasks, first_rooms, lambda text: RoomFilter(text=text), _room_words)

    return make


class TagsEditor(Editor):
    """The tags of the library as chips to press, and a line for new ones. ``value()``: names in order."""

    def __init__(self, parent: QWidget, library: Sequence[str]) -> None:
        holder = QWidget(parent)
        super().__init__(holder)
        self._chips: dict[str, QPushButton] = {}
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        self._cloud = QWidget(holder)
        self._flow = FlowLayout(self._cloud, spacing=5)
        for name in library:
            self._add_chip(name)
        self._cloud.setVisible(bool(library))
        column.addWidget(self._cloud)
        self.line = QLineEdit(holder)
        self.line.setPlaceholderText(_("新标签，用顿号或逗号分开"))
        self.line.textChanged.connect(lambda _text: self.changed.emit())
        column.addWidget(self.line)
        holder.setFocusProxy(self.line)

    def _add_chip(self, name: str) -> QPushButton:
        chip = QPushButton(name, self._cloud)
        chip.setObjectName("chip")
        chip.setCheckable(True)
        chip.setAutoDefault(False)
        chip.toggled.connect(lambda _on: self.changed.emit())
        self._chips[name] = chip
        self._flow.addWidget(chip)
        return chip

    def value(self) -> Any:
        typed = self.line.text()
        for sign in "，,；;":
            typed = typed.replace(sign, "、")
        new = [" ".join(part.split()) for part in typed.split("、")]
        pressed = [name for name, chip in self._chips.items() if chip.isChecked()]
        return tuple(dict.fromkeys([*pressed, *(name for name in new if name)]))

    def set_value(self, value: Any) -> None:
        wanted = list(value or ())
        for name in wanted:
            if name not in self._chips:
                self._add_chip(name)
        self._cloud.setVisible(bool(self._chips))
        for name, chip in self._chips.items():
            chip.setChecked(name in wanted)
        self.line.clear()

    def words(self, value: Any) -> str:
        return "、".join(value or ())
