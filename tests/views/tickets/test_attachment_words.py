"""Beside each attachment stands where its content is, and how far its upload has come."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel

from models.errors import DomainError
from models.services import attachments
from models.services.blob_store import Blob
from models.work import SYSTEM, Work
from sync.status import SyncState, SyncStatus
from tests.views.tickets.ticket_desk import TicketDesk, settle
from tests.views.tickets.ticket_keys import shown
from views.attachments import attachment_list
from views.tickets.page import TicketsPage

CASES = {
    "已上传.jpg": "",
    "等待.jpg": "等待上传",
    "半途.mp4": "正在上传 42 %",
    "没空间.jpg": "没有上传：总部的附件空间已用完",
    "太大.mp4": "没有上传：总部没有接受",
    "别人的.jpg": "在总部，打开时下载",
    "坏了.jpg": "内容已损坏，打开时会重新下载",
    "没了.jpg": "内容在本机找不到了",
    "总部没有.jpg": "总部还没有内容，等上传的前台联网",
}
ABSENT = "INSERT INTO blob_transfer VALUES (?, 'down', 0, 0, 'missing', 'blob-unknown')"


def fill(desk: TicketDesk) -> str:
    """A ticket with an attachment in each of the cases."""
    ticket_id = desk.ticket()
    store = desk.files.attachments

    def transfer(work: Work, name: str, values: str) -> None:
        work.session.connection().exec_driver_sql(
            f"UPDATE blob_transfer SET {values} WHERE sha256 = ?", (name,)
        )

    for name in CASES:
        blob = store.put_bytes(name.encode() * 100)
        size = blob.size
        if name == "半途.mp4":
            size = 50 << 20
        desk.database.write(SYSTEM, attachments.add, ticket_id, Blob(blob.sha256, size), name=name)
        change = {
            "已上传.jpg": "state = 'done'",
            "别人的.jpg": "state = 'done'",
            "总部没有.jpg": "state = 'done'",
            "半途.mp4": f"offset = {(50 << 20) * 42 // 100 + 99}",
            "没空间.jpg": "state = 'refused', error = 'blob-quota'",
            "太大.mp4": "state = 'refused', error = 'blob-too-large'",
            "没了.jpg": "state = 'missing', error = 'blob-missing'",
        }.get(name)
        if change:
            desk.database.write(SYSTEM, transfer, blob.sha256, change)
        if name in {"已上传.jpg", "总部没有.jpg"}:
            desk.database.write(SYSTEM, _absent, blob.sha256)
        if name in {"别人的.jpg", "没了.jpg", "总部没有.jpg"}:
            store.path(blob.sha256).unlink()
        if name == "坏了.jpg":
            store.set_aside(blob.sha256)
    return ticket_id


def _absent(work: Work, name: str) -> None:
    """As after an opening that headquarters could not serve. Of what lies here it says nothing."""
    work.session.connection().exec_driver_sql(ABSENT, (name,))


def lines(page: TicketsPage) -> str:
    return page.detail.files._card.accessibleName()


def test_each_attachment_says_where_it_is(desk: TicketDesk, page: TicketsPage) -> None:
    desk.files.sync_status = SyncStatus(SyncState.SYNCED)
    shown(page, fill(desk))
    words = lines(page)
    for words_of in filter(None, CASES.values()):
        assert words.count(words_of) == 1, words_of
    assert page.detail.files.findChildren(QLabel)


def test_the_words_agree_with_the_fault_of_opening(
    desk: TicketDesk, page: TicketsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.files.sync_status = SyncStatus(SyncState.SYNCED)
    ticket_id = desk.ticket()
    store = desk.files.attachments
    blob = store.put_bytes(bytes(1000))
    desk.database.write(SYSTEM, attachments.add, ticket_id, blob, name="现场.jpg")
    store.path(blob.sha256).unlink()
    with desk.database.working("test") as work:
        work.session.connection().exec_driver_sql("DELETE FROM blob_transfer")
    shown(page, ticket_id)
    assert "在总部，打开时下载" in lines(page)

    def fetch(name: str, _progress: object = None) -> Path:
        desk.database.write(SYSTEM, _absent, name)
        raise DomainError("blob-unknown")

    told: list[DomainError] = []
    page.detail.files._context.tasks.failed.connect(told.append)
    monkeypatch.setattr(desk.files, "fetch_attachment", fetch)
    page.detail.files.open_row(desk.detail(ticket_id).attachments[0])
    settle()
    assert [error.code for error in told] == ["blob-unknown"]
    assert "总部还没有内容，等上传的前台联网" in lines(page)
    assert "在总部，打开时下载" not in lines(page)


def test_a_desk_of_its_own_waits_for_nobody(desk: TicketDesk, page: TicketsPage) -> None:
    shown(page, fill(desk))
    assert "上传" not in lines(page).replace("已上传.jpg", "")


def test_the_words_follow_the_upload(desk: TicketDesk, page: TicketsPage) -> None:
    desk.files.sync_status = SyncStatus(SyncState.SYNCED)
    ticket_id = desk.ticket()
    blob = desk.files.attachments.put_bytes(bytes(1000))
    desk.database.write(SYSTEM, attachments.add, ticket_id, blob, name="现场.jpg")
    page.detail.files._again.setInterval(attachment_list.LOOK_AGAIN_MS // 100)
    shown(page, ticket_id)
    page.detail.files.show()
    assert "等待上传" in lines(page)

    def note(work: Work, values: str) -> None:
        work.session.connection().exec_driver_sql(f"UPDATE blob_transfer SET {values}")

    desk.database.write(SYSTEM, note, "offset = 500")
    page.detail.files._look()
    settle()
    assert "正在上传 50 %" in lines(page)
    desk.database.write(SYSTEM, note, "state = 'done'")
    page.detail.files._look()
    settle()
    assert "上传" not in lines(page)
    assert not page.detail.files._again.isActive()
