"""A file of every version that was ever landed is opened by this one: nothing in it is lost or changed.

`keep.py` made the files; a new version adds a folder to ``tests/data/versions``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import zstandard

from models.database import Database, check
from models.entities import Building
from models.entities.synced import synced_tables
from models.migrations import HEAD, version_of
from models.work import SYSTEM, Work
from sync.clock import Clock
from tests.sync.parts import TestHq, same, settle
from tests.sync.versions.keep import contents
from tests.sync.versions.old_versions import LANDED

KEPT = Path(__file__).parents[2] / "data" / "versions"
THE_PROGRAM_MOVES_THESE = frozenset({"local_state", "outbox"})
"""Facts and waiting changes: looked at by name below, not row by row."""


@pytest.fixture(params=sorted(folder.name for folder in KEPT.iterdir()))
def kept(request: pytest.FixtureRequest) -> Path:
    return KEPT / str(request.param)


@pytest.fixture
def file(kept: Path, tmp_path: Path) -> Path:
    path = tmp_path / "desk.db"
    path.write_bytes(zstandard.ZstdDecompressor().decompress((kept / "desk.db.zst").read_bytes()))
    return path


def expected(kept: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = json.loads((kept / "desk.json").read_text(encoding="utf-8"))
    return found


def test_every_landed_version_is_kept() -> None:
    assert {folder.name for folder in KEPT.iterdir()} == set(LANDED)


def test_opening_loses_nothing(kept: Path, file: Path) -> None:
    database = Database.open(file, None, Clock)
    found = contents(database)
    faults = check(database, full=True)
    with database.reading() as session:
        assert version_of(session.get_bind()) == HEAD  # type: ignore[arg-type]
    database.close()
    assert faults == []
    for table, rows in expected(kept).items():
        if table in THE_PROGRAM_MOVES_THESE:
            continue
        assert len(found[table]) == len(rows), table
        for before, after in zip(rows, found[table], strict=True):
            assert {name: after[name] for name in before} == before, table


def test_what_waited_still_waits_and_goes_to_headquarters(
    kept: Path, file: Path, hq: TestHq, site: str
) -> None:
    database = Database.open(file, None, Clock)
    waiting = {(one["table_name"], one["row_id"]) for one in expected(kept)["outbox"]}
    assert waiting <= {(one["table_name"], one["row_id"]) for one in contents(database)["outbox"]}
    first, second = hq.desk(site, database), hq.desk(site)
    settle(first, second)
    same(first, second)
    for table in synced_tables():
        kept_ids = {row["id"] for row in expected(kept)[table.name]}
        assert kept_ids <= {row[0] for row in second.rows(table.name)}, table.name


def test_it_is_worked_with_as_any_other(file: Path) -> None:
    database = Database.open(file, None, Clock)

    def add(work: Work) -> str:
        return str(work.add(Building(code="77", name="七十七栋")).id)

    row_id = database.write(SYSTEM, add).value
    assert row_id in {row["id"] for row in contents(database)["building"]}
    database.close()
    Database.open(file, None, Clock).close()
