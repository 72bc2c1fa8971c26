"""Dialogs: a title, the content, what went wrong, and buttons with their keys. Ctrl+Enter does it, Esc
leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from models.errors import DomainError
from resources.translations import gettext as _
from views.formats import Formats
from views.widgets.form import Field, Form
from views.widgets.panel import button, label


class Dialog(QDialog):
    """``body`` takes the content; `confirmed` is called for Ctrl+Enter and the primary button."""

    def __init__(
        self, title: str, parent: QWidget | None = None, *, confirm: str = "", width: int = 460
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(width)
        self.setModal(True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(18, 16, 18, 14)
        outer.setSpacing(12)
        outer.addWidget(label(title, name="heading"))
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        outer.addLayout(self.body, 1)
        row = QHBoxLayout()
        row.addStretch(1)
        self.cancel_button = button(_("取消"), self.reject, keys="Esc")
        self.confirm_button: QPushButton = button(
            confirm or _("确定"), self.confirmed, keys="Ctrl+Enter", is_primary=True
        )
        row.addWidget(self.cancel_button)
        row.addWidget(self.confirm_button)
        outer.addLayout(row)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self._on_keys)

    def _on_keys(self) -> None:
        if self.confirm_button.isEnabled():
            self.confirmed()

    def confirmed(self) -> None:
        """Do it; the base only closes."""
        self.accept()


class FormDialog(Dialog):
    """A form in a dialog. *submit* gets the values and the dialog, whose `done_well` and `failed` are the
    ``on_done`` and ``on_error`` of its write.

    While the answer is awaited the button is off; a refusal shows beside the field and what was typed stays.
    """

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        submit: Callable[[dict[str, Any], FormDialog], None],
        parent: QWidget | None = None,
        *,
        confirm: str = "",
        formats: Formats | None = None,
        width: int = 520,
    ) -> None:
        super().__init__(title, parent, confirm=confirm, width=width)
        self._submit = submit
        self.form = Form(fields, self, formats=formats)
        self.body.addWidget(self.form)
        self.form.focus()

    def confirmed(self) -> None:
        if self.form.is_right():
            self.confirm_button.setEnabled(False)
            self._submit(self.form.values(), self)

    def done_well(self, _value: object = None) -> None:
        """The save succeeded; close."""
        self.accept()

    def failed(self, error: DomainError) -> None:
        """The save was refused; say why and let it be tried again."""
        self.confirm_button.setEnabled(True)
        self.form.show_error(error)


def asked(parent: QWidget, title: str, text: str, *, confirm: str) -> bool:
    """Ask before what cannot be undone; *confirm* names the deed on the button. Undo is better than
    asking."""
    dialog = Dialog(title, parent, confirm=confirm)
    dialog.body.addWidget(label(text, wraps=True))
    dialog.confirm_button.setFocus()
    try:
        return dialog.exec() == QDialog.DialogCode.Accepted
    finally:
        dialog.deleteLater()
