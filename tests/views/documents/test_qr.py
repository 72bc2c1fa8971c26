"""The QR code on paper holds the opaque id and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest
import segno

from tests.views.documents.samples import TICKET_ID, USUAL, ZONE
from views.documents.forms import FORMS
from views.documents.qr import modules
from views.documents.work_order import render_work_orders


def test_the_modules_are_those_of_the_standard() -> None:
    code = segno.make(TICKET_ID.upper(), error="m", micro=False, boost_error=False, mask=3)
    assert modules(TICKET_ID) == tuple(tuple(row) for row in code.matrix)
    assert code.version == 2, "dots stay large enough for 24 pins"


@pytest.mark.parametrize("form", [key for key, form in FORMS.items() if not form.is_roll])
def test_the_code_on_paper_is_drawn_dot_for_dot(form: str) -> None:
    sheet = FORMS[form]
    pdf = render_work_orders([USUAL], form, copies=("crew",), zone=ZONE).pdf
    page = pypdfium2.PdfDocument(pdf)[0]
    dots = 600 / 25.4
    image = page.render(scale=600 / 72, grayscale=True).to_pil()
    rows = modules(TICKET_ID)
    step = sheet.style.qr / len(rows)
    left = sheet.width - sheet.margins[1] - sheet.style.qr
    top = sheet.margins[0]
    seen = tuple(
        tuple(
            int(
                image.getpixel(
                    (round((left + (x + 0.5) * step) * dots), round((top + (y + 0.5) * step) * dots))
                )
                < 128
            )
            for x in range(len(rows))
        )
        for y in range(len(rows))
    )
    assert seen == rows


@pytest.mark.parametrize("form", FORMS)
def test_a_reader_reads_it(form: str) -> None:
    zxing = pytest.importorskip("zxingcpp")
    pdf = render_work_orders([USUAL], form, copies=("crew",), zone=ZONE).pdf
    image = pypdfium2.PdfDocument(pdf)[0].render(scale=180 / 72, grayscale=True).to_pil()
    (code,) = zxing.read_barcodes(image)
    assert code.text.lower() == TICKET_ID


def test_no_id_no_code() -> None:
    pdf = render_work_orders([replace(USUAL, ticket_id="")], "A5", copies=(), zone=ZONE).pdf
    zxing = pytest.importorskip("zxingcpp")
    assert zxing.read_barcodes(pypdfium2.PdfDocument(pdf)[0].render(scale=2).to_pil()) == []
