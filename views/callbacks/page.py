"""回访: the list beside the detail; sheets, their quick entry and the figures in its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from models.queries.callback_list import (
    CallbackCounts,
    CallbackFilter,
    CallbackPlace,
    CallbackRow,
    callback_counts,
    callback_ids,
    callback_keys,
    callback_place,
    callback_rows,
)
from models.rules.rights import Right
from models.services import callbacks
from resources.translations import N_
from resources.translations import gettext as _
from views.callbacks.columns import CHIPS, columns
from views.callbacks.detail import CallbackDetail
from views.callbacks.dialogs import ResultDialog, exclude_dialog, override_dialog, postpone_dialog
from views.callbacks.entry import SheetEntry
from views.callbacks.figures import FiguresPanel
from views.callbacks.sheets import SheetsPanel
from views.context import AppContext, Notice, PrintRequest
from views.page import Page
from views.widgets.action_bar import ActionBar
from views.widgets.chip_bar import ChipBar
from views.widgets.dialog import asked
from views.widgets.panel import ListAndDetail, Panel, label
from views.widgets.record_marks import RecordMarks
from views.widgets.row_table_model import RowSource, RowTableModel
from views.widgets.table_view import RowTable

SHEET = "callback-sheet"
_NOTHING = {
    "due": (
        N_("没有待回访的"),
        N_("工单办结、住户入住满期后会自动出现在这里。先在“工单”里把做完的按 E 办结，时限到了再来回访"),
    ),
    "late": (N_("没有逾期的回访"), N_("看“待回访”里还有哪些快到期")),
    "excluded": (N_("没有暂不回访的"), N_("有重大投诉、装修中、未实际入住的住户会列在这里")),
    "done": (N_("还没有回访过"), N_("在“待回访”里按 Enter 录入第一条")),
    "failed": (N_("没有未能回访的"), N_("多次打不通的会列在这里")),
}


class CallbacksPage(Page):
    key, title, help_topic = "callbacks", N_("回访"), "callbacks"
    concerns = frozenset({"callback", "ticket", "resident", "room", "phone"})

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._wanted: int | None = None
        self._make_commands()
        self.marks = RecordMarks(context, "callback", self)
        self.detail = CallbackDetail(
            context,
            self.marks,
            [self.record, self.postpone, self.exclude, self.override, self.reveal],
            lambda ticket_id: context.navigate("tickets", ticket_id=ticket_id),
        )
        self.entry, self.sheets, self.figures = (
            SheetEntry(context),
            SheetsPanel(context),
            FiguresPanel(context),
        )
        for panel in (self.entry, self.sheets, self.figures):
            panel.closed.connect(self._show_list)
        self.sheets.chosen.connect(self.enter_sheet)
        self.lists = ListAndDetail(
            self._make_list(), self.detail, "callbacks", context.preferences, share=0.64
        )
        self.modes = QStackedWidget()
        for widget in (self.lists, self.entry, self.sheets, self.figures):
            self.modes.addWidget(widget)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.modes)
        self.setFocusProxy(self.table)
        self._follow_row(None)

    # -- the page's own words ------------------------------------------------------------------------

    def refresh(self) -> None:
        today = self._today()
        self.table.show_filter(CallbackFilter(self.chips.current, today=today))
        self.context.tasks.read_latest(self, "counts", callback_counts, today, on_done=self._show_counts)
        if self.modes.currentWidget() is self.sheets:
            self.sheets.refresh()
        elif self.modes.currentWidget() is self.figures:
            self.figures.refresh()

    def open(self, **arguments: Any) -> None:
        """``callback_id=…`` goes to it, ``group=…`` chooses a chip, ``sheet_no=…`` enters a sheet."""
        if "sheet_no" in arguments:
            self.enter_sheet(str(arguments["sheet_no"]))
        elif "callback_id" in arguments:
            wanted = str(arguments["callback_id"])
            self.context.tasks.read(self, callback_place, wanted, on_done=self._go_to)
        else:
            self._choose(str(arguments.get("group", self.chips.current)))

    def print_current(self) -> bool:
        if self.modes.currentWidget() is self.sheets:
            sheet = self.sheets.table.current()
            return sheet is not None and self._print(sheet.sheet_no)
        if self.modes.currentWidget() is self.entry:
            return self._print(self.entry.sheet_no)
        if self.modes.currentWidget() is not self.lists:
            return False
        row: CallbackRow | None = self.table.current_row()
        if self.table.selected_count() <= 1 and row is not None and row.sheet_no:
            return self._print(row.sheet_no)
        return self._make_sheet()

    def commit(self) -> bool:
        if self.modes.currentWidget() is self.entry:
            self.entry.save()
            return True
        return False

    def step_back(self) -> bool:
        if self.modes.currentWidget() is self.lists:
            return False
        return self._show_list()

    def can_leave(self) -> bool:
        return self.modes.currentWidget() is not self.entry or self._may_drop_entry()

    # -- showing -------------------------------------------------------------------------------------

    def _show_counts(self, counts: CallbackCounts) -> None:
        self.chips.set_counts(
            {"due": counts.due, "late": counts.late, "excluded": counts.excluded, "failed": counts.failed}
        )
        self.summary.setText(_("未上表 {n}").format(n=counts.without_sheet))
        self.badge_changed.emit(str(counts.late) if counts.late else "")

    def _choose(self, group: str) -> None:
        if group in {chip.key for chip in CHIPS}:
            self.chips.choose(group)
        self._on_chip(self.chips.current)

    def _on_chip(self, group: str) -> None:
        self._show_list()
        self._say_what_to_do(group)
        self.table.clearSelection()
        self.refresh()

    def _say_what_to_do(self, group: str) -> None:
        title, hint = _NOTHING[group]
        self.table.empty.say(_(title), _(hint))

    def _go_to(self, place: CallbackPlace | None) -> None:
        if place is None:
            self.context.notify(Notice(_("这条回访已经没有了。"), "warn"))
            return
        if not place.is_listed:
            self.context.notify(Notice(_("这条回访的工单已作废、删除或重开，现在不用回访。"), "warn"))
            return
        self._wanted = place.rowid
        self._choose(place.state)
        self._take_wanted()

    def _take_wanted(self) -> None:
        if self._wanted is not None and self.table.go_to(self._wanted):
            self._wanted = None
            self._follow_row(self.table.current_row())

    def _on_rows(self) -> None:
        self._take_wanted()
        if self.table.current_key() is None and self.model.rowCount():
            self.table.go_to(self.model.key_at(0))
        self._follow_row(self.table.current_row())

    def _follow_row(self, row: CallbackRow | None) -> None:
        """The detail and the commands that make sense for the current row."""
        may = self.context.may
        state = row.state if row is not None else ""
        self.record.setVisible(state == "due" and may(Right.CALLBACK))
        self.postpone.setVisible(state == "due" and may(Right.CALLBACK))
        self.exclude.setVisible(state == "due" and may(Right.CALLBACK))
        self.override.setVisible(state == "excluded" and may(Right.CALLBACK_OVERRIDE))
        self.reveal.setVisible(bool(row is not None and row.phone) and may(Right.REVEAL))
        self.detail.show_row(row)

    def _on_selection(self, count: int) -> None:
        self.make_sheet.setText(_("制表（{n} 条）").format(n=count) if count > 1 else _("制表"))

    def _show_list(self) -> bool:
        """Back to the list; False if what was typed is to stay."""
        if self.modes.currentWidget() is self.entry and not self._may_drop_entry():
            return False
        self._show(self.lists, self.table)
        return True

    def _show(self, widget: QWidget, focus: QWidget) -> None:
        self.modes.setCurrentWidget(widget)
        self.setFocusProxy(focus)
        if self.isVisible():
            focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def _may_drop_entry(self) -> bool:
        if not self.entry.has_unsaved:
            return True
        title = _("还有没保存的")
        return asked(self, title, _("填了还没有保存的几条会丢掉。"), confirm=_("不要了"))

    # -- acting --------------------------------------------------------------------------------------

    def enter_sheet(self, sheet_no: str) -> None:
        """Quick entry of that sheet."""
        self._show(self.entry, self.entry.table)
        self.entry.load(sheet_no)

    def _enter(self) -> None:
        """E: the sheet of the current row, else the list of sheets."""
        row: CallbackRow | None = self.table.current_row()
        if (
            self.modes.currentWidget() is self.lists
            and row is not None
            and row.sheet_no
            and row.state == "due"
        ):
            self.enter_sheet(row.sheet_no)
        else:
            self._show_sheets()

    def _show_sheets(self) -> None:
        self._show(self.sheets, self.sheets.table)
        self.sheets.refresh()

    def _show_figures(self) -> None:
        self._show(self.figures, self.figures.people)
        self.figures.refresh()

    def _make_sheet(self) -> bool:
        keys = self.table.selected_keys()
        if not keys and self.table.current_key() is not None:
            keys = [self.table.current_key()]
        if not keys or self.chips.current not in ("due", "late"):
            return False
        self.context.tasks.read(self, callback_ids, keys, on_done=self._make_sheet_of)
        return True

    def _make_sheet_of(self, ids: list[str]) -> None:
        self.context.tasks.write(self, callbacks.make_sheet, ids, on_done=self._on_sheet)

    def _on_sheet(self, sheet_no: str) -> None:
        self.context.notify(Notice(_("已制成回访表 {sheet}").format(sheet=sheet_no), "good"))
        self._print(sheet_no)

    def _print(self, sheet_no: str) -> bool:
        title = _("回访表 {sheet}").format(sheet=sheet_no)
        self.context.print_request(self, PrintRequest(SHEET, (sheet_no,), title))
        return True

    def _with_row(self, state: str, make: Callable[[CallbackRow], QDialog]) -> None:
        row: CallbackRow | None = self.table.current_row()
        if row is None or row.state != state or self.modes.currentWidget() is not self.lists:
            return
        dialog = make(row)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _record(self) -> None:
        self._with_row("due", lambda row: ResultDialog(self.context, row, self, self._on_recorded))

    def _on_recorded(self, outcome: callbacks.Outcome) -> None:
        if outcome.complaint is not None:
            words = _("已转投诉 {number}").format(number=outcome.complaint.number)
        elif outcome.state == "due":
            words = _("没打通，明天再打")
        else:
            words = _("已记下回访结果")
        self.context.notify(Notice(words, "good"))

    def _reveal(self) -> None:
        self.detail.reveal()

    def _today(self) -> date:
        return self.context.formats.local(self.context.clock()).date()

    # -- building ------------------------------------------------------------------------------------

    def _make_commands(self) -> None:
        def command(text: str, keys: str, run: Callable[[], object], tip: str = "") -> QAction:
            return self.add_command(text, keys, run, tip=tip)

        self.record = command(_("录入结果"), "R", self._record)
        self.postpone = command(
            _("改期"),
            "P",
            lambda: self._with_row(
                "due", lambda row: postpone_dialog(self.context, row, self._today(), self)
            ),
        )
        self.exclude = command(
            _("暂不回访"),
            "X",
            lambda: self._with_row("due", lambda row: exclude_dialog(self.context, row, self._today(), self)),
        )
        self.override = command(
            _("破例回访"),
            "O",
            lambda: self._with_row("excluded", lambda row: override_dialog(self.context, row, self)),
        )
        self.reveal = command(_("显示电话"), "V", self._reveal)
        self.make_sheet = command(_("制表"), "M", self._make_sheet, _("把选中的几条制成一张回访表并打印"))
        self.enter_command = command(_("录入回访表"), "E", self._enter, _("收回的纸一行一行快速录入"))
        self.figures_command = command(_("满意度"), "G", self._show_figures)

    def _make_list(self) -> QWidget:
        context = self.context
        source = RowSource[CallbackRow](callback_keys, callback_rows, key=lambda row: row.rowid)
        shown = columns(self._today, context.formats, self.marks)
        self.model = RowTableModel(context.tasks, source, shown, self)
        self.table = RowTable(self.model, "callbacks", context.preferences)
        self.marks.changed.connect(self.table.repaint_rows)
        self._say_what_to_do("due")
        self.table.current_changed.connect(lambda _key: self._follow_row(self.table.current_row()))
        self.table.selection_changed.connect(self._on_selection)
        self.table.opened.connect(lambda _key: self._record())
        self.model.rows_changed.connect(self._on_rows)
        self.model.dataChanged.connect(lambda *_at: self._follow_row(self.table.current_row()))
        self.chips = ChipBar(CHIPS)
        self.chips.chosen.connect(self._on_chip)
        self.summary = label("", "muted")
        panel = Panel()
        head = QHBoxLayout()
        head.addWidget(label(_("回访"), name="pageTitle"))
        head.addWidget(self.summary, 1)
        panel.body.addLayout(head)
        panel.body.addWidget(self.chips)
        bar = ActionBar()
        bar.set_actions([self.make_sheet, self.enter_command, self.figures_command])
        panel.body.addWidget(bar)
        panel.body.addWidget(self.table, 1)
        return panel
