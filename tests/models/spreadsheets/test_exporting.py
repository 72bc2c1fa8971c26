"""What leaves as a workbook is read back with openpyxl, and comes back as "same"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from models.database import Database
from models.errors import Cancelled, DomainError
from models.spreadsheets.applying import ImportResult
from models.spreadsheets.exporting import KINDS, export_list
from models.spreadsheets.jobs import DatabaseDoor
from models.spreadsheets.plan import ImportPlan
from models.spreadsheets.progress import SILENT
from models.spreadsheets.writing import (
    ExportColumn,
    ExportSheet,
    Kind,
    export_rows,
    export_sheets,
    text_width,
)
from models.work import Actor
from resources import translations
from views.error_messages import sentences

Take = Callable[..., ImportResult]
PlanOf = Callable[..., ImportPlan]
MakeBook = Callable[..., Path]
VALID_ID = "632126199109162054"
BEIJING = timezone(timedelta(hours=8))


def _home(*words: str) -> dict[str, str]:
    """``"楼号=1 单元=2"`` → {楼号: 1, 单元: 2}."""
    return dict(word.split("=", 1) for line in words for word in line.split())


@pytest.fixture
def full(make_book: MakeBook, take_in: Take) -> None:
    """An archive with everything that imports can bring."""
    homes = [
        _home(
            "楼号=1 单元=1 房号=0101 楼层=1 房屋类型=住宅 房屋状态=已入住 建筑面积=94.56 户型=两室",
            "交房日期=2020-1-2",
            "业主编号=K1 姓名=张三 身份=业主 性别=男 电话=13900000001、0951-5023412 标签=老年客户、独居",
            "车牌=宁A12345 车品牌=大众 颜色=白 车位号=C-01 停车场=地下 宠物=狗 宠物名=豆豆",
            f"身份证号={VALID_ID} 客户级别=重要 备注=两次 会员卡=金卡 爱好=下棋",
        ),
        _home("楼号=1 单元=1 房号=0101 姓名=李四 身份=妻 性别=女 电话=13900000001"),
        _home("楼号=1 单元=1 房号=102 房屋状态=出租 业主编号=K2 姓名=王五 备注=+86前缀"),
        _home("楼号=1 单元=1 房号=102 姓名=赵六 身份=租户 电话=13900000003"),
        _home("楼号=1 单元=1 房号=102 姓名=赵七 身份=租户 起始日期=2024-01-01 截止日期=2025-12-31"),
        _home("楼号=A座 单元=2 房号=1502 房屋类型=办公 建筑面积=1200.5 姓名=青岛海天、张氏联合公司"),
        _home("楼号=5 单元=0 房号=101 房屋类型=商铺 房屋状态=待交付"),
        _home("楼号=6 单元=1 房号=101 房屋状态=空置 姓名=张三"),
    ]
    head = list(dict.fromkeys(key for home in homes for key in home))
    rows = [[home.get(key) for key in head] for home in homes]
    result = take_in(make_book({"台账": [head, *rows]}, "full.xlsx"))
    assert [row.outcome for row in result.plan.rows] == ["new"] * 8


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize(
    "kind", ["archive", "rooms", "residents", "occupancies", "vehicles", "parking", "pets"]
)
def test_what_was_exported_imports_as_the_same(
    kind: str, language: str, full: None, door: DatabaseDoor, plan_of: PlanOf, tmp_path: Path
) -> None:
    translations.use(language)
    try:
        count = export_list(door, SILENT, kind, tmp_path / "out.xlsx", masked=False)
        plan = plan_of(tmp_path / "out.xlsx")
    finally:
        translations.use("zh_CN")

    assert count == len(plan.rows) > 0
    assert [
        (row.sheet, row.row, row.outcome, row.reasons) for row in plan.rows if row.outcome != "same"
    ] == []
    assert plan.tables == {}


def test_an_exported_archive_rebuilds_an_empty_desk(
    full: None, door: DatabaseDoor, make_database: Callable[..., Database], actor: Actor, tmp_path: Path
) -> None:
    from models.spreadsheets.jobs import import_file

    export_list(door, SILENT, "archive", tmp_path / "out.xlsx", masked=False)
    other = DatabaseDoor(make_database("other.db"), actor)
    import_file(other, tmp_path / "out.xlsx")
    export_list(other, SILENT, "archive", tmp_path / "again.xlsx", masked=False)

    def content(path: Path) -> dict[str, list[Any]]:
        book = openpyxl.load_workbook(path)
        return {
            sheet.title: sorted(
                tuple(cell for cell, head in zip(row, heads, strict=True) if head != "住户系统号")
                for row in sheet.iter_rows(min_row=2, values_only=True)
            )
            if (heads := [cell.value for cell in sheet[1]])
            else []
            for sheet in (book[name] for name in ("楼栋单元", "房屋", "车辆", "车位", "宠物"))
        } | {"住户": sorted(str(row[1:8]) for row in book["住户"].iter_rows(values_only=True))}

    assert content(tmp_path / "again.xlsx") == content(tmp_path / "out.xlsx")


def test_text_stays_text_and_formulas_stay_asleep(tmp_path: Path) -> None:
    columns = [ExportColumn("房号"), ExportColumn("电话"), ExportColumn("备注")]
    evil = [
        "=HYPERLINK(1)",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "a\x00b\x0bc",
        "<&>\"'",
        "喆堃婳𬭎",
        "x" * 40_000,
    ]
    rows = [["0803", "013900000001", text] for text in evil]
    export_rows(columns, rows, tmp_path / "a.xlsx")

    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    cells = list(sheet.iter_rows(min_row=2))
    assert [[cell.data_type for cell in row] for row in cells] == [["s"] * 3] * len(evil)
    assert {cell.number_format for row in cells for cell in row} == {"@"}
    assert [row[0].value for row in cells] == ["0803"] * len(evil)
    assert [row[2].value for row in cells][:4] == evil[:4]
    assert [row[2].quotePrefix for row in cells][:6] == [True, True, True, True, True, False]
    assert [row[2].value for row in cells][5:8] == ["abc", "<&>\"'", "喆堃婳𬭎"]
    assert len(str(cells[8][2].value)) == 32_767


def test_widths_fit_header_is_frozen_filter_is_on(tmp_path: Path) -> None:
    columns = [
        ExportColumn("短"),
        ExportColumn("长文字"),
        ExportColumn("面积", Kind.AREA),
        ExportColumn("特长"),
    ]
    rows = [["a", "阳光花园三号楼二单元", 9456, "字" * 500]] * 600 + [["abcdefghijklmno", "x", None, None]]
    export_rows(columns, rows, tmp_path / "a.xlsx", title="房屋[1]/甲")

    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    widths = [sheet.column_dimensions[letters].width for letters in "ABCD"]
    assert widths == [pytest.approx(16.7), pytest.approx(21.7), pytest.approx(10.7), pytest.approx(60.7)]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:D602"
    assert sheet.dimensions == "A1:D602"
    assert sheet.title == "房屋 1  甲"
    assert sheet["A1"].font.bold
    assert sheet["C2"].value == 94.56
    assert text_width("甲a\n乙乙乙") == 6


def test_days_moments_and_money(tmp_path: Path) -> None:
    columns = [ExportColumn(str(kind), kind) for kind in Kind]
    moment = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
    export_rows(
        columns, [["t", 3, 9456, date(2020, 2, 29), moment, 123_456]], tmp_path / "a.xlsx", zone=BEIJING
    )

    row = [cell.value for cell in openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0][2]]
    assert row == ["t", 3, 94.56, datetime(2020, 2, 29), datetime(2026, 11, 22, 0, 30), 1234.56]  # noqa: DTZ001


def test_several_sheets_and_none_at_all(tmp_path: Path) -> None:
    sheets = [ExportSheet(name, [ExportColumn("a")], [["1"]] * 3) for name in ("甲", "乙")]
    assert export_sheets([*sheets, ExportSheet("空", [ExportColumn("a")], [])], tmp_path / "a.xlsx") == 6
    book = openpyxl.load_workbook(tmp_path / "a.xlsx", read_only=True)
    assert [(name, len(list(book[name].values))) for name in book.sheetnames] == [
        ("甲", 4),
        ("乙", 4),
        ("空", 1),
    ]
    book.close()


def test_a_failed_export_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    export_rows([ExportColumn("a")], [["old"]], path)
    old = path.read_bytes()

    def broken() -> Iterator[list[str]]:
        yield ["new"]
        raise Cancelled

    with pytest.raises(Cancelled):
        export_rows([ExportColumn("a")], broken, path)
    assert path.read_bytes() == old
    assert [each.name for each in tmp_path.iterdir()] == ["a.xlsx"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="export-not-writable") as caught:
        export_rows([ExportColumn("a")], [["1"]], tmp_path / "no" / "a.xlsx")
    assert caught.value.code in sentences()


def test_phones_and_ids_are_masked_unless_asked_for(
    full: None, door: DatabaseDoor, plan_of: PlanOf, tmp_path: Path
) -> None:
    export_list(door, SILENT, "residents", tmp_path / "masked.xlsx")
    text = str([list(row) for row in openpyxl.load_workbook(tmp_path / "masked.xlsx").worksheets[0].values])
    assert "139****0001" in text
    assert "13900000001" not in text
    assert VALID_ID not in text

    plan = plan_of(tmp_path / "masked.xlsx")  # and comes back without harm
    assert plan.tables == {}
    assert {reason.code for row in plan.rows for reason in row.reasons} == {"value-masked"}


def test_rights_and_log(
    full: None,
    door: DatabaseDoor,
    database: Database,
    clerk: Actor,
    rows_of: Callable[[str], Any],
    tmp_path: Path,
) -> None:
    with pytest.raises(DomainError, match="right-missing"):
        export_list(DatabaseDoor(database, clerk), SILENT, "rooms", tmp_path / "a.xlsx")
    assert not (tmp_path / "a.xlsx").exists()
    with pytest.raises(DomainError, match="export-kind-unknown"):
        export_list(door, SILENT, "everything", tmp_path / "a.xlsx")

    export_list(door, SILENT, "residents", tmp_path / "a.xlsx", masked=False)
    log = [row for row in rows_of("operation_log") if row["operation"] == "export"]
    assert [(row["table_name"], row["row_label"], row["changes"]) for row in log] == [
        ("residents", "a.xlsx", {"masked": False, "rows": 7})
    ]


def test_every_kind_can_be_exported_also_of_an_empty_archive_and_of_chosen_rows(
    door: DatabaseDoor, tmp_path: Path, take_in: Take, samples: Path, rows_of: Callable[[str], Any]
) -> None:
    for kind in KINDS:
        assert export_list(door, SILENT, kind, tmp_path / f"{kind}.xlsx") == 0
    take_in(samples / "estate-linked-sheets-2020.xlsx")
    chosen = [row["id"] for row in rows_of("room")][2:5]
    assert export_list(door, SILENT, "rooms", tmp_path / "rooms.xlsx", ids=chosen) == 3
    sheet = openpyxl.load_workbook(tmp_path / "rooms.xlsx").worksheets[0]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [
        "1-1-1013",
        "1-1-1014",
        "1-1-1021",
    ]
