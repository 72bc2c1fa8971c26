"""我的密码: everybody changes their own, whenever they like."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit

from models.errors import DomainError
from models.services import accounts
from models.services.accounts import SignIn
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext
from views.settings.section import Section
from views.widgets.form import Field, Form, Kind
from views.widgets.panel import scrolled

FIELDS = (
    Field("current", N_("现在的密码"), Kind.SECRET, is_required=True),
    Field(
        "new", N_("新密码"), Kind.SECRET, is_required=True, note=N_("含字母和数字，不含工号，不用常见密码")
    ),
    Field("again", N_("再输一次新密码"), Kind.SECRET, is_required=True),
)


class OwnPasswordSection(Section):
    title = N_("我的密码")
    hint = N_("改自己的登录密码。现在的密码输错也算一次，连续输错会锁定账号。")

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self.form = Form(FIELDS)
        self.form.setMaximumWidth(460)
        self.body.addWidget(scrolled(self.form), 1)
        self._save = self.add_command(_("更改密码"), "Ctrl+S", self.commit, tip=_("更改密码  Ctrl+Enter"))
        self.show_commands([self._save])
        self.setFocusProxy(self.form.editor("current").widget)
        self.form.edited.connect(lambda _name: self._follow())
        self._follow()

    def _follow(self) -> None:
        self._save.setEnabled(all(self.form.values().values()))

    def commit(self) -> bool:
        values = self.form.values()
        if not any(values.values()):
            return False
        if not self.form.is_right():
            return True
        if values["new"] != values["again"]:
            self.form.complain("again", _("两次输入的密码不一样"))
            return True
        self._save.setEnabled(False)
        self.context.tasks.write(
            self, accounts.change_password, self.context.user.staff_no, values["current"], values["new"],
            on_done=self._answered, on_error=self._refused,
        )  # fmt: skip
        return True

    def _answered(self, answer: SignIn) -> None:
        try:
            answer.who()
        except DomainError as error:
            self._refused(error)
            self._clear("current")
            self.form.focus("current")
            return
        self.forget()
        self.say(_("密码已更改，下次登录用新密码"))

    def _refused(self, error: DomainError) -> None:
        self.form.show_error(error)
        self._follow()

    def _clear(self, name: str) -> None:
        line = self.form.editor(name).widget
        assert isinstance(line, QLineEdit)
        line.clear()

    def forget(self) -> None:
        """Nothing typed stays."""
        for field in FIELDS:
            self._clear(field.name)
        self.form.set_values(dict.fromkeys(("current", "new", "again"), ""))
        self._follow()

    def step_back(self) -> bool:
        if not any(self.form.values().values()):
            return False
        self.forget()
        return True
