"""Stage 3: what the import would do, row by row; rows can be left out before anything is written."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from models.spreadsheets.archive import Place
from models.spreadsheets.plan import ImportPlan
from models.spreadsheets.reasons import word
from resources.terms import label as term
from resources.translations import gettext as _
from views.archive_import.lines import (
    ALL,
    CHIPS,
    PLAN_COLUMNS,
    PlanLine,
    PlanSource,
    changes_text,
)
from views.context import AppContext
from views.widgets.chip_bar import ChipBar
from views.widgets.panel import button, label
from views.widgets.row_table_model import RowSource, RowTableModel
from views.widgets.table_view import RowTable


class RehearsalView(QWidget):
    """`show_plan` fills it; ``skip`` and ``with_suspects`` are what the user decided."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._source = PlanSource()
        self.chips = ChipBar(CHIPS)
        self.chips.chosen.connect(lambda _key: self._show_rows())
        self.model = RowTableModel(
            context.tasks,
            RowSource(self._source.keys, self._source.rows),
            PLAN_COLUMNS,
            self,
        )
        self.table = RowTable(self.model, "rehearsal", context.preferences)
        self.table.empty.say(_("没有这样的行"), _("换一个筛选看看"))
        self.table.current_changed.connect(lambda _key: self._show_current())
        self.model.dataChanged.connect(lambda *_cells: self._show_current())
        self.suspects = QCheckBox(_("存疑的也导入（Q）"))
        self.suspects.setChecked(True)
        self.tables = label("", "muted", wraps=True)
        self.current = label("", "", wraps=True)
        self.current.setMinimumHeight(2 * self.fontMetrics().lineSpacing() + 4)
        row = QHBoxLayout()
        row.addWidget(self.suspects)
        row.addWidget(button(_("选中的行不导入 / 恢复"), self.toggle_skip, keys="K"))
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.chips)
        column.addWidget(self.tables)
        column.addWidget(self.table, 1)
        column.addWidget(self.current)
        column.addLayout(row)
        self.setFocusProxy(self.table)

    @property
    def plan(self) -> ImportPlan | None:
        return self._source.plan

    @property
    def with_suspects(self) -> bool:
        return self.suspects.isChecked()

    @property
    def skip(self) -> frozenset[Place]:
        """Rows left out by hand, as (sheet, row)."""
        plan = self._source.plan
        rows = [plan.rows[at] for at in self._source.skipped] if plan is not None else []
        return frozenset((row.sheet, row.row) for row in rows)

    def show_plan(self, plan: ImportPlan) -> None:
        """Show a fresh rehearsal."""
        self._source.plan = plan
        self._source.skipped.clear()
        counts = plan.counts
        self.chips.set_counts({ALL: len(plan.rows), **counts})
        self.chips.choose(ALL)
        notices = "；".join(word(notice) for notice in plan.notices)
        effects = tables_text(plan)
        self.tables.setText("　".join(part for part in (effects, notices) if part))
        self._show_rows()

    def toggle_skip(self) -> None:
        """K: leave the selected rows out, or take them in again."""
        current = self.table.current_key()
        keys = set(self.table.selected_keys() or ([current] if current is not None else []))
        if keys <= self._source.skipped:
            self._source.skipped -= keys
        else:
            self._source.skipped |= keys
        self._show_rows()

    def _show_rows(self) -> None:
        self.model.show(self.chips.current)
        if self.table.current_key() is None and self.model.rowCount():
            self.table.go_to(self.model.key_at(0))
        self._show_current()

    def _show_current(self) -> None:
        line: PlanLine | None = self.table.current_row()
        if line is None:
            self.current.setText("")
            return
        reasons = "；".join(word(reason) for reason in line.row.reasons)
        changes = changes_text(line.row)
        self.current.setText("\n".join(part for part in (reasons, changes) if part) or line.row.summary)


def written_text(plan: ImportPlan) -> str:
    """``房屋 ＋40 改 3，住户 ＋38``, empty where nothing is written."""
    parts = []
    for table, (new, changed) in plan.tables.items():
        words = [f"＋{new:,}"] if new else []
        if changed:
            words.append(_("改 {n}").format(n=f"{changed:,}"))
        parts.append(f"{term('table', table)} {' '.join(words)}")
    return "，".join(parts)


def tables_text(plan: ImportPlan) -> str:
    """``将写入：…``, or that there is nothing to write."""
    what = written_text(plan)
    return _("将写入：{what}").format(what=what) if what else _("没有要写入的内容")
