"""Colours and the style sheet: tokens by name, light and dark. Free of Qt."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template


@dataclass(frozen=True)
class Tokens:
    """Colours as ``#RRGGBB``. Each text colour has a contrast of at least 4.5 : 1 on the surfaces it stands
    on (a test measures it). ``*_soft`` are the grounds behind a text of that tone."""

    is_dark: bool
    canvas: str
    surface: str
    raised: str
    border: str
    border_strong: str
    text: str
    muted: str
    accent: str
    on_accent: str
    accent_hover: str
    accent_soft: str
    accent_text: str
    good: str
    good_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    highlight: str
    on_highlight: str
    rail: str
    rail_text: str
    rail_muted: str
    rail_hover: str
    rail_chosen: str
    rail_mark: str
    focus: str

    def tone(self, name: str) -> str:
        """The text colour of a tone (``normal`` is the text colour)."""
        tones = {"muted": self.muted, "accent": self.accent_text, "good": self.good, "warn": self.warn}
        return {**tones, "bad": self.bad}.get(name, self.text)

    def ground(self, name: str) -> str:
        """The soft ground of a tone."""
        grounds = {"accent": self.accent_soft, "good": self.good_soft, "warn": self.warn_soft}
        return {**grounds, "bad": self.bad_soft}.get(name, self.raised)


LIGHT = Tokens(
    is_dark=False,
    canvas="#F2F5F7",
    surface="#FFFFFF",
    raised="#F6F8F9",
    border="#DFE5E9",
    border_strong="#BCC7CF",
    text="#17232D",
    muted="#5A6975",
    accent="#0E6F69",
    on_accent="#FFFFFF",
    accent_hover="#0B5E59",
    accent_soft="#E1F1EF",
    accent_text="#0A5D58",
    good="#1A7344",
    good_soft="#E4F4EA",
    warn="#8F5200",
    warn_soft="#FFF2DC",
    bad="#B1221B",
    bad_soft="#FDEAE8",
    highlight="#FFE694",
    on_highlight="#17232D",
    rail="#11333A",
    rail_text="#E4EEEF",
    rail_muted="#A3BDC1",
    rail_hover="#1A434B",
    rail_chosen="#225660",
    rail_mark="#5FD0C2",
    focus="#0E8C84",
)

DARK = Tokens(
    is_dark=True,
    canvas="#12171B",
    surface="#1A2026",
    raised="#212930",
    border="#2D373F",
    border_strong="#46535D",
    text="#E4EAEE",
    muted="#9AA8B3",
    accent="#217A74",
    on_accent="#FFFFFF",
    accent_hover="#26857E",
    accent_soft="#1B3B3D",
    accent_text="#6FD3C8",
    good="#6CCB95",
    good_soft="#17352A",
    warn="#EBB557",
    warn_soft="#3A2E17",
    bad="#F5938B",
    bad_soft="#41211F",
    highlight="#6B5714",
    on_highlight="#FFF3CC",
    rail="#0C1518",
    rail_text="#DCE7E8",
    rail_muted="#8FA8AC",
    rail_hover="#15262A",
    rail_chosen="#1D3A40",
    rail_mark="#5FD0C2",
    focus="#4DB6AC",
)


def style_sheet(tokens: Tokens, *, font_px: int) -> str:
    """The style sheet of the program with the tokens filled in. Sizes follow *font_px* (13 at normal text
    size)."""
    template = Template((Path(__file__).parent / "app.qss").read_text(encoding="utf-8"))
    sizes = {"small": font_px - 1, "body": font_px, "large": font_px + 2, "title": font_px + 5}
    icons = Path(__file__).parent.parent / "icons"
    arrow = icons / f"chevron-{'dark' if tokens.is_dark else 'light'}.svg"
    pictures = {"arrow": arrow.as_posix(), "check": (icons / "check.svg").as_posix()}
    values = {f"px_{name}": px for name, px in sizes.items()}
    return template.substitute({**asdict(tokens), **values, **pictures})
