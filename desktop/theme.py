"""How the program looks: Fusion, a palette and a small style sheet from the tokens; light, dark or as the
system.

The Chinese font is our own (``resources.fonts``), so that every computer shows the same; where it has not
been made yet the system's font stands in.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from resources import fonts
from resources.styles import DARK, LIGHT, Tokens, style_sheet

BASE_FONT_PX = 13
TEXT_SIZES = (0.9, 1.0, 1.15, 1.3, 1.5)


class Scheme(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


def palette_of(tokens: Tokens) -> QPalette:
    """The palette of the tokens, so that even widgets the style sheet does not name look right."""
    role = QPalette.ColorRole
    colours = {
        role.Window: tokens.canvas,
        role.WindowText: tokens.text,
        role.Base: tokens.surface,
        role.AlternateBase: tokens.raised,
        role.Text: tokens.text,
        role.Button: tokens.surface,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.bad,
        role.Highlight: tokens.accent,
        role.HighlightedText: tokens.on_accent,
        role.Link: tokens.accent_text,
        role.LinkVisited: tokens.accent_text,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text,
        role.PlaceholderText: tokens.muted,
        role.Light: tokens.surface,
        role.Midlight: tokens.raised,
        role.Mid: tokens.border,
        role.Dark: tokens.border_strong,
        role.Shadow: tokens.border_strong,
    }
    palette = QPalette()
    for name, colour in colours.items():
        palette.setColor(name, QColor(colour))
    disabled = QPalette.ColorGroup.Disabled
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(disabled, name, QColor(tokens.muted))
    return palette


def load_fonts() -> str:
    """Give our main font to Qt; returns the family to ask for, or ``""`` if it has not been made yet."""
    if not fonts.is_ready():
        return ""
    families = [family for key, path in fonts.paths().items() if _is_main(key) for family in _loaded(path)]
    return families[0] if families else ""


def load_rare_fonts() -> None:
    """The faces for characters that the main font lacks: not needed for the first paint."""
    if fonts.is_ready():
        for key, path in fonts.paths().items():
            if not _is_main(key):
                _loaded(path)


def _is_main(key: str) -> bool:
    return key.startswith("sc-")


def _loaded(path: Path) -> list[str]:
    number = QFontDatabase.addApplicationFont(str(path))
    return QFontDatabase.applicationFontFamilies(number) if number >= 0 else []


def application_font(family: str, font_px: int) -> QFont:
    font = QFont(family) if family else QFont(QApplication.font())
    font.setPixelSize(font_px)
    font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    return font


class Theme(QObject):
    """The look in force; `apply` changes it at any time."""

    changed = Signal()

    def __init__(self, application: QApplication, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._application = application
        self._family = load_fonts()
        self.scheme = Scheme.SYSTEM
        self.text_size = 1.0
        application.setStyle("Fusion")
        hints = application.styleHints()
        hints.colorSchemeChanged.connect(lambda _scheme: self._follow_system())

    def apply(self, scheme: Scheme | str | None = None, text_size: float | None = None) -> None:
        """Show the program in this scheme with texts of this size (1.0 is normal); ``None`` keeps what is."""
        self.scheme = Scheme(scheme) if scheme is not None else self.scheme
        self.text_size = text_size if text_size is not None else self.text_size
        tokens = self.tokens
        font_px = round(BASE_FONT_PX * self.text_size)
        self._application.setPalette(palette_of(tokens))
        self._application.setFont(application_font(self._family, font_px))
        self._application.setStyleSheet(style_sheet(tokens, font_px=font_px))
        self.changed.emit()

    @property
    def tokens(self) -> Tokens:
        if self.scheme is Scheme.SYSTEM:
            is_dark = self._application.styleHints().colorScheme() is Qt.ColorScheme.Dark
            return DARK if is_dark else LIGHT
        return DARK if self.scheme is Scheme.DARK else LIGHT

    def _follow_system(self) -> None:
        if self.scheme is Scheme.SYSTEM:
            self.apply()
