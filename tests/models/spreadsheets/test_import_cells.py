"""What people really write into the cells; each test is named after what is odd about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from models.spreadsheets.applying import ImportResult
from models.spreadsheets.plan import ImportPlan
from models.spreadsheets.reasons import word

Take = Callable[..., ImportResult]
PlanOf = Callable[..., ImportPlan]
RowsOf = Callable[[str], list[dict[str, Any]]]
MakeBook = Callable[..., Path]
Household = Callable[[], set[tuple[str, str, str, str]]]


def codes_of(result: ImportResult | ImportPlan) -> dict[int, list[str]]:
    plan = result.plan if isinstance(result, ImportResult) else result
    return {row.row: [reason.code for reason in row.reasons] for row in plan.rows if row.reasons}


def test_several_owners_in_one_cell_with_several_phones(
    make_book: MakeBook, take_in: Take, household: Household
) -> None:
    path = make_book(
        {
            "业主": [
                ["房屋编号", "业主姓名", "联系电话"],
                ["1-1-101", "张三、李四", "13900000101、13900000102"],
                ["1-1-102", "张三丰/李四光", "13900000103/13900000104"],
                ["1-1-103", "王五（租户），赵六", "13900000105\n13900000106"],
                ["1-1-104", "钱七 13900000107", None],
                ["1-1-105", "孙八；周九", "13900000108"],
                ["1-1-106", "吴十", "13900000109 0951-5023412"],
                ["1-1-107", "郑一、王二", "13900000110 13900000111 13900000112"],
                ["1-1-108", "青岛海天物业管理有限公司", "400-810-8888"],
                ["1-1-109", "欧阳 娜娜", "13900000113"],
            ]
        }
    )

    result = take_in(path)

    assert codes_of(result) == {8: ["phones-unpaired"]}
    assert household() == {
        ("1-1-101", "张三", "owner", "13900000101"),
        ("1-1-101", "李四", "owner", "13900000102"),
        ("1-1-102", "张三丰", "owner", "13900000103"),
        ("1-1-102", "李四光", "owner", "13900000104"),
        ("1-1-103", "王五", "tenant", "13900000105"),
        ("1-1-103", "赵六", "owner", "13900000106"),
        ("1-1-104", "钱七", "owner", "13900000107"),
        ("1-1-105", "孙八", "owner", "13900000108"),
        ("1-1-105", "周九", "owner", ""),
        ("1-1-106", "吴十", "owner", "13900000109/09515023412"),
        ("1-1-107", "郑一", "owner", "13900000110/13900000112"),
        ("1-1-107", "王二", "owner", "13900000111"),
        ("1-1-108", "青岛海天物业管理有限公司", "owner", "4008108888"),
        ("1-1-109", "欧阳娜娜", "owner", "13900000113"),
    }


def test_scientific_notation_is_kept_only_where_no_digit_was_lost(
    make_book: MakeBook, take_in: Take, household: Household, rows_of: RowsOf
) -> None:
    path = make_book(
        {
            "S": [
                ["楼号", "单元", "房号", "姓名", "电话", "身份证号"],
                [1, 1, 101, "甲一", "1.38E+10", None],
                [1, 1, 102, "甲二", "1.3800001234E+10", None],
                [1, 1, 103, "甲三", 13800001235.0, 632126199109162000.0],
                [1, 1, 104, "甲四", "13800001236.0", "'632126199109162056"],
            ]
        }
    )

    result = take_in(path)

    assert codes_of(result) == {2: ["digits-lost"], 4: ["digits-lost"], 5: ["id-invalid"]}
    assert {(name, phone) for _, name, _, phone in household()} == {
        ("甲一", ""),
        ("甲二", "13800001234"),
        ("甲三", "13800001235"),
        ("甲四", "13800001236"),
    }
    assert [row["id_number"] for row in rows_of("resident")] == [None, None, None, "632126199109162056"]


def test_dates_in_every_spelling(make_book: MakeBook, take_in: Take, rows_of: RowsOf) -> None:
    spellings = [
        date(2020, 1, 2), datetime.fromisoformat("2020-01-02T08:30:00"),
        43832, "43832", "20200102", 20200102.0,
        "2020/1/2",
        "2020-01-02 00:00:00", "2020.1.2", "2020年1月2日", "２０２０-０１-０２", " 2020-1-2 ",
    ]  # fmt: skip
    rows = [[1, 1, 101 + at, value] for at, value in enumerate(spellings)]
    rows += [[1, 2, 101, "明年春天"], [1, 2, 102, "2020-13-45"], [1, 2, 103, "无"]]
    result = take_in(make_book({"S": [["楼号", "单元", "房号", "交房日期"], *rows]}))

    delivered = [row["delivered_on"] for row in rows_of("room")]
    assert delivered == [date(2020, 1, 2)] * len(spellings) + [None] * 3
    first_bad = len(spellings) + 2
    assert codes_of(result) == {first_bad: ["date-unreadable"], first_bad + 1: ["date-unreadable"]}


def test_placeholders_mean_unknown_also_those_that_only_the_notes_name(
    make_book: MakeBook, take_in: Take, rows_of: RowsOf
) -> None:
    path = make_book(
        {
            "S": [
                ["楼号", "单元", "房号", "姓名", "手机号", "身份证号", None, "说明"],
                [1, 1, 101, "甲一", 18999999999, "111111111111111111", None, None],
                [1, 1, 102, "甲二", "13012345670", "110101190001011234", "手机号", "没有时固定写13012345670"],
                [1, 1, 103, "甲三", "/", "无", "身份证号", "没有时填写 110101190001011234"],
            ]
        }
    )

    result = take_in(path)

    assert codes_of(result) == {}
    assert rows_of("phone") == []
    assert [row["id_number"] for row in rows_of("resident")] == [None, None, None]


def test_codes_whose_meaning_stands_only_in_this_workbook(
    make_book: MakeBook, take_in: Take, rows_of: RowsOf
) -> None:
    path = make_book(
        {
            "房产": [
                [
                    "楼号",
                    "单元",
                    "房号",
                    "房屋状态",
                    "房屋户型（01 一室一厅 02 两室一厅）",
                    "姓名",
                    "性别",
                    "业主类型",
                    None,
                    None,
                ],
                [1, 1, 101, 1, "01", "甲一", 1, "Z", None, "房屋状态：1=空置，2=已入住，3=装修中"],
                [1, 1, 102, "2", 2, "甲二", "0", "Y", "性别", "1男 0女"],
                [1, 1, 103, 3.0, "02", "甲三", 0, "J", "业主类型", "Y 业主\nZ 租户\nJ 家属"],
                [1, 1, 104, 9, "03", None, None, None, None, None],
            ]
        }
    )

    result = take_in(path)

    assert codes_of(result) == {3: ["code-unexplained"], 5: ["word-unknown", "code-unexplained"]}
    assert [row["state"] for row in rows_of("room")] == ["vacant", "occupied", "decorating", "vacant"]
    assert [row["gender"] for row in rows_of("resident")] == ["male", "female", "female"]
    assert [row["role"] for row in rows_of("occupancy")] == ["tenant", "owner", "family"]
    assert [row["layout"] for row in rows_of("room")] == ["一室一厅", None, "两室一厅", None]


def test_a_code_that_nothing_explains_replaces_no_word(
    make_book: MakeBook, take_in: Take, rows_of: RowsOf
) -> None:
    heads = ["楼号", "单元", "房号", "户型"]
    take_in(make_book({"房": [heads, [1, 1, 101, "一室一厅"], [1, 1, 102, "A1"], [1, 1, 103, "3室2厅"]]}))

    result = take_in(make_book({"房": [heads, [1, 1, 101, 10102], [1, 1, 104, "10102"]]}, "codes.xlsx"))

    assert codes_of(result) == {2: ["code-unexplained"], 3: ["code-unexplained"]}
    assert [row.outcome for row in result.plan.rows] == ["same", "new"]
    assert "户型" in word(result.plan.rows[0].reasons[0]) and "10102" in word(result.plan.rows[0].reasons[0])
    assert [row["layout"] for row in rows_of("room")] == ["一室一厅", "A1", "3室2厅", None]


def test_words_that_look_like_codes_stay_beside_codes_of_another_build(
    make_book: MakeBook, take_in: Take, rows_of: RowsOf
) -> None:
    heads = ["车牌号", "车主", "手机号", "车类型（9901 家用小汽车 9902 客车）"]
    rows = [["京A10001", "甲一", "13900000901", "SUV"], ["京A10002", "甲二", "13900000902", 9902]]
    result = take_in(make_book({"车": [heads, *rows, ["京A10003", "甲三", "13900000903", 9909]]}))
    assert codes_of(result) == {4: ["code-unexplained"]}
    assert [row["note"] for row in rows_of("vehicle")] == ["SUV", "客车", None]


def test_a_list_of_codes_on_a_hidden_sheet(make_book: MakeBook, take_in: Take, rows_of: RowsOf) -> None:
    path = make_book(
        {
            "房": [["楼号", "房号", "房态", "物业类型"], [1, 101, "A", 10], [1, 102, "B", 20]],
            "字典": [
                ["字段", "代码", "含义"],
                ["房态", "A", "已入住"],
                [None, "B", "出租"],
                ["物业类型", 10, "住宅"],
                [None, 20, "商铺"],
            ],
        },
        hidden=["字典"],
    )

    take_in(path)

    assert [(row["state"], row["kind"]) for row in rows_of("room")] == [
        ("occupied", "home"),
        ("rented", "shop"),
    ]


def test_whole_addresses_in_one_cell(make_book: MakeBook, take_in: Take, household: Household) -> None:
    path = make_book(
        {
            "S": [
                ["房屋地址", "住户"],
                ["3-2-1502", "甲一"],
                ["3栋2单元1503室", "甲二"],
                ["三号楼二单元1504", "甲三"],
                ["3#2-1505", "甲四"],
                ["阳光花园5栋1单元101", "甲五"],
                ["没写", "甲六"],
            ]
        }
    )

    result = take_in(path)

    assert codes_of(result) == {7: ["room-code-unreadable"]}
    assert {code for code, *_ in household()} == {"3-2-1502", "3-2-1503", "3-2-1504", "3-2-1505", "5-1-101"}


def test_duplicates_within_the_file(make_book: MakeBook, take_in: Take, household: Household) -> None:
    path = make_book(
        {
            "S": [
                ["楼号", "单元", "房号", "建筑面积", "姓名", "电话"],
                [1, 1, 101, 90, "甲一", "13900000401"],
                [1, 1, 101, 90, "甲一", "13900000401"],
                [1, 1, "0101", 91, "甲一", "13900000401"],
                [1, 1, 101, 90, "甲二", "13900000402"],
                [1, 1, 102, 90, "甲一", "13900000401"],
            ]
        }
    )

    result = take_in(path)

    assert [row.effect for row in result.plan.rows] == ["new", "same", "same", "new", "new"]
    assert codes_of(result) == {3: ["repeats-row"], 4: ["contradiction", "repeats-row"]}
    assert household() == {
        ("1-1-101", "甲一", "owner", "13900000401"),
        ("1-1-101", "甲二", "owner", "13900000402"),
        ("1-1-102", "甲一", "owner", "13900000401"),
    }


def test_a_bad_row_never_stops_the_good_ones(
    make_book: MakeBook, take_in: Take, household: Household
) -> None:
    path = make_book(
        {
            "S": [
                ["楼号", "单元", "房号", "姓名"],
                [1, 1, 101, "甲一"],
                [None, None, None, None],
                [1, 1, None, "甲二"],
                [1, 1, date(2020, 3, 2), "甲三"],
                [1, None, "=1+101", "甲四"],
                [1, 1, 105, "甲五"],
                [1, 1, None, None],
            ]
        }
    )

    result = take_in(path)

    assert codes_of(result) == {
        4: ["room-blank"],
        5: ["code-became-date"],
        6: ["key-uncomputed"],
        8: ["room-missing"],
    }
    assert household() == {("1-1-101", "甲一", "owner", ""), ("1-1-105", "甲五", "owner", "")}


def test_cars_spaces_pets_and_tags_beside_the_room(
    make_book: MakeBook, take_in: Take, rows_of: RowsOf, household: Household
) -> None:
    path = make_book(
        {
            "S": [
                [
                    "楼号",
                    "单元",
                    "房号",
                    "姓名",
                    "标签",
                    "车牌",
                    "车位号",
                    "宠物",
                    "品种",
                    "免疫日期",
                    "客户级别",
                ],
                [
                    1,
                    1,
                    101,
                    "甲一",
                    "老年客户、独居",
                    "宁A12345、宁AD12345",
                    "B2-015",
                    "狗",
                    "柯基",
                    "2024-05-01",
                    "VIP",
                ],
                [1, 1, 102, "甲二", "老年客户", "没有车牌?", None, None, None, None, "一般"],
            ]
        }
    )

    result = take_in(path)

    assert codes_of(result) == {3: ["plate-unreadable"]}
    assert {row["name"] for row in rows_of("tag")} == {"老年客户", "独居"}
    assert len(rows_of("resident_tag")) == 3
    assert {row["plate_key"] for row in rows_of("vehicle")} >= {"宁A12345", "宁AD12345"}
    assert rows_of("parking_space")[0]["code"] == "B2-015"
    pet = rows_of("pet")[0]
    assert (pet["kind"], pet["breed"], pet["vaccinated_on"]) == ("狗", "柯基", date(2024, 5, 1))
    assert [row["level"] for row in rows_of("resident")] == ["key", "regular"]
    assert len(household()) == 2


def test_family_rows_under_the_owner(make_book: MakeBook, take_in: Take, household: Household) -> None:
    path = make_book(
        {
            "S": [
                ["房号", "姓名", "与业主关系", "电话"],
                ["1-1-101", "张三", "本人", "13900000701"],
                ["1-1-101", "李四", "妻", "13900000701"],
                ["1-1-101", "张小三", "子", None],
                ["1-1-102", "某某餐饮店", "商户", "13900000702"],
            ]
        }
    )
    take_in(path)
    assert household() == {
        ("1-1-101", "张三", "owner", "13900000701"),
        ("1-1-101", "李四", "family", "13900000701"),
        ("1-1-101", "张小三", "family", ""),
        ("1-1-102", "某某餐饮店", "merchant", "13900000702"),
    }
