"""A real headquarters' attachments looked after from a terminal while its desks go on."""

from __future__ import annotations

import json
from pathlib import Path

from models.services import attachments
from models.services.blob_store import BlobStore
from models.work import SYSTEM
from sync.client.attachments import Attachments
from sync.client.engine import Engine
from tests.sync.parts import HqProcess


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
