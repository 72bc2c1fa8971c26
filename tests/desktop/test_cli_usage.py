"""Wrong usage, help, languages, bugs, and the command as a shell sees it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from desktop import cli
from desktop.commands.conflicts import SETTLINGS
from desktop.commands.steps import step_names
from models.search import query
from tests.desktop.command_line import ADMIN, CLERK, PASSWORD, Answer, CommandLine

# -- usage, language, bugs ---------------------------------------------------------------------------

WRONG_USAGE = [
    (["export", "nonsense", "out.xlsx"], "WHAT 不能是 'nonsense'，可以是 'archive'"),
    (["nonsense"], "不能是 'nonsense'"),
    (["import"], "还要给出 FILE.xlsx"),
    (["find", "1", "--limit", "many"], "--limit 应为正整数，不能是 'many'"),
    (["ticket", "list", "--limit", "0"], "--limit 应为正整数，不能是 '0'"),
    (["find", "1", "--nonsense"], "不认识 --nonsense"),
    (["print", "work-order", "1"], "还要给出 --out"),
    (["ticket"], "还要给出 new|show|list"),
    (["ticket", "finish", "A-1", "--result", "done"], "--result 不能是 'done'，可以是 'fixed', 'unfixed'"),
    (
        ["callback", "A-1", "--result", "yes"],
        "--result 不能是 'yes'，可以是 'solved', 'unsolved', 'unreached'",
    ),
    (["conflicts", "keep"], "还要给出 ID"),
    (["find", "1", "--user"], "--user 后面要有一个值"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG_USAGE)
def test_wrong_usage_is_one_sentence_and_status_2(
    empty_line: CommandLine, arguments: list[str], said: str
) -> None:
    answer = empty_line.bare(*arguments)
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.sentence
    assert answer.sentence.endswith("--help")


def test_wrong_usage_in_english(empty_line: CommandLine) -> None:
    answer = empty_line.bare("find", "--language", "en")
    assert answer.sentence == "The command is not right: missing: TEXT. See qiantai find --help"


def commands() -> list[list[str]]:
    names = [name for name, *_rest in cli._commands()]
    steps = [["ticket", step] for step in ("new", "show", "list", *step_names())]
    return [[], *([name] for name in names), *steps, *(["conflicts", one.name] for one in SETTLINGS)]


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_help_says_everything_in_both_languages(empty_line: CommandLine, command: list[str]) -> None:
    chinese = empty_line.bare(*command, "--help")
    english = empty_line.bare("--language", "en", *command, "--help")
    assert (chinese.status, english.status) == (0, 0)
    assert "用法：" in chinese.out
    assert "选项" in chinese.out
    said = english.out.replace("工程维修/给排水", "a category's path is data")
    assert not any("一" <= sign <= "鿿" for sign in said), said
    for option in ("--profile", "--user", "--password-file", "--json", "--language"):
        assert option in chinese.out


def test_answers_in_english(english_line: CommandLine) -> None:
    line = english_line
    for answer in (
        line("find", "zzzz"),
        line("check"),
        line("ticket", "show", "A-000000-0000"),
        line("export", "rooms", "/nonexistent/rooms.xlsx"),
        line("find", "1", password="wrong"),
        line("backup", user=CLERK),
        line("sync"),
    ):
        said = answer.out + answer.err
        assert said.strip()
        assert not any("一" <= sign <= "鿿" for sign in said), said


def test_a_bug_leaves_a_report_and_a_sentence(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise RuntimeError("吴学文 18909711443")

    monkeypatch.setattr(query, "find", broken)
    answer = line("find", "1")
    assert answer.status == 1
    assert answer.sentence.startswith("程序出错（RuntimeError），错误报告：")
    (report,) = (line.profile / "crash-reports").glob("*.report.txt")
    assert "18909711443" not in report.read_text(encoding="utf-8")


# -- real processes ----------------------------------------------------------------------------------


def run(*arguments: object) -> Answer:
    done = subprocess.run(
        [sys.executable, "-m", "desktop", *map(str, arguments)],
        capture_output=True, check=False, encoding="utf-8", stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip
    return Answer(done.returncode, done.stdout, done.stderr)


def test_the_real_command(line: CommandLine) -> None:
    """Status, streams and encoding as a shell sees them."""
    options = ["--profile", line.profile, "--user", ADMIN, "--password-file", line.password_file(PASSWORD)]
    found = run(*options, "find", "吴学文", "--json")
    assert (found.status, found.err) == (0, "")
    assert found.json[0]["title"] == "吴学文"
    assert run(*options, "ticket", "show", "A-000000-0000").sentence.startswith("没有单号为")
    wrong = run("import")
    assert (wrong.status, wrong.out) == (2, "")


def test_a_reader_that_has_enough_is_no_fault(line: CommandLine) -> None:
    for _ in range(3):
        line.take("灯不亮", "--place", "南门")
    options = f"--profile {line.profile} --user {ADMIN} --password-file {line.password_file(PASSWORD)}"
    done = subprocess.run(
        f"{sys.executable} -m desktop {options} ticket list --json | head -c 10",
        shell=True, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert (len(done.stdout), done.stderr) == (10, b"")


def test_other_programs_get_utf_8_whatever_the_system_speaks(line: CommandLine) -> None:
    options = ["--profile", line.profile, "--user", ADMIN, "--password-file", line.password_file(PASSWORD)]
    done = subprocess.run(
        [sys.executable, "-m", "desktop", *map(str, options), "find", "吴学文", "--json"],
        capture_output=True, check=False, timeout=60, env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "吴学文" in done.stdout.decode("utf-8")
