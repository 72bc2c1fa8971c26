"""The very first start: a site of its own, or one more desk of a site that headquarters knows."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from models.errors import DomainError
from models.services import seeds
from models.work import SYSTEM
from resources.translations import N_, pgettext
from resources.translations import gettext as _
from sync.status import SyncState, SyncStatus
from views.sign_in.cover import Cover
from views.sync_light import reason_of
from views.tasks import TaskRunner
from views.widgets.form import Field, Form, Kind
from views.widgets.panel import label, link

_ADMINISTRATOR = (
    Field("staff_no", N_("管理员工号"), is_required=True, max_length=40),
    Field("name", N_("管理员姓名"), is_required=True),
    Field(
        "password",
        N_("管理员密码"),
        Kind.SECRET,
        is_required=True,
        note=N_("由管理员本人设定"),
        max_length=200,
    ),
)
_SITE = (
    Field("site", N_("项目名称"), is_required=True, hint=N_("幸福里服务中心")),
    Field("hotline", N_("服务热线")),
    *_ADMINISTRATOR,
)
_AGAIN = Field("again", N_("再输一遍"), Kind.SECRET, is_required=True, max_length=200)
_ENROL = (
    Field("url", N_("总部地址"), is_required=True, hint="https://…"),
    Field("code", N_("登记码"), is_required=True, note=N_("由总部管理员发放，只能用一次")),
)


class NewSiteCover(Cover):
    """``wanted`` carries the form's values; the composition root makes the profile."""

    wanted = Signal(dict)
    other_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        sentence = _("数据保存在这台电脑上，加密存放；没有网络也能全部使用")
        super().__init__(_("新建项目"), sentence, Form(_SITE), pgettext("button", "开始使用"), parent)
        self.add_link(link(_("本项目已在总部登记？用登记码加入"), self.other_wanted.emit))

    def send(self) -> None:
        self.wanted.emit(self.form.values())


class EnrolCover(Cover):
    """``is_again``: the desk was enrolled before, so that it can be nothing else."""

    wanted = Signal(dict)
    other_wanted = Signal()

    def __init__(self, parent: QWidget | None = None, *, is_again: bool = False) -> None:
        sentence = _("登记后会从总部取来本项目的全部数据")
        super().__init__(_("登记到总部"), sentence, Form(_ENROL), pgettext("button", "登记"), parent)
        if not is_again:
            self.add_link(link(_("没有总部？新建一个独立项目"), self.other_wanted.emit))

    def send(self) -> None:
        values: dict[str, Any] = self.form.values()
        self.wanted.emit(values)


class FirstPersonCover(Cover):
    """The desk is enrolled, and nobody is there yet at the site: who is the first?"""

    made = Signal(str)
    """His staff number."""

    def __init__(self, tasks: TaskRunner, site: str, parent: QWidget | None = None) -> None:
        sentence = _(
            "已登记到总部。这个项目还没有人员，请建立第一个管理员；"
            "如果别的前台已经建好，稍等片刻，这里会自动变成登录。"
        )
        form = Form((*_ADMINISTRATOR, _AGAIN))
        super().__init__(site or _("第一个管理员"), sentence, form, _("建立第一个管理员"), parent)
        self._tasks, self._site = tasks, site
        self.standing = label("", "warn", wraps=True)
        self.standing.hide()
        self.card.body.addWidget(self.standing)

    def show_status(self, status: SyncStatus) -> None:
        """Why headquarters cannot be asked at the moment, if it cannot."""
        is_away = status.state in {SyncState.UNREACHABLE, SyncState.STOPPED}
        self.standing.setText(reason_of(status) if is_away else "")
        self.standing.setVisible(is_away)

    def send(self) -> None:
        values = self.form.values()
        if values["password"] != values["again"]:
            self.confirm.setEnabled(True)
            self.form.complain("again", _("两次输入的密码不一样"))
            return
        self._tasks.write(
            self, seeds.first_people, self._site, values["staff_no"], values["name"], values["password"],
            actor=SYSTEM, on_done=lambda _staff_id: self.made.emit(values["staff_no"]), on_error=self.failed,
        )  # fmt: skip

    def failed(self, error: DomainError) -> None:
        """Somebody came from another desk in the same moment: he signs in."""
        if error.code == "already-set-up":
            self.made.emit("")
        else:
            super().failed(error)
