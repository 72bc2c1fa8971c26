"""The list of tickets with its chips, its filter line and its saved views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from models.queries.saved_views import View
from models.queries.ticket_list import TicketFilter
from models.services import saved_views
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext, Notice
from views.tickets import filtering, reading
from views.tickets.chip_strip import ChipStrip
from views.tickets.columns import columns
from views.tickets.reading import FilterChoices, Overview
from views.widgets.card import WrappingLabel
from views.widgets.chip_bar import Chip, ChipBar
from views.widgets.dialog import FormDialog
from views.widgets.form import Field
from views.widgets.panel import Panel, button, label, link
from views.widgets.record_marks import RecordMarks
from views.widgets.row_table_model import RowSource, RowTableModel
from views.widgets.table_view import RowTable

GROUPS = (
    Chip("open", N_("进行中")), Chip("overdue", N_("超时"), "▲", "bad"), Chip("due_today", N_("今日到期")),
    Chip("waiting", N_("未接单")), Chip("suspended", N_("挂起")), Chip("callback", N_("办结待回访")),
    Chip("mine", N_("我的")), Chip("finished", N_("已办结")), Chip("all", N_("全部")),
)  # fmt: skip
VIEW = "view:"


class ListPanel(Panel):
    """`ask` reads counts and rows again."""

    filter_changed = Signal()
    counted = Signal(object)
    """The `TicketCounts`, whenever they were read."""

    def __init__(self, context: AppContext, ask_filter: Callable[[], object]) -> None:
        super().__init__()
        self._context = context
        self._views: tuple[View, ...] = ()
        self._chosen_view = ""
        self._offered: FilterChoices | None = None
        self.filter = TicketFilter(staff_id=context.user.staff_id, now=context.clock())
        source = RowSource(reading.keys, reading.rows, reading.first, key=lambda row: row.rowid)
        self.marks = RecordMarks(context, "ticket", self)
        shown = columns(context.clock, context.formats, self.marks)
        self.model = RowTableModel(context.tasks, source, shown, self)
        self.table = RowTable(self.model, "tickets", context.preferences)
        self.marks.changed.connect(self.table.repaint_rows)
        self.table.setAccessibleName(_("工单列表"))
        self.table.setMinimumWidth(self.table.least_width())
        self.model.count_changed.connect(self._show_count)
        self._summary = label("", "muted")
        self._foot = label("", "muted")
        self._total = 0
        self._was_view = False
        self._chips = self._made_chips()
        self._refined = self._made_refined()
        head = QHBoxLayout()
        head.addWidget(label(_("工单"), name="pageTitle"))
        head.addWidget(self._summary, 1)
        head.addWidget(button(_("筛选"), ask_filter, keys="F"))
        self.body.addLayout(head)
        self._strip = ChipStrip(self._chips)
        self.body.addWidget(self._strip)
        self.body.addWidget(self._refined)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self._foot)

    # -- chips -----------------------------------------------------------------------------------------

    def _made_chips(self) -> ChipBar:
        views = [Chip(VIEW + one.id, one.name, "★") for one in self._views]
        chips = ChipBar([*GROUPS, *views])
        chips.chosen.connect(self.choose)
        return chips

    @property
    def chips(self) -> ChipBar:
        return self._chips

    def choose(self, key: str) -> None:
        """A group, or a saved view."""
        view = next((one for one in self._views if VIEW + one.id == key), None)
        now = self._context.clock()
        self._chosen_view = view.id if view is not None else ""
        if view is not None:
            self.filter = filtering.from_json(view.filter, self._context.user.staff_id, now)
        else:
            self.filter = replace(
                self.filter if not self._was_view else filtering.plain(self.filter), group=key
            )
        self._was_view = view is not None
        self._chips.choose(key)
        self._filtered()

    def refine(self, filter_: TicketFilter) -> None:
        """Show what the filter dialog gave."""
        self.filter = filter_
        self._chosen_view, self._was_view = "", False
        self._chips.choose(filter_.group if filter_.group in {chip.key for chip in GROUPS} else "all")
        self._filtered()

    def widen(self) -> bool:
        """Take the refinement away; False if there is none."""
        if not filtering.is_refined(self.filter):
            return False
        self.refine(filtering.plain(self.filter))
        return True

    def _filtered(self) -> None:
        self._show_refined()
        self.ask()
        self.filter_changed.emit()

    # -- the line of the filter ------------------------------------------------------------------------

    def _made_refined(self) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        self._words = WrappingLabel("", "accent")
        self._save = link(_("存为视图 Ctrl+Shift+S"), self.save_view)
        self._rename = link(_("改名"), self.rename_view)
        self._delete = link(_("删除此视图"), self.delete_view)
        row.addWidget(self._words, 1)
        for one in (self._save, self._rename, self._delete):
            row.addWidget(one)
        row.addWidget(link(_("清除 Esc"), self.widen))
        holder.hide()
        return holder

    def _show_refined(self) -> None:
        is_refined = filtering.is_refined(self.filter)
        is_view = bool(self._chosen_view)
        self._refined.setVisible(is_refined or is_view)
        self._save.setVisible(is_refined and not is_view)
        self._rename.setVisible(is_view)
        self._delete.setVisible(is_view)
        if is_refined and self._offered is not None:
            self._words.setText(
                "＋ " + " · ".join(filtering.words(self.filter, self._offered, self._context))
            )
        else:
            self._words.setText("")

    def offer(self, offered: FilterChoices) -> None:
        """Names for the words of the filter."""
        self._offered = offered
        self._show_refined()

    # -- saved views -----------------------------------------------------------------------------------

    def save_view(self) -> None:
        """Ask for a name and keep the filter under it."""
        self._ask_name(_("存为视图"), "", self._save_as)

    def rename_view(self) -> None:
        view = next((one for one in self._views if one.id == self._chosen_view), None)
        if view is not None:
            self._ask_name(_("改名"), view.name, self._rename_to)

    def _ask_name(self, title: str, name: str, save: Callable[[str, FormDialog], None]) -> None:
        field = Field("name", N_("名称"), is_required=True, max_length=20)
        dialog = FormDialog(title, [field], lambda values, box: save(values["name"], box), self)
        dialog.form.set_values({"name": name})
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _save_as(self, name: str, dialog: FormDialog) -> None:
        self._context.tasks.write(
            dialog, saved_views.save, reading.PAGE_NAME, name, filtering.as_json(self.filter),
            on_done=lambda view_id: self._on_saved(view_id, dialog), on_error=dialog.failed,
        )  # fmt: skip

    def _on_saved(self, view_id: str, dialog: FormDialog) -> None:
        dialog.done_well()
        self._chosen_view, self._was_view = view_id, True
        self._show_refined()
        self.ask()

    def _rename_to(self, name: str, dialog: FormDialog) -> None:
        old = self._chosen_view
        self._save_as(name, dialog)
        if self._chosen_view != old:
            self._context.tasks.write(self, saved_views.delete, old, on_done=lambda _value: self.ask())

    def delete_view(self) -> None:
        """Forget the view that is shown; its tickets stay listed."""
        if not self._chosen_view:
            return
        gone, self._chosen_view = self._chosen_view, ""
        self._was_view = False
        self._context.tasks.write(self, saved_views.delete, gone, on_done=lambda _value: self._on_deleted())

    def _on_deleted(self) -> None:
        self._context.notify(Notice(_("视图已删除，工单都还在")))
        self.refine(self.filter)

    # -- reading ---------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Read counts, views and rows again."""
        now = self._context.clock()
        self.filter = replace(self.filter, now=now)
        self.table.show_filter(self.filter)
        self._context.tasks.read_latest(
            self, "overview", reading.overview, now, self._context.user.staff_id, on_done=self._on_overview
        )

    def _on_overview(self, overview: Overview) -> None:
        if overview.views != self._views:
            self._replace_chips(overview.views)
        counts = overview.counts
        shown = {chip.key: getattr(counts, chip.key) for chip in GROUPS if hasattr(counts, chip.key)}
        self._chips.set_counts({**shown, "all": counts.total})
        self._total = counts.total
        self.counted.emit(counts)
        self._summary.setText(
            _("进行中 {open} · 超时 {overdue} · 今日到期 {today}").format(
                open=counts.open, overdue=counts.overdue, today=counts.due_today
            )
        )
        self._show_count(self.model.rowCount() if self.model.is_complete else -1)

    def _replace_chips(self, views: tuple[View, ...]) -> None:
        self._views = views
        self._chips = self._made_chips()
        self._strip.hold(self._chips)
        known = {chip.key for chip in GROUPS}
        self._chips.choose(
            VIEW + self._chosen_view
            if any(one.id == self._chosen_view for one in views)
            else self.filter.group
            if self.filter.group in known
            else "all"
        )

    def _show_count(self, count: int) -> None:
        if count < 0:
            return
        self._foot.setText(
            _("{n} 条 · 共 {total} 条历史工单").format(
                n=self._context.formats.number(count), total=self._context.formats.number(self._total)
            )
        )
