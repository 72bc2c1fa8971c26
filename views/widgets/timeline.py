"""What happened, in order: time, what, and who."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from views.widgets.panel import empty_layout, label


@dataclass(frozen=True)
class Happening:
    """One line, all words translated: ``at`` (``09:12``), ``text``, ``by``; ``strong`` is put after the text
    in bold (a promise made), ``tone`` colours the line, ``symbol`` says the same without colour."""

    at: str
    text: str
    by: str = ""
    tone: str = ""
    symbol: str = ""
    strong: str = ""


def escaped(text: str) -> str:
    """*text* with the signs that rich text would read as markup made harmless."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")


class Timeline(QScrollArea):
    """Scrolls; the text can be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget(self)
        inside.setObjectName("scrolled")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 6, 0)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(9)
        self._grid.setColumnStretch(1, 1)
        column.addLayout(self._grid)
        column.addStretch(1)
        self.setWidget(inside)

    def show_happenings(self, happenings: Sequence[Happening]) -> None:
        """Show these, oldest first or as given."""
        empty_layout(self._grid)
        for row, happening in enumerate(happenings):
            self._grid.addWidget(label(happening.at, "muted"), row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(self._line(happening), row, 1)

    def _line(self, happening: Happening) -> QLabel:
        parts = [f"{happening.symbol} " if happening.symbol else "", escaped(happening.text)]
        if happening.strong:
            parts.append(f" <b>{escaped(happening.strong)}</b>")
        line = label("", happening.tone, wraps=True)
        if happening.by:
            colour = self.palette().placeholderText().color().name()
            parts.append(f' <span style="color:{colour}">— {escaped(happening.by)}</span>')
        line.setTextFormat(Qt.TextFormat.RichText)
        line.setText("".join(parts))
        line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        line.setAccessibleName(f"{happening.at} {happening.text} {happening.strong} {happening.by}".strip())
        return line
