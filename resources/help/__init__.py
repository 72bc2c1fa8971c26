"""Help pages: Markdown, one a screen, in each language; the Chinese one stands in for a missing
translation."""

from __future__ import annotations

from pathlib import Path

from resources.translations import SOURCE_LANGUAGE

START = "start"


def folder(language: str) -> Path:
    return Path(__file__).parent / language


def page(topic: str, language: str) -> Path:
    """The file of *topic* in *language*, else in Chinese, else the first page."""
    for name, spoken in ((topic, language), (topic, SOURCE_LANGUAGE), (START, language)):
        path = folder(spoken) / f"{name}.md"
        if path.is_file():
            return path
    return folder(SOURCE_LANGUAGE) / f"{START}.md"


def topics(language: str) -> dict[str, str]:
    """Topic → title (the first heading of its page), the first page first."""
    titles: dict[str, str] = {}
    for path in sorted(folder(SOURCE_LANGUAGE).glob("*.md")):
        with page(path.stem, language).open(encoding="utf-8") as file:
            titles[path.stem] = file.readline().lstrip("# ").strip()
    first = {START: titles.pop(START)} if START in titles else {}
    return {**first, **titles}
