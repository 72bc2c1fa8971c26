"""Lines of the import's lists: rows of a rehearsal with what changes, earlier imports; and their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.queries.people import people
from models.spreadsheets.applying import ImportSummary, imports
from models.spreadsheets.fields import BY_KEY, Reads
from models.spreadsheets.plan import OUTCOMES, ImportPlan, PlanRow
from models.spreadsheets.reasons import word
from resources.terms import TERMS
from resources.terms import label as term
from resources.translations import N_
from resources.translations import gettext as _
from views.formats import NOTHING, Formats
from views.widgets.chip_bar import Chip
from views.widgets.column import Align, Column
from views.widgets.tone import Tone

LOOKS: Mapping[str, tuple[str, str, Tone]] = {
    "new": (N_("新增"), "＋", Tone.GOOD),
    "changed": (N_("更新"), "◐", Tone.ACCENT),
    "same": (N_("相同"), "＝", Tone.MUTED),
    "suspect": (N_("存疑"), "⚠", Tone.WARN),
    "refused": (N_("拒绝"), "×", Tone.BAD),
}
"""Outcome → word, sign, tone."""
ALL = "all"
_CHIP_TONES: Mapping[str, str] = {"suspect": "warn", "refused": "bad"}
CHIPS = (
    Chip(ALL, N_("全部")),
    *(Chip(one, LOOKS[one][0], LOOKS[one][1], _CHIP_TONES.get(one, "")) for one in OUTCOMES),
)
SPREADSHEET_NAMES: Mapping[str, str] = {"parking_space": "parking"}
"""Tables that workbooks call otherwise."""
STATES: Mapping[str, tuple[str, Tone]] = {
    "applied": (N_("✓ 已导入"), Tone.GOOD),
    "taken_back": (N_("← 已撤回"), Tone.MUTED),
}


@dataclass(frozen=True)
class PlanLine:
    """One row of the rehearsal. ``id`` is its place in the plan; ``is_skipped``: left out by hand."""

    id: int
    row: PlanRow
    is_skipped: bool


def outcome_word(line: PlanLine) -> str:
    return _("不导入") if line.is_skipped else _(LOOKS[line.row.outcome][0])


def field_word(table: str, field: str) -> str:
    """What a field of the archive is called."""
    known = BY_KEY.get(f"{SPREADSHEET_NAMES.get(table, table)}.{field}")
    return _(known.label) if known is not None else term("table", table)


def value_word(table: str, field: str, value: Any) -> str:
    """A value of the archive as people read it."""
    key = f"{SPREADSHEET_NAMES.get(table, table)}.{field}"
    if value in (None, ""):
        return NOTHING
    if key in TERMS:
        return term(key, str(value))
    if isinstance(value, date):
        return value.isoformat()
    known = BY_KEY.get(key)
    if known is not None and known.reads is Reads.AREA:
        return Formats().area(int(value))
    return str(value)


def changes_text(row: PlanRow) -> str:
    """``房屋状态 待装修 → 已入住；…``"""
    return "；".join(
        f"{field_word(table, field)} {value_word(table, field, now)} → {value_word(table, field, then)}"
        for table, field, now, then in row.changes
    )


def about(row: PlanRow) -> str:
    """Reasons first, then what changes."""
    reasons = "；".join(word(reason) for reason in row.reasons)
    return "　".join(part for part in (reasons, changes_text(row)) if part)


class PlanSource:
    """The rows of a plan as a list reads them: filtered by outcome, with those left out marked."""

    def __init__(self) -> None:
        self.plan: ImportPlan | None = None
        self.skipped: set[int] = set()

    def keys(self, _session: Any, outcome: str, _sort: Any) -> Sequence[int]:
        rows = self.plan.rows if self.plan is not None else []
        if outcome == ALL:
            return range(len(rows))
        return [at for at, row in enumerate(rows) if row.outcome == outcome]

    def rows(self, _session: Any, keys: Sequence[int]) -> Sequence[PlanLine]:
        rows = self.plan.rows if self.plan is not None else []
        return [PlanLine(at, rows[at], at in self.skipped) for at in keys if at < len(rows)]


PLAN_COLUMNS: tuple[Column[PlanLine], ...] = (
    Column("sheet", N_("工作表"), 110, lambda line: line.row.sheet, tone=lambda _line: Tone.MUTED),
    Column("row", N_("行"), 56, lambda line: line.row.row, Align.RIGHT),
    Column(
        "outcome", N_("结果"), 88, outcome_word,
        tone=lambda line: Tone.MUTED if line.is_skipped else LOOKS[line.row.outcome][2],
        symbol=lambda line: "–" if line.is_skipped else LOOKS[line.row.outcome][1],
    ),
    Column("summary", N_("资料"), 260, lambda line: line.row.summary),
    Column(
        "about", N_("原因与改动"), 300, lambda line: about(line.row), is_stretched=True,
        tone=lambda line: Tone.MUTED if line.is_skipped else Tone.NORMAL,
    ),
)  # fmt: skip


# -- earlier imports ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class EarlierImport:
    """One earlier import, with who did it."""

    summary: ImportSummary
    by: str

    @property
    def id(self) -> str:
        return self.summary.batch_id


def earlier_keys(session: Any, _filter: Any, _sort: Any) -> Sequence[str]:
    return [one.batch_id for one in imports(session)]


def earlier_rows(session: Any, keys: Sequence[str]) -> Sequence[EarlierImport]:
    known = {one.batch_id: one for one in imports(session)}
    staff = people(session, (one.staff_id for one in known.values()))
    names = {staff_id: person.name for staff_id, person in staff.items()}
    return [
        EarlierImport(known[key], names.get(known[key].staff_id or "", "")) for key in keys if key in known
    ]


def counts_text(counts: Mapping[str, int]) -> str:
    """``新增 12 · 存疑 1``"""
    found = [f"{_(LOOKS[outcome][0])} {counts[outcome]:,}" for outcome in OUTCOMES if counts.get(outcome)]
    return " · ".join(found)


def earlier_columns(formats: Formats) -> tuple[Column[EarlierImport], ...]:
    return (
        Column("at", N_("时间"), 130, lambda one: formats.moment(one.summary.at)),
        Column("file", N_("文件名"), 220, lambda one: one.summary.file_name, is_stretched=True),
        Column("counts", N_("结果"), 240, lambda one: counts_text(one.summary.counts)),
        Column("by", N_("经手"), 112),
        Column(
            "state", N_("状态"), 90, lambda one: _(STATES.get(one.summary.state, (one.summary.state, 0))[0]),
            tone=lambda one: STATES.get(one.summary.state, ("", Tone.NORMAL))[1],
            widest=lambda: [_(words) for words, _tone in STATES.values()],
        ),
    )  # fmt: skip
