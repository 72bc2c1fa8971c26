"""The category as a choice that is searched: its whole path is shown, any part or its initials finds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSignalBlocker, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit, QWidget

from models.queries.categories import CategoryNode
from models.search import pinyin
from resources.translations import gettext as _
from views.widgets.editors import Editor

SEARCHED = Qt.ItemDataRole.UserRole + 1
SHOWN_ROWS = 14


class _PathCompleter(QCompleter):
    """Looks in path and initials, puts the path in."""

    def __init__(self, model: QStandardItemModel, parent: QObject) -> None:
        super().__init__(model, parent)
        self.setCompletionRole(SEARCHED)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setMaxVisibleItems(SHOWN_ROWS)

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        return str(index.data(Qt.ItemDataRole.DisplayRole))


class CategoryEditor(Editor):
    """The id of a category or ``None``. `set_tree` gives it what may be chosen."""

    def __init__(self, parent: QWidget, tree: Sequence[CategoryNode] = ()) -> None:
        self.box = QComboBox(parent)
        self.box.setEditable(True)
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.box.setMaxVisibleItems(SHOWN_ROWS)
        self.box.setMinimumContentsLength(10)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        super().__init__(self.box)
        self._model = QStandardItemModel(self)
        self._wanted: str | None = None
        self.box.setModel(self._model)
        completer = _PathCompleter(self._model, self)
        line = self._line = QLineEdit(self.box)
        self.box.setLineEdit(line)
        self.box.setCompleter(completer)
        line.setPlaceholderText(_("打几个字或首字母，如 漏水、ls"))
        line.editingFinished.connect(self._tidy)
        self.set_tree(tree)
        self.box.currentIndexChanged.connect(self._on_chosen)
        completer.activated.connect(self._on_completed)

    def set_tree(self, tree: Sequence[CategoryNode]) -> None:
        """Offer these; what is chosen stays."""
        chosen = self.value()
        with QSignalBlocker(self.box):
            self._model.clear()
            nothing = QStandardItem("")
            nothing.setData("", SEARCHED)
            self._model.appendRow(nothing)
            for node in tree:
                item = QStandardItem(node.path)
                item.setData(node.id, Qt.ItemDataRole.UserRole)
                item.setData(f"{node.path} {initials_of(node.name)}", SEARCHED)
                self._model.appendRow(item)
            self._go_to(chosen)

    def value(self) -> Any:
        if self._wanted is not None:
            return self._wanted
        index = self.box.currentIndex()
        is_its_text = index >= 0 and self.box.itemText(index) == self.box.currentText()
        return self.box.itemData(index) if is_its_text else None

    def set_value(self, value: Any) -> None:
        before = self.value()
        with QSignalBlocker(self.box):
            self._go_to(value)
        if self.value() != before:
            self.changed.emit()

    def words(self, value: Any) -> str:
        return self.box.itemText(self.box.findData(value)) if value else ""

    def problem(self) -> str:
        is_known = self.value() is not None or not self.box.currentText().strip()
        return "" if is_known else _("没有这个类别，请从列表中选")

    def _go_to(self, value: Any) -> None:
        """Choose *value*; one that is not offered yet is kept until the tree comes."""
        place = self.box.findData(value) if value else 0
        self._wanted = str(value) if value and place < 0 else None
        self.box.setCurrentIndex(place)
        self.box.setEditText(self.box.itemText(place) if place >= 0 else "")
        self._line.setCursorPosition(0)

    def _on_chosen(self, _index: int) -> None:
        self._wanted = None
        self.changed.emit()

    def _on_completed(self, path: str) -> None:
        place = self.box.findText(path)
        if place >= 0 and place != self.box.currentIndex():
            self.box.setCurrentIndex(place)
        elif place >= 0:
            self.changed.emit()

    def _tidy(self) -> None:
        """Leaving with a part of a path typed: take it if only one category answers to it."""
        text = self.box.currentText().strip().lower()
        if not text or self.value() is not None:
            return
        rows = range(1, self._model.rowCount())
        found = [row for row in rows if text in str(self._model.item(row).data(SEARCHED)).lower()]
        if len(found) == 1:
            self.box.setCurrentIndex(found[0])


def initials_of(name: str) -> str:
    """``管道漏水`` → ``gdls``, for those who type no Chinese."""
    forms = pinyin.initial_forms(pinyin.units(name, is_company=True))
    return " ".join(forms)
