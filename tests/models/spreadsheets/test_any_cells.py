"""Whatever stands in the cells: rows may be refused, the program may not fall over, and a second import of
the same file finds nothing new."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from models.spreadsheets.applying import ImportResult
from models.spreadsheets.fields import FIELDS
from models.spreadsheets.plan import ImportPlan
from models.spreadsheets.reasons import word
from models.spreadsheets.rejects import write_rejects

WORDS = (
    "- / 、 0 1 １ 01 A A座 3栋 3-2-1502 3-2-1502-7 3#2-1502 321502 一单元 商铺 1502室 张三 张三、李四 "
    "王五(租户) 张三,李四,王五 某某公司 13900000001 1.39E+10 18999999999 0951-5023412 138****0001 "
    "13900000001/13900000004 632126199109162054 632126199109162056 111111111111111111 2020-1-2 2020年1月 "
    "20200102 99999999 男 女 男/女 已入住 2001 业主 1001 家庭成员 重要 宁A12345 宁A12345、宁B1 C-01 狗 豆豆 "
    "老年客户、独居 =1+1 #N/A ' <b> & {x} 𬭎"
)
ODD: list[Any] = [
    *WORDS.split(),
    *(None, "", " ", "　", 0, 1, 1.0, 2.5, -3, 1e300, 1e-9, True, False, 13900000002, 6.32e17, 43832),
    *("张　三", "139 0000 0003", '"', "\n", "张三\n李四", "\u200b", "x" * 3000, "喆" * 50),
    *(date(2020, 1, 2), datetime.fromisoformat("2020-01-02")),
]


@pytest.mark.parametrize("seed", range(24))
def test_any_cells(
    seed: int,
    make_book: Callable[..., Path],
    take_in: Callable[..., ImportResult],
    plan_of: Callable[..., ImportPlan],
    tmp_path: Path,
) -> None:
    chance = random.Random(seed)
    sheets = {}
    for name in chance.sample(["房屋", "业主", "车辆", "车位", "宠物", "台账"], chance.randint(1, 4)):
        fields = chance.sample(FIELDS, chance.randint(3, 16))
        heads = [chance.choice((field.label, *field.names)) for field in fields] + ["楼号", "房号", "姓名"]
        chance.shuffle(heads)
        usual = chance.choices(ODD, k=6)
        rows = [[chance.choice((*usual, *ODD)) for _ in heads] for _ in range(chance.randint(1, 40))]
        sheets[name] = [heads, *rows]
    path = make_book(sheets)

    first = take_in(path)
    for row in first.plan.rows:
        assert all(word(reason) for reason in row.reasons)
        assert row.outcome in {"new", "changed", "same", "suspect", "refused"}
    write_rejects(first.plan, tmp_path / "bad.xlsx")

    again = take_in(path)
    third = plan_of(path)
    settled = {(row.sheet, row.row): row.effect for row in third.rows if row.effect not in {"same", "none"}}
    assert settled == {}, again.plan.tables
