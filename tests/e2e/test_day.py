"""A day at the front desk, worked through the real window: import, requests, paper, callbacks, headquarters
away and back, and at its end the same rows on both desks and at headquarters.

Everything is the program's own: the encrypted file, the window with its pages, keys and clicks, a real
`qiantai-hq` process. Only two things are put in: which file a file dialog gives, and Chinese text (an input
method writes it, no key).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from sqlalchemy.orm import Session

from desktop.desk import Desk, create_desk
from desktop.opening import Joining, engine_of, enrol_desk, join
from desktop.paths import open_profile
from models.entities.synced import synced_tables
from models.queries.conflict_list import conflict_counts
from models.queries.ticket_timeline import ticket_timeline
from models.services import accounts, intake, tickets
from models.services.intake import Request
from models.work import SYSTEM
from sync.client import digests
from sync.client.local import Plain
from sync.server.database import HqDatabase
from sync.status import SyncState
from tests.desktop.command_line import ADMIN, PASSWORD, SAMPLES
from tests.desktop.running import Running
from tests.e2e.clerk import KINDS, PAPERS_ON_SAVING, Day
from tests.sync.parts import HqProcess
from views.tickets.page import TicketsPage


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[HqProcess]:
    folder = tmp_path / "hq"
    folder.mkdir()
    process = HqProcess(folder)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def day(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    papers = tmp_path / "papers"
    papers.mkdir()
    running = Running(qtbot, tmp_path / "desk-a")
    running.fill(site="春江花园", staff_no=ADMIN, name="王敏", password=PASSWORD)
    running.submit()
    running.until(lambda: "请用工号登录" in running.words_on_cover)
    running.fill(staff_no=ADMIN, password=PASSWORD)
    running.submit()
    running.until(lambda: running.cover is None)
    running.settle()
    yield Day(running, papers, monkeypatch)
    reports = [one.path.read_text(encoding="utf-8") for one in running.application.crash_reports.reports()]
    running.close()
    assert reports == []


@pytest.fixture
def other_desks() -> Iterator[list[Desk]]:
    """Closed at the end."""
    opened: list[Desk] = []
    yield opened
    for desk in opened:
        desk.close()


# -- the end of the day ------------------------------------------------------------------------------


def code(hq: HqProcess, site: str) -> str:
    return hq.command("desk", "code", site).stdout.strip()


def everything(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Every synced row of a desk; stamps of single fields that say nothing left out."""
    connection = session.connection()
    found = {}
    for table in synced_tables():
        names = list(table.c.keys())
        rows = [
            tuple(row) for row in connection.exec_driver_sql(f"SELECT {', '.join(names)} FROM {table.name}")
        ]
        found[table.name] = sorted(_plain(dict(zip(names, row, strict=True))) for row in rows)
    return found


def _plain(row: dict[str, Any]) -> tuple[str, ...]:
    stamps = json.loads(row.pop("field_stamps") or "{}")
    meant = {name: at for name, at in stamps.items() if at != row["stamp"] and name != "deleted"}
    return (row["id"], repr(sorted(row.items())), repr(sorted(meant.items())))


def sums(desk: Desk) -> dict[str, bytes]:
    """Each table's digest, from the desk's own rows."""
    with desk.database.reading() as session:
        counted = digests.counted(Plain(session))
        assert digests.wrong(Plain(session)) == []
    return {name: digest.packed() for name, digest in counted.items() if any(digest.sums)}


def ids_at_headquarters(hq: HqProcess, site_id: str) -> dict[str, set[tuple[str, int]]]:
    """(id, stamp) of every row that headquarters holds of a site, read from its own file."""
    database = HqDatabase(hq.database)
    found = {}
    try:
        with database.surveying() as connection:
            for table in synced_tables():
                rows = connection.exec_driver_sql(
                    f"SELECT id, stamp FROM {table.name} WHERE site_id = ?", (site_id,)
                )
                found[table.name] = {(row[0], row[1]) for row in rows}
    finally:
        database.close()
    return found


def text_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path.read_bytes())
    try:
        pages = [document[at].get_textpage().get_text_range() for at in range(len(document))]
    finally:
        document.close()
    return "".join(pages).replace(" ", "").replace("\r\n", "\n")


def prints_of(session: Session) -> list[tuple[str, str]]:
    """(document, number) of every printing on record."""
    rows = session.connection().exec_driver_sql(
        "SELECT p.document, coalesce(t.number, p.sheet_no) FROM print_record p "
        "LEFT JOIN ticket t ON t.id = p.ticket_id WHERE p.deleted IS NULL"
    )
    return [(row[0], row[1]) for row in rows]


def work_beside(second: Desk, accepted: str) -> list[str]:
    """What the other desk does meanwhile, with headquarters away: five requests, and the acceptance of a
    ticket that the first desk is just about to finish. The numbers of the requests."""
    database = second.database
    who = database.read(accounts.actor_of_number, ADMIN)
    assert who is not None
    database.write(who, tickets.accept, accepted)
    requests = [Request(matter=f"前台 B 登记 {number}", place="北门") for number in range(5)]
    return [database.write(who, intake.create, request).value.number for request in requests]


def test_a_day_at_the_desk(day: Day, hq: HqProcess, tmp_path: Path, other_desks: list[Desk]) -> None:
    began = time.monotonic()
    for site in ("春江花园", "月亮湾"):
        assert hq.command("site", "add", site).returncode == 0
    day.bring_in(SAMPLES / "estate-linked-sheets-2020.xlsx")
    day.bring_in(SAMPLES / "rooms-flat.xlsx")
    day.enrol(hq.url, code(hq, "春江花园"))

    for number in range(30):
        day.take(number, is_printed=KINDS[number % 6] != "enquiry" and number < PAPERS_ON_SAVING + 1)
    assert len(day.tickets()) == 30
    assert {row.kind for row in day.tickets()} == set(KINDS)
    day.dispatch_all()
    batch = day.print_selection()
    day.sync_now()
    second = join(open_profile(tmp_path / "desk-b"), Joining(hq.url, code(hq, "春江花园")))
    other = create_desk(open_profile(tmp_path / "desk-c"))
    other_desks += [second, other]
    enrol_desk(other, Joining(hq.url, code(hq, "月亮湾")), SYSTEM)

    hq.stop(is_killed=True)
    for number in range(30, 50):
        day.take(number)
    day.wait_for(SyncState.UNREACHABLE)
    assert len(day.tickets()) == 50
    sent_out = [row for row in day.tickets() if row.state == "dispatched"]
    assert len(sent_out) == 20, "all but enquiries, answered at once, and praise, which has no deadline"
    theirs = work_beside(second, sent_out[0].id)
    sheet = finish_and_call_back(day, sent_out[::2])

    hq.start()
    day.sync_now()
    engine_of(other).run_once()
    engine_of(second).run_once()
    day.sync_now()
    assert engine_of(second).run_once().is_equal is True
    compare(day, second, other, hq)
    assert {row.number for row in day.tickets()} >= set(theirs)
    (finished,) = [row for row in day.tickets() if row.id == sent_out[0].id]
    assert finished.state == "archived", "a stale acceptance does not open what is finished"
    assert day.read(conflict_counts)["ruled"] == 1
    assert [one.desk for one in day.read(ticket_timeline, finished.id) if one.kind == "sync"] == ["B"]

    printed = sorted(day.papers.iterdir())
    assert {batch, sheet} <= set(printed)
    assert_every_paper_has_its_record(printed, day.read(prints_of))
    assert time.monotonic() - began < 90


def finish_and_call_back(day: Day, rows: list[Any]) -> Path:
    """Complete these tickets, ring everybody back from one sheet; the sheet's paper."""
    day.go(Qt.Key.Key_2, TicketsPage)
    for row in rows:
        day.complete(row.rowid, "已上门处理，业主确认")
    due = day.callbacks("due")
    assert len(due) >= 8
    sheet = day.call_back()
    assert len(day.callbacks("done")) == len(due)
    assert [row for row in day.tickets() if row.reopened_count], "who was not content has the ticket again"
    return sheet


def compare(day: Day, second: Desk, other: Desk, hq: HqProcess) -> None:
    """Both desks and headquarters hold the same rows; the other site has none of them."""
    ours = day.read(everything)
    assert sum(len(rows) for rows in ours.values()) > 400
    theirs = second.database.read(everything)
    for name, rows in ours.items():
        assert theirs[name] == rows, name
    assert sums(day.desk) == sums(second)
    site_id = day.desk.database.identity.site_id
    at_hq = ids_at_headquarters(hq, site_id)
    for table in synced_tables():
        with day.desk.database.reading() as session:
            rows = session.connection().exec_driver_sql(f"SELECT id, stamp FROM {table.name}")
            assert at_hq[table.name] == {(row[0], row[1]) for row in rows}, table.name
    strangers = other.database.read(everything)
    assert not any(set(strangers[name]) & set(rows) for name, rows in ours.items())
    assert strangers["ticket"] == strangers["resident"] == []


def assert_every_paper_has_its_record(papers: list[Path], records: list[tuple[str, str]]) -> None:
    """Every number on paper is on record as often as it was printed, and nothing is on record besides."""
    printed: list[tuple[str, str]] = []
    known = {number for _document, number in records}
    for path in papers:
        text = text_of(path)
        found = {number for number in known if number in text}
        sheet = {number for number in found if number.startswith("HF-")}
        document = "callback_sheet" if sheet else "work_order"
        printed += [(document, number) for number in (sheet or found)]
    assert sorted(printed) == sorted(records)
