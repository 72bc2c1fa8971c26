"""Disks that are full or may not be written, at the desk and at headquarters: each refusal has its sentence,
nothing that was saved is lost, and afterwards all goes on. Small disks of memory; only root can make them."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from models.database import Database, check
from models.entities import Building
from models.errors import DomainError
from models.services import attachments, intake, tickets
from models.services.blob_store import BlobStore
from models.work import SYSTEM
from sync.client.attachments import Attachments
from sync.client.engine import Engine
from sync.clock import Clock
from tests.desktop.disks import MEGABYTE, fill_up, small_disk
from tests.sync.parts import HqProcess, TestDesk, fresh_file, same, settle
from tests.sync.postgres import running_postgres
from views.messages.sync import MESSAGES

LEFT = (400_000, 100_000, 30_000, 4_096, 0)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[HqProcess, TestDesk, TestDesk]]:
    """Headquarters and the first desk on small disks of their own, the second desk on a large one."""
    places = [tmp_path / "hq", tmp_path / "first"]
    with small_disk(places[0], 24 * MEGABYTE), small_disk(places[1], 24 * MEGABYTE):
        hq = HqProcess(places[0])
        hq.start()
        hq.add_site("阳光花园")
        desks = [hq.desk("阳光花园", places[1] / "desk.db"), hq.desk("阳光花园", tmp_path / "second.db")]
        for desk in desks:
            store = BlobStore(desk.database.path.with_name(f"{desk.database.path.stem}-attachments"))
            desk.engine = Engine(desk.database, desk.link, attachments=Attachments(desk.database, store))
        settle(*desks)
        yield hq, desks[0], desks[1]
        for desk in desks:
            desk.link.close()
            desk.database.close()
        hq.stop()


def contents(desk: TestDesk) -> BlobStore:
    store: BlobStore = desk.engine._attachments.store  # type: ignore[union-attr]
    return store


class Busy:
    """Takes tickets, notes and pictures at a desk, and remembers what it was told is saved."""

    def __init__(self, desk: TestDesk) -> None:
        self.desk = desk
        self.saved: list[tuple[str, str]] = []
        self.pictures: list[str] = []
        self.refusals: list[str] = []

    def work(self, times: int) -> None:
        for number in range(times):
            for deed in (self._take, self._note, self._attach):
                try:
                    deed(number)
                except DomainError as error:
                    self.refusals.append(error.code)

    def _take(self, number: int) -> None:
        request = intake.Request(matter="漏水" * 400, place=f"{number}号楼")
        taken = self.desk.database.write(SYSTEM, intake.create, request).value
        self.saved.append((taken.ticket_id, taken.number))

    def _note(self, number: int) -> None:
        if self.saved:
            self.desk.database.write(SYSTEM, tickets.note_progress, self.saved[0][0], f"已联系{number}" * 80)

    def _attach(self, number: int) -> None:
        if self.saved:
            blob = contents(self.desk).put_bytes(os.urandom(40_000))
            self.desk.database.write(SYSTEM, attachments.add, self.saved[-1][0], blob, name="现场.jpg")
            self.pictures.append(blob.sha256)

    def all_there(self, *others: TestDesk) -> None:
        for desk in (self.desk, *others):
            with desk.database.reading() as session:
                rows = session.connection().exec_driver_sql("SELECT id, number FROM ticket").all()
            assert set(self.saved) <= {(row[0], row[1]) for row in rows}
        assert all(contents(self.desk).verify(name) for name in self.pictures)


def test_a_full_disk_at_the_desk(served: tuple[HqProcess, TestDesk, TestDesk]) -> None:
    _hq, first, second = served
    busy = Busy(first)
    busy.work(3)
    for left in LEFT:
        filler = fill_up(first.database.path.parent, left)
        second.add_building(str(left))
        second.sync()
        busy.work(4)
        try:
            first.sync()
        except DomainError as error:
            busy.refusals.append(error.code)
        filler.unlink()
        assert check(first.database) == []
    assert set(busy.refusals) == {"disk-full"}
    assert len(busy.refusals) > 10
    busy.work(2)
    settle(first, second)
    same(first, second)
    busy.all_there(second)
    assert check(first.database, full=True) == []
    assert list(first.database.path.parent.rglob("*.part")) == []


def test_a_full_disk_at_headquarters(served: tuple[HqProcess, TestDesk, TestDesk]) -> None:
    hq, first, second = served
    busy = Busy(first)
    busy.work(3)
    settle(first, second)
    told: list[str] = []
    for left in LEFT:
        filler = fill_up(hq.folder, left)
        busy.work(3)
        for _ in range(3):
            waits = first.pending()
            try:
                fault = first.sync().attachment_fault
                told += [fault.code] if fault is not None else []
            except DomainError as error:
                told.append(error.code)
                assert first.pending() <= waits
        second.add_building(str(left))
        filler.unlink()
    assert set(told) == {"hq-disk-full"}, "told as it is, not as a fault of the program"
    assert len(told) >= 3
    assert MESSAGES["hq-disk-full"]
    assert busy.refusals == []
    settle(first, second)
    same(first, second)
    busy.all_there(second)
    for name in busy.pictures:
        assert first.link.blob_state(name).complete
    log = (hq.folder / "hq.log").read_text(encoding="utf-8", errors="replace")
    assert '"status": 507' in log  # some lines are cut short: the log lies on the full disk too
    assert '"status": 500' not in log
    assert "Traceback" not in log


def test_a_desk_whose_disk_may_not_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    with small_disk(folder, 16 * MEGABYTE) as remount:
        fresh_file(folder / "desk.db").close()
        remount("ro")
        with pytest.raises(DomainError) as caught:
            Database.open(folder / "desk.db", None, Clock)
        assert caught.value.code in {"database-read-only", "database-unreachable"}
        with pytest.raises(DomainError) as caught:
            BlobStore(folder / "attachments").put_bytes(b"picture")
        assert caught.value.code == "profile-not-writable"
        remount("rw")
        database = Database.open(folder / "desk.db", None, Clock)
        assert check(database, full=True) == []
        database.write(SYSTEM, intake.create, intake.Request(matter="漏水", place="南门"))
        database.close()


@pytest.fixture
def fixed() -> Iterator[Callable[[Path], None]]:
    """Makes a file that nobody may write, root neither."""
    done: list[Path] = []

    def fix(path: Path) -> None:
        if os.name == "nt" or subprocess.run(["chattr", "+i", path], check=False).returncode:
            pytest.skip("only root may fix a file, and not on every file system")
        done.append(path)

    yield fix
    for path in done:
        subprocess.run(["chattr", "-i", path], check=False)


def test_a_desk_whose_file_may_not_be_written(tmp_path: Path, fixed: Callable[[Path], None]) -> None:
    database = fresh_file(tmp_path / "desk.db")
    taken = database.write(SYSTEM, intake.create, intake.Request(matter="漏水", place="南门")).value
    database.close()
    fixed(tmp_path / "desk.db")
    database = Database.open(tmp_path / "desk.db", None, Clock)
    with pytest.raises(DomainError) as caught:
        database.write(SYSTEM, tickets.note_progress, taken.ticket_id, "已联系")
    assert caught.value.code == "database-read-only"
    database.close()
    subprocess.run(["chattr", "-i", tmp_path / "desk.db"], check=True)
    database = Database.open(tmp_path / "desk.db", None, Clock)
    database.write(SYSTEM, tickets.note_progress, taken.ticket_id, "已联系")
    assert check(database, full=True) == []
    database.close()


def test_a_headquarters_whose_disk_may_not_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with small_disk(folder, 24 * MEGABYTE) as remount:
        hq = HqProcess(tmp_path, database_url=f"sqlite:///{folder / 'hq.db'}")
        hq.start()
        hq.add_site("阳光花园")
        desk = hq.desk("阳光花园", tmp_path / "desk.db")
        settle(desk)
        hq.stop()
        remount("ro")
        said = hq.command("site", "add", "月亮湾")
        assert (said.returncode, said.stderr) == (1, "总部的数据不能写入（只读），没有保存。\n")
        hq.start()
        building = desk.add_building("3")
        with pytest.raises(DomainError) as caught:
            desk.sync()
        assert caught.value.code == "hq-read-only"
        assert MESSAGES["hq-read-only"]
        assert desk.pending()
        hq.stop()
        remount("rw")
        hq.start()
        settle(desk)
        assert not desk.pending()
        assert desk.value(Building, building, "code") == "3"
        desk.link.close()
        desk.database.close()
        hq.stop()


def test_a_headquarters_whose_file_may_not_be_written(
    tmp_path: Path, fixed: Callable[[Path], None], hq_process: HqProcess
) -> None:
    hq_process.add_site("阳光花园")
    desk = hq_process.desk("阳光花园", tmp_path / "desk.db")
    settle(desk)
    hq_process.stop()
    fixed(tmp_path / "hq.db")
    said = hq_process.command("site", "add", "月亮湾")
    assert (said.returncode, said.stderr) == (1, "总部的数据不能写入（只读），没有保存。\n")
    subprocess.run(["chattr", "-i", tmp_path / "hq.db"], check=True)
    desk.add_building("3")
    hq_process.start()
    settle(desk)
    desk.link.close()
    desk.database.close()


@pytest.mark.slow
def test_a_full_disk_under_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL says so as long as it has room for its log; without that it ends, and comes back later."""
    folder = Path(tempfile.mkdtemp(prefix="qf-"))
    with small_disk(folder, 200 * MEGABYTE):
        folder.chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        with running_postgres({}) as server:
            monkeypatch.undo()
            hq = HqProcess(tmp_path, database_url=server.database())
            hq.start()
            hq.add_site("阳光花园")
            desks = [hq.desk("阳光花园", tmp_path / f"{name}.db") for name in ("first", "second")]
            settle(*desks)
            busy = Busy(desks[0])
            told: list[str] = []
            for left in LEFT:
                filler = fill_up(folder, left)
                for number in range(8):
                    busy._take(number)
                    for _ in range(40):
                        busy._note(number)
                    try:
                        desks[0].sync()
                    except DomainError as error:
                        told.append(error.code)
                filler.unlink()
                server.start()  # again, if it ended
            settle(*desks)
            same(*desks)
            busy.all_there(desks[1])
            for desk in desks:
                desk.link.close()
                desk.database.close()
            hq.stop()
    folder.rmdir()
    assert set(told) <= {"hq-disk-full", "hq-database-down"}
    assert told
    assert '"status": 500' not in (tmp_path / "hq.log").read_text(encoding="utf-8")
