"""Where the program's fonts are: static TrueType faces made once from a package's variable fonts.

``faces.py`` declares them, ``build.py`` makes them (``python -m resources.fonts``, run at installation and
by the PyInstaller build). Everything that needs a font asks ``paths()``: paper embeds the files, Qt loads
the same ones.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from resources.fonts.faces import FACES, Face

__all__ = ["FACES", "Face", "FontsNotBuiltError", "folder", "is_ready", "paths"]


class FontsNotBuiltError(RuntimeError):
    """The font files are not there; the text says which command makes them."""


def _own_folder() -> Path:
    return Path(__file__).resolve().parent


def _cache_folder() -> Path:
    import platformdirs

    return Path(platformdirs.user_cache_dir("qiantai", appauthor=False)) / "fonts"


def folder_candidates() -> Iterator[Path]:
    """Folders that may hold the fonts, in the order they are looked into.

    Beside this file (an installation, a PyInstaller folder), then the user's cache, for an installation that
    the user may not write to.
    """
    yield _own_folder()
    yield _cache_folder()


def _is_complete(candidate: Path) -> bool:
    return all((candidate / face.file_name).is_file() for face in FACES)


def is_ready() -> bool:
    """Whether every face is there, so that ``paths()`` will not raise. Costs a few ``stat`` calls."""
    return any(_is_complete(candidate) for candidate in folder_candidates())


def folder() -> Path:
    """The folder that holds every face; ``FontsNotBuiltError`` if there is none."""
    for candidate in folder_candidates():
        if _is_complete(candidate):
            return candidate
    raise FontsNotBuiltError(f"the fonts are not built; run: {sys.executable} -m resources.fonts")


def writable_folder() -> Path:
    """The folder that new faces go to: the installation's own when writable, else the user's cache
    (created)."""
    own, cache = folder_candidates()
    if os.access(own, os.W_OK) and not getattr(sys, "frozen", False):
        return own
    cache.mkdir(parents=True, exist_ok=True)
    return cache


def paths() -> dict[str, Path]:
    """Every face's key (``"sc-regular"``, ``"sc-bold"``, then the fall-back faces) and its file, in the
    order in which a character is looked for; ``FontsNotBuiltError`` if they have not been made yet.

    Qt: ``for path in paths().values(): QFontDatabase.addApplicationFont(str(path))``; the family to ask for
    is ``faces.FAMILY``.
    """
    where = folder()
    return {face.key: where / face.file_name for face in FACES}
