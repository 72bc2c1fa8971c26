"""今日: counts that lead to their lists, what presses most, and what else the day holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from models.queries.morning import Morning, morning, pressing_keys
from models.queries.ticket_list import TicketFilter, TicketRow, ticket_rows
from resources.terms import label as term
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext
from views.page import Page
from views.today.columns import pressing_columns
from views.today.parts import Bar, BarLine, Line, LineButton, Section, Tile
from views.today.start import StartPanel, Step
from views.widgets.panel import ListAndDetail, Panel, label, scrolled
from views.widgets.record_marks import RecordMarks
from views.widgets.row_table_model import RowSource, RowTableModel
from views.widgets.table_view import RowTable

EVERY_MS = 60_000
DRAFTS_SHOWN = 5
_WEEKDAYS = (
    N_("星期一"), N_("星期二"), N_("星期三"), N_("星期四"), N_("星期五"), N_("星期六"), N_("星期日"),
)  # fmt: skip


@dataclass(frozen=True)
class TileSpec:
    """A tile, declared: where it leads, and the count it shows. ``title`` is marked with ``N_``."""

    key: str
    title: str
    keys: str
    page: str
    arguments: tuple[tuple[str, Any], ...]
    count: Callable[[Morning], int]
    symbol: str = ""
    tone: str = ""


TILES = (
    TileSpec("open", N_("进行中"), "O", "tickets", (("group", "open"),), lambda m: m.today.tickets.open),
    TileSpec(
        "overdue", N_("超时"), "L", "tickets", (("group", "overdue"),),
        lambda m: m.today.tickets.overdue, "▲", "bad",
    ),
    TileSpec(
        "due_today", N_("今日到期"), "D", "tickets", (("group", "due_today"),),
        lambda m: m.today.tickets.due_today, "◑", "warn",
    ),
    TileSpec(
        "waiting", N_("未接单"), "W", "tickets", (("group", "waiting"),),
        lambda m: m.today.tickets.waiting, "▶", "accent",
    ),
    TileSpec(
        "callbacks", N_("待回访"), "C", "callbacks", (("group", "due"),),
        lambda m: m.today.callbacks.due, "☎", "accent",
    ),
    TileSpec("drafts", N_("草稿"), "R", "intake", (), lambda m: len(m.drafts), "●", "warn"),
)  # fmt: skip


class TodayPage(Page):
    key, title, help_topic = "today", N_("今日"), "today"
    concerns = frozenset({"ticket", "callback", "staff", "room", "resident", "draft", "conflict", "site"})

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._morning: Morning | None = None
        self._row_ids: dict[int, str] = {}
        self.heading = label(name="pageTitle")
        self.summary = label("", "muted")
        self.tiles: dict[str, Tile] = {}
        self._steps = self._make_steps()
        self.start_panel = StartPanel(self._steps)
        self.lists = QStackedWidget()
        self.lists.addWidget(self._make_pressing())
        self.lists.addWidget(self.start_panel)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(10)
        outer.addLayout(self._make_head())
        outer.addLayout(self._make_tiles())
        outer.addWidget(
            ListAndDetail(self.lists, self._make_side(), "today", context.preferences, share=0.64), 1
        )
        self.setFocusProxy(self.table)
        self.timer = QTimer(self)
        self.timer.setInterval(EVERY_MS)
        self.timer.timeout.connect(self.mark_stale)
        self.timer.start()
        if context.desk is not None:
            context.desk.sync_status_changed.connect(self._on_sync_status)

    # -- data ----------------------------------------------------------------------------------------

    def refresh(self) -> None:
        now = self.context.clock()
        self.context.tasks.read_latest(
            self, "morning", morning, now, self.context.user.staff_id, on_done=self._show
        )
        self.table.show_filter(TicketFilter(now=now))

    def _show(self, found: Morning) -> None:
        self._morning = found
        for spec in TILES:
            self.tiles[spec.key].set_count(spec.count(found))
        today = found.today
        told = [
            _("今日受理 {n}").format(n=today.received_today),
            _("办结 {n}").format(n=today.completed_today),
        ]
        if today.escalated:
            told.append(_("▲ 已升级 {n}").format(n=today.escalated))
        self.summary.setText(" · ".join(told))
        self._show_day()
        self._show_side(found)
        ready = found.readiness
        is_new = not ready.rooms or (ready.staff <= 1 and not ready.has_tickets)
        self.start_panel.show_readiness(ready)
        self._show_start(is_new=is_new)
        self.badge_changed.emit(str(today.tickets.overdue) if today.tickets.overdue else "")
        for page, count in (("tickets", today.tickets.overdue), ("callbacks", today.callbacks.late)):
            self.other_badge_changed.emit(page, str(count) if count else "")

    def _show_start(self, *, is_new: bool) -> None:
        """The steps of a new site in place of the list, the keyboard with what is shown."""
        shown = self.start_panel if is_new else self.table
        had_focus = self.lists.isAncestorOf(self.window().focusWidget() or self)
        self.lists.setCurrentIndex(1 if is_new else 0)
        self.setFocusProxy(shown)
        if had_focus:
            shown.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_day(self) -> None:
        here = self.context.formats.local(self.context.clock())
        weekday = _(_WEEKDAYS[here.weekday()])
        self.heading.setText(f"{here.date().isoformat()}  {weekday}")

    def _show_side(self, found: Morning) -> None:
        formats = self.context.formats
        self.appointments.show_lines(
            [
                LineButton(
                    Line(
                        formats.time(one.at),
                        "  ".join(part for part in (one.room_code, one.caller_name, one.matter) if part),
                        partial(self.context.navigate, "tickets", ticket_id=one.ticket_id),
                        one.handler or "",
                        "bad" if one.at < self.context.clock() else "",
                    )
                )
                for one in found.appointments
            ],
            _("今天没有预约上门"),
        )
        self._show_drafts(found)
        self._show_callbacks(found)
        busiest = max((one.load for one in found.today.loads), default=1)
        self.loads.show_lines(
            [
                BarLine(Bar(one.name, _("{n} 单").format(n=one.open_tickets), one.load / busiest))
                for one in found.today.loads
            ],
            _("没有人手上有未结工单"),
        )
        self._show_sync()

    def _show_drafts(self, found: Morning) -> None:
        formats, now = self.context.formats, self.context.clock()
        self.drafts.setVisible(bool(found.drafts))
        lines = [
            LineButton(
                Line(
                    formats.near(one.updated_at, now),
                    _draft_words(one.data) or _("（还没有内容）"),
                    partial(self.context.navigate, "intake", draft_id=one.id),
                )
            )
            for one in found.drafts[:DRAFTS_SHOWN]
        ]
        more = len(found.drafts) - DRAFTS_SHOWN
        self.drafts.show_lines(
            list(lines), "", more=_("还有 {n} 份").format(n=more) if more > 0 else "",
            run=partial(self.context.navigate, "intake"),
        )  # fmt: skip

    def _show_callbacks(self, found: Morning) -> None:
        day = self.context.formats.local(self.context.clock()).date()
        lines = [
            LineButton(
                Line(
                    one.room_code or one.person or "",
                    "  ".join(part for part in (term("callback.kind", one.kind), one.matter) if part),
                    partial(self.context.navigate, "callbacks", callback_id=one.id),
                    _("逾期 {n} 天").format(n=(day - one.due_on).days) if one.due_on < day else _("今日"),
                    "bad" if one.due_on < day else "",
                )
            )
            for one in found.callbacks
        ]
        self.callbacks.show_lines(
            list(lines), _("今天没有到期的回访"),
            more=_("全部回访") if lines else "", run=partial(self.context.navigate, "callbacks"),
        )  # fmt: skip

    def _on_sync_status(self, _status: object) -> None:
        if self.isVisible() and self._morning is not None:
            self._show_sync()

    def _show_sync(self) -> None:
        """Only when there is trouble: a quiet light needs no words here."""
        from views.sync_problems.wording import in_a_line, standing

        desk, found = self.context.desk, self._morning
        troubles: list[Line] = []
        to_sync = partial(self.context.navigate, "sync")
        if desk is not None:
            stands = standing(desk.sync_status, self.context.formats, self.context.clock())
            if stands.tone in ("warn", "bad"):
                troubles.append(Line(stands.symbol, in_a_line(desk.sync_status, stands), to_sync))
        elif found is not None and found.sync.conflicts + found.sync.refused:
            n = found.sync.conflicts + found.sync.refused
            troubles.append(Line("⚠", _("有 {n} 处同步冲突等人处理").format(n=n), to_sync))
        self.sync.setVisible(bool(troubles))
        self.sync.show_lines([LineButton(line) for line in troubles], "")

    # -- acting --------------------------------------------------------------------------------------

    def _open_pressing(self, key: int) -> None:
        place = self.model.place_of(key)
        row: TicketRow | None = self.model.row_at(place) if place >= 0 else None
        if row is not None:
            self.context.navigate("tickets", ticket_id=row.id)

    # -- building ------------------------------------------------------------------------------------

    def _make_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(self.heading)
        row.addWidget(self.summary, 1, Qt.AlignmentFlag.AlignBottom)
        return row

    def _make_tiles(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        for spec in TILES:
            go = partial(self.context.navigate, spec.page, **dict(spec.arguments))
            tile = Tile(self.add_command(_(spec.title), spec.keys, go), spec.symbol, spec.tone)
            self.tiles[spec.key] = tile
            row.addWidget(tile)
        return row

    def _make_pressing(self) -> QWidget:
        context = self.context
        marks = RecordMarks(context, "ticket", self)
        columns = pressing_columns(context.clock, context.formats, marks)
        source = RowSource[TicketRow](pressing_keys, ticket_rows, key=lambda row: row.rowid)
        self.model = RowTableModel(context.tasks, source, columns, self)
        self.table = RowTable(self.model, "today", context.preferences)
        marks.changed.connect(self.table.repaint_rows)
        self.table.empty.say(
            _("没有超时、今日到期或未接的工单"),
            _("来电来访按 F2 受理"),
            _("新工单") + "  F2",
            partial(context.navigate, "intake"),
        )
        self.table.opened.connect(self._open_pressing)
        panel = Panel()
        head = QHBoxLayout()
        head.addWidget(label(_("最紧要的"), name="heading"))
        head.addWidget(label(_("先超时，再今日到期，再未接单；Enter 打开"), "muted"), 1)
        panel.body.addLayout(head)
        panel.body.addWidget(self.table, 1)
        return panel

    def _make_side(self) -> QWidget:
        self.sync = Section(_("同步需要留意"))
        self.drafts = Section(_("未完成的草稿"))
        self.appointments = Section(_("今日预约"))
        self.callbacks = Section(_("到期回访"))
        self.loads = Section(_("各人手上（紧急的计得重）"))
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for section in (self.sync, self.drafts, self.appointments, self.callbacks, self.loads):
            column.addWidget(section)
        self.sync.hide()
        self.drafts.hide()
        column.addStretch(1)
        area = scrolled(inside)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        area.setMinimumWidth(180)
        return area

    def _make_steps(self) -> tuple[Step, ...]:
        go = self.context.navigate
        said = (
            (
                "archive",
                _("导入房屋和住户档案"),
                _("从原来系统导出的 Excel，先预演再写入"),
                "I",
                "import",
                "",
            ),
            ("staff", _("添加部门和人员"), _("派单要有人可派；每人一个工号"), "P", "settings", "staff"),
            ("printers", _("设好打印机"), _("纸张、偏移；先打一张校准页"), "T", "settings", "printers"),
            ("hq", _("登记到总部"), _("没有总部也能全部使用，可以以后再登记"), "H", "sync", ""),
        )
        steps = []
        for key, title, hint, keys, page, section in said:
            arguments = {"section": section} if section else {}
            action = self.add_command(title, keys, partial(go, page, **arguments))
            steps.append(Step(key, hint, action))
        return tuple(steps)


def _draft_words(data: Any) -> str:
    """What a draft is about, as the intake page says it."""
    from views.intake.form import draft_words  # the first page opens without the form

    return "  ".join(part for part in draft_words(data.get("typed", {})) if part)
