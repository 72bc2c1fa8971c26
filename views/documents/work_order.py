"""The work order (维修派工单): one job a page on any form, a page a copy, further pages when text is long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import BinaryIO

from resources.translations import language, pgettext
from views.documents.data import COPIES, MissingGlyph, RenderReport, WorkOrderData
from views.documents.document import Document, Issue, write_out
from views.documents.forms import Form, form_of
from views.documents.masthead import Heading, Tag
from views.documents.sheet import Paper
from views.documents.typefaces import typefaces
from views.documents.wording import SEPARATOR, moment, numbered_copy, printing_note, reprint_note, spaced
from views.documents.work_order_rows import rows_of

DEFAULT_COPIES: tuple[str, ...] = COPIES[:3]


def title_of(kind: str) -> str:
    """The title of the slip for a ticket of that kind."""
    titles = {"repair": pgettext("paper", "维修派工单"), "complaint": pgettext("paper", "投诉处理单")}
    return titles.get(kind, pgettext("paper", "服务派工单"))


def render_work_orders(
    jobs: Iterable[WorkOrderData],
    form: Form | str,
    out: Path | BinaryIO | None = None,
    *,
    copies: Sequence[str] = DEFAULT_COPIES,
    zone: tzinfo | None = None,
) -> RenderReport:
    """Set every job as its slip, one page a copy (codes of ``data.COPIES``; none: a page without a copy's
    name).

    The report holds the file; it is also written to *out* if given. Times are printed in *zone*
    (``None``: the machine's). ``KeyError`` for an unknown form or copy.
    """
    chosen = form_of(form)
    faces = typefaces()
    missing: list[MissingGlyph] = []
    with faces.lock:
        paper = Paper(pgettext("paper", "维修派工单"), language())
        for job in jobs:
            Document(_issue(job, chosen, tuple(copies), zone), chosen, faces).draw(paper)
            missing += [MissingGlyph(character, job.number) for character in paper.take_missing()]
        content = paper.finish()
    write_out(content, out)
    return RenderReport(paper.pages, content, tuple(missing))


def _issue(job: WorkOrderData, form: Form, copies: tuple[str, ...], zone: tzinfo | None) -> Issue:
    rows, later = rows_of(job, form, zone)
    first = _heading(job, zone)
    following = replace(
        first, hotline="", title=first.title + pgettext("paper", "（续页）"), under_number=job.room_code
    )
    note = printing_note(job.printed_by, job.printed_at, job.printing_no, zone)
    legend = ""
    if len(copies) > 1 and not form.is_third:
        legend = " ".join(numbered_copy(place, copy, "") for place, copy in enumerate(copies))
    again = reprint_note(job.printing_no)
    stamp = [Tag(again, is_bold=True)] if again else []
    named = [[Tag(numbered_copy(place, copy)), *stamp] for place, copy in enumerate(copies)]
    return Issue(
        rows=rows,
        later=later,
        first=first,
        following=following,
        left_note=SEPARATOR.join(part for part in (note, job.warranty_note) if part),
        tags=named or [stamp],
        legend=legend,
    )


def _heading(job: WorkOrderData, zone: tzinfo | None) -> Heading:
    received = moment(job.received_at, zone)
    word = pgettext("paper", "报修") if job.kind == "repair" else pgettext("paper", "受理")
    hotline = pgettext("paper", "24 小时服务热线 {phone}").format(phone=job.hotline) if job.hotline else ""
    return Heading(
        site_name=job.site_name,
        hotline=hotline,
        title=title_of(job.kind),
        number=job.number,
        under_number=spaced(word, received, job.channel) if received else "",
        identifier=job.ticket_id,
    )
