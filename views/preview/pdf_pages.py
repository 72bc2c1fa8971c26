"""Pictures of a PDF's pages, by pdfium. pdfium knows no threads: every call goes through one lock."""

from __future__ import annotations

import threading
from typing import Any

import pypdfium2
from PySide6.QtGui import QImage

from models.errors import DomainError

PDFIUM_LOCK = threading.RLock()
"""Hold it around any use of pypdfium2, from any thread."""

_POINTS_PER_INCH = 72.0
_MM_PER_POINT = 25.4 / 72


class PdfPages:
    """An open PDF. ``DomainError("pdf-damaged")`` if it is none."""

    def __init__(self, pdf: bytes) -> None:
        self._pdf = pdf
        with PDFIUM_LOCK:
            try:
                self._document: Any = pypdfium2.PdfDocument(pdf)
            except pypdfium2.PdfiumError as error:
                raise DomainError("pdf-damaged") from error
            self.sizes: tuple[tuple[float, float], ...] = tuple(
                self._document.get_page_size(number) for number in range(len(self._document))
            )

    def __len__(self) -> int:
        return len(self.sizes)

    def size_mm(self, number: int) -> tuple[float, float]:
        """Width and height of page *number* (from 0) in mm."""
        width, height = self.sizes[number]
        return width * _MM_PER_POINT, height * _MM_PER_POINT

    def image(self, number: int, dots_per_inch: float, *, is_crisp: bool = False) -> QImage:
        """Page *number* (from 0) in grey on white; *is_crisp* draws text and lines without soft edges."""
        with PDFIUM_LOCK:
            page = self._document[number]
            bitmap = page.render(
                scale=dots_per_inch / _POINTS_PER_INCH,
                grayscale=True,
                optimize_mode="print" if is_crisp else None,
                no_smoothtext=is_crisp,
                no_smoothpath=is_crisp,
            )
            data = bytes(bitmap.buffer)
            picture = QImage(
                data, bitmap.width, bitmap.height, bitmap.stride, QImage.Format.Format_Grayscale8
            )
            copy = picture.copy()
            bitmap.close()
            page.close()
        return copy

    def close(self) -> None:
        """Give the memory back; the object cannot be used any more."""
        with PDFIUM_LOCK:
            self._document.close()
