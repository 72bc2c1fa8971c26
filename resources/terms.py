"""Words for the codes that the archive stores: one label for each code of each vocabulary, in the trade's
terms.

Codes are English and never change; labels are Chinese and translated. States also have a symbol, so that
colour never stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from resources.translations import N_
from resources.translations import gettext as _

TERMS: Mapping[str, Mapping[str, str]] = {
    "ticket.state": {
        "received": N_("受理"),
        "dispatched": N_("已派单"),
        "accepted": N_("已接单"),
        "in_progress": N_("处理中"),
        "suspended": N_("挂起"),
        "sent_back": N_("已退单"),
        "completed": N_("办结"),
        "callback": N_("待回访"),
        "closed": N_("已答复"),
        "archived": N_("已归档"),
        "void": N_("作废"),
    },
    "ticket.kind": {
        "repair": N_("报修"),
        "complaint": N_("投诉"),
        "enquiry": N_("咨询"),
        "suggestion": N_("建议"),
        "praise": N_("表扬"),
        "help": N_("求助"),
    },
    "ticket.channel": {
        "phone": N_("来电"),
        "visit": N_("来访"),
        "wechat": N_("微信"),
        "app": N_("APP/公众号"),
        "patrol": N_("巡查"),
        "door": N_("上门"),
        "other": N_("其他"),
    },
    "ticket.priority": {
        "critical": N_("特急"),
        "urgent": N_("紧急"),
        "normal": N_("一般"),
    },
    "ticket.result": {
        "fixed": N_("已修复"),
        "unfixed": N_("未修复"),
    },
    "ticket.charge_kind": {
        "paid": N_("有偿"),
        "free": N_("无偿"),
        "public": N_("公共"),
        "warranty": N_("保修"),
    },
    "ticket.rating": {
        "satisfied": N_("满意"),
        "neutral": N_("基本满意"),
        "dissatisfied": N_("不满意"),
    },
    "ticket.group": {
        "open": N_("进行中"),
        "overdue": N_("超时"),
        "due_today": N_("今日到期"),
        "waiting": N_("未接单"),
        "suspended": N_("挂起"),
        "callback": N_("待回访"),
        "mine": N_("我的"),
        "finished": N_("已办结"),
        "archived": N_("已归档"),
        "all": N_("全部"),
    },
    "ticket.action": {
        "answer": N_("答复"),
        "dispatch": N_("派单"),
        "pass_on": N_("转单"),
        "accept": N_("接单"),
        "send_back": N_("退单"),
        "arrive": N_("到场"),
        "progress": N_("进展"),
        "first_answer": N_("首次答复"),
        "chase": N_("催单"),
        "suspend": N_("挂起"),
        "resume": N_("恢复"),
        "complete": N_("办结"),
        "rate": N_("评价"),
        "reopen": N_("重开"),
        "archive": N_("归档"),
        "void": N_("作废"),
    },
    "ticket.event": {
        "receive": N_("受理"),
        "answer": N_("已答复"),
        "dispatch": N_("派单"),
        "pass_on": N_("转单"),
        "accept": N_("接单"),
        "send_back": N_("退单"),
        "arrive": N_("已到场"),
        "progress": N_("进展"),
        "first_answer": N_("首次答复"),
        "chase": N_("催单"),
        "suspend": N_("挂起"),
        "resume": N_("恢复"),
        "complete": N_("办结"),
        "rate": N_("评价"),
        "reopen": N_("重开"),
        "archive": N_("归档"),
        "void": N_("作废"),
        "undo": N_("撤销"),
        "edit": N_("修改"),
        "charge": N_("费用"),
        "charge_void": N_("费用冲销"),
        "attach": N_("附件"),
        "print": N_("打印"),
        "callback": N_("回访"),
        "escalate": N_("升级"),
        "overdue": N_("超时"),
    },
    "charge.kind": {
        "material": N_("材料"),
        "labour": N_("人工"),
    },
    "attachment.kind": {
        "photo": N_("照片"),
        "video": N_("视频"),
        "recording": N_("录音"),
        "document": N_("文件"),
        "proof": N_("处理凭证"),
    },
    "print.document": {
        "work_order": N_("维修派工单"),
        "callback_sheet": N_("回访记录表"),
    },
    "print.copy": {
        "stub": N_("存根联"),
        "crew": N_("维修联"),
        "owner": N_("业主联"),
        "finance": N_("财务联"),
    },
    "callback.kind": {
        "completion": N_("办结回访"),
        "complaint_followup": N_("投诉回访"),
        "move_in": N_("入住回访"),
    },
    "callback.state": {
        "due": N_("待回访"),
        "excluded": N_("暂不回访"),
        "done": N_("已回访"),
        "failed": N_("未能回访"),
    },
    "callback.reason": {
        "complaint_all": N_("投诉全部回访"),
        "leak_all": N_("渗漏全部回访"),
        "in_home_all": N_("入户维修全部回访"),
        "repair_sampled": N_("抽中回访"),
        "request": N_("求助与建议回访"),
        "enquiry": N_("咨询与表扬回访"),
        "unfixed": N_("未修复，必须回访"),
        "moved_in": N_("入住满期回访"),
        "not_sampled": N_("未抽中"),
        "nobody_to_call": N_("没有可联系的人"),
    },
    "callback.exclusion": {
        "major_complaint": N_("有重大投诉"),
        "decorating": N_("房屋装修中"),
        "not_moved_in": N_("未实际入住"),
    },
    "callback.satisfaction": {
        "satisfied": N_("满意"),
        "fairly": N_("较满意"),
        "dissatisfied": N_("不满意"),
    },
    "callback.way": {
        "phone": N_("电话"),
        "visit": N_("上门"),
        "wechat": N_("微信"),
        "paper": N_("纸质回访表"),
    },
    "communication.channel": {
        "phone": N_("电话"),
        "visit": N_("来访"),
        "door": N_("上门"),
        "wechat": N_("微信"),
        "sms": N_("短信"),
        "email": N_("邮件"),
        "letter": N_("信函"),
        "other": N_("其他"),
    },
    "communication.direction": {
        "in": N_("来"),
        "out": N_("去"),
    },
    "room.state": {
        "undelivered": N_("待交付"),
        "to_decorate": N_("待装修"),
        "decorating": N_("装修中"),
        "occupied": N_("已入住"),
        "vacant": N_("空置"),
        "rented": N_("出租"),
    },
    "room.kind": {
        "home": N_("住宅"),
        "villa": N_("别墅"),
        "shop": N_("商铺"),
        "office": N_("办公"),
        "garage": N_("车库"),
        "storage": N_("储藏室"),
        "other": N_("其他"),
    },
    "resident.kind": {
        "person": N_("个人"),
        "company": N_("单位"),
    },
    "resident.gender": {
        "male": N_("男"),
        "female": N_("女"),
    },
    "resident.level": {
        "key": N_("重要客户"),
        "regular": N_("一般客户"),
        "prospect": N_("潜在客户"),
    },
    "resident.id_kind": {
        "identity_card": N_("身份证"),
        "passport": N_("护照"),
        "permit": N_("通行证"),
        "military": N_("军官证"),
        "licence": N_("营业执照"),
        "other": N_("其他"),
    },
    "occupancy.role": {
        "owner": N_("业主"),
        "family": N_("家庭成员"),
        "tenant": N_("租户"),
        "merchant": N_("商户"),
    },
    "parking.state": {
        "rented": N_("已出租"),
        "sold": N_("已出售"),
        "free": N_("空闲"),
    },
    "parking.kind": {
        "ground": N_("地上停车位"),
        "underground": N_("地下停车位"),
        "mechanical": N_("机械车位"),
    },
    "department.kind": {
        "engineering": N_("工程"),
        "cleaning": N_("保洁"),
        "security": N_("安保"),
        "service": N_("客服"),
        "outsourced": N_("外包"),
    },
    "warranty.item": {
        "structure": N_("主体结构"),
        "waterproofing": N_("防水"),
        "heating": N_("供热系统"),
        "cooling": N_("供冷系统"),
        "wiring": N_("电气管线"),
        "plumbing": N_("给排水管道"),
        "equipment": N_("设备安装"),
        "finishing": N_("装修工程"),
    },
    "permission_group": {
        "clerk": N_("客服专员"),
        "lead": N_("部门主管"),
        "admin": N_("系统管理员"),
    },
    "right": {
        "ticket.create": N_("受理工单"),
        "ticket.dispatch": N_("派单与归档"),
        "ticket.progress": N_("处理工单"),
        "ticket.complete": N_("办结工单"),
        "ticket.reopen": N_("重开工单"),
        "ticket.void": N_("作废工单"),
        "ticket.undo": N_("撤销误操作"),
        "print": N_("打印"),
        "callback": N_("回访"),
        "callback.override": N_("对暂不回访者回访"),
        "archive.edit": N_("修改档案"),
        "archive.batch": N_("批量修改档案"),
        "archive.delete": N_("删除档案"),
        "archive.import": N_("导入档案"),
        "reveal": N_("查看完整电话"),
        "reveal.id": N_("查看完整证件号"),
        "export": N_("导出"),
        "erase": N_("删除个人信息"),
        "conflict.resolve": N_("处理同步冲突"),
        "log.read": N_("查看操作日志"),
        "settings": N_("修改参数与类别"),
        "staff": N_("管理人员与权限组"),
        "group_change.approve": N_("审批权限变更"),
        "enrol": N_("登记到总部"),
        "backup": N_("备份"),
        "restore": N_("恢复备份"),
    },
    "conflict.reason": {
        "concurrent": N_("两处同时修改"),
        "rank": N_("已完结的工单不被旧操作重开"),
        "revived": N_("删除让位于修改"),
    },
    "conflict.state": {
        "open": N_("待处理"),
        "accepted": N_("已认可"),
        "taken_back": N_("已取回"),
    },
    "unit": {
        "second": N_("秒"),
        "minute": N_("分钟"),
        "hour": N_("小时"),
        "day": N_("天"),
        "workday": N_("个工作日"),
        "month": N_("个月"),
        "year": N_("年"),
        "season": N_("个采暖期/供冷期"),
        "percent": N_("%"),
        "times": N_("次"),
        "character": N_("个字符"),
        "megabyte": N_("MB"),
    },
    "table": {
        "site": N_("项目"),
        "building": N_("楼栋"),
        "unit": N_("单元"),
        "room": N_("房屋"),
        "decoration": N_("装修"),
        "resident": N_("住户"),
        "phone": N_("电话"),
        "tag": N_("标签"),
        "resident_tag": N_("住户标签"),
        "occupancy": N_("入住关系"),
        "vehicle": N_("车辆"),
        "parking_space": N_("车位"),
        "pet": N_("宠物"),
        "communication": N_("沟通记录"),
        "department": N_("部门"),
        "staff": N_("人员"),
        "permission_group": N_("权限组"),
        "category": N_("类别"),
        "ticket": N_("工单"),
        "ticket_event": N_("工单经过"),
        "charge_line": N_("费用"),
        "attachment": N_("附件"),
        "print_record": N_("打印记录"),
        "callback": N_("回访"),
        "parameter": N_("参数"),
        "conflict": N_("同步冲突"),
        "import_mapping": N_("导入对照"),
        "operation_log": N_("操作日志"),
    },
    "field.ticket": {
        "category_id": N_("类别"),
        "priority": N_("紧急程度"),
        "state": N_("状态"),
        "kind": N_("诉求类型"),
        "channel": N_("来源"),
        "room_id": N_("房屋"),
        "resident_id": N_("住户"),
        "caller_name": N_("报修人"),
        "caller_phone": N_("电话"),
        "place": N_("地点"),
        "matter": N_("内容"),
        "expectation": N_("期望解决方式"),
        "appointment_at": N_("预约时间"),
        "department_id": N_("部门"),
        "handler_id": N_("处理人"),
        "coordinator_id": N_("协调人"),
        "task": N_("任务"),
        "contact": N_("联系人"),
        "contact_phone": N_("联系电话"),
        "due_at": N_("时限"),
        "reason": N_("原因"),
        "text": N_("说明"),
        "resolution": N_("处理情况"),
        "result": N_("结果"),
        "proof": N_("处理凭证"),
        "unfinished_reason": N_("未修复原因"),
        "charge_kind": N_("收费方式"),
        "rating": N_("评价"),
        "promised_at": N_("承诺时间"),
        "void_reason": N_("作废原因"),
        "reopened_count": N_("重开次数"),
    },
}
"""Vocabulary → code → label (a message id), in the order in which they are offered."""

SYMBOLS: Mapping[str, Mapping[str, str]] = {
    "ticket.state": {
        "received": "●",
        "dispatched": "▶",
        "accepted": "▷",
        "in_progress": "◐",
        "suspended": "‖",
        "sent_back": "↩",
        "completed": "✔",
        "callback": "☎",
        "closed": "✓",
        "archived": "▣",
        "void": "✕",
    },
    "ticket.priority": {"critical": "‼", "urgent": "!"},
    "ticket.result": {"fixed": "✔", "unfixed": "✕"},
    "ticket.group": {"overdue": "▲", "due_today": "◷", "suspended": "‖", "callback": "☎"},
    "ticket.event": {
        "receive": "●",
        "answer": "✓",
        "dispatch": "▶",
        "pass_on": "⇄",
        "accept": "▷",
        "send_back": "↩",
        "arrive": "◐",
        "progress": "◐",
        "first_answer": "✓",
        "chase": "!",
        "suspend": "‖",
        "resume": "▷",
        "complete": "✔",
        "reopen": "↻",
        "archive": "▣",
        "void": "✕",
        "undo": "↶",
        "charge": "¥",
        "charge_void": "¥",
        "callback": "☎",
        "escalate": "▲",
        "overdue": "▲",
    },
    "callback.state": {"due": "☎", "excluded": "‖", "done": "✔", "failed": "✕"},
}
"""Vocabulary → code → one sign."""


def label(vocabulary: str, code: str | None) -> str:
    """The word for a code in the language in use; a code of a newer version shows as itself, none as nothing.

    Raises KeyError for a vocabulary that does not exist: that is a bug.
    """
    words = TERMS[vocabulary]
    if code is None:
        return ""
    return _(words[code]) if code in words else code


def symbol(vocabulary: str, code: str | None) -> str:
    """The sign of a code, empty where it has none."""
    return SYMBOLS.get(vocabulary, {}).get(code or "", "")


def marked(vocabulary: str, code: str | None) -> str:
    """Sign and word together: ``▶ 已派单``."""
    return f"{symbol(vocabulary, code)} {label(vocabulary, code)}".strip()


def codes(vocabulary: str) -> tuple[str, ...]:
    """Every code of a vocabulary, in the order in which they are offered."""
    return tuple(TERMS[vocabulary])


def choices(vocabulary: str) -> list[tuple[str, str]]:
    """Code and label of every term, for a chooser."""
    return [(code, _(word)) for code, word in TERMS[vocabulary].items()]
