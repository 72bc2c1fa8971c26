"""The tickets that synchronisation is measured with: the shape the peers are measured with
(`bench/peers/gen_tickets.py`: eighteen fields, about 700 bytes each as JSON), in our own ticket table.

Everything comes from one seed. Each ticket names one of 400 rooms and residents, 24 categories and 40 of the
staff, so that the indexes on them have work to do.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from models.database import Database
from models.entities import Building, Category, Department, Resident, Room, Staff, Ticket
from models.work import SYSTEM, Work
from tests.benchmarks.dataset import GIVEN, SURNAMES, identifier

SEED = 7
FIRST = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
ROOMS, CATEGORIES, STAFF = 400, 24, 40
CHUNK = 10_000
STATES = ("received", "dispatched", "in_progress", "sent_back", "completed", "archived")
CHANNELS = ("phone", "desk", "wechat", "patrol")
PLACES = (
    "厨房水槽下方", "主卧卫生间", "客厅吊灯处", "阳台推拉门", "单元门口", "地下车库B2层",
    "楼道三层转角", "电梯轿厢内", "儿童活动区", "东侧消防通道", "南门岗亭旁", "次卧空调外机",
    "入户门锁", "水表井", "弱电箱", "屋顶水箱", "垃圾投放点", "快递柜旁",
)  # fmt: skip
FAULTS = (
    "持续漏水", "有异味", "灯不亮", "无法关闭", "频繁跳闸", "异响明显", "墙皮脱落", "堵塞返水",
    "按键失灵", "网络中断", "玻璃破裂", "渗水发霉", "水压过低", "车辆占道", "刷卡无反应", "温度异常",
    "螺丝松动", "地面积水",
)  # fmt: skip
WISHES = (
    "请尽快安排师傅上门查看", "业主表示晚上七点以后在家", "已拍照留存并上传附件", "希望周末前处理完毕",
    "需要提前电话预约", "邻居也反映过同样的问题", "上次维修后再次出现", "家里有老人和孩子比较着急",
    "请维修完成后回访", "业主愿意承担材料费用", "已告知暂时关闭总阀", "建议联系原厂售后",
    "夜间影响休息", "现场已放置警示牌", "请携带梯子和备用灯管", "物业前台已初步核实",
)  # fmt: skip
RARE = tuple(chr(code) for code in range(0x4E00, 0x4E00 + 3000))
"""A little text that does not compress."""


def tickets(count: int, first: int = 0) -> Iterator[dict[str, Any]]:
    """``count`` tickets as the bulk door takes them, from the ``first`` on."""
    chance = random.Random(SEED + first)
    for number in range(first, first + count):
        yield _ticket(chance, number)


def _ticket(chance: random.Random, number: int) -> dict[str, Any]:
    pick = chance.choice
    place, fault = pick(PLACES), pick(FAULTS)
    matter = f"业主反映{place}{fault}，"
    while len(matter) < 74:
        matter += pick(WISHES) + "，"
    at = FIRST + timedelta(seconds=61 * number + chance.randrange(50))
    room = chance.randrange(ROOMS)
    return {
        "id": identifier(12, number, int(at.timestamp() * 1000)),
        "number": f"A-{at:%y%m%d}-{number % 10_000:04d}",
        "kind": "repair",
        "channel": pick(CHANNELS),
        "category_id": identifier(4, chance.randrange(CATEGORIES)),
        "priority": pick(("normal", "urgent")),
        "state": pick(STATES),
        "room_id": identifier(7, room),
        "resident_id": identifier(8, room),
        "caller_name": pick(SURNAMES) + "".join(pick(GIVEN) for _ in range(chance.randint(1, 2))),
        "caller_phone": f"1{chance.randint(3, 9)}{chance.randrange(10**9):09d}",
        "place": place,
        "matter": matter[:72] + "".join(pick(RARE) for _ in range(6)) + "。",
        "received_at": at,
        "received_by": identifier(3, chance.randrange(4)),
        "handler_id": identifier(3, chance.randrange(STAFF)),
        "task": (place + fault + "，" + pick(WISHES))[:20],
        "dispatched_at": at + timedelta(milliseconds=chance.randrange(10**8)),
        "due_at": at + timedelta(days=chance.randint(1, 7)),
        "closed_at": at + timedelta(milliseconds=chance.randrange(10**9)) if chance.random() < 0.6 else None,
        "rating": str(chance.randint(1, 5)) if chance.random() < 0.4 else None,
        "reopened_count": 1,
    }


def changes(ids: Sequence[str], count: int, round_no: int) -> dict[str, dict[str, Any]]:
    """Three fields each of ``count`` tickets, other tickets and other values every round."""
    chance = random.Random(11 + round_no)
    return {
        row_id: {
            "state": chance.choice(STATES[:3]),
            "handler_id": identifier(3, chance.randrange(STAFF)),
            "due_at": FIRST + timedelta(days=2_000 + round_no, seconds=chance.randrange(80_000)),
        }
        for row_id in chance.sample(ids, count)
    }


def add_estate(database: Database) -> None:
    """What the tickets name."""

    def add(work: Work) -> None:
        work.bulk_insert(
            Building.__table__,  # type: ignore[arg-type]
            [{"id": identifier(5, 0), "code": "1", "name": "1栋"}],
        )
        work.bulk_insert(
            Room.__table__,  # type: ignore[arg-type]
            [
                {
                    "id": identifier(7, n),
                    "building_id": identifier(5, 0),
                    "code": f"1-{n:04d}",
                    "number": str(n),
                }
                for n in range(ROOMS)
            ],
        )
        work.bulk_insert(
            Resident.__table__,  # type: ignore[arg-type]
            [{"id": identifier(8, n), "name": f"住户{n}"} for n in range(ROOMS)],
        )
        work.bulk_insert(
            Category.__table__,  # type: ignore[arg-type]
            [{"id": identifier(4, n), "name": f"类别{n}"} for n in range(CATEGORIES)],
        )
        work.bulk_insert(
            Department.__table__,  # type: ignore[arg-type]
            [{"id": identifier(2, 0), "name": "工程部", "kind": "engineering"}],
        )
        work.bulk_insert(
            Staff.__table__,  # type: ignore[arg-type]
            [
                {"id": identifier(3, n), "staff_no": f"B{n:03d}", "name": f"师傅{n}",
                 "department_id": identifier(2, 0)}
                for n in range(STAFF)
            ],
        )  # fmt: skip

    database.write(SYSTEM, add)


def add_tickets(database: Database, count: int, first: int = 0) -> None:
    """Through the bulk door, in transactions of `CHUNK` rows."""
    for start in range(first, first + count, CHUNK):
        rows = list(tickets(min(CHUNK, first + count - start), start))
        database.write(SYSTEM, _insert, rows)


def _insert(work: Work, rows: Sequence[dict[str, Any]]) -> None:
    work.bulk_insert(Ticket.__table__, rows)  # type: ignore[arg-type]


def change(database: Database, edits: dict[str, dict[str, Any]]) -> None:
    database.write(SYSTEM, _update, edits)


def _update(work: Work, edits: dict[str, dict[str, Any]]) -> None:
    work.bulk_update(Ticket.__table__, edits)  # type: ignore[arg-type]
