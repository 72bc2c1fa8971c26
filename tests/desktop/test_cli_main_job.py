"""The whole main job by command line alone, as a shell runs it: every line a process of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from tests.desktop.command_line import CLERK, PASSWORD, Answer, CommandLine
from tests.desktop.test_cli_tickets import pages_of


def test_from_the_call_to_the_callback(line: CommandLine) -> None:
    """Who acts is the clerk, with the rights of one."""
    who = ["--user", CLERK, "--password-file", line.password_file(PASSWORD)]

    def run(*arguments: object) -> Answer:
        done = subprocess.run(
            [sys.executable, "-m", "desktop", "--profile", str(line.profile), *map(str, who)]
            + [str(one) for one in (*arguments, "--json")],
            capture_output=True, check=False, encoding="utf-8", stdin=subprocess.DEVNULL, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, ""), (arguments, done.stderr)
        return Answer(done.returncode, done.stdout, done.stderr)

    def listed(group: str) -> list[Any]:
        return [one["number"] for one in run("ticket", "list", "--group", group).json]

    (household, *_others) = run("find", "1-1-1011").json
    assert household["title"].startswith("1-1-1011")
    caller = ("--caller", "吴先生", "--phone", "13800001234")
    taken = run("ticket", "new", "厨房漏水", "--room", "1-1-1011", "--category", "管道漏水", *caller).json
    number = taken["number"]
    slip = line.folder / "slip.pdf"
    assert run("print", "work-order", number, "--form", "a5", "--out", slip).json["pages"] > 0
    assert number in "".join(pages_of(slip)).replace(" ", "")

    sent = run("ticket", "dispatch", number, "--to", CLERK, "--department", "工程部").json
    assert (sent["state"], sent["department"], sent["handler"]) == ("dispatched", "工程部", "李娜")
    assert listed("waiting") == [number]
    assert run("ticket", "accept", number).json["state"] == "accepted"
    assert listed("waiting") == []
    assert run("ticket", "arrive", number).json["state"] == "in_progress"
    assert run("ticket", "progress", number, "--note", "已现场勘查").json["state"] == "in_progress"
    finished = run("ticket", "finish", number, "--result", "fixed", "--note", "已更换密封圈").json
    assert (finished["state"], len(finished["callbacks_due"])) == ("completed", 1)
    assert listed("callback") == [number]
    assert [one["ticket_number"] for one in run("callback").json] == [number]

    called = run("callback", number, "--result", "solved", "--score", "satisfied", "--note", "很快").json
    assert (called["state"], called["ticket"], called["ticket_state"]) == ("done", number, "archived")
    assert (listed("open"), listed("callback"), listed("archived")) == ([], [], [number])
    assert run("callback").json == []
    told = [one["kind"] for one in run("ticket", "show", number).json["timeline"]]
    for kind in ("receive", "print", "dispatch", "accept", "arrive", "progress", "complete", "callback"):
        assert kind in told, kind
