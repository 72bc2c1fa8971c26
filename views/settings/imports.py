"""导入: the way to the page that reads workbooks."""

from __future__ import annotations

from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext
from views.settings.section import Section
from views.widgets.panel import label

STEPS = (
    N_("支持 .xlsx、.xls 和 .csv；列的顺序、表头的叫法都可以不同，一张总表或几张关联的表都行。"),
    N_("先预演：新增、有变化、相同、可疑、不能导入，逐行列出原因；确认后才写入。"),
    N_("不能导入的行可以另存成带原因的工作簿，改好再导。一次导入可以整个撤回。"),
)


class ImportSection(Section):
    title = N_("导入")
    hint = N_("从 Excel 工作簿导入楼栋、房屋、住户、车位。")

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        go = self.add_command(_("打开导入页"), "I", lambda: context.navigate("import"))
        self.show_commands([go])
        for place, step in enumerate(STEPS, 1):
            self.body.addWidget(label(f"{place}  {_(step)}", wraps=True))
        self.body.addStretch(1)
