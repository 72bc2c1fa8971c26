"""A slip, a batch of 500 and a preview page, beside a bare reportlab canvas that sets the same strings."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pypdfium2
import pypdfium2.raw as pdfium
from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from resources import fonts
from tests.benchmarks.measure import Report, best_of, timed
from views.documents.data import MaterialLine, WorkOrderData
from views.documents.forms import FORMS, MM
from views.documents.typefaces import typefaces
from views.documents.work_order import render_work_orders

BATCH = 500
FLOOR_FACE = "paper-benchmark"


@dataclass(frozen=True)
class Word:
    text: str
    x: float
    y: float
    size: float


def jobs(count: int) -> list[WorkOrderData]:
    """Slips that differ as a day's do: number, id, room, name, phone, text; a third of them completed."""
    start = datetime(2026, 11, 21, 1, tzinfo=UTC)
    made = []
    for number in range(count):
        job = WorkOrderData(
            ticket_id=f"01934f3a7b2c7d4e8f9a0b1c2d{number:06x}",
            number=f"B-261121-{number:04}",
            site_name="幸福里服务中心",
            hotline="400-000-0000",
            received_at=start + timedelta(minutes=number),
            channel="来电",
            caller=chr(0x5000 + number * 7) + "学文",
            caller_role="业主",
            phone=f"189{number * 7919 % 10**8:08}",
            room_code=f"{number % 20 + 1}-{number % 3 + 1}-{number % 30 + 1:02}02",
            address=f"幸福里 {number % 20 + 1} 栋 {number % 3 + 1} 单元",
            category="工程维修 / 给排水",
            priority="紧急",
            matter=f"厨房水槽下方漏水，已蔓延到走廊，家中有老人。{chr(0x6000 + number)}",
            expectation="尽快止水。",
            department="工程部",
            handler="李强",
            handler_phone="13800002207",
            task="查勘止水，更换角阀",
            charge_kind="warranty",
            warranty_note="保修期内：给排水管道 2 年至 2027-06（建设工程质量管理条例第四十条）",
            printed_by="周敏",
            printed_at=start,
        )
        if number % 3 == 0:
            parts = (MaterialLine("角阀", "DN15", 1000, "只", 3500, 3500),)
            job = replace(
                job, materials=parts, total_fen=3500, result="fixed", resolution="更换角阀，试水不漏。"
            )
        made.append(job)
    return made


def words_of(pdf: bytes) -> list[list[Word]]:
    """Every string of every page as it was set."""
    pages = []
    for page in pypdfium2.PdfDocument(pdf):
        textpage = page.get_textpage()
        words = []
        for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
            length = pdfium.FPDFTextObj_GetText(item.raw, textpage.raw, None, 0)
            buffer = (pdfium.FPDF_WCHAR * (length // 2))()
            pdfium.FPDFTextObj_GetText(item.raw, textpage.raw, buffer, length)
            text = bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")
            left, bottom, _right, top = item.get_bounds()
            words.append(Word(text, left, bottom, max(7.0, min(17.0, top - bottom))))
        pages.append(words)
    return pages


def set_bare(pages: list[list[Word]]) -> bytes:
    """The same strings by reportlab's own ``drawString``: no measuring, no lines, no code, one weight."""
    form = FORMS["A5"]
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(form.width * MM, form.height * MM), pageCompression=1, invariant=1)
    for words in pages:
        for word in words:
            canvas.setFont(FLOOR_FACE, word.size)
            canvas.drawString(word.x, word.y, word.text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def run(report: Report) -> None:
    """`targets.md`: a slip ≤ 40 ms and ≤ 60 KB, 500 pages ≤ 2 s."""
    first_face = timed(lambda: render_work_orders(jobs(1), "A5", copies=("crew",)))
    report.add("first slip of the program (faces read)", f"{first_face:.0f} ms")
    rl_config.useA85 = 0
    pdfmetrics.registerFont(TTFont(FLOOR_FACE, str(fonts.paths()["sc-regular"])))
    many = jobs(BATCH)
    batch = render_work_orders(many, "A5", copies=("crew",))
    words = words_of(batch.pdf)
    set_bare(words[:1])

    floor_one = best_of(15, lambda: set_bare(words[:1]))
    one = best_of(15, lambda: render_work_orders(many[:1], "A5", copies=("crew",)))
    report.at_most("one A5 slip", one, 40, "ms", floor=f"{floor_one:.1f} ms")
    slip = render_work_orders(many[:1], "A5", copies=("crew",))
    report.at_most(
        "  its file", len(slip.pdf) / 1000, 60, "KB", floor=f"{len(set_bare(words[:1])) / 1000:.0f} KB"
    )
    floor_many = best_of(3, lambda: set_bare(words))
    whole = best_of(3, lambda: render_work_orders(many, "A5", copies=("crew",)))
    report.at_most(f"{BATCH} A5 slips", whole / 1000, 2, "s", floor=f"{floor_many / 1000:.2f} s")
    report.ratio(f"  {BATCH} slips ÷ bare reportlab", whole, floor_many, 2.0)
    copies = best_of(2, lambda: render_work_orders(many, "A5", copies=("stub", "crew", "owner")))
    report.add(f"{BATCH} slips in three copies ({BATCH * 3} pages)", f"{copies / 1000:.2f} s")
    document = pypdfium2.PdfDocument(batch.pdf)
    picture = best_of(10, lambda: document[7].render(scale=96 / 72, grayscale=True))
    report.at_most("one page as a picture, 96 dpi", picture, 15, "ms")
    assert typefaces().regular.glyphs
