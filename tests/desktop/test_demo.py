"""The demonstration: made once with its own headquarters beside it, found again at the next start."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from desktop import application
from desktop.desk import open_desk
from desktop.opening import engine_of
from desktop.paths import open_profile
from models.queries import sync_state
from models.queries.ticket_list import TicketFilter, ticket_keys
from models.services.demo.people import CLERK_NO
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
    assert answer.sentence.startswith("演示用的总部没有启动")
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
