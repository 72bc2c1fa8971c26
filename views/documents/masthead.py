"""The head and foot of every document: who issues it, what it is, its number and QR code; who printed it,
page."""

from __future__ import annotations

from dataclasses import dataclass

from views.documents import qr
from views.documents.forms import MM, Form
from views.documents.linebreaking import break_text
from views.documents.sheet import Sheet
from views.documents.typefaces import Typefaces, printable
from views.documents.wording import is_chinese

_LINE = 1.28
_QUIET = 7.5  # pt kept free beside the QR code: four of its modules


@dataclass(frozen=True)
class Heading:
    """What the head says. ``tags`` are shown in frames below the title; bold ones are meant to be seen at
    once."""

    site_name: str
    hotline: str
    title: str
    number: str
    under_number: str
    identifier: str


@dataclass(frozen=True)
class Tag:
    """A word in a frame below the title (the copy's name, 补打)."""

    text: str
    is_bold: bool = False


class Masthead:
    """Lays the head out for one form; ``height`` in pt includes the space below it."""

    def __init__(self, heading: Heading, form: Form, faces: Typefaces, *, is_continued: bool = False) -> None:
        self.heading = heading
        self.form = form
        self.style = form.style
        self.faces = faces
        self.left = form.margins[3] * MM
        self.top = form.margins[0] * MM
        self.width = form.inner_width * MM
        size = self.style.heading * (0.78 if is_continued else 1.0)
        self.title_size = size
        self.spacing = size * 0.16 if is_chinese() else 0.0
        self.title_width = faces.bold.width(heading.title, size) + self.spacing * max(
            0, len(heading.title) - 1
        )
        self.qr_side = self.style.qr * MM * (0.72 if is_continued else 1.0) if heading.identifier else 0.0
        self._site_size = self.style.value * 1.12
        side = max((self.width - self.title_width) / 2 - 10, self.width * 0.2)
        self.is_stacked = form.is_narrow
        self._side = self.width if self.is_stacked else side
        self.site_lines = [
            line.text
            for line in break_text(printable(heading.site_name), faces.bold, self._site_size, self._side)
        ]
        self.hot_lines = [
            line.text
            for line in break_text(printable(heading.hotline), faces.regular, self.style.label, self._side)
        ]
        right = (
            (self.width - self.qr_side - _QUIET) if self.is_stacked else self._side - self.qr_side - _QUIET
        )
        natural = faces.bold.width(heading.number, self.style.number) or 1.0
        self._right_width = max(right, 30.0)
        self.number_size = max(min(self.style.number, self.style.number * right / natural), self.style.label)
        self.under_lines = [
            line.text
            for line in break_text(heading.under_number, faces.regular, self.style.label, self._right_width)
        ]
        self.height = self._stacked_height() if self.is_stacked else self._wide_height()

    @property
    def _left_height(self) -> float:
        return len(self.site_lines) * self._site_size * _LINE + len(self.hot_lines) * self.style.label * _LINE

    @property
    def _right_height(self) -> float:
        return self.number_size * _LINE + len(self.under_lines) * self.style.label * _LINE

    @property
    def tag_height(self) -> float:
        return self.style.label * 1.62

    def _wide_height(self) -> float:
        centre = self.title_size * 1.2 + self.tag_height + 2
        return max(centre, self.qr_side, self._left_height, self._right_height) + 2.0 * MM

    def _stacked_height(self) -> float:
        head = self._left_height + self.title_size * 1.35 + self.tag_height + 4
        return head + max(self.qr_side, self._right_height) + 2.2 * MM

    def draw(self, sheet: Sheet) -> None:
        """Everything but the tags."""
        if self.is_stacked:
            self._draw_stacked(sheet)
        else:
            self._draw_wide(sheet)

    def _draw_wide(self, sheet: Sheet) -> None:
        style, right = self.style, self.left + self.width
        y = self.top
        for line in self.site_lines:
            sheet.text(self.left, y + self._site_size, line, self._site_size, bold=True)
            y += self._site_size * _LINE
        for line in self.hot_lines:
            sheet.text(self.left, y + style.label * 1.1, line, style.label, grey=style.grey)
            y += style.label * _LINE
        self._title(sheet, self.top + self.title_size * 0.95)
        qr.draw(sheet, self.heading.identifier, right - self.qr_side, self.top, self.qr_side)
        self._number(
            sheet, right - self.qr_side - (_QUIET if self.qr_side else 0), self.top, align_right=True
        )

    def _draw_stacked(self, sheet: Sheet) -> None:
        y = self.top
        centre = self.left + self.width / 2
        for line in self.site_lines:
            sheet.text_centre(centre, y + self._site_size, line, self._site_size, bold=True)
            y += self._site_size * _LINE
        for line in self.hot_lines:
            sheet.text_centre(
                centre, y + self.style.label * 1.1, line, self.style.label, grey=self.style.grey
            )
            y += self.style.label * _LINE
        self._title(sheet, y + self.title_size * 1.1)
        y += self.title_size * 1.35 + self.tag_height + 4
        qr.draw(sheet, self.heading.identifier, self.left + self.width - self.qr_side, y, self.qr_side)
        self._number(sheet, self.left, y, align_right=False)

    def _title(self, sheet: Sheet, y: float) -> None:
        centre = self.left + self.width / 2
        sheet.text_centre(centre, y, self.heading.title, self.title_size, bold=True, spacing=self.spacing)

    def _number(self, sheet: Sheet, edge: float, y: float, *, align_right: bool) -> None:
        rows = [(self.heading.number, self.number_size, True, 0.0)]
        rows += [(line, self.style.label, False, self.style.grey) for line in self.under_lines]
        for text, size, bold, grey in rows:
            if align_right:
                sheet.text_right(edge, y + size, text, size, bold=bold, grey=grey)
            else:
                sheet.text(edge, y + size, text, size, bold=bold, grey=grey)
            y += size * _LINE

    def draw_tags(self, sheet: Sheet, tags: list[Tag]) -> None:
        """The frames below the title, side by side around the middle."""
        size = self.style.label
        widths = [self.faces.of(bold=tag.is_bold).width(tag.text, size) + size * 1.3 for tag in tags]
        gap = size * 0.7
        x = self.left + self.width / 2 - (sum(widths) + gap * (len(tags) - 1)) / 2
        y = self.top + self.title_size * 1.2 + 1.5
        if self.is_stacked:
            y += self._left_height + self.title_size * 0.15
        for tag, width in zip(tags, widths, strict=True):
            sheet.rounded_box(
                x,
                y,
                width,
                self.tag_height,
                radius=self.tag_height / 2,
                thickness=1.0 if tag.is_bold else 0.5,
            )
            sheet.text(
                x + size * 0.65, y + self.tag_height / 2 + size * 0.36, tag.text, size, bold=tag.is_bold
            )
            x += width + gap


class Foot:
    """The line below the table; grows to several lines when it must. ``height`` in pt includes the space
    above."""

    def __init__(self, form: Form, faces: Typefaces, left_text: str, right_width: float) -> None:
        self.form = form
        self.size = form.style.foot
        self.width = form.inner_width * MM
        if form.is_narrow or right_width > self.width * 0.5:
            right_width = 0.0
            self._right_below = True
        else:
            self._right_below = False
        room = self.width - right_width - (8 if right_width else 0)
        self.lines = [line.text for line in break_text(printable(left_text), faces.regular, self.size, room)]
        count = len(self.lines) + self._right_below
        self.height = max(1, count) * self.size * _LINE + 3.2

    def draw(self, sheet: Sheet, y: float, right_text: str) -> None:
        """Draw below *y*."""
        left, grey = self.form.margins[3] * MM, self.form.style.grey
        base = y + 3.2 + self.size * 0.9
        for number, line in enumerate(self.lines):
            sheet.text(left, base + number * self.size * _LINE, line, self.size, grey=grey)
        if self._right_below:
            base += len(self.lines) * self.size * _LINE
        sheet.text_right(left + self.width, base, right_text, self.size, grey=grey)
