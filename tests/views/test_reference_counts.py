"""PySide6 6.12.0 on Python 3.11 loses a reference to ``None`` on many calls and aborts after some 7,000 of
them.

The dependency is held under 6.12 for that; this test tells when a version that does it comes in again.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

CALLS = 3_000
SLACK = 500
"""Other code holds and drops ``None`` meanwhile."""


def test_none_is_not_lost_by_many_calls(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    line, box = QLineEdit(window), QComboBox(window)
    box.addItem("甲", None)
    model = QStandardItemModel(1, 1, window)
    model.setItem(0, 0, QStandardItem("甲"))
    index = model.index(0, 0)
    before = sys.getrefcount(None)
    for _call in range(CALLS):
        line.setText("甲")
        line.setProperty("tone", None)
        line.property("tone")
        box.itemData(0)
        box.setItemData(0, None)
        model.data(index, Qt.ItemDataRole.UserRole)
        model.itemFromIndex(QModelIndex())
        window.layout()
        window.parentWidget()
        window.setParent(None)
    assert before - sys.getrefcount(None) < SLACK
