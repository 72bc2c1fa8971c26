"""Signing in, the first change of password, and the lock after a pause."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from models.errors import DomainError
from models.services import accounts
from models.services.accounts import SignIn
from models.work import SYSTEM
from resources.translations import N_, pgettext
from resources.translations import gettext as _
from views.sign_in.cover import Cover
from views.tasks import TaskRunner
from views.widgets.form import Field, Form, Kind

_WHO = Field("staff_no", N_("工号"), is_required=True, max_length=40)
_PASSWORD = Field("password", N_("密码"), Kind.SECRET, is_required=True, max_length=200)
_NEW = (
    Field("new", N_("新密码"), Kind.SECRET, is_required=True, note=N_("字母和数字都要有"), max_length=200),
    Field("again", N_("再输一遍"), Kind.SECRET, is_required=True, max_length=200),
)


class SignInCover(Cover):
    """Asks for number and password; ``signed_in`` carries the `Actor`."""

    signed_in = Signal(object)
    password_change_wanted = Signal(str, str)
    """Number and current password: the first password must be changed."""

    def __init__(
        self, tasks: TaskRunner, site: str, *, staff_no: str = "", is_lock: bool = False,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        title = _("已锁定") if is_lock else (site or _("前台"))
        sentence = _("输入密码继续，页面上的内容都还在") if is_lock else _("请用工号登录")
        super().__init__(title, sentence, Form((_WHO, _PASSWORD)), pgettext("button", "登录"), parent)
        self._tasks = tasks
        if staff_no:
            self.form.set_values({"staff_no": staff_no})

    def ready(self) -> None:
        super().ready()
        if self.form.values()["staff_no"]:
            self.form.focus("password")

    def send(self) -> None:
        values = self.form.values()
        self._tasks.write(
            self, accounts.sign_in, values["staff_no"], values["password"], actor=SYSTEM,
            on_done=self._on_answer, on_error=self.failed,
        )  # fmt: skip

    def _on_answer(self, answer: SignIn) -> None:
        self.confirm.setEnabled(True)
        values = self.form.values()
        if answer.must_change_password:
            self.password_change_wanted.emit(values["staff_no"], values["password"])
            return
        try:
            actor = answer.who()
        except DomainError as error:
            self.form.set_values({"password": ""})
            self.failed(error)
            self.form.focus("password")
            return
        self.signed_in.emit(actor)


class NewPasswordCover(Cover):
    """The password that the administrator gave is changed before anything else."""

    signed_in = Signal(object)

    def __init__(self, tasks: TaskRunner, staff_no: str, current: str, parent: QWidget | None = None) -> None:
        sentence = _("这是首次登录，请先换成自己的密码")
        super().__init__(_("更改密码"), sentence, Form(_NEW), _("更改并登录"), parent)
        self._tasks, self._staff_no, self._current = tasks, staff_no, current

    def send(self) -> None:
        values = self.form.values()
        if values["new"] != values["again"]:
            self.confirm.setEnabled(True)
            self.form.complain("again", _("两次输入的密码不一样"))
            return
        self._tasks.write(
            self, accounts.change_password, self._staff_no, self._current, values["new"], actor=SYSTEM,
            on_done=self._on_answer, on_error=self.failed,
        )  # fmt: skip

    def _on_answer(self, answer: SignIn) -> None:
        try:
            self.signed_in.emit(answer.who())
        except DomainError as error:
            self.failed(error)
