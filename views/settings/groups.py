"""权限组: sets of single rights. Those that come with the program are only shown; a copy can be changed."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from models.queries.accounts import GroupRow, group_rows
from models.rules.rights import Right
from models.services import groups
from resources.terms import label as term
from resources.translations import N_
from resources.translations import gettext as _
from views.archive.dialogs import Question
from views.context import AppContext
from views.settings.group_words import RIGHT_AREAS, group_name
from views.settings.section import TableSection
from views.widgets.column import Align, Column
from views.widgets.dialog import FormDialog
from views.widgets.form import Field
from views.widgets.panel import ListAndDetail, empty_layout, label, scrolled
from views.widgets.tone import Tone

COLUMNS: tuple[Column[GroupRow], ...] = (
    Column("name", N_("权限组"), 120, text=group_name, is_stretched=True, is_bold=True),
    Column("members", N_("人数"), 54, alignment=Align.RIGHT),
    Column("rights", N_("权限数"), 62, text=lambda row: len(row.rights), alignment=Align.RIGHT),
    Column(
        "is_builtin", N_("出处"), 90, tone=lambda _row: Tone.MUTED,
        text=lambda row: _("系统自带") if row.is_builtin else _("自建"),
    ),
)  # fmt: skip


USUAL = QSize(620, 500)


class GroupsSection(TableSection[GroupRow]):
    title = N_("权限组与权限")
    hint = N_("每个人在一个权限组里。系统自带的三组只能查看；要不一样的，复制一组再改。")
    concerns = frozenset({"permission_group", "staff"})

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self.make_table(COLUMNS, "groups")
        self._inside = QWidget()
        self.rights_grid = QGridLayout(self._inside)
        self.rights_grid.setContentsMargins(14, 0, 4, 0)
        self.rights_grid.setHorizontalSpacing(18)
        self.rights_grid.setVerticalSpacing(4)
        shown = scrolled(self._inside)
        shown.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body.addWidget(
            ListAndDetail(self.table, shown, "settings/groups", context.preferences, share=0.46), 1
        )
        self._new = self.add_command(_("新建权限组"), "N", lambda: self._ask(None, frozenset()))
        self._edit = self.add_command(_("修改"), "E", self.with_current(self.edit))
        self._copy = self.add_command(_("复制成新组"), "K", self.with_current(self.copy))
        self._delete = self.add_command(_("删除"), "Del", self.with_current(self.ask_to_delete))
        self.show_commands(self.commands)

    def refresh(self) -> None:
        self.context.tasks.read_latest(self, "groups", group_rows, on_done=self.show_rows)

    def opened(self) -> None:
        row = self.table.current()
        (self._copy if row is not None and row.is_builtin else self._edit).trigger()

    def follow(self) -> None:
        row = self.table.current()
        is_own = row is not None and not row.is_builtin
        self._edit.setEnabled(is_own)
        self._delete.setEnabled(is_own)
        self._copy.setEnabled(row is not None)
        self._show_rights(row)

    def _show_rights(self, row: GroupRow | None) -> None:
        empty_layout(self.rights_grid)
        if row is None:
            return
        line = 0
        for area in RIGHT_AREAS:
            self.rights_grid.addWidget(label(_(area.title), name="sectionHeading"), line, 0, 1, 2)
            line += 1
            for place, right in enumerate(area.rights):
                has = right in row.rights
                words = f"{'✓' if has else '×'} {term('right', right.value)}"
                shown = label(words, "" if has else "muted")
                self.rights_grid.addWidget(shown, line + place // 2, place % 2)
            line += (len(area.rights) + 1) // 2
        self.rights_grid.setRowStretch(line, 1)

    # -- commands --------------------------------------------------------------------------------------

    def edit(self, row: GroupRow) -> None:
        self._ask(row, row.rights)

    def copy(self, row: GroupRow) -> None:
        self._ask(None, row.rights, _("{name} 副本").format(name=group_name(row)))

    def _ask(self, row: GroupRow | None, rights: frozenset[Right], name: str = "") -> None:
        GroupDialog(self, row, rights, row.name if row is not None else name).open()

    def ask_to_delete(self, row: GroupRow) -> None:
        Question(
            self, _("删除权限组"), _("删除权限组“{name}”？").format(name=row.name), confirm=_("删除"),
            run=lambda: self.write(groups.delete_group, row.id, done=_("已删除 {who}").format(who=row.name)),
        )  # fmt: skip


class GroupDialog(FormDialog):
    """The name and every right as a box to tick; what the user may not give away is off."""

    def __init__(
        self, section: GroupsSection, row: GroupRow | None, rights: frozenset[Right], name: str
    ) -> None:
        title = _("修改权限组") if row is not None else _("新建权限组")
        fields = (Field("name", N_("名称"), is_required=True, max_length=20),)
        super().__init__(title, fields, self._send, section, confirm=_("保存"), width=600)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._section, self._row, self._shown = section, row, rights
        self.boxes: dict[Right, QCheckBox] = {}
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 0, 0)
        line = 0
        for area in RIGHT_AREAS:
            grid.addWidget(label(_(area.title), name="sectionHeading"), line, 0, 1, 2)
            line += 1
            for place, right in enumerate(area.rights):
                box = QCheckBox(term("right", right.value))
                box.setChecked(right in rights)
                may_give = section.context.may(right)
                box.setEnabled(may_give)
                box.setToolTip("" if may_give else _("您自己没有这项权限，不能给别人"))
                self.boxes[right] = box
                grid.addWidget(box, line + place // 2, place % 2)
            line += (len(area.rights) + 1) // 2
        area_widget = scrolled(inside)
        area_widget.setMinimumHeight(100)
        self.body.addWidget(area_widget, 1)
        self.resize(USUAL.boundedTo(self.screen().availableSize()))
        self.form.set_values({"name": name})

    def chosen(self) -> frozenset[Right]:
        return frozenset(right for right, box in self.boxes.items() if box.isChecked())

    def _send(self, values: dict[str, Any], _dialog: FormDialog) -> None:
        tasks = self._section.context.tasks
        if self._row is None:
            tasks.write(
                self, groups.create_group, values["name"], self.chosen(),
                on_done=self._created, on_error=self.failed,
            )  # fmt: skip
            return
        tasks.write(
            self, groups.edit_group, self._row.id, name=values["name"], rights=self.chosen(),
            expected_rights=self._shown, on_done=self._saved, on_error=self.failed,
        )  # fmt: skip

    def _saved(self, _value: object) -> None:
        self.accept()
        self._section.say(_("权限组已保存"))

    def _created(self, group_id: str) -> None:
        self.accept()
        self._section.say(_("权限组已保存"))
        self._section.selecting()(group_id)
