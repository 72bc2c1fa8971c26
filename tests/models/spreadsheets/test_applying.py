"""An import goes in whole or not at all, and comes out whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.database import Database
from models.entities.place import Room
from models.entities.resident import Resident
from models.errors import Cancelled, DomainError
from models.spreadsheets.applying import ImportResult, apply, imports, take_back
from models.spreadsheets.jobs import DatabaseDoor
from models.spreadsheets.plan import ImportPlan
from models.work import Actor, Work

Take = Callable[..., ImportResult]
PlanOf = Callable[..., ImportPlan]
RowsOf = Callable[[str], list[dict[str, Any]]]
MakeBook = Callable[..., Path]
HEAD = ["楼号", "单元", "房号", "房屋状态", "业主编号", "姓名", "电话"]
TABLES = ("building", "unit", "room", "resident", "phone", "occupancy")


class StopAt:
    """Presses Cancel at the n-th look."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def step(self, done: int, total: int, text: str = "") -> None:
        pass

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled


def homes(count: int) -> list[list[object]]:
    rooms = ([1, 1, 101 + at, "空置", f"K{at}", f"甲{at}", f"139{at:08}"] for at in range(count))
    return [[*HEAD], *rooms]


def outbox(database: Database) -> int:
    with database.reading() as session:
        return int(session.connection().exec_driver_sql("SELECT count(*) FROM outbox").scalar_one())


def test_every_row_is_stamped_and_queued_for_headquarters(
    make_book: MakeBook, take_in: Take, database: Database, rows_of: RowsOf
) -> None:
    before = outbox(database)
    result = take_in(make_book({"S": homes(30)}))

    assert outbox(database) - before == result.written + 1  # and the log entry
    assert all(row["stamp"] > 0 and row["site_id"] == database.identity.site_id for row in rows_of("room"))
    log = [row for row in rows_of("operation_log") if row["operation"] == "import"]
    assert [row["changes"] for row in log] == [
        '{"changed":0,"new":30,"refused":0,"same":0,"suspect":0}'
    ] or log[0]["changes"] == {"new": 30, "changed": 0, "same": 0, "suspect": 0, "refused": 0}


@pytest.mark.parametrize("looks", range(7))
def test_cancel_leaves_nothing_half_done(
    looks: int, make_book: MakeBook, plan_of: PlanOf, door: DatabaseDoor, rows_of: RowsOf
) -> None:
    plan = plan_of(make_book({"S": homes(40)}))

    with pytest.raises(Cancelled):
        door.write(apply, plan, progress=StopAt(looks))

    assert all(rows_of(name) == [] for name in TABLES)
    assert door.read(imports) == ()


def test_a_crash_in_the_middle_leaves_nothing(
    make_book: MakeBook, plan_of: PlanOf, door: DatabaseDoor, rows_of: RowsOf
) -> None:
    plan = plan_of(make_book({"S": homes(5)}))
    plan.archive.items["phone"][3].values["resident_id"] = "0" * 32  # nobody: the foreign key refuses

    with pytest.raises(Exception, match="FOREIGN KEY"):
        door.write(apply, plan)

    assert all(rows_of(name) == [] for name in TABLES)


def test_a_clerk_may_not_import(
    make_book: MakeBook, plan_of: PlanOf, database: Database, clerk: Actor
) -> None:
    plan = plan_of(make_book({"S": homes(1)}))
    with pytest.raises(DomainError, match="right-missing"):
        database.write(clerk, apply, plan)


def test_suspect_rows_can_be_left_out(
    make_book: MakeBook, plan_of: PlanOf, door: DatabaseDoor, rows_of: RowsOf
) -> None:
    path = make_book({"S": [*homes(2), [1, 1, 201, "???", None, "乙", None]]})
    plan = plan_of(path)
    assert plan.counts == {"new": 2, "changed": 0, "same": 0, "suspect": 1, "refused": 0}

    result = door.write(apply, plan, with_suspects=False)

    assert result.plan.counts["new"] == 2
    assert {row["name"] for row in rows_of("resident")} == {"甲0", "甲1"}


def test_a_plan_made_before_somebody_else_wrote_is_made_again(
    make_book: MakeBook, plan_of: PlanOf, door: DatabaseDoor, take_in: Take, rows_of: RowsOf
) -> None:
    path = make_book({"S": homes(3)})
    plan = plan_of(path)
    take_in(path)

    result = door.write(apply, plan)

    assert result.written == 0
    assert result.plan.counts["same"] == 3
    assert len(rows_of("room")) == 3


def test_an_import_is_taken_back_whole(
    make_book: MakeBook, take_in: Take, door: DatabaseDoor, rows_of: RowsOf
) -> None:
    take_in(make_book({"S": homes(3)}))
    before = {name: [_plain(row) for row in rows_of(name)] for name in TABLES}
    changed = homes(5)
    changed[1][3] = "装修中"
    changed[2][6] = "13712345678"
    second = take_in(make_book({"S": changed}, "second.xlsx"))
    assert second.plan.tables["room"] == (2, 1)

    undone = door.write(take_back, str(second.batch_id))

    assert undone.kept == ()
    assert (undone.removed, undone.restored) == (9, 1)
    assert {name: [_plain(row) for row in rows_of(name)] for name in TABLES} == before
    assert [each.state for each in door.read(imports)] == ["taken_back", "applied"]
    with pytest.raises(DomainError, match="import-taken-back"):
        door.write(take_back, str(second.batch_id))


def test_what_was_edited_or_used_since_stays_and_is_told(
    make_book: MakeBook, take_in: Take, door: DatabaseDoor, rows_of: RowsOf
) -> None:
    first = take_in(make_book({"S": homes(4)}))
    changed = homes(4)
    changed[1][3] = "装修中"
    changed[2][3] = "装修中"
    second = take_in(make_book({"S": changed}, "second.xlsx"))
    rooms = {row["number"]: row["id"] for row in rows_of("room")}
    people = {row["name"]: row["id"] for row in rows_of("resident")}
    door.write(_edit, Room, rooms["101"], state="occupied")
    door.write(_edit, Resident, people["甲3"], note="认识")

    back = door.write(take_back, str(second.batch_id))
    assert [(kept.table, kept.label, kept.why) for kept in back.kept] == [("room", "1-1-101", "edited")]
    assert {row["number"]: row["state"] for row in rows_of("room")}["102"] == "vacant"

    back = door.write(take_back, str(first.batch_id))
    kept = {(row.table, row.label, row.why) for row in back.kept}
    assert ("resident", "甲3", "edited") in kept
    assert ("room", "1-1-101", "edited") in kept
    assert ("building", "1", "in-use") in kept
    assert ("unit", "1", "in-use") in kept
    assert {row["number"] for row in rows_of("room")} == {"101"}  # undoing the second import was no edit
    assert {row["name"] for row in rows_of("resident")} == {"甲3"}
    assert rows_of("phone") == []


def test_nothing_to_do_makes_no_batch(make_book: MakeBook, take_in: Take, door: DatabaseDoor) -> None:
    path = make_book({"S": homes(2)})
    take_in(path)
    assert take_in(path).batch_id is None
    assert len(door.read(imports)) == 1


def _edit(work: Work, kind: Any, row_id: str, **values: Any) -> None:
    row = work.get(kind, row_id)
    for name, value in values.items():
        setattr(row, name, value)
    work.session.flush()


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "field_stamps"}


class Heard:
    """Keeps what an import says while it runs."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def step(self, _done: int, _total: int, text: str = "") -> None:
        self.words.append(text)

    def check(self) -> None:
        pass


def test_progress_is_told_in_words(make_book: MakeBook, plan_of: PlanOf, door: DatabaseDoor) -> None:
    head = ["车位号", "车牌号", "车主", "手机号"]
    plan = plan_of(make_book({"车位": [head, ["B1-001", "京A10001", "甲一", "13900000901"]]}))
    applying, undoing = Heard(), Heard()
    result = door.write(apply, plan, progress=applying)
    assert {"车位", "车辆", "住户"} <= set(applying.words)
    door.write(take_back, result.batch_id, progress=undoing)
    assert not [text for text in applying.words + undoing.words if text.isascii() and text]
