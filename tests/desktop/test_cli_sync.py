"""`enrol` and `sync` against a real headquarters process, and against what may stand in its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from desktop import opening
from desktop.desk import open_desk
from desktop.paths import open_profile
from models.errors import DomainError
from models.queries import sync_state
from models.work import SYSTEM, Work
from sync.client import transport
from sync.client.local import LINK
from sync.client.transport import Timeouts
from tests.desktop.command_line import ADMIN, CommandLine
from tests.desktop.false_headquarters import (
    ERROR_500,
    HALF,
    HTML,
    NOISE,
    REDIRECT,
    make_certificate,
    nobody,
    sends,
    standing_in,
    tls,
    waits,
)
from tests.sync.parts import HqProcess

SITE = "春江花园"


@pytest.fixture
def hq(tmp_path: Path) -> Iterator[HqProcess]:
    folder = tmp_path / "hq"
    folder.mkdir()
    process = HqProcess(folder)
    process.start()
    assert process.command("site", "add", SITE).returncode == 0
    yield process
    process.stop()


def code(hq: HqProcess, site: str = SITE) -> str:
    return hq.command("desk", "code", site).stdout.strip()


def beside(line: CommandLine, name: str) -> CommandLine:
    """The command line of another desk."""
    folder = line.folder / name
    folder.mkdir()
    return replace(line, folder=folder)


# -- the real one ------------------------------------------------------------------------------------


def test_two_desks_hold_the_same_and_a_second_site_nothing_of_it(line: CommandLine, hq: HqProcess) -> None:
    number = line.take("厨房漏水", "--room", "1-1-1011")
    enrolled = line("enrol", hq.url, code(hq), "--json").json
    assert (enrolled["site"], enrolled["desk"]) == (SITE, "A")
    assert enrolled["queued"] > 50
    first = line("sync", "--json")
    assert first.status == 0, first.err
    assert first.json["pushed"] >= enrolled["queued"]
    assert (first.json["pending"], first.json["equal"]) == (0, True)

    second = beside(line, "second")
    joined = second("enrol", hq.url, code(hq))
    assert (joined.status, joined.out) == (0, "已登记并取回全部数据，本机为前台 B\n")
    assert second("ticket", "show", number).status == 0
    theirs = second.take("路灯不亮", "--place", "南门")
    assert theirs.startswith("B-")
    assert second("sync").status == 0
    assert line("sync", "--json").json["pulled"] >= 1
    assert line("ticket", "show", theirs).status == 0

    assert hq.command("site", "add", "月亮湾").returncode == 0
    other = beside(line, "other")
    other.user = None
    assert other("init").status == 0
    assert other("enrol", hq.url, code(hq, "月亮湾"), "--json").status == 0
    assert other("sync", "--json").json["pulled"] == 0
    assert "工号或密码不对" in other("find", "吴", user=ADMIN).sentence


def test_codes_and_desks_that_headquarters_refuses(line: CommandLine, hq: HqProcess) -> None:
    once = code(hq)
    assert "码不对，请核对后再输" in line("enrol", hq.url, "AAAA-AAAA-AAAA").sentence
    assert line("enrol", hq.url, once).status == 0
    second = beside(line, "second")
    assert second("enrol", hq.url, once).sentence.startswith(("这个登记码已经用过", "这个注册码已经用过"))
    assert not (second.profile / "qiantai.db").exists(), "a failed enrolment leaves no half-made desk"
    hq.command("site", "add", "月亮湾")
    assert "不能接入“月亮湾”" in line("enrol", hq.url, code(hq, "月亮湾")).sentence
    assert line("sync").status == 0
    hq.command("desk", "revoke", SITE, "A")
    stopped = line("sync")
    assert stopped.sentence.startswith("总部已停用本前台")
    assert "desk-revoked" in (line.profile / "sync.log").read_text(encoding="utf-8")
    assert line("find", "吴学文").status == 0, "the desk itself works on"


def test_headquarters_comes_and_goes_and_nothing_is_lost(line: CommandLine, hq: HqProcess) -> None:
    assert line("enrol", hq.url, code(hq)).status == 0
    assert line("sync").status == 0
    hq.stop(is_killed=True)
    number = line.take("总部不在时登记", "--place", "南门")
    assert line("sync").sentence.startswith("连不上总部")
    hq.start()
    again = line("sync", "--json").json
    assert (again["pending"], again["equal"]) == (0, True)
    second = beside(line, "second")
    assert second("enrol", hq.url, code(hq)).status == 0
    assert second("ticket", "show", number).status == 0


def test_a_restored_desk_is_told_to_enrol_anew(line: CommandLine, hq: HqProcess) -> None:
    assert line("enrol", hq.url, code(hq)).status == 0
    assert line("sync").status == 0
    backup = line("backup", "--json").json["file"]
    assert line("restore", backup).status == 0
    assert line("sync").status == 1
    assert line("enrol", hq.url, code(hq), "--json").json["desk"] == "B"
    assert line("sync", "--json").json["equal"] is True


def test_a_first_fill_that_was_cut_carries_on(line: CommandLine, hq: HqProcess) -> None:
    assert line("enrol", hq.url, code(hq)).status == 0
    assert line("sync").status == 0
    second = beside(line, "second")
    once = code(hq)

    def cut(_desk: object) -> None:
        raise DomainError("hq-unreachable")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(opening, "fill", cut)
        assert second("enrol", hq.url, once).status == 1
    assert (second.profile / "qiantai.db").exists(), "the code is spent: the desk is kept"
    assert second("enrol", hq.url, once).status == 0
    assert second("find", "吴学文").status == 0


def test_headquarters_with_a_certificate_of_its_own(
    line: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tls"
    folder.mkdir()
    certificate, key = make_certificate(folder)
    database = f"sqlite:///{folder / 'hq.db'}"
    command = [sys.executable, "-m", "sync.server", "--database", database]
    subprocess.run([*command, "site", "add", SITE], check=True, capture_output=True)
    once = subprocess.run(
        [*command, "desk", "code", SITE], check=True, capture_output=True, encoding="utf-8"
    ).stdout.strip()
    ready = folder / "ready"
    files = {"--ready-file": ready, "--certificate": certificate, "--key": key}
    serve = ["serve", "--port", "0", *(str(part) for pair in files.items() for part in pair)]
    process = subprocess.Popen([*command, *serve], stderr=subprocess.DEVNULL)
    try:
        url = waited_for(process, ready)
        assert line("enrol", url, once).sentence.startswith("总部的证书不可信")
        missing = line("enrol", url, once, "--ca", "/nonexistent.pem")
        assert missing.sentence == "读不到总部证书的签发者文件：/nonexistent.pem"
        monkeypatch.chdir(folder)
        assert line("enrol", url, once, "--ca", "cert.pem").status == 0
        monkeypatch.chdir("/")
        assert line("sync").status == 0, "the authority is found from any folder"
    finally:
        process.terminate()
        process.wait(30)


def waited_for(process: subprocess.Popen[bytes], ready: Path) -> str:
    for _ in range(600):
        if ready.exists():
            return ready.read_text(encoding="utf-8")
        assert process.poll() is None
        time.sleep(0.05)
    raise AssertionError("headquarters does not start")


# -- something else in its place ---------------------------------------------------------------------


@pytest.fixture
def enrolled(
    empty_line: CommandLine, enrolled_template: Path, monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    quick = partial(Timeouts, connect=1.0, read=0.5, whole=1.0)
    monkeypatch.setattr(transport, "Timeouts", quick)
    return empty_line.copied_from(enrolled_template)


def point_at(line: CommandLine, url: str) -> None:
    """Let the desk take *url* for its headquarters."""

    def move(work: Work) -> None:
        work.set_local(LINK, {**work.local(LINK, {}), "url": url})

    desk = open_desk(open_profile(line.profile))
    desk.database.write(SYSTEM, move)
    desk.close()


def stand_in(kind: str, folder: Path) -> AbstractContextManager[str]:
    if kind == "wrong certificate":
        return standing_in(sends(HTML), tls(make_certificate(folder)))
    if kind == "refuses":
        return nobody()
    if kind == "never answers":
        return standing_in(waits)
    return standing_in(sends(WRONG_ANSWERS[kind]))


WRONG_ANSWERS = {
    "HTML": HTML,
    "redirect": REDIRECT,
    "500": ERROR_500,
    "half a body": HALF,
    "noise": NOISE,
    "closes at once": b"",
}
CASES = [
    ("HTML", "答复的不是总部（状态 200）", "Something other than headquarters"),
    ("redirect", "答复的不是总部（状态 302）", "Something other than headquarters"),
    ("500", "总部出错（500）", "500"),
    ("half a body", "总部的答复不完整", "cut off"),
    ("noise", "总部的答复不完整", "cut off"),
    ("closes at once", "总部没有答复就断开了", "without an answer"),
    ("wrong certificate", "总部的证书不可信，没有发送任何数据", "certificate"),
    ("never answers", "总部迟迟没有答复", "in time"),
    ("refuses", "连不上总部", "reach"),
]


@pytest.mark.parametrize(("kind", "chinese", "english"), CASES, ids=[case[0] for case in CASES])
def test_what_stands_where_headquarters_should(
    enrolled: CommandLine, tmp_path: Path, kind: str, chinese: str, english: str
) -> None:
    number = enrolled.take("还没有送出", "--place", "南门")
    with stand_in(kind, tmp_path) as url:
        point_at(enrolled, url)
        said = enrolled("sync")
        assert (said.status, said.out) == (1, "")
        assert said.sentence.startswith(chinese)
        assert said.sentence.endswith("。")
        told = replace(enrolled, language="en")("sync")
        assert english in told.sentence, told.sentence
        new = beside(enrolled, "new")
        assert new("enrol", url, "AAAA-BBBB").sentence.startswith(chinese)
        assert not (new.profile / "qiantai.db").exists()
    assert enrolled("ticket", "show", number).status == 0
    assert enrolled("check").status == 0
    assert pending(enrolled) > 0, "it still waits to be sent"


def pending(line: CommandLine) -> int:
    desk = open_desk(open_profile(line.profile))
    try:
        return desk.database.read(sync_state.counts).pending
    finally:
        desk.close()


@pytest.mark.parametrize(
    "url", ["http://hq.example", "ftp://127.0.0.1", "no such place", "https://", "https://[::1"]
)
def test_addresses_that_are_no_headquarters(line: CommandLine, url: str) -> None:
    assert line("enrol", url, "AAAA-BBBB").sentence.startswith("总部地址不能用")


# -- the command of headquarters ---------------------------------------------------------------------


def test_the_command_of_headquarters(tmp_path: Path) -> None:
    def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sync.server", "--database", f"sqlite:///{tmp_path}/hq.db", *arguments],
            capture_output=True,
            check=False,
            encoding="utf-8",
            env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        )

    added = ask("--json", "site", "add", SITE)
    assert json.loads(added.stdout)["name"] == SITE
    assert json.loads(ask("--json", "site", "list").stdout)[0]["desks"] == 0
    twice = ask("site", "add", SITE)
    assert (twice.returncode, twice.stderr) == (1, f"已有名为 {SITE} 的项目。\n")
    unknown = ask("desk", "code", "没有的项目")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)
    assert ask("nonsense").returncode == 2
    open_to_all = ask("serve", "--host", "0.0.0.0", "--port", "0")
    assert open_to_all.returncode == 1
    assert "需要证书" in open_to_all.stderr
