"""标签: the library that residents are marked with."""

from __future__ import annotations

from typing import Any

from models.queries.accounts import LibraryTag, tag_library
from models.rules.rights import Right
from models.services import tags
from resources.translations import N_
from resources.translations import gettext as _
from views.archive.dialogs import Call, Question, ask, call
from views.context import AppContext
from views.settings.section import TableSection
from views.widgets.column import Align, Column
from views.widgets.form import Field

COLUMNS: tuple[Column[LibraryTag], ...] = (
    Column("name", N_("标签"), 180, sort="name", is_bold=True),
    Column("category", N_("归类"), 160, sort="category", is_stretched=True),
    Column("count", N_("住户数"), 80, sort="count", alignment=Align.RIGHT),
)
FIELDS = (
    Field("name", N_("标签"), is_required=True, max_length=20),
    Field("category", N_("归类"), max_length=20, hint=N_("例如：关怀、商业"), note=N_("可以不填")),
)


class TagsSection(TableSection[LibraryTag]):
    title = N_("标签库")
    hint = N_("给住户贴的标签。改名对所有贴着它的住户生效；在住户页直接写新标签也会加到这里。")
    concerns = frozenset({"tag", "resident_tag"})

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self.body.addWidget(self.make_table(COLUMNS, "tags"), 1)
        self.table.empty.say(_("还没有标签"), _("按 N 新建，例如“老年客户”“商业租户”"))
        self._new = self.add_command(_("新建标签"), "N", self.make_new)
        self._edit = self.add_command(_("修改"), "E", self.with_current(self.edit))
        shown = [self._new, self._edit]
        self._delete = None
        if context.may(Right.ARCHIVE_DELETE):
            self._delete = self.add_command(_("删除"), "Del", self.with_current(self.ask_to_delete))
            shown.append(self._delete)
        self.show_commands(shown)

    def refresh(self) -> None:
        self.context.tasks.read_latest(self, "tags", tag_library, on_done=self.show_rows)

    def opened(self) -> None:
        self._edit.trigger()

    def follow(self) -> None:
        has_row = self.table.current() is not None
        self._edit.setEnabled(has_row)
        if self._delete is not None:
            self._delete.setEnabled(has_row)

    def make_new(self) -> None:
        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            return call(tags.create_tag, values["name"], values["category"] or None)

        ask(
            self.context, _("新建标签"), FIELDS, save, parent=self, on_done=self.selecting(), width=420
        )  # fmt: skip

    def edit(self, row: LibraryTag) -> None:
        def save(changes: dict[str, Any], expected: dict[str, Any]) -> Call:
            return call(tags.edit_tag, row.id, changes, expected)

        values = {"name": row.name, "category": row.category or ""}
        ask(self.context, _("修改标签"), FIELDS, save, parent=self, values=values, width=420)

    def ask_to_delete(self, row: LibraryTag) -> None:
        Question(
            self, _("删除标签"),
            _("删除标签“{name}”？它会从 {n} 位住户身上去掉，不能撤销。").format(name=row.name, n=row.count),
            confirm=_("删除"),
            run=lambda: self.write(tags.delete_tag, row.id, done=_("已删除 {who}").format(who=row.name)),
        )  # fmt: skip
