"""Bad rows come back in the sender's own dress, with the reason; mended, they go in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Border, Font, PatternFill, Side

from models.errors import DomainError
from models.spreadsheets.applying import ImportResult
from models.spreadsheets.plan import ImportPlan
from models.spreadsheets.rejects import Written, suspects, write_rejects

PlanOf = Callable[..., ImportPlan]
MakeBook = Callable[..., Path]


@pytest.fixture
def dressed(tmp_path: Path) -> Path:
    """A workbook with title, two header rows, colours, widths and formats; rows 5 and 7 are bad."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "业主台账"
    rows: list[list[Any]] = [
        ["阳光花园业主台账"],
        ["房屋", None, None, "业主", None],
        ["楼号", "单元", "房号", "姓名", "电话"],
        [1, 1, 101, "甲一", "13900000901"],
        [None, 1, 102, "甲二", "13900000902"],
        [1, 1, 103, "甲三", "13900000903"],
        [1, 1, None, "=甲四", "电话不详啊"],
    ]
    for row in rows:
        sheet.append(row)
    sheet["A5"].value = None
    sheet["A4"].value = None
    sheet["D7"].value = "甲四"
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("A2:C2")
    sheet.merge_cells("D2:E2")
    sheet.column_dimensions["E"].width = 23
    for at in range(1, 6):
        sheet.cell(3, at).fill = PatternFill("solid", start_color="FFFFCC00")
        sheet.cell(7, at).font = Font(name="SimSun", bold=True, color="FFFF0000")
        sheet.cell(7, at).border = Border(bottom=Side("thin"))
    sheet["E7"].number_format = "@"
    path = tmp_path / "dressed.xlsx"
    book.save(path)
    return path


def test_header_and_formatting_are_the_senders(dressed: Path, plan_of: PlanOf, tmp_path: Path) -> None:
    plan = plan_of(dressed)
    assert [(row.row, row.outcome) for row in plan.rows] == [
        (4, "refused"),
        (5, "refused"),
        (6, "new"),
        (7, "suspect"),
    ]

    assert write_rejects(plan, tmp_path / "bad.xlsx", left_out=suspects(plan)) == Written(3, 0)

    sheet = openpyxl.load_workbook(tmp_path / "bad.xlsx")["业主台账"]
    values = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert values[0][0] == "阳光花园业主台账"
    assert values[2] == ["楼号", "单元", "房号", "姓名", "电话", "未导入原因", "原行号"]
    assert values[3] == [None, 1, 101, "甲一", "13900000901", "有房号但没有楼号", 4]
    assert values[5][3:] == [
        "甲四",
        "电话不详啊",
        "“电话”的 电话不详啊 不是电话号码，未导入；没有房号，只导入了人",
        7,
    ]
    assert {str(area) for area in sheet.merged_cells.ranges} == {"A1:E1", "A2:C2", "D2:E2"}
    assert sheet["A3"].fill.start_color.rgb == "FFFFCC00"
    assert sheet["F3"].fill.start_color.rgb == "FFFFCC00"
    assert (sheet["D6"].font.name, sheet["D6"].font.bold, sheet["D6"].font.color.rgb) == (
        "SimSun",
        True,
        "FFFF0000",
    )
    assert sheet["D6"].border.bottom.style == "thin"
    assert sheet["E6"].number_format == "@"
    assert sheet.column_dimensions["E"].width == 23
    assert sheet.freeze_panes == "A4"


def test_mended_rows_import_and_our_columns_are_passed_over(
    dressed: Path,
    plan_of: PlanOf,
    take_in: Callable[..., ImportResult],
    household: Callable[[], Any],
    rows_of: Callable[[str], Any],
    tmp_path: Path,
) -> None:
    plan = plan_of(dressed)
    take_in(dressed, with_suspects=False)
    write_rejects(plan, tmp_path / "bad.xlsx", left_out=suspects(plan))
    book = openpyxl.load_workbook(tmp_path / "bad.xlsx")
    sheet = book.worksheets[0]
    sheet["A4"] = sheet["A5"] = 1
    sheet["C6"], sheet["E6"] = 104, "13900000904"
    book.save(tmp_path / "mended.xlsx")

    result = take_in(tmp_path / "mended.xlsx")

    assert [row.outcome for row in result.plan.rows] == ["new", "new", "new"]
    assert household() == {
        ("1-1-101", "甲一", "owner", "13900000901"),
        ("1-1-102", "甲二", "owner", "13900000902"),
        ("1-1-103", "甲三", "owner", "13900000903"),
        ("1-1-104", "甲四", "owner", "13900000904"),
    }
    assert [row["extras"] for row in rows_of("resident")] == [None] * 4


def test_doubtful_rows_that_went_in_are_not_called_left_out(
    dressed: Path, take_in: Callable[..., ImportResult], tmp_path: Path
) -> None:
    assert write_rejects(take_in(dressed).plan, tmp_path / "bad.xlsx") == Written(2, 1)
    book = openpyxl.load_workbook(tmp_path / "bad.xlsx")
    assert book.sheetnames == ["业主台账", "业主台账（请核对）"]
    assert [book["业主台账"].cell(row, 7).value for row in (3, 4, 5, 6)] == ["原行号", 4, 5, None]
    check = book["业主台账（请核对）"]
    assert [cell.value for cell in check[3]][5:] == ["已导入，请核对", "原行号"]
    assert [cell.value for cell in check[4]][3:] == [
        "甲四",
        "电话不详啊",
        "“电话”的 电话不详啊 不是电话号码，未导入；没有房号，只导入了人",
        7,
    ]


def test_a_checked_row_is_imported_again_without_our_column(
    dressed: Path, take_in: Callable[..., ImportResult], rows_of: Callable[[str], Any], tmp_path: Path
) -> None:
    write_rejects(take_in(dressed).plan, tmp_path / "bad.xlsx")
    book = openpyxl.load_workbook(tmp_path / "bad.xlsx")
    del book["业主台账"]
    book.worksheets[0]["C4"], book.worksheets[0]["E4"] = 104, "13900000904"
    book.save(tmp_path / "mended.xlsx")
    result = take_in(tmp_path / "mended.xlsx")
    assert [row.outcome for row in result.plan.rows] == ["new"]
    assert [row["extras"] for row in rows_of("resident")] == [None, None]


def test_no_bad_row_no_file(make_book: MakeBook, plan_of: PlanOf, tmp_path: Path) -> None:
    plan = plan_of(make_book({"S": [["楼号", "房号"], [1, 101]]}))
    assert write_rejects(plan, tmp_path / "bad.xlsx") == Written(0, 0)
    assert not (tmp_path / "bad.xlsx").exists()


def test_rejects_of_csv_and_formulas_that_stay_text(plan_of: PlanOf, tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text("楼号,房号,姓名,备注\n,101,甲一,=HYPERLINK(1)\n1,102,甲二,x\n", encoding="gb18030")
    assert write_rejects(plan_of(source), tmp_path / "bad.xlsx") == Written(1, 0)
    sheet = openpyxl.load_workbook(tmp_path / "bad.xlsx").worksheets[0]
    assert sheet["D2"].value == "=HYPERLINK(1)"
    assert (sheet["D2"].data_type, sheet["D2"].quotePrefix) == ("s", True)


def test_rejects_of_the_old_format_and_of_several_sheets(
    samples: Path, plan_of: PlanOf, tmp_path: Path
) -> None:
    plan = plan_of(samples / "estate-linked-sheets-2020.xlsx")
    assert write_rejects(plan, tmp_path / "bad.xlsx", left_out=suspects(plan)) == Written(7, 0)
    book = openpyxl.load_workbook(tmp_path / "bad.xlsx")
    assert {sheet.title: sheet.max_row - 1 for sheet in book} == {"业主信息": 4, "房屋信息": 3}
    assert book["业主信息"]["F2"].number_format == "@"


def test_a_folder_that_cannot_be_written(dressed: Path, plan_of: PlanOf, tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="export-not-writable"):
        write_rejects(plan_of(dressed), tmp_path / "none" / "bad.xlsx")
