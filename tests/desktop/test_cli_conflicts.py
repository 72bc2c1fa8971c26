"""`qiantai conflicts`: both values in the words of the trade, and what settles them, as the page does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop.desk import open_desk
from desktop.paths import open_profile
from models.entities import Resident
from models.work import SYSTEM, Work
from tests.desktop.command_line import CLERK, CommandLine
from tests.sync.parts import HqProcess
from tests.views.sync_problems.planting import add_resident, plant_conflict, plant_refusal


def written(line: CommandLine, service: Callable[..., Any], *arguments: Any) -> Any:
    desk = open_desk(open_profile(line.profile))
    try:
        return desk.database.write(SYSTEM, service, *arguments).value
    finally:
        desk.close()


def opinion(line: CommandLine, resident_id: str) -> str | None:
    desk = open_desk(open_profile(line.profile))
    try:
        return desk.database.read(lambda session: session.get_one(Resident, resident_id).home_opinion)
    finally:
        desk.close()


@pytest.fixture
def contested(line: CommandLine) -> tuple[str, str]:
    """A resident and a conflict about his opinion."""

    def plant(work: Work) -> tuple[str, str]:
        resident = add_resident(work, "单梅")
        return resident, plant_conflict(work, "resident", resident, "home_opinion", "采光好", "厨房偏小")

    found: tuple[str, str] = written(line, plant)
    return found


def test_two_desks_that_dispatch_one_ticket_settle_it_by_command_line(
    line: CommandLine, tmp_path: Path
) -> None:
    folder = tmp_path / "hq"
    folder.mkdir()
    hq = HqProcess(folder)
    hq.start()
    try:
        number = line.take("厨房漏水", "--room", "1-1-1011", "--phone", "13800001234", "--caller", "吴先生")
        site = "春江花园"
        assert hq.command("site", "add", site).returncode == 0
        codes = [hq.command("desk", "code", site).stdout.strip() for _ in range(2)]
        assert line("enrol", hq.url, codes[0]).status == 0
        assert line("sync").status == 0
        other = replace(line, folder=tmp_path / "other")
        other.folder.mkdir()
        assert other("enrol", hq.url, codes[1]).status == 0
        for one, task in ((line, "换角阀"), (other, "关总阀")):
            assert one("ticket", "dispatch", number, "--task", task).status == 0
        assert line("sync").status == 0
        counted = other("sync", "--json")
        listed = other("conflicts", "--json").json
        assert (counted.status, counted.json["conflicts"]) == (1, len(listed["conflicts"]))
        (task,) = [one for one in listed["conflicts"] if one["field"] == "task"]
        assert {task["kept_value"], task["lost_value"]} == {"换角阀", "关总阀"}
        told = other("conflicts").out
        for words in (f"工单 {number} · 任务", "换角阀", "关总阀", "前台 A · 王敏", "前台 B · 王敏"):
            assert words in told, told
        assert other("conflicts", "take", task["id"][-8:]).status == 0
        assert other("sync").status == 0
        assert line("sync").status == 0
        assert line("ticket", "show", number, "--json").json["task"] == task["lost_value"]
        assert line("conflicts", "--json").json == {"conflicts": [], "refused": []}
    finally:
        hq.stop()


def test_kept_put_back_and_taken(line: CommandLine, contested: tuple[str, str]) -> None:
    resident, conflict = contested
    told = line("conflicts").out
    for words in (conflict[-8:], "住户 单梅 · 对房屋的看法", "采光好（前台 B，2026-11-20 09:30）",
                  "厨房偏小（前台 A，2026-11-20 09:23）", "后改", "冲突 1，总部没有接受 0"):  # fmt: skip
        assert words in told, told
    assert line("conflicts", "keep", conflict, "--json").json == {"settling": "keep", "done": [conflict]}
    assert opinion(line, resident) == "采光好"
    assert "冲突 0，" in line("conflicts").out
    assert "已认可 · 王敏" in line("conflicts", "--state", "settled").out
    assert line("conflicts", "take", conflict[-6:]).sentence == "这条冲突已经处理过了。"
    assert line("conflicts", "reopen", conflict).status == 0
    assert line("conflicts", "take", conflict).out == "已处理 1 处\n"
    assert opinion(line, resident) == "厨房偏小"


def test_a_value_that_was_edited_since_is_taken_only_by_who_has_seen_it(
    line: CommandLine, contested: tuple[str, str]
) -> None:
    resident, conflict = contested

    def edit(work: Work) -> None:
        work.get(Resident, resident).home_opinion = "都满意"

    written(line, edit)
    told = line("conflicts").out
    assert "现在是“都满意”" in told
    (item,) = line("conflicts", "--json").json["conflicts"]
    assert f"take {conflict[-8:]} --seen {item['present_stamp']}" in told
    assert "后来又改过" in line("conflicts", "take", conflict).sentence
    assert "后来又改过" in line("conflicts", "take", conflict, "--seen", "7").sentence
    assert opinion(line, resident) == "都满意"
    assert line("conflicts", "take", conflict, "--seen", item["present_stamp"]).status == 0
    assert opinion(line, resident) == "厨房偏小"


def test_who_may_not_settle_may_look(line: CommandLine, contested: tuple[str, str]) -> None:
    resident, conflict = contested
    assert "采光好" in line("conflicts", user=CLERK).out
    assert line("conflicts", "take", conflict, user=CLERK).sentence.startswith("您没有这项权限")
    assert opinion(line, resident) == "采光好"


def test_refused_changes_are_told_sent_again_and_put_aside(
    line: CommandLine, contested: tuple[str, str]
) -> None:
    resident, conflict = contested
    refusal = written(line, plant_refusal, "resident", resident, {"home_opinion": "都满意"}, "bad-value")
    told = line("conflicts").out
    assert "× 住户 单梅" in told
    assert "对房屋的看法：都满意" in told
    assert "冲突 1，总部没有接受 1" in told
    (item,) = line("conflicts", "--json").json["refused"]
    assert (item["id"], item["code"], item["values"]) == (refusal, "bad-value", {"home_opinion": "都满意"})
    assert item["words"]["why"]
    assert line("conflicts", "keep", refusal).sentence.startswith("没有编号以")
    assert line("conflicts", "dismiss", refusal[-8:]).status == 0
    assert line("conflicts", "--json").json["refused"] == []
    assert line("conflicts", "--state", "all", "--json").json["refused"][0]["state"] == "dismissed"
    assert line("conflicts", "again", refusal).status == 0
    assert opinion(line, resident) == "都满意"
    assert line("conflicts", "dismiss", conflict).sentence.startswith("没有编号以")


def test_conflicts_in_english(english_line: CommandLine) -> None:
    line = english_line

    def plant(work: Work) -> str:
        resident = add_resident(work, "Shan Mei")
        plant_conflict(work, "resident", resident, "deleted", None, 1, reason="revived")
        plant_refusal(work, "resident", resident, {"level": "platinum"}, "patch-unknown-value")
        return plant_conflict(work, "resident", resident, "level", "key", "regular", now="prospect")

    conflict = written(line, plant)
    for answer in (line("conflicts"), line("conflicts", "keep", "zz"), line("conflicts", "take", conflict)):
        said = answer.out + answer.err
        assert said.strip()
        assert not any("一" <= sign <= "鿿" for sign in said), said
