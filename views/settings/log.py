"""操作日志: who did what, when, to what; of any length, never changed by anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from PySide6.QtCore import QSignalBlocker, QTimer
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLineEdit, QWidget

from models.queries.accounts import department_rows, group_rows, staff_rows
from models.queries.categories import category_paths
from models.queries.operation_log import LogFilter, LogRow, first_log_rows, log_keys, log_rows
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext
from views.settings.group_words import group_name
from views.settings.log_words import (
    AREAS,
    change_words,
    field_words,
    operation_words,
    subject_words,
    value_words,
)
from views.settings.section import Section
from views.widgets.column import Column
from views.widgets.editors import day_editor
from views.widgets.panel import ListAndDetail, empty_layout, label, scrolled
from views.widgets.row_table_model import RowSource, RowTableModel
from views.widgets.table_view import RowTable
from views.widgets.tone import Tone

TYPING_MS = 250
PERIODS: tuple[tuple[int | None, str], ...] = (
    (0, N_("今天")),
    (6, N_("最近 7 天")),
    (29, N_("最近 30 天")),
    (None, N_("全部时间")),
    (-1, N_("自定日期")),
)
OWN_PERIOD = -1


@dataclass(frozen=True)
class _Names:
    """``people``: (id, words) of everybody; ``by_id``: name of every id that a change may hold."""

    people: Sequence[tuple[str, str]]
    by_id: dict[str, str]


def _names(session: Any) -> _Names:
    people = staff_rows(session)
    by_id = {row.id: row.name for row in people}
    by_id |= {row.id: row.name for row in department_rows(session)}
    by_id |= {row.id: group_name(row) for row in group_rows(session)}
    return _Names([(row.id, f"{row.name} {row.staff_no}") for row in people], by_id | category_paths(session))


class LogSection(Section):
    title = N_("操作日志")
    hint = N_("每一次登录、修改、查看电话、打印和导出都在这里，谁也不能改。")
    concerns = frozenset({"operation_log", "staff"})
    has_primary = False

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._names = _Names((), {})
        self._row: tuple[str, str] | None = None
        """Id and words of the one row whose history is shown."""
        self._make_filters()
        source = RowSource(log_keys, log_rows, first_log_rows, key=lambda row: row.rowid)
        self.model: RowTableModel[LogRow] = RowTableModel(context.tasks, source, self._columns(), self)
        self.table = RowTable(self.model, "settings/log", context.preferences)
        self.table.setAccessibleName(_(self.title))
        self.table.empty.say(_("没有符合条件的记录"), _("换一段时间，或按 Esc 去掉筛选"))
        self.table.current_changed.connect(lambda _key: self._show_detail())
        self.model.dataChanged.connect(lambda *_at: self._show_detail())
        self.model.count_changed.connect(self._on_count)
        self._inside = QWidget()
        self._grid = QGridLayout(self._inside)
        self._grid.setContentsMargins(14, 0, 4, 0)
        self._grid.setHorizontalSpacing(12)
        self.count_label = label("", "muted")
        detail = scrolled(self._inside)
        self.body.addWidget(
            ListAndDetail(self.table, detail, "settings/log", context.preferences, share=0.66), 1
        )
        self.body.addWidget(self.count_label)
        find = self.add_command(_("查找"), "/", self.text.setFocus)
        self._history = self.add_command(_("只看这一项的历史"), "H", self.show_history)
        everything = self.add_command(_("去掉筛选"), "X", self.clear)
        self.show_commands([find, self._history, everything])
        self.setFocusProxy(self.table)

    def _columns(self) -> tuple[Column[LogRow], ...]:
        def at(row: LogRow) -> str:
            return self.context.formats.local(row.at).strftime("%Y-%m-%d %H:%M:%S")

        return (
            Column("at", N_("时间"), 138, text=at, tone=lambda _row: Tone.MUTED),
            Column("staff_name", N_("谁"), 74),
            Column("operation", N_("做了什么"), 180, text=lambda row: operation_words(row.operation)),
            Column("subject", N_("对什么"), 160, text=subject_words, is_stretched=True),
            Column(
                "changes",
                N_("改了哪些"),
                130,
                text=change_words,
                tone=lambda _row: Tone.MUTED,
                is_hidden=True,
            ),
            Column("desk", N_("前台"), 50, is_hidden=True),
        )

    def _make_filters(self) -> None:
        self.person, self.area, self.period = QComboBox(), QComboBox(), QComboBox()
        self.person.addItem(_("所有人"), None)
        self.area.addItem(_("所有操作"), "")
        for key, words in AREAS.items():
            self.area.addItem(_(words), key)
        for days, words in PERIODS:
            self.period.addItem(_(words), days)
        self.period.setCurrentIndex(2)
        self.since = day_editor(self, self.context.formats)
        self.until = day_editor(self, self.context.formats)
        self.text = QLineEdit()
        self.text.setPlaceholderText(_("单号、姓名、房号") + "   /")
        self.text.setClearButtonEnabled(True)
        row = QHBoxLayout()
        row.setSpacing(6)
        boxes = ((self.person, _("谁")), (self.area, _("做了什么")), (self.period, _("时间")))
        for box, words in boxes:
            box.setAccessibleName(words)
            box.setMaximumWidth(150)
            box.currentIndexChanged.connect(lambda _at: self._on_filter())
            row.addWidget(box)
        for editor, words in ((self.since, _("从哪天")), (self.until, _("到哪天"))):
            editor.widget.setMaximumWidth(104)
            editor.widget.setAccessibleName(words)
            editor.changed.connect(self._type)
            row.addWidget(editor.widget)
            editor.widget.hide()
        row.addStretch(1)
        self.text.setMaximumWidth(300)
        self.head.addWidget(self.text, 1)
        self.row_label = label("", "accent", name="pill")
        self.row_label.hide()
        self.body.addLayout(row)
        self.body.addWidget(self.row_label)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self.show_list)
        self.text.textChanged.connect(lambda _text: self._type())
        self.text.returnPressed.connect(self._on_entered)

    # -- data ------------------------------------------------------------------------------------------

    def open(self, **arguments: Any) -> None:
        """``row_id`` with ``row_label``: the history of one row."""
        if arguments.get("row_id"):
            self._only(str(arguments["row_id"]), str(arguments.get("row_label", "")))

    def refresh(self) -> None:
        self.context.tasks.read_latest(self, "names", _names, on_done=self._show_names)
        self.show_list()

    def _show_names(self, names: _Names) -> None:
        self._names = names
        chosen = self.person.currentData()
        with QSignalBlocker(self.person):
            self.person.clear()
            self.person.addItem(_("所有人"), None)
            for staff_id, words in names.people:
                self.person.addItem(words, staff_id)
            self.person.setCurrentIndex(max(self.person.findData(chosen), 0))
        self._show_detail()

    def wanted(self) -> LogFilter:
        """What the filters say; a row's history is shown whole, whatever the period."""
        since, until = self._bounds()
        if self._row is not None:
            since, until = None, None
        return LogFilter(
            self.context.user, since, until, self.person.currentData(),
            row_id=self._row[0] if self._row is not None else None,
            operation=self.area.currentData() or "", text=self.text.text().strip(),
        )  # fmt: skip

    def _bounds(self) -> tuple[datetime | None, datetime | None]:
        days = self.period.currentData()
        if days is None:
            return None, None
        today = self.context.formats.local(self.context.clock()).date()
        if days != OWN_PERIOD:
            return self._midnight(today - timedelta(days=days)), None
        first, last = self.since.value(), self.until.value()
        return (
            self._midnight(first) if first is not None else None,
            self._midnight(last + timedelta(days=1)) if last is not None else None,
        )

    def _midnight(self, day: date) -> datetime:
        zone = self.context.formats.zone
        local = datetime.combine(day, time(), zone)
        return (local if zone is not None else local.astimezone()).astimezone(UTC)

    def show_list(self) -> None:
        self._typing.stop()
        self.table.show_filter(self.wanted())

    # -- what is shown ---------------------------------------------------------------------------------

    def _on_count(self, count: int) -> None:
        if count < 0:
            return
        self.count_label.setText(_("{n} 条记录").format(n=self.context.formats.number(count)))
        if count and self.table.current_key() is None:
            self.table.go_to(self.model.key_at(0))
        self._history.setEnabled(count > 0)

    def _show_detail(self) -> None:
        row: LogRow | None = self.table.current_row()
        empty_layout(self._grid)
        if row is None:
            return
        formats, names = self.context.formats, self._names.by_id
        self._grid.addWidget(label(operation_words(row.operation), name="heading", wraps=True), 0, 0, 1, 3)
        at = formats.local(row.at).strftime("%Y-%m-%d %H:%M:%S")
        by = _("{name} · 前台 {desk} · {at}").format(name=row.staff_name, desk=row.desk, at=at)
        self._grid.addWidget(label(by, "muted", wraps=True), 1, 0, 1, 3)
        subject = subject_words(row)
        if subject:
            self._grid.addWidget(label(subject, wraps=True), 2, 0, 1, 3)
        line = 3
        for field, (old, new) in row.changes.items():
            told = [value_words(row.table_name, field, value, names, formats) for value in (old, new)]
            self._grid.addWidget(label(field_words(field), "muted"), line, 0)
            self._grid.addWidget(label(f"{told[0]} → {told[1]}", wraps=True), line, 1, 1, 2)
            line += 1
        for field, value in row.details.items():
            self._grid.addWidget(label(field_words(field), "muted"), line, 0)
            words = value_words(row.table_name, field, value, names, formats)
            self._grid.addWidget(label(words, wraps=True), line, 1, 1, 2)
            line += 1
        self._grid.setColumnStretch(2, 1)
        self._grid.setRowStretch(line, 1)

    # -- filters ---------------------------------------------------------------------------------------

    def _type(self) -> None:
        self._typing.start()

    def _on_filter(self) -> None:
        for editor in (self.since, self.until):
            editor.widget.setVisible(self.period.currentData() == OWN_PERIOD)
        self.show_list()

    def _on_entered(self) -> None:
        self.show_list()
        self.table.setFocus()

    def show_history(self) -> None:
        """H: everything that was ever done to the row of the current entry."""
        row: LogRow | None = self.table.current_row()
        if row is not None and row.row_id is not None:
            self._only(row.row_id, subject_words(row))

    def _only(self, row_id: str, words: str) -> None:
        self._row = (row_id, words)
        self.row_label.setText(_("只看：{what}（Esc 看全部）").format(what=words or row_id[:8]))
        self.row_label.show()
        self.show_list()

    def clear(self) -> None:
        """X: everything of the usual period."""
        self._row = None
        self.row_label.hide()
        boxes = (self.person, self.area, self.period)
        for box, place in zip(boxes, (0, 0, 2), strict=True):
            with QSignalBlocker(box):
                box.setCurrentIndex(place)
        self.text.clear()
        self._on_filter()

    @property
    def is_filtered(self) -> bool:
        wanted = self.wanted()
        return bool(wanted.staff_id or wanted.row_id or wanted.operation or wanted.text)

    def step_back(self) -> bool:
        if not self.is_filtered:
            return False
        self.clear()
        self.table.setFocus()
        return True
