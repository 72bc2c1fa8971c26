"""工单类别: the tree; what a category leaves open comes from the one above and is shown in grey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.queries.accounts import DepartmentRow, department_rows
from models.queries.category_settings import CategorySetting, category_settings
from models.services import categories
from resources.terms import choices, label
from resources.translations import N_
from resources.translations import gettext as _
from views.archive.dialogs import Call, Question, ask, call
from views.context import AppContext
from views.settings.section import TableSection
from views.widgets.column import Column
from views.widgets.form import Field, Kind
from views.widgets.tone import Tone

INDENT = "　　"
"""Two ideographic spaces for each level below the first."""
NAMES = ("name", "kind", "department_id", "priority", "warranty_item")


@dataclass(frozen=True)
class _Found:
    rows: tuple[CategorySetting, ...]
    departments: tuple[DepartmentRow, ...]


def _found(session: Any) -> _Found:
    return _Found(category_settings(session), department_rows(session))


def _branch(row: CategorySetting) -> str:
    return f"{INDENT * (row.depth - 1)}└ {row.name}" if row.depth else row.name


def _tone(is_own: Any, row: CategorySetting) -> Tone:
    return Tone.NORMAL if is_own and row.is_active else Tone.MUTED


def _code(vocabulary: str, code: str | None) -> str:
    return label(vocabulary, code) if code else ""


COLUMNS: tuple[Column[CategorySetting], ...] = (
    Column("name", N_("类别"), 250, text=_branch, is_stretched=True, tone=lambda row: _tone(True, row)),
    Column(
        "kind", N_("诉求类型"), 84, text=lambda row: _code("ticket.kind", row.in_force[0]),
        tone=lambda row: _tone(row.kind, row),
    ),
    Column(
        "department", N_("默认部门"), 120, text=lambda row: row.in_force[1] or "",
        tone=lambda row: _tone(row.department_id, row),
    ),
    Column(
        "priority", N_("紧急程度"), 84, text=lambda row: _code("ticket.priority", row.in_force[2]),
        tone=lambda row: _tone(row.priority, row),
    ),
    Column(
        "warranty", N_("保修项目"), 100, text=lambda row: _code("warranty.item", row.in_force[3]),
        tone=lambda row: _tone(row.warranty_item, row),
    ),
    Column(
        "is_active", N_("使用"), 74, text=lambda row: _("在用") if row.is_active else _("停用"),
        symbol=lambda row: "✓" if row.is_active else "×",
        tone=lambda row: Tone.GOOD if row.is_active else Tone.MUTED,
    ),
)  # fmt: skip


class CategoriesSection(TableSection[CategorySetting]):
    title = N_("工单类别")
    hint = N_("灰色的值沿用上一级。停用的类别不再供选择，已有的工单不受影响。")
    concerns = frozenset({"category", "department"})

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._departments: tuple[DepartmentRow, ...] = ()
        self.body.addWidget(self.make_table(COLUMNS, "categories"), 1)
        self.table.empty.say(_("还没有类别"), _("按 R 新建第一个大类"))
        self._new = self.add_command(_("新建下级"), "N", self.with_current(self.create_under))
        self._root = self.add_command(_("新建大类"), "R", lambda: self._create(None, ""))
        self._edit = self.add_command(_("修改"), "E", self.with_current(self.edit))
        self._up = self.add_command(_("上移"), "Alt+Up", lambda: self.move_by(-1))
        self._down = self.add_command(_("下移"), "Alt+Down", lambda: self.move_by(1))
        self._under = self.add_command(_("移到别的类别下"), "M", self.with_current(self.move_under))
        self._active = self.add_command(_("停用类别"), "D", self.with_current(self.toggle))
        self._delete = self.add_command(_("删除"), "Del", self.with_current(self.ask_to_delete))
        self.show_commands(self.commands)

    def refresh(self) -> None:
        self.context.tasks.read_latest(self, "categories", _found, on_done=self._show)

    def _show(self, found: _Found) -> None:
        self._departments = found.departments
        self.show_rows(found.rows)

    def opened(self) -> None:
        self._edit.trigger()

    def follow(self) -> None:
        row = self.table.current()
        for action in (self._new, self._edit, self._under, self._active, self._delete):
            action.setEnabled(row is not None)
        self._up.setEnabled(row is not None and not row.is_first)
        self._down.setEnabled(row is not None and not row.is_last)
        self._active.setText(_("停用类别") if row is None or row.is_active else _("启用类别"))

    # -- commands --------------------------------------------------------------------------------------

    def _fields(self, has_parent: bool) -> tuple[Field, ...]:
        open_words = _("沿用上一级") if has_parent else _("不指定")
        departments = [(None, open_words), *((row.id, row.name) for row in self._departments)]

        def codes(vocabulary: str) -> list[tuple[str | None, str]]:
            return [(None, open_words), *choices(vocabulary)]

        return (
            Field("name", N_("名称"), is_required=True, max_length=30),
            Field("kind", N_("诉求类型"), Kind.CHOICE, choices=codes("ticket.kind")),
            Field("department_id", N_("默认部门"), Kind.CHOICE, choices=departments),
            Field("priority", N_("紧急程度"), Kind.CHOICE, choices=codes("ticket.priority")),
            Field(
                "warranty_item", N_("保修项目"), Kind.CHOICE, choices=codes("warranty.item"),
                note=N_("按保修期判断工单是否在保修期内"),
            ),
        )  # fmt: skip

    def create_under(self, row: CategorySetting) -> None:
        self._create(row.id, row.path)

    def _create(self, parent_id: str | None, path: str) -> None:
        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            return call(categories.create_category, parent_id, values)

        title = _("在“{path}”下新建类别").format(path=path) if path else _("新建大类")
        ask(
            self.context, title, self._fields(parent_id is not None), save, parent=self,
            on_done=self.selecting(), width=460,
        )  # fmt: skip

    def edit(self, row: CategorySetting) -> None:
        def save(changes: dict[str, Any], expected: dict[str, Any]) -> Call:
            return call(categories.edit_category, row.id, changes, expected)

        values = {name: getattr(row, name) for name in NAMES}
        ask(
            self.context, _("修改“{path}”").format(path=row.path), self._fields(row.parent_id is not None),
            save, parent=self, values=values, width=460,
        )  # fmt: skip

    def _sisters(self, row: CategorySetting) -> list[str]:
        return [other.id for other in self.table.shown if other.parent_id == row.parent_id]

    def move_by(self, by: int) -> None:
        """One place up or down among its sisters; the branch goes along."""
        row = self.table.current()
        if row is None:
            return
        order = self._sisters(row)
        place = order.index(row.id)
        if not 0 <= place + by < len(order):
            return
        order[place], order[place + by] = order[place + by], order[place]
        self.write(categories.move_category, row.id, row.parent_id, order)

    def move_under(self, row: CategorySetting) -> None:
        """Ask for another parent; what stands under the row itself is not offered."""
        inside = {row.id}
        for other in self.table.shown:
            if other.parent_id in inside:
                inside.add(other.id)
        parents: list[tuple[str | None, str]] = [(None, _("（大类）"))]
        parents += [(other.id, other.path) for other in self.table.shown if other.id not in inside]
        fields = (Field("parent_id", N_("移到"), Kind.CHOICE, choices=parents),)

        def save(changes: dict[str, Any], _expected: dict[str, Any]) -> Call:
            return call(categories.move_category, row.id, changes["parent_id"])

        before, order = row.parent_id, self._sisters(row)

        def moved(_value: Any) -> None:
            self.say(
                _("已移动“{name}”").format(name=row.name),
                undo=lambda: self.write(categories.move_category, row.id, before, order),
            )

        ask(
            self.context, _("移动“{path}”").format(path=row.path), fields, save, parent=self,
            values={"parent_id": row.parent_id}, on_done=moved, confirm=_("移动"), width=460,
        )  # fmt: skip

    def toggle(self, row: CategorySetting) -> None:
        """Out of use or back into it, with undo."""
        words = _("已停用 {who}") if row.is_active else _("已启用 {who}")
        self.write(
            categories.edit_category, row.id, {"is_active": not row.is_active},
            done=words.format(who=row.name),
            undo=lambda: self.write(categories.edit_category, row.id, {"is_active": row.is_active}),
        )  # fmt: skip

    def ask_to_delete(self, row: CategorySetting) -> None:
        Question(
            self, _("删除类别"),
            _("删除类别“{name}”？用过的类别不能删除，只能停用。").format(name=row.path),
            confirm=_("删除"),
            run=lambda: self.write(
                categories.delete_category, row.id, done=_("已删除 {who}").format(who=row.name)
            ),
        )  # fmt: skip
