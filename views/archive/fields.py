"""The forms of the archive, declared once: rooms, people, stays, belongings, contacts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from resources.terms import choices
from resources.translations import N_
from resources.translations import gettext as _
from views.formats import NOTHING
from views.widgets.editors import Choices
from views.widgets.form import Field, Kind

UNCHANGED = N_("不修改")


def required(vocabulary: str) -> Callable[[], Choices]:
    """Every term of a vocabulary."""
    return lambda: choices(vocabulary)


def optional(vocabulary: str, nothing: str = NOTHING) -> Callable[[], Choices]:
    """Every term of a vocabulary, and none, which is worded *nothing* (a message id)."""
    return lambda: [(None, _(nothing)), *choices(vocabulary)]


PLACE = Field("place", N_("楼栋单元"), Kind.CHOICE, is_required=True, mnemonic="U")
"""Value: (building id, unit id or None); the page sets its choices."""

ROOM_FIELDS: tuple[Field, ...] = (
    PLACE,
    Field("number", N_("房号"), is_required=True, hint="1502", is_beside=True, max_length=12),
    Field("kind", N_("类型"), Kind.CHOICE, choices=required("room.kind")),
    Field("state", N_("状态"), Kind.CHOICE, choices=required("room.state"), is_beside=True),
    Field("floor", N_("楼层"), Kind.COUNT, note=N_("留空时按房号推算")),
    Field("layout", N_("户型"), is_beside=True, max_length=30),
    Field("building_area", N_("建筑面积 m²"), Kind.AREA),
    Field("inside_area", N_("套内面积 m²"), Kind.AREA, is_beside=True),
    Field("delivered_on", N_("交付日期"), Kind.DAY),
    Field("accepted_on", N_("竣工验收"), Kind.DAY, is_beside=True, note=N_("保修期从这一天算起")),
    Field("moved_in_on", N_("入住日期"), Kind.DAY),
    Field("note", N_("备注"), Kind.LONG_TEXT, lines=2),
)

IDENTITY_FIELDS: tuple[Field, ...] = (
    Field("name", N_("姓名"), is_required=True, mnemonic="N", max_length=60),
    Field("kind", N_("个人或单位"), Kind.CHOICE, choices=required("resident.kind"), is_beside=True),
    Field("level", N_("客户级别"), Kind.CHOICE, choices=required("resident.level")),
    Field("status", N_("客户状态"), is_beside=True, hint=N_("已入住、待装修……"), max_length=20),
    Field("gender", N_("性别"), Kind.CHOICE, choices=optional("resident.gender")),
    Field("birth_on", N_("出生日期"), Kind.DAY, is_beside=True),
    Field("id_kind", N_("证件类型"), Kind.CHOICE, choices=optional("resident.id_kind")),
    Field("id_number", N_("证件号码"), is_beside=True, max_length=40),
    Field("customer_no", N_("客户编号"), max_length=40),
    Field("email", N_("邮箱"), is_beside=True, max_length=100),
    Field("contact", N_("其他联系人"), hint=N_("没有电话时填写：关系、姓名、电话"), max_length=200),
)

PICTURE_FIELDS: tuple[Field, ...] = (
    Field("work", N_("工作单位"), section=N_("客户情况"), max_length=100),
    Field("hobbies", N_("爱好"), is_beside=True, max_length=200),
    Field("habits", N_("生活习惯"), max_length=200),
    Field("spending", N_("消费观念"), is_beside=True, max_length=200),
    Field("home_opinion", N_("对房屋的看法"), Kind.LONG_TEXT, lines=2),
    Field("estate_opinion", N_("对小区的看法"), Kind.LONG_TEXT, lines=2),
    Field("latent_needs", N_("潜在需求"), Kind.LONG_TEXT, lines=2),
    Field(
        "major_complaint", N_("重大投诉"), section=N_("特别说明"), max_length=200,
        note=N_("填写后暂不安排入住回访"),
    ),
    Field("consent_note", N_("个人信息同意"), hint=N_("何时、何种方式、同意何种用途"), max_length=200),
    Field("note", N_("备注"), Kind.LONG_TEXT, lines=2),
)  # fmt: skip

STAY_FIELDS: tuple[Field, ...] = (
    Field("role", N_("身份"), Kind.CHOICE, choices=required("occupancy.role"), mnemonic="R"),
    Field("is_primary", N_("主要联系人"), Kind.FLAG, is_beside=True, hint=N_("本房第一联系人")),
    Field("from_on", N_("开始日期"), Kind.DAY),
    Field("to_on", N_("结束日期"), Kind.DAY, is_beside=True, note=N_("迁出的最后一天；留空表示至今")),
    Field("note", N_("备注"), max_length=200),
)

PHONE_FIELDS: tuple[Field, ...] = (
    Field("number", N_("电话"), is_required=True, mnemonic="N", max_length=40),
    Field("label", N_("说明"), hint=N_("本人、配偶、单位……"), max_length=20),
)

VEHICLE_FIELDS: tuple[Field, ...] = (
    Field("plate", N_("车牌"), is_required=True, mnemonic="N", hint=N_("粤B7A21K"), max_length=20),
    Field("brand", N_("品牌"), max_length=30),
    Field("colour", N_("颜色"), is_beside=True, max_length=20),
    Field("note", N_("备注"), max_length=500),
)

SPACE_FIELDS: tuple[Field, ...] = (
    Field("code", N_("车位号"), is_required=True, mnemonic="N", hint="B2-118", max_length=20),
    Field("area", N_("区域"), is_beside=True, max_length=30),
    Field("kind", N_("类型"), Kind.CHOICE, choices=optional("parking.kind")),
    Field("state", N_("状态"), Kind.CHOICE, choices=optional("parking.state"), is_beside=True),
    Field("note", N_("备注"), max_length=500),
)

PET_FIELDS: tuple[Field, ...] = (
    Field("kind", N_("种类"), is_required=True, mnemonic="N", hint=N_("犬、猫……"), max_length=20),
    Field("name", N_("名字"), is_beside=True, max_length=30),
    Field("breed", N_("品种"), max_length=30),
    Field("colour", N_("毛色"), is_beside=True, max_length=20),
    Field("vaccinated_on", N_("免疫日期"), Kind.DAY),
    Field("note", N_("备注"), max_length=500),
)

DECORATION_FIELDS: tuple[Field, ...] = (
    Field("start_on", N_("开工日期"), Kind.DAY, is_required=True, mnemonic="N"),
    Field("end_on", N_("完工日期"), Kind.DAY, is_beside=True),
    Field("contractor", N_("施工单位"), max_length=60),
    Field("note", N_("备注"), Kind.LONG_TEXT, lines=2),
)

CONTACT_FIELDS: tuple[Field, ...] = (
    Field("channel", N_("方式"), Kind.CHOICE, choices=required("communication.channel")),
    Field("direction", N_("来去"), Kind.CHOICE, choices=required("communication.direction"), is_beside=True),
    Field("at", N_("时间"), Kind.MOMENT, note=N_("留空表示现在")),
    Field("purpose", N_("事由"), is_beside=True, max_length=60),
    Field("content", N_("沟通内容"), Kind.LONG_TEXT, is_required=True, mnemonic="M", lines=3),
    Field("follow_up", N_("后续"), Kind.LONG_TEXT, lines=2),
)

BUILDING_FIELDS: tuple[Field, ...] = (
    Field("code", N_("楼号"), is_required=True, mnemonic="N", hint="3", max_length=12),
    Field("name", N_("名称"), hint=N_("留空时为“3栋”"), is_beside=True, max_length=30),
    Field("note", N_("备注"), max_length=200),
)

UNIT_FIELDS: tuple[Field, ...] = (
    Field("code", N_("单元号"), is_required=True, mnemonic="N", hint="2", max_length=8),
    Field("name", N_("名称"), hint=N_("留空时为“2单元”"), is_beside=True, max_length=30),
)


def shown(fields: tuple[Field, ...], row: object) -> dict[str, Any]:
    """What a form of *fields* shows of *row* (a frozen dataclass of a query)."""
    return {field.name: getattr(row, field.name) for field in fields if hasattr(row, field.name)}
