"""The operation log in words: what was done (service), to what (table), and which field from what to what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from models.parameters import ALL
from models.queries.operation_log import LogRow
from resources.terms import TERMS
from resources.terms import label as term
from resources.translations import N_
from resources.translations import gettext as _
from views.formats import Formats

AREAS: Mapping[str, str] = {
    "accounts": N_("人员与账号"),
    "groups": N_("权限组"),
    "departments": N_("部门"),
    "categories": N_("工单类别"),
    "parameters": N_("参数"),
    "site": N_("项目资料"),
    "tags": N_("标签"),
    "backup": N_("备份"),
    "restore": N_("恢复备份"),
    "intake": N_("受理"),
    "tickets": N_("工单"),
    "ticket_editing": N_("工单修改"),
    "undo": N_("撤销"),
    "charges": N_("费用"),
    "attachments": N_("附件"),
    "printing": N_("打印"),
    "escalation": N_("自动升级"),
    "archiving": N_("自动归档"),
    "callbacks": N_("回访"),
    "move_in_visits": N_("入住回访"),
    "communications": N_("沟通记录"),
    "residents": N_("住户"),
    "households": N_("住户迁移"),
    "occupancies": N_("入住关系"),
    "phones": N_("电话"),
    "vehicles": N_("车辆"),
    "pets": N_("宠物"),
    "parking": N_("车位"),
    "buildings": N_("楼栋单元"),
    "rooms": N_("房屋"),
    "room_codes": N_("房号"),
    "batch": N_("批量修改"),
    "erasure": N_("删除个人信息"),
    "conflicts": N_("同步冲突"),
    "archive_import": N_("导入"),
    "spreadsheets": N_("导入导出"),
    "sync": N_("同步"),
    "enrol": N_("登记到总部"),
    "demo": N_("演示数据"),
    "seeds": N_("初始化"),
}
"""Module of a service → its words; the filter offers them."""

DEEDS: Mapping[str, str] = {
    "sign_in": N_("登录"),
    "sign_in_failed": N_("登录失败"),
    "change_password": N_("修改密码"),
    "reset_password": N_("重置密码"),
    "unlock": N_("解锁"),
    "set_active": N_("启用或停用"),
    "set_parameter": N_("修改"),
    "reset_parameter": N_("恢复默认"),
    "make": N_("备份"),
    "recovery_file": N_("写密钥恢复文件"),
    "reveal_phone": N_("查看完整电话"),
    "reveal_id_number": N_("查看完整证件号"),
    "erase_resident": N_("删除个人信息"),
    "dispatch": N_("派单"),
    "pass_on": N_("转单"),
    "accept": N_("接受"),
    "send_back": N_("退单"),
    "arrive": N_("到场"),
    "note_progress": N_("记进展"),
    "answer": N_("答复"),
    "answer_first": N_("首次答复"),
    "suspend": N_("挂起"),
    "resume": N_("恢复"),
    "complete": N_("办结"),
    "rate": N_("评价"),
    "reopen": N_("重开"),
    "void": N_("作废"),
    "archive": N_("归档"),
    "chase": N_("催单"),
    "undo": N_("撤销"),
    "make_sheet": N_("生成回访单"),
    "record_result": N_("记结果"),
    "enter_sheet": N_("录入回访单"),
    "postpone": N_("改期"),
    "exclude": N_("暂不回访"),
    "override": N_("破例回访"),
    "take_back": N_("取回"),
    "dismiss_refused": N_("不再提示"),
    "reopen_refused": N_("重新提示"),
    "send_again": N_("再送一次"),
    "accept_all": N_("认可"),
    "take_back_all": N_("取回"),
    "reopen_all": N_("撤销"),
    "end_occupancy": N_("结束入住"),
    "recode": N_("改房号"),
    "reverse": N_("冲销"),
    "remove_tags": N_("去掉标签"),
    "add_tags": N_("加标签"),
    "set_tags": N_("设标签"),
    "set_fields": N_("批量修改"),
    "sweep": N_("定时处理"),
    "seed_site": N_("初始化"),
    "first_administrator": N_("建立管理员"),
    "build": N_("生成"),
    "import_rows": N_("导入"),
    "take_back_import": N_("撤回导入"),
    "export": N_("导出"),
}
"""Function of a service → its words."""

STARTS: Mapping[str, str] = {
    "create": N_("新建"),
    "add": N_("添加"),
    "edit": N_("修改"),
    "delete": N_("删除"),
    "remove": N_("去掉"),
    "move": N_("移动"),
    "order": N_("排序"),
    "record": N_("登记"),
    "reveal": N_("查看"),
    "import": N_("导入"),
    "export": N_("导出"),
}
"""What a function begins with, where it has no words of its own."""

FIELDS: Mapping[str, str] = {
    "name": N_("名称"),
    "staff_no": N_("工号"),
    "phone": N_("电话"),
    "number": N_("号码"),
    "position": N_("次序"),
    "position_title": N_("职务"),
    "group_id": N_("权限组"),
    "is_active": N_("在用"),
    "is_on_duty": N_("值班"),
    "password_hash": N_("密码"),
    "must_change_password": N_("须改密码"),
    "rights": N_("权限"),
    "lead_id": N_("负责人"),
    "parent_id": N_("上级类别"),
    "warranty_item": N_("保修项目"),
    "value": N_("值"),
    "short_name": N_("简称"),
    "hotline": N_("服务热线"),
    "address": N_("地址"),
    "note": N_("备注"),
    "code": N_("编号"),
    "floor": N_("楼层"),
    "building_area": N_("建筑面积"),
    "inside_area": N_("套内面积"),
    "layout": N_("户型"),
    "delivered_on": N_("交付日期"),
    "accepted_on": N_("竣工验收日期"),
    "moved_in_on": N_("入住日期"),
    "gender": N_("性别"),
    "birth_on": N_("出生日期"),
    "id_kind": N_("证件类型"),
    "id_number": N_("证件号"),
    "level": N_("客户等级"),
    "status": N_("状况"),
    "role": N_("身份"),
    "from_on": N_("开始日期"),
    "to_on": N_("结束日期"),
    "is_primary": N_("主要"),
    "plate": N_("车牌"),
    "label": N_("标注"),
    "escalation": N_("升级"),
    "escalated_at": N_("升级时间"),
    "dispatched_at": N_("派单时间"),
    "accepted_at": N_("接单时间"),
    "answered_at": N_("答复时间"),
    "archived_at": N_("归档时间"),
    "closed_at": N_("结束时间"),
    "suspended_at": N_("挂起时间"),
    "suspend_reason": N_("挂起原因"),
    "arrive_due_at": N_("到场时限"),
    "first_answer_due_at": N_("首次答复时限"),
    "due_on": N_("应回访日期"),
    "called_by": N_("回访人"),
    "opinion": N_("意见"),
    "suggestion": N_("建议"),
    "category": N_("归类"),
    "quantity": N_("数量"),
    "unit_price": N_("单价"),
    "amount": N_("金额"),
    "size": N_("大小"),
    "path": N_("位置"),
    "count": N_("数量"),
    "rows": N_("行数"),
}
"""Field → its words, where the ticket's own vocabulary has none."""

_VOCABULARIES: Mapping[str, str] = {
    "ticket.state": "ticket.state",
    "ticket.kind": "ticket.kind",
    "ticket.priority": "ticket.priority",
    "ticket.channel": "ticket.channel",
    "category.kind": "ticket.kind",
    "category.priority": "ticket.priority",
    "category.warranty_item": "warranty.item",
    "department.kind": "department.kind",
    "room.state": "room.state",
    "room.kind": "room.kind",
    "resident.level": "resident.level",
    "resident.kind": "resident.kind",
    "resident.gender": "resident.gender",
    "resident.id_kind": "resident.id_kind",
    "occupancy.role": "occupancy.role",
    "callback.state": "callback.state",
    "callback.satisfaction": "callback.satisfaction",
    "conflict.state": "conflict.state",
    "backup.reason": "",
}
NOTHING = "∅"
LONGEST = 300


def operation_words(operation: str) -> str:
    """``tickets.dispatch`` → 工单 · 派单; what is not known shows as it is stored."""
    area, _dot, deed = operation.partition(".")
    words = DEEDS.get(deed) or STARTS.get(deed.partition("_")[0], "")
    return " · ".join((_(AREAS[area]) if area in AREAS else area, _(words) if words else deed))


def table_words(table: str | None) -> str:
    return term("table", table)


def field_words(field: str) -> str:
    """A field's name, as the ticket's vocabulary or `FIELDS` tells it."""
    if field in FIELDS:
        return _(FIELDS[field])
    return term("field.ticket", field)


def value_words(table: str | None, field: str, value: Any, names: Mapping[str, str], formats: Formats) -> str:
    """A stored value as it is told: codes in words, ids as the names in *names*, times as local times."""
    vocabulary = _VOCABULARIES.get(f"{table}.{field}", "")
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, str) and vocabulary in TERMS:
        return term(vocabulary, value)
    if isinstance(value, str) and field.endswith("_id"):
        return names.get(value, value[:8])
    if field == "rights" and isinstance(value, list):
        return _("、").join(term("right", str(code)) for code in value)
    if isinstance(value, int) and field.endswith("_at"):
        return formats.moment(datetime.fromtimestamp(value / 1000, UTC))
    return str(value)[:LONGEST]


def subject_words(row: LogRow) -> str:
    """To what it was done: ``工单 A-261121-0042``."""
    return " ".join(part for part in (table_words(row.table_name), _label(row)) if part)


def _label(row: LogRow) -> str:
    """What the row calls itself; a code in words."""
    words = row.row_label or ""
    if row.table_name == "parameter":
        return next((_(parameter.description) for parameter in ALL if parameter.key == words), words)
    return term("callback.kind", words) if row.table_name == "callback" else words


def change_words(row: LogRow) -> str:
    """In short, for the list: which fields changed, or the details."""
    fields = [field_words(field) for field in row.changes]
    details = [f"{field_words(name)} {value}" for name, value in row.details.items()]
    return _("、").join([*fields, *details])[:LONGEST]
