"""Qt's own words in the language of the program."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from desktop.qt_words import speak


def test_the_file_dialog_speaks_chinese(qtbot: QtBot, qapp: QApplication) -> None:
    translator = speak(qapp, "zh_CN")
    assert translator is not None
    try:
        dialog = QFileDialog()
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        qtbot.addWidget(dialog)
        assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "取消"
        names = {
            QFileDialog.DialogLabel.FileName: "文件",
            QFileDialog.DialogLabel.LookIn: "位置",
            QFileDialog.DialogLabel.FileType: "文件类型",
        }
        assert all(words in dialog.labelText(which) for which, words in names.items())
        assert QCoreApplication.translate("Nowhere", "Look in:") == "Look in:", "other words stay"
    finally:
        qapp.removeTranslator(translator)


def test_a_language_that_qt_has_no_words_for_changes_nothing(qapp: QApplication) -> None:
    assert speak(qapp, "zh_XX") is None
    assert speak(qapp, "en") is None
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Cancel"
