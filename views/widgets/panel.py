"""Surfaces: the panel that a page is made of, and small labels with a tone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from resources.translations import gettext as _
from views.context import Preferences
from views.widgets.look import set_tone

GAP = 10


class Panel(QFrame):
    """A white surface with a thin border; ``body`` is its layout."""

    def __init__(self, parent: QWidget | None = None, *, padding: int = 14, spacing: int = 8) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(padding, padding - 2, padding, padding - 2)
        self.body.setSpacing(spacing)


def label(text: str = "", tone: str = "", *, name: str = "", wraps: bool = False) -> QLabel:
    """A label with a tone (``muted``, ``good``, ``warn`` …) or the look of an object name (``pageTitle``,
    ``heading``, ``pill``). The text is plain: what people typed is never read as markup."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wraps)
    made.setIndent(0)
    if name:
        made.setObjectName(name)
    if tone:
        set_tone(made, tone)
    return made


def pill(text: str, tone: str = "") -> QLabel:
    """A word on a soft ground, as tall as its text."""
    return label(text, tone, name="pill")


def button(text: str, run: Callable[[], object], *, keys: str = "", is_primary: bool = False) -> QPushButton:
    """A button that shows its keys after its words; the keys themselves belong to a command of the page."""
    made = QPushButton(f"{text}  {keys}" if keys else text)
    made.setAccessibleName(text)
    made.setProperty("primary", is_primary)
    made.setAutoDefault(False)
    made.clicked.connect(lambda _checked=False: run())
    return made


def link(text: str, run: Callable[[], object]) -> QPushButton:
    """A button that looks like a word in the text."""
    made = QPushButton(text)
    made.setObjectName("linkButton")
    made.setAutoDefault(False)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.clicked.connect(lambda _checked=False: run())
    return made


class ListAndDetail(QSplitter):
    """List at the left, detail at the right, the border between them remembered."""

    def __init__(
        self,
        left: QWidget,
        right: QWidget,
        name: str,
        preferences: Preferences,
        parent: QWidget | None = None,
        *,
        share: float = 0.57,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.addWidget(left)
        self.addWidget(right)
        self.setHandleWidth(GAP)
        self.setChildrenCollapsible(False)
        usual = [int(share * 1000), int(1000 - share * 1000)]
        saved = preferences.get(f"split/{name}")
        sizes = saved if isinstance(saved, list) and len(saved) == 2 else usual
        self.setSizes([int(size) for size in sizes])
        self.setStretchFactor(0, usual[0])
        self.setStretchFactor(1, usual[1])
        self.splitterMoved.connect(lambda *_at: preferences.set(f"split/{name}", self.sizes()))
        self.handle(1).setAccessibleName(_("列表与详情的分界"))


def scrolled(inside: QWidget) -> QScrollArea:
    """*inside* in an area that scrolls up and down when it is too low, on the ground of what is around it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inside)
    return area


def empty_layout(layout: QLayout) -> None:
    """Take everything out of *layout* and delete its widgets."""
    while layout.count():
        item = layout.takeAt(0)
        if item is None:
            break
        widget = item.widget()
        inner = item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            empty_layout(inner)
