"""`take-back` lists what there is, `ticket show` takes a tail, `ticket new` says what it may repeat."""

from __future__ import annotations

from tests.desktop.command_line import CLERK, CommandLine


def test_take_back_lists_the_imports(line: CommandLine) -> None:
    listed = line("take-back", "--json")
    assert listed.status == 0
    batches = [one["batch_id"] for one in listed.json]
    assert len(batches) == 2
    shown = line("take-back")
    assert (shown.status, all(one in shown.out for one in batches)) == (0, True)
    assert "rooms-flat.xlsx" in shown.out
    unknown = line("take-back", "nonsense")
    assert unknown.status == 1
    assert unknown.sentence.startswith("找不到这次导入")
    assert batches[0] in unknown.out
    assert line("take-back", user=CLERK).sentence.startswith("您没有这项权限")
    assert line("take-back", batches[0]).status == 0
    assert "已撤回" in line("take-back").out


def test_the_tail_of_a_number_is_enough(line: CommandLine) -> None:
    first, second = line.take("路灯不亮", "--place", "南门"), line.take("井盖破损", "--place", "北门")
    for tail in (second[-4:], second[-2:], second, second.lower()):
        assert line("ticket", "show", tail, "--json").json["number"] == second, tail
    assert line("ticket", "show", first[-4:], "--json").json["number"] == first
    assert line("ticket", "show", first[-1:]).sentence.startswith("没有单号为")
    assert line("ticket", "show", "%%").sentence.startswith("没有单号为")


def test_a_repeat_is_said_and_taken_all_the_same(line: CommandLine) -> None:
    options = ("ticket", "new", "厨房漏水", "--room", "1-1-1011", "--category", "管道漏水")
    first = line(*options, "--json")
    assert first.json["similar"] == []
    again = line(*options)
    assert again.status == 0
    assert again.sentence == f"注意，可能与未完成的工单重复：{first.json['number']}"
    third = line(*options, "--json")
    assert (third.status, third.err, len(third.json["similar"])) == (0, "", 2)
