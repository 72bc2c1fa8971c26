"""The very first start: a site of its own, or one more desk of a site that headquarters knows."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from resources.translations import N_, pgettext
from resources.translations import gettext as _
from views.sign_in.cover import Cover
from views.widgets.form import Field, Form, Kind
from views.widgets.panel import link

_SITE = (
    Field("site", N_("项目名称"), is_required=True, hint=N_("幸福里服务中心")),
    Field("hotline", N_("服务热线")),
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
    wanted = Signal(dict)
    other_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        sentence = _("登记后会从总部取来本项目的全部数据")
        super().__init__(_("登记到总部"), sentence, Form(_ENROL), pgettext("button", "登记"), parent)
        self.add_link(link(_("没有总部？新建一个独立项目"), self.other_wanted.emit))

    def send(self) -> None:
        values: dict[str, Any] = self.form.values()
        self.wanted.emit(values)
