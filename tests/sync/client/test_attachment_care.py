"""Contents over the years: found damaged at either end and mended from the other, asked for, given room,
let go; and what goes wrong on the way."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from models.entities.synced import new_id
from models.errors import DomainError
from models.services import attachments
from models.services.blob_store import Blob, BlobStore
from models.work import SYSTEM
from sync.client.attachment_care import ASK_EVERY_S, ASK_SOON_S, LOOK_EVERY_S
from sync.client.attachments import Attachments
from sync.client.engine import Engine
from sync.client.local import ASK_BLOBS, Plain
from sync.protocol import CHUNK, BlobState
from sync.server import blob_upkeep
from sync.server.blob_upkeep import DAY_MS, Upkeep
from sync.server.tables import hq_blob, hq_site
from tests.sync.client.test_attachments import CutLink, queue, state_of
from tests.sync.parts import TestDesk, TestHq, settle
from tests.sync.test_found_by_simulation import enrol_anew

CONTENT = random.Random(8).randbytes(CHUNK + 12_345)


@dataclass
class Hours:
    """A clock that the test sets forward."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Place:
    """A desk with its contents, its transfers and its hours."""

    desk: TestDesk
    store: BlobStore
    transfers: Attachments
    hours: Hours

    def sync(self) -> None:
        self.desk.sync()

    def attach(self, content: bytes, name: str = "漏水.jpg") -> tuple[str, Blob]:
        ticket = self.desk.add_ticket(f"A-{random.randbytes(4).hex()}", state="in_progress")
        blob = self.store.put_bytes(content)
        row = self.desk.database.write(SYSTEM, attachments.add, ticket, blob, name=name).value
        return row, blob

    def later(self, seconds: float) -> None:
        self.hours.now += seconds
        self.sync()


@pytest.fixture
def places(hq: TestHq, site: str, tmp_path: Path) -> tuple[Place, Place]:
    made = []
    for name in ("first", "second"):
        desk, hours = hq.desk(site), Hours()
        store = BlobStore(tmp_path / name)
        transfers = Attachments(desk.database, store, hours)
        desk.engine = Engine(desk.database, desk.link, attachments=transfers)
        made.append(Place(desk, store, transfers, hours))
    settle(made[0].desk, made[1].desk)
    return made[0], made[1]


def at_hq(hq: TestHq, site: str, name: str) -> Path:
    return hq.blobs.path(site, name)


def spoil(path: Path) -> None:
    """One bit of it, as a disk does: neither size nor time tells."""
    at = path.stat()
    with path.open("r+b") as file:
        file.seek(at.st_size // 2)
        (byte,) = file.read(1)
        file.seek(at.st_size // 2)
        file.write(bytes([byte ^ 1]))
    os.utime(path, (at.st_atime, at.st_mtime))


# -- damaged here -------------------------------------------------------------------------------------


def test_a_content_spoiled_on_this_disk_is_found_when_looked_at_and_fetched_again(
    places: tuple[Place, Place],
) -> None:
    first, _ = places
    _, blob = first.attach(CONTENT)
    first.sync()
    spoil(first.store.path(blob.sha256))
    assert first.transfers.at_hand(blob.sha256) is None
    assert first.store.is_set_aside(blob.sha256)
    assert first.transfers.fetch(first.desk.link, blob.sha256).read_bytes() == CONTENT
    assert not first.store.is_set_aside(blob.sha256)
    left = {path.suffix for path in first.store.folder.rglob("*") if path.is_file()}
    assert left == {"", ".lock"}


def test_the_slow_look_finds_a_spoiled_content_that_nobody_opens(places: tuple[Place, Place]) -> None:
    first, _ = places
    blobs = [first.attach(bytes([number]) * 5_000)[1] for number in range(20)]
    first.sync()
    spoil(first.store.path(blobs[7].sha256))
    for _ in range(5):
        first.later(LOOK_EVERY_S)
    assert all(first.store.verify(blob.sha256) for blob in blobs)
    assert state_of(first.desk, blobs[7].sha256) == ("done", None)


def test_a_spoiled_content_that_never_went_up_is_said_to_be_damaged(places: tuple[Place, Place]) -> None:
    first, _ = places
    _, blob = first.attach(CONTENT)
    spoil(first.store.path(blob.sha256))
    for _ in range(2):
        first.later(LOOK_EVERY_S)
    assert state_of(first.desk, blob.sha256) == ("damaged", "blob-damaged")
    with pytest.raises(DomainError) as caught:
        first.transfers.fetch(first.desk.link, blob.sha256)
    assert caught.value.code == "blob-unknown"
    assert first.store.is_set_aside(blob.sha256), "half a picture is kept until the whole is back"


# -- damaged there ------------------------------------------------------------------------------------


def test_a_content_spoiled_at_headquarters_is_found_and_asked_for_again(
    hq: TestHq, site: str, places: tuple[Place, Place]
) -> None:
    first, second = places
    _, blob = first.attach(CONTENT)
    first.sync()
    second.sync()
    spoil(at_hq(hq, site, blob.sha256))
    with pytest.raises(DomainError) as caught:
        second.transfers.fetch(second.desk.link, blob.sha256)
    assert caught.value.code == "blob-unknown", "and not what the disk made of it"
    first.later(ASK_SOON_S)
    assert at_hq(hq, site, blob.sha256).read_bytes() == CONTENT
    assert second.transfers.fetch(second.desk.link, blob.sha256).read_bytes() == CONTENT


@pytest.mark.both_databases
def test_a_content_lost_at_headquarters_comes_from_whichever_desk_has_it(
    hq: TestHq, site: str, places: tuple[Place, Place]
) -> None:
    first, second = places
    _, blob = first.attach(CONTENT)
    first.sync()
    second.sync()
    second.transfers.fetch(second.desk.link, blob.sha256)
    first.store.path(blob.sha256).unlink()
    at_hq(hq, site, blob.sha256).unlink()
    found = blob_upkeep.check(hq.store.database, hq.blobs, site)
    assert (found.whole, found.damaged, found.missing) == (0, (), (blob.sha256,))
    first.later(ASK_EVERY_S)
    assert not at_hq(hq, site, blob.sha256).exists()
    second.later(ASK_EVERY_S)
    assert at_hq(hq, site, blob.sha256).read_bytes() == CONTENT
    assert first.transfers.fetch(first.desk.link, blob.sha256).read_bytes() == CONTENT
    assert blob_upkeep.check(hq.store.database, hq.blobs, site).whole == 1


def test_an_older_headquarters_that_asks_for_nothing_is_not_asked_again(
    places: tuple[Place, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = places
    asked = []

    def unknown(after: str) -> list[str]:
        asked.append(after)
        raise DomainError("blob-invalid")

    monkeypatch.setattr(first.desk.link, "blobs_wanted", unknown)
    first.later(ASK_EVERY_S)
    first.later(ASK_EVERY_S)
    assert asked == [""]


def test_an_upload_that_an_old_file_knows_nothing_of_is_asked_for_when_it_enrols(
    hq: TestHq, site: str, places: tuple[Place, Place]
) -> None:
    """The row had gone up, the content had not, and the file was restored from before both (simulation, seed
    6142): it lay beside the desk's file, and only the next asking would have brought it to light."""
    first, _ = places
    desk = first.desk
    desk.database.close()
    old = desk.database.path.read_bytes()
    desk.reopen()
    first.transfers = Attachments(desk.database, first.store, first.hours)
    _, blob = first.attach(CONTENT)
    desk.sync()
    desk.database.close()
    desk.database.path.write_bytes(old)
    desk.reopen()
    desk.database.become(replace(desk.database.identity, desk_no=0, nonce=new_id()))
    desk.engine = Engine(
        desk.database, desk.link, attachments=Attachments(desk.database, first.store, first.hours)
    )
    enrol_anew(hq, desk)
    assert not at_hq(hq, site, blob.sha256).exists()
    desk.sync()
    assert at_hq(hq, site, blob.sha256).read_bytes() == CONTENT
    with desk.database.reading() as session:
        assert Plain(session).fact(ASK_BLOBS) is None


# -- announced and sent -------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_a_size_announced_wrongly_gives_way_to_the_true_one(hq: TestHq, site: str, tmp_path: Path) -> None:
    desk = hq.desk(site)
    store = BlobStore(tmp_path / "mine")
    for wrong in (10, len(CONTENT) - 1, len(CONTENT) + 1, 40 * CHUNK):
        content = CONTENT[:-4] + wrong.to_bytes(4, "big")
        blob = store.put_bytes(content)
        assert desk.link.blob_announce(blob.sha256, wrong).size == wrong
        desk.link.blob_put(blob.sha256, 0, content[: min(wrong, CHUNK)][:-1])
        queue(desk, blob.sha256, wrong)
        assert Attachments(desk.database, store).upload(desk.link) == 1
        assert at_hq(hq, site, blob.sha256).read_bytes() == content
        state = desk.link.blob_announce(blob.sha256, 5)
        assert (state.complete, state.size) == (True, len(content)), "what is whole stays what it is"


def test_what_another_desk_is_sending_is_left_to_it(
    hq: TestHq, site: str, places: tuple[Place, Place]
) -> None:
    first, second = places
    blob = first.attach(CONTENT)[1]
    second.attach(CONTENT)
    first.desk.engine = Engine(first.desk.database, first.desk.link)
    first.sync()
    assert first.transfers.upload(CutLink(first.desk.link, after=1), stop=_after(2)) == 0
    link = CutLink(second.desk.link, after=99)
    assert second.transfers.upload(link) == 0
    assert link.sent == 0
    assert state_of(second.desk, blob.sha256) == ("waiting", None)
    hq.blobs._monotonic = lambda: time.monotonic() + 60  # the first has gone home
    assert second.transfers.upload(link) == 1
    assert link.sent == 1, "only what was still missing"


def _after(times: int) -> Callable[[], bool]:
    left = [times]

    def stop() -> bool:
        left[0] -= 1
        return left[0] < 0

    return stop


def test_what_is_saved_meanwhile_does_not_wait_for_a_film(
    hq: TestHq, site: str, places: tuple[Place, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = places
    film = first.attach(random.Random(9).randbytes(6 * CHUNK), "漏水.mp4")[1]
    send = first.desk.link.blob_put

    def put(name: str, offset: int, chunk: bytes) -> BlobState:
        if offset == CHUNK:
            first.desk.add_building("3")
        state: BlobState = send(name, offset, chunk)
        return state

    monkeypatch.setattr(first.desk.link, "blob_put", put)
    assert first.desk.sync().uploaded == 0
    assert at_hq(hq, site, f"{film.sha256}.part").stat().st_size == 2 * CHUNK
    assert first.desk.sync().uploaded == 1, "and goes on behind it"
    second.sync()
    assert len(second.desk.rows("building")) == 1


@pytest.mark.both_databases
def test_uploads_go_on_when_the_quota_grows(hq: TestHq, site: str, places: tuple[Place, Place]) -> None:
    first, _ = places
    with hq.store.database.writing(site) as connection:
        connection.execute(update(hq_site).values(blob_quota=len(CONTENT) + 100))
    names = [first.attach(CONTENT[:-1] + bytes([number]))[1].sha256 for number in range(3)]
    first.sync()
    states = sorted(state_of(first.desk, name) for name in names)
    assert states == [("done", None), ("refused", "blob-quota"), ("refused", "blob-quota")]
    sent = len(first.desk.link.requests)
    link = CutLink(first.desk.link, after=99)
    assert first.transfers.upload(link) == 0
    assert link.sent == 0
    assert len(first.desk.link.requests) == sent
    with hq.store.database.writing(site) as connection:
        connection.execute(update(hq_site).values(blob_quota=10 * len(CONTENT)))
    first.sync()
    assert states == sorted(state_of(first.desk, name) for name in names), "not asked at every round"
    first.later(ASK_EVERY_S)
    first.sync()
    assert {state_of(first.desk, name) for name in names} == {("done", None)}


# -- let go -------------------------------------------------------------------------------------------


def quota_used(hq: TestHq, site: str) -> int:
    with hq.store.database.reading(site) as connection:
        return sum(row[0] for row in connection.execute(select(hq_blob.c.size)))


@pytest.mark.both_databases
def test_contents_that_nothing_names_any_more_are_let_go_after_a_month(
    hq: TestHq, site: str, places: tuple[Place, Place]
) -> None:
    first, _ = places
    gone_row, gone = first.attach(CONTENT)
    _, kept = first.attach(b"kept")
    twice_row, twice = first.attach(b"twice")
    first.attach(b"twice")
    first.sync()
    for row in (gone_row, twice_row):
        first.desk.database.write(SYSTEM, attachments.remove, row)
    first.sync()
    now = hq.store.clock.now()
    blob_upkeep.tidy(hq.store.database, hq.blobs, site, now + 29 * DAY_MS)
    assert at_hq(hq, site, gone.sha256).exists()
    done = blob_upkeep.tidy(hq.store.database, hq.blobs, site, now + 31 * DAY_MS)
    assert (done.unused, done.unfinished) == (1, 0)
    assert not at_hq(hq, site, gone.sha256).exists()
    assert quota_used(hq, site) == len(b"kept") + len(b"twice")
    for blob in (kept, twice):
        assert first.desk.link.blob_state(blob.sha256).complete
    assert first.desk.link.blob_announce(gone.sha256, gone.size).offset == 0, "it may come again"


@pytest.mark.both_databases
def test_a_content_announced_again_stays_another_month(
    hq: TestHq, site: str, places: tuple[Place, Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = places
    row, blob = first.attach(CONTENT)
    first.sync()
    first.desk.database.write(SYSTEM, attachments.remove, row)
    first.sync()
    now = hq.store.clock.now()
    monkeypatch.setattr(hq.store.clock, "now", lambda: now + 31 * DAY_MS)
    assert second.desk.link.blob_announce(blob.sha256, blob.size).complete
    done = blob_upkeep.tidy(hq.store.database, hq.blobs, site, now + 32 * DAY_MS)
    assert done.unused == 0
    assert second.desk.link.blob_state(blob.sha256).complete


@pytest.mark.both_databases
def test_an_upload_that_was_never_finished_is_let_go_after_a_week(
    hq: TestHq, site: str, places: tuple[Place, Place]
) -> None:
    first, _ = places
    name = "ab" * 32
    first.desk.link.blob_announce(name, 2 * CHUNK)
    first.desk.link.blob_put(name, 0, bytes(CHUNK))
    part = at_hq(hq, site, name).with_name(f"{name}.part")
    now = hq.store.clock.now()
    blob_upkeep.tidy(hq.store.database, hq.blobs, site, now + 6 * DAY_MS)
    assert part.exists()
    hq.blobs._monotonic = lambda: time.monotonic() + 60
    done = blob_upkeep.tidy(hq.store.database, hq.blobs, site, now + 8 * DAY_MS)
    assert done.unfinished == 1
    assert not part.exists()
    assert quota_used(hq, site) == 0


def test_a_site_is_tidied_once_a_day_and_not_all_sites_at_once(hq: TestHq, site: str) -> None:
    hours = Hours()
    upkeep = Upkeep(hours, lambda: 3_600)
    now = hq.store.clock.now()
    assert upkeep.tidy(hq.store.database, hq.blobs, site, now) is None
    hours.now += 3_601
    assert upkeep.tidy(hq.store.database, hq.blobs, site, now) is not None
    assert upkeep.tidy(hq.store.database, hq.blobs, site, now) is None
    hours.now += 86_401
    assert upkeep.tidy(hq.store.database, hq.blobs, site, now) is not None


def test_halves_of_downloads_are_cleared_after_a_week(places: tuple[Place, Place]) -> None:
    first, _ = places
    incoming = first.store.folder / "incoming"
    incoming.mkdir(parents=True)
    old, fresh = incoming / f"{'a' * 64}.part", incoming / f"{'b' * 64}.part"
    for path, days in ((old, 8), (fresh, 6)):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - days * 86_400,) * 2)
    first.later(LOOK_EVERY_S)
    assert (old.exists(), fresh.exists()) == (False, True)
