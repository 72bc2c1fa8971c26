"""Words for the faults of the archive, and of forms in general."""

from __future__ import annotations

from resources.translations import N_

MESSAGES: dict[str, str] = {
    "row-gone": N_("这条记录已被删除或不存在，请刷新后再看。"),
    "field-required": N_("请填写此项。"),
    "field-too-long": N_("太长了，最多 {longest} 个字。"),
    "choice-unknown": N_("没有这个选项：{value}"),
    "day-impossible": N_("日期不合理：{value}"),
    "days-reversed": N_("结束日期 {last} 早于开始日期 {first}。"),
    "number-out-of-range": N_("应在 {low} 到 {high} 之间。"),
    "changed-meanwhile": N_("您打开之后，别人已把此项改为「{theirs}」；您填的是「{mine}」，还没有保存。"),
    "nothing-chosen": N_("没有选择要改的内容。"),
    "reason-required": N_("请写明原因。"),
    "code-unreadable": N_("认不出这个编号：{text}"),
    "building-code-taken": N_("已有 {building} 号楼栋。"),
    "unit-code-taken": N_("本楼已有 {unit} 单元。"),
    "room-code-taken": N_("已有房屋 {room}。"),
    "unit-elsewhere": N_("单元“{name}”不在这栋楼。"),
    "building-in-use": N_("“{name}”还有 {count} 套房屋，不能删除。"),
    "unit-in-use": N_("“{name}”还有 {count} 套房屋，不能删除。"),
    "room-in-use": N_("房屋 {room} 还有 {count} 项住户、工单、车辆或车位记录，不能删除。"),
    "resident-in-use": N_("“{name}”有 {count} 项工单、回访或沟通记录，不能删除；可按本人要求注销个人信息。"),
    "resident-lives-here": N_("“{name}”还有未结束的入住关系，请先办理迁出。"),
    "contact-required": N_("请至少留一个联系方式：电话、邮箱或其他联系人。"),
    "phone-invalid": N_("这不像电话号码：{number}"),
    "phone-placeholder": N_("{number} 是凑数的号码，电话不详时请留空。"),
    "phone-twice": N_("这个人已有号码 {masked}。"),
    "id-number-invalid": N_("身份证号有误，请核对（校验位或出生日期不对）。"),
    "customer-no-taken": N_("客户编号 {number} 已属于另一位住户。"),
    "tag-taken": N_("已有标签“{name}”。"),
    "occupancy-twice": N_("这个人在本房已有同样的身份。"),
    "keeper-required": N_("请选择所属住户或房屋。"),
    "plate-taken": N_("车牌 {plate} 已登记在 {whose} 名下。"),
    "space-taken": N_("本区已有车位 {space}。"),
}
