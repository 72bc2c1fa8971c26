"""50,000 rows in and out, on an encrypted file with the search index, beside the floors of the same run.

Floors: calamine's read alone (import), a plain ``executemany`` of the same rows into a bare table (what goes
in), openpyxl's write-only writer over lxml alone (export).
"""

from __future__ import annotations

import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
from python_calamine import CalamineWorkbook
from sqlcipher3 import dbapi2

from models.database import Database
from models.rules import personal_data
from models.search import index
from models.spreadsheets.applying import ImportResult
from models.spreadsheets.exporting import export_list
from models.spreadsheets.jobs import DatabaseDoor, carry_out, open_workbook, rehearse_import, undo
from models.spreadsheets.plan import ImportPlan
from models.spreadsheets.progress import SILENT
from models.spreadsheets.writing import ExportColumn, Kind, export_rows
from models.work import SYSTEM
from sync.clock import Clock
from tests.benchmarks.measure import Report

ROWS = 50_000
IMPORT_SECONDS = 10.0
EXPORT_SECONDS = 7.0
MEGABYTES = 60.0
HEADS = (
    *("楼号", "单元", "房间", "楼层", "总层数", "是否有电梯", "房屋类型", "房屋户型", "建筑面积", "室内面积"),
    *("租金", "房屋状态", "业主名称", "性别", "手机号", "身份证号", "业主类型", "交房日期"),
)
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国文博"


def rows(count: int) -> Iterator[tuple[Any, ...]]:
    """Rows of the flat kind: codes for words, numbers for texts; every one a home of its own."""
    chance = random.Random(7)
    for at in range(count):
        building, rest = divmod(at, 264)
        unit, rest = divmod(rest, 132)
        floor, place = divmod(rest, 4)
        name = chance.choice(_SURNAMES) + "".join(chance.choices(_GIVEN, k=chance.choice((1, 2, 2))))
        area = round(chance.uniform(60, 180), 2)
        place_of_home = (building + 1, unit + 1, (floor + 1) * 100 + place + 1, floor + 1, 33, "有")
        about_home = (110, 10102, area, round(area * 0.8, 2), 0, chance.choice((2001, 2003, 2009)))
        phone = 13_000_000_000 + at * 17_003 % 999_999_999
        owner = (name, chance.choice("男女"), phone, _identity(chance, at), 1001)
        yield (*place_of_home, *about_home, *owner, 43_000 + at % 2_000)


def _identity(chance: random.Random, at: int) -> str:
    born = f"{chance.randint(1950, 2004)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
    start = f"632126{born}{at % 1000:03}"
    return next(start + last for last in "0123456789X" if personal_data.has_valid_check_digit(start + last))


def make_workbook(path: Path, count: int) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("资产信息")
    sheet.append(list(HEADS))
    for row in rows(count):
        sheet.append(list(row))
    book.save(path)


def run(report: Report) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _run(report, Path(folder))


def _run(report: Report, folder: Path) -> None:
    path = folder / "estate.xlsx"
    make_workbook(path, ROWS)
    database = Database.create(folder / "desk.db", bytes(range(32)), Clock)
    index.install(database)
    door = DatabaseDoor(database, SYSTEM)
    try:
        result = _import(report, door, path, folder)
        _export(report, door, folder)
        again, seconds = _timed(lambda: rehearse_import(door, SILENT, *open_workbook(door, SILENT, path)))
        report.add("import again: rehearsal, nothing to do", f"{seconds:.1f} s", passed=again.is_empty)
        taken, seconds = _timed(lambda: undo(door, SILENT, str(result.batch_id)))
        report.add(f"take back {taken.removed:,} rows", f"{seconds:.1f} s", passed=not taken.kept)
    finally:
        database.close()


def _import(report: Report, door: DatabaseDoor, path: Path, folder: Path) -> ImportResult:
    _, read = _timed(lambda: CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python())
    before = _peak()
    result: ImportResult
    (workbook, mapping), opened = _timed(lambda: open_workbook(door, SILENT, path))
    plan, planned = _timed(lambda: rehearse_import(door, SILENT, workbook, mapping))
    result, applied = _timed(lambda: carry_out(door, SILENT, plan))
    grown = _peak() - before
    plain = _plain_inserts(plan, folder / "plain.db")
    floor = f"read {read:.1f} + insert {plain:.1f} s"
    total = opened + planned + applied
    report.at_most(f"import {ROWS:,} rows, end to end", total, IMPORT_SECONDS, "s", floor=floor)
    report.add("  read with all guards", f"{opened:.1f} s = {opened / read:.1f} ×", floor=f"{read:.2f} s")
    report.add("  rehearse", f"{planned:.1f} s")
    report.add(
        f"  apply {result.written:,} rows with search index",
        f"{applied:.1f} s = {applied / plain:.1f} ×",
        floor=f"{plain:.2f} s",
    )
    report.add("  memory over what was there", f"{grown:.0f} MB")
    return result


def _plain_inserts(plan: ImportPlan, path: Path) -> float:
    """Seconds to put the same values into bare tables by executemany, one transaction."""
    connection = dbapi2.connect(str(path), isolation_level=None)
    total = 0.0
    for name, items in plan.archive.items.items():
        if not items:
            continue
        columns = [*items[0].values]
        quoted = ", ".join(f'"{column}"' for column in columns)
        connection.execute(f"CREATE TABLE {name} (id TEXT PRIMARY KEY, {quoted})")
        values = [
            (item.id, *(None if value is None else str(value) for value in item.values.values()))
            for item in items
        ]
        started = time.perf_counter()
        connection.execute("BEGIN")
        connection.executemany(f"INSERT INTO {name} VALUES ({','.join('?' * (len(columns) + 1))})", values)
        connection.execute("COMMIT")
        total += time.perf_counter() - started
    connection.close()
    return total


def _export(report: Report, door: DatabaseDoor, folder: Path) -> None:
    wide = [ExportColumn(head, Kind.TEXT) for head in HEADS]
    values = [[str(value) for value in row] for row in rows(ROWS)]
    _, floor = _timed(lambda: _write_only(values, folder / "floor.xlsx"))
    before = _peak()
    _, seconds = _timed(lambda: export_rows(wide, values, folder / "rows.xlsx"))
    report.ratio(f"export {ROWS:,} rows, styled, writing alone", seconds, floor, 2.0, "s")
    for kind in ("occupancies", "residents", "rooms"):
        count, seconds = _timed(
            lambda kind=kind: export_list(door, SILENT, kind, folder / f"{kind}.xlsx", masked=False)  # type: ignore[misc]
        )
        report.at_most(f"export {kind}, {count:,} rows, from the archive", seconds, EXPORT_SECONDS, "s")
    report.at_most("  memory over what was there", _peak() - before, MEGABYTES, "MB")


def _write_only(values: list[list[str]], path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(list(HEADS))
    for row in values:
        sheet.append(row)
    book.save(path)


def _timed(job: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    value = job()
    return value, time.perf_counter() - started


def _peak() -> float:
    """The process's highest memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
