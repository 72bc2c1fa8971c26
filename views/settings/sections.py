"""The sections of the settings, declared: the next one is a line here and a module beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from models.rules.rights import Right
from resources.translations import N_

if TYPE_CHECKING:
    from views.context import AppContext
    from views.settings.section import Section


@dataclass(frozen=True)
class SectionSpec:
    """``title`` is Chinese marked with ``N_``; ``right`` is needed to see it; ``needs_desk``: it speaks of
    the program around the pages. ``begins_group``: a gap stands above it."""

    key: str
    title: str
    factory: Callable[[AppContext], Section]
    right: Right | None = None
    needs_desk: bool = False
    begins_group: bool = False

    def is_shown(self, context: AppContext) -> bool:
        """Whether the user of *context* sees it; the services decide again, and for good."""
        if self.needs_desk and context.desk is None:
            return False
        return self.right is None or context.may(self.right)


def _later(module: str, name: str) -> Callable[[AppContext], Section]:
    """The class *name* of the module in this package, imported when it is first shown."""

    def make(context: AppContext) -> Section:
        return cast("Section", getattr(import_module(f"views.settings.{module}"), name)(context))

    return make


SECTIONS: tuple[SectionSpec, ...] = (
    SectionSpec("look", N_("外观"), _later("look", "LookSection"), needs_desk=True),
    SectionSpec("password", N_("我的密码"), _later("own_password", "OwnPasswordSection")),
    SectionSpec(
        "printers", N_("打印机与纸张"), _later("printers", "PrintersSection"), Right.PRINT, needs_desk=True
    ),
    SectionSpec("staff", N_("人员与账号"), _later("staff", "StaffSection"), Right.STAFF, begins_group=True),
    SectionSpec("groups", N_("权限组与权限"), _later("groups", "GroupsSection"), Right.STAFF),
    SectionSpec("departments", N_("部门与负责人"), _later("departments", "DepartmentsSection"), Right.STAFF),
    SectionSpec(
        "categories",
        N_("工单类别"),
        _later("categories", "CategoriesSection"),
        Right.SETTINGS,
        begins_group=True,
    ),
    SectionSpec("tags", N_("标签库"), _later("tags", "TagsSection"), Right.ARCHIVE_EDIT),
    SectionSpec("parameters", N_("业务参数"), _later("parameters", "ParametersSection"), Right.SETTINGS),
    SectionSpec("site", N_("项目资料"), _later("site", "SiteSection"), Right.SETTINGS),
    SectionSpec(
        "backup",
        N_("备份与密钥"),
        _later("backups", "BackupsSection"),
        Right.BACKUP,
        needs_desk=True,
        begins_group=True,
    ),
    SectionSpec("log", N_("操作日志"), _later("log", "LogSection"), Right.LOG_READ),
    SectionSpec("import", N_("导入"), _later("imports", "ImportSection"), Right.ARCHIVE_IMPORT),
    SectionSpec("about", N_("关于"), _later("about", "AboutSection"), begins_group=True),
)
"""In the order of the list."""
