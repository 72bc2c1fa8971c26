"""Line icons drawn by us, 20 × 20, in the colour of the text (``currentColor``)."""

from __future__ import annotations

from pathlib import Path


def path(name: str) -> Path:
    """The file of the icon *name*; the plain page icon if there is none of that name."""
    folder = Path(__file__).parent
    file = folder / f"{name}.svg"
    return file if file.is_file() else folder / "page.svg"
