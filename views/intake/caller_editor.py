"""The caller: anybody's name, the people of the household offered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from models.queries.household_card import Member
from views.widgets.editors import Editor


class CallerEditor(Editor):
    """A name; ``member`` is the one of the household who bears it."""

    def __init__(self, parent: QWidget) -> None:
        self.box = QComboBox(parent)
        self.box.setEditable(True)
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._line = QLineEdit(self.box)
        self.box.setLineEdit(self._line)
        super().__init__(self.box)
        self._members: tuple[Member, ...] = ()
        self.box.editTextChanged.connect(lambda _text: self.changed.emit())

    @property
    def member(self) -> Member | None:
        name = self.value()
        return next((one for one in self._members if one.name == name), None)

    def offer(self, members: Sequence[Member]) -> None:
        """Offer these people; what is typed stays."""
        text = self.box.currentText()
        self._members = tuple(members)
        with QSignalBlocker(self.box):
            self.box.clear()
            self.box.addItems([one.name for one in members])
            self.box.setEditText(text)

    def value(self) -> Any:
        return self.box.currentText().strip()

    def set_value(self, value: Any) -> None:
        text = str(value or "")
        if text != self.box.currentText():
            self.box.setEditText(text)
            self._line.setCursorPosition(0)
