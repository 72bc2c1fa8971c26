"""`qiantai ticket` and `qiantai print`: requests and paper from the command line."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest

from desktop.desk import open_desk
from desktop.paths import open_profile
from models.queries.ticket_detail import ticket_id_of
from models.services import tickets
from models.services.seeds import department_id
from models.services.tickets import Assignment, Completion
from models.work import SYSTEM
from tests.desktop.command_line import CommandLine

FORMS = ("A5", "a4", "half", "third", "full", "receipt")


def complete(line: CommandLine, number: str) -> None:
    """Carry a ticket to its end as the system."""
    desk = open_desk(open_profile(line.profile))
    try:
        ticket_id = desk.database.read(ticket_id_of, number)
        assert ticket_id is not None
        assignment = Assignment(
            department_id("engineering"), "上门检修", None, "张三1", "13800001234", fills_from_ticket=True
        )
        desk.database.write(SYSTEM, tickets.dispatch, ticket_id, assignment)
        desk.database.write(SYSTEM, tickets.accept, ticket_id)
        desk.database.write(SYSTEM, tickets.arrive, ticket_id)
        done = Completion(result="fixed", resolution="已更换密封圈")
        desk.database.write(SYSTEM, tickets.complete, ticket_id, done)
    finally:
        desk.close()


# -- tickets -----------------------------------------------------------------------------------------


def test_a_ticket_is_taken_shown_and_listed(line: CommandLine) -> None:
    number = line.take("厨房漏水", "--room", "1栋1单元1011", "--category", "管道漏水", "--caller", "吴先生",
                       "--phone", "13800001234", "--expectation", "今天修好")  # fmt: skip
    shown = line("ticket", "show", number, "--json").json
    assert (shown["number"], shown["room_code"], shown["priority"]) == (number, "1-1-1011", "urgent")
    assert shown["caller_phone"] == "138****1234"
    assert shown["received_at"].startswith("20")
    assert "T" in shown["received_at"]
    assert "厨房漏水" in line("ticket", "show", number).out
    listed = line("ticket", "list").out
    assert number in listed
    assert "1 条，共 1 条" in listed
    assert line("ticket", "list", "--group", "callback", "--json").json == []
    assert line("ticket", "list", "--group", "mine").status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["new", "漏水", "--room", "99-9-9999"], "没有找到房号 99-9-9999"),
        (["new", "漏水", "--room", "1-1-101"], "可能是：1-1-1011"),
        (["new", "漏水", "--category", "不存在"], "没有类别“不存在”"),
        (["new", "漏水"], "选住户，或填地点"),
        (["show", "A-000000-0000"], "没有单号为 A-000000-0000 的工单"),
    ],
)
def test_a_ticket_that_cannot_be_taken_or_found(line: CommandLine, arguments: list[str], said: str) -> None:
    answer = line("ticket", *arguments)
    assert answer.status == 1
    assert said in answer.sentence


# -- paper -------------------------------------------------------------------------------------------


def pages_of(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path.read_bytes())
    try:
        return [document[at].get_textpage().get_text_range() for at in range(len(document))]
    finally:
        document.close()


@pytest.mark.parametrize("form", FORMS)
def test_a_work_order_on_every_form_has_its_record(line: CommandLine, form: str) -> None:
    number = line.take("厨房漏水", "--room", "1-1-1011")
    out = line.folder / "order.pdf"
    for serial in (1, 2):
        answer = line(
            "print", "work-order", number, "--form", form, "--copies", "crew", "--out", out, "--json"
        )
        assert answer.status == 0, answer.err
        text = "".join(pages_of(out)).replace(" ", "")
        assert number in text
        assert ("补打" in text) == (serial == 2)
        assert answer.json["pages"] == len(pages_of(out))
    prints = line("ticket", "show", number, "--json").json["prints"]
    assert [one["serial"] for one in prints] == [1, 2]


@pytest.mark.parametrize("form", FORMS)
def test_a_callback_sheet_on_every_form(line: CommandLine, form: str) -> None:
    number = line.take("厨房漏水", "--room", "1-1-1011")
    complete(line, number)
    out = line.folder / "sheet.pdf"
    made = line("print", "callback-sheet", number, "--form", form, "--out", out, "--json")
    assert made.status == 0, made.err
    (sheet_no,) = made.json["sheets"]
    text = "".join(pages_of(out)).replace(" ", "")
    assert sheet_no in text
    assert "1-1-1011" in text
    again = line("print", "callback-sheet", sheet_no, "--form", form, "--out", out, "--json")
    assert again.json["sheets"] == [sheet_no]
    assert "补打" in "".join(pages_of(out)).replace(" ", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["work-order", "A-000000-0000"], "没有单号为"),
        (["work-order", "{number}", "--form", "b5"], "没有名为 b5 的纸张"),
        (["work-order", "{number}", "--copies", "carbon"], "没有名为 carbon 的联"),
        (["callback-sheet", "{number}"], "没有待做的回访"),
        (["callback-sheet", "HF-A-000000-000"], "没有单号为"),
    ],
)
def test_paper_that_cannot_be_made_leaves_no_record(
    line: CommandLine, arguments: list[str], said: str
) -> None:
    number = line.take("厨房漏水", "--room", "1-1-1011")
    out = line.folder / "paper.pdf"
    answer = line("print", *(one.format(number=number) for one in arguments), "--out", out)
    assert answer.status == 1
    assert said in answer.sentence
    assert not out.exists()
    assert line("ticket", "show", number, "--json").json["prints"] == []


def test_paper_that_cannot_be_written_is_not_recorded_either(line: CommandLine) -> None:
    number = line.take("厨房漏水", "--room", "1-1-1011")
    answer = line("print", "work-order", number, "--out", "/nonexistent/order.pdf")
    assert answer.sentence == "不能写入文件：/nonexistent/order.pdf"
    assert line("ticket", "show", number, "--json").json["prints"] == []
