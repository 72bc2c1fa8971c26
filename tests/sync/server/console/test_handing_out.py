"""What leaves the house: attachments by download, accounts by the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import anyio
import pytest
from sqlalchemy import insert, select

from models.entities.synced import new_id
from sync.server.__main__ import main
from sync.server.console.app import _pieces
from sync.server.tables import SITE_TABLES, hq_blob
from tests.sync.server.console.visitor import NOW, World

CONTENT = b"<script>alert(1)</script>" * 40_000
"""Larger than one piece."""


def put_attachment(world: World, *, is_here: bool = True) -> str:
    """A page pretending to be a photo; gives its path."""
    site_id, name, row_id = world.planted.sites[0], sha256(CONTENT).hexdigest(), new_id()
    row = {
        "site_id": site_id, "id": row_id, "stamp": 1, "seq": 1, "created_seq": 1, "source_desk": 1,
        "ticket_id": world.planted.tickets[0], "name": "厨房 漏水\r\n\".html", "size": len(CONTENT),
        "sha256": name, "media_type": "text/html", "kind": "photo", "added_at": NOW,
    }  # fmt: skip
    blob = {"site_id": site_id, "sha256": name, "size": len(CONTENT), "complete": int(is_here), "at": NOW}
    with world.database.administering() as connection:
        connection.execute(insert(SITE_TABLES["attachment"].table), [row])
        connection.execute(insert(hq_blob), [blob])
    if is_here:
        path = world.blobs.path(site_id, name)
        path.parent.mkdir(parents=True)
        path.write_bytes(CONTENT)
    return f"/sites/{site_id}/tickets/{world.planted.tickets[0]}/attachments/{row_id}"


@pytest.mark.both_databases
def test_an_attachment_is_saved_and_never_shown(world: World) -> None:
    path = put_attachment(world)
    anna = world.visitor("anna")
    assert path in anna.get(path.partition("/attachments/")[0]).text
    answer = anna.get(path)
    assert answer.content == CONTENT
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%E5%8E%A8%E6%88%BF%20%E6%BC%8F%E6%B0%B4%0D%0A%22.html"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "下载附件" in anna.get("/audit").text


def test_an_attachment_is_for_those_who_may_see_people(world: World) -> None:
    path = put_attachment(world)
    assert world.visitor("vera").get(path).status_code == 403
    assert world.visitor().get(path).status_code == 303
    other = path.replace(world.planted.sites[0], world.planted.sites[1])
    assert world.visitor("anna").get(other).status_code == 404
    wrong_ticket = path.replace(world.planted.tickets[0], world.planted.tickets[1])
    assert world.visitor("anna").get(wrong_ticket).status_code == 404


def test_an_attachment_that_has_not_come_says_so(world: World) -> None:
    answer = world.visitor("anna").get(put_attachment(world, is_here=False))
    assert answer.status_code == 404
    assert "还没有这个附件的内容" in answer.text


def test_an_attachment_that_the_disk_spoiled_is_not_handed_out_but_asked_for_again(world: World) -> None:
    path = put_attachment(world)
    spoiled = world.blobs.path(world.planted.sites[0], sha256(CONTENT).hexdigest())
    spoiled.write_bytes(CONTENT[:-1] + b"?")
    assert world.visitor("anna").get(path).status_code == 404
    with world.database.surveying() as connection:
        this = hq_blob.c.sha256 == spoiled.name
        assert connection.execute(select(hq_blob.c.complete).where(this)).scalar_one() == 0


def test_a_workbook_goes_with_the_browser_that_left_before_it_was_sent(tmp_path: Path) -> None:
    made = tmp_path / "made.xlsx"
    made.write_bytes(CONTENT)

    async def leave() -> None:
        with anyio.CancelScope() as scope:
            scope.cancel()
            async for _ in _pieces(made, is_temporary=True):
                raise AssertionError("it was sent")

    anyio.run(leave)
    assert not made.exists()


# -- the command -------------------------------------------------------------------------------------


@pytest.fixture
def command(world: World, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    url = f"sqlite:///{world.folder / 'hq.db'}"

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(["--database", url, "account", *arguments])
        said = capsys.readouterr()
        return status, said.out.strip(), said.err.strip()

    return run


def test_accounts_by_the_command(world: World, command: Callable[..., tuple[int, str, str]]) -> None:
    status, first, _ = command("add", "emma", "--role", "viewer", "--site", "阳光花园")
    assert status == 0
    told, first = first.splitlines()
    assert "emma" in told
    assert "第一次登录时要换掉" in told
    emma = world.visitor()
    assert emma.sign_in("emma", first).headers["location"] == "/console/"
    listed = {one["name"]: one for one in json.loads(command("list", "--json")[1])}
    assert listed["emma"]["sites"] == [world.planted.sites[0]]
    assert listed["emma"]["signed_in_at"] is not None
    assert command("disable", "emma")[0] == 0
    assert emma.get("/keys").status_code == 303
    assert "emma" in command("list")[1]
    assert command("enable", "EMMA")[0] == 0
    for _ in range(6):
        locked = world.visitor().sign_in("emma", "falsch-0000")
    assert locked.status_code == 429
    second = command("password", "emma")[1].splitlines()[-1]
    assert second != first
    assert world.visitor().sign_in("emma", second).status_code == 303
    actions = world.visitor("anna").get("/audit").text
    assert "qiantai-hq" in actions


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add", "anna", "--role", "viewer"), "已有名为 anna 的账号"),
        (("add", "x", "--role", "viewer"), "2 到 40"),
        (("add", "emma", "--role", "viewer", "--site", "没有"), "没有名为 没有 的项目"),
        (("disable", "nobody"), "没有名为 nobody 的账号"),
    ],
)
def test_the_command_says_what_is_wrong(
    command: Callable[..., tuple[int, str, str]], arguments: tuple[str, ...], says: str
) -> None:
    status, _, told = command(*arguments)
    assert status == 1
    assert says in told


def test_the_last_administrator_stays(command: Callable[..., tuple[int, str, str]]) -> None:
    status, _, told = command("disable", "anna")
    assert status == 1
    assert "管理员" in told


def test_a_typed_password_is_not_shown(
    world: World, command: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter(["Sehr-geheim-77", "Sehr-geheim-77", "kurz1", "kurz1", "Sehr-geheim-77", "anders-777777"])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    assert command("add", "emma", "--role", "operator", "--ask") == (0, "", "")
    assert world.visitor().sign_in("emma", "Sehr-geheim-77").status_code == 303
    assert command("password", "emma", "--ask")[2] == "密码至少 10 位。"
    assert command("password", "emma", "--ask")[2] == "两次输入的新密码不一样。"
