"""Headquarters' web pages: templates and the one style sheet. Data, free of any framework."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from resources.styles import DARK, LIGHT, Tokens

TEMPLATES = Path(__file__).parent / "templates"
ICON = Path(__file__).parent.parent / "icons" / "app.svg"


def _variables(tokens: Tokens) -> str:
    colours = {name: value for name, value in asdict(tokens).items() if isinstance(value, str)}
    return "".join(f"--{name.replace('_', '-')}:{value};" for name, value in colours.items())


def style_sheet() -> str:
    """The style sheet with the desk's own colours, light and dark by the browser's wish."""
    sheet = (Path(__file__).parent / "console.css").read_text(encoding="utf-8")
    dark = f"@media (prefers-color-scheme:dark){{:root{{color-scheme:dark;{_variables(DARK)}}}}}"
    return f":root{{color-scheme:light;{_variables(LIGHT)}}}\n{dark}\n{sheet}"
