"""What hangs on a ticket: charges, attachments, printings, drafts, saved views, communications."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from models.entities.local import BlobTransfer
from models.errors import DomainError
from models.queries.drafts import drafts as drafts_query
from models.queries.household_card import communications as communications_query
from models.queries.saved_views import saved_views as views_query
from models.queries.work_orders import work_orders
from models.services import (
    attachments,
    charges,
    communications,
    drafts,
    intake,
    printing,
    saved_views,
    tickets,
)
from models.services.blob_store import BlobStore
from models.services.callbacks import make_sheet
from models.services.charges import Line
from models.services.communications import Contact
from models.services.intake import Request
from models.services.tickets import Completion
from models.work import Actor
from tests.models.services.conftest import Desk

LIMIT = 50 * 1024 * 1024


def fault(desk: Desk, service: object, *args: object, **given: object) -> DomainError:
    with pytest.raises(DomainError) as caught:
        desk.do(service, *args, **given)
    return caught.value


# -- charges -----------------------------------------------------------------------------------------


def test_charges_sum_up_and_are_written_in_capitals(desk: Desk) -> None:
    ticket_id = desk.dispatched()
    lines = [
        Line("角阀", 3500, 1000, spec="DN15", unit="个"),
        Line("软管", 1250, 1500),
        Line("人工", 5000, kind="labour"),
    ]
    assert desk.do(charges.add, ticket_id, lines) == 3500 + 1875 + 5000
    found = desk.detail(ticket_id).charges
    assert (found.material, found.labour, found.total) == (5375, 5000, 10375)
    assert found.capitals == "壹佰零叁元柒角伍分"


def test_a_wrong_line_is_reversed_never_edited(desk: Desk) -> None:
    ticket_id = desk.dispatched()
    desk.do(charges.add, ticket_id, [Line("角阀", 3500), Line("角阀", 3500)])
    line_id = desk.detail(ticket_id).charges.lines[1].id
    desk.do(charges.reverse, line_id)
    found = desk.detail(ticket_id).charges
    assert (found.total, [line.is_reversed for line in found.lines]) == (3500, [False, True, True])
    assert fault(desk, charges.reverse, line_id).code == "charge-reversed-already"
    assert fault(desk, charges.reverse, found.lines[2].id).code == "charge-reversed-already"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (Line(" ", 1), "name"),
        (Line("x", 1, kind="gift"), "kind"),
        (Line("x", 1, 0), "quantity"),
        (Line("x", -1), "price"),
    ],
)
def test_a_line_that_is_none_is_refused_with_all_others(desk: Desk, line: Line, why: str) -> None:
    ticket_id = desk.dispatched()
    assert fault(desk, charges.add, ticket_id, [Line("角阀", 3500), line]).values["why"] == why
    assert desk.detail(ticket_id).charges.lines == ()


# -- attachments -------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


def test_a_picture_is_kept_by_its_content_and_proves_the_work(
    desk: Desk, store: BlobStore, tmp_path: Path
) -> None:
    picture = tmp_path / "角阀.jpg"
    picture.write_bytes(b"\xff\xd8" + bytes(range(256)) * 8192)
    blob = store.put(picture, LIMIT)
    assert blob.sha256 == hashlib.sha256(picture.read_bytes()).hexdigest()
    assert store.verify(blob.sha256)
    ticket_id = desk.dispatched()
    desk.do(attachments.add, ticket_id, blob, name="角阀.jpg")
    assert [(one.kind, one.media_type, one.size) for one in desk.detail(ticket_id).attachments] == [
        ("photo", "image/jpeg", blob.size)
    ]
    desk.do(tickets.complete, ticket_id, Completion("fixed"))
    assert desk.detail(ticket_id).state == "completed"
    assert desk.ask(lambda session: session.get(BlobTransfer, (blob.sha256, "up")).state) == "waiting"


def test_the_same_content_twice_is_one_file(store: BlobStore, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"same")
    assert (
        store.put(tmp_path / "a.jpg", LIMIT)
        == store.put(tmp_path / "b.jpg", LIMIT)
        == store.put_bytes(b"same")
    )
    assert len([path for path in store.folder.rglob("*") if path.is_file()]) == 1


def test_too_large_empty_missing_and_interrupted_files_leave_nothing(
    desk: Desk, store: BlobStore, tmp_path: Path
) -> None:
    large, empty = tmp_path / "large.mp4", tmp_path / "empty.txt"
    large.write_bytes(bytes(3 * 1024 * 1024))
    empty.touch()
    for source, limit, code in (
        (large, 2 * 1024 * 1024, "attachment-too-large"),
        (empty, LIMIT, "attachment-empty"),
        (tmp_path / "none", LIMIT, "attachment-unreadable"),
    ):
        with pytest.raises(DomainError, match=code):
            store.put(source, limit)

    def stop(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.put(large, LIMIT, stop)
    assert not [path for path in store.folder.rglob("*") if path.is_file()]
    blob = store.put(large, LIMIT)
    ticket_id = desk.take().ticket_id
    assert (
        fault(desk, attachments.add, ticket_id, blob, name="a.mp4", kind="song").code == "ticket-code-unknown"
    )


def test_a_damaged_content_is_noticed_and_a_wrong_download_thrown_away(
    store: BlobStore, tmp_path: Path
) -> None:
    blob = store.put_bytes(b"right")
    store.path(blob.sha256).write_bytes(b"wrong")
    assert not store.verify(blob.sha256)
    download = tmp_path / "download"
    download.write_bytes(b"wrong")
    assert not store.adopt(download, blob.sha256)
    assert not download.exists()
    download.write_bytes(b"right")
    assert store.adopt(download, blob.sha256)
    assert store.verify(blob.sha256)
    with pytest.raises(ValueError, match="SHA-256"):
        store.path("../../etc/passwd")


def test_what_a_power_cut_left_half_written_is_cleared(store: BlobStore) -> None:
    store.put_bytes(b"whole")
    half = store.folder / "12ab.part"
    half.write_bytes(b"half")
    assert store.remove_leftovers(7) == 0, "it may be on its way"
    os.utime(half, (half.stat().st_mtime - 8 * 86_400,) * 2)
    assert store.remove_leftovers(7) == 1
    assert store.remove_leftovers(7) == 0


# -- printing ----------------------------------------------------------------------------------------


def test_every_printing_is_numbered_and_the_second_is_a_reprint(desk: Desk) -> None:
    one, two = desk.dispatched(), desk.dispatched()
    first = desk.do(printing.record_print, [two, one], "a5")
    assert [(job.ticket_id, job.serial, job.printed_by) for job in first] == [
        (two, 1, "王敏"),
        (one, 1, "王敏"),
    ]
    assert desk.do(printing.record_print, [one], "a4", ["crew"])[0].serial == 2
    found = desk.detail(one)
    assert [(row.serial, row.form, row.by) for row in found.prints] == [(1, "a5", "王敏"), (2, "a4", "王敏")]
    assert found.timeline[-1].text == "打印，A4，第 2 次"


def test_a_callback_sheet_is_numbered_likewise_and_one_that_is_not_there_leaves_no_record(desk: Desk) -> None:
    detail = desk.detail(desk.completed())
    sheet_no = desk.do(make_sheet, [detail.callbacks[0].id])
    assert desk.do(printing.record_sheet_print, sheet_no, "a4").serial == 1
    assert desk.do(printing.record_sheet_print, sheet_no, "a4").serial == 2
    assert fault(desk, printing.record_sheet_print, "HF-A-261120-099", "a4").code == "sheet-not-found"


def test_a_printing_that_is_refused_records_none_of_the_selection(desk: Desk) -> None:
    one = desk.dispatched()
    assert fault(desk, printing.record_print, [one, "0" * 32], "a5").code == "row-gone"
    assert fault(desk, printing.record_print, [one], "a5", ["carbon"]).code == "ticket-code-unknown"
    nobody = Actor(None, "", "访客", frozenset())
    with pytest.raises(DomainError, match="right-missing"):
        desk.database.write(nobody, printing.record_print, [one], "a5")
    assert desk.detail(one).prints == ()


def test_the_paper_has_what_the_slip_needs(desk: Desk) -> None:
    ticket_id = desk.dispatched(expectation="尽快止水")
    desk.do(charges.add, ticket_id, [Line("角阀", 3500)])
    paper = desk.ask(work_orders, [ticket_id, "0" * 32])
    assert len(paper) == 1
    one = paper[0]
    assert one.address == "幸福里 3 栋 2 单元 15 层 1502"
    assert (one.caller, one.caller_role, one.phone) == ("吴学文", "业主", "18909711443")
    assert (one.department, one.handler, one.handler_phone) == ("工程部", "李强", "13800002207")
    assert (one.category, one.priority, one.is_pressing) == ("工程维修 / 给排水", "紧急", True)
    assert one.warranty_note == "保修期内：给排水管道 2 年至 2027-06（建设工程质量管理条例第四十条）"
    assert one.charges.total == 3500


# -- drafts, views, communications -------------------------------------------------------------------


def test_drafts_stay_until_they_are_saved_or_thrown_away(desk: Desk) -> None:
    first = desk.do(drafts.save, None, "ticket", {"matter": "厨"})
    assert desk.do(drafts.save, first, "ticket", {"matter": "厨房漏"}) == first
    desk.clock.advance(seconds=5)
    second = desk.do(drafts.save, None, "ticket", {"matter": "电梯"})
    assert [(one.id, one.data["matter"]) for one in desk.ask(drafts_query)] == [
        (second, "电梯"),
        (first, "厨房漏"),
    ]
    desk.do(intake.create, Request("厨房漏水", room_id=desk.ids["3-2-1502"], draft_id=first))
    assert [one.id for one in desk.ask(drafts_query)] == [second]
    desk.do(drafts.discard, second)
    desk.do(drafts.discard, second)
    assert desk.ask(drafts_query) == []


def test_saved_views_are_named_replaced_ordered_and_deleted(desk: Desk) -> None:
    water = desk.do(saved_views.save, "tickets", "漏水", {"text": "漏"})
    lifts = desk.do(saved_views.save, "tickets", "电梯", {"text": "电梯"})
    assert desk.do(saved_views.save, "tickets", " 漏水 ", {"text": "漏水"}) == water
    assert [(one.name, one.filter) for one in desk.ask(views_query, "tickets")] == [
        ("漏水", {"text": "漏水"}), ("电梯", {"text": "电梯"}),
    ]  # fmt: skip
    desk.do(saved_views.put_in_order, [lifts, water])
    assert [one.id for one in desk.ask(views_query, "tickets")] == [lifts, water]
    desk.do(saved_views.delete, water)
    assert [one.name for one in desk.ask(views_query, "tickets")] == ["电梯"]
    assert fault(desk, saved_views.save, "tickets", " ", {}).code == "view-name-missing"


def test_a_contact_is_written_down_and_shown_masked(desk: Desk) -> None:
    resident_id = desk.ids["吴学文"]
    desk.do(communications.add, Contact("改打 18909711443 联系", resident_id=resident_id, direction="in"))
    found = desk.ask(communications_query, resident_id=resident_id)
    assert [(one.content, one.by, one.direction) for one in found] == [
        ("改打 189****1443 联系", "王敏", "in")
    ]
    assert fault(desk, communications.add, Contact(" ")).values["fields"] == ["content", "resident_id"]
    wrong = Contact("x", resident_id=resident_id, channel="smoke")
    assert fault(desk, communications.add, wrong).code == "ticket-code-unknown"
