"""项目资料: the name, the hotline and the address that stand on the window and on paper."""

from __future__ import annotations

from typing import Any

from models.errors import DomainError
from models.services import site
from models.services.site import SiteFacts
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext
from views.settings.section import Section
from views.widgets.form import Field, Form
from views.widgets.panel import scrolled

FIELDS = (
    Field("name", N_("项目名称"), is_required=True, max_length=60, note=N_("印在单据抬头")),
    Field("short_name", N_("简称"), max_length=20),
    Field("hotline", N_("服务热线"), max_length=30, note=N_("24 小时热线，印在单据上")),
    Field("address", N_("地址"), max_length=120),
)
NAMES = tuple(field.name for field in FIELDS)


class SiteSection(Section):
    title = N_("项目资料")
    hint = N_("窗口和单据上的项目名称、热线和地址。窗口抬头在下次登录后更新。")
    concerns = frozenset({"site"})

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._is_filled = False
        self._expected: dict[str, Any] = {}
        self.form = Form(FIELDS, formats=context.formats)
        self.form.setMaximumWidth(640)
        self.body.addWidget(scrolled(self.form), 1)
        self._save = self.add_command(_("保存"), "Ctrl+S", self.commit, tip=_("保存  Ctrl+Enter"))
        self._revert = self.add_command(_("放弃修改"), "Ctrl+Backspace", self.revert)
        self.show_commands(self.commands)
        self.form.edited.connect(lambda _name: self._follow())
        self.setFocusProxy(self.form.editor("name").widget)
        self._follow()

    def refresh(self) -> None:
        self.context.tasks.read_latest(self, "site", site.facts, on_done=self._show)

    def _show(self, facts: SiteFacts | None) -> None:
        values = {name: getattr(facts, name, None) or "" for name in NAMES}
        if self._is_filled and self.form.is_changed:
            self.form.merge(values)
        else:
            self.form.set_values(values)
        self._is_filled, self._expected = True, values
        self._follow()

    def _follow(self) -> None:
        for action in self.commands:
            action.setEnabled(self.form.is_changed)

    def commit(self) -> bool:
        if not self.form.is_changed:
            return False
        if self.form.is_right():
            self.context.tasks.write(
                self, site.edit, self.form.changed_values(), self._expected,
                on_done=self._saved, on_error=self._refused,
            )  # fmt: skip
        return True

    def _saved(self, _value: Any) -> None:
        self.form.accept_values()
        self._follow()
        self.say(_("项目资料已保存"))

    def _refused(self, error: DomainError) -> None:
        self.form.show_error(error)

    def revert(self) -> None:
        self.form.set_values(self._expected)
        self._follow()

    def step_back(self) -> bool:
        if not self.form.is_changed:
            return False
        self.revert()
        return True
