"""Light, dark and text sizes; contrast; every sign on the screen is in our font."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.theme import TEXT_SIZES, Scheme, Theme
from resources import fonts
from resources.styles import DARK, LIGHT, Tokens, style_sheet
from resources.translations import catalogue
from views.widgets.look import app_tokens

ROOT = Path(__file__).parent.parent.parent
ENOUGH = 4.5
"""WCAG AA for text of normal size."""


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    style, font, palette = qapp.styleSheet(), qapp.font(), qapp.palette()
    made = Theme(qapp)
    yield made
    made.deleteLater()
    qapp.setStyleSheet(style)
    qapp.setFont(font)
    qapp.setPalette(palette)


def luminance(colour: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    shown = QColor(colour)
    return 0.2126 * linear(shown.redF()) + 0.7152 * linear(shown.greenF()) + 0.0722 * linear(shown.blueF())


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def pairs(tokens: Tokens) -> dict[str, tuple[str, str]]:
    """Every text with the grounds it stands on."""
    texts = {name: getattr(tokens, name) for name in ("text", "muted", "accent_text", "good", "warn", "bad")}
    found = {
        f"{name} on {ground}": (colour, getattr(tokens, ground))
        for name, colour in texts.items()
        for ground in ("surface", "canvas", "raised", "accent_soft")
    }
    for tone in ("good", "warn", "bad"):
        found[f"{tone} on its own"] = (getattr(tokens, tone), getattr(tokens, f"{tone}_soft"))
        found[f"text on {tone}_soft"] = (tokens.text, getattr(tokens, f"{tone}_soft"))
    found["button"] = (tokens.on_accent, tokens.accent)
    found["mark"] = (tokens.on_highlight, tokens.highlight)
    found["rail"] = (tokens.rail_text, tokens.rail_chosen)
    found["rail keys"] = (tokens.rail_muted, tokens.rail)
    found["badge"] = (tokens.rail, tokens.rail_mark)
    return found


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read(tokens: Tokens) -> None:
    weak = {
        name: round(contrast(*pair), 2) for name, pair in pairs(tokens).items() if contrast(*pair) < ENOUGH
    }
    assert weak == {}


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_focus_ring_can_be_seen(tokens: Tokens) -> None:
    assert contrast(tokens.focus, tokens.surface) >= 3


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_style_sheet_is_filled_in(tokens: Tokens) -> None:
    sheet = style_sheet(tokens, font_px=13)
    assert "$" not in sheet
    assert sheet.count("{") == sheet.count("}")


def test_painted_widgets_follow_the_scheme(theme: Theme) -> None:
    theme.apply(Scheme.DARK)
    assert app_tokens() is DARK
    assert QApplication.palette().color(QPalette.ColorRole.Text) == QColor(DARK.text)
    theme.apply(Scheme.LIGHT)
    assert app_tokens() is LIGHT


def test_text_size_reaches_the_font_and_the_style_sheet(
    theme: Theme, qapp: QApplication, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(theme.changed):
        theme.apply(Scheme.LIGHT, TEXT_SIZES[-1])
    assert qapp.font().pixelSize() == 20
    assert "font-size: 25px" in qapp.styleSheet()


@pytest.mark.skipif(not fonts.is_ready(), reason="the fonts have not been made")
def test_our_font_is_used(theme: Theme, qapp: QApplication) -> None:
    theme.apply(Scheme.LIGHT)
    assert qapp.font().family() == fonts.faces.FAMILY
    assert fonts.faces.FAMILY in QFontDatabase.families()


@pytest.mark.skipif(not fonts.is_ready(), reason="the fonts have not been made")
def test_every_sign_on_the_screen_is_in_our_font() -> None:
    """What is missing would show as a box, or in another font on each computer."""
    from fontTools.ttLib import TTFont

    with TTFont(fonts.paths()["sc-regular"]) as font:
        known = set(font.getBestCmap())
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "views").rglob("*.py"))]
    texts += [path.read_text(encoding="utf-8") for path in sorted((ROOT / "desktop").rglob("*.py"))]
    texts += [path.read_text(encoding="utf-8") for path in sorted((ROOT / "resources").glob("*.py"))]
    for path in sorted((ROOT / "resources" / "translations" / "en.po.d").glob("*.po")):
        texts += [entry.source + entry.translation for entry in catalogue.read_entries(path)]
    missing = {sign for text in texts for sign in text if ord(sign) > 0x7E and ord(sign) not in known}
    assert missing == set()
