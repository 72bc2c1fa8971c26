"""Backups that headquarters makes by itself, and who hears of it when they fail."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sync.server import backup
from sync.server.metrics import Metrics
from sync.server.scheduled_backups import ScheduledBackups
from tests.sync.parts import HqProcess, TestHq


def test_a_backup_is_made_when_it_is_due_and_old_ones_go(hq: TestHq, site: str, tmp_path: Path) -> None:
    hour, now = 3_600_000, [1_790_000_000_000]
    folder = tmp_path / "backups"
    other = folder / "notes.txt"
    backups = ScheduledBackups(
        hq.store.database, tmp_path / "hq-blobs", folder, kept=3, now_ms=lambda: now[0]
    )
    first = backups.look()
    assert first is not None
    other.write_text("mine", encoding="utf-8")
    now[0] += 23 * hour
    assert backups.look() is None
    for _ in range(4):
        now[0] += 25 * hour
        made = backups.look()
        assert made is not None
        backup.read_through(made)
    assert len(backups.existing()) == 3
    assert not first.exists()
    assert other.exists()


def test_a_backup_of_a_day_to_come_keeps_none_of_today_from_being_made(
    hq: TestHq, site: str, tmp_path: Path
) -> None:
    """The clock was a year ahead once."""
    now = [1_820_000_000_000]
    backups = ScheduledBackups(
        hq.store.database, tmp_path / "hq-blobs", tmp_path / "backups", kept=1, now_ms=lambda: now[0]
    )
    assert backups.look() is not None
    now[0] = 1_790_000_000_000
    today = backups.look()
    assert today is not None
    assert backups.existing() == [today]
    assert backups.look() is None


def test_one_that_fails_takes_no_older_one_with_it(hq: TestHq, site: str, tmp_path: Path) -> None:
    now = [1_790_000_000_000]
    folder = tmp_path / "backups"
    backups = ScheduledBackups(
        hq.store.database, tmp_path / "hq-blobs", folder, kept=1, now_ms=lambda: now[0]
    )
    kept = backups.look()
    now[0] += 25 * 3_600_000
    hq.store.database.close()
    with hq.store.database.administering() as connection:
        connection.exec_driver_sql("ALTER TABLE building RENAME TO gone")
    with pytest.raises(Exception, match="building"):
        backups.look()
    assert backups.existing() == [kept]
    assert list(folder.iterdir()) == [kept], "and no half one either"


def test_serving_makes_them(tmp_path: Path) -> None:
    hq = HqProcess(tmp_path)
    hq.start("--backups", str(tmp_path / "backups"))
    for _ in range(100):
        if list((tmp_path / "backups").glob("*.backup")):
            break
        time.sleep(0.1)
    hq.stop()
    made = list((tmp_path / "backups").glob("*.backup"))
    assert len(made) == 1
    backup.read_through(made[0])


def test_a_folder_that_cannot_be_written_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    hq = HqProcess(tmp_path)
    for language, words in (("zh_CN", "请给 --backups 换一个能写的目录"), ("en", "Give --backups a folder")):
        said = hq.command("serve", "--port", "0", "--backups", f"{tmp_path}/file/in", "--language", language)
        assert said.returncode == 1
        assert words in said.stderr
        assert len(said.stderr.splitlines()) == 1, said.stderr


def test_one_that_fails_later_is_seen_without_a_stack(
    hq: TestHq, site: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now = [1_790_000_000_000]
    folder = tmp_path / "backups"
    backups = ScheduledBackups(hq.store.database, tmp_path / "hq-blobs", folder, now_ms=lambda: now[0])
    watched = Metrics(lambda: 0, lambda: 0, backups.health)

    def figure(name: str) -> float:
        lines = watched.text(hq.store.database, now[0]).decode().splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))

    assert backups.attempt()
    made_at = now[0]
    now[0] += 25 * 3_600_000
    folder.rename(tmp_path / "moved")
    folder.write_text("in the way", encoding="utf-8")
    failed_at = now[0]
    assert not backups.attempt()
    now[0] += 60_000
    assert not backups.attempt()
    assert backups.health.failing_since == failed_at, "since the first of them"
    assert figure("qiantai_hq_backup_failing") == 1
    told = [record for record in caplog.records if "backup failed" in record.getMessage()]
    assert [(record.levelname, record.exc_info) for record in told] == [("ERROR", None)] * 2
    assert "backups" in told[0].getMessage()
    folder.unlink()
    (tmp_path / "moved").rename(folder)
    assert backups.attempt()
    assert figure("qiantai_hq_backup_failing") == 0
    assert figure("qiantai_hq_backup_made_seconds") * 1000 == now[0] > made_at
