"""The columns and chips of the room list."""

from __future__ import annotations

from collections.abc import Mapping

from models.queries.rooms import RoomRow
from resources.terms import label as term
from resources.translations import N_
from views.formats import Formats
from views.widgets.chip_bar import Chip
from views.widgets.column import Align, Column
from views.widgets.tone import Tone

STATES: Mapping[str, tuple[str, Tone]] = {
    "undelivered": ("○", Tone.MUTED),
    "to_decorate": ("◒", Tone.WARN),
    "decorating": ("◑", Tone.WARN),
    "occupied": ("●", Tone.GOOD),
    "vacant": ("○", Tone.MUTED),
    "rented": ("◐", Tone.ACCENT),
}
"""How a room's state looks: sign and tone."""

ALL = "all"
EMPTY = "empty"
CHIPS = (
    Chip(ALL, N_("全部")),
    Chip("occupied", N_("已入住"), "●"),
    Chip("rented", N_("出租"), "◐"),
    Chip("to_decorate", N_("待装修"), "◒", "warn"),
    Chip("decorating", N_("装修中"), "◑", "warn"),
    Chip("undelivered", N_("待交付"), "○"),
    Chip(EMPTY, N_("无人"), "○"),
)


def look(state: str) -> tuple[str, Tone]:
    return STATES.get(state, ("", Tone.NORMAL))


def columns(formats: Formats) -> tuple[Column[RoomRow], ...]:
    def day(key: str, title: str) -> Column[RoomRow]:
        return Column(key, title, 96, lambda row: getattr(row, key), sort=key, is_hidden=True)

    def area(key: str, title: str, sort: str, *, is_hidden: bool = False) -> Column[RoomRow]:
        return Column(
            key, title, 84, lambda row: formats.area(getattr(row, key)), Align.RIGHT, sort,
            is_hidden=is_hidden,
        )  # fmt: skip

    return (
        Column("code", N_("房号"), 92, sort="code", is_bold=True),
        Column(
            "state", N_("状态"), 98, lambda row: term("room.state", row.state), sort="state",
            tone=lambda row: look(row.state)[1], symbol=lambda row: look(row.state)[0],
        ),
        Column("owners", N_("业主"), 84),
        Column("occupants", N_("住户"), 80, is_stretched=True),
        Column("layout", N_("户型"), 84, sort="layout", is_hidden=True),
        area("building_area", N_("建筑面积"), "building_area", is_hidden=True),
        area("inside_area", N_("套内面积"), "", is_hidden=True),
        Column("kind", N_("类型"), 70, lambda row: term("room.kind", row.kind), sort="kind", is_hidden=True),
        Column("floor", N_("楼层"), 56, alignment=Align.RIGHT, sort="floor", is_hidden=True),
        Column("people", N_("人数"), 56, alignment=Align.RIGHT, is_hidden=True),
        day("delivered_on", N_("交付日期")),
        day("accepted_on", N_("竣工验收")),
        day("moved_in_on", N_("入住日期")),
    )  # fmt: skip
