"""The dialogs of the residents page: the person, phones, tags, stays, batch edit, erasure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from models.queries.archive import PhoneLine
from models.queries.residents import OccupancyLine, ResidentDetail
from models.services import erasure, households, occupancies, phones, residents, tags
from models.services.batch import BatchResult
from models.services.phones import PhoneEntry
from resources.translations import N_
from resources.translations import gettext as _
from views.archive.dialogs import Call, RecordDialog, ask, call
from views.archive.fields import (
    IDENTITY_FIELDS,
    PHONE_FIELDS,
    PICTURE_FIELDS,
    STAY_FIELDS,
    UNCHANGED,
    optional,
    shown,
)
from views.archive.pickers import TagsEditor, room_picker
from views.context import AppContext, Notice
from views.widgets.editors import Editor
from views.widgets.form import Field, Kind

PERSON_FIELDS = (*IDENTITY_FIELDS, *PICTURE_FIELDS)


class ResidentDialogs:
    """Of one page; *parent* is the page. ``library``: names of tags to choose from."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        self._context, self._parent = context, parent
        self.library: Sequence[str] = ()

    def _ask(self, title: str, fields: Sequence[Field], save: Any, **more: Any) -> RecordDialog:
        return ask(self._context, title, fields, save, parent=self._parent, **more)

    def _tags(self, parent: QWidget) -> Editor:
        return TagsEditor(parent, self.library)

    # -- the person ------------------------------------------------------------------------------------

    def new(self, on_done: Callable[[Any], None]) -> RecordDialog:
        first, *others = IDENTITY_FIELDS
        fields = (
            first, *others[:3],
            Field("phones", N_("电话"), hint=N_("几个电话用逗号分开"), max_length=120),
            Field("tags", N_("标签"), Kind.OWN, make=self._tags),
            *others[3:], *PICTURE_FIELDS,
        )  # fmt: skip

        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            typed = values.pop("phones").replace("，", ",").replace("、", ",").replace(";", ",")
            numbers = [PhoneEntry(part.strip()) for part in typed.split(",") if part.strip()]
            names = values.pop("tags")
            return call(residents.create_resident, values, phones=numbers, tag_names=names)

        return self._ask(
            _("新建住户"), fields, save, defaults={"kind": "person", "level": "regular"}, on_done=on_done,
            width=640,
        )  # fmt: skip

    def edit(self, person: ResidentDetail) -> RecordDialog:
        def save(changes: dict[str, Any], expected: dict[str, Any]) -> Call:
            return call(residents.edit_resident, person.id, changes, expected)

        return self._ask(
            _("修改 {name}").format(name=person.name), PERSON_FIELDS, save,
            values=shown(PERSON_FIELDS, person), delete=call(residents.delete_resident, person.id), width=640,
        )  # fmt: skip

    def erase(self, person: ResidentDetail) -> RecordDialog:
        """按本人要求注销: asked, with a reason; cannot be undone."""

        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            return call(erasure.erase_resident, person.id, values["reason"])

        fields = (
            Field(
                "reason", N_("原因"), Kind.LONG_TEXT, is_required=True, lines=2,
                hint=N_("谁在何时、以何种方式提出"),
            ),
            Field(
                "is_sure", N_("请确认"), Kind.FLAG, hint=N_("我明白注销后不能恢复"),
                check=lambda on: None if on else _("请先确认"),
            ),
        )  # fmt: skip
        hint = _(
            "注销“{name}”：姓名、电话、证件、车牌、标签和记录中提到本人的文字都会抹去；工单的统计保留。"
            "原因写入操作日志。"
        ).format(name=person.name)
        return self._ask(
            _("注销个人信息"), fields, save, hint=hint, confirm=_("注销"), done=_("已注销"),
            on_done=self._tell_erased,
        )  # fmt: skip

    def _tell_erased(self, found: erasure.Erased) -> None:
        if found.attachments:
            words = _("还有 {n} 个附件（照片、录音）请人工查看").format(n=found.attachments)
            self._context.notify(Notice(words, "warn", seconds=0))

    # -- phones, tags, stays ---------------------------------------------------------------------------

    def add_phone(self, person: ResidentDetail) -> RecordDialog:
        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            return call(phones.add_phone, person.id, values["number"], values["label"] or None)

        return self._ask(_("添加电话"), PHONE_FIELDS, save, width=440)

    def edit_phone(self, person: ResidentDetail, phone: PhoneLine) -> RecordDialog:
        """Another number or label, or the first place in the order."""
        others = [line.id for line in person.phones if line.id != phone.id]
        is_first = not person.phones or person.phones[0].id == phone.id
        fields = PHONE_FIELDS
        if not is_first:
            fields = (*PHONE_FIELDS, Field("is_first", N_("次序"), Kind.FLAG, hint=N_("设为首选，先拨这个")))

        def save(changes: dict[str, Any], expected: dict[str, Any]) -> Call | None:
            if changes.pop("is_first", False):
                self._context.tasks.write(self._parent, phones.order_phones, person.id, [phone.id, *others])
            if not changes:
                return None
            return call(phones.edit_phone, phone.id, expected=expected["number"], **changes)

        return self._ask(
            _("修改电话"), fields, save, values={"number": phone.masked, "label": phone.label},
            delete=call(phones.delete_phone, phone.id), width=440,
            hint=_("号码打了码；要改就整个重新输入。"),
        )  # fmt: skip

    def edit_tags(self, person: ResidentDetail) -> RecordDialog:
        def save(changes: dict[str, Any], _expected: dict[str, Any]) -> Call:
            return call(tags.set_tags, person.id, changes["tags"])

        fields = (Field("tags", N_("标签"), Kind.OWN, make=self._tags),)
        names = tuple(tag.name for tag in person.tags)
        return self._ask(_("{name} 的标签").format(name=person.name), fields, save, values={"tags": names})

    def add_stay(self, person: ResidentDetail) -> RecordDialog:
        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            return call(occupancies.create_occupancy, person.id, values.pop("room_id"), values)

        room = Field(
            "room_id", N_("房屋"), Kind.OWN, is_required=True, make=room_picker(self._context.tasks),
            note=N_("输入房号或业主姓名查找"), mnemonic="F",
        )  # fmt: skip
        return self._ask(
            _("{name} 入住").format(name=person.name), (room, *STAY_FIELDS), save, defaults={"role": "owner"}
        )

    def edit_stay(self, stay: OccupancyLine) -> RecordDialog:
        def save(changes: dict[str, Any], expected: dict[str, Any]) -> Call:
            return call(occupancies.edit_occupancy, stay.id, changes, expected)

        return self._ask(
            _("在 {room}").format(room=stay.room_code), STAY_FIELDS, save, values=shown(STAY_FIELDS, stay),
            delete=call(occupancies.delete_occupancy, stay.id),
            hint=_("搬走的人请填结束日期，履历会留下；“删除”只用于录错的。"),
        )  # fmt: skip

    # -- many ------------------------------------------------------------------------------------------

    def batch(self, ids: Sequence[str]) -> RecordDialog:
        fields = (
            Field("level", N_("客户级别"), Kind.CHOICE, choices=optional("resident.level", UNCHANGED)),
            Field(
                "kind", N_("个人或单位"), Kind.CHOICE, choices=optional("resident.kind", UNCHANGED),
                is_beside=True,
            ),
            Field("status", N_("客户状态"), max_length=20),
            Field("spending", N_("消费观念"), is_beside=True, max_length=200),
            Field("consent_note", N_("个人信息同意"), max_length=200),
            Field("add", N_("加标签"), Kind.OWN, make=self._tags),
            Field("remove", N_("去标签"), Kind.OWN, make=self._tags),
        )  # fmt: skip

        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            add, remove = values.pop("add"), values.pop("remove")
            given = {name: value for name, value in values.items() if value not in (None, "")}
            return call(households.change_residents, list(ids), given, add=add, remove=remove)

        return self._ask(
            _("批量修改 {n} 位住户").format(n=len(ids)), fields, save, on_done=self._tell_batch, width=640,
            hint=_("留空的项目不修改。每位住户都写入操作日志。"),
        )  # fmt: skip

    def _tell_batch(self, result: BatchResult) -> None:
        words = _("已修改 {n} 位，{same} 位本来就是这样").format(n=result.changed, same=result.unchanged)
        self._context.notify(Notice(words, "good"))
