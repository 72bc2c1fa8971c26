"""The columns of the lists of tickets and callbacks, as they are exported."""

from __future__ import annotations

from models.spreadsheets.writing import Kind
from resources.translations import N_

Column = tuple[str, Kind]
"""Message id of the title, and what the column holds."""
TICKET_COLUMNS: tuple[Column, ...] = (
    (N_("单号"), Kind.TEXT),
    (N_("报修时间"), Kind.MOMENT),
    (N_("种类"), Kind.TEXT),
    (N_("渠道"), Kind.TEXT),
    (N_("类别"), Kind.TEXT),
    (N_("优先级"), Kind.TEXT),
    (N_("状态"), Kind.TEXT),
    (N_("房号"), Kind.TEXT),
    (N_("报修人"), Kind.TEXT),
    (N_("电话"), Kind.TEXT),
    (N_("地点"), Kind.TEXT),
    (N_("内容"), Kind.TEXT),
    (N_("部门"), Kind.TEXT),
    (N_("处理人"), Kind.TEXT),
    (N_("预约时间"), Kind.MOMENT),
    (N_("应完成时间"), Kind.MOMENT),
    (N_("完成时间"), Kind.MOMENT),
    (N_("结果"), Kind.TEXT),
    (N_("处理说明"), Kind.TEXT),
    (N_("评价"), Kind.TEXT),
    (N_("升级"), Kind.WHOLE),
    (N_("重开次数"), Kind.WHOLE),
)
CALLBACK_COLUMNS: tuple[Column, ...] = (
    (N_("回访种类"), Kind.TEXT),
    (N_("单号"), Kind.TEXT),
    (N_("房号"), Kind.TEXT),
    (N_("受访人"), Kind.TEXT),
    (N_("电话"), Kind.TEXT),
    (N_("应回访日期"), Kind.DAY),
    (N_("状态"), Kind.TEXT),
    (N_("回访原因"), Kind.TEXT),
    (N_("暂不回访原因"), Kind.TEXT),
    (N_("暂不回访至"), Kind.DAY),
    (N_("回访时间"), Kind.MOMENT),
    (N_("回访人"), Kind.TEXT),
    (N_("方式"), Kind.TEXT),
    (N_("是否解决"), Kind.TEXT),
    (N_("满意度"), Kind.TEXT),
    (N_("意见"), Kind.TEXT),
    (N_("客户建议"), Kind.TEXT),
    (N_("备注"), Kind.TEXT),
)
