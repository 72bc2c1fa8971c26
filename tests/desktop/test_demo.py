"""The demonstration: made once with its own headquarters beside it, found again at the next start."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop import application
from desktop.desk import open_desk
from desktop.opening import engine_of
from desktop.paths import open_profile
from models.queries import sync_state
from models.queries.ticket_list import TicketFilter, ticket_keys
from models.services.demo.people import CLERK_NO
from sync.client.enrol import known_link
from tests.desktop.command_line import CommandLine


class Window:
    """Stands where the window would: looks at what it would show, and ends."""

    def __init__(self) -> None:
        self.opened: list[tuple[Path, str | None]] = []
        self.tickets: list[int] = []
        self.is_equal: list[bool | None] = []

    def __call__(self, folder: Path, *, language: str | None = None, sign_in_as: str | None = None) -> int:
        self.opened.append((folder, sign_in_as))
        desk = open_desk(open_profile(folder))
        try:
            self.tickets.append(len(desk.database.read(ticket_keys, TicketFilter(group="all"))))
            self.is_equal.append(engine_of(desk).run_once().is_equal)
            assert desk.database.read(sync_state.counts).pending == 0
        finally:
            desk.close()
        return 0


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Window:
    made = Window()
    monkeypatch.setattr(application, "run", made)
    return made


def test_the_demonstration_is_made_once_and_found_again(
    empty_line: CommandLine, window: Window, tmp_path: Path
) -> None:
    folder = tmp_path / "demo"
    first = empty_line.bare("demo", "--folder", folder)
    assert (first.status, first.err) == (0, "")
    assert "演示数据" in first.out
    assert window.tickets[0] > 50
    again = empty_line.bare("demo", "--folder", folder)
    assert (again.status, again.out, again.err) == (0, "", "")
    assert window.tickets == [window.tickets[0]] * 2
    assert window.is_equal == [True, True]
    assert {staff_no for _folder, staff_no in window.opened} == {CLERK_NO}


def test_headquarters_that_does_not_start_is_said(
    empty_line: CommandLine, window: Window, tmp_path: Path
) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "hq.db").write_bytes(b"no database" * 1000)
    answer = empty_line.bare("demo", "--folder", folder)
    assert answer.status == 1
    assert answer.sentence.startswith("演示用的总部没有启动：")
    assert "不是" in answer.sentence or "not a database" in answer.sentence
    assert str(folder / "hq.log") in answer.sentence
    assert window.opened == []


def test_a_headquarters_that_a_killed_demonstration_left_is_no_obstacle(
    empty_line: CommandLine, window: Window, tmp_path: Path
) -> None:
    folder = tmp_path / "demo"
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as left:
        (folder / "hq.port").write_text(str(left.getsockname()[1]), encoding="utf-8")
        answer = empty_line.bare("demo", "--folder", folder)
    assert (answer.status, answer.err) == (0, "")
    assert window.is_equal == [True]


_PARENT = """
import sys, time
from pathlib import Path
from desktop.commands import demo
from desktop.paths import open_profile
folder = Path(sys.argv[1])
with demo._headquarters(folder, open_profile(folder / "desk")) as url:
    print(url, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def parents() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that hold a headquarters as the demonstration does; none is left."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def parent(parents: list[subprocess.Popen[str]], folder: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(folder)], stdout=subprocess.PIPE, text=True
    )
    parents.append(process)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def is_answering(url: str) -> bool:
    try:
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 1).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_headquarters_ends_with_a_killed_demonstration(
    empty_line: CommandLine, window: Window, tmp_path: Path, parents: list[subprocess.Popen[str]], how: int
) -> None:
    folder = tmp_path / "demo"
    assert empty_line.bare("demo", "--folder", folder).status == 0
    process, url = parent(parents, folder)
    assert is_answering(url)
    process.send_signal(how)
    process.wait()
    until = time.monotonic() + 15
    while is_answering(url) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_answering(url)
    answer = empty_line.bare("demo", "--folder", folder)
    assert (answer.status, answer.out, answer.err) == (0, "", "")
    assert window.tickets == [window.tickets[0]] * 2


def test_a_second_start_uses_the_headquarters_that_runs(
    empty_line: CommandLine, window: Window, tmp_path: Path, parents: list[subprocess.Popen[str]]
) -> None:
    folder = tmp_path / "demo"
    assert empty_line.bare("demo", "--folder", folder).status == 0
    _process, url = parent(parents, folder)
    answer = empty_line.bare("demo", "--folder", folder)
    assert (answer.status, answer.out, answer.err) == (0, "", "")
    assert window.is_equal == [True, True]
    assert headquarters_of(folder) == url
    assert is_answering(url)


def test_a_foreign_listener_on_the_port_costs_no_data(
    empty_line: CommandLine, window: Window, tmp_path: Path
) -> None:
    folder = tmp_path / "demo"
    assert empty_line.bare("demo", "--folder", folder).status == 0
    was = headquarters_of(folder)
    with socket.create_server(("127.0.0.1", int(was.rpartition(":")[2]))):
        answer = empty_line.bare("demo", "--folder", folder)
    assert (answer.status, answer.out, answer.err) == (0, "", "")
    assert window.is_equal == [True, True]
    assert window.tickets == [window.tickets[0]] * 2
    assert headquarters_of(folder) != was


def headquarters_of(folder: Path) -> str:
    """Where the demonstration's desk looks for headquarters."""
    desk = open_desk(open_profile(folder / "desk"))
    try:
        link = desk.database.read(known_link)
        assert link is not None
        return link.address.url
    finally:
        desk.close()
