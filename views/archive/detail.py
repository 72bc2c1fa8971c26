"""The column at the right: a headline, commands, then sections of facts and lines, scrolled as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from resources.translations import gettext as _
from views.widgets.action_bar import ActionBar
from views.widgets.card import Card, Line, Piece, WrappingLabel
from views.widgets.flow_layout import FlowLayout
from views.widgets.panel import Panel, empty_layout, label, link, pill, scrolled
from views.widgets.record_marks import RecordBadge, RecordMarks

Section = tuple[str, Sequence[Line], str, Callable[[], object]]
"""Translated heading, lines, the keys that add one, and what adds one."""
Fact = tuple[str, Sequence[Piece] | str]
"""Translated label, and what it holds."""


def pieces(line: Line, parent: QWidget) -> QWidget:
    """A line of pieces that wraps."""
    holder = QWidget(parent)
    flow = FlowLayout(holder, spacing=8)
    for piece in line:
        flow.addWidget(_widget(piece))
    return holder


def _widget(piece: Piece) -> QWidget:
    if piece.run is not None:
        made = link(piece.text, piece.run)
        made.setProperty("bold", piece.is_bold)
        return made
    if piece.is_pill:
        return pill(piece.text, piece.tone)
    if piece.is_bold:
        return label(piece.text, piece.tone, name="heading")
    return WrappingLabel(piece.text, piece.tone)


class Detail(Panel):
    """`begin` empties it, `headline`, `section`, `facts`, `card` fill it, `end` shows it where it was."""

    def __init__(self, empty: str, marks: RecordMarks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks = marks
        self._head = QVBoxLayout()
        self._head.setSpacing(6)
        self.body.addLayout(self._head)
        self.bar = ActionBar()
        self.body.addWidget(self.bar)
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 6, 0)
        self._column.setSpacing(6)
        self._area = scrolled(self._inside)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body.addWidget(self._area, 1)
        self._empty = empty
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._place = 0
        self.show_nothing()

    def show_nothing(self) -> None:
        """Nothing is chosen."""
        self.begin()
        self.bar.hide()
        note = label(self._empty, "muted", wraps=True)
        note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column.addStretch(1)
        self._column.addWidget(note)
        self._column.addStretch(2)

    def begin(self) -> None:
        """Empty it; the place in the column is kept for `end`."""
        self._place = self._area.verticalScrollBar().value()
        focus = QApplication.focusWidget()
        if focus is not None and self.isAncestorOf(focus):
            self.setFocus()  # what had the keyboard goes; it stays in the page, where keys are commands
        empty_layout(self._head)
        empty_layout(self._column)
        self.bar.show()

    def end(self, *, is_same: bool) -> None:
        """All is in; *is_same*: the same record as before, so that the place stays."""
        self._column.addStretch(1)
        bar = self._area.verticalScrollBar()
        self._inside.adjustSize()
        bar.setValue(self._place if is_same else 0)

    def headline(self, record_id: str, title: str, pills: Sequence[Piece], *lines: Line) -> None:
        """What the record *record_id* is called, its state in pills, how it stands with headquarters."""
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label(title, name="pageTitle", wraps=len(title) > 16), 1 if len(title) > 16 else 0)
        for piece in pills:
            row.addWidget(pill(piece.text, piece.tone), 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        row.addWidget(RecordBadge(self._marks, record_id), 0, Qt.AlignmentFlag.AlignVCenter)
        self._head.addLayout(row)
        for line in lines:
            self._head.addWidget(pieces(line, self))

    def section(self, heading: str, *links: tuple[str, str, Callable[[], object]]) -> None:
        """A heading with links at its right: (words, keys, what it does)."""
        row = QHBoxLayout()
        row.setContentsMargins(0, 4, 0, 0)
        row.addWidget(label(heading, name="sectionHeading"))
        row.addStretch(1)
        for words, keys, run in links:
            made = link(f"{words}  {keys}".strip(), run)
            made.setAccessibleName(f"{heading} {words}")
            row.addWidget(made)
        self._column.addLayout(row)

    def sections(self, sections: Sequence[Section]) -> None:
        """Those with lines as sections; those without share one line that offers to add."""
        missing: list[Piece] = []
        for heading, lines, keys, add in sections:
            if lines:
                self.section(heading, (_("添加"), keys, add))
                self.lines(lines)
            else:
                missing.append(Piece(f"＋ {heading}  {keys}", run=add))
        if missing:
            self.section(_("还没有登记"))
            self.lines([missing])

    def facts(self, facts: Sequence[Fact], *, columns: int = 2) -> None:
        """Labels and values in a grid."""
        holder = QWidget(self)
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(5)
        for place, (words, value) in enumerate(facts):
            row, column = divmod(place, columns)
            name = label(words, "muted")
            grid.addWidget(name, row, 2 * column, Qt.AlignmentFlag.AlignTop)
            line = [Piece(value)] if isinstance(value, str) else value
            grid.addWidget(pieces(line, holder), row, 2 * column + 1)
        for column in range(columns):
            grid.setColumnStretch(2 * column + 1, 1)
        self._column.addWidget(holder)

    def card(self, lines: Sequence[Line], *, tone: str = "") -> None:
        card = Card(self)
        card.show_lines(lines, tone=tone)
        self._column.addWidget(card)

    def lines(self, lines: Sequence[Line], nothing: str = "") -> None:
        """Plain lines, or *nothing* in grey where there are none."""
        for line in lines or ([[Piece(nothing or _("无"), "muted")]]):
            self._column.addWidget(pieces(line, self))
