"""Words for the faults of tickets, callbacks, charges, attachments and what hangs on them."""

from __future__ import annotations

from resources.translations import N_

MESSAGES: dict[str, str] = {
    "ticket-action-not-allowed": N_("工单现在是“{state}”，不能{action}。"),
    "ticket-field-missing": N_("请先填写：{fields}。"),
    "ticket-code-unknown": N_("不认识的选项：{value}。"),
    "ticket-place-missing": N_("选住户，或填地点。"),
    "ticket-time-wrong": N_("{field}不能早于受理，也不能晚于现在。"),
    "ticket-before-arrival": N_("完成时间不能早于到场时间。"),
    "ticket-deadline-early": N_("时限要在受理时间之后。"),
    "time-ahead": N_("{field}不能晚于现在。"),
    "ticket-callback-open": N_("{number} 还有回访没做，回访后再归档。"),
    "ticket-duplicate-of-itself": N_("{number} 不能是它自己的重复单。"),
    "ticket-not-editable": N_("{number} 已是“{state}”，不能再改。"),
    "ticket-undo-nothing": N_("{number} 没有可以撤销的操作。"),
    "ticket-undo-not-yours": N_("{number} 的上一步是别人做的，不能替人撤销。"),
    "ticket-undo-late": N_("{number} 的上一步已超过 {minutes} 分钟，不能撤销；请用重开、退单或转单。"),
    "ticket-undo-changed": N_("{number} 之后又有了变化，不能撤销。"),
    "callback-not-due": N_("这次回访已经登记过或暂不回访，请刷新后再看。"),
    "callback-not-excluded": N_("这户不在暂不回访之列。"),
    "callback-incomplete": N_("回访结果还缺：{fields}。"),
    "callback-sheet-empty": N_("请先选择要回访的工单。"),
    "charge-wrong": N_("费用“{name}”填写不对：名称不能空，数量大于 0，单价不能为负。"),
    "charge-reversed-already": N_("“{name}”已经冲销过。"),
    "attachment-too-large": N_("“{name}”超过 {limit} MB，不能添加。"),
    "attachment-empty": N_("“{name}”是空文件。"),
    "attachment-unreadable": N_("打不开文件“{name}”。"),
    "communication-incomplete": N_("沟通记录还缺：{fields}。"),
    "view-name-missing": N_("请给视图起个名字。"),
}
