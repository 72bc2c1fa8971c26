"""The callback sheet (回访记录表): one line a job for a whole round, or one page a customer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from typing import BinaryIO

from resources.translations import language, pgettext
from views.documents.data import (
    CALLBACK_RATINGS,
    CallbackLine,
    CallbackSheetData,
    MissingGlyph,
    RenderReport,
)
from views.documents.document import Document, Issue, write_out
from views.documents.forms import Form, form_of
from views.documents.layout import Cell, Mark, Row
from views.documents.masthead import Heading, Tag
from views.documents.sheet import Paper
from views.documents.typefaces import typefaces
from views.documents.wording import SEPARATOR, day, printing_note, reprint_note, spaced

_PEN_ROOM = 11.0  # mm
_NARROW_TABLE = 200.0  # mm; a narrower table leaves the year out


def render_callback_sheet(
    sheet: CallbackSheetData,
    form: Form | str,
    out: Path | BinaryIO | None = None,
    *,
    is_single: bool = False,
    zone: tzinfo | None = None,
) -> RenderReport:
    """Set the sheet as one table, or with *is_single* (always on a receipt roll) a page for each customer.

    The table breaks across pages under a repeated heading; A4 is turned to landscape for it. The report
    holds the file; it is also written to *out* if given. ``KeyError`` for an unknown form.
    """
    chosen = form_of(form)
    as_single = is_single or chosen.is_narrow
    if not as_single and not chosen.is_continuous and chosen.height > chosen.width:
        chosen = chosen.turned()
    faces = typefaces()
    missing: list[MissingGlyph] = []
    with faces.lock:
        paper = Paper(pgettext("paper", "回访记录表"), language())
        for document in _singles(sheet, chosen, zone) if as_single else [_table(sheet, chosen, zone)]:
            Document(document, chosen, faces).draw(paper)
            missing += [MissingGlyph(character, sheet.sheet_no) for character in paper.take_missing()]
        content = paper.finish()
    write_out(content, out)
    return RenderReport(paper.pages, content, tuple(missing))


def _rating_words() -> dict[str, str]:
    return {
        "satisfied": pgettext("paper", "满意"),
        "fairly": pgettext("paper", "较满意"),
        "dissatisfied": pgettext("paper", "不满意"),
    }


def _rating_marks(chosen: str | None) -> tuple[Mark, ...]:
    words = _rating_words()
    return tuple(Mark(words[code], chosen == code) for code in CALLBACK_RATINGS)


def _hotline(sheet: CallbackSheetData) -> str:
    return pgettext("paper", "24 小时服务热线 {phone}").format(phone=sheet.hotline) if sheet.hotline else ""


@dataclass(frozen=True)
class _Foot:
    """Both kinds of sheet end with who printed it, and how often."""

    sheet: CallbackSheetData
    zone: tzinfo | None

    def text(self) -> str:
        sheet = self.sheet
        note = printing_note(sheet.printed_by, sheet.printed_at, sheet.printing_no, self.zone)
        return SEPARATOR.join(part for part in (note, sheet.note) if part)

    def tags(self) -> list[Tag]:
        again = reprint_note(self.sheet.printing_no)
        return [Tag(again, is_bold=True)] if again else []


def _table(sheet: CallbackSheetData, form: Form, zone: tzinfo | None) -> Issue:
    columns = (
        (pgettext("paper", "日期"), 1.0 if form.inner_width > _NARROW_TABLE else 0.72),
        (pgettext("paper", "单号"), 1.3 if form.inner_width > _NARROW_TABLE else 1.7),
        (pgettext("paper", "房号"), 0.95),
        (pgettext("paper", "受访人"), 1.25),
        (pgettext("paper", "回访内容"), 3.0),
        (pgettext("paper", "意见"), 1.3),
        (pgettext("paper", "建议"), 1.9),
        (pgettext("paper", "回访人"), 0.95),
        (pgettext("paper", "备注"), 1.3),
    )
    heading = Row(
        tuple(Cell("", word, weight=w, size="label", align="centre", is_bold=True) for word, w in columns)
    )
    weights = [weight for _word, weight in columns]
    rows = [_line_row(line, form, weights, heading) for line in sheet.lines]
    closing = Row(
        (
            Cell(pgettext("paper", "统筹岗"), sheet.coordinator, weight=1.4, blank_mm=20),
            Cell(pgettext("paper", "收回日期"), weight=1.0, blank_mm=18),
            Cell(pgettext("paper", "小结"), weight=3.0, blank_mm=40),
        ),
        height_mm=form.style.row * 1.3,
    )
    foot = _Foot(sheet, zone)
    under = pgettext("paper", "共 {n} 条").format(n=len(sheet.lines))
    first = Heading(
        sheet.site_name,
        _hotline(sheet),
        pgettext("paper", "回访记录表"),
        sheet.sheet_no,
        under,
        sheet.sheet_id,
    )
    following = replace(first, hotline="", title=first.title + pgettext("paper", "（续页）"))
    blank = _line_row(CallbackLine(), form, weights, heading)
    return Issue(
        rows=[*(rows or [blank] * 3), closing],
        first=first,
        following=following,
        left_note=foot.text(),
        tags=(foot.tags(),),
        has_bands=False,
        fills=False,
    )


def _line_row(line: CallbackLine, form: Form, weights: list[float], heading: Row) -> Row:
    is_wide = form.inner_width > _NARROW_TABLE
    on = day(line.day) if is_wide or line.day is None else line.day.strftime("%m-%d")
    who = "\n".join(part for part in (line.interviewee, line.phone) if part)
    values = (on, line.number, line.room_code, who, line.content)
    cells = [Cell("", value, weight=w, size="small") for value, w in zip(values, weights, strict=False)]
    cells[0] = replace(cells[0], is_firm=True)
    cells[1] = replace(cells[1], is_firm=is_wide)
    cells[2] = replace(cells[2], is_bold=True, is_firm=True)
    cells[3] = replace(cells[3], is_firm=True)
    cells.append(Cell("", marks=_rating_marks(line.satisfaction), weight=weights[5], size="small"))
    rest = (line.suggestion, line.called_by, line.remark)
    cells += [Cell("", value, weight=w, size="small") for value, w in zip(rest, weights[6:], strict=True)]
    return Row(tuple(cells), is_whole=True, header=heading, named_by=(1, 2))


def _singles(sheet: CallbackSheetData, form: Form, zone: tzinfo | None) -> list[Issue]:
    foot = _Foot(sheet, zone)
    issues = []
    for number, line in enumerate(sheet.lines or (CallbackLine(),), 1):
        under = spaced(line.kind, f"{number} / {max(1, len(sheet.lines))}")
        first = Heading(
            sheet.site_name,
            _hotline(sheet),
            pgettext("paper", "客户回访表"),
            sheet.sheet_no,
            under,
            sheet.sheet_id,
        )
        issues.append(
            Issue(
                rows=_single_rows(line, sheet, form),
                first=first,
                following=replace(first, hotline="", title=first.title + pgettext("paper", "（续页）")),
                left_note=foot.text(),
                tags=(foot.tags(),),
            )
        )
    return issues


def _single_rows(line: CallbackLine, sheet: CallbackSheetData, form: Form) -> list[Row]:
    return [*_about_rows(line, form), *_call_rows(line, form), *_end_rows(line, sheet, form)]


def _about_rows(line: CallbackLine, form: Form) -> list[Row]:
    band = pgettext("paper", "受访")
    rows = [
        Row(
            (
                Cell(pgettext("paper", "房号"), line.room_code, weight=1.2, size="strong", is_bold=True),
                Cell(pgettext("paper", "受访人"), line.interviewee, weight=1.4),
                Cell(pgettext("paper", "电话"), line.phone, weight=1.4),
            ),
            band=band,
        ),
        Row(
            (
                Cell(pgettext("paper", "日期"), day(line.day), weight=1.2),
                Cell(pgettext("paper", "单号"), line.number, weight=1.4),
                Cell(pgettext("paper", "处理人"), line.handler, weight=1.4),
            ),
            band=band,
        ),
    ]
    height = 0 if form.is_third else _PEN_ROOM
    content = Cell(pgettext("paper", "回访内容"), line.content)
    rows.append(Row((content,), height_mm=height, is_text=True, grow=0.6, band=band))
    if line.handled:
        rows.append(Row((Cell(pgettext("paper", "处理情况"), line.handled),), is_text=True, band=band))
    return rows


def _call_rows(line: CallbackLine, form: Form) -> list[Row]:
    band = pgettext("paper", "回访")
    words = (pgettext("paper", "电话"), pgettext("paper", "上门"), pgettext("paper", "微信"))
    solved = (Mark(pgettext("paper", "已解决")), Mark(pgettext("paper", "未解决")))
    marks = Row(
        (
            Cell(pgettext("paper", "方式"), marks=tuple(Mark(word) for word in words), weight=1.6),
            Cell(pgettext("paper", "结果"), marks=solved, weight=1.4),
            Cell(pgettext("paper", "意见"), marks=_rating_marks(line.satisfaction), weight=2.0),
        ),
        band=band,
    )
    height = 0 if form.is_third else _PEN_ROOM * 1.6
    suggestion = Cell(pgettext("paper", "建议"), line.suggestion)
    return [marks, Row((suggestion,), height_mm=height, is_text=True, grow=3.0, band=band)]


def _end_rows(line: CallbackLine, sheet: CallbackSheetData, form: Form) -> list[Row]:
    band = pgettext("paper", "确认")
    height = form.style.row * 1.2
    first = (
        Cell(pgettext("paper", "回访人"), line.called_by, weight=1.0, blank_mm=0 if line.called_by else 18),
        Cell(pgettext("paper", "回访时间"), weight=1.1, blank_mm=24),
        Cell(pgettext("paper", "备注"), line.remark, weight=1.6),
    )
    second = (
        Cell(pgettext("paper", "统筹岗"), sheet.coordinator, weight=1.0, blank_mm=18),
        Cell(pgettext("paper", "客户签字"), weight=1.1, blank_mm=24),
        Cell(pgettext("paper", "收回日期"), weight=1.6, blank_mm=20),
    )
    return [Row(cells, height_mm=height, band=band) for cells in (first, second)]
