"""First commit, then number, then paper: a printing is on record before it is rendered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from desktop import papers
from desktop.papers import CALLBACK_SHEET, WORK_ORDER, Paper, issue, preview
from models.database import Database
from models.errors import DomainError
from models.queries.ticket_detail import ticket_detail
from models.rules.rights import Right
from models.services import callbacks, intake, tickets
from models.services.intake import Request
from models.services.seeds import department_id, seed_site
from models.services.tickets import Assignment, Completion
from models.spreadsheets.jobs import DatabaseDoor
from models.work import Actor
from tests.views.documents.reading import text_of


class Office:
    """A site with a few tickets, and a door to it."""

    def __init__(self, database: Database, actor: Actor) -> None:
        self.door = DatabaseDoor(database, actor)
        self.door.write(seed_site, "春江花园", hotline="400-100-2000")

    def take(self, matter: str) -> str:
        request = Request(matter=matter, place="南门", caller_name="张先生", caller_phone="13800001234")
        return str(self.door.write(intake.create, request).ticket_id)

    def sheet(self, matter: str) -> str:
        """A callback sheet with one finished ticket on it."""
        ticket_id = self.door.write(
            intake.create,
            Request(matter=matter, kind="complaint", place="南门", caller_name="张先生",
                    caller_phone="13800001234"),
        ).ticket_id  # fmt: skip
        assignment = Assignment(department_id("service"), matter, None, None, None, fills_from_ticket=True)
        self.door.write(tickets.dispatch, ticket_id, assignment)
        self.door.write(tickets.accept, ticket_id)
        self.door.write(tickets.complete, ticket_id, Completion("fixed", "已处理"))
        due = self.door.read(ticket_detail, ticket_id).callbacks
        return str(self.door.write(callbacks.make_sheet, [due[0].id]))

    def prints(self, ticket_id: str) -> list[int]:
        return [one.serial for one in self.door.read(ticket_detail, ticket_id).prints]


@pytest.fixture
def office(database: Database, actor: Actor) -> Office:
    return Office(database, actor)


def words(pdf: bytes) -> str:
    return text_of(pdf).replace(" ", "")


def test_a_preview_is_not_a_printing(office: Office) -> None:
    ticket_id = office.take("路灯不亮")
    shown = preview(office.door, Paper(WORK_ORDER, (ticket_id,), "A5"))
    assert shown.pages == 3
    assert "路灯不亮" in words(shown.pdf)
    assert office.prints(ticket_id) == []


def test_each_printing_is_numbered_and_the_second_says_so(office: Office) -> None:
    ticket_id = office.take("路灯不亮")
    paper = Paper(WORK_ORDER, (ticket_id,), "A5", ("crew",))
    assert "补打" not in words(issue(office.door, paper).pdf)
    assert "补打" in words(issue(office.door, paper).pdf)
    assert office.prints(ticket_id) == [1, 2]


def test_a_selection_comes_in_its_order(office: Office) -> None:
    ids = tuple(office.take(matter) for matter in ("路灯不亮", "门禁刷不开", "垃圾桶满溢"))
    text = words(issue(office.door, Paper(WORK_ORDER, ids[::-1], "A5", ("crew",))).pdf)
    places = [text.index(matter) for matter in ("垃圾桶满溢", "门禁刷不开", "路灯不亮")]
    assert places == sorted(places)


def test_several_sheets_are_one_file(office: Office) -> None:
    sheets = tuple(office.sheet(matter) for matter in ("保洁不及时", "门岗态度差"))
    report = issue(office.door, Paper(CALLBACK_SHEET, sheets, "A4"))
    text = words(report.pdf)
    assert report.pages == 2
    assert all(number in text for number in sheets)


def test_a_sheet_that_is_not_there_leaves_no_paper(office: Office) -> None:
    with pytest.raises(DomainError, match="sheet-not-found"):
        issue(office.door, Paper(CALLBACK_SHEET, ("HF-A-000000-001",), "A4"))


def test_without_the_right_there_is_neither_paper_nor_record(
    office: Office, clerk: Actor, database: Database
) -> None:
    ticket_id = office.take("路灯不亮")
    visitor = Actor(clerk.staff_id, clerk.staff_no, clerk.name, clerk.rights - {Right.PRINT})
    with pytest.raises(DomainError, match="right-missing"):
        issue(DatabaseDoor(database, visitor), Paper(WORK_ORDER, (ticket_id,), "A5"))
    assert office.prints(ticket_id) == []


def test_a_rendering_that_fails_leaves_its_record(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other way round there would be a paper that nobody knows of."""
    ticket_id = office.take("路灯不亮")

    def broken(*_args: Any, **_options: Any) -> Callable[..., Any]:
        raise RuntimeError("no ink")

    monkeypatch.setattr(papers, "render_work_orders", broken)
    with pytest.raises(RuntimeError):
        issue(office.door, Paper(WORK_ORDER, (ticket_id,), "A5"))
    assert office.prints(ticket_id) == [1]
