"""Conflicts: the list, both values of the one that is chosen, and what settles them, several at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox

from models.queries.conflict_list import ConflictFilter, ConflictItem, conflict_counts, conflicts
from models.rules.rights import Right
from models.services import conflicts as settling
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext, Notice
from views.sync_problems.comparison import Comparison
from views.sync_problems.problem_panel import ProblemPanel
from views.sync_problems.records import ConflictRow, conflict_rows, moved_words, shortened
from views.widgets.chip_bar import Chip
from views.widgets.column import Column
from views.widgets.dialog import asked
from views.widgets.panel import label
from views.widgets.tone import Tone

STATES = (
    Chip("open", N_("待处理"), "⚠", "warn"),
    Chip("ruled", N_("按规则已定")),
    Chip("settled", N_("已处理"), "✓"),
    Chip("all", N_("全部")),
)
AGES = ((0, N_("不限时间")), (1, N_("一天内")), (7, N_("七天内")), (-7, N_("七天以前")))
"""Days back, and what the choice is called; negative: before that."""
SETTLED = (settling.ACCEPTED, settling.TAKEN_BACK)
DITTO = "〃"


def _columns(context: AppContext, is_sorted: Callable[[], bool]) -> Sequence[Column[ConflictRow]]:
    return (
        Column(
            "record", N_("记录"), 168, least=80, sort="record",
            text=lambda row: row.record if row.is_first or is_sorted() else DITTO,
            tip=lambda row: row.record,
        ),
        Column("field", N_("哪一项"), 104, least=64, sort="field"),
        Column("kept", N_("现在的值"), 110, least=60, is_stretched=True,
               text=lambda row: shortened(row.staying)),
        Column("lost", N_("另一个值"), 110, least=76, text=lambda row: shortened(row.other),
               tone=lambda _row: Tone.MUTED),
        Column("at", N_("时间"), 98, least=70, sort="at", tone=lambda _row: Tone.MUTED,
               text=lambda row: context.formats.near(row.at, context.clock())),
    )  # fmt: skip


class ConflictPanel(ProblemPanel[ConflictRow]):
    """`refresh` reads the list; *add_command* puts a command with its key on the page."""

    def __init__(self, context: AppContext, add_command: Callable[..., QAction]) -> None:
        super().__init__(context)
        self._items: Sequence[ConflictItem] = ()
        self.accept = add_command(_("认可"), "V", self._accept, tip=_("现在的值保留"))
        self.take_other = add_command(_("改用另一个值"), "X", self._take_other)
        self.open_record = add_command(_("打开记录"), "O", self.open_chosen)
        self.gather = add_command(_("同一记录"), "G", self._gather, tip=_("选中同一条记录的全部冲突"))
        self.put_back = add_command(_("放回待处理"), "U", self._put_back, tip=_("重新处理，值也改回去"))
        self.ages = QComboBox()
        self.ages.setAccessibleName(_("时间"))
        for days, words in AGES:
            self.ages.addItem(_(words), days)
        self.comparison = Comparison(context)
        self.no_right = label(
            _("您可以看，不能处理：您的权限组没有“处理同步冲突”的权限，请主管或管理员来处理。"),
            "muted", wraps=True,
        )  # fmt: skip
        self.build(
            "conflicts", _("冲突"), STATES, _columns(context, self._is_sorted), self.comparison,
            beside_chips=self.ages, above_detail=self.no_right,
        )  # fmt: skip
        self._say_emptiness()
        self.ages.currentIndexChanged.connect(lambda _index: self.on_filtered())

    # -- reading ---------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the list and the counts again; place and selection stay."""
        tasks = self._context.tasks
        wanted = ConflictFilter(self.chips.current, self.ages.currentData(), self._context.clock())
        tasks.read_latest(self, "conflicts", conflicts, wanted, on_done=self._on_read)
        tasks.read_latest(self, "counts", conflict_counts, on_done=self._on_counts)

    def go_to(self, record: tuple[str, str]) -> None:
        """Show the conflicts of a record, whatever the filter was."""
        self.ages.setCurrentIndex(0)
        super().go_to(record)

    def on_filtered(self) -> None:
        self._say_emptiness()
        super().on_filtered()

    def _say_emptiness(self) -> None:
        if self.chips.current == "open" and not self.ages.currentData():
            self.table.empty.say(_("没有冲突"), _("两个前台同时改了同一项时会列在这里"))
        else:
            self.table.empty.say(_("这里没有冲突"), _("换一个筛选看看"))

    def _on_counts(self, counts: Mapping[str, int]) -> None:
        self.chips.set_counts(counts)
        self.counted.emit(counts["open"])

    def _on_read(self, items: Sequence[ConflictItem]) -> None:
        self._items = items
        self.ask_names(
            (item.table, item.field, value)
            for item in items
            for value in (item.kept_value, item.lost_value, item.present_value)
        )

    def rows(self, names: Mapping[str, str]) -> list[ConflictRow]:
        return list(conflict_rows(self._items, self._context, names))

    def _is_sorted(self) -> bool:
        return self.table.rows.sorting is not None

    # -- what is chosen --------------------------------------------------------------------------------

    def follow(self) -> None:
        """Stand on a row, show its two values, and the commands that settle it."""
        row = self.standing()
        may = self._context.may(Right.CONFLICT_RESOLVE)
        is_open = row is not None and row.item.state == "open"
        alike = [one for one in self.table.shown if row is not None and one.group == row.group]
        self.comparison.show_row(row, siblings=max(len(alike) - 1, 0) if is_open else 0)
        self.no_right.setVisible(row is not None and not may)
        self.accept.setVisible(is_open and may)
        self.take_other.setVisible(is_open and may and row is not None and _can_take(row))
        self.take_other.setText(
            _("仍然删除") if row is not None and row.item.field == "deleted" else _("改用另一个值")
        )
        self.put_back.setVisible(row is not None and row.item.state in SETTLED and may)
        self.gather.setVisible(is_open and may and len(alike) > 1)
        self.open_record.setVisible(row is not None and row.place is not None)
        self.offer([self.accept, self.take_other, self.put_back, self.open_record, self.gather])

    def _gather(self) -> None:
        row = self.table.current()
        if row is not None and self.isVisible():
            self.table.select_keys([one.id for one in self.table.shown if one.group == row.group])

    # -- settling --------------------------------------------------------------------------------------

    def _accept(self) -> None:
        rows = [row for row in self.chosen() if row.item.state == "open"]
        if rows:
            words = _("已认可：{field} = {value}").format(
                field=rows[0].field, value=shortened(rows[0].staying)
            )
            said = words if len(rows) == 1 else _("已认可 {n} 处").format(n=len(rows))
            self._write(settling.accept_all, [row.id for row in rows], said)

    def _take_other(self) -> None:
        rows = [row for row in self.chosen() if row.item.state == "open" and _can_take(row)]
        moved = [row for row in rows if row.item.is_moved]
        if not rows or (moved and not self._is_sure(rows, moved)):
            return
        words = _("已改用：{field} = {value}").format(field=rows[0].field, value=shortened(rows[0].lost))
        said = words if len(rows) == 1 else _("已改用 {n} 处的另一个值").format(n=len(rows))
        seen = {row.id: row.item.present_stamp for row in rows}
        self._write(settling.take_back_all, seen, said)

    def _is_sure(self, rows: Sequence[ConflictRow], moved: Sequence[ConflictRow]) -> bool:
        """Somebody edited it since: say what is there now, and ask."""
        first = moved[0]
        text = f"{first.record} · {first.field}\n{moved_words(first, self._context)}\n"
        if len(rows) == 1:
            text += _("要用“{value}”换掉它吗？").format(value=shortened(first.lost))
        else:
            text += _("选中的 {n} 处里有 {m} 处后来又改过。都要换成另一个值吗？").format(
                n=len(rows), m=len(moved)
            )
        return asked(self, _("后来又改过"), text, confirm=_("换掉"))

    def _put_back(self) -> None:
        rows = [row for row in self.chosen() if row.item.state in SETTLED]
        if rows:
            self._reopen([row.id for row in rows])

    def _reopen(self, conflict_ids: Sequence[str]) -> None:
        self._context.tasks.write(
            self, settling.reopen_all, conflict_ids, on_error=self.on_fault,
            on_done=lambda _none: self.came_back(conflict_ids, Notice(_("已放回待处理"), "good")),
        )  # fmt: skip

    def _write(self, service: Callable[..., Any], chosen: Any, said: str) -> None:
        self._context.tasks.write(
            self, service, chosen, on_error=self.on_fault,
            on_done=lambda done: self._settle(said, done),
        )  # fmt: skip

    def _settle(self, said: str, done: Sequence[str]) -> None:
        self.settled(Notice(said, "good", undo=(lambda: self._reopen(done)) if done else None))


def _can_take(row: ConflictRow) -> bool:
    return row.item.field == "deleted" or not row.item.record.is_gone
