"""Which faces the program uses, and which variable font each is made from.

Noto Sans SC covers all of GB 18030-2022 level 2. A few characters that occur in names (𠮷, 𡧛) and Hangul are
not in it; they come from the Japanese, Traditional and Korean siblings, of which only what the ones before
lack is kept. All are under the SIL Open Font Licence 1.1, without reserved names; the licence text lies in
the source package.
"""

from __future__ import annotations

from dataclasses import dataclass

FAMILY = "Noto Sans SC"
SOURCE_PACKAGE = "justmytype_intl_cjk"
RECIPE = "1"
"""Raise it when the way the faces are made changes: an older file then counts as absent."""


@dataclass(frozen=True)
class Face:
    """One static font file: ``key`` names it in code, ``weight`` is the OpenType weight, ``source`` the file
    inside the source package, ``is_fallback`` whether only characters that earlier faces lack are kept."""

    key: str
    family: str
    style: str
    weight: int
    source: str
    is_fallback: bool

    @property
    def file_name(self) -> str:
        return f"{self.postscript_name}-{RECIPE}.ttf"

    @property
    def postscript_name(self) -> str:
        return f"{self.family.replace(' ', '')}-{self.style}"

    @property
    def is_bold(self) -> bool:
        return self.weight >= 600


def _pair(script: str, is_fallback: bool) -> tuple[Face, Face]:
    family = f"Noto Sans {script}"
    source = f"fonts/ofl/notosans{script.lower()}/NotoSans{script}[wght].ttf"
    return (
        Face(f"{script.lower()}-regular", family, "Regular", 400, source, is_fallback),
        Face(f"{script.lower()}-bold", family, "Bold", 700, source, is_fallback),
    )


FACES: tuple[Face, ...] = (*_pair("SC", False), *_pair("JP", True), *_pair("TC", True), *_pair("KR", True))
