"""The cover: what stands over the whole window until somebody has signed in."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from models.errors import DomainError
from views.widgets.form import Form
from views.widgets.panel import Panel, button, label, scrolled

CARD_WIDTH = 400


def set_in_middle(ground: QWidget, card: QWidget) -> None:
    """Lay the card a little above the middle of an empty ground; it scrolls where it does not fit."""
    middle = QHBoxLayout()
    middle.addStretch(1)
    middle.addWidget(card)
    middle.addStretch(1)
    inside = QWidget()
    column = QVBoxLayout(inside)
    column.addStretch(2)
    column.addLayout(middle)
    column.addStretch(3)
    outer = QVBoxLayout(ground)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.addWidget(scrolled(inside))


class Cover(QWidget):
    """A card in the middle of an empty ground: a title, a sentence, a form and one button."""

    def __init__(self, title: str, sentence: str, form: Form, confirm: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setObjectName("canvas")
        self.setAccessibleName(title)
        self.form = form
        self.card = Panel(padding=24, spacing=12)
        self.card.setFixedWidth(CARD_WIDTH)
        self.card.body.addWidget(label(title, name="pageTitle", wraps=True))
        self.sentence = label(sentence, "muted", wraps=True)
        self.sentence.setVisible(bool(sentence))
        self.card.body.addWidget(self.sentence)
        self.card.body.addWidget(form)
        self.confirm = button(confirm, self.submit, keys="Enter", is_primary=True)
        self.confirm.setAutoDefault(True)
        self.card.body.addWidget(self.confirm)
        set_in_middle(self, self.card)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter anywhere in the form is the button: this is no dialog, Qt does not do it by itself."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submit()
        else:
            super().keyPressEvent(event)

    def submit(self) -> None:
        """Enter or the button: check the form, then `send` it once."""
        if self.confirm.isEnabled() and self.form.is_right():
            self.confirm.setEnabled(False)
            self.send()

    def send(self) -> None:
        """What the button does; overridden."""

    def failed(self, error: DomainError) -> None:
        """Say why not; what was typed stays."""
        self.confirm.setEnabled(True)
        self.form.show_error(error)

    def ready(self) -> None:
        self.confirm.setEnabled(True)
        self.form.focus()

    def add_link(self, made: QWidget) -> None:
        """A further way out, under the button."""
        self.card.body.addWidget(made, alignment=Qt.AlignmentFlag.AlignHCenter)
