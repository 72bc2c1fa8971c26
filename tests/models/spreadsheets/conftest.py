"""Workbooks made on the spot, and a door to a real encrypted file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database import Database
from models.entities.synced import Base
from models.spreadsheets.applying import ImportResult
from models.spreadsheets.jobs import DatabaseDoor, import_file, open_workbook, rehearse_import
from models.spreadsheets.plan import ImportPlan
from models.spreadsheets.progress import SILENT
from models.work import Actor

DATA = Path(__file__).parents[2] / "data" / "workbooks"
MakeBook = Callable[..., Path]
Rows = Sequence[Sequence[Any]]


@pytest.fixture
def samples() -> Path:
    """The folder of kept workbooks."""
    return DATA


@pytest.fixture
def make_book(tmp_path: Path) -> MakeBook:
    """``make_book({"sheet": rows}, merges={"sheet": ["A1:C1"]}, hidden=["sheet"])`` → an .xlsx."""

    def make(
        sheets: dict[str, Rows],
        name: str = "book.xlsx",
        *,
        merges: dict[str, list[str]] | None = None,
        hidden: Sequence[str] = (),
    ) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
            for area in (merges or {}).get(title, []):
                sheet.merge_cells(area)
            if title in hidden:
                sheet.sheet_state = "hidden"
        path = tmp_path / name
        book.save(path)
        return path

    return make


@pytest.fixture
def door(database: Database, actor: Actor) -> DatabaseDoor:
    return DatabaseDoor(database, actor)


@pytest.fixture
def plan_of(door: DatabaseDoor) -> Callable[..., ImportPlan]:
    """Rehearse a file."""

    def plan(path: Path, mapping_name: str | None = None) -> ImportPlan:
        workbook, mapping = open_workbook(door, SILENT, path, mapping_name)
        return rehearse_import(door, SILENT, workbook, mapping)

    return plan


@pytest.fixture
def take_in(door: DatabaseDoor) -> Callable[..., ImportResult]:
    """Import a file."""

    def take(path: Path, **options: Any) -> ImportResult:
        return import_file(door, path, **options)

    return take


def _living(session: Session, table: str) -> list[dict[str, Any]]:
    found = Base.metadata.tables[table]
    rows = session.execute(select(found).where(found.c.deleted.is_(None)).order_by(found.c.id))
    return [dict(row) for row in rows.mappings()]


@pytest.fixture
def rows_of(database: Database) -> Callable[[str], list[dict[str, Any]]]:
    """The living rows of a table."""
    return lambda table: database.read(_living, table)


@pytest.fixture
def household(rows_of: Callable[[str], list[dict[str, Any]]]) -> Callable[[], set[tuple[str, str, str, str]]]:
    """{(room code, name, role, phones joined)} of everything in the archive."""

    def look() -> set[tuple[str, str, str, str]]:
        names = {row["id"]: row["name"] for row in rows_of("resident")}
        codes = {row["id"]: row["code"] for row in rows_of("room")}
        phones: dict[str, list[str]] = {}
        for row in rows_of("phone"):
            phones.setdefault(row["resident_id"], []).append(row["digits"])
        return {
            (
                codes[row["room_id"]],
                names[row["resident_id"]],
                row["role"],
                "/".join(phones.get(row["resident_id"], [])),
            )
            for row in rows_of("occupancy")
        }

    return look
