"""How records stand with headquarters, beside each of them: a quiet sign in lists, a word in details.

States are asked for what is looked at, a screen in one query, beside the rows and never before them: a list
of a million is not slowed. They follow by themselves what is saved here and what each round brings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from models.queries.record_states import RecordState, record_states, tables_of
from resources.translations import N_
from resources.translations import gettext as _
from sync.status import SyncStatus
from views.context import AppContext
from views.widgets.column import Align, Column
from views.widgets.look import set_tone
from views.widgets.panel import label, link
from views.widgets.tone import Tone

AT_ONCE = 256
"""Records asked for in one query: more than any screen shows."""
SOON_MS = 15
"""So long marks wait for their rows, which are read first."""
KEPT = 4096
SIGN_WIDTH = 28
"""Pixels of a column that shows a sign and nothing else."""


@dataclass(frozen=True)
class Mark:
    """``sign`` and ``word`` say the same; ``sentence`` what it means for the person at the desk."""

    sign: str
    word: str
    sentence: str
    tone: Tone


MARKS: Mapping[RecordState, Mark] = {
    RecordState.ALONE: Mark("■", N_("已存本机"), N_("已保存在本机；还没有登记总部"), Tone.MUTED),
    RecordState.LOCAL: Mark("↑", N_("已存本机"), N_("已保存在本机，等待送往总部"), Tone.ACCENT),
    RecordState.SYNCED: Mark("=", N_("已同步"), N_("本机与总部一致"), Tone.MUTED),
    RecordState.CONFLICT: Mark("⚠", N_("有冲突"), N_("有两处同时修改，请到“同步”页查看"), Tone.WARN),
    RecordState.REFUSED: Mark(
        "×", N_("未被接受"), N_("总部没有接受其中的修改，请到“同步”页查看原因"), Tone.BAD
    ),
}
_FOR_A_PERSON: Mapping[RecordState, str] = {RecordState.CONFLICT: "conflicts", RecordState.REFUSED: "refused"}
"""What waits for a person, and the list of the sync page where it is settled."""


class RecordMarks(QObject):
    """The states of one table's records, for a list and the detail beside it."""

    changed = Signal()
    """States have arrived, or those known may be out of date: whoever shows some asks again."""

    def __init__(self, context: AppContext, table: str, parent: QObject) -> None:
        super().__init__(parent)
        self.context, self.table = context, table
        self._known: dict[str, tuple[int, RecordState]] = {}
        self._edition = 0
        self._wanted: dict[str, None] = {}
        self._concerns = tables_of(table) | {"conflict", "refused_patch"}
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._ask)
        context.tasks.data_changed.connect(self._on_data_changed)
        if context.desk is not None:
            context.desk.sync_status_changed.connect(self._on_status)

    def of(self, record_id: str) -> RecordState | None:
        """What is known of the record; None until it is. What is not known, or not for sure any more, is
        asked for."""
        edition, state = self._known.get(record_id, (-1, None))
        if edition != self._edition:
            self._wanted.pop(record_id, None)
            self._wanted[record_id] = None
            if not self._soon.isActive():
                self._soon.start()
        return state

    def mark_of(self, record_id: str) -> Mark | None:
        state = self.of(record_id)
        return MARKS[state] if state is not None else None

    def refresh(self) -> None:
        """All may have changed; what is shown is asked for again and stays until the answer is there."""
        self._edition += 1
        self.changed.emit()

    def _on_status(self, status: SyncStatus) -> None:
        if status.progress is None:
            self.refresh()

    def _on_data_changed(self, changes: frozenset[str]) -> None:
        if self._concerns & changes:
            self.refresh()

    def _ask(self) -> None:
        """The records looked at last; those scrolled past in the meantime are forgotten."""
        ids = list(self._wanted)[-AT_ONCE:]
        self._wanted.clear()
        if ids:
            self.context.tasks.read(
                self, record_states, self.table, ids, on_done=partial(self._take, self._edition)
            )

    def _take(self, edition: int, states: Mapping[str, RecordState]) -> None:
        if len(self._known) > KEPT:
            self._known.clear()
        self._known.update({record_id: (edition, state) for record_id, state in states.items()})
        self.changed.emit()


def mark_column(marks: RecordMarks, key: Callable[[Any], str] = attrgetter("id")) -> Column[Any]:
    """The last column of a list: a sign, its word in the tool tip and for the screen reader."""

    def of(row: Any) -> Mark | None:
        return marks.mark_of(key(row))

    def tip(row: Any) -> str:
        mark = of(row)
        return f"{mark.sign} {_(mark.word)}\n{_(mark.sentence)}" if mark is not None else ""

    return Column(
        "sync", N_("同步状态"), SIGN_WIDTH, alignment=Align.CENTRE, sign="⇅", is_sign_only=True, tip=tip,
        text=lambda row: _(mark.word) if (mark := of(row)) is not None else "",
        symbol=lambda row: mark.sign if (mark := of(row)) is not None else "",
        tone=lambda row: mark.tone if (mark := of(row)) is not None else Tone.MUTED,
    )  # fmt: skip


class RecordBadge(QWidget):
    """The state of one record in words, beside its name; what waits for a person is a link to where it is
    settled."""

    def __init__(self, marks: RecordMarks, record_id: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks, self._record_id = marks, record_id
        self._said = label("", "muted")
        self._asks = link("", self._open)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for widget in (self._said, self._asks):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
            widget.hide()
        marks.changed.connect(self._follow)
        self._follow()

    def show_record(self, record_id: str) -> None:
        """Show how this one stands; empty for none."""
        self._record_id = record_id
        self._follow()

    @property
    def words(self) -> str:
        """What it says."""
        return (self._asks if self._asks.isVisibleTo(self) else self._said).text()

    def _follow(self) -> None:
        state = self._marks.of(self._record_id) if self._record_id else None
        mark = MARKS[state] if state is not None else None
        self._said.setVisible(mark is not None and state not in _FOR_A_PERSON)
        self._asks.setVisible(mark is not None and state in _FOR_A_PERSON)
        if mark is None:
            return
        for widget in (self._said, self._asks):
            widget.setText(f"{mark.sign} {_(mark.word)}")
            widget.setToolTip(self._sentence(mark))
            widget.setAccessibleDescription(self._sentence(mark))
            set_tone(widget, str(mark.tone))

    def _sentence(self, mark: Mark) -> str:
        """With the moment of the last round, which is when headquarters' side was last known."""
        desk = self._marks.context.desk
        last = desk.sync_status.last_at if desk is not None else None
        if last is None:
            return _(mark.sentence)
        at = self._marks.context.formats.near(last, self._marks.context.clock())
        return f"{_(mark.sentence)}\n{_('上次同步 {at}').format(at=at)}"

    def _open(self) -> None:
        state = self._marks.of(self._record_id)
        if state is not None and state in _FOR_A_PERSON:
            self._marks.context.navigate(
                "sync", list=_FOR_A_PERSON[state], record=(self._marks.table, self._record_id)
            )
