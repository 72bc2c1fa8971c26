"""Make the file of a desk that is kept of each version: ``PYTHONPATH=<its tree> python keep.py FOLDER``.

It holds a row in every table, synced ones and local ones, some sent and edited since. What it must hold
after any later program has opened it lies beside it (`desk.json`).
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import zstandard
from sqlalchemy import Boolean, Integer, Table

from models.database import Database
from models.entities.synced import META_FIELDS, Base, new_id, synced_tables
from models.entities.types import DayType, InstantType, JsonType
from models.work import SYSTEM, Work
from sync.clock import Clock

OWN_ENTRIES = frozenset({"local_state", "outbox", "alembic_version"})
"""Tables that the program itself fills as the rows are written."""


def a_value(column: Any, ids: dict[str, str]) -> Any:
    parent = next((key.column.table.name for key in column.foreign_keys), None)
    if parent is not None:
        return ids[parent] if parent != column.table.name else None
    if isinstance(column.type, InstantType):
        return datetime(2026, 11, 21, 9, 30, 0, 123_000, tzinfo=UTC)
    if isinstance(column.type, DayType):
        return date(2026, 11, 21)
    if isinstance(column.type, JsonType):
        return {"键": ["值", 1, None]}
    if isinstance(column.type, Boolean):
        return True
    if isinstance(column.type, Integer):
        return 1234
    return f"{column.name}喆𬭎"[: getattr(column.type, "length", None) or 99]


def a_row(table: Table, ids: dict[str, str]) -> dict[str, Any]:
    names = (column for column in table.c if column.name not in META_FIELDS)
    return {"id": ids[table.name], **{column.name: a_value(column, ids) for column in names}}


def fill(database: Database) -> None:
    ids = {table.name: new_id() for table in synced_tables()}

    def add(work: Work) -> None:
        for table in synced_tables():
            work.bulk_insert(table, [a_row(table, ids)])
        for table in Base.metadata.sorted_tables:
            if table.name in ids or table.name in OWN_ENTRIES:
                continue
            local = {column.name: a_value(column, ids) for column in table.c}
            work.session.execute(table.insert(), [local])

    def edit(work: Work) -> None:
        work.bulk_update(Base.metadata.tables["building"], {ids["building"]: {"name": "改过的楼名"}})

    database.write(SYSTEM, add)
    database.write(SYSTEM, edit)


def contents(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every declared table's rows as they lie in the file."""
    found = {}
    with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            rows = (
                session.connection().exec_driver_sql(f"SELECT * FROM {table.name} ORDER BY 1, 2").mappings()
            )
            found[table.name] = [dict(row) for row in rows]
    return found


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "desk.db"
    database = Database.create(path, None, Clock)
    fill(database)
    kept = contents(database)
    database.close()
    packed = zstandard.ZstdCompressor(level=19).compress(path.read_bytes())
    path.with_suffix(".db.zst").write_bytes(packed)
    path.unlink()
    (folder / "desk.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
