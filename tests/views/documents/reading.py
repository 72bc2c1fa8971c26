"""Reads a PDF back, for the tests: text, where each character stands, sizes, and what is drawn."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

MM = 72 / 25.4


@dataclass(frozen=True)
class Ink:
    """Where something stands, in mm from the page's left, top, right and bottom edge."""

    left: float
    top: float
    right: float
    bottom: float


def text_of(pdf: bytes) -> str:
    """All text, page after page, as copying gives it."""
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page_text(page) for page in document)


def page_text(page: pypdfium2.PdfPage) -> str:
    textpage = page.get_textpage()
    count = textpage.count_chars()
    halves = "".join(chr(pdfium.FPDFText_GetUnicode(textpage.raw, index)) for index in range(count))
    return halves.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # pdfium counts in UTF-16


def page_texts(pdf: bytes) -> list[str]:
    return [page_text(page) for page in pypdfium2.PdfDocument(pdf)]


def squeezed(text: str) -> str:
    """Without white space, which line ends add and take away."""
    return "".join(text.split())


def sizes_mm(pdf: bytes) -> list[tuple[float, float]]:
    return [(width / MM, height / MM) for width, height in (p.get_size() for p in pypdfium2.PdfDocument(pdf))]


def character_places(pdf: bytes) -> Iterator[tuple[str, Ink]]:
    """Every visible character and the box of its ink."""
    for page in pypdfium2.PdfDocument(pdf):
        width, height = page.get_size()
        textpage = page.get_textpage()
        for index in range(textpage.count_chars()):
            character = chr(pdfium.FPDFText_GetUnicode(textpage.raw, index))
            if character.isspace():
                continue
            left, bottom, right, top = textpage.get_charbox(index)
            yield character, Ink(left / MM, (height - top) / MM, (width - right) / MM, bottom / MM)


def font_sizes(pdf: bytes) -> set[float]:
    """Type sizes in use, pt."""
    sizes: set[float] = set()
    for page in pypdfium2.PdfDocument(pdf):
        textpage = page.get_textpage()
        for index in range(textpage.count_chars()):
            character = chr(pdfium.FPDFText_GetUnicode(textpage.raw, index))
            if not character.isspace():
                sizes.add(round(pdfium.FPDFText_GetFontSize(textpage.raw, index), 2))
    return sizes


def ink_box(pdf: bytes, number: int = 0, dots: int = 150) -> Ink:
    """The box round all that is not white on a page, by rendering it."""
    page = pypdfium2.PdfDocument(pdf)[number]
    image = (
        page.render(scale=dots / 72, grayscale=True).to_pil().point(lambda value: 255 if value < 250 else 0)
    )
    left, top, right, bottom = image.getbbox()
    scale = 25.4 / dots
    return Ink(left * scale, top * scale, (image.width - right) * scale, (image.height - bottom) * scale)


def greys(pdf: bytes) -> set[tuple[int, int, int]]:
    """Fill colours of all text and shapes on the pages."""
    found: set[tuple[int, int, int]] = set()
    values = [ctypes.c_uint() for _ in range(4)]
    for page in pypdfium2.PdfDocument(pdf):
        for item in page.get_objects(max_depth=4):
            pdfium.FPDFPageObj_GetFillColor(item.raw, *values)
            found.add((values[0].value, values[1].value, values[2].value))
    return found
