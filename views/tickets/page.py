"""The tickets page: the list beside the ticket, everything done with keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QVBoxLayout

from models.queries.ticket_list import TicketCounts, TicketFilter
from models.rules.rights import Right
from models.spreadsheets.exporting import export_list
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext, Notice, PrintRequest
from views.file_places import last_folder, remember
from views.page import Page
from views.tickets import reading
from views.tickets.actions import TicketActions, show
from views.tickets.detail import DetailPanel
from views.tickets.filtering import FilterDialog
from views.tickets.list_panel import ListPanel
from views.tickets.reading import FilterChoices, Shown
from views.widgets.panel import ListAndDetail

TICK_MS = 60_000
MOST_AT_ONCE = 2_000
"""Tickets that one command does at once; printing and exporting have no such end."""


class TicketsPage(Page):
    key, title = "tickets", N_("工单")
    concerns = frozenset(
        {"ticket", "ticket_event", "charge_line", "attachment", "print_record", "callback", "resident",
         "phone", "room", "department", "staff", "category", "saved_view"}
    )  # fmt: skip

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self.actions_ = TicketActions(self)
        self.list = ListPanel(context, self.ask_filter)
        self.table = self.list.table
        self.detail = DetailPanel(
            context,
            self.list.marks,
            opened=lambda ticket_id: self.open(ticket_id=ticket_id),
            reverse=self.actions_.reverse,
            charge_command=self.actions_.charge,
        )
        self._shown_id = ""
        self._shown_rowid: int | None = None
        self._is_outside = False
        self._wants_first = False
        self._add_commands()
        self.table.current_changed.connect(self._on_current)
        self.table.selection_changed.connect(self._on_selected)
        self.table.opened.connect(self._on_opened)
        self.table.takes_row_on_focus = False
        self.actions_.undone.connect(lambda ticket_id: self.open(ticket_id=ticket_id))
        self.list.filter_changed.connect(self._on_filtered)
        self.list.model.count_changed.connect(self._on_counted)
        self.list.counted.connect(self._show_badge)
        self._say_what_to_do(has_tickets=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(ListAndDetail(self.list, self.detail, "tickets", context.preferences))
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self.refresh)
        self.setFocusProxy(self.table)

    def _add_commands(self) -> None:
        self.add_command(_("筛选"), "F", self.ask_filter)
        self.add_command(_("存为视图"), "Ctrl+Shift+S", self.list.save_view)
        self.add_command(_("添加附件"), "K", self._add_file)
        self.add_command(_("显示电话"), "O", self.detail.card.reveal_first)
        self.add_command(_("下一栏：经过、详情、费用、附件、打印"), "]", lambda: self.detail.step_part(1))
        self.add_command(_("上一栏"), "[", lambda: self.detail.step_part(-1))
        self._print = self.add_command(_("打印派工单"), "F9", self.print_current)
        self._print.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # the window's F9 prints
        self._export = self.add_command(_("导出"), "X", self.ask_export)

    # -- Page ------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self.list.ask()
        if self._shown_id:
            self._read(self._shown_id)
        self.context.tasks.read_latest(self, "choices", reading.filter_choices, on_done=self._on_choices)

    def open(self, **arguments: Any) -> None:
        """``ticket_id`` shows that ticket even if the filter hides it; ``group`` chooses a chip."""
        group = arguments.get("group")
        if group:
            self.list.choose(str(group))
        ticket_id = arguments.get("ticket_id")
        if ticket_id:
            self._is_outside, self._wants_first = True, False
            self._read(str(ticket_id))

    def print_current(self) -> bool:
        if self.table.selected_count() > 1:
            self._ask_ids(self.table.selected_keys(), self._print_ids)
            return True
        detail = self.detail.detail
        if detail is None:
            return False
        self._print_ids([detail.id])
        return True

    def step_back(self) -> bool:
        if self.table.selected_count() > 1:
            self.table.setCurrentIndex(self.table.currentIndex())
            self.table.selectRow(self.table.currentIndex().row())
            return True
        return self.list.widen()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tick.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()

    # -- the detail ------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        return self.context.clock()

    def _read(self, ticket_id: str) -> None:
        self._shown_id = ticket_id
        self.context.tasks.read_latest(
            self, "detail", reading.shown_by_id, ticket_id, self._now(), on_done=self._on_read
        )

    def _on_current(self, rowid: object) -> None:
        if rowid is None:  # it left the list, perhaps by what was just done to it: it stays beside it
            self._is_outside = bool(self._shown_id)
            return
        self._is_outside = False
        self.context.tasks.read_latest(
            self, "detail", reading.shown_by_row, rowid, self._now(), on_done=self._on_read
        )

    def _on_read(self, shown: Shown | None) -> None:
        self._shown_id = shown.detail.id if shown is not None else ""
        self._shown_rowid = shown.rowid if shown is not None else None
        self.detail.show_ticket(shown)
        if self.table.selected_count() <= 1:
            self._offer(self.actions_.show_for(shown.detail if shown is not None else None))
        if shown is not None and self._is_outside and self.table.current_key() != shown.rowid:
            self._go_to(shown.rowid)

    def _go_to(self, rowid: int) -> None:
        """Mark it in the list if the filter lets it through."""
        was_blocked = self.table.blockSignals(True)
        is_listed = self.table.go_to(rowid)
        self.table.blockSignals(was_blocked)
        if is_listed:
            self._is_outside = False
        else:
            self.table.clearSelection()

    def _offer(self, commands: list[Any]) -> None:
        self.detail.bar.set_actions(commands)

    def _on_selected(self, count: int) -> None:
        self.detail.show_many(count)
        if count > 1:
            many = self.actions_.show_for_many(lambda then: self._ask_ids(self.table.selected_keys(), then))
            allowed = ((self._print, Right.PRINT), (self._export, Right.EXPORT))
            self._offer([*many, *(command for command, right in allowed if self.context.may(right))])
        else:
            self._offer(self.actions_.show_for(self.detail.detail))

    def _on_opened(self, _rowid: object) -> None:
        """Enter does what is likeliest."""
        first = next((one for one in self.actions_.commands.values() if one.isVisible()), None)
        detail = self.detail.detail
        if detail is None or first is None:
            return
        order = self.actions_.show_for(detail)
        if order and order[0].isVisible():
            order[0].trigger()

    def _on_filtered(self) -> None:
        self._wants_first = True
        if self.table.rows.is_complete:
            self._on_counted(self.table.rows.rowCount())

    def _show_badge(self, counts: TicketCounts) -> None:
        self.badge_changed.emit(str(counts.overdue) if counts.overdue else "")
        self._say_what_to_do(has_tickets=counts.total > 0)

    def _say_what_to_do(self, *, has_tickets: bool) -> None:
        """What an empty list says: another filter helps only where there is a ticket."""
        title, hint = _("没有符合条件的工单"), _("换一个筛选，或按 F2 新建工单")
        if not has_tickets:
            title, hint = _("还没有工单"), _("来电来访按 F2 受理第一张；房屋和住户可以先导入表格")
        self.table.empty.say(title, hint, _("新工单  F2"), lambda: self.context.navigate("intake"))

    def _on_counted(self, count: int) -> None:
        """Another filter, or none shown yet: go to the first row, unless the current one is listed still."""
        if count < 0:
            return
        if self._is_outside and self._shown_rowid is not None and self.table.current_key() is None:
            self._go_to(self._shown_rowid)  # it is back, by an undo or by another filter
        if not (self._wants_first or not self._shown_id):
            return
        if count and self.table.current_key() is None:
            self.table.selectRow(0)
        elif not count and self._wants_first:
            self._on_read(None)
        self._wants_first = False

    def _add_file(self) -> None:
        if self._shown_id:
            self.detail.show_part("files")
            self.detail.files.choose()

    # -- the selection ---------------------------------------------------------------------------------

    def _ask_ids(self, rowids: list[int], then: Callable[[list[str]], None]) -> None:
        if len(rowids) > MOST_AT_ONCE:
            text = _("一次最多 {n} 张，请少选一些").format(n=self.context.formats.number(MOST_AT_ONCE))
            self.context.notify(Notice(text, "warn"))
            return
        self.context.tasks.read(self, reading.ids_of, rowids, on_done=then)

    def _print_ids(self, ids: list[str]) -> None:
        self.context.print_request(self, PrintRequest("work-order", tuple(ids)))

    def ask_export(self) -> None:
        """Ask where to, then write the selection (or, with one row or none, the whole list) as a workbook."""
        if not self.context.may(Right.EXPORT):
            self.context.notify(Notice(_("您没有导出的权限"), "warn"))
            return
        name = _("工单 {day}.xlsx").format(day=self.context.formats.day(self._now()))
        proposed = last_folder(self.context.preferences) / name
        chosen, _filter = QFileDialog.getSaveFileName(self, _("导出工单"), str(proposed), "*.xlsx")
        if chosen:
            remember(self.context.preferences, Path(chosen))
            self.export_to(Path(chosen))

    def export_to(self, path: Path) -> None:
        """Write the workbook; phones stay masked."""
        several = self.table.selected_count() > 1
        rowids = self.table.selected_keys() if several else list(self.list.model.keys)
        self.context.tasks.long(
            self,
            _export,
            rowids,
            path,
            title=_("导出工单"),
            on_done=lambda count: self._say_exported(count, path),
        )

    def _say_exported(self, count: int, path: Path) -> None:
        text = _("已导出 {n} 张工单：{path}").format(n=count, path=path)
        self.context.notify(Notice(text, "good"))

    # -- the filter ------------------------------------------------------------------------------------

    def ask_filter(self) -> None:
        """Open the filter."""
        self.context.tasks.read(self, reading.filter_choices, on_done=self._open_filter)

    def _open_filter(self, offered: FilterChoices) -> None:
        self.list.offer(offered)
        filter_: TicketFilter = self.list.filter
        show(FilterDialog(self.context, filter_, offered, self.list.refine, self))

    def _on_choices(self, offered: FilterChoices) -> None:
        self.list.offer(offered)


def _export(door: Any, progress: Any, rowids: list[int], path: Path) -> int:
    ids = door.read(reading.ids_of, rowids)
    return int(export_list(door, progress, "tickets", path, ids=ids))
