"""Why a row was refused or looks doubtful: code and values, worded for window and reject workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from resources.translations import N_
from resources.translations import gettext as _

REFUSALS: dict[str, str] = {
    "building-missing": N_("有房号但没有楼号"),
    "room-missing": N_("有楼号但没有房号"),
    "room-code-unreadable": N_("看不懂房号“{shown}”"),
    "room-code-ambiguous": N_("房号“{shown}”有多种读法：{readings}"),
    "code-became-date": N_("“{header}”被表格软件变成了日期 {shown}，请改为文本后重填"),
    "customer-number-taken": N_("业主编号 {number} 在档案中是“{other}”，姓名、电话、证件都对不上"),
    "row-empty-of-meaning": N_("这一行没有可用的内容"),
    "cell-too-long": N_("“{header}”一格超过 {limit} 个字"),
    "key-uncomputed": N_("“{header}”是没有结果的公式：请用表格软件打开并保存一次"),
    "key-error": N_("“{header}”是错误值（如 #N/A）"),
    "reference-unknown": N_("“{header}”为 {number}，但其他工作表里没有它"),
}
SUSPICIONS: dict[str, str] = {
    "digits-lost": N_("“{header}”的 {shown} 丢失了数字，未导入"),
    "phone-unreadable": N_("“{header}”的 {shown} 不是电话号码，未导入"),
    "value-masked": N_("“{header}”的 {shown} 是打了码的，未导入"),
    "phones-unpaired": N_("{people} 人 {phones} 个电话，请核对电话属于谁"),
    "ids-unpaired": N_("{people} 人 {ids} 个证件号，多出的未导入"),
    "id-invalid": N_("身份证号校验不通过"),
    "id-shared": N_("证件号与“{other}”相同，未导入"),
    "date-unreadable": N_("“{header}”的 {shown} 不是日期，未导入"),
    "date-unlikely": N_("“{header}”的日期 {shown} 不合理，未导入"),
    "number-unreadable": N_("“{header}”的 {shown} 不是数字，未导入"),
    "number-unlikely": N_("“{header}”的 {shown} 不合理，未导入"),
    "word-unknown": N_("“{header}”的 {shown} 含义不明，未导入"),
    "name-unreadable": N_("姓名“{shown}”看不懂，未导入"),
    "name-missing": N_("有电话或证件号但没有姓名，未导入住户"),
    "owner-number-unknown": N_("没有编号为 {number} 的业主，未关联"),
    "owner-ambiguous": N_("叫“{name}”的不止一人，未关联"),
    "contradiction": N_("“{field}”与第 {row} 行（{sheet}）不一致，以先出现的为准"),
    "building-carried": N_("楼号空白，沿用上一行的 {building}"),
    "unit-guessed": N_("没有单元，按档案中唯一的 {room} 处理"),
    "room-blank": N_("没有房号，只导入了人"),
    "other-owner": N_("该房档案中已有业主“{other}”，现增加一位"),
    "number-differs": N_("与“{name}”（编号 {number}）姓名电话相同但编号不同，按另一人处理"),
    "role-guessed": N_("没有写明身份，按家庭成员处理"),
    "plate-unreadable": N_("车牌 {shown} 不合规则"),
    "cell-uncomputed": N_("“{header}”是没有结果的公式，未导入"),
    "cell-error": N_("“{header}”是错误值，未导入"),
    "text-cut": N_("“{header}”超过 {limit} 个字"),
}
REMARKS: dict[str, str] = {
    "code-unexplained": N_("“{header}”的代码 {shown} 没有说明含义，未导入"),
    "repeats-row": N_("与第 {row} 行（{sheet}）相同"),
}
_ALL = REFUSALS | SUSPICIONS | REMARKS


@dataclass(frozen=True, slots=True)
class Reason:
    """``column`` counts from 0, -1 for the whole row."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)
    column: int = -1

    @property
    def is_refusal(self) -> bool:
        return self.code in REFUSALS

    @property
    def is_suspicion(self) -> bool:
        return self.code in SUSPICIONS


def word(reason: Reason) -> str:
    """The sentence for people, in the language in use."""
    return _(_ALL[reason.code]).format(**reason.values)
