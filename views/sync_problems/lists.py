"""The lists of the page: conflicts, refused changes, what waits; and the panel that compares two values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from models.errors import DomainError
from models.queries.conflict_list import ConflictItem, RefusedItem
from models.queries.sync_names import PendingTable
from resources.terms import label as term
from resources.translations import N_
from resources.translations import gettext as _
from views import error_messages
from views.context import AppContext
from views.sync_problems.values import field_words, value_words
from views.widgets.card import Card, Line, Piece
from views.widgets.column import Align, Column
from views.widgets.panel import label
from views.widgets.tone import Tone


@dataclass(frozen=True)
class ConflictRow:
    """A conflict in words."""

    id: str
    record: str
    field: str
    kept: str
    lost: str
    item: ConflictItem


def conflict_row(item: ConflictItem, context: AppContext, names: Mapping[str, str]) -> ConflictRow:
    return ConflictRow(
        item.id,
        f"{term('table', item.table)} {item.row_label}",
        field_words(item.table, item.field),
        value_words(item.table, item.field, item.kept_value, context.formats, names),
        value_words(item.table, item.field, item.lost_value, context.formats, names),
        item,
    )


CONFLICTS: Sequence[Column[ConflictRow]] = (
    Column("record", N_("记录"), 180, sort="record"),
    Column("field", N_("哪一项"), 90, sort="field"),
    Column("kept", N_("现在的值"), 120, is_stretched=True),
    Column("lost", N_("另一个值"), 120, tone=lambda _row: Tone.MUTED),
    Column("reason", N_("按什么选的"), 190, text=lambda row: term("conflict.reason", row.item.reason)),
)


@dataclass(frozen=True)
class RefusedRow:
    """A refused change in words."""

    id: str
    record: str
    what: str
    why: str
    at: datetime
    item: RefusedItem


def refused_row(item: RefusedItem, context: AppContext) -> RefusedRow:
    fields = [
        f"{field_words(item.table, name)}：{value_words(item.table, name, value, context.formats, {})}"
        for name, value in item.values.items()
    ]
    what = _("整条记录") if item.is_whole else "；".join(fields)  # zh: punctuation between Chinese parts
    why = error_messages.message(DomainError(item.code, field=item.field, table=item.table))
    return RefusedRow(
        item.id, f"{term('table', item.table)} {item.row_label}", what, why, item.refused_at, item
    )


def refused_columns(context: AppContext) -> Sequence[Column[RefusedRow]]:
    return (
        Column("at", N_("时间"), 130, text=lambda row: context.formats.moment(row.at), sort="at"),
        Column("record", N_("记录"), 180, sort="record"),
        Column("what", N_("修改"), 160, is_stretched=True),
        Column("why", N_("为什么没有接受"), 320, tone=lambda _row: Tone.BAD),
    )


PENDING: Sequence[Column[PendingTable]] = (
    Column("table", N_("内容"), 200, text=lambda row: term("table", row.table), is_stretched=True),
    Column("rows", N_("等待送出"), 110, text=lambda row: f"{row.rows:,}", alignment=Align.RIGHT, sort="rows"),
)


@dataclass(frozen=True)
class Round:
    """One turn of the light since this page was opened."""

    id: int
    at: datetime
    symbol: str
    tone: str
    words: str


def round_columns(context: AppContext) -> Sequence[Column[Round]]:
    return (
        Column(
            "at", N_("时间"), 150, text=lambda row: context.formats.local(row.at).strftime("%m-%d %H:%M:%S")
        ),
        Column(
            "words",
            N_("经过"),
            300,
            symbol=lambda row: row.symbol,
            tone=lambda row: Tone(row.tone),
            is_stretched=True,
        ),
    )


class Comparison(QWidget):
    """Both values of a conflict side by side: who, when, which is in force and why."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.heading = label(name="heading", wraps=True)
        self.why = label("", "muted", wraps=True)
        self.kept, self.lost = Card(), Card()
        self._titles: tuple[QLabel, QLabel] = (
            label(_("A  现在的值"), "good"),
            label(_("B  另一个值"), "muted"),
        )
        sides = QHBoxLayout()
        for title, card in zip(self._titles, (self.kept, self.lost), strict=True):
            side = QVBoxLayout()
            side.setSpacing(3)
            side.addWidget(title)
            side.addWidget(card)
            side.addStretch(1)
            sides.addLayout(side, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.heading, self.why):
            column.addWidget(widget)
        column.addLayout(sides)

    def show_row(self, row: ConflictRow | None) -> None:
        self.setVisible(row is not None)
        if row is None:
            return
        item = row.item
        self.heading.setText(f"{row.record} · {row.field}")
        self.why.setText(
            _("两处都改了这一项；规则：{rule}").format(rule=term("conflict.reason", item.reason))
        )
        self.kept.show_lines(self._lines(row.kept, item.kept_by, item.kept_at))
        self.lost.show_lines(self._lines(row.lost, item.lost_by, item.lost_at))

    def _lines(self, value: str, by: str, at: datetime) -> list[Line]:
        who = _("前台 {who}").format(who=by) if by else _("总部")
        return [
            [Piece(value, is_bold=True)],
            [Piece(f"{who} · {self._context.formats.moment(at)}", "muted")],
        ]
