"""Enrolling this desk at headquarters: address and one-time code; it runs as a long job."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from models.errors import DomainError
from resources.translations import N_, pgettext
from resources.translations import gettext as _
from views.context import AppContext, DeskControl, Notice
from views.widgets.form import Field, Form
from views.widgets.panel import Panel, button, label

_FIELDS = (
    Field("url", N_("总部地址"), is_required=True, hint="https://hq.example.com", mnemonic="U"),
    Field("code", N_("登记码"), is_required=True, note=N_("由总部管理员发放，只能用一次"), mnemonic="C"),
)


class EnrolPanel(Panel):
    """Shown while the desk is not enrolled."""

    enrolled = Signal(str)

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent, padding=18)
        self._context = context
        self.form = Form(_FIELDS)
        self.form.setMaximumWidth(520)
        self.confirm = button(pgettext("button", "登记"), self.send, keys="Ctrl+Enter", is_primary=True)
        self.body.addWidget(label(_("登记到总部"), name="heading"))
        said = _("登记后，本机已有的记录会全部送到总部，别的前台的记录也会取来。")
        self.body.addWidget(label(said, "muted", wraps=True))
        self.body.addWidget(self.form)
        row = QHBoxLayout()
        row.addWidget(self.confirm)
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addStretch(1)
        self.setFocusProxy(self.form.editor("url").widget)

    def send(self) -> None:
        """Ctrl+Enter or the button."""
        desk = self._context.desk
        if desk is None or not self.confirm.isEnabled() or not self.form.is_right():
            return
        self.confirm.setEnabled(False)
        values = self.form.values()
        self._context.tasks.long(
            self, _enrol, desk, values["url"], values["code"],
            title=_("登记到总部"), on_done=self._on_done, on_error=self._on_refused,
            on_cancelled=lambda: self.confirm.setEnabled(True),
        )  # fmt: skip

    def _on_done(self, letter: str) -> None:
        self.confirm.setEnabled(True)
        self.form.set_values({"url": "", "code": ""})
        self._context.notify(Notice(_("已登记，本机现在是前台 {letter}").format(letter=letter), "good"))
        self.enrolled.emit(letter)

    def _on_refused(self, error: DomainError) -> None:
        self.confirm.setEnabled(True)
        self.form.show_error(error)


def _enrol(_door: Any, progress: Any, desk: DeskControl, url: str, code: str) -> str:
    """On the job lane."""
    progress.step(0, 0, _("正在联系总部…"))
    return desk.enrol(url, code)
