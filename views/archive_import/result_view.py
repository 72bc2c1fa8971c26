"""Stage 4: what went in, what came back; the rows that did not go in as a workbook, and undoing it all."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from models.spreadsheets.applying import ImportResult
from models.spreadsheets.plan import ImportPlan
from resources.translations import gettext as _
from views.archive_import.lines import LOOKS
from views.archive_import.rehearsal_view import written_text
from views.widgets.card import Card, Line, Piece
from views.widgets.panel import button, label


class ResultView(QWidget):
    """`show_result` fills it; the deeds are the page's."""

    def __init__(
        self,
        parent: QWidget,
        *,
        save_rejects: Callable[[], object],
        take_back: Callable[[], object],
        again: Callable[[], object],
    ) -> None:
        super().__init__(parent)
        self.heading = label("", name="pageTitle", wraps=True)
        self.card = Card()
        self.rejects_button = button(_("保存拒绝和存疑的行"), save_rejects, keys="W")
        self.undo_button = button(_("整批撤回"), take_back, keys="Z")
        self.again_button = button(_("再导入一个"), again, keys="Ctrl+Enter", is_primary=True)
        row = QHBoxLayout()
        for one in (self.again_button, self.rejects_button, self.undo_button):
            row.addWidget(one)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.heading)
        column.addWidget(self.card)
        column.addLayout(row)
        column.addWidget(label(_("住户和房屋两页已经更新。撤回只影响这一次导入。"), "muted", wraps=True))
        column.addStretch(1)
        self.setFocusProxy(self.again_button)

    def show_result(self, result: ImportResult, rehearsed: ImportPlan) -> None:
        """*rehearsed*: the plan with all its rows, those left out too."""
        plan = result.plan
        name = plan.workbook.file_name
        is_done = result.batch_id is not None
        words = _("✓ 已导入 {file}") if is_done else _("{file} 里没有新的内容，档案没有变")
        self.heading.setText(words.format(file=name))
        counts: Line = [
            Piece(
                f"{LOOKS[outcome][1]} {_(LOOKS[outcome][0])} {count:,}", str(LOOKS[outcome][2]), is_pill=True
            )
            for outcome, count in rehearsed.counts.items()
        ]
        written = written_text(plan)
        lines: list[Line] = [counts]
        if is_done:
            lines.append(
                [Piece(_("写入 {n} 条：{what}").format(n=f"{result.written:,}", what=written), "muted")]
            )
        if plan.skipped:
            lines.append(
                [Piece(_("{n} 行没有导入（存疑或您选择不导入）").format(n=len(plan.skipped)), "warn")]
            )
        self.card.show_lines(lines)
        self.undo_button.setEnabled(is_done)
        bad = rehearsed.counts["refused"] + rehearsed.counts["suspect"]
        self.rejects_button.setEnabled(bool(bad))
