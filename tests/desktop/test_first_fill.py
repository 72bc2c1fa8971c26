"""A desk that joins a large site: its people can sign in before everything is there."""

from __future__ import annotations

import shutil
from pathlib import Path

from desktop.desk import open_desk
from desktop.opening import Joining, engine_of, enrol_desk, is_unfilled, join
from desktop.paths import open_profile
from models.services import accounts
from models.work import SYSTEM
from sync.client import snapshot
from tests.benchmarks.sync_tickets import add_estate, add_tickets
from tests.sync.parts import HqProcess

SITE = "春江花园"


def count(desk: object, table: str) -> int:
    with desk.database.reading() as session:  # type: ignore[attr-defined]
        found = session.connection().exec_driver_sql(f"SELECT count(*) FROM {table}")
        return int(found.scalar_one())


def test_accounts_come_first_and_the_rest_behind_the_window(profile_template: Path, tmp_path: Path) -> None:
    folder = tmp_path / "hq"
    folder.mkdir()
    hq = HqProcess(folder)
    hq.start()
    try:
        hq.add_site(SITE)
        first = open_desk(open_profile(Path(shutil.copytree(profile_template, tmp_path / "first"))))
        add_estate(first.database)
        add_tickets(first.database, 4_000)
        enrol_desk(first, Joining(hq.url, hq.code(SITE)), SYSTEM)
        engine_of(first).run_once()
        wanted = Joining(hq.url, hq.code(SITE))
        second = join(open_profile(tmp_path / "second"), wanted, is_whole=False)
        assert second.database.read(accounts.has_accounts)
        assert not is_unfilled(second)
        assert second.database.read(snapshot.is_begun)
        assert count(second, "ticket") < 4_000
        assert engine_of(second).run_once().is_equal is True
        assert count(second, "ticket") == count(first, "ticket")
        first.close()
        second.close()
    finally:
        hq.stop()
