"""Satisfaction by handler and by department in a period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from models.queries.handler_figures import DepartmentFigures, HandlerFigures, by_department, handler_figures
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext
from views.formats import NOTHING
from views.widgets.chip_bar import Chip, ChipBar
from views.widgets.column import Align, Column
from views.widgets.panel import Panel, button, label, scrolled
from views.widgets.small_table import SmallTable
from views.widgets.tone import Tone

PERIODS = (
    Chip("week", N_("近 7 天")),
    Chip("month", N_("本月")),
    Chip("last_month", N_("上月")),
    Chip("quarter", N_("近 90 天")),
    Chip("year", N_("今年")),
)
LOWEST_LIST = 130
"""Pixels: on a lower screen the lists scroll."""
GOOD_SHARE, POOR_SHARE = 0.9, 0.7
"""From here satisfaction shows as good, below there as bad: only a colour, no rule of the trade."""


def period(key: str, today: date) -> tuple[date, date]:
    """First day, and the day after the last."""
    first = today.replace(day=1)
    if key == "last_month":
        return (first - timedelta(days=1)).replace(day=1), first
    starts = {
        "week": today - timedelta(days=6),
        "month": first,
        "quarter": today - timedelta(days=89),
        "year": today.replace(month=1, day=1),
    }
    return starts[key], today + timedelta(days=1)


def percent(share: float | None) -> str:
    return NOTHING if share is None else f"{share:.0%}"


def share_tone(share: float | None) -> Tone:
    if share is None:
        return Tone.MUTED
    return Tone.GOOD if share >= GOOD_SHARE else (Tone.BAD if share < POOR_SHARE else Tone.WARN)


def duration(minutes: int | None) -> str:
    """Minutes as ``3:20`` hours."""
    return NOTHING if minutes is None else f"{minutes // 60}:{minutes % 60:02d}"


def _counts() -> tuple[Column[Any], ...]:
    right = Align.RIGHT
    return (
        Column("satisfied", N_("满意"), 58, alignment=right, sort="satisfied"),
        Column("neutral", N_("基本满意"), 78, alignment=right, sort="neutral"),
        Column("dissatisfied", N_("不满意"), 66, alignment=right, sort="dissatisfied"),
        Column(
            "satisfaction",
            N_("满意率"),
            72,
            text=lambda row: percent(row.satisfaction),
            alignment=right,
            sort="satisfaction",
            tone=lambda row: share_tone(row.satisfaction),
            is_bold=True,
        ),
        Column("unsolved", N_("未解决"), 66, alignment=right, sort="unsolved"),
        Column("reopened", N_("重开"), 58, alignment=right, sort="reopened"),
    )


PEOPLE: Sequence[Column[HandlerFigures]] = (
    Column("name", N_("处理人"), 90, sort="name", is_stretched=True),
    Column("department", N_("部门"), 90, sort="department", tone=lambda _row: Tone.MUTED),
    Column("done", N_("办结数"), 66, alignment=Align.RIGHT, sort="done"),
    Column(
        "median",
        N_("用时中位"),
        82,
        text=lambda row: duration(row.median_minutes),
        alignment=Align.RIGHT,
        sort="median_minutes",
    ),
    Column(
        "on_time",
        N_("按时率"),
        72,
        text=lambda row: percent(row.on_time),
        alignment=Align.RIGHT,
        sort="on_time",
    ),
    *_counts(),
)
DEPARTMENTS: Sequence[Column[DepartmentFigures]] = (
    Column(
        "department", N_("部门"), 90, text=lambda row: row.department or _("（未分部门）"), is_stretched=True
    ),
    Column("people", N_("人数"), 58, alignment=Align.RIGHT),
    Column("done", N_("办结数"), 66, alignment=Align.RIGHT, sort="done"),
    *_counts(),
)


class FiguresPanel(Panel):
    """`refresh` reads the chosen period."""

    closed = Signal()

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.chips = ChipBar(PERIODS)
        self.chips.choose("quarter")
        self.chips.chosen.connect(lambda _key: self.refresh())
        self.span = label("", "muted")
        self.people: SmallTable[HandlerFigures] = SmallTable(
            context.tasks, PEOPLE, "figures-people", context.preferences, key=lambda row: row.staff_id
        )
        self.departments: SmallTable[DepartmentFigures] = SmallTable(
            context.tasks, DEPARTMENTS, "figures-departments", context.preferences,
            key=lambda row: row.department or "",
        )  # fmt: skip
        for table in (self.people, self.departments):
            table.setMinimumHeight(LOWEST_LIST)
            table.empty.say(_("这段时间还没有办结的工单"), _("换一个时间段"))
        head = QHBoxLayout()
        head.addWidget(label(_("满意度与用时"), name="pageTitle"))
        head.addWidget(self.span, 1)
        head.addWidget(button(_("返回"), self.closed.emit, keys="Esc"))
        self.body.addLayout(head)
        self.body.addWidget(self.chips)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(label(_("按处理人"), name="sectionHeading"))
        column.addWidget(self.people, 3)
        column.addWidget(label(_("按部门"), name="sectionHeading"))
        column.addWidget(self.departments, 2)
        area = scrolled(inside)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body.addWidget(area, 1)
        note = _("工单按受理日期计入；满意率 = 满意与基本满意 ÷ 有评价的；回访的评价优先于派工单上的。")
        self.body.addWidget(label(note, "muted", wraps=True))
        self.setFocusProxy(self.people)

    def refresh(self) -> None:
        formats = self._context.formats
        now = formats.local(self._context.clock())
        first, end = period(self.chips.current, now.date())
        self.span.setText(f"{first.isoformat()} — {(end - timedelta(days=1)).isoformat()}")
        midnight = datetime.min.time()
        self._context.tasks.read_latest(
            self, "figures", handler_figures,
            datetime.combine(first, midnight, tzinfo=now.tzinfo),
            datetime.combine(end, midnight, tzinfo=now.tzinfo),
            on_done=self._show,
        )  # fmt: skip

    def _show(self, found: Sequence[HandlerFigures]) -> None:
        self.people.show_rows(found)
        self.departments.show_rows(by_department(found))
