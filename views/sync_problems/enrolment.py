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

_URL = Field("url", N_("总部地址"), is_required=True, hint="https://hq.example.com", mnemonic="U")
_FIELDS = (
    _URL,
    Field("code", N_("登记码"), is_required=True, note=N_("由总部管理员发放，只能用一次"), mnemonic="C"),
)
_AGAIN = (_URL, Field("code", N_("新的登记码"), note=N_("由总部管理员发放，只能用一次"), mnemonic="C"))


class EnrolPanel(Panel):
    """Shown while the desk is not enrolled; ``is_again``: for one that was, and must or may be again."""

    enrolled = Signal(str)
    """The desk's letter; empty when headquarters' address alone has changed."""

    def __init__(self, context: AppContext, parent: QWidget | None = None, *, is_again: bool = False) -> None:
        super().__init__(parent, padding=18)
        self._context = context
        self._title = _("重新接入总部") if is_again else _("登记到总部")
        self.form = Form(_AGAIN if is_again else _FIELDS)
        self.form.setMaximumWidth(600)
        confirm = pgettext("button", "接入") if is_again else pgettext("button", "登记")
        self.confirm = button(confirm, self.send, keys="Ctrl+Enter", is_primary=True)
        self.body.addWidget(label(self._title, name="heading"))
        self._is_again = is_again
        self._said = label("", "muted", wraps=True)
        self.ask(needs_code=True)
        self.body.addWidget(self._said)
        self.body.addWidget(self.form)
        row = QHBoxLayout()
        row.addWidget(self.confirm)
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addStretch(1)
        self.setFocusProxy(self.form.editor("url").widget)

    def ask(self, *, needs_code: bool) -> None:
        """Say what comes of it; not *needs_code*: a new address alone may be all that is wanted."""
        self._needs_code = needs_code
        said = _("登记后，本机已有的记录会全部送到总部，别的前台的记录也会取来。")
        if self._is_again:
            said = _("用新的登记码接入后，本机成为一个新前台，本机的记录都在，会继续送到总部。")
        if not needs_code:
            said += _("只换总部地址时，登记码不填。")
        self._said.setText(said)

    def offer(self, address: str) -> None:
        """The address there is, until somebody types another."""
        if not self.form.values()["url"]:
            self.form.set_values({"url": address})

    def send(self) -> None:
        """Ctrl+Enter or the button."""
        desk = self._context.desk
        if desk is None or not self.confirm.isEnabled() or not self.form.is_right():
            return
        values = self.form.values()
        if self._needs_code and not values["code"]:
            self.form.complain("code", _("请填写总部新发的登记码"))
            return
        self.confirm.setEnabled(False)
        self._context.tasks.long(
            self, _enrol, desk, values["url"], values["code"] or "",
            title=self._title, on_done=self._on_done, on_error=self._on_refused,
            on_cancelled=lambda: self.confirm.setEnabled(True),
        )  # fmt: skip

    def _on_done(self, letter: str) -> None:
        self.confirm.setEnabled(True)
        self.form.set_values({"url": "", "code": ""})
        said = _("已登记，本机现在是前台 {letter}").format(letter=letter) if letter else _("总部地址已更换")
        self._context.notify(Notice(said, "good"))
        self.enrolled.emit(letter)

    def _on_refused(self, error: DomainError) -> None:
        self.confirm.setEnabled(True)
        self.form.show_error(error)


def _enrol(_door: Any, progress: Any, desk: DeskControl, url: str, code: str) -> str:
    """On the job lane. Without a code only the address changes."""
    progress.step(0, 0, _("正在联系总部…"))
    if not code:
        desk.move_headquarters(url)
        return ""
    return desk.enrol(url, code)
