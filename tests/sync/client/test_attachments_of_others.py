"""Contents that another desk added: never an upload of this one's own, and the words beside them are true;
what truly is nowhere any more is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.queries.transfers import Upload, uploads
from sync.client.attachment_care import ASK_EVERY_S
from sync.server.blobs import BlobStore
from sync.status import SyncState, SyncStatus
from tests.sync.client.test_attachment_care import Place, places
from tests.sync.parts import TestHq, settle
from tests.sync.test_found_by_simulation import enrol_anew
from tests.sync.test_restored import Backups
from views.attachments.whereabouts import whereabouts

FETCHED_WHEN_OPENED = "在总部，打开时下载"
LOST = "内容在本机找不到了"

__all__ = ["places"]  # a fixture


@pytest.fixture
def backups(hq: TestHq, tmp_path: Path) -> Iterator[Backups]:
    made = Backups(hq, tmp_path)
    yield made
    for database in made.opened:
        database.close()


def upload_of(place: Place, name: str) -> Upload | None:
    return place.desk.database.read(uploads, [name]).get(name)


def words(place: Place, name: str, state: SyncState = SyncState.SYNCED) -> str:
    piece, _ = whereabouts(place.store, SyncStatus(state), name, upload_of(place, name))
    return piece.text if piece is not None else ""


def lose_contents(hq: TestHq, tmp_path: Path) -> None:
    """Headquarters stands with an empty folder of contents."""
    empty = BlobStore(tmp_path / "blobs of the restored")
    for desk in hq.desks:
        desk.link.blobs = empty


def test_after_a_restore_a_desk_uploads_only_what_it_holds(
    hq: TestHq, site: str, places: tuple[Place, Place], backups: Backups, tmp_path: Path
) -> None:
    first, second = places
    kept = backups.make()
    mine, theirs = first.attach(b"a" * 5000)[1].sha256, second.attach(b"b" * 6000)[1].sha256
    settle(first.desk, second.desk)
    backups.restore(kept)
    lose_contents(hq, tmp_path)
    for place in (first, second, first, second):
        place.sync()
    for place, own, other in ((first, mine, theirs), (second, theirs, mine)):
        assert upload_of(place, other) is None, "not this desk's to send"
        assert words(place, other) == FETCHED_WHEN_OPENED
        sent = upload_of(place, own)
        assert sent is not None and sent.state == "done"
        assert words(place, own) == ""
        assert place.transfers.fetch(place.desk.link, other).is_file()
        assert words(place, other) == ""


def test_a_desk_enrolled_anew_uploads_only_what_it_holds(
    hq: TestHq, site: str, places: tuple[Place, Place]
) -> None:
    first, second = places
    theirs = second.attach(b"b" * 6000)[1].sha256
    settle(first.desk, second.desk)
    enrol_anew(hq, first.desk)
    first.sync()
    assert upload_of(first, theirs) is None
    assert words(first, theirs) == FETCHED_WHEN_OPENED


def test_what_another_desk_added_and_is_held_here_goes_up_to_a_restored_headquarters(
    hq: TestHq, site: str, places: tuple[Place, Place], backups: Backups, tmp_path: Path
) -> None:
    first, second = places
    theirs = second.attach(b"b" * 6000)[1].sha256
    settle(first.desk, second.desk)
    first.transfers.fetch(first.desk.link, theirs)
    backups.restore(backups.make())
    lose_contents(hq, tmp_path)
    first.sync()
    assert first.desk.link.blob_state(theirs).complete


def test_what_is_gone_from_this_disk_is_lost_only_if_headquarters_lacks_it(
    hq: TestHq, site: str, places: tuple[Place, Place], backups: Backups, tmp_path: Path
) -> None:
    first, second = places
    there, nowhere = first.attach(b"a" * 5000)[1].sha256, first.attach(b"n" * 7000, "没了.jpg")[1].sha256
    first.store.path(nowhere).unlink()
    assert words(first, nowhere) == LOST, "before it was sent"
    assert words(first, nowhere, SyncState.LOCAL) == LOST
    settle(first.desk, second.desk)
    first.store.path(there).unlink()
    enrol_anew(hq, first.desk)
    first.sync()
    assert words(first, there) == FETCHED_WHEN_OPENED, "headquarters has it"
    assert (upload_of(first, nowhere) or pytest.fail()).state == "missing"
    assert words(first, nowhere) == LOST


def test_what_was_told_as_lost_is_told_so_no_more_when_it_is_found(
    hq: TestHq, site: str, places: tuple[Place, Place]
) -> None:
    first, second = places
    names = [first.attach(bytes([number]) * 5000)[1].sha256 for number in range(3)]
    contents = {name: first.store.path(name).read_bytes() for name in names}
    for name in names:
        first.store.path(name).unlink()
    first.sync()
    assert [words(first, name) for name in names] == [LOST] * 3
    elsewhere, back, nowhere = names
    second.store.put_bytes(contents[elsewhere])
    second.sync()
    second.later(ASK_EVERY_S)  # headquarters asks for it, another desk has it
    first.store.put_bytes(contents[back])
    first.later(ASK_EVERY_S)
    assert words(first, elsewhere) == FETCHED_WHEN_OPENED
    assert words(first, back) == ""
    assert first.desk.link.blob_state(back).complete
    assert words(first, nowhere) == LOST


def test_what_is_fetched_was_never_lost(hq: TestHq, site: str, places: tuple[Place, Place]) -> None:
    """A row that an earlier version left behind: opening it left the line 没有上传：总部没有接受."""
    first, second = places
    theirs = second.attach(b"b" * 6000)[1].sha256
    settle(first.desk, second.desk)
    with first.desk.database.working("test") as work:
        work.session.connection().exec_driver_sql(
            "INSERT INTO blob_transfer VALUES (?, 'up', 6000, 0, 'missing', 'blob-missing')", (theirs,)
        )
    first.transfers.fetch(first.desk.link, theirs)
    assert words(first, theirs) == ""
    assert (upload_of(first, theirs) or pytest.fail()).state == "done"
