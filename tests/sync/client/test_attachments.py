"""Contents on their way: in chunks, cut anywhere, checked, known ones not sent again."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from models.errors import DomainError
from models.services import attachments
from models.services.blob_store import BlobStore
from models.work import SYSTEM
from sync.client.attachments import Attachments
from sync.protocol import CHUNK, BlobState
from sync.server.tables import hq_site
from tests.sync.parts import TestDesk, TestHq, lost

CONTENT = random.Random(7).randbytes(3 * CHUNK + 12_345)


class CutLink:
    """Counts the chunks, and loses the line after some of them."""

    def __init__(self, link: Any, after: int) -> None:
        self._link = link
        self._left = after
        self.sent = 0
        self.fetched = 0

    def _tick(self) -> None:
        self._left -= 1
        if self._left < 0:
            lost("hq-cut")()

    def blob_put(self, name: str, offset: int, chunk: bytes) -> BlobState:
        self._tick()
        self.sent += 1
        state: BlobState = self._link.blob_put(name, offset, chunk)
        return state

    def blob_get(self, name: str, offset: int) -> tuple[bytes, int]:
        self._tick()
        self.fetched += 1
        answer: tuple[bytes, int] = self._link.blob_get(name, offset)
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "attachments")


def queue(desk: TestDesk, name: str, size: int) -> None:
    with desk.database.working("test") as work:
        work.session.connection().exec_driver_sql(
            "INSERT INTO blob_transfer(sha256, direction, size, offset, state) "
            "VALUES (?, 'up', ?, 0, 'waiting')",
            (name, size),
        )


def state_of(desk: TestDesk, name: str) -> tuple[str, str | None]:
    with desk.database.reading() as session:
        found = session.connection().exec_driver_sql(
            "SELECT state, error FROM blob_transfer WHERE sha256 = ?", (name,)
        )
        row = found.one()
        return row[0], row[1]


def test_an_upload_goes_on_where_it_was_cut(hq: TestHq, site: str, store: BlobStore, tmp_path: Path) -> None:
    desk, other = hq.desk(site), hq.desk(site)
    blob = store.put_bytes(CONTENT)
    queue(desk, blob.sha256, blob.size)
    sent = 0
    for _ in range(4):
        link = CutLink(desk.link, after=1)
        try:
            Attachments(desk.database, store).upload(link)
        except DomainError as error:
            assert error.code == "hq-cut"
        sent += link.sent
    assert sent == 4, "each chunk once"
    assert state_of(desk, blob.sha256) == ("done", None)
    queue(other, blob.sha256, blob.size)
    link = CutLink(other.link, after=99)
    assert Attachments(other.database, store).upload(link) == 1
    assert link.sent == 0, "known content is not sent again"


def test_a_download_goes_on_where_it_was_cut(hq: TestHq, site: str, store: BlobStore, tmp_path: Path) -> None:
    desk, other = hq.desk(site), hq.desk(site)
    blob = store.put_bytes(CONTENT)
    queue(desk, blob.sha256, blob.size)
    Attachments(desk.database, store).upload(desk.link)
    theirs = Attachments(other.database, BlobStore(tmp_path / "theirs"))
    fetched = 0
    for _ in range(4):
        link = CutLink(other.link, after=1)
        try:
            assert theirs.fetch(link, blob.sha256).read_bytes() == CONTENT
        except DomainError as error:
            assert error.code == "hq-cut"
        fetched += link.fetched
    assert fetched == 4
    path = theirs.fetch(CutLink(other.link, after=0), blob.sha256)
    path.write_bytes(b"rotten")
    assert theirs.fetch(other.link, blob.sha256).read_bytes() == CONTENT


def test_a_content_damaged_on_this_disk_is_not_sent_as_true(hq: TestHq, site: str, store: BlobStore) -> None:
    desk = hq.desk(site)
    blob = store.put_bytes(CONTENT)
    store.path(blob.sha256).write_bytes(b"x" * blob.size)
    queue(desk, blob.sha256, blob.size)
    assert Attachments(desk.database, store).upload(desk.link) == 0
    assert state_of(desk, blob.sha256) == ("damaged", "blob-damaged")


def test_limits_are_told_and_stop_no_other(hq: TestHq, site: str, store: BlobStore) -> None:
    desk = hq.desk(site)
    with hq.store.database.administering() as connection:
        connection.execute(hq_site.update().values(blob_quota=1000))
    large, small = store.put_bytes(b"a" * 900), store.put_bytes(b"b" * 200)
    missing = "0" * 64
    for name, size in ((large.sha256, 900), (small.sha256, 200), (missing, 5)):
        queue(desk, name, size)
    assert Attachments(desk.database, store).upload(desk.link) == 1
    states = {state_of(desk, name) for name in (large.sha256, small.sha256, missing)}
    assert ("missing", "blob-missing") in states
    assert ("refused", "blob-quota") in states
    with pytest.raises(DomainError) as caught:
        desk.link.blob_announce("1" * 64, 51 * CHUNK)
    assert caught.value.code == "blob-too-large"


class Endless(Exception):
    """A transfer that never ends."""


class PatientLink(CutLink):
    """Loses patience with a transfer that goes round in circles."""

    def _tick(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Endless


def test_a_file_cut_short_on_this_disk_does_not_send_for_ever(
    hq: TestHq, site: str, store: BlobStore
) -> None:
    desk = hq.desk(site)
    blob = store.put_bytes(CONTENT)
    store.path(blob.sha256).write_bytes(CONTENT[: CHUNK + 7])
    queue(desk, blob.sha256, blob.size)
    link = PatientLink(desk.link, after=20)
    assert Attachments(desk.database, store).upload(link) == 0
    assert state_of(desk, blob.sha256) == ("damaged", "blob-damaged")


def test_headquarters_killed_after_the_last_byte_looks_at_the_whole_later(
    hq: TestHq, site: str, store: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = hq.desk(site)
    blob = store.put_bytes(CONTENT)
    queue(desk, blob.sha256, blob.size)

    def killed(*_: object) -> None:
        raise DomainError("hq-silent")

    monkeypatch.setattr("sync.server.blobs._finish", killed)
    with pytest.raises(DomainError):
        Attachments(desk.database, store).upload(desk.link)
    monkeypatch.undo()
    link = PatientLink(desk.link, after=20)
    assert Attachments(desk.database, store).upload(link) == 1
    assert desk.link.blob_state(blob.sha256).complete


def test_a_part_longer_than_the_whole_is_thrown_away(
    hq: TestHq, site: str, store: BlobStore, tmp_path: Path
) -> None:
    desk = hq.desk(site)
    blob = store.put_bytes(CONTENT)
    queue(desk, blob.sha256, blob.size)
    Attachments(desk.database, store).upload(desk.link)
    theirs = BlobStore(tmp_path / "theirs")
    part = theirs.folder / "incoming" / f"{blob.sha256}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT + b"twice")
    assert Attachments(desk.database, theirs).fetch(desk.link, blob.sha256).read_bytes() == CONTENT


def test_two_windows_that_fetch_one_picture_get_it_whole(
    hq: TestHq, site: str, store: BlobStore, tmp_path: Path
) -> None:
    desk = hq.desk(site)
    blob = store.put_bytes(CONTENT)
    queue(desk, blob.sha256, blob.size)
    Attachments(desk.database, store).upload(desk.link)
    theirs = Attachments(desk.database, BlobStore(tmp_path / "theirs"))
    links = [CutLink(desk.link, after=99) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        paths = list(pool.map(lambda link: theirs.fetch(link, blob.sha256), links))
    assert {path.read_bytes() == CONTENT for path in paths} == {True}
    assert sum(link.fetched for link in links) == 4, "and no chunk twice"


def test_who_waits_for_another_window_s_fetch_may_leave(hq: TestHq, site: str, store: BlobStore) -> None:
    """It waited for the other without end: a program that was closed meanwhile stayed."""
    desk = hq.desk(site)
    blob = store.put_bytes(CONTENT)
    queue(desk, blob.sha256, blob.size)
    Attachments(desk.database, store).upload(desk.link)
    elsewhere = BlobStore(store.folder.with_name("elsewhere"))
    incoming = elsewhere.folder / "incoming"
    incoming.mkdir(parents=True)
    with FileLock(incoming / f"{blob.sha256[:2]}.lock"), pytest.raises(DomainError) as caught:
        Attachments(desk.database, elsewhere).fetch(desk.link, blob.sha256, stop=lambda: True)
    assert caught.value.code == "blob-stopped"
    assert Attachments(desk.database, elsewhere).fetch(desk.link, blob.sha256).read_bytes() == CONTENT


def test_a_content_that_was_damaged_goes_up_when_it_is_attached_again(
    hq: TestHq, site: str, store: BlobStore
) -> None:
    desk = hq.desk(site)
    ticket = desk.add_ticket("A-261121-0001", state="in_progress")
    blob = store.put_bytes(CONTENT)
    desk.database.write(SYSTEM, attachments.add, ticket, blob, name="漏水.mp4")
    store.path(blob.sha256).write_bytes(b"rotten")
    sender = Attachments(desk.database, store)
    assert sender.upload(desk.link) == 0
    assert state_of(desk, blob.sha256) == ("damaged", "blob-damaged")
    desk.database.write(SYSTEM, attachments.add, ticket, store.put_bytes(CONTENT), name="再传.mp4")
    assert sender.upload(desk.link) == 1
    assert state_of(desk, blob.sha256) == ("done", None)
