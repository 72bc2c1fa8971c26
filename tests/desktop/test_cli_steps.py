"""`qiantai ticket STEP` and `qiantai callback`: each does what its service does, and says what that says."""

from __future__ import annotations

import pytest

from desktop.commands.steps import STEPS
from desktop.desk import open_desk
from desktop.paths import open_profile
from models.entities import Ticket
from models.rules.ticket_life import Action
from models.work import SYSTEM, Work
from tests.desktop.command_line import ADMIN, CLERK, CommandLine

LEAK = ("厨房漏水", "--room", "1-1-1011", "--caller", "吴先生", "--phone", "13800001234")


def step(line: CommandLine, number: str, *arguments: object) -> str:
    """Do a step; the state after it."""
    name, *rest = arguments
    answer = line("ticket", name, number, *rest, "--json")
    assert (answer.status, answer.err) == (0, ""), answer.err
    assert answer.json["number"] == number
    return str(answer.json["state"])


def shown(line: CommandLine, number: str) -> dict[str, object]:
    return dict(line("ticket", "show", number, "--json").json)


def finished(line: CommandLine) -> str:
    number = line.take(*LEAK)
    step(line, number, "dispatch")
    step(line, number, "finish", "--result", "fixed", "--note", "已更换密封圈")
    return number


def become_void(line: CommandLine, ticket_id: str) -> None:
    """As another desk's ending of the ticket comes in by a merge."""

    def merge(work: Work) -> None:
        work.get(Ticket, ticket_id).state = "void"

    desk = open_desk(open_profile(line.profile))
    desk.database.write(SYSTEM, merge)
    desk.close()


# -- steps -------------------------------------------------------------------------------------------


def test_every_step_of_the_rules_has_a_command() -> None:
    assert {one.action for one in STEPS} == {*(action.value for action in Action), "undo"}


def test_a_dispatch_is_filled_from_the_ticket_or_says_otherwise(line: CommandLine) -> None:
    number = line.take(*LEAK)
    assert step(line, number, "dispatch") == "dispatched"
    detail = shown(line, number)
    assert (detail["department"], detail["handler"], detail["task"]) == ("工程部", None, "厨房漏水")
    assert (detail["contact"], detail["contact_phone"]) == ("吴先生", "138****1234")
    answer = step(line, number, "pass-on", "--to", CLERK, "--department", "security", "--task", "关总阀",
                  "--due", "2099-01-02 9:30", "--contact", "门岗", "--contact-phone", "13900005678",
                  "--coordinator", ADMIN, "--reason", "先关阀")  # fmt: skip
    assert answer == "dispatched"
    detail = shown(line, number)
    assert (detail["department"], detail["handler"], detail["coordinator"]) == ("秩序维护部", "李娜", "王敏")
    assert (detail["task"], detail["contact"], detail["contact_phone"]) == ("关总阀", "门岗", "139****5678")
    assert str(detail["due_at"]).startswith("2099-01-02T01:30"), "the site's time"


def test_the_steps_on_the_way(line: CommandLine) -> None:
    number = line.take(*LEAK)
    step(line, number, "dispatch")
    assert step(line, number, "accept") == "accepted"
    assert step(line, number, "undo") == "dispatched"
    assert step(line, number, "send-back", "--reason", "缺配件") == "sent_back"
    assert step(line, number, "dispatch") == "dispatched"
    assert step(line, number, "hold", "--reason", "等配件") == "suspended"
    assert shown(line, number)["waits_for"] == "等配件"
    assert step(line, number, "resume", "--note", "配件到了") == "dispatched"
    assert step(line, number, "chase", "--note", "又来电", "--promised", "2099-01-02 9:30") == "dispatched"
    assert str(shown(line, number)["promised_at"]).startswith("2099-01-02")
    assert step(line, number, "first-answer", "--note", "已安排") == "dispatched"
    assert step(line, number, "arrive", "--note", "已到") == "in_progress"
    unfixed = ("--result", "unfixed", "--note", "已止水", "--reason", "等厂家", "--rating", "neutral")
    assert step(line, number, "finish", *unfixed) == "completed"
    detail = shown(line, number)
    assert (detail["result"], detail["unfinished_reason"], detail["rating"]) == (
        "unfixed",
        "等厂家",
        "neutral",
    )
    assert step(line, number, "rate", "--rating", "satisfied", "--by", "吴先生") == "completed"
    assert step(line, number, "reopen", "--reason", "又漏了") == "received"
    other = line.take("厨房又漏", "--place", "南门")
    assert step(line, number, "void", "--reason", "重复", "--duplicate-of", other) == "void"
    assert shown(line, number)["duplicate_of_number"] == other
    assert step(line, number, "archive") == "archived"


def test_an_enquiry_is_answered_at_the_desk(line: CommandLine) -> None:
    number = line.take("几点开门", "--place", "南门", "--kind", "enquiry")
    said = line("ticket", "answer", number, "--note", "早上八点")
    assert said.out == f"{number} 答复：已答复\n"
    assert shown(line, number)["resolution"] == "早上八点"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["accept"], "工单现在是“受理”，不能接单。"),
        (["void"], "请先填写：原因。"),
        (["progress"], "请先填写：说明。"),
        (["dispatch", "--to", "9999"], "没有工号为 9999 的在用人员。"),
        (["dispatch", "--department", "财务部"], "没有部门“财务部”。可用：工程部"),
        (["dispatch", "--due", "很快"], "不明白时间“很快”。"),
        (["dispatch", "--due", "2020-01-01 9:00"], "时限要在受理时间之后。"),
    ],
)
def test_what_the_service_refuses_is_its_own_sentence(
    line: CommandLine, arguments: list[str], said: str
) -> None:
    number = line.take(*LEAK)
    name, *rest = arguments
    answer = line("ticket", name, number, *rest)
    assert (answer.status, answer.out) == (1, "")
    assert answer.sentence.startswith(said)
    assert shown(line, number)["state"] == "received"


def test_completion_without_proof_is_refused(line: CommandLine) -> None:
    number = line.take(*LEAK)
    step(line, number, "dispatch")
    assert line("ticket", "finish", number, "--result", "fixed").sentence == "请先填写：处理凭证。"
    assert line("ticket", "finish", number, "--note", "好了").sentence == "请先填写：结果。"


def test_a_number_that_two_tickets_bear_is_not_guessed(line: CommandLine) -> None:
    first, second = line.take(*LEAK), line.take("路灯不亮", "--place", "南门")
    ids = [str(shown(line, number)["id"]) for number in (first, second)]

    def double(work: Work) -> None:
        work.get(Ticket, ids[1]).number = first

    desk = open_desk(open_profile(line.profile))
    desk.database.write(SYSTEM, double)
    desk.close()
    answer = line("ticket", "hold", first, "--reason", "等配件")
    assert answer.sentence.startswith(f"{first} 有 2 张工单")
    assert all(one in answer.sentence for one in ids)
    assert line("ticket", "hold", ids[1], "--reason", "等配件").status == 0
    states = {one["id"]: one["state"] for one in line("ticket", "list", "--json").json}
    assert (states[ids[0]], states[ids[1]]) == ("received", "suspended")
    assert line("ticket", "hold", "A-000000-0000").sentence.startswith("没有单号为")
    assert line("ticket", "hold", "0" * 32, "--reason", "等").status == 1


# -- callbacks ---------------------------------------------------------------------------------------


def test_what_is_due_is_listed_and_a_result_ends_it(line: CommandLine) -> None:
    number = finished(line)
    listed = line("callback")
    assert number in listed.out
    assert "138****1234" in listed.out
    assert line("callback", number, "--result", "solved").sentence == "回访结果还缺：满意度。"
    assert line("callback", number).sentence == "回访结果还缺：结果。"
    said = line("callback", number, "--result", "solved", "--score", "fairly", "--at", "2099-01-01 9:00")
    assert (said.status, "不能晚于现在" in said.sentence) == (1, True), said.err
    assert line("callback", number, "--result", "solved", "--score", "fairly").status == 0
    (callback,) = line("ticket", "show", number, "--json").json["callbacks"]
    assert (callback["state"], callback["solved"], callback["satisfaction"]) == ("done", True, "fairly")
    again = line("callback", number, "--result", "solved", "--score", "fairly")
    assert again.sentence == f"{number} 没有待做的回访。"
    assert line("callback", callback["id"], "--result", "unreached").sentence.startswith("这次回访已经登记过")


def test_a_failed_callback_reopens_or_becomes_a_complaint(line: CommandLine) -> None:
    number = finished(line)
    unsolved = ("callback", number, "--result", "unsolved", "--score", "dissatisfied", "--note", "还漏")
    assert line(*unsolved).sentence == "回访结果还缺：未解决的后续处理。"
    answer = line(*unsolved, "--then", "reopen")
    assert f"{number} 现在是“受理”" in answer.out
    other = finished(line)
    made = line("callback", other, *unsolved[2:], "--then", "complaint", "--by", CLERK, "--json").json
    complaint = shown(line, made["complaint"])
    assert (complaint["kind"], complaint["matter"]) == ("complaint", "还漏")


def test_a_void_ticket_is_not_called_back(line: CommandLine) -> None:
    number = finished(line)
    (due,) = line("callback", "--json").json
    become_void(line, due["ticket_id"])
    assert line("callback", "--json").json == []
    for named in (number, due["id"]):
        answer = line("callback", named, "--result", "solved", "--score", "satisfied")
        assert (answer.status, answer.sentence) == (1, "工单现在是“作废”，不能回访。")
    paper = line.folder / "sheet.pdf"
    printed = line("print", "callback-sheet", number, "--out", paper)
    assert (printed.sentence, paper.exists()) == ("工单现在是“作废”，不能回访。", False)
    assert shown(line, number)["state"] == "void"
    (kept,) = line("ticket", "show", number, "--json").json["callbacks"]
    assert (kept["state"], kept["is_due"]) == ("due", False)


def test_nobody_was_reached(line: CommandLine) -> None:
    number = finished(line)
    answer = line("callback", number, "--result", "unreached", "--remark", "无人接听", "--json").json
    assert (answer["state"], answer["tries"], answer["ticket_state"]) == ("due", 1, "completed")
    assert "再打" in line("callback", number, "--result", "unreached").out


def test_steps_and_callbacks_in_english(english_line: CommandLine) -> None:
    number = finished(english_line)
    for answer in (
        english_line("ticket", "accept", number),
        english_line("ticket", "accept", "A-0"),
        english_line("callback", number),
        english_line("callback", number, "--result", "unreached"),
        english_line("ticket", "reopen", number, "--reason", "leaks"),
    ):
        said = answer.out + answer.err
        assert said.strip()
        assert not any("一" <= sign <= "鿿" for sign in said), said
