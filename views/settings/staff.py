"""人员与账号: who works here, in which group, whether they can sign in; first passwords are shown once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from models.queries.accounts import (
    DepartmentRow,
    GroupRow,
    StaffRow,
    department_rows,
    group_rows,
    staff_rows,
)
from models.services import accounts
from models.services.accounts import NewAccount
from resources.translations import N_
from resources.translations import gettext as _
from views.archive.dialogs import Call, Question, ask, call
from views.context import AppContext
from views.formats import NOTHING
from views.settings.group_words import group_name
from views.settings.section import TableSection
from views.widgets.column import Column
from views.widgets.dialog import Dialog
from views.widgets.form import Field, Kind
from views.widgets.panel import button, label
from views.widgets.tone import Tone

FIELD_NAMES = ("staff_no", "name", "phone", "department_id", "position_title", "group_id", "is_on_duty")


@dataclass(frozen=True)
class _People:
    rows: tuple[StaffRow, ...]
    groups: tuple[GroupRow, ...]
    departments: tuple[DepartmentRow, ...]


def _people(session: Any) -> _People:
    return _People(staff_rows(session), group_rows(session), department_rows(session))


class StaffSection(TableSection[StaffRow]):
    title = N_("人员与账号")
    hint = N_("新账号的首次密码只显示一次，请当面交给本人；首次登录时必须改掉。")
    concerns = frozenset({"staff", "permission_group", "department"})

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._people = _People((), (), ())
        self.body.addWidget(self.make_table(self._columns(), "staff"), 1)
        self.table.empty.say(_("还没有人员"), _("按 N 新建第一位"))
        self.count_label = label("", "muted")
        self.body.addWidget(self.count_label)
        self._new = self.add_command(_("新建人员"), "N", self.make_new)
        self._edit = self.add_command(_("修改"), "E", self.with_current(self.edit))
        self._reset = self.add_command(_("重置密码"), "P", self.with_current(self.ask_to_reset))
        self._unlock = self.add_command(_("解锁"), "U", self.with_current(self.unlock))
        self._active = self.add_command(_("停用账号"), "D", self.with_current(self.toggle))
        self.show_commands(self.commands)

    def _columns(self) -> list[Column[StaffRow]]:
        return [
            Column("staff_no", N_("工号"), 80, sort="staff_no", is_bold=True),
            Column("name", N_("姓名"), 90, sort="name"),
            Column(
                "state", N_("账号"), 160, text=self._state_words, symbol=self._state_sign,
                tone=self._state_tone,
            ),
            Column("department", N_("部门"), 120, sort="department"),
            Column("position_title", N_("职务"), 100, sort="position_title"),
            Column("group", N_("权限组"), 120, text=lambda row: self._group_name(row.group_id), sort="group"),
            Column("phone", N_("电话"), 120, is_stretched=True),
        ]  # fmt: skip

    def _group_name(self, group_id: str | None) -> str:
        return next((group_name(group) for group in self._people.groups if group.id == group_id), NOTHING)

    def _is_locked(self, row: StaffRow) -> bool:
        return row.locked_until is not None and row.locked_until > self.context.clock()

    def _state_sign(self, row: StaffRow) -> str:
        if not row.is_active or not row.has_password:
            return "×"
        return "‖" if self._is_locked(row) else "⚠" if row.must_change_password else "✓"

    def _state_tone(self, row: StaffRow) -> Tone:
        tones = {"×": Tone.MUTED, "‖": Tone.BAD, "⚠": Tone.WARN}
        return tones.get(self._state_sign(row), Tone.GOOD)

    def _state_words(self, row: StaffRow) -> str:
        if not row.is_active:
            return _("已停用账号")
        if not row.has_password:
            return _("没有密码，不能登录")
        if self._is_locked(row):
            return _("锁定至 {at}").format(at=self.context.formats.time(row.locked_until))
        return _("在用，待改首次密码") if row.must_change_password else _("在用")

    # -- data ------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self.context.tasks.read_latest(self, "people", _people, on_done=self._show)

    def _show(self, people: _People) -> None:
        self._people = people
        self.show_rows(people.rows)
        active = sum(row.is_active for row in people.rows)
        self.count_label.setText(_("共 {n} 人，在用 {active}").format(n=len(people.rows), active=active))

    def follow(self) -> None:
        row = self.table.current()
        for action in (self._edit, self._reset, self._active):
            action.setEnabled(row is not None)
        self._unlock.setEnabled(row is not None and self._is_locked(row))
        self._active.setText(_("停用账号") if row is None or row.is_active else _("启用账号"))

    # -- commands --------------------------------------------------------------------------------------

    def opened(self) -> None:
        self._edit.trigger()

    def _fields(self) -> tuple[Field, ...]:
        departments = [(None, NOTHING), *((row.id, row.name) for row in self._people.departments)]
        groups = [(None, NOTHING), *((row.id, group_name(row)) for row in self._people.groups)]
        return (
            Field("staff_no", N_("工号"), is_required=True, max_length=20, note=N_("登录时用，区分大小写")),
            Field("name", N_("姓名"), is_required=True, is_beside=True, max_length=30),
            Field("group_id", N_("权限组"), Kind.CHOICE, choices=groups, is_required=True),
            Field("department_id", N_("部门"), Kind.CHOICE, choices=departments, is_beside=True),
            Field("position_title", N_("职务"), max_length=30),
            Field("phone", N_("电话"), is_beside=True, max_length=30),
            Field("is_on_duty", N_("值班"), Kind.FLAG, hint=N_("当班，可以派单给他")),
        )

    def make_new(self) -> None:
        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            return call(accounts.create_staff, values)

        clerk = next((group.id for group in self._people.groups if group.code == "clerk"), None)
        ask(
            self.context, _("新建人员"), self._fields(), save, parent=self,
            defaults={"group_id": clerk, "is_on_duty": True}, on_done=self._on_created,
            confirm=_("建立账号"), done=_("已建立账号"),
        )  # fmt: skip

    def _on_created(self, account: NewAccount) -> None:
        self._select_later(account.staff_id)
        row = self.table.current()
        who = f"{row.staff_no} {row.name}" if row is not None and row.id == account.staff_id else ""
        self._show_password(who, account.password)

    def _show_password(self, who: str, password: str) -> None:
        PasswordDialog(who, password, self).open()

    def edit(self, row: StaffRow) -> None:
        def save(changes: dict[str, Any], expected: dict[str, Any]) -> Call:
            return call(accounts.edit_staff, row.id, changes, expected)

        values = {name: getattr(row, name) for name in FIELD_NAMES}
        ask(
            self.context, _("修改 {who}").format(who=row.name), self._fields(), save, parent=self,
            values=values,
        )  # fmt: skip

    def ask_to_reset(self, row: StaffRow) -> None:
        Question(
            self, _("重置密码"),
            _("给 {who} 一个新的首次密码？原来的密码从此不能用，锁定也同时解除。").format(who=row.name),
            confirm=_("重置密码"), run=partial(self._reset_password, row),
        )  # fmt: skip

    def _reset_password(self, row: StaffRow) -> None:
        self.context.tasks.write(
            self, accounts.reset_password, row.id, on_error=self.refuse,
            on_done=lambda password: self._show_password(f"{row.staff_no} {row.name}", password),
        )  # fmt: skip

    def unlock(self, row: StaffRow) -> None:
        self.write(accounts.unlock, row.id, done=_("已解锁 {who}").format(who=row.name))
        self.refresh()

    def toggle(self, row: StaffRow) -> None:
        """Out of use or back into it, with undo."""
        words = _("已停用 {who}") if row.is_active else _("已启用 {who}")
        self.write(
            accounts.set_active, row.id, is_active=not row.is_active, done=words.format(who=row.name),
            undo=lambda: self.write(accounts.set_active, row.id, is_active=row.is_active),
        )  # fmt: skip


class PasswordDialog(Dialog):
    """The first password, shown once; C copies it."""

    def __init__(self, who: str, password: str, parent: QWidget) -> None:
        super().__init__(_("首次密码"), parent, confirm=_("已交给本人"), width=440)
        self.cancel_button.hide()
        self.body.addWidget(label(who, name="heading"))
        self.line = QLineEdit(password)
        self.line.setReadOnly(True)
        self.line.setAccessibleName(_("首次密码"))
        size = max(self.fontInfo().pixelSize(), 12) + 9
        self.line.setStyleSheet(f"font-size: {size}px; min-height: {size + 18}px;")
        self.copy_button = button(_("复制"), self.copy, keys="C")
        row = QHBoxLayout()
        row.addWidget(self.line, 1)
        row.addWidget(self.copy_button)
        self.body.addLayout(row)
        self.told = label(_("⚠ 只显示这一次，关闭后谁也看不到。"), "warn", wraps=True)
        self.body.addWidget(self.told)
        QShortcut(QKeySequence("C"), self, self.copy)
        self.copy_button.setFocus()

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.line.text())
        self.told.setText(_("✓ 已复制到剪贴板。关闭后不再显示。"))

    def reject(self) -> None:
        """Esc closes it as well, but only after it was seen: it is the same as the button."""
        self.accept()
