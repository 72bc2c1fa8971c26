"""The QR code of a document: it holds the opaque id and nothing else."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

import segno

from views.documents.sheet import Sheet


@lru_cache(maxsize=256)
def modules(identifier: str) -> tuple[tuple[int, ...], ...]:
    """The code's dark modules, row by row, without the quiet zone.

    Upper case, so that a hexadecimal id fits the dense alphanumeric mode and dots stay large enough for 24
    pins: who reads the code must compare without regard to case. The mask is fixed: choosing the best of
    eight takes eight times as long and readers do not need it.
    """
    code = segno.make(identifier.upper(), error="m", micro=False, boost_error=False, mask=3)
    return tuple(tuple(1 if module else 0 for module in row) for row in code.matrix)


def draw(sheet: Sheet, identifier: str, x: float, y: float, side: float) -> None:
    """Draw the code *side* pt wide with its upper left corner at (x, y); nothing for an empty id."""
    if not identifier:
        return
    rows = modules(identifier)
    runs: list[tuple[int, int, int]] = []
    for row_number, row in enumerate(rows):
        column = 0
        for is_dark, group in groupby(row):
            length = len(list(group))
            if is_dark:
                runs.append((column, row_number, length))
            column += length
    sheet.grid(x, y, side / len(rows), runs)
