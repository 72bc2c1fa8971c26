"""The calibration page: lines of 100 mm to lay a ruler on, and the frame that ink must stay inside."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from resources.translations import language, pgettext
from views.documents.data import MissingGlyph, RenderReport
from views.documents.document import write_out
from views.documents.forms import MM, Form, form_of
from views.documents.linebreaking import break_text
from views.documents.sheet import Paper, Sheet
from views.documents.typefaces import typefaces

LINE_MM = 100.0
_ROLL_PAGE = 150.0  # mm of roll that the page takes


def render_calibration(
    form: Form | str,
    out: Path | BinaryIO | None = None,
    *,
    printer: str = "",
    offset_mm: tuple[float, float] = (0.0, 0.0),
    scale: float = 1.0,
) -> RenderReport:
    """One page of *form*. *printer*, *offset_mm* (right, down) and *scale* are only written on it: printing
    applies them. Lines shorter than 100 mm, where the form has no room, say their length. ``KeyError``:
    unknown form."""
    chosen = form_of(form)
    faces = typefaces()
    with faces.lock:
        paper = Paper(pgettext("paper", "打印校准页"), language())
        height = (chosen.height or _ROLL_PAGE) * MM
        sheet = Sheet(paper, height)
        _draw(sheet, chosen, height, _state(chosen, printer, offset_mm, scale))
        paper.add_page(chosen.width * MM, height, sheet.ink)
        missing = tuple(MissingGlyph(character, "") for character in paper.take_missing())
        content = paper.finish()
    write_out(content, out)
    return RenderReport(paper.pages, content, missing)


def _state(form: Form, printer: str, offset: tuple[float, float], scale: float) -> str:
    text = pgettext("paper", "打印机 {printer}，纸张 {form}，偏移 {x:+.1f} / {y:+.1f} mm，缩放 {scale:.3f}")
    return text.format(printer=printer or "—", form=form.name, x=offset[0], y=offset[1], scale=scale)


def _draw(sheet: Sheet, form: Form, height: float, state: str) -> None:
    top, right, bottom, left = (margin * MM for margin in form.margins)
    width = form.width * MM
    sheet.box(left, top, width - left - right, height - top - bottom, thickness=0.5)
    across = _length(form.inner_width - 22)
    down = _length((height - top - bottom) / MM - 21)
    x, y = left + 14 * MM, top + 18 * MM
    _ruler(sheet, x, y, across, is_across=True)
    _ruler(sheet, x, y, down, is_across=False)
    size = max(form.style.label, 9.0)
    sheet.text(left + 4 * MM, top + 6.5 * MM, pgettext("paper", "打印校准页"), form.style.strong, bold=True)
    room = width - right - x - 16 * MM
    baseline = y + 14 * MM
    for number, paragraph in enumerate(_paragraphs(form, state, across, down)):
        face = sheet.paper.faces.of(bold=number == 0)
        for line in break_text(paragraph, face, size, room):
            if baseline > height - bottom - 3:
                return
            sheet.text(x + 12 * MM, baseline, line.text, size, bold=number == 0)
            baseline += size * 1.4


def _length(room: float) -> float:
    """100 mm, or the tens that fit."""
    return min(LINE_MM, max(10.0, room // 10 * 10))


def _paragraphs(form: Form, state: str, across: float, down: float) -> list[str]:
    measure = pgettext(
        "paper", "横线应为 {a:.0f} mm，竖线应为 {b:.0f} mm。量得横线为 L 时，缩放乘以 {a:.0f} ÷ L。"
    )
    place = pgettext(
        "paper", "细框离纸边应为：上 {top:.1f}，左 {left:.1f} mm。偏右或偏下多少，就把偏移减去多少。"
    )
    return [
        state,
        measure.format(a=across, b=down),
        place.format(top=form.margins[0], left=form.margins[3]),
        pgettext("paper", "先调缩放，再调偏移，然后再打一张核对。"),
    ]


def _ruler(sheet: Sheet, x: float, y: float, length: float, *, is_across: bool) -> None:
    """A line of *length* mm from (x, y) to the right or down, with a tick every 5 mm and numbers every 10."""
    end = length * MM
    segments = [(x, y, x + end, y) if is_across else (x, y, x, y + end)]
    for tick in range(0, int(length) + 1, 5):
        at = tick * MM
        reach = (3.0 if tick % 10 == 0 else 1.6) * MM
        segments.append((x + at, y, x + at, y - reach) if is_across else (x, y + at, x - reach, y + at))
        if tick % 10 == 0:
            place = (x + at, y - 4 * MM) if is_across else (x - 6.5 * MM, y + at + 3)
            sheet.text_centre(place[0], place[1], str(tick), 9.0)
    sheet.lines(segments, 0.6)
