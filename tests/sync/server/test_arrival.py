"""Headquarters starts before its database server does, as after a power cut; and what no waiting helps."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from models.errors import DomainError
from sync.server import database_faults
from sync.server.database import DatabaseAwayError, HqDatabase
from tests.sync.parts import HqProcess
from tests.sync.postgres import Postgres


@pytest.fixture
def hq_kind() -> str:
    return "postgresql"


@pytest.fixture
def down(hq_url: str, postgres: Postgres) -> Iterator[Postgres]:
    """The server, stopped; running again whatever the test did."""
    assert hq_url
    postgres.stop()
    yield postgres
    postgres.start()


def health(url: str) -> Any:
    return requests.get(f"{url}/healthz", timeout=10)


def until(seconds: float, is_so: Any) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_it_waits_for_its_database_says_so_and_serves_when_it_is_there(
    tmp_path: Path, hq_url: str, down: Postgres
) -> None:
    process = HqProcess(tmp_path, database_url=hq_url)
    process.start("--backups", str(tmp_path / "backups"))
    try:
        answer = health(process.url)
        assert (answer.status_code, answer.json()["code"]) == (503, "hq-database-down")
        assert int(answer.headers["retry-after"]) > 0
        token = {"authorization": f"Bearer {'0' * 32}.x"}
        asked = requests.get(f"{process.url}/v1/snapshot", headers=token, timeout=10)
        assert (asked.status_code, asked.json()["code"]) == (503, "hq-database-down")
        cookie = {"qiantai-session": "x"}
        assert requests.get(f"{process.url}/console/sites", cookies=cookie, timeout=10).status_code == 503
        down.start()
        until(20, lambda: health(process.url).status_code == 200)
        process.add_site("阳光花园")
        desk = process.desk("阳光花园", tmp_path / "desk.db")
        assert desk.sync().is_equal
        desk.link.close()
        desk.database.close()
        until(20, lambda: list((tmp_path / "backups").glob("*.backup")))
    finally:
        process.stop()
    log = (tmp_path / "hq.log").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    told = [line["text"] for line in lines if "the database" in str(line.get("text"))]
    assert told[0].startswith("waiting for the database: ")
    assert told[-1].startswith("the database is there after ")
    assert "account add NAME" in log
    assert "Traceback" not in log


def test_what_no_waiting_helps_ends_at_once_with_one_sentence(hq_url: str, postgres: Postgres) -> None:
    for wrong in (
        hq_url.replace("postgres@", "nobody-here@"),
        hq_url.replace("@/t", "@/no_such_database_t"),
        "postgresql://hq:secret-word@[::1/hq",
    ):
        command = [sys.executable, "-m", "sync.server", "--database", wrong, "serve", "--port", "0"]
        began = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 1, wrong
        assert time.monotonic() - began < 10
        assert "Traceback" not in done.stderr
        assert "secret-word" not in done.stderr
        assert len(done.stderr.strip().splitlines()) <= 2, done.stderr  # the server's reason has two


def test_a_wrong_user_is_found_out_when_the_server_comes_up(hq_url: str, down: Postgres) -> None:
    wrong = hq_url.replace("postgres@", "nobody-here@")
    command = [sys.executable, "-m", "sync.server", "--database", wrong, "serve", "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    assert process.poll() is None
    down.start()
    _out, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "打不开总部数据库" in said
    assert "nobody-here" in said


def test_other_commands_wait_for_nobody(hq_url: str, down: Postgres) -> None:
    assert down
    with pytest.raises(DatabaseAwayError):
        HqDatabase(hq_url)
    away = HqDatabase(hq_url, may_wait=True)
    with pytest.raises(DomainError, match="hq-database-down"), away.surveying():
        pass


@pytest.mark.parametrize(
    ("answer", "may_exist"), [(socket.EAI_NONAME, False), (socket.EAI_AGAIN, True), (None, True)]
)
def test_a_name_that_nobody_knows_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, answer: int | None, may_exist: bool
) -> None:
    """After a power cut the name server may be away as well: that is no answer."""

    def asked(*_: object) -> list[object]:
        if answer is not None:
            raise socket.gaierror(answer, "")
        return []

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    assert database_faults._may_exist("db.example") is may_exist
