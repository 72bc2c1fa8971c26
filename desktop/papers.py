"""From ids to a PDF: commit the record, number it, then render. One way for window and command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from models.queries.callback_list import sheet_callbacks
from models.queries.work_orders import work_orders
from models.rules.service_time import SITE_ZONE
from models.services import printing, site
from models.services.printing import PrintJob
from views.documents.callback_sheet import render_callback_sheet
from views.documents.data import RenderReport
from views.documents.filling import callback_sheet_data, work_order_data
from views.documents.work_order import render_work_orders
from views.preview.pdf_pages import PDFIUM_LOCK

WORK_ORDER = "work-order"
CALLBACK_SHEET = "callback-sheet"


class Door(Protocol):
    """What it needs of a `views.tasks.Door` or a `desktop.commands.call.Call`."""

    def read(self, query: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any: ...

    def write(self, service: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any: ...


@dataclass(frozen=True)
class Paper:
    """What is to be printed: ids of tickets, or numbers of callback sheets; on which form, which copies."""

    document: str
    ids: tuple[str, ...]
    form: str
    copies: tuple[str, ...] = printing.USUAL_COPIES


def preview(door: Door, paper: Paper) -> RenderReport:
    """The paper as it would be, without a record and without a printing number."""
    return _render(door, paper, {})


def issue(door: Door, paper: Paper) -> RenderReport:
    """Record the printing, commit, number it, render: no paper ever exists without its record."""
    if paper.document == WORK_ORDER:
        jobs = door.write(printing.record_print, paper.ids, paper.form, paper.copies)
        return _render(door, paper, {job.ticket_id: job for job in jobs})
    jobs = [door.write(printing.record_sheet_print, sheet_no, paper.form) for sheet_no in paper.ids]
    return _render(door, paper, {job.number: job for job in jobs})


def _render(door: Door, paper: Paper, jobs: dict[str | None, PrintJob]) -> RenderReport:
    if paper.document == WORK_ORDER:
        orders = door.read(work_orders, paper.ids)
        data = [work_order_data(order, jobs.get(order.ticket_id)) for order in orders]
        return render_work_orders(data, paper.form, copies=paper.copies, zone=SITE_ZONE)
    return _render_sheets(door, paper, jobs)


def _render_sheets(door: Door, paper: Paper, jobs: dict[str | None, PrintJob]) -> RenderReport:
    facts = door.read(site.facts)
    reports: list[RenderReport] = []
    for sheet_no in paper.ids:
        sheet = callback_sheet_data(
            sheet_no,
            door.read(sheet_callbacks, sheet_no),
            site_name=(facts.short_name or facts.name) if facts else "",
            hotline=(facts.hotline or "") if facts else "",
            job=jobs.get(sheet_no),
        )
        reports.append(render_callback_sheet(sheet, paper.form, zone=SITE_ZONE))
    return reports[0] if len(reports) == 1 else _joined(reports)


def _joined(reports: Sequence[RenderReport]) -> RenderReport:
    """Several files as one."""
    import io

    import pypdfium2

    out = io.BytesIO()
    with PDFIUM_LOCK:
        whole = pypdfium2.PdfDocument.new()
        for report in reports:
            part = pypdfium2.PdfDocument(report.pdf)
            whole.import_pages(part)
            part.close()
        whole.save(out)
        whole.close()
    missing = tuple(glyph for report in reports for glyph in report.missing)
    return RenderReport(sum(report.pages for report in reports), out.getvalue(), missing)
