"""Qt's own words (file dialog, menus of text fields, standard buttons) in the language of the program."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QTranslator
from PySide6.QtWidgets import QApplication


def speak(qt: QApplication, language: str) -> QTranslator | None:
    """Show Qt's words in *language* (a key of ``resources.translations.LANGUAGES``); None where Qt has no
    file for it, and then they are English."""
    translator = QTranslator(qt)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if not translator.load(f"qtbase_{language}", folder):
        translator.deleteLater()
        return None
    qt.installTranslator(translator)
    return translator
