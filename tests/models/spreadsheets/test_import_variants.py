"""Workbooks as people really send them; each test is named after what is odd about one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from models.spreadsheets.applying import ImportResult
from models.spreadsheets.jobs import DatabaseDoor, open_workbook
from models.spreadsheets.mapping import save_mapping
from models.spreadsheets.plan import ImportPlan
from models.spreadsheets.progress import SILENT

Take = Callable[..., ImportResult]
PlanOf = Callable[..., ImportPlan]
RowsOf = Callable[[str], list[dict[str, Any]]]
MakeBook = Callable[..., Path]
Household = Callable[[], set[tuple[str, str, str, str]]]


def codes_of(result: ImportResult | ImportPlan) -> dict[int, list[str]]:
    plan = result.plan if isinstance(result, ImportResult) else result
    return {row.row: [reason.code for reason in row.reasons] for row in plan.rows if row.reasons}


def test_title_rows_other_order_and_synonyms(
    make_book: MakeBook, take_in: Take, household: Household, rows_of: RowsOf
) -> None:
    path = make_book(
        {
            "Sheet1": [
                ["阳光花园二期业主资料一览表"],
                ["制表日期：2024-03-01", None, None, "制表人：小李"],
                [],
                [
                    "序号",
                    "手机号码*",
                    "户主姓名",
                    "房 号",
                    "单元号",
                    "栋号",
                    "套内面积(㎡)",
                    "建面（m2）",
                    "入住时间",
                    "备注",
                ],
                [
                    1,
                    "139 1234 5678",
                    "王芳 ",
                    "0803",
                    "1单元",
                    "11栋",
                    "88.5㎡",
                    101.336,
                    "2019.5.1",
                    "常出差",
                ],
                [2, 13912345679.0, "张　三", 1502.0, 2.0, 3.0, None, "120", 43831, None],
                [None] * 10,
                ["合计", None, None, None, None, None, 88.5, 221.34],
            ]
        },
        merges={"Sheet1": ["A1:J1"]},
    )

    result = take_in(path)

    assert codes_of(result) == {}
    assert household() == {
        ("11-1-0803", "王芳", "owner", "13912345678"),
        ("3-2-1502", "张三", "owner", "13912345679"),
    }
    rooms = {row["code"]: row for row in rows_of("room")}
    assert rooms["11-1-0803"]["building_area"] == 10134
    assert rooms["11-1-0803"]["inside_area"] == 8850
    assert rooms["11-1-0803"]["moved_in_on"] == date(2019, 5, 1)
    assert rooms["3-2-1502"]["moved_in_on"] == date(2020, 1, 1)


def test_two_header_rows_with_merged_groups_name_owner_and_tenant(
    make_book: MakeBook, take_in: Take, household: Household, rows_of: RowsOf
) -> None:
    path = make_book(
        {
            "台账": [
                ["房屋信息", None, None, "业主信息", None, None, "租户信息", None, None],
                ["楼号", "单元", "房号", "姓名", "电话", "身份证", "姓名", "电话", "到期日期"],
                ["A座", 1, 101, "王芳", "13912345678", None, "赵六", "13700001111", "20251231"],
                ["A座", 1, 102, "李明", "13912345679", None, None, None, None],
            ]
        },
        merges={"台账": ["A1:C1", "D1:F1", "G1:I1"]},
    )

    result = take_in(path)

    assert codes_of(result) == {}
    assert household() == {
        ("A-1-101", "王芳", "owner", "13912345678"),
        ("A-1-101", "赵六", "tenant", "13700001111"),
        ("A-1-102", "李明", "owner", "13912345679"),
    }
    assert [row["to_on"] for row in rows_of("occupancy") if row["role"] == "tenant"] == [date(2025, 12, 31)]
    assert rows_of("building")[0]["name"] == "A座"


def test_merged_building_cells_and_buildings_written_once(
    make_book: MakeBook, take_in: Take, household: Household
) -> None:
    rows: list[list[object]] = [["楼栋", "单元", "房间号", "业主"]]
    rows += [
        ["1号楼", 1, 101, "甲一"],
        [None, None, 102, "甲二"],
        [None, 2, 101, "甲三"],
        ["2号楼", 1, 101, "乙一"],
    ]
    merged = make_book({"合并": rows}, merges={"合并": ["A2:A4", "B2:B3"]})

    result = take_in(merged)

    assert codes_of(result) == {}
    expected = {
        ("1-1-101", "甲一", "owner", ""),
        ("1-1-102", "甲二", "owner", ""),
        ("1-2-101", "甲三", "owner", ""),
        ("2-1-101", "乙一", "owner", ""),
    }
    assert household() == expected

    blank = make_book({"留空": rows}, "blank.xlsx")
    again = take_in(blank)
    assert codes_of(again) == {3: ["building-carried"], 4: ["building-carried"]}
    assert household() == expected


def test_hidden_sheets_stay_out_until_asked_for(
    make_book: MakeBook, plan_of: PlanOf, door: DatabaseDoor
) -> None:
    path = make_book({"新": [["楼号", "房号"], [1, 101]], "旧": [["楼号", "房号"], [1, 999]]}, hidden=["旧"])
    workbook, mapping = open_workbook(door, SILENT, path)

    assert [(of.sheet, of.is_used) for of in mapping.sheets] == [("新", True), ("旧", False)]
    assert [row.summary for row in plan_of(path).rows] == ["1-0-101"]
    assert mapping.with_sheet("旧", is_used=True).sheets[1].is_used
    assert workbook.sheet("旧").is_hidden


def test_headers_in_another_language_by_a_saved_mapping(
    make_book: MakeBook, door: DatabaseDoor, take_in: Take, plan_of: PlanOf, household: Household
) -> None:
    heads = ["Toà nhà", "Cửa", "Căn hộ", "Chủ hộ", "Điện thoại"]
    first = make_book({"Danh sách": [heads, ["1", "2", "1502", "阮文", "13900000201"]]}, "a.xlsx")
    workbook, mapping = open_workbook(door, SILENT, first)
    assert mapping.sheets == ()  # nothing is recognised
    from models.spreadsheets.mapping import with_header_row

    mapping = with_header_row(workbook, mapping, "Danh sách", 1)
    fields = ["building.code", "unit.code", "room.number", "resident.name", "phone.number"]
    for column, field in enumerate(fields):
        mapping = mapping.with_column("Danh sách", column, field=field)
    door.write(save_mapping, "越南语", mapping)

    shuffled = [heads[4], "Ghi chú", heads[0], heads[3], heads[2], heads[1]]
    second = make_book({"Tháng 5": [["Bảng"], shuffled, ["13900000202", "x", 1, "黎氏", 1503, 2]]}, "b.xlsx")
    take_in(first, mapping_name="越南语")
    take_in(second, mapping_name="越南语")

    assert household() == {
        ("1-2-1502", "阮文", "owner", "13900000201"),
        ("1-2-1503", "黎氏", "owner", "13900000202"),
    }


def test_english_headers(make_book: MakeBook, take_in: Take, household: Household) -> None:
    path = make_book(
        {
            "Residents": [
                ["Name", "Mobile", "Building", "Unit", "Room", "Role"],
                ["John Smith", "13900000301", "B", 1, 1201, "tenant"],
            ]
        }
    )
    take_in(path)
    assert household() == {("B-1-1201", "John Smith", "tenant", "13900000301")}


def test_unit_column_missing_finds_the_room_that_the_archive_has(
    make_book: MakeBook, take_in: Take, household: Household, rows_of: RowsOf
) -> None:
    take_in(
        make_book({"S": [["楼号", "单元", "房号"], [3, 2, 1502], [3, 1, 801], [3, 2, 801]]}, "rooms.xlsx")
    )
    result = take_in(
        make_book({"S": [["楼号", "房号", "姓名"], [3, 1502, "甲一"], [3, 2001, "甲二"]]}, "people.xlsx")
    )

    assert codes_of(result) == {2: ["unit-guessed"]}
    assert household() == {("3-2-1502", "甲一", "owner", ""), ("3-0-2001", "甲二", "owner", "")}
    assert len(rows_of("room")) == 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_in_the_encodings_people_save(
    encoding: str, tmp_path: Path, take_in: Take, household: Household
) -> None:
    path = tmp_path / "导出.csv"
    text = '楼号,单元,房号,姓名,电话,备注\r\n1,2,1502,王喆,13900000501,"逗号, 引号""\n换行"\r\n'
    text += "1,2,1503,李四,1.39E+10,\r\n"
    path.write_bytes(text.encode(encoding))

    result = take_in(path)

    assert codes_of(result) == {3: ["digits-lost"]}
    assert household() == {("1-2-1502", "王喆", "owner", "13900000501"), ("1-2-1503", "李四", "owner", "")}


def test_tab_separated_text(tmp_path: Path, take_in: Take, household: Household) -> None:
    path = tmp_path / "a.txt"
    path.write_text("楼号\t房号\t姓名\n1\t101\t甲一\n", encoding="utf-8")
    take_in(path)
    assert household() == {("1-0-101", "甲一", "owner", "")}


def test_the_old_excel_format(samples: Path, take_in: Take, household: Household, rows_of: RowsOf) -> None:
    result = take_in(samples / "old-excel.xls")

    assert codes_of(result) == {}
    assert household() == {
        ("1-1-101", "王芳", "owner", "13912345678"),
        ("2-2-1502", "李明", "owner", "13912345679"),
    }
    assert [row["delivered_on"] for row in rows_of("room")] == [date(2020, 1, 2), date(2020, 1, 3)]


def test_sheets_joined_by_a_room_key_and_by_name(
    make_book: MakeBook, take_in: Take, household: Household, rows_of: RowsOf
) -> None:
    path = make_book(
        {
            "车辆": [["车牌号", "品牌", "颜色", "车主"], ["宁A·12345", "大众", "白", "李四"]],
            "收房": [
                ["房屋ID", "业主姓名", "手机"],
                ["R-77", "张三", "13900000601"],
                ["R-78", "李四", "13900000602"],
                ["R-99", "王五", None],
            ],
            "房屋": [["房屋ID", "楼栋", "单元", "房号"], ["R-77", 1, 1, 101], ["R-78", 1, 1, 102]],
        }
    )

    result = take_in(path)

    assert codes_of(result) == {4: ["reference-unknown"]}
    assert household() == {
        ("1-1-101", "张三", "owner", "13900000601"),
        ("1-1-102", "李四", "owner", "13900000602"),
    }
    vehicle = rows_of("vehicle")[0]
    assert (vehicle["plate_key"], vehicle["brand"], vehicle["colour"]) == ("宁A12345", "大众", "白")
    owner = {row["id"]: row["name"] for row in rows_of("resident")}[vehicle["resident_id"]]
    assert owner == "李四"


def test_rooms_that_name_their_owner_as_the_list_of_owners_does(
    make_book: MakeBook, take_in: Take, household: Household, rows_of: RowsOf
) -> None:
    path = make_book(
        {
            "房屋": [
                ["楼号", "房号", "业主"],
                [1, 101, "张三"],
                [1, 102, "张三"],
                [1, 103, "李四"],
                [1, 104, "王五"],
            ],
            "业主": [
                ["业主姓名", "手机"],
                ["张三", "13900000611"],
                ["李四", "13900000612"],
                ["李四", "13900000613"],
            ],
        }
    )

    result = take_in(path)

    assert codes_of(result) == {4: ["owner-ambiguous"]}
    assert household() >= {
        ("1-0-101", "张三", "owner", "13900000611"),
        ("1-0-102", "张三", "owner", "13900000611"),
        ("1-0-104", "王五", "owner", ""),
    }
    assert sorted(row["name"] for row in rows_of("resident")) == ["张三", "李四", "李四", "李四", "王五"]


def test_a_header_repeated_on_every_printed_page(
    make_book: MakeBook, take_in: Take, household: Household
) -> None:
    head = ["楼号", "单元", "房号", "姓名"]
    path = make_book({"S": [head, [1, 1, 101, "甲一"], head, [1, 1, 102, "甲二"], ["说明：以上为一单元"]]})
    result = take_in(path)
    assert codes_of(result) == {}
    assert len(household()) == 2


def test_a_changed_list_says_what_changes(make_book: MakeBook, take_in: Take, plan_of: PlanOf) -> None:
    head = ["楼号", "单元", "房号", "房屋状态", "业主编号", "姓名", "电话"]
    take_in(
        make_book(
            {
                "S": [
                    head,
                    [1, 1, 101, "空置", "K1", "张三", "13900000801"],
                    [1, 1, 102, "空置", "K2", "李四", None],
                ]
            }
        )
    )
    plan = plan_of(
        make_book(
            {
                "S": [
                    head,
                    [1, 1, 101, "装修中", "K1", "张三", "13900000801"],
                    [1, 1, 102, None, "K2", "李四", "13900000802"],
                    [1, 1, 101, "装修中", "K2", "完全另一人", "13900000899"],
                    [1, 1, 102, None, None, "王五", None],
                ]
            },
            "b.xlsx",
        )
    )

    assert [row.outcome for row in plan.rows] == ["changed", "new", "refused", "suspect"]
    assert plan.rows[0].changes == (("room", "state", "vacant", "decorating"),)
    assert [reason.code for reason in plan.rows[2].reasons] == ["customer-number-taken"]
    assert [reason.code for reason in plan.rows[3].reasons] == ["other-owner"]
    assert plan.tables == {"room": (0, 1), "phone": (1, 0), "resident": (1, 0), "occupancy": (1, 0)}
