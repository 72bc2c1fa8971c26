"""Sets one document on one form: lays it out once, writes it once a copy. What it says is an ``Issue``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from views.documents.drawing import Drawing
from views.documents.forms import MM, ROLL_LIMIT, Form
from views.documents.layout import Cell, Measure, Row
from views.documents.masthead import Foot, Heading, Masthead, Tag
from views.documents.pagination import Page, paginate
from views.documents.sheet import Paper, Sheet
from views.documents.typefaces import Typefaces
from views.documents.wording import page_note, pagination_wording

_FOOT_LINES = 4


@dataclass(frozen=True)
class Issue:
    """All that a document says.

    ``rows`` stand on the first page as far as they fit, ``later`` after it; ``first`` and ``following`` are
    the heads of the first and the other pages; ``tags`` has one list of tags a copy; ``legend`` stands at
    the right of the foot before the page number. With ``fills`` the rows are stretched to fill the first
    page.
    """

    rows: Sequence[Row]
    first: Heading
    following: Heading
    left_note: str
    tags: Sequence[list[Tag]]
    later: Sequence[Row] = ()
    legend: str = ""
    has_bands: bool = True
    fills: bool = True


class Document:
    """One issue on one form."""

    def __init__(self, issue: Issue, form: Form, faces: Typefaces) -> None:
        self.issue = issue
        self.form = form
        self._first = Masthead(issue.first, form, faces)
        self._following = Masthead(issue.following, form, faces, is_continued=True)
        widest = faces.regular.width(self._right_note(99, 99), form.style.foot)
        self._foot = Foot(form, faces, issue.left_note, widest)
        self._later = list(issue.later)
        if len(self._foot.lines) > _FOOT_LINES and not form.is_roll:  # a note that long is text, not a foot
            self._foot = Foot(form, faces, "", widest)
            self._later.append(Row((Cell("", issue.left_note),), is_text=True))
        self._band = form.style.band * MM if issue.has_bands else 0.0
        self._measure = Measure(form.style, faces, form.inner_width * MM - self._band)

    def draw(self, paper: Paper) -> None:
        """Write all copies: copy by copy, each with all its pages."""
        pages = self._lay_out()
        heads = [self._first, *([self._following] * (len(pages) - 1))]
        common: list[Sheet] = []
        for number, (page, head) in enumerate(zip(pages, heads, strict=True), 1):
            sheet = Sheet(paper, self._page_height(page, head))
            head.draw(sheet)
            top = head.top + head.height
            Drawing(sheet, self._measure, pagination_wording(), head.left, top).page(page, self._band)
            self._foot.draw(sheet, top + page.height, self._right_note(number, len(pages)))
            common.append(sheet)
        width = self.form.width * MM
        is_shared = len(self.issue.tags) > 1
        stamps = [paper.add_stamp(sheet.ink, width, sheet.height) if is_shared else "" for sheet in common]
        for tags in self.issue.tags:
            for head, sheet, stamp in zip(heads, common, stamps, strict=True):
                own = Sheet(paper, sheet.height)
                head.draw_tags(own, tags)
                ink = own.ink if is_shared else [*sheet.ink, *own.ink]
                paper.add_page(width, sheet.height, ink, stamp)

    def _lay_out(self) -> list[Page]:
        body = self.form.inner_height * MM - self._foot.height

        def room(page: int) -> float:
            return body - (self._first.height if page == 0 else self._following.height)

        fills = self.issue.fills and not self.form.is_roll
        return paginate(self.issue.rows, self._later, self._measure, room, pagination_wording(), fills=fills)

    def _page_height(self, page: Page, head: Masthead) -> float:
        if not self.form.is_roll:
            return self.form.height * MM
        used = head.top + head.height + page.height + self._foot.height + self.form.margins[2] * MM
        return min(used, ROLL_LIMIT * MM)

    def _right_note(self, page: int, pages: int) -> str:
        numbering = page_note(page, pages) if pages > 1 else ""
        return "  ".join(part for part in (self.issue.legend, numbering) if part)


def write_out(content: bytes, out: Path | BinaryIO | None) -> None:
    """Write the file to a path or an open binary file; nothing for ``None``."""
    if isinstance(out, Path):
        out.write_bytes(content)
    elif out is not None:
        out.write(content)
