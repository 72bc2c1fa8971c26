"""The calibration page: its lines are as long as it says."""

from __future__ import annotations

import ctypes

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from resources import translations
from tests.views.documents.reading import MM, ink_box, sizes_mm, squeezed, text_of
from views.documents.calibration import render_calibration
from views.documents.forms import FORMS


def longest_lines(pdf: bytes) -> tuple[float, float]:
    """The longest line across and down among the strokes, mm; the frame (a rectangle) left out."""
    page = pypdfium2.PdfDocument(pdf)[0]
    across = down = 0.0
    for item in page.get_objects():
        if item.type != pdfium.FPDF_PAGEOBJ_PATH or pdfium.FPDFPath_CountSegments(item.raw) < 10:
            continue
        points = []
        for index in range(pdfium.FPDFPath_CountSegments(item.raw)):
            x, y = ctypes.c_float(), ctypes.c_float()
            pdfium.FPDFPathSegment_GetPoint(pdfium.FPDFPath_GetPathSegment(item.raw, index), x, y)
            points.append((x.value, y.value))
        for (x1, y1), (x2, y2) in zip(points[::2], points[1::2], strict=True):
            across, down = max(across, abs(x1 - x2) / MM), max(down, abs(y1 - y2) / MM)
    return across, down


@pytest.mark.parametrize("form", FORMS)
def test_lines_measure_what_the_page_says(form: str) -> None:
    pdf = render_calibration(form, printer="EPSON", offset_mm=(1.5, -2), scale=1.01).pdf
    across, down = longest_lines(pdf)
    assert f"横线应为{across:.0f}mm，竖线应为{down:.0f}mm" in squeezed(text_of(pdf))
    assert across == pytest.approx(round(across), abs=0.02)
    assert down == pytest.approx(round(down), abs=0.02)
    if form in ("A4", "A5", "241x279.4"):
        assert (round(across), round(down)) == (100, 100)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("form", FORMS)
def test_the_frame_is_where_the_margins_are(form: str, language: str) -> None:
    translations.use(language)
    pdf = render_calibration(form).pdf
    box = ink_box(pdf, dots=300)
    top, right, bottom, left = FORMS[form].margins
    assert (box.top, box.left) == (pytest.approx(top, abs=0.25), pytest.approx(left, abs=0.25))
    assert (box.bottom, box.right) == (pytest.approx(bottom, abs=0.25), pytest.approx(right, abs=0.25))
    assert sizes_mm(pdf)[0][0] == pytest.approx(FORMS[form].width, abs=0.05)


def test_what_the_profile_is_stands_on_it() -> None:
    text = text_of(render_calibration("A5", printer="针打一号", offset_mm=(1.5, -2), scale=1.01).pdf)
    for value in ("针打一号", "A5", "+1.5", "-2.0", "1.010"):
        assert value in text
