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
        assert "文件" in dialog.labelText(QFileDialog.DialogLabel.FileName)
    finally:
        qapp.removeTranslator(translator)


def test_a_language_that_qt_has_no_words_for_changes_nothing(qapp: QApplication) -> None:
    assert speak(qapp, "xx") is None
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Cancel"
