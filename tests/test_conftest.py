"""The world that conftest builds around each test is as small as it says, and what leaks out of it fails."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import keyring
import pytest
from PySide6.QtCore import QStandardPaths
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.database import Database
from models.rules.rights import Right
from models.work import Actor
from tests.conftest import FIRST_MOMENT, DeskClock, MakeDatabase, NetworkForbidden

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    "body",
    [
        "warnings.warn('careless')",
        "qWarning('careless')",
        "(tmp_path / 'left-open').open('w')",
        "thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()",
        "socket.create_connection(('192.0.2.1', 9), timeout=1)",
    ],
)
def test_carelessness_fails_a_test(tmp_path: Path, body: str) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=lambda _, names: set(names) - {"conftest.py"})
    imports = "import socket, threading, warnings\nfrom PySide6.QtCore import qWarning\n"
    careless = f"{imports}def test_it(tmp_path, qtbot):\n    {body}\n"
    (tmp_path / "tests" / "test_careless.py").write_text(careless)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed" in done.stdout


def test_no_other_machine_is_reached() -> None:
    with pytest.raises(NetworkForbidden):
        socket.create_connection(("192.0.2.1", 9))
    with pytest.raises(NetworkForbidden):
        socket.getaddrinfo("example.org", 80)


def test_a_name_that_nobody_has_is_answered_like_anywhere() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("headquarters.invalid", 80)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_reached(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1])).close()


def test_home_is_empty_and_of_the_test_alone(home: Path) -> None:
    assert Path.home() == home
    assert [path.name for path in home.iterdir()] == ["runtime"]
    config = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.ConfigLocation)
    assert Path(config).is_relative_to(home)


def test_the_key_store_keeps_nothing() -> None:
    keyring.set_password("qiantai", "someone", "secret")
    assert keyring.get_password("qiantai", "someone") is None


def test_windows_are_drawn_offscreen(qtbot: QtBot) -> None:
    assert QGuiApplication.platformName() == "offscreen"


def count(session: Session, table: str) -> int:
    return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_the_file_is_encrypted_and_people_are_rows(database: Database, actor: Actor, clerk: Actor) -> None:
    assert database.path.read_bytes()[:6] != b"SQLite"
    assert database.read(count, "staff") == 2
    assert actor.may(Right.SETTINGS)
    assert not clerk.may(Right.SETTINGS)


def test_desks_are_installations_of_their_own(make_database: MakeDatabase) -> None:
    first = make_database("a.db")
    second = make_database("b.db", desk_no=1, desk_letter="B", site_id=first.identity.site_id)
    assert first.identity.site_id == second.identity.site_id
    assert first.identity.nonce != second.identity.nonce
    assert {first.stamps.next() & 511, second.stamps.next() & 511} == {0, 1}


def test_time_stands_still_until_moved(database: Database, clock: DeskClock) -> None:
    assert database.clock() == FIRST_MOMENT
    assert (clock.advance(minutes=5) - FIRST_MOMENT).total_seconds() == 300
    assert database.clock() == clock.now
