"""The plain lists of the page: what waits, and the last turns of the light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.queries.sync_names import PendingTable
from resources.terms import label as term
from resources.translations import N_
from views.context import AppContext
from views.widgets.column import Align, Column
from views.widgets.tone import Tone


def pending_columns(context: AppContext) -> Sequence[Column[PendingTable]]:
    return (
        Column("table", N_("记录"), 200, text=lambda row: term("table", row.table)),
        Column("rows", N_("等待送出"), 110, alignment=Align.RIGHT, sort="rows",
               text=lambda row: f"≈ {row.rows:,}" if row.is_about else f"{row.rows:,}"),
        Column("since", N_("最早的"), 130, sort="since", is_stretched=True,
               text=lambda row: context.formats.near(row.since, context.clock())),
    )  # fmt: skip


@dataclass(frozen=True)
class Round:
    """One turn of the light since this page was opened."""

    id: int
    at: datetime
    symbol: str
    tone: str
    words: str
    kind: tuple[str, str | None] = ("", None)
    """State and reason of the light."""


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
