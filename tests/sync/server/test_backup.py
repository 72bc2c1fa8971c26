"""Headquarters in one file and back, from either kind of database into either."""

from __future__ import annotations

import json
import os
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models.errors import DomainError
from models.services import attachments
from models.services.blob_store import BlobStore as DeskBlobs
from models.work import SYSTEM
from sync.client.attachments import Attachments
from sync.client.engine import Engine
from sync.server import backup
from sync.server.blobs import BlobStore
from sync.server.database import HqDatabase
from sync.server.store import Store
from sync.server.tables import METADATA, hq_blob
from tests.sync.conftest import BOTH
from tests.sync.parts import HqProcess, TestDesk, TestHq, same, settle
from tests.sync.postgres import Postgres

Content = dict[str, list[dict[str, Any]]]


def content_of(database: HqDatabase) -> Content:
    """Everything that a backup keeps, but for what a restore changes on purpose."""
    found: Content = {}
    with database.surveying() as connection:
        for table in METADATA.sorted_tables:
            if table.name in backup.NOT_KEPT or table.name == "hq_state":
                continue
            rows = connection.execute(select(table).order_by(*table.primary_key)).mappings()
            found[table.name] = [dict(row) for row in rows]
    for row in found["hq_site"]:
        row.pop("desk_floor")
    return found


@pytest.fixture
def another(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], HqDatabase]:
    """An empty headquarters of a kind."""

    def make(kind: str) -> HqDatabase:
        if kind == "sqlite":
            url = f"sqlite:///{tmp_path / 'other.db'}"
        else:
            server: Postgres = request.getfixturevalue("postgres")
            url = server.database()
        database = HqDatabase(url)
        request.addfinalizer(database.close)
        return database

    return make


@pytest.fixture
def busy(hq: TestHq) -> Iterator[tuple[TestDesk, TestDesk]]:
    """Two desks of a site with rows, edits, a deletion and a conflict; a second site besides."""
    site = hq.add_site()
    first, second = hq.desk(site), hq.desk(site)
    other = hq.desk(hq.add_site("月亮湾"))
    other.add_building("1")
    other.sync()
    building = first.add_building("3")
    doomed = first.add_building("9")
    ticket = first.add_ticket("A-1")
    settle(first, second)
    from models.entities import Building, Ticket

    first.edit(Ticket, ticket, matter="厨房")
    second.edit(Ticket, ticket, matter="阳台")
    second.edit(Building, building, note="电梯房 𬭎")
    first.delete(Building, doomed)
    settle(first, second)
    assert len(first.conflicts()) == 1
    yield first, second


@pytest.mark.parametrize("target_kind", BOTH)
@pytest.mark.parametrize("hq_kind", BOTH, indirect=True)
def test_all_comes_back_in_either_kind_of_database(
    hq: TestHq,
    busy: tuple[TestDesk, TestDesk],
    another: Callable[[str], HqDatabase],
    target_kind: str,
    tmp_path: Path,
) -> None:
    made = backup.write(hq.store.database, tmp_path / "hq-blobs", tmp_path / "hq.backup")
    assert made.rows["hq_site"] == 2
    assert made.rows["building"] == 3
    restored = another(target_kind)
    backup.restore(restored, tmp_path / "restored", tmp_path / "hq.backup")
    assert content_of(restored) == content_of(hq.store.database)
    assert restored.epoch != hq.store.database.epoch, "desks must notice"
    store = Store(restored)
    for desk in busy:
        desk.link.store = store
    busy[0].add_building("4")
    settle(*busy)
    same(*busy)


def test_a_desk_made_after_the_backup_shares_no_letter_with_a_later_one(
    hq: TestHq, another: Callable[[str], HqDatabase], tmp_path: Path
) -> None:
    site = hq.add_site()
    first = hq.desk(site)
    first.sync()
    backup.write(hq.store.database, None, tmp_path / "hq.backup")
    late = hq.desk(site)
    late.add_ticket("B-1")
    late.sync()
    restored = another("sqlite")
    backup.restore(restored, tmp_path / "restored", tmp_path / "hq.backup")
    hq.store = Store(restored)
    late.link.store = hq.store
    with pytest.raises(DomainError) as caught:
        late.sync()
    assert caught.value.code == "token-unknown"
    again = hq.desk(site)
    assert again.database.identity.desk_no > late.database.identity.desk_no
    assert again.database.identity.desk_letter != late.database.identity.desk_letter
    restored.close()


def test_a_desk_that_pushes_meanwhile_is_wholly_in_it_or_not(
    hq: TestHq, site: str, another: Callable[[str], HqDatabase], tmp_path: Path
) -> None:
    desk = hq.desk(site)
    is_done = threading.Event()

    def push() -> None:
        for number in range(400):
            if is_done.is_set():
                break
            desk.add_building(f"b{number}")
            desk.sync()

    desk.add_building("first")
    desk.sync()
    worker = threading.Thread(target=push)
    worker.start()
    try:
        for number in range(3):
            backup.write(hq.store.database, None, tmp_path / f"{number}.backup")
    finally:
        is_done.set()
        worker.join()
    restored = another("sqlite")
    backup.restore(
        restored, tmp_path / "restored", tmp_path / "2.backup"
    )  # its sums are counted from its rows
    assert 0 < len(content_of(restored)["building"]) <= len(content_of(hq.store.database)["building"])


def test_a_damaged_backup_is_found_wherever_it_is_damaged_and_nothing_is_restored(
    hq: TestHq, busy: tuple[TestDesk, TestDesk], another: Callable[[str], HqDatabase], tmp_path: Path
) -> None:
    blobs = BlobStore(tmp_path / "hq-blobs")
    place = blobs.folder / hq.add_site("三号") / "ab"
    place.mkdir(parents=True)
    whole = tmp_path / "hq.backup"
    backup.write(hq.store.database, blobs.folder, whole)
    content = whole.read_bytes()
    restored = another("sqlite")
    damaged = tmp_path / "damaged.backup"
    step = len(content) // 40
    for at in range(0, len(content), step):
        for bad in (content[:at], content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :]):
            damaged.write_bytes(bad)
            try:
                backup.read_through(damaged)
            except DomainError as error:
                assert error.code.startswith("hq-backup-"), error
            else:
                continue  # a byte that nobody reads: a date in the zip's own headers
            with pytest.raises(DomainError, match="hq-backup-"):
                backup.restore(restored, tmp_path / "restored", damaged)
            assert content_of(restored)["hq_site"] == []
    backup.restore(restored, tmp_path / "restored", whole)


def test_damage_is_found_in_what_a_restore_has_no_use_for_as_well(
    hq: TestHq, site: str, another: Callable[[str], HqDatabase], tmp_path: Path
) -> None:
    """A restored headquarters has an epoch of its own; a backup that is damaged there is damaged."""
    whole = tmp_path / "hq.backup"
    backup.write(hq.store.database, None, whole)
    with zipfile.ZipFile(whole) as archive:
        info = archive.getinfo("tables/hq_state.rows")
    content = bytearray(whole.read_bytes())
    content[content.index(b"tables/hq_state.rows", info.header_offset) + 20 + 20 + info.file_size // 2] ^= (
        0x55
    )
    whole.write_bytes(content)
    with pytest.raises(DomainError, match="hq-backup-damaged"):
        backup.read_through(whole)
    restored = another("sqlite")
    with pytest.raises(DomainError, match="hq-backup-damaged"):
        backup.restore(restored, tmp_path / "restored", whole)
    assert content_of(restored)["hq_site"] == []


def test_a_changed_row_is_found_even_where_the_file_is_consistent(
    hq: TestHq, busy: tuple[TestDesk, TestDesk], another: Callable[[str], HqDatabase], tmp_path: Path
) -> None:
    """Whoever writes past the door shows in the digests."""
    with hq.store.database.administering() as connection:
        connection.exec_driver_sql("UPDATE building SET stamp = stamp + 512 WHERE code = '3'")
    backup.write(hq.store.database, None, tmp_path / "hq.backup")
    restored = another("sqlite")
    with pytest.raises(DomainError, match="hq-backup-damaged"):
        backup.restore(restored, tmp_path / "restored", tmp_path / "hq.backup")
    assert content_of(restored)["hq_site"] == []


def test_what_is_no_place_or_no_backup_is_said_in_a_code(hq: TestHq, site: str, tmp_path: Path) -> None:
    database = hq.store.database
    target = tmp_path / "hq.backup"
    backup.write(database, None, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600 or os.name == "nt"
    for code, job in (
        ("hq-backup-exists", lambda: backup.write(database, None, target)),
        ("hq-backup-unwritable", lambda: backup.write(database, None, tmp_path / "no" / "such")),
        ("hq-not-empty", lambda: backup.restore(database, tmp_path, target)),
        ("hq-backup-missing", lambda: backup.restore(database, tmp_path, tmp_path / "nothing")),
        ("hq-backup-foreign", lambda: backup.read_through(tmp_path / "hq.db")),
    ):
        with pytest.raises(DomainError) as caught:
            job()
        assert caught.value.code == code
    assert list(tmp_path.glob("*.part")) == []


def test_headquarters_lost_and_restored_gets_back_what_the_desks_did_since(tmp_path: Path) -> None:
    hq = HqProcess(tmp_path)
    hq.start()
    hq.add_site("阳光花园")
    desks = [hq.desk("阳光花园", tmp_path / f"{name}.db") for name in "ab"]
    stores = [DeskBlobs(tmp_path / f"blobs-{name}") for name in "ab"]
    for desk, store in zip(desks, stores, strict=True):
        desk.engine = Engine(desk.database, desk.link, attachments=Attachments(desk.database, store))
    ticket = desks[0].add_ticket("A-1")
    before, after = stores[0].put_bytes(b"before " * 3_000), stores[1].put_bytes(b"after " * 3_000)
    desks[0].database.write(SYSTEM, attachments.add, ticket, before, name="报修.jpg")
    settle(*desks)
    done = hq.command("backup", str(tmp_path / "hq.backup"), "--blobs", str(tmp_path / "hq-blobs"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["attachments"] == 1
    desks[1].add_ticket("B-1")
    desks[1].database.write(SYSTEM, attachments.add, ticket, after, name="修好.jpg")
    settle(*desks)
    hq.stop(is_killed=True)
    for lost in [*tmp_path.glob("hq.db*"), *(tmp_path / "hq-blobs").rglob("*")]:
        if lost.is_file():
            lost.unlink()
    desks[0].add_ticket("A-2")
    restored = hq.command("restore", str(tmp_path / "hq.backup"), "--blobs", str(tmp_path / "hq-blobs"))
    assert restored.returncode == 0, restored.stderr
    assert hq.command("verify", str(tmp_path / "hq.backup")).returncode == 0
    hq.start()
    settle(*desks)
    same(*desks)
    with closing(HqDatabase(hq.database)) as database:
        assert {row["number"] for row in content_of(database)["ticket"]} == {"A-1", "A-2", "B-1"}
    assert desks[0].engine._attachments is not None
    assert Attachments(desks[0].database, stores[0]).fetch(desks[0].link, after.sha256).is_file()
    assert Attachments(desks[1].database, stores[1]).fetch(desks[1].link, before.sha256).is_file()
    refused = hq.command("restore", str(tmp_path / "hq.backup"))
    assert refused.returncode == 1
    assert "空的数据库" in refused.stderr
    for desk in desks:
        desk.link.close()
        desk.database.close()
    hq.stop()


def _with_contents(hq: TestHq, site: str, blobs: BlobStore, *contents: bytes) -> list[str]:
    """Contents that headquarters has whole; gives their names."""
    names = [sha256(content).hexdigest() for content in contents]
    for name, content in zip(names, contents, strict=True):
        with hq.store.database.writing(site) as connection:
            blobs.announce(connection, site, name, len(content), 1_790_000_000_000)
        assert blobs.put(hq.store.database, site, name, 0, content).complete
    return names


def test_a_spoiled_or_lost_attachment_keeps_nothing_else_from_being_saved_and_is_asked_for_again(
    hq: TestHq, site: str, another: Callable[[str], HqDatabase], tmp_path: Path
) -> None:
    blobs = BlobStore(tmp_path / "hq-blobs")
    sound, spoiled, lost, old = _with_contents(hq, site, blobs, b"sound", b"spoiled", b"lost", b"old")
    blobs.path(site, spoiled).write_bytes(b"sPoiled")
    blobs.path(site, lost).unlink()
    os.utime(blobs.path(site, old), (0, 0))  # by a clock that had not been set: before a zip's first year
    made = backup.write(hq.store.database, blobs.folder, tmp_path / "hq.backup")
    assert (made.blobs, made.missing_blobs) == (2, 2)
    restored = another("sqlite")
    backup.restore(restored, tmp_path / "restored", tmp_path / "hq.backup")
    assert BlobStore(tmp_path / "restored").path(site, sound).read_bytes() == b"sound"
    with restored.surveying() as connection:
        rows = connection.execute(select(hq_blob.c.sha256, hq_blob.c.complete))
        found = {row[0]: row[1] for row in rows}
    assert found == {sound: 1, old: 1, spoiled: 0, lost: 0}, "or no desk would be asked for it"


def test_a_disk_that_does_not_take_the_attachments_is_said_and_nothing_is_restored(
    hq: TestHq, site: str, another: Callable[[str], HqDatabase], tmp_path: Path
) -> None:
    blobs = BlobStore(tmp_path / "hq-blobs")
    _with_contents(hq, site, blobs, b"sound")
    backup.write(hq.store.database, blobs.folder, tmp_path / "hq.backup")
    restored = another("sqlite")
    (tmp_path / "restored").write_bytes(b"a file where the folder should be")
    with pytest.raises(DomainError, match="hq-restore-unwritable"):
        backup.restore(restored, tmp_path / "restored", tmp_path / "hq.backup")
    assert content_of(restored)["hq_site"] == []


def test_of_two_backups_to_one_name_at_once_neither_spoils_the_other(
    hq: TestHq, site: str, tmp_path: Path
) -> None:
    target, second = tmp_path / "hq.backup", list[str]()

    def meanwhile(name: str, _count: int) -> None:
        if name == "hq_site" and not second:
            second.append(name)
            backup.write(hq.store.database, None, target)

    backup.write(hq.store.database, None, target, meanwhile)
    backup.read_through(target)
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []
