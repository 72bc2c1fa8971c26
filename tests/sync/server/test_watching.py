"""Health, figures and the command's lists, of a real headquarters."""

from __future__ import annotations

import argparse
import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from litestar.testing import TestClient
from prometheus_client.parser import text_string_to_metric_families

import resources
from models.errors import DomainError
from sync.client.enrol import enrol
from sync.client.transport import Address
from sync.protocol import TokenOffer
from sync.server import auth
from sync.server.__main__ import GROUPS, main
from sync.server.app import create_app
from sync.server.commands import parsers
from sync.server.handlers.health import Watch
from tests.sync.parts import HqProcess, MemoryTokens, TestDesk, TestHq, fresh_file

SECRET = "a-token-for-those-who-watch"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[HqProcess, list[TestDesk]]]:
    folder = tmp_path_factory.mktemp("watching")
    process = HqProcess(folder)
    process.start()
    process.add_site("阳光花园")
    desks = [process.desk("阳光花园", folder / f"{number}.db") for number in range(3)]
    yield process, desks
    for desk in desks:
        desk.link.close()
        desk.database.close()
    process.stop()


def figures(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (
            sample.name,
            tuple(value for name, value in sorted(sample.labels.items()) if name != "le"),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_figures_follow_what_happens(house: tuple[HqProcess, list[TestDesk]]) -> None:
    process, desks = house
    first, second, third = desks
    first.add_building("3")
    for desk in (first, second):
        desk.sync()
    with pytest.raises(DomainError):
        first.link._post("/v1/token", TokenOffer("no hash"), object)
    process.command("desk", "revoke", "阳光花园", "c")
    found = figures(requests.get(f"{process.url}/metrics", timeout=10).text)
    assert found["qiantai_hq_answers_total", ("POST /v1/sync", "200")] >= 2
    assert found["qiantai_hq_request_seconds_count", ("POST /v1/sync",)] >= 2
    assert found["qiantai_hq_rows_total", ("in",)] >= 1
    assert found["qiantai_hq_rows_total", ("out",)] >= 1
    assert found["qiantai_hq_body_bytes_total", ("in",)] > 100
    assert found["qiantai_hq_body_bytes_total", ("out",)] > 100
    assert found["qiantai_hq_refusals_total", ("token-invalid",)] == 1
    assert found["qiantai_hq_desks", ("active",)] == 2
    assert found["qiantai_hq_desks", ("revoked",)] == 1
    assert found["qiantai_hq_database_up", ()] == 1
    assert found["qiantai_hq_waiting", ()] == 0
    assert third.database.identity.desk_letter == "C"


def test_the_figures_name_nobody(house: tuple[HqProcess, list[TestDesk]]) -> None:
    process, desks = house
    text = requests.get(f"{process.url}/metrics", timeout=10).text
    known = [desks[0].database.identity.site_id, "阳光花园", (desks[0].tokens.token or "").partition(".")[2]]
    assert not [one for one in known if one in text]


@pytest.mark.parametrize(
    ("watch", "headers", "status"),
    [
        (Watch(), {}, 200),
        (Watch(is_loopback_enough=False), {}, 403),
        (Watch(SECRET, is_loopback_enough=False), {"authorization": f"Bearer {SECRET}"}, 200),
        (Watch(SECRET, is_loopback_enough=False), {"authorization": "Bearer another"}, 403),
        (Watch(SECRET), {"authorization": "Bearer another"}, 403),
        (Watch(SECRET), {}, 200),
    ],
    ids=["here", "behind a proxy", "with the token", "with another", "here with another", "here without"],
)
def test_who_may_read_the_figures(hq: TestHq, watch: Watch, headers: dict[str, str], status: int) -> None:
    with TestClient(create_app(hq.store, hq.blobs, watch=watch)) as client:
        client.app.asgi_handler = _from("127.0.0.1", client.app.asgi_handler)
        answer = client.get("/metrics", headers=headers)
        assert answer.status_code == status
        if status == 403:
            assert answer.json()["code"] == "metrics-forbidden"


def test_strangers_do_not_read_the_figures(hq: TestHq) -> None:
    with TestClient(create_app(hq.store, hq.blobs)) as client:
        client.app.asgi_handler = _from("10.0.0.7", client.app.asgi_handler)
        assert client.get("/metrics").status_code == 403
        assert client.get("/healthz").json() == {"status": "ok"}


def _from(host: str, app: Any) -> Any:
    async def placed(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "client": (host, 1)}, receive, send)

    return placed


def test_health_says_when_the_database_does_not_answer(hq: TestHq, monkeypatch: pytest.MonkeyPatch) -> None:
    with TestClient(create_app(hq.store, hq.blobs)) as client:
        assert client.get("/healthz").status_code == 200

        def away() -> Any:
            raise DomainError("hq-database-down", seconds=5)

        monkeypatch.setattr(hq.store.database, "surveying", away)
        answer = client.get("/healthz")
        assert (answer.status_code, answer.json()["code"]) == (503, "hq-database-down")
        assert answer.headers["retry-after"] == "5"


# -- the command -------------------------------------------------------------------------------------


def test_the_command_lists_what_desks_say_of_themselves(house: tuple[HqProcess, list[TestDesk]]) -> None:
    process, desks = house
    desks[0].sync()
    listed = json.loads(process.command("desk", "list", "阳光花园", "--json").stdout)
    assert [one["desk"] for one in listed] == ["A", "B", "C"]
    assert listed[0]["seen_at"] is not None
    assert set(listed[0]) >= {"version", "pending", "token_at", "revoked_at"}
    lines = process.command("--language", "en", "desk", "list").stdout.splitlines()
    assert "waiting" in lines[0]
    assert "seen 20" in lines[0]
    assert "待传" in process.command("desk", "list").stdout


def test_many_codes_at_once_and_each_is_good(hq_process: HqProcess, tmp_path: Path) -> None:
    hq_process.add_site("阳光花园")
    made = json.loads(hq_process.command("desk", "code", "阳光花园", "--count", "3", "--json").stdout)
    assert len(set(made["codes"])) == 3
    assert made["code"] == made["codes"][0]
    for number, code in enumerate(made["codes"], 1):
        database = fresh_file(tmp_path / f"{number}.db")
        assert enrol(database, MemoryTokens(), Address(hq_process.url), code).desk_no == number
        database.close()
    assert hq_process.command("desk", "code", "阳光花园", "--count", "0").returncode == 2


def test_a_site_is_renamed(hq: TestHq, capsys: pytest.CaptureFixture[str]) -> None:
    ids = [hq.add_site(name) for name in ("阳光花园", "月亮湾")]
    url = hq.store.database.url
    assert main(["--database", url, "site", "rename", "阳光花园", " 春江花园 "]) == 0
    with hq.store.database.surveying() as connection:
        assert auth.site_id_of(connection, "春江花园") == ids[0]
    for wrong in ("月亮湾", "  "):
        assert main(["--database", url, "site", "rename", "春江花园", wrong]) == 1
    assert main(["--database", url, "site", "rename", "没有", "x"]) == 1
    assert "没有" in capsys.readouterr().err


def test_no_line_changes_its_protocol(house: tuple[HqProcess, list[TestDesk]]) -> None:
    """It would be counted as open for ever."""
    asked = {
        "connection": "upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    answer = requests.get(f"{house[0].url}/healthz", headers=asked, timeout=10)
    assert (answer.status_code, answer.text) == (200, '{"status":"ok"}')


@pytest.mark.skipif(os.name == "nt", reason="rights are the folder's there")
def test_the_files_are_for_their_owner_alone(house: tuple[HqProcess, list[TestDesk]]) -> None:
    files = [path for path in house[0].folder.rglob("hq*") if path.is_file() and path.suffix != ".log"]
    assert len(files) >= 2, files
    assert {path.name: stat.S_IMODE(path.stat().st_mode) & 0o077 for path in files} == {
        path.name: 0 for path in files
    }


def test_a_port_that_no_machine_has_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--database", f"sqlite:///{tmp_path / 'hq.db'}", "serve", "--port", "84700"]) == 1
    assert "84700" in capsys.readouterr().err


def test_help_speaks_the_language_that_was_asked_for(hq_process: HqProcess) -> None:
    english = hq_process.command("--language", "en", "--help").stdout
    assert "headquarters" in english.lower()
    assert "总部" in hq_process.command("--help").stdout
    assert hq_process.command("--language", "xx", "site", "list").returncode == 2


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Of a command and all commands under it."""
    found = set()
    for action in parser._actions:
        found |= {name for name in action.option_strings if name.startswith("--")}
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                found |= options_of(one)
    return found


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_option_stands_in_the_help_page(language: str) -> None:
    whole, places = parsers.base()
    for group in GROUPS:
        group.register(places)
    page = (Path(resources.__file__).parent / "help" / language / "headquarters.md").read_text("utf-8")
    named = set(re.findall(r"--[a-z-]+", page))
    assert options_of(whole) - named == {"--help"}
    assert named <= options_of(whole), "and no other"
