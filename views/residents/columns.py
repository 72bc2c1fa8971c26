"""The columns and chips of the resident list."""

from __future__ import annotations

from collections.abc import Mapping

from models.queries.residents import ResidentRow
from resources.terms import label as term
from resources.terms import labels
from resources.translations import N_
from views.widgets.chip_bar import Chip
from views.widgets.column import Column
from views.widgets.tone import Tone

LEVELS: Mapping[str, tuple[str, Tone]] = {
    "key": ("★", Tone.ACCENT),
    "regular": ("", Tone.NORMAL),
    "prospect": ("☆", Tone.WARN),
}
"""How a level looks: sign and tone."""

ALL = "all"
COMPLAINT = "complaint"
CHIPS = (
    Chip(ALL, N_("全部")),
    Chip("key", N_("重要客户"), "★"),
    Chip("regular", N_("一般客户")),
    Chip("prospect", N_("潜在客户"), "☆"),
    Chip(COMPLAINT, N_("重大投诉"), "⚠", "bad"),
    Chip("former", N_("以往住户")),
    Chip("nowhere", N_("无房屋")),
)


def look(level: str) -> tuple[str, Tone]:
    return LEVELS.get(level, ("", Tone.NORMAL))


def _name_tone(row: ResidentRow) -> Tone:
    if row.has_major_complaint:
        return Tone.BAD
    return Tone.MUTED if row.is_former else Tone.NORMAL


def _roles(row: ResidentRow) -> str:
    return "、".join(dict.fromkeys(term("occupancy.role", room.role) for room in row.rooms))


def _phone(row: ResidentRow) -> str:
    return f"{row.phone} +{row.phone_count - 1}" if row.phone_count > 1 else row.phone


COLUMNS: tuple[Column[ResidentRow], ...] = (
    Column(
        "name", N_("姓名"), 90, sort="name", is_bold=True, tone=_name_tone,
        symbol=lambda row: "⚠" if row.has_major_complaint else "",
    ),
    Column("rooms", N_("房号"), 88, lambda row: row.room_codes, sort="room"),
    Column("role", N_("身份"), 76, _roles, widest=lambda: labels("occupancy.role")),
    Column("phone", N_("电话"), 112, _phone),
    Column(
        "level", N_("级别"), 94, lambda row: term("resident.level", row.level), sort="level",
        tone=lambda row: look(row.level)[1], symbol=lambda row: look(row.level)[0],
        widest=lambda: labels("resident.level"),
    ),
    Column("tags", N_("标签"), 80, lambda row: "、".join(row.tags), least=40, is_stretched=True),
    Column("status", N_("状态"), 76, sort="status", is_hidden=True),
    Column("customer_no", N_("客户编号"), 90, sort="customer_no", is_hidden=True),
    Column(
        "kind", N_("类型"), 60, lambda row: term("resident.kind", row.kind), sort="kind", is_hidden=True
    ),
    Column(
        "gender", N_("性别"), 50, lambda row: term("resident.gender", row.gender), sort="gender",
        is_hidden=True,
    ),
)  # fmt: skip
