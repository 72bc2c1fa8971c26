"""What the user corrects and saves is what the next workbook is read by."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.database import Database
from models.errors import DomainError
from models.spreadsheets.jobs import DatabaseDoor, open_workbook
from models.spreadsheets.mapping import (
    Mapping,
    delete_mapping,
    from_json,
    load_mapping,
    mapping_names,
    save_mapping,
    to_json,
    with_header_row,
)
from models.spreadsheets.plan import ImportPlan, rehearse
from models.spreadsheets.progress import SILENT
from models.work import Actor

MakeBook = Callable[..., Path]


def guess(door: DatabaseDoor, path: Path) -> Mapping:
    return open_workbook(door, SILENT, path)[1]


def test_json_there_and_back(samples: Path, door: DatabaseDoor) -> None:
    for name in ("rooms-flat.xlsx", "estate-linked-sheets-2020.xlsx"):
        mapping = guess(door, samples / name)
        again = from_json("", to_json(mapping))
        assert again == mapping
    assert mapping.sheets[0].header_row == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("sheets"),
        lambda data: data["sheets"][0]["columns"][0].update(field="room.nothing"),
        lambda data: data["sheets"][0]["columns"][0].update(slot="cousin"),
        lambda data: data["sheets"][0]["columns"][0].update(column="x"),
        lambda data: data["sheets"][0].update(header_depth=7),
        lambda data: data["sheets"][0]["columns"][0].update(codes=[]),
    ],
)
def test_a_spoilt_mapping_is_refused(spoil: Callable[[Any], Any], samples: Path, door: DatabaseDoor) -> None:
    data = to_json(guess(door, samples / "rooms-flat.xlsx"))
    spoil(data)
    with pytest.raises(DomainError, match="mapping-invalid"):
        from_json("x", data)


def test_saved_listed_replaced_deleted(samples: Path, door: DatabaseDoor) -> None:
    mapping = guess(door, samples / "rooms-flat.xlsx")
    door.write(save_mapping, " 金地 ", mapping)
    door.write(save_mapping, "金地", mapping.with_sheet("资产信息", is_used=False))

    assert door.read(mapping_names) == ("金地",)
    assert not door.read(load_mapping, "金地").sheets[0].is_used

    door.write(delete_mapping, "金地")
    assert door.read(mapping_names) == ()
    with pytest.raises(DomainError, match="mapping-missing"):
        door.read(load_mapping, "金地")
    with pytest.raises(DomainError, match="mapping-name-missing"):
        door.write(save_mapping, "  ", mapping)


def test_a_clerk_may_not_save(samples: Path, database: Database, door: DatabaseDoor, clerk: Actor) -> None:
    with pytest.raises(DomainError, match="right-missing"):
        database.write(clerk, save_mapping, "x", guess(door, samples / "rooms-flat.xlsx"))


def test_a_corrected_column_and_a_given_code_count(make_book: MakeBook, door: DatabaseDoor) -> None:
    path = make_book({"S": [["楼号", "房号", "代号", "姓名"], [1, 101, "X9", "甲一"]]})
    workbook, mapping = open_workbook(door, SILENT, path)
    assert mapping.sheets[0].columns[2].field == "resident.extras"
    mapping = mapping.with_column("S", 2, field="room.state", codes={"X9": "装修中"})
    plan = door.read(rehearse, workbook, mapping)
    assert plan.archive.items["room"][0].values["state"] == "decorating"


def test_a_mapping_of_another_workbook_does_not_fit(
    make_book: MakeBook, samples: Path, door: DatabaseDoor
) -> None:
    door.write(save_mapping, "平面", guess(door, samples / "rooms-flat.xlsx"))
    other = make_book({"S": [["Foo", "Bar"], [1, 2]]})
    with pytest.raises(DomainError, match="mapping-does-not-fit"):
        open_workbook(door, SILENT, other, "平面")


def test_new_columns_keep_the_guess_under_a_saved_mapping(
    make_book: MakeBook, door: DatabaseDoor, plan_of: Callable[..., ImportPlan]
) -> None:
    first = make_book({"S": [["楼号", "房号", "谁"], [1, 101, "甲一"]]}, "a.xlsx")
    door.write(save_mapping, "谁", guess(door, first).with_column("S", 2, field="resident.name"))
    second = make_book({"别的": [["电话", "谁", "楼号", "房号"], ["13900000999", "甲二", 1, 102]]}, "b.xlsx")
    plan = plan_of(second, "谁")
    assert [item.values["name"] for item in plan.archive.items["resident"]] == ["甲二"]
    assert [item.values["digits"] for item in plan.archive.items["phone"]] == ["13900000999"]


def test_pointing_at_the_header(make_book: MakeBook, door: DatabaseDoor) -> None:
    rows = [["x", "y"], ["a", "b"], ["楼号", "房号"], [1, 101]]
    path = make_book({"S": rows})
    workbook, mapping = open_workbook(door, SILENT, path)
    assert mapping.sheets[0].header_row == 3
    moved = with_header_row(workbook, mapping, "S", 2)
    assert [(each.header, each.field) for each in moved.sheets[0].columns] == [("a", ""), ("b", "")]


def test_a_sheet_without_any_header_by_columns_alone(make_book: MakeBook, door: DatabaseDoor) -> None:
    from models.spreadsheets.mapping import ColumnMapping, SheetMapping

    path = make_book({"S": [[1, 101, "甲一"], [1, 102, "甲二"]]})
    workbook, mapping = open_workbook(door, SILENT, path)
    assert mapping.sheets == ()
    fields = ("building.code", "room.number", "resident.name")
    columns = tuple(ColumnMapping(at, "", field) for at, field in enumerate(fields))
    plan = door.read(rehearse, workbook, Mapping((SheetMapping("S", 0, 1, columns),)))
    assert [row.summary for row in plan.rows] == ["1-0-101 甲一", "1-0-102 甲二"]
