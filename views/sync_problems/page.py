"""同步: how this desk stands in words, what waits for a person, and the enrolment form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from models.queries.double_numbers import number_trouble
from models.queries.sync_names import PendingTable, pending_tables
from models.queries.sync_state import Link, link
from models.rules.rights import Right
from resources.translations import N_
from resources.translations import gettext as _
from sync.status import ENROL_ANEW, SyncState, SyncStatus
from views.context import AppContext, Notice
from views.page import Page
from views.settings.about import version_of
from views.sync_problems.conflict_panel import ConflictPanel
from views.sync_problems.diagnosis import Facts, diagnostic_text, facts
from views.sync_problems.enrolment import EnrolPanel
from views.sync_problems.lists import Round, pending_columns, round_columns
from views.sync_problems.refused_panel import RefusedPanel
from views.sync_problems.standing_panel import StandingPanel
from views.sync_problems.wording import MASS_DELETION, standing
from views.widgets.chip_bar import Chip, ChipBar
from views.widgets.dialog import asked
from views.widgets.panel import Panel, scrolled
from views.widgets.small_table import SmallTable

CHIPS = (
    Chip("conflicts", N_("冲突"), "⚠", "warn"),
    Chip("refused", N_("总部没有接受"), "×", "bad"),
    Chip("pending", N_("等待送出"), "↑"),
    Chip("rounds", N_("最近"), "⇅"),
)
KEPT_ROUNDS = 100
LOWEST_LIST = 260
"""Pixels: on a lower screen the page scrolls."""


class SyncPage(Page):
    """``open(list=…)`` names one of the lists, ``open(record=(table, id))`` what of it to go to."""

    key, title, help_topic = "sync", N_("同步"), "sync"
    concerns = frozenset(
        {"conflict", "refused_patch", "ticket", "resident", "room", "callback", "staff", "parameter", "site"}
    )

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._rounds: list[Round] = []
        self._counts: dict[str, int] = {}
        self.sync_now = self.add_command(_("立即同步"), "S", self._sync)
        self.agree = self.add_command(_("同意删除"), "Y", self._agree)
        self.copy_diagnosis = self.add_command(
            _("复制诊断信息"), "D", self._read_facts, tip=_("给帮忙的人看，不含住户资料")
        )
        self.enrol_again = self.add_command(
            _("重新接入"), "H", self._ask_to_enrol, tip=_("用新的登记码接入，或换总部地址")
        )
        inside = QWidget()
        outer = QVBoxLayout(inside)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(10)
        self.standing = StandingPanel(context)
        outer.addWidget(self.standing)
        self.enrolment = EnrolPanel(context)
        self.enrolment.enrolled.connect(lambda _letter: self.refresh())
        outer.addWidget(self.enrolment)
        self.again = EnrolPanel(context, is_again=True)
        self.again.enrolled.connect(self._on_enrolled_again)
        self._wants_again = False
        outer.addWidget(self.again)
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
        self.conflicts.refresh()
        self.refused.refresh()
        tasks.read_latest(self, "pending", pending_tables, on_done=self._on_pending)
        tasks.read_latest(self, "link", link, on_done=self._on_link)
        tasks.read_latest(
            self, "numbers", number_trouble, self.context.clock(), on_done=self.standing.show_numbers
        )
        self._show_standing(self._status())

    def open(self, **arguments: Any) -> None:
        wanted = str(arguments.get("list", ""))
        if wanted in self._lists:
            self.chips.choose(wanted)
            self._on_chip(wanted)
        record = arguments.get("record")
        if record is not None:
            table, row_id = record
            panel = self.refused if wanted == "refused" else self.conflicts
            panel.go_to((str(table), str(row_id)))

    def commit(self) -> bool:
        shown = next((one for one in (self.enrolment, self.again) if one.isVisible()), None)
        if shown is not None:
            shown.send()
        return shown is not None

    def step_back(self) -> bool:
        if not self._wants_again:
            return super().step_back()
        self._ask_to_enrol()
        return True

    # -- how it stands -------------------------------------------------------------------------------

    def _status(self) -> SyncStatus:
        return self.context.desk.sync_status if self.context.desk is not None else SyncStatus(SyncState.LOCAL)

    def _on_status(self, status: SyncStatus) -> None:
        self._show_standing(status)
        if status.progress is not None:
            return  # several times a second: the lists wait until all is there
        self._note_round(status)
        self.mark_stale()

    def _show_standing(self, status: SyncStatus) -> None:
        is_enrolled = status.state is not SyncState.LOCAL
        may_enrol = self.context.desk is not None and self.context.may(Right.ENROL)
        self.sync_now.setVisible(is_enrolled)
        self.sync_now.setEnabled(status.state is not SyncState.SYNCING)
        self.agree.setVisible(status.reason == MASS_DELETION)
        self.copy_diagnosis.setVisible(is_enrolled)
        must_enrol = is_enrolled and status.reason in ENROL_ANEW
        self.enrol_again.setVisible(is_enrolled and may_enrol and not must_enrol)
        actions = [self.sync_now, self.agree, self.copy_diagnosis, self.enrol_again]
        self.standing.show_status(status, actions)
        self.enrolment.setVisible(not is_enrolled and may_enrol)
        self.again.ask(needs_code=must_enrol)
        self.again.setVisible(is_enrolled and may_enrol and (must_enrol or self._wants_again))
        self.problems.setVisible(is_enrolled)
        self.rest.setVisible(not is_enrolled)

    def _on_link(self, found: Link) -> None:
        self.standing.show_link(found, self._status())
        self.again.offer(found.address)

    def _ask_to_enrol(self) -> None:
        """Show the form, or put it away again."""
        if self.enrol_again.isVisible():
            self._wants_again = not self._wants_again
            self._show_standing(self._status())
            (self.again if self._wants_again else self.chips).setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_enrolled_again(self, _letter: str) -> None:
        self._wants_again = False
        self.refresh()

    def _note_round(self, status: SyncStatus) -> None:
        """Keep what the light said, each turn once: of a quiet day's rounds the last."""
        stands = standing(status, self.context.formats, self.context.clock())
        words = f"{stands.title}  {stands.sentence}".strip()
        last = self._rounds[0] if self._rounds else None
        if last is not None and last.words == words:
            return
        kind = (status.state, status.reason)
        is_same = last is not None and last.kind == kind == (SyncState.SYNCED, None)
        number = last.id + (not is_same) if last is not None else 1
        made = Round(number, self.context.clock(), stands.symbol, stands.tone, words, kind)
        self._rounds = [made, *self._rounds[1 if is_same else 0 :]][:KEPT_ROUNDS]
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

    def _read_facts(self) -> None:
        self.context.tasks.read(self, facts, on_done=self._copy_facts)

    def _copy_facts(self, found: Facts) -> None:
        text = diagnostic_text(found, self._status(), self.context.clock(), version_of("qiantai"))
        QGuiApplication.clipboard().setText(text)
        self.context.notify(Notice(_("诊断信息已复制，里面没有住户资料"), "good"))

    # -- the lists -----------------------------------------------------------------------------------

    def _on_pending(self, found: Sequence[PendingTable]) -> None:
        self.pending.show_rows(found)
        self._count("pending", sum(one.rows for one in found))

    def _count(self, key: str, count: int) -> None:
        self._counts[key] = count
        self.chips.set_counts(self._counts)

    def _on_chip(self, key: str) -> None:
        shown = self._lists[key]
        self.lists.setCurrentWidget(shown)
        shown.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_problems(self) -> Panel:
        tasks, preferences = self.context.tasks, self.context.preferences
        self.conflicts = ConflictPanel(self.context, self.add_command)
        self.refused = RefusedPanel(self.context, self.add_command)
        self.pending: SmallTable[PendingTable] = SmallTable(
            tasks, pending_columns(self.context), "pending", preferences, key=lambda row: row.table
        )
        self.rounds: SmallTable[Round] = SmallTable(tasks, round_columns(self.context), "rounds", preferences)
        self.pending.empty.say(_("没有等待送出的记录"), _("本机的修改都已送到总部"))
        self.rounds.empty.say(_("打开程序以来还没有同步过"), _("按 S 立即同步"))
        self.conflicts.counted.connect(lambda count: self._count("conflicts", count))
        self.refused.counted.connect(lambda count: self._count("refused", count))
        self._lists: dict[str, QWidget] = {
            "conflicts": self.conflicts, "refused": self.refused,
            "pending": self.pending, "rounds": self.rounds,
        }  # fmt: skip
        self.lists = QStackedWidget()
        self.lists.setMinimumHeight(LOWEST_LIST)
        for shown in self._lists.values():
            self.lists.addWidget(shown)
        self.chips = ChipBar(CHIPS)
        self.chips.chosen.connect(self._on_chip)
        panel = Panel()
        panel.body.addWidget(self.chips)
        panel.body.addWidget(self.lists, 1)
        return panel
