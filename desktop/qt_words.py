"""Qt's own words (file dialog, menus of text fields, standard buttons) in the language of the program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QLibraryInfo, QTranslator
from PySide6.QtWidgets import QApplication

from resources.translations import N_

_LACKING: Mapping[str, str] = {
    "Look in:": N_("位置："),
    "Files of type:": N_("文件类型："),
    "File name:": N_("文件名："),
    "Folder": N_("文件夹"),
    "File Folder": N_("文件夹"),
    "Size": N_("大小"),
}
"""What Qt's Chinese lacks or words oddly: Qt's English (without the marks of
mnemonics) → Chinese, for its file dialog."""
_CONTEXTS = frozenset({"QFileDialog", "QFileSystemModel", "QAbstractFileIconProvider", "QFileIconProvider"})


class _Words(QTranslator):
    """Qt's own file of words, with the few that it lacks."""

    def translate(self, context: Any, source: Any, disambiguation: Any = None, n: int = -1) -> Any:
        """None leaves *source* as it is."""
        plain = source.replace("&", "") if context in _CONTEXTS and source else ""
        if plain in _LACKING:
            return _LACKING[plain]
        return super().translate(context, source, disambiguation or "", n) or None


def speak(qt: QApplication, language: str) -> QTranslator | None:
    """Show Qt's words in *language* (a key of ``resources.translations.LANGUAGES``); None where Qt has no
    file for it or is English anyhow."""
    if not language.startswith("zh"):
        return None
    translator = _Words(qt)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if not translator.load(f"qtbase_{language}", folder):
        translator.deleteLater()
        return None
    qt.installTranslator(translator)
    return translator
