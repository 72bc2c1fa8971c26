"""A real headquarters' attachments looked after from a terminal while its desks go on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.errors import DomainError
from models.queries.transfers import uploads
from models.services import attachments
from models.services.blob_store import BlobStore
from models.work import SYSTEM
from sync.client.attachment_care import ASK_SOON_S
from sync.client.attachments import Attachments
from sync.client.engine import Engine
from sync.status import SyncState, SyncStatus
from tests.sync.client.test_attachment_care import Hours
from tests.sync.parts import HqProcess
from views.attachments.whereabouts import whereabouts


def test_damaged_contents_are_found_asked_for_and_sent_again_and_room_is_given(
    hq_process: HqProcess, tmp_path: Path
) -> None:
    site_id = hq_process.add_site("阳光花园")
    quota = hq_process.command("site", "quota", "阳光花园", "3K")
    assert (quota.returncode, quota.stdout) == (0, "附件空间 3.0 KB，已用 0 B\n")
    assert hq_process.command("site", "quota", "阳光花园", "much").returncode == 2
    desk = hq_process.desk("阳光花园", tmp_path / "desk.db")
    store = BlobStore(tmp_path / "mine")
    ticket = desk.add_ticket("A-261121-0001", state="in_progress")
    names = []

    def sync() -> None:
        transfers = Attachments(desk.database, store, ask_after_s=0)
        Engine(desk.database, desk.link, attachments=transfers).run_once()

    for number in range(2):
        blob = store.put_bytes(bytes([number]) * 2_000)
        desk.database.write(SYSTEM, attachments.add, ticket, blob, name="漏水.jpg")
        names.append(blob.sha256)
    sync()
    given = json.loads(hq_process.command("site", "quota", "阳光花园", "1G", "--json").stdout)
    assert given == {"id": site_id, "quota": 1 << 30, "used": 2_000}
    sync()
    sync()
    assert desk.link.blobs_wanted("") == []
    places = [hq_process.folder / "hq-blobs" / site_id / name[:2] / name for name in names]
    places[0].write_bytes(b"\0" * 2_000 if places[0].read_bytes()[0] else b"\1" * 2_000)
    checked = hq_process.command("attachments", "check")
    assert (checked.returncode, checked.stdout) == (1, "阳光花园：完好 1 个，损坏 1 个，缺失 0 个\n")
    assert desk.link.blobs_wanted("") == [names[0]]
    assert desk.link.blobs_wanted(names[0]) == []
    sync()
    whole = json.loads(hq_process.command("attachments", "check", "阳光花园", "--json").stdout)
    assert whole == [{"site": "阳光花园", "whole": 2, "damaged": [], "missing": []}]
    gone = hq_process.command("attachments", "collect")
    assert gone.stdout == "阳光花园：清理了不再用到的 0 个，没有传完的 0 个\n"
    desk.link.close()
    desk.database.close()


@pytest.mark.both_databases
def test_what_headquarters_lost_is_told_as_missing_and_comes_in_the_next_round_of_who_has_it(
    hq_process: HqProcess, tmp_path: Path
) -> None:
    site_id = hq_process.add_site("阳光花园")
    desks = [hq_process.desk("阳光花园", tmp_path / f"desk{number}.db") for number in range(2)]
    stores = [BlobStore(tmp_path / f"contents{number}") for number in range(2)]
    hours = Hours()
    transfers = [Attachments(desk.database, store, hours) for desk, store in zip(desks, stores, strict=True)]
    for desk, sender in zip(desks, transfers, strict=True):
        desk.engine = Engine(desk.database, desk.link, attachments=sender)
    first, second = desks
    blob = stores[0].put_bytes(bytes(range(256)) * 300)
    ticket = first.add_ticket("A-261122-0001", state="in_progress")
    first.database.write(SYSTEM, attachments.add, ticket, blob, name="漏水.jpg")
    first.sync()
    second.sync()

    def words() -> str:
        upload = second.database.read(uploads, [blob.sha256]).get(blob.sha256)
        piece, _ = whereabouts(stores[1], SyncStatus(SyncState.SYNCED), blob.sha256, upload)
        return piece.text if piece is not None else ""

    assert words() == "在总部，打开时下载"
    with (hq_process.folder / "hq-blobs" / site_id / blob.sha256[:2] / blob.sha256).open("r+b") as file:
        file.seek(1_000)
        file.write(b"XXXX")
    with pytest.raises(DomainError) as caught:
        transfers[1].fetch(second.link, blob.sha256)
    assert caught.value.code == "blob-unknown"
    assert words() == "总部还没有内容，等上传的前台联网"
    check = ("attachments", "check", "--blobs", str(hq_process.folder / "hq-blobs"))
    checked = hq_process.command(*check)
    assert (checked.returncode, checked.stdout) == (1, "阳光花园：完好 0 个，损坏 0 个，缺失 1 个\n")
    hours.now += ASK_SOON_S
    first.sync()
    assert hq_process.command(*check).stdout == "阳光花园：完好 1 个，损坏 0 个，缺失 0 个\n"
    assert transfers[1].fetch(second.link, blob.sha256).is_file()
    assert words() == ""
    for desk in desks:
        desk.link.close()
        desk.database.close()
