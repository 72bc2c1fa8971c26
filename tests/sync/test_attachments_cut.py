"""Attachments over real HTTP with the line cut after any byte and headquarters killed: what arrived is never
sent again, and what comes out is what went in."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.errors import DomainError
from models.services.blob_store import BlobStore
from sync.client.attachments import Attachments
from sync.client.enrol import connect, move_headquarters
from sync.protocol import CHUNK, BlobState
from tests.sync.client.test_attachments import queue, state_of
from tests.sync.cutting_line import CuttingLine
from tests.sync.parts import HqProcess, TestDesk

HEAD = 1_200
"""Bytes of the heads of the requests around one cut, at most."""
IN_FLIGHT = 192 * 1024
"""What may be lost with a cut line: read by the server, not yet by headquarters."""
LINE_FAULTS = {"hq-silent", "hq-cut", "hq-unreachable", "hq-timeout"}


@pytest.fixture
def line(hq_process: HqProcess) -> Iterator[CuttingLine]:
    made = CuttingLine(int(hq_process.url.rpartition(":")[2]))
    yield made
    made.close()


@pytest.fixture
def desk(hq_process: HqProcess, line: CuttingLine, tmp_path: Path) -> Iterator[TestDesk]:
    hq_process.add_site("阳光花园")
    made = hq_process.desk("阳光花园", tmp_path / "desk.db")
    made.link.close()
    move_headquarters(made.database, f"http://127.0.0.1:{line.port}")
    made.link = connect(made.database, made.tokens)
    yield made
    made.link.close()
    made.database.close()


def part_of(hq: HqProcess, name: str) -> int:
    """How much of a content lies at headquarters."""
    found = [*hq.folder.glob(f"hq-blobs/*/*/{name}.part"), *hq.folder.glob(f"hq-blobs/*/*/{name}")]
    return max((path.stat().st_size for path in found), default=0)


def test_an_upload_cut_after_any_byte_sends_nothing_twice(
    hq_process: HqProcess, line: CuttingLine, desk: TestDesk, tmp_path: Path
) -> None:
    chance = random.Random(31)
    store = BlobStore(tmp_path / "mine")
    blob = store.put_bytes(chance.randbytes(4 * CHUNK + 4_321))
    queue(desk, blob.sha256, blob.size)
    sender = Attachments(desk.database, store)
    line.plan("up", places_to_cut(chance, blob.size))
    line.up = 0
    for _ in range(60):
        try:
            sender.upload(desk.link)
        except DomainError as error:
            assert error.code in LINE_FAULTS
        if state_of(desk, blob.sha256)[0] == "done":
            break
    assert state_of(desk, blob.sha256) == ("done", None)
    assert line.cuts >= 8
    assert line.up < blob.size + line.cuts * (IN_FLIGHT + 3 * HEAD) + 20 * HEAD
    log = (hq_process.folder / "hq.log").read_text(encoding="utf-8")
    assert "Traceback" not in log


def places_to_cut(chance: random.Random, size: int) -> list[int]:
    """Bytes to pass before each cut: within the head of a request, within a chunk, at any byte."""
    places: list[int] = []
    while sum(places) < size:
        places.append(chance.choice([chance.randrange(1, 900), chance.randrange(1, CHUNK)]))
    return places


def test_a_download_cut_after_any_byte_fetches_nothing_twice(
    hq_process: HqProcess, line: CuttingLine, desk: TestDesk, tmp_path: Path
) -> None:
    chance = random.Random(32)
    store = BlobStore(tmp_path / "mine")
    content = chance.randbytes(4 * CHUNK + 4_321)
    blob = store.put_bytes(content)
    queue(desk, blob.sha256, blob.size)
    Attachments(desk.database, store).upload(desk.link)
    theirs = Attachments(desk.database, BlobStore(tmp_path / "theirs"))
    line.plan("down", places_to_cut(chance, blob.size))
    line.down = 0
    path = None
    for _ in range(60):
        try:
            path = theirs.fetch(desk.link, blob.sha256)
            break
        except DomainError as error:
            assert error.code in LINE_FAULTS
    assert path is not None
    assert path.read_bytes() == content
    assert line.cuts >= 8
    assert line.down < blob.size + line.cuts * (16 * 1024 + 3 * HEAD) + 20 * HEAD


class Recording:
    """Remembers from where each piece was sent."""

    def __init__(self, link: Any) -> None:
        self._link = link
        self.offsets: list[int] = []

    def blob_put(self, name: str, offset: int, chunk: bytes) -> BlobState:
        self.offsets.append(offset)
        state: BlobState = self._link.blob_put(name, offset, chunk)
        return state

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)


def test_headquarters_killed_while_a_chunk_comes_in_goes_on_with_the_next_byte(
    hq_process: HqProcess, line: CuttingLine, desk: TestDesk, tmp_path: Path
) -> None:
    chance = random.Random(33)
    store = BlobStore(tmp_path / "mine")
    blob = store.put_bytes(chance.randbytes(20 * CHUNK + 77))
    queue(desk, blob.sha256, blob.size)
    sender = Attachments(desk.database, store)
    inside = 0
    for _ in range(3):
        link = Recording(desk.link)
        had = part_of(hq_process, blob.sha256)
        killer = threading.Timer(chance.uniform(0.03, 0.12), hq_process.stop, kwargs={"is_killed": True})
        killer.start()
        try:
            sender.upload(link)
        except DomainError as error:
            assert error.code in LINE_FAULTS
        killer.join()
        if link.offsets:
            assert link.offsets[0] == had, "not one byte again"
            assert link.offsets == sorted(set(link.offsets))
        inside += bool(part_of(hq_process, blob.sha256) % CHUNK)
        hq_process.start()
    had = part_of(hq_process, blob.sha256)
    link = Recording(desk.link)
    sender.upload(link)
    assert state_of(desk, blob.sha256) == ("done", None)
    assert not link.offsets or link.offsets[0] == had
    theirs = Attachments(desk.database, BlobStore(tmp_path / "theirs"))
    assert theirs.fetch(desk.link, blob.sha256).read_bytes() == store.path(blob.sha256).read_bytes()
