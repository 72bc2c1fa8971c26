"""同步: how this desk stands in words, what waits for a person, and the enrolment form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from models.queries.conflict_list import ConflictItem, RefusedItem, conflicts, refused
from models.queries.sync_names import PendingTable, pending_tables, value_names
from models.rules.rights import Right
from models.services import conflicts as settling
from resources.translations import N_
from resources.translations import gettext as _
from sync.status import SyncState, SyncStatus
from views.context import AppContext, Notice
from views.page import Page
from views.sync_problems.enrolment import EnrolPanel
from views.sync_problems.lists import (
    CONFLICTS,
    PENDING,
    Comparison,
    ConflictRow,
    RefusedRow,
    Round,
    conflict_row,
    refused_columns,
    refused_row,
    round_columns,
)
from views.sync_problems.wording import MASS_DELETION, standing
from views.widgets.action_bar import ActionBar
from views.widgets.chip_bar import Chip, ChipBar
from views.widgets.dialog import asked
from views.widgets.panel import Panel, label, scrolled
from views.widgets.small_table import SmallTable

CHIPS = (
    Chip("conflicts", N_("冲突"), "⚠", "warn"),
    Chip("refused", N_("总部没有接受"), "×", "bad"),
    Chip("pending", N_("等待送出"), "◐"),
    Chip("rounds", N_("最近"), "⇅"),
)
KEPT_ROUNDS = 100
LOWEST_LIST = 150
"""Pixels: on a lower screen the page scrolls."""


class SyncPage(Page):
    key, title, help_topic = "sync", N_("同步"), "sync"
    concerns = frozenset(
        {"conflict", "refused_patch", "ticket", "resident", "room", "callback", "staff", "parameter"}
    )

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._rounds: list[Round] = []
        self._items: Sequence[ConflictItem] = ()
        self._make_commands()
        inside = QWidget()
        outer = QVBoxLayout(inside)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(10)
        outer.addWidget(self._make_standing())
        self.enrolment = EnrolPanel(context)
        self.enrolment.enrolled.connect(lambda _letter: self.refresh())
        outer.addWidget(self.enrolment)
        self.problems = self._make_problems()
        outer.addWidget(self.problems, 1)
        self.rest = QWidget()
        outer.addWidget(self.rest, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        area = scrolled(inside)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole.addWidget(area)
        if context.desk is not None:
            context.desk.sync_status_changed.connect(self._on_status)
        self._show_standing(self._status())
        self.setFocusProxy(self.chips)

    # -- the page's own words ------------------------------------------------------------------------

    def refresh(self) -> None:
        tasks = self.context.tasks
        tasks.read_latest(self, "conflicts", conflicts, on_done=self._on_conflicts)
        tasks.read_latest(self, "refused", refused, on_done=self._on_refused)
        tasks.read_latest(self, "pending", pending_tables, on_done=self._on_pending)
        self._show_standing(self._status())

    def open(self, **arguments: Any) -> None:
        """``list=…`` names one of the lists."""
        wanted = str(arguments.get("list", ""))
        if wanted in {chip.key for chip in CHIPS}:
            self.chips.choose(wanted)
            self._on_chip(wanted)

    def commit(self) -> bool:
        if self.enrolment.isVisible():
            self.enrolment.send()
            return True
        return False

    # -- how it stands -------------------------------------------------------------------------------

    def _status(self) -> SyncStatus:
        return self.context.desk.sync_status if self.context.desk is not None else SyncStatus(SyncState.LOCAL)

    def _on_status(self, status: SyncStatus) -> None:
        self._show_standing(status)
        self._note_round(status)
        self.mark_stale()

    def _show_standing(self, status: SyncStatus) -> None:
        stands = standing(status, self.context.formats, self.context.clock())
        self.symbol.setText(stands.symbol)
        self.standing_title.setText(stands.title)
        for widget in (self.symbol, self.standing_title):
            widget.setProperty("tone", stands.tone)
            widget.style().unpolish(widget)
            widget.style().polish(widget)
        self.sentence.setText(stands.sentence)
        self.advice.setText(stands.advice)
        self.advice.setVisible(bool(stands.advice))
        is_enrolled = status.state is not SyncState.LOCAL
        may_enrol = self.context.desk is not None and self.context.may(Right.ENROL)
        self.sync_now.setVisible(is_enrolled)
        self.sync_now.setEnabled(status.state is not SyncState.SYNCING)
        self.agree.setVisible(status.reason == MASS_DELETION)
        self.bar.set_actions([self.sync_now, self.agree])
        self.bar.setVisible(is_enrolled)
        self.enrolment.setVisible(not is_enrolled and may_enrol)
        self.problems.setVisible(is_enrolled)
        self.rest.setVisible(not is_enrolled)

    def _note_round(self, status: SyncStatus) -> None:
        """Keep what the light said, each change once."""
        stands = standing(status, self.context.formats, self.context.clock())
        words = f"{stands.title}  {stands.sentence}".strip()
        if self._rounds and self._rounds[0].words == words:
            return
        number = self._rounds[0].id + 1 if self._rounds else 1
        made = Round(number, self.context.clock(), stands.symbol, stands.tone, words)
        self._rounds = [made, *self._rounds[: KEPT_ROUNDS - 1]]
        self.rounds.show_rows(self._rounds)

    def _sync(self) -> None:
        if self._status().state is not SyncState.LOCAL:
            self.context.sync_now()

    def _agree(self) -> None:
        desk = self.context.desk
        if desk is None or desk.sync_status.reason != MASS_DELETION:
            return
        text = _("总部要删除的记录会从本机消失。请确认已向总部核实过。")
        if asked(self, _("同意大量删除"), text, confirm=_("同意删除")):
            desk.agree_to_mass_deletion()

    # -- what waits for a person ---------------------------------------------------------------------

    def _on_conflicts(self, items: Sequence[ConflictItem]) -> None:
        self._items = items
        asked_for = [
            (item.table, item.field, value) for item in items for value in (item.kept_value, item.lost_value)
        ]
        self.context.tasks.read_latest(self, "names", value_names, asked_for, on_done=self._show_conflicts)

    def _show_conflicts(self, names: Mapping[str, str]) -> None:
        rows = [conflict_row(item, self.context, names) for item in self._items]
        self.conflicts.show_rows(rows)
        self._count("conflicts", len(rows))
        self._follow()

    def _on_refused(self, items: Sequence[RefusedItem]) -> None:
        self.refused.show_rows([refused_row(item, self.context) for item in items])
        self._count("refused", len(items))
        self._follow()

    def _on_pending(self, found: Sequence[PendingTable]) -> None:
        self.pending.show_rows(found)
        self._count("pending", sum(one.rows for one in found))

    def _count(self, key: str, count: int) -> None:
        self._counts[key] = count
        self.chips.set_counts(self._counts)

    def _on_chip(self, key: str) -> None:
        table = self._tables[key]
        self.lists.setCurrentWidget(table)
        table.setFocus(Qt.FocusReason.OtherFocusReason)
        self._follow()

    def _follow(self) -> None:
        """Stand on a row, show its two values, and the commands that settle it."""
        table = self.lists.currentWidget()
        if isinstance(table, SmallTable) and table.current() is None and table.rows.rowCount():
            table.go_to(table.rows.key_at(0))
        may = self.context.may(Right.CONFLICT_RESOLVE)
        row = self.conflicts.current() if table is self.conflicts else None
        self.comparison.show_row(row)
        self.accept.setVisible(row is not None and may)
        self.take_other.setVisible(row is not None and may)
        self.open_record.setVisible(row is not None)
        self.dismiss.setVisible(table is self.refused and self.refused.current() is not None and may)
        actions = [self.accept, self.take_other, self.open_record, self.dismiss]
        self.settle_bar.set_actions(actions)
        self.settle_bar.setVisible(any(action.isVisible() for action in actions))

    def _accept(self) -> None:
        row = self._current_conflict()
        if row is not None:
            words = _("已认可：{field} = {value}").format(field=row.field, value=row.kept)
            self.context.tasks.write(
                self, settling.accept, row.id, on_done=lambda _none: self._settled(words)
            )

    def _take_other(self) -> None:
        row = self._current_conflict()
        if row is not None:
            words = _("已改用：{field} = {value}").format(field=row.field, value=row.lost)
            self.context.tasks.write(
                self, settling.take_back, row.id, on_done=lambda _none: self._settled(words)
            )

    def _current_conflict(self) -> ConflictRow | None:
        return self.conflicts.current() if self.lists.currentWidget() is self.conflicts else None

    def _dismiss(self) -> None:
        row = self.refused.current() if self.lists.currentWidget() is self.refused else None
        if row is not None:
            self.context.tasks.write(
                self, settling.dismiss_refused, row.id,
                on_done=lambda _none: self._settled(_("已记为看过；原来的修改留在操作日志里")),
            )  # fmt: skip

    def _settled(self, words: str) -> None:
        self.context.notify(Notice(words, "good"))
        self.refresh()

    def _open_record(self) -> None:
        row = self._current_conflict()
        pages = {"ticket": ("tickets", "ticket_id"), "resident": ("residents", "resident_id"),
                 "room": ("rooms", "room_id"), "callback": ("callbacks", "callback_id")}  # fmt: skip
        if row is not None and row.item.table in pages:
            page, argument = pages[row.item.table]
            self.context.navigate(page, **{argument: row.item.row_id})

    # -- building ------------------------------------------------------------------------------------

    def _make_commands(self) -> None:
        self.sync_now = self.add_command(_("立即同步"), "S", self._sync)
        self.agree = self.add_command(_("同意删除"), "Y", self._agree)
        self.accept = self.add_command(_("认可"), "A", self._accept, tip=_("现在的值保留"))
        self.take_other = self.add_command(_("要另一个值"), "B", self._take_other, tip=_("改用另一个值"))
        self.open_record = self.add_command(_("打开记录"), "O", self._open_record)
        self.dismiss = self.add_command(_("知道了"), "K", self._dismiss)

    def _make_standing(self) -> Panel:
        panel = Panel(padding=18)
        self.symbol = label(name="pageTitle")
        self.standing_title = label(name="pageTitle")
        self.sentence = label(wraps=True)
        self.advice = label("", "muted", wraps=True)
        self.bar = ActionBar()
        head = QHBoxLayout()
        head.addWidget(self.symbol)
        head.addWidget(self.standing_title, 1)
        panel.body.addLayout(head)
        for widget in (self.sentence, self.advice, self.bar):
            panel.body.addWidget(widget)
        return panel

    def _make_problems(self) -> Panel:
        tasks, preferences = self.context.tasks, self.context.preferences
        self._counts: dict[str, int] = {}
        self.conflicts: SmallTable[ConflictRow] = SmallTable(tasks, CONFLICTS, "conflicts", preferences)
        self.refused: SmallTable[RefusedRow] = SmallTable(
            tasks, refused_columns(self.context), "refused", preferences
        )
        self.pending: SmallTable[PendingTable] = SmallTable(
            tasks, PENDING, "pending", preferences, key=lambda row: row.table
        )
        self.rounds: SmallTable[Round] = SmallTable(tasks, round_columns(self.context), "rounds", preferences)
        self.conflicts.empty.say(_("没有冲突"), _("两个前台同时改了同一项时会列在这里"))
        self.refused.empty.say(_("总部没有拒绝过修改"))
        self.pending.empty.say(_("没有等待送出的记录"), _("本机的修改都已送到总部"))
        self.rounds.empty.say(_("打开程序以来还没有同步过"), _("按 S 立即同步"))
        self._tables: dict[str, SmallTable[Any]] = {
            "conflicts": self.conflicts, "refused": self.refused,
            "pending": self.pending, "rounds": self.rounds,
        }  # fmt: skip
        self.lists = QStackedWidget()
        self.lists.setMinimumHeight(LOWEST_LIST)
        for table in self._tables.values():
            self.lists.addWidget(table)
            table.current_changed.connect(lambda _key: self._follow())
        self.conflicts.opened.connect(lambda _key: self._open_record())
        self.chips = ChipBar(CHIPS)
        self.chips.chosen.connect(self._on_chip)
        self.comparison = Comparison(self.context)
        self.settle_bar = ActionBar()
        panel = Panel()
        for widget in (self.chips, self.settle_bar):
            panel.body.addWidget(widget)
        panel.body.addWidget(self.lists, 1)
        panel.body.addWidget(self.comparison)
        return panel
