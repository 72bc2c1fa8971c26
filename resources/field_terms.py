"""Words for the fields of records, for people who compare two values: on a desk's screen and on headquarters'
page."""

from __future__ import annotations

from collections.abc import Mapping

from resources.terms import TERMS, label
from resources.translations import N_
from resources.translations import gettext as _

_FIELDS: Mapping[str, str] = {
    "name": N_("姓名/名称"),
    "short_name": N_("简称"),
    "hotline": N_("服务热线"),
    "address": N_("地址"),
    "code": N_("编号"),
    "number": N_("号码"),
    "note": N_("备注"),
    "floor": N_("楼层"),
    "layout": N_("户型"),
    "building_area": N_("建筑面积"),
    "inside_area": N_("套内面积"),
    "delivered_on": N_("交付日期"),
    "accepted_on": N_("竣工验收日期"),
    "moved_in_on": N_("入住日期"),
    "gender": N_("性别"),
    "birth_on": N_("出生日期"),
    "id_kind": N_("证件类型"),
    "id_number": N_("证件号"),
    "level": N_("客户等级"),
    "work": N_("工作"),
    "email": N_("邮箱"),
    "label": N_("说明"),
    "role": N_("入住关系"),
    "from_on": N_("起始日期"),
    "to_on": N_("结束日期"),
    "is_primary": N_("主要联系人"),
    "plate": N_("车牌"),
    "brand": N_("品牌"),
    "colour": N_("颜色"),
    "breed": N_("品种"),
    "start_on": N_("开始日期"),
    "end_on": N_("结束日期"),
    "contractor": N_("施工单位"),
    "phone": N_("电话"),
    "lead_id": N_("负责人"),
    "group_id": N_("权限组"),
    "rights": N_("权限"),
    "position_title": N_("职务"),
    "position": N_("排序"),
    "staff_no": N_("工号"),
    "is_active": N_("在用"),
    "is_on_duty": N_("在岗"),
    "deleted": N_("是否删除"),
    "value": N_("取值"),
    "satisfaction": N_("满意度"),
    "opinion": N_("意见"),
    "suggestion": N_("建议"),
    "due_on": N_("到期日"),
    "sheet_no": N_("回访表"),
    "status": N_("客户状态"),
    "state": N_("状态"),
    "kind": N_("类型"),
    "customer_no": N_("客户编号"),
    "habits": N_("生活习惯"),
    "hobbies": N_("爱好"),
    "spending": N_("消费意向"),
    "home_opinion": N_("对房屋的看法"),
    "estate_opinion": N_("对小区的看法"),
    "latent_needs": N_("潜在需求"),
    "contact": N_("联系方式"),
    "consent_note": N_("同意说明"),
    "category": N_("类别"),
    "major_complaint": N_("重大投诉"),
}
_VOCABULARIES: Mapping[str, str] = {
    "resident.status": "room.state",
    "parking_space.kind": "parking.kind",
    "parking_space.state": "parking.state",
    "category.kind": "ticket.kind",
    "category.priority": "ticket.priority",
    "category.warranty_item": "warranty.item",
}


def field_words(table: str, field: str) -> str:
    """The field as the trade calls it; one that nobody worded shows as itself."""
    if table in ("ticket", "callback") and field in TERMS["field.ticket"]:
        return label("field.ticket", field)
    if field in _FIELDS:
        return _(_FIELDS[field])
    return label("field.ticket", field)


def vocabulary_of(table: str, field: str) -> str:
    """The vocabulary that a field's values are codes of; one of `TERMS` or of no meaning."""
    name = f"{table}.{field}"
    return _VOCABULARIES.get(name, name)
