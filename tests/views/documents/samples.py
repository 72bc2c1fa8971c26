"""Documents to print in the tests: usual, full, empty, and with everything too long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

from views.documents.data import CallbackLine, CallbackSheetData, MaterialLine, WorkOrderData

ZONE = timezone(timedelta(hours=8))
RARE_NAMES = "喆堃婳𬭎𠮷"
TICKET_ID = "01934f3a7b2c7d4e8f9a0b1c2d3e4f50"


def at(hour: int, minute: int) -> datetime:
    """A time of 2026-11-21 at the desk, held in UTC as everywhere."""
    return datetime(2026, 11, 21, hour, minute, tzinfo=ZONE).astimezone(UTC)


USUAL = WorkOrderData(
    ticket_id=TICKET_ID,
    number="B-261121-0042",
    site_name="幸福里服务中心",
    hotline="400-000-0000",
    received_at=at(9, 12),
    channel="来电",
    caller="吴学文",
    caller_role="业主",
    phone="18909711443",
    room_code="3-2-1502",
    address="幸福里 3 栋 2 单元 15 层 1502",
    category="工程维修 / 给排水",
    priority="紧急",
    is_pressing=True,
    matter="厨房水槽下方漏水，已蔓延到走廊，家中有老人。",
    expectation="尽快止水。",
    appointment="即刻上门",
    department="工程部",
    handler="李强",
    handler_phone="13800002207",
    task="查勘止水，更换角阀",
    contact="前台 周敏",
    contact_phone="0532-80000000",
    dispatched_at=at(9, 14),
    due_at=at(9, 57),
    charge_kind="warranty",
    warranty_note="保修期内：给排水管道 2 年至 2027-06（建设工程质量管理条例第四十条）",
    printed_by="周敏",
    printed_at=at(9, 14),
)

FULL = replace(
    USUAL,
    caller=RARE_NAMES,
    arrived_at=at(9, 33),
    completed_at=at(11, 5),
    result="fixed",
    resolution="角阀断裂，已关总阀，更换 DN15 角阀一只，试水 10 分钟无渗漏；走廊积水已由保洁清理。",
    materials=(
        MaterialLine("角阀", "DN15 全铜", 1000, "只", 3500, 3500),
        MaterialLine("生料带", "20 m", 500, "卷", 300, 150),
        MaterialLine("不锈钢编织软管", "60 cm", 2000, "根", 1800, 3600),
    ),
    labour_fen=0,
    material_fen=7250,
    total_fen=7250,
    rating="satisfied",
    callback_solved=True,
    callback_by="周敏",
    printing_no=2,
)

EMPTY = WorkOrderData(ticket_id="", number="")

LONG = replace(
    FULL,
    site_name="幸福里三期东区物业服务中心客户服务部前台（北门）" * 2,
    address="幸福里三期东区商业街与住宅混合楼 3 栋 2 单元 15 层 1502 室（靠近东侧消防通道，电梯 2 号）" * 2,
    matter="厨房水槽下方漏水，已蔓延到走廊；" * 60,
    resolution="经现场勘查，给水管接头老化断裂，已关闭总阀并更换。" * 50,
    materials=tuple(
        MaterialLine(
            f"名称很长很长的一种材料{number}", f"规格 DN{number}", number * 1500, "只", 3500, 3500 * number
        )
        for number in range(1, 24)
    ),
)

SAMPLES = {"usual": USUAL, "full": FULL, "empty": EMPTY, "long": LONG}

LINES = tuple(
    CallbackLine(
        day=date(2026, 11, 21 - number % 5),
        number=f"B-261121-{number:04}",
        room_code=f"{number % 9 + 1}-2-{1500 + number}",
        interviewee=("吴学文", "欧阳静", "尉迟恭", RARE_NAMES)[number % 4],
        phone="18909711443",
        content=("厨房水槽漏水是否修好？是否复漏？", "入户门锁更换后使用是否正常，是否清理现场。")[
            number % 2
        ],
        kind="办结回访",
        handled="更换角阀",
        handler="李强",
    )
    for number in range(23)
)

SHEET = CallbackSheetData(
    sheet_id="01934f3a7b2c7d4e8f9a0b1c2d3e4f51",
    sheet_no="H-261121-003",
    site_name="幸福里服务中心",
    hotline="400-000-0000",
    lines=LINES,
    coordinator="郑岚",
    printed_by="周敏",
    printed_at=at(9, 14),
)
