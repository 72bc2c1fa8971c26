"""The two workbooks of a widely used system, as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.spreadsheets.applying import ImportResult
from models.spreadsheets.plan import ImportPlan

Take = Callable[..., ImportResult]
RowsOf = Callable[[str], list[dict[str, Any]]]


def test_the_flat_sheet_gives_room_owner_phone_and_meaning_of_codes(
    samples: Path, take_in: Take, rows_of: RowsOf, household: Callable[[], Any]
) -> None:
    result = take_in(samples / "rooms-flat.xlsx")

    assert [(row.row, row.outcome, row.effect) for row in result.plan.rows] == [(2, "suspect", "new")]
    assert [reason.code for reason in result.plan.rows[0].reasons] == ["code-unexplained", "id-invalid"]
    assert household() == {("1-1-1001", "吴学文", "owner", "18909711443")}
    room = rows_of("room")[0]
    assert (room["floor"], room["kind"], room["state"]) == (1, "home", "occupied")
    assert (room["building_area"], room["inside_area"]) == (9456, 9456)
    assert rows_of("building")[0]["note"] == "共 33 层，有电梯"
    resident = rows_of("resident")[0]
    assert (resident["gender"], resident["id_number"]) == ("male", "632126199109162056")
    assert resident["extras"] == {"租金": "0"}


def test_the_linked_sheets_are_joined_by_owner_number(
    samples: Path, take_in: Take, rows_of: RowsOf, household: Callable[[], Any]
) -> None:
    result = take_in(samples / "estate-linked-sheets-2020.xlsx")

    assert len(rows_of("building")) == 13
    assert len(rows_of("unit")) == 26
    assert len(rows_of("room")) == 8
    assert household() == {
        ("1-1-1011", "吴学文", "owner", ""),  # 18999999999 means unknown
        ("1-1-1012", "张三1", "owner", "18999999991"),
        ("1-1-1013", "张三2", "owner", "18999999992"),
        ("1-1-1014", "张三3", "owner", "18999999993"),
        ("1-1-1021", "张三4", "owner", "18999999994"),
    }
    reasons = {
        (row.sheet, row.row): [r.code for r in row.reasons] for row in result.plan.of_outcome("suspect")
    }
    assert reasons == {
        ("业主信息", 3): ["id-shared"],
        ("业主信息", 4): ["id-shared"],
        ("业主信息", 5): ["id-shared"],
        ("业主信息", 6): ["id-shared"],
        **{("房屋信息", row): ["code-unexplained", "owner-number-unknown"] for row in (7, 8, 9)},
    }
    space = rows_of("parking_space")[0]
    assert (space["code"], space["area"], space["kind"]) == ("C0001", "1", "ground")


def test_a_second_import_changes_nothing(
    samples: Path, take_in: Take, plan_of: Callable[..., ImportPlan]
) -> None:
    for name in ("rooms-flat.xlsx", "estate-linked-sheets-2020.xlsx"):
        take_in(samples / name)
        again = plan_of(samples / name)
        assert again.tables == {}
        assert {row.effect for row in again.rows} == {"same"}
