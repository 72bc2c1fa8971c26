"""A value of any length with what differs marked; of a very long one the beginning, and all one key away."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from resources.translations import gettext as _
from views.widgets.dialog import Dialog
from views.widgets.look import app_tokens
from views.widgets.marked_text import Marked
from views.widgets.panel import link

SHOWN = 600
"""Characters shown beside the list."""
CONTEXT = 40
"""Characters shown before the first difference of a shortened text."""


class LongText(QWidget):
    """`show_text` fills it."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._marked = title, Marked()
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.more = link("", self.show_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.words)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)

    @property
    def text(self) -> str:
        """The whole of it."""
        return self._marked.text

    def show_text(self, text: str, spans: Sequence[tuple[int, int]] = (), *, title: str = "") -> None:
        """*spans* are marked; *title* names the window that shows all of a long one."""
        self._title, self._marked = title or self._title, Marked(text, spans)
        self.more.setVisible(len(text) > SHOWN)
        self.more.setText(_("全部显示（{n} 字）").format(n=f"{len(text):,}"))
        self._paint()

    def show_all(self) -> None:
        """All of it, to read and to copy."""
        dialog = Dialog(self._title or _("全部内容"), self, confirm=_("关闭"), width=640)
        dialog.cancel_button.hide()
        box = QPlainTextEdit(self._marked.text)
        box.setReadOnly(True)
        box.setMinimumHeight(320)
        dialog.body.addWidget(box)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _paint(self) -> None:
        tokens, marked = app_tokens(), self._marked
        start = 0
        if len(marked.text) > SHOWN and marked.spans:
            start = max(marked.spans[0][0] - CONTEXT, 0)
        shown = Marked(
            marked.text[start : start + SHOWN], [(one - start, end - start) for one, end in marked.spans]
        )
        ground = f"background:{tokens.highlight};color:{tokens.on_highlight};text-decoration:underline"
        pieces = [
            f'<span style="{ground}">{html.escape(text)}</span>' if is_marked else html.escape(text)
            for text, is_marked in shown.pieces()
        ]
        before = "… " if start else ""
        after = " …" if start + SHOWN < len(marked.text) else ""
        self.words.setText(before + "".join(pieces).replace("\n", "<br>") + after)
        self.words.setAccessibleName(marked.text[:SHOWN])

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._paint()
