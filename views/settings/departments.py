"""部门: whom a request can be sent to, and in which order they are offered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.queries.accounts import DepartmentRow, StaffRow, department_rows, staff_rows
from models.services import departments
from resources.terms import choices, label
from resources.translations import N_
from resources.translations import gettext as _
from views.archive.dialogs import Call, Question, ask, call
from views.context import AppContext
from views.formats import NOTHING
from views.settings.section import TableSection
from views.widgets.column import Align, Column
from views.widgets.form import Field, Kind

COLUMNS: tuple[Column[DepartmentRow], ...] = (
    Column("name", N_("部门"), 170, is_bold=True, is_stretched=True),
    Column("kind", N_("职责"), 100, text=lambda row: label("department.kind", row.kind)),
    Column("lead", N_("负责人"), 110),
    Column("phone", N_("电话"), 150),
    Column("members", N_("人数"), 64, alignment=Align.RIGHT),
)


@dataclass(frozen=True)
class _Found:
    rows: tuple[DepartmentRow, ...]
    people: tuple[StaffRow, ...]


def _found(session: Any) -> _Found:
    return _Found(department_rows(session), staff_rows(session, with_inactive=False))


class DepartmentsSection(TableSection[DepartmentRow]):
    title = N_("部门与负责人")
    hint = N_("派单时按这里的顺序列出；职责决定哪类工单默认派给谁。")
    concerns = frozenset({"department", "staff"})

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._people: tuple[StaffRow, ...] = ()
        self.body.addWidget(self.make_table(COLUMNS, "departments"), 1)
        self.table.empty.say(_("还没有部门"), _("按 N 新建第一个"))
        self._new = self.add_command(_("新建部门"), "N", self.make_new)
        self._edit = self.add_command(_("修改"), "E", self.with_current(self.edit))
        self._up = self.add_command(_("上移"), "Alt+Up", lambda: self.move_by(-1))
        self._down = self.add_command(_("下移"), "Alt+Down", lambda: self.move_by(1))
        self._delete = self.add_command(_("删除"), "Del", self.with_current(self.ask_to_delete))
        self.show_commands(self.commands)

    def refresh(self) -> None:
        self.context.tasks.read_latest(self, "departments", _found, on_done=self._show)

    def _show(self, found: _Found) -> None:
        self._people = found.people
        self.show_rows(found.rows)

    def opened(self) -> None:
        self._edit.trigger()

    def follow(self) -> None:
        row = self.table.current()
        ids = [one.id for one in self.table.shown]
        self._edit.setEnabled(row is not None)
        self._delete.setEnabled(row is not None)
        self._up.setEnabled(row is not None and row.id != ids[0])
        self._down.setEnabled(row is not None and row.id != ids[-1])

    def _fields(self) -> tuple[Field, ...]:
        leads = [(None, NOTHING), *((row.id, f"{row.name} {row.staff_no}") for row in self._people)]
        return (
            Field("name", N_("名称"), is_required=True, max_length=30),
            Field("kind", N_("职责"), Kind.CHOICE, choices=choices("department.kind")),
            Field("lead_id", N_("负责人"), Kind.CHOICE, choices=leads),
            Field("phone", N_("电话"), max_length=30, note=N_("印在派工单上，供住户联系")),
        )

    def make_new(self) -> None:
        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            return call(departments.create_department, values)

        ask(
            self.context, _("新建部门"), self._fields(), save, parent=self, on_done=self.selecting(),
            width=440,
        )  # fmt: skip

    def edit(self, row: DepartmentRow) -> None:
        def save(changes: dict[str, Any], expected: dict[str, Any]) -> Call:
            return call(departments.edit_department, row.id, changes, expected)

        values = {name: getattr(row, name) for name in ("name", "kind", "lead_id", "phone")}
        ask(
            self.context, _("修改部门"), self._fields(), save, parent=self, values=values, width=440
        )  # fmt: skip

    def move_by(self, by: int) -> None:
        row = self.table.current()
        ids = [one.id for one in self.table.shown]
        if row is None or not 0 <= ids.index(row.id) + by < len(ids):
            return
        place = ids.index(row.id)
        ids[place], ids[place + by] = ids[place + by], ids[place]
        self.write(departments.order_departments, ids)

    def ask_to_delete(self, row: DepartmentRow) -> None:
        Question(
            self, _("删除部门"),
            _("删除部门“{name}”？已有的工单会保留它的名称。").format(name=row.name),
            confirm=_("删除"),
            run=lambda: self.write(
                departments.delete_department, row.id, done=_("已删除 {who}").format(who=row.name)
            ),
        )  # fmt: skip
