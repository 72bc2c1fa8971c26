"""Quick entry of a returned sheet: the day and the caller above, the lines, and what is saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from models.queries.callback_list import CallbackRow, sheet_rows
from models.services import callbacks
from models.services.callbacks import Entered, Outcome
from resources.terms import label as term
from resources.translations import N_
from resources.translations import gettext as _
from views import error_messages
from views.callbacks.entry_lines import EntryLine, digit_hint
from views.callbacks.entry_table import EntryTable
from views.context import AppContext, Notice
from views.widgets.form import Field, Form, Kind
from views.widgets.panel import Panel, button, label

NOON = time(12, 0)


class SheetEntry(Panel):
    """`load` shows a sheet; `save` writes every line that is complete."""

    closed = Signal()
    saved = Signal(int)

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.sheet_no = ""
        self.heading = label(name="pageTitle")
        self.progress = label("", "muted")
        self.hint = label("", "accent")
        self.head = Form(
            (
                Field("day", N_("回访日期"), Kind.DAY, note=""),
            ),
            formats=context.formats,
        )  # fmt: skip
        self.head.setMaximumWidth(260)
        self.head.setMinimumWidth(200)
        self.table = EntryTable()
        self.table.field_changed.connect(self._show_hint)
        self.table.entry.typed.connect(self._show_progress)
        top = QHBoxLayout()
        top.addWidget(self.heading)
        top.addWidget(self.progress, 1)
        top.addWidget(self.head)
        self.body.addLayout(top)
        self.body.addWidget(self.table, 1)
        self.body.addLayout(self._make_foot())
        self.setFocusProxy(self.table)

    def _make_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self.hint)
        words.addWidget(
            label(_("数字填写，← → 换格，退格清除，Enter 下一行；空行不保存"), "muted", wraps=True)
        )
        foot.addLayout(words, 1)
        foot.addWidget(button(_("返回"), self.closed.emit, keys="Esc"))
        self.save_button = button(_("保存"), self.save, keys="Ctrl+Enter", is_primary=True)
        foot.addWidget(self.save_button)
        return foot

    # -- a sheet ---------------------------------------------------------------------------------------

    def load(self, sheet_no: str) -> None:
        """Show the lines of *sheet_no*; what was typed for another sheet is gone."""
        self.sheet_no = sheet_no
        self.heading.setText(_("录入回访表 {sheet}").format(sheet=sheet_no))
        self.head.set_values({"day": self._today()})
        self._context.tasks.read_latest(self, "sheet", sheet_rows, sheet_no, on_done=self._show)

    def _show(self, rows: Sequence[CallbackRow]) -> None:
        self.table.show_lines([EntryLine(row) for row in rows])
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_progress()

    @property
    def has_unsaved(self) -> bool:
        return any(line.is_touched for line in self.table.entry.lines)

    def save(self) -> None:
        """Write the complete lines; the first incomplete one is gone to and stays."""
        self.table.finish_typing()
        lines = self.table.entry.lines
        touched = [line for line in lines if line.is_touched]
        ready = [line for line in touched if not line.missing()]
        if not ready:
            self._point_at_incomplete(touched)
            return
        if not self._is_day_right():
            return
        called_at = self._called_at()
        self.save_button.setEnabled(False)
        by_me = self._context.user.staff_id
        results = [(line.row.id, line.result(called_at, by_me)) for line in ready]
        self._context.tasks.write(
            self, callbacks.enter_sheet, results, on_done=self._on_saved, on_error=self._on_refused
        )

    def _is_day_right(self) -> bool:
        if not self.head.is_right():
            return False
        day = self.head.values()["day"]
        if day is not None and day > self._today():
            self.head.complain("day", _("不能晚于今天"))
            return False
        return True

    def _called_at(self) -> datetime | None:
        """The day in the head as a moment: None (now) for today, else noon of that day."""
        day = self.head.values()["day"] or self._today()
        if day == self._today():
            return None
        now = self._context.formats.local(self._context.clock())
        return datetime.combine(day, NOON, tzinfo=now.tzinfo)

    def _on_saved(self, entered: Sequence[Entered]) -> None:
        self.save_button.setEnabled(True)
        by_id = {line.row.id: line for line in self.table.entry.lines}
        count = 0
        for one in entered:
            line = by_id.get(one.callback_id)
            if line is None:
                continue
            if one.outcome is not None:
                line.outcome, line.error = outcome_words(one.outcome, line), ""
                count += 1
            elif one.error is not None:
                line.error = error_messages.message(one.error)
        self.table.entry.repaint()
        self.saved.emit(count)
        left = [line for line in self.table.entry.lines if line.is_open]
        words = _("已保存 {n} 条，本表还剩 {left} 条").format(n=count, left=len(left))
        self._context.notify(Notice(words, "good" if count == len(entered) else "warn"))
        self.table.go_to_first_line()
        self._point_at_incomplete([line for line in left if line.is_touched])

    def _on_refused(self, error: Any) -> None:
        self.save_button.setEnabled(True)
        self._context.notify(Notice(error_messages.message(error), "bad", seconds=0))

    def _point_at_incomplete(self, lines: Sequence[EntryLine]) -> None:
        for line in lines:
            if line.missing():
                self.table.go_to(self.table.entry.lines.index(line), line.missing())
                self.table.setFocus(Qt.FocusReason.OtherFocusReason)
                return

    # -- words -----------------------------------------------------------------------------------------

    def _show_hint(self) -> None:
        field = self.table.field
        self.hint.setText(digit_hint(field, self.table.line) if field else "")

    def _show_progress(self) -> None:
        lines = self.table.entry.lines
        open_lines = [line for line in lines if line.is_open]
        ready = sum(line.is_touched and not line.missing() for line in open_lines)
        self.progress.setText(
            _("共 {total} 条 · 未录 {left} · 待保存 {ready}").format(
                total=len(lines), left=len(open_lines), ready=ready
            )
        )
        self._show_hint()

    def _today(self) -> Any:
        return self._context.formats.local(self._context.clock()).date()


def outcome_words(outcome: Outcome, line: EntryLine) -> str:
    """What a saved line led to."""
    if outcome.complaint is not None:
        return _("✓ 已转投诉 {number}").format(number=outcome.complaint.number)
    if line.then == callbacks.REOPEN:
        return _("✓ 已重开工单")
    if outcome.state == "due":
        return _("✓ 明天再打")
    return "✓ " + term("callback.state", outcome.state)
