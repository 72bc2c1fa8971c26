"""What happened, in order: time, what, and who. One text, so that it wraps, scrolls, is selected and copied
as such."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from resources.styles import Tokens
from resources.translations import gettext as _
from views.widgets.look import app_tokens


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


class Timeline(QTextBrowser):
    """`show_happenings` fills it; it follows light and dark."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._happenings: Sequence[Happening] = ()
        self.setObjectName("timeline")
        self.setAccessibleName(_("经过"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.setTabChangesFocus(True)

    def show_happenings(self, happenings: Sequence[Happening]) -> None:
        """Show these, oldest first or as given; the place in the text stays."""
        self._happenings = happenings
        place = self.verticalScrollBar().value()
        tokens = app_tokens()
        lines = "".join(_row(happening, tokens) for happening in happenings)
        self.setHtml(f'<table cellspacing="0" cellpadding="4">{lines}</table>')
        self.verticalScrollBar().setValue(place)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._happenings:
            self.show_happenings(self._happenings)


def _row(happening: Happening, tokens: Tokens) -> str:
    parts = [f"{happening.symbol} " if happening.symbol else "", escaped(happening.text)]
    if happening.strong:
        parts.append(f" <b>{escaped(happening.strong)}</b>")
    if happening.by:
        parts.append(f' <span style="color:{tokens.muted}">— {escaped(happening.by)}</span>')
    time = f'<td style="color:{tokens.muted}; padding-left:0"><nobr>{escaped(happening.at)}</nobr></td>'
    colour = tokens.tone(happening.tone)
    return f'<tr>{time}<td style="color:{colour}; padding-left:8px">{"".join(parts)}</td></tr>'
