"""The dialogs of the rooms page: rooms, people moving in and out, decoration, buildings and units."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from models.queries.archive import BuildingNode, UnitNode
from models.queries.belongings import DecorationLine
from models.queries.household import Household, Member
from models.queries.rooms import RoomDetail
from models.services import batch, buildings, households, occupancies, rooms
from models.services.batch import BatchResult
from models.services.households import Stay
from models.services.phones import PhoneEntry
from resources.terms import choices
from resources.translations import N_
from resources.translations import gettext as _
from views.archive.dialogs import Call, RecordDialog, ask, call
from views.archive.fields import (
    BUILDING_FIELDS,
    DECORATION_FIELDS,
    ROOM_FIELDS,
    STAY_FIELDS,
    UNCHANGED,
    UNIT_FIELDS,
    optional,
    required,
    shown,
)
from views.archive.pickers import resident_picker
from views.context import AppContext, Notice
from views.rooms.tree import place_choices
from views.widgets.form import Field, Kind

LEAVING = ("tenant", "family", "merchant")
"""Roles that move out with the household; the owner stays owner unless said otherwise."""
BATCH_FIELDS: tuple[Field, ...] = (
    Field("state", N_("状态"), Kind.CHOICE, choices=optional("room.state", UNCHANGED), mnemonic="N"),
    Field("kind", N_("类型"), Kind.CHOICE, choices=optional("room.kind", UNCHANGED), is_beside=True),
    Field("layout", N_("户型"), max_length=30),
    Field("delivered_on", N_("交付日期"), Kind.DAY),
    Field("accepted_on", N_("竣工验收"), Kind.DAY, is_beside=True),
    Field("moved_in_on", N_("入住日期"), Kind.DAY),
)


class RoomDialogs:
    """Of one page; *parent* is the page."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        self._context, self._parent = context, parent

    def _ask(self, title: str, fields: Sequence[Field], save: Any, **more: Any) -> RecordDialog:
        return ask(self._context, title, fields, save, parent=self._parent, **more)

    # -- rooms -----------------------------------------------------------------------------------------

    def new_room(
        self,
        nodes: Sequence[BuildingNode],
        place: tuple[str, str | None] | None,
        on_done: Callable[[Any], None],
    ) -> RecordDialog:
        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            building_id, unit_id = values.pop("place")
            return call(rooms.create_room, building_id, unit_id, values)

        fields = _placed(ROOM_FIELDS, nodes)
        defaults = {"kind": "home", "state": "undelivered", **({"place": place} if place else {})}
        dialog = self._ask(_("新建房屋"), fields, save, defaults=defaults, on_done=on_done)
        dialog.form.focus("number")
        return dialog

    def edit_room(self, nodes: Sequence[BuildingNode], room: RoomDetail) -> RecordDialog:
        def save(changes: dict[str, Any], expected: dict[str, Any]) -> Call:
            if "place" in changes:
                changes["building_id"], changes["unit_id"] = changes.pop("place")
            known = {name: value for name, value in expected.items() if name != "place"}
            return call(rooms.edit_room, room.id, changes, known)

        values = {**shown(ROOM_FIELDS, room), "place": (room.building_id, room.unit_id)}
        title = _("修改房屋 {room}").format(room=room.code)
        dialog = self._ask(
            title, _placed(ROOM_FIELDS, nodes), save, values=values, delete=call(rooms.delete_room, room.id)
        )
        dialog.form.focus("state")
        return dialog

    def batch(self, ids: Sequence[str]) -> RecordDialog:
        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            given = {name: value for name, value in values.items() if value not in (None, "")}
            return call(batch.set_fields, "room", list(ids), given)

        return self._ask(
            _("批量修改 {n} 套房屋").format(n=len(ids)), BATCH_FIELDS, save,
            hint=_("留空的项目不修改。每套房屋都写入操作日志。"), on_done=self._tell_batch,
        )  # fmt: skip

    def _tell_batch(self, result: BatchResult) -> None:
        words = _("已修改 {n} 套，{same} 套本来就是这样").format(n=result.changed, same=result.unchanged)
        self._context.notify(Notice(words, "good"))

    # -- people ----------------------------------------------------------------------------------------

    def add_person(self, room: RoomDetail) -> RecordDialog:
        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            stay = {name: values[name] for name in ("role", "is_primary", "from_on", "to_on", "note")}
            person = {"name": values["name"], "contact": values["contact"], "level": values["level"]}
            numbers = [PhoneEntry(values["phones"])] if values["phones"] else []
            return call(
                households.add_member, room.id, stay,
                resident_id=values["resident_id"], person=person, phones=numbers,
            )  # fmt: skip

        fields = (
            Field(
                "resident_id", N_("已有住户"), Kind.OWN, make=resident_picker(self._context.tasks),
                note=N_("输入姓名、电话尾号或房号查找；没有就在下面新建"),
            ),
            Field("name", N_("新住户姓名"), section=N_("或者新建"), max_length=60),
            Field("phones", N_("电话"), is_beside=True, max_length=40),
            Field("level", N_("客户级别"), Kind.CHOICE, choices=required("resident.level")),
            Field("contact", N_("其他联系人"), is_beside=True, max_length=200),
            *_headed(STAY_FIELDS, N_("在本房")),
        )  # fmt: skip
        return self._ask(
            _("添加住户到 {room}").format(room=room.code), fields, save, defaults={"level": "regular"}
        )

    def edit_stay(self, member: Member) -> RecordDialog:
        def save(changes: dict[str, Any], expected: dict[str, Any]) -> Call:
            return call(occupancies.edit_occupancy, member.occupancy_id, changes, expected)

        return self._ask(
            _("{name} 在本房").format(name=member.name), STAY_FIELDS, save, values=shown(STAY_FIELDS, member),
            delete=call(occupancies.delete_occupancy, member.occupancy_id),
            hint=_("搬走的人请填结束日期，履历会留下；“删除”只用于录错的。"),
        )  # fmt: skip

    def move_out(self, home: Household) -> RecordDialog:
        """End the stays of the household; the notice offers to undo it."""
        roles = [role for role in ("owner", *LEAVING) if role in {one.role for one in home.members}]
        flags = tuple(
            Field(f"role_{role}", words, Kind.FLAG, hint=_leaving(home, role))
            for role, words in choices("occupancy.role")
            if role in roles
        )
        fields = (
            Field("on", N_("最后一天"), Kind.DAY, is_required=True, mnemonic="N"),
            *flags,
            Field("room_state", N_("之后房屋状态"), Kind.CHOICE, choices=optional("room.state", UNCHANGED)),
        )

        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            leaving = [role for role in roles if values[f"role_{role}"]]
            return call(
                occupancies.end_household, home.room.id, values["on"], roles=leaving,
                room_state=values["room_state"],
            )  # fmt: skip

        today = self._context.formats.local(self._context.clock()).date()
        defaults = {"on": today, "room_state": "vacant"} | {f"role_{role}": role in LEAVING for role in roles}
        return self._ask(
            _("{room} 迁出").format(room=home.room.code), fields, save, defaults=defaults,
            confirm=_("迁出"), done=_("已迁出"), on_done=partial(self._offer_undo, home),
        )  # fmt: skip

    def _offer_undo(self, home: Household, count: int) -> None:
        stays = [Stay(member.occupancy_id, member.to_on) for member in home.members]

        def undo() -> None:
            self._context.tasks.write(
                self._parent, households.move_back, stays, home.room.id, home.room.state
            )

        words = _("{room} 已迁出 {n} 人").format(room=home.room.code, n=count)
        self._context.notify(Notice(words, "good", undo=undo, seconds=20))

    # -- decoration, buildings, units ------------------------------------------------------------------

    def add_decoration(self, room: RoomDetail) -> RecordDialog:
        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            return call(rooms.create_decoration, room.id, values)

        return self._ask(_("{room} 装修").format(room=room.code), DECORATION_FIELDS, save)

    def edit_decoration(self, line: DecorationLine) -> RecordDialog:
        def save(changes: dict[str, Any], expected: dict[str, Any]) -> Call:
            return call(rooms.edit_decoration, line.id, changes, expected)

        return self._ask(
            _("修改装修"), DECORATION_FIELDS, save, values=shown(DECORATION_FIELDS, line),
            delete=call(rooms.delete_decoration, line.id),
        )  # fmt: skip

    def new_building(self) -> RecordDialog:
        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            return call(buildings.create_building, values)

        return self._ask(_("新建楼栋"), BUILDING_FIELDS, save)

    def new_unit(self, building: BuildingNode) -> RecordDialog:
        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            return call(buildings.create_unit, building.id, values)

        return self._ask(_("{building} 新建单元").format(building=building.name), UNIT_FIELDS, save)

    def edit_place(self, building: BuildingNode, unit: UnitNode | None) -> RecordDialog:
        """A building or, if given, one of its units; a new code renames the rooms."""
        hint = _("改编号会同时改本处所有房号。")
        row: BuildingNode | UnitNode = building
        edit: Callable[..., Any] = buildings.edit_building
        delete: Callable[..., Any] = buildings.delete_building
        fields = BUILDING_FIELDS
        if unit is not None and unit.id is not None:
            row, fields = unit, UNIT_FIELDS
            edit, delete = buildings.edit_unit, buildings.delete_unit

        def save(changes: dict[str, Any], expected: dict[str, Any]) -> Call:
            return call(edit, row.id, changes, expected)

        return self._ask(
            _("修改 {name}").format(name=row.name), fields, save, values=shown(fields, row),
            delete=call(delete, row.id), hint=hint,
        )  # fmt: skip


def _placed(fields: tuple[Field, ...], nodes: Sequence[BuildingNode]) -> tuple[Field, ...]:
    """The fields of a room with the places there are."""
    place, *others = fields

    return (replace(place, choices=place_choices(nodes)), *others)


def _headed(fields: tuple[Field, ...], section: str) -> tuple[Field, ...]:

    first, *others = fields
    return (replace(first, section=section), *others)


def _leaving(home: Household, role: str) -> str:
    return "、".join(member.name for member in home.members if member.role == role)
