"""Backups that can be trusted: whole, verified, thinned, restored; and what a bad disk gets said."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from models.database import Database, check
from models.entities import Building, OperationLog
from models.entities.synced import new_id
from models.errors import Cancelled, DomainError
from models.services import backup
from models.services.backup_files import verify
from models.services.restore import fresh_letters, rehearse, restore
from models.work import SYSTEM, Actor, Work
from tests.conftest import KEY, DeskClock, stamps_of


def add_building(work: Work, code: str) -> None:
    work.add(Building(code=code, name=f"{code}栋"))


def add_many(work: Work, count: int) -> None:
    rows = [{"id": new_id(), "code": str(n), "name": "楼" * 200, "position": n} for n in range(count)]
    work.bulk_insert(Building.__table__, rows)  # type: ignore[arg-type]


def codes(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(session.scalars(select(Building.code)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def test_the_copy_opens_with_the_same_key_and_holds_everything(
    database: Database, actor: Actor, folder: Path, clock: DeskClock
) -> None:
    database.write(actor, add_building, "3")
    info = backup.make(database, actor, folder)
    assert info.made_at == clock()
    assert backup.list_backups(folder) == [info]
    assert sorted(path.name for path in folder.iterdir()) == [info.path.name]
    assert b"3\xe6\xa0\x8b" not in info.path.read_bytes()
    copy = Database.open(info.path, KEY, stamps_of(clock))
    try:
        assert codes(copy) == ["3"]
        assert check(copy, full=True) == []
    finally:
        copy.close()


def test_a_copy_made_while_others_write_is_one_moment(
    database: Database, actor: Actor, folder: Path, clock: DeskClock
) -> None:
    database.write(actor, add_many, 20_000)
    begun, stop = threading.Event(), threading.Event()

    def write_on() -> None:
        for number in range(10_000):
            database.write(actor, add_building, f"x{number}")
            if stop.is_set():
                return

    writer = threading.Thread(target=write_on)

    def progress(_done: int, _total: int) -> None:
        if not begun.is_set():
            begun.set()
            writer.start()

    try:
        info = backup.make(database, actor, folder, progress=progress)
    finally:
        stop.set()
        writer.join()
    copy = Database.open(info.path, KEY, stamps_of(clock))
    try:
        assert [code for code in codes(copy) if code.startswith("x")] == []
        assert check(copy, full=True) == []
    finally:
        copy.close()
    assert any(code.startswith("x") for code in codes(database))


def test_a_cancelled_backup_leaves_nothing(database: Database, actor: Actor, folder: Path) -> None:
    def progress(_done: int, _total: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        backup.make(database, actor, folder, progress=progress)
    assert list(folder.iterdir()) == []
    database.write(actor, add_building, "1")


def test_what_an_interrupted_backup_left_is_no_backup_and_goes(
    database: Database, actor: Actor, folder: Path
) -> None:
    folder.mkdir()
    left = folder / "20261120T020000Z-auto-ab12.qiantai-backup.part"
    left.write_bytes(b"half")
    (folder / "notes.txt").write_text("mine")
    assert backup.list_backups(folder) == []
    info = backup.make(database, actor, folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted([info.path.name, "notes.txt"])


def test_a_clerk_may_not(database: Database, clerk: Actor, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="right-missing"):
        backup.make(database, clerk, folder)
    assert not folder.exists()
    with pytest.raises(DomainError, match="right-missing"):
        restore(folder / "x", tmp_path / "y.db", KEY, stamps_of(DeskClock()), now=DeskClock()(), actor=clerk)


def test_a_backup_by_hand_is_logged(database: Database, actor: Actor, folder: Path) -> None:
    backup.make(database, actor, folder)
    with database.reading() as session:
        assert "backup.make" in session.scalars(select(OperationLog.operation)).all()


def test_attachments_are_copied_once(
    database: Database, actor: Actor, folder: Path, tmp_path: Path, clock: DeskClock
) -> None:
    blobs = tmp_path / "attachments"
    (blobs / "ab").mkdir(parents=True)
    (blobs / "ab" / "abcd").write_bytes(b"photo")
    (blobs / "ab" / "unfinished.part").write_bytes(b"half")
    info = backup.make(database, actor, folder, attachments=blobs)
    saved = folder / "attachments" / "ab" / "abcd"
    before = saved.stat().st_mtime_ns
    backup.make(database, actor, folder, attachments=blobs)
    assert saved.stat().st_mtime_ns == before
    assert not (folder / "attachments" / "ab" / "unfinished.part").exists()
    home = tmp_path / "new"
    restore(info.path, home / "d.db", KEY, stamps_of(clock), now=clock(), attachments=home / "att")
    assert (home / "att" / "ab" / "abcd").read_bytes() == b"photo"


# -- when one is due ---------------------------------------------------------------------------------


def ask(database: Database, clock: DeskClock) -> tuple[bool, bool]:
    status = database.read(backup.status, clock(), 30, 24)
    return status.is_due, status.is_overdue


def test_due_only_after_a_change_and_the_interval(
    database: Database, actor: Actor, folder: Path, clock: DeskClock
) -> None:
    assert ask(database, clock) == (True, True)
    backup.make(database, SYSTEM, folder, backup.AUTO)
    clock.advance(days=3)
    assert ask(database, clock) == (False, False)  # nothing changed: an older backup is as good
    backup.make(database, actor, folder, backup.MANUAL)
    clock.advance(minutes=40)
    assert ask(database, clock) == (False, False)  # its own log entry is no change
    database.write(actor, add_building, "1")
    assert ask(database, clock) == (True, False)
    clock.advance(hours=24)
    assert ask(database, clock) == (True, True)


def test_a_clock_set_back_does_not_put_backups_off(
    database: Database, actor: Actor, folder: Path, clock: DeskClock
) -> None:
    backup.make(database, SYSTEM, folder, backup.AUTO)
    database.write(actor, add_building, "1")
    clock.advance(days=-400)
    assert ask(database, clock) == (True, True)


def test_old_automatic_backups_go_and_those_made_by_hand_stay(
    database: Database, actor: Actor, folder: Path, clock: DeskClock
) -> None:
    by_hand = backup.make(database, actor, folder)
    for _ in range(40):
        clock.advance(hours=12)
        backup.make(database, SYSTEM, folder, backup.AUTO)
    left = backup.list_backups(folder)
    assert by_hand in left
    assert 12 <= len(left) < 25
    assert left[0].made_at == clock()


# -- verifying ---------------------------------------------------------------------------------------


def test_a_damaged_page_is_found(database: Database, actor: Actor, folder: Path) -> None:
    database.write(actor, add_many, 500)
    info = backup.make(database, actor, folder)
    with info.path.open("r+b") as file:
        file.seek(info.size // 2)
        file.write(b"\0\0\0\0")
    with pytest.raises(DomainError, match="backup-damaged"):
        verify(info.path, KEY)


def test_a_truncated_one_is_found(database: Database, actor: Actor, folder: Path) -> None:
    database.write(actor, add_many, 500)
    info = backup.make(database, actor, folder)
    with info.path.open("r+b") as file:
        file.truncate(info.size // 2)
    with pytest.raises(DomainError, match="backup-damaged"):
        verify(info.path, KEY)


@pytest.mark.parametrize("content", [b"", b"no database at all" * 500])
def test_what_is_no_backup_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.qiantai-backup"
    path.write_bytes(content)
    with pytest.raises(DomainError, match=r"backup-(wrong-key|damaged)"):
        verify(path, KEY)
    with pytest.raises(DomainError, match="backup-missing"):
        verify(tmp_path / "absent", KEY)


def test_another_key_is_told(database: Database, actor: Actor, folder: Path) -> None:
    info = backup.make(database, actor, folder)
    with pytest.raises(DomainError, match="backup-wrong-key"):
        verify(info.path, bytes(32))


# -- restoring ---------------------------------------------------------------------------------------


def test_restore_brings_the_rows_back_as_a_new_installation(
    database: Database, actor: Actor, folder: Path, tmp_path: Path, clock: DeskClock
) -> None:
    database.write(actor, add_building, "1")
    info = backup.make(database, actor, folder)
    database.write(actor, add_building, "lost")
    before = database.identity
    database.close()
    done = restore(info.path, database.path, KEY, stamps_of(clock), now=clock())
    again = Database.open(database.path, KEY, stamps_of(clock))
    try:
        assert codes(again) == ["1"]
        assert again.identity.site_id == before.site_id
        assert again.identity.nonce != before.nonce
        assert (again.identity.desk_no, again.identity.desk_letter) == (0, "AR")
        assert done.desk_letter == "AR"
        assert check(again, full=True) == []
    finally:
        again.close()
    assert done.kept is not None
    kept = Database.open(done.kept, KEY, stamps_of(clock))
    try:
        assert codes(kept) == ["1", "lost"]
    finally:
        kept.close()
    assert not list(tmp_path.glob("*.restoring*"))


def test_restoring_twice_never_gives_the_same_letters(
    database: Database, actor: Actor, folder: Path, clock: DeskClock
) -> None:
    info = backup.make(database, actor, folder)
    database.close()
    letters = [
        restore(info.path, database.path, KEY, stamps_of(clock), now=clock()).desk_letter for _ in range(3)
    ]
    assert letters == ["AR", "AS", "AT"]


def test_letters_go_on_after_z() -> None:
    assert fresh_letters("B", {f"B{letter}" for letter in "RSTUVWXYZ"}) == "BRA"


def test_a_destroyed_file_is_replaced_and_kept(
    database: Database, actor: Actor, folder: Path, clock: DeskClock
) -> None:
    database.write(actor, add_building, "1")
    info = backup.make(database, actor, folder)
    database.close()
    database.path.write_bytes(b"rubbish" * 1000)
    log = database.path.with_name(database.path.name + "-wal")
    log.write_bytes(b"a log that must not be played into the new file")
    done = restore(info.path, database.path, KEY, stamps_of(clock), now=clock())
    assert not log.exists()
    assert done.kept is not None
    assert done.kept.read_bytes() == b"rubbish" * 1000
    again = Database.open(database.path, KEY, stamps_of(clock))
    assert codes(again) == ["1"]
    again.close()


def test_a_bad_backup_leaves_the_present_file_alone(
    database: Database, actor: Actor, folder: Path, clock: DeskClock
) -> None:
    info = backup.make(database, actor, folder)
    with info.path.open("r+b") as file:
        file.seek(info.size // 2)
        file.write(b"\0\0\0\0")
    database.write(actor, add_building, "1")
    database.close()
    before = database.path.read_bytes()
    with pytest.raises(DomainError, match="backup-damaged"):
        restore(info.path, database.path, KEY, stamps_of(clock), now=clock())
    assert database.path.read_bytes() == before
    again = Database.open(database.path, KEY, stamps_of(clock))
    assert codes(again) == ["1"]
    again.close()


def test_a_backup_of_a_newer_program_is_refused(
    database: Database, actor: Actor, folder: Path, tmp_path: Path, clock: DeskClock
) -> None:
    with database.working("test") as work:
        work.session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    info = backup.make(database, actor, folder)
    with pytest.raises(DomainError, match="database-newer"):
        restore(info.path, tmp_path / "new.db", KEY, stamps_of(clock), now=clock())
    assert not list(tmp_path.glob("new.db*"))


def test_a_backup_moved_to_another_machine_restores(
    database: Database, actor: Actor, folder: Path, tmp_path: Path, clock: DeskClock
) -> None:
    info = backup.make(database, actor, folder)
    moved = tmp_path / "renamed by a human.bak"
    shutil.copy(info.path, moved)
    done = restore(moved, tmp_path / "fresh" / "d.db", KEY, stamps_of(clock), now=clock())
    assert done.kept is None


def test_the_weekly_rehearsal_leaves_nothing(
    database: Database, actor: Actor, folder: Path, tmp_path: Path, clock: DeskClock
) -> None:
    info = backup.make(database, actor, folder)
    scratch = tmp_path / "scratch"
    rehearse(info.path, KEY, stamps_of(clock), scratch)
    assert list(scratch.iterdir()) == []


# -- bad disks ---------------------------------------------------------------------------------------


def _mount(place: Path, options: str) -> bool:
    place.mkdir()
    if not sys.platform.startswith("linux") or shutil.which("mount") is None:
        return False
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 20 MB: 16 must stay free."""
    place = tmp_path / "small"
    if not _mount(place, "size=20m"):
        pytest.skip("needs the right to mount")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "sealed"
    if not _mount(place, "ro,size=1m"):
        pytest.skip("needs the right to mount")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_told_and_nothing_is_left(database: Database, actor: Actor, small_disk: Path) -> None:
    database.write(actor, add_many, 6_000)
    with pytest.raises(DomainError, match="disk-full"):
        backup.make(database, actor, small_disk / "backups")
    assert list((small_disk / "backups").iterdir()) == []


def test_a_disk_that_fills_up_meanwhile_is_told(
    database: Database, actor: Actor, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.write(actor, add_many, 40_000)
    monkeypatch.setattr(backup, "need_room", lambda *_: None)
    with pytest.raises(DomainError, match="disk-full"):
        backup.make(database, actor, small_disk / "backups")
    assert list((small_disk / "backups").iterdir()) == []


def test_a_read_only_disk_is_told(database: Database, actor: Actor, read_only_disk: Path) -> None:
    with pytest.raises(DomainError, match="folder-not-writable"):
        backup.make(database, actor, read_only_disk / "backups")


def test_a_folder_that_is_a_file_is_told(database: Database, actor: Actor, tmp_path: Path) -> None:
    (tmp_path / "backups").write_text("a file")
    with pytest.raises(DomainError, match="folder-not-writable"):
        backup.make(database, actor, tmp_path / "backups")


def test_a_year_old_name_reads_as_its_time(database: Database, actor: Actor, folder: Path) -> None:
    folder.mkdir()
    (folder / "20251121T020304Z-before-import-0f0f.qiantai-backup").write_bytes(b"x")
    found = backup.list_backups(folder)[0]
    assert found.reason == "before-import"
    assert found.made_at.isoformat() == "2025-11-21T02:03:04+00:00"
    assert backup.make(database, actor, folder).made_at - found.made_at > timedelta(days=300)
