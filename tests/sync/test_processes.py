"""Desks against a real `qiantai-hq` process over real HTTP."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Integer, Table

from models.entities import Building
from models.entities.synced import META_FIELDS, new_id, synced_tables
from models.entities.types import DayType, InstantType, JsonType
from models.errors import DomainError
from models.services.blob_store import BlobStore
from models.work import Work
from sync.client.attachments import Attachments
from sync.client.engine import Engine
from sync.client.enrol import connect, enrol
from sync.client.transport import Address
from tests.sync.parts import HqProcess, MemoryTokens, fresh_file, same, settle


def a_row_of(table: Table, ids: dict[str, str]) -> dict[str, Any]:
    """A full row, every column with a value of its type."""
    row: dict[str, Any] = {"id": ids[table.name]}
    for column in table.c:
        if column.name in META_FIELDS:
            continue
        parent = next((key.column.table.name for key in column.foreign_keys), None)
        kind = column.type
        if parent is not None:
            row[column.name] = ids[parent] if parent != table.name else None
        elif isinstance(kind, InstantType):
            row[column.name] = datetime(2026, 11, 21, 9, 30, 0, 123_000, tzinfo=UTC)
        elif isinstance(kind, DayType):
            row[column.name] = date(2026, 11, 21)
        elif isinstance(kind, JsonType):
            row[column.name] = {"键": ["值", 1, None]}
        elif isinstance(kind, Boolean):
            row[column.name] = True
        elif isinstance(kind, (Integer, BigInteger)):
            row[column.name] = 1234
        else:
            row[column.name] = f"{column.name}喆𬭎"[: getattr(kind, "length", None) or 99]
    return row


def test_every_synced_table_travels_and_a_second_site_sees_nothing(
    hq_process: HqProcess, tmp_path: Path
) -> None:
    for name in ("阳光花园", "月亮湾"):
        hq_process.add_site(name)
    first = hq_process.desk("阳光花园", tmp_path / "first.db")
    second = hq_process.desk("阳光花园", tmp_path / "second.db")
    other = hq_process.desk("月亮湾", tmp_path / "other.db")
    settle(first, second, other)
    ids = {table.name: new_id() for table in synced_tables()}

    def fill(work: Work) -> None:
        for table in synced_tables():
            work.bulk_insert(table, [a_row_of(table, ids)])

    first.write(fill)
    settle(first, second, other)
    for table in synced_tables():
        assert [row[0] for row in second.rows(table.name) if row[0] == ids[table.name]], table.name
        assert [row[0] for row in other.rows(table.name) if row[0] in ids.values()] == [], table.name
    same(first, second)
    second.edit(Building, ids["building"], name="改名")
    settle(second, first)
    assert first.value(Building, ids["building"], "name") == "改名"
    for desk in (first, second, other):
        desk.database.close()


def test_the_desk_works_on_while_headquarters_is_away(hq_process: HqProcess, tmp_path: Path) -> None:
    hq_process.add_site("阳光花园")
    first = hq_process.desk("阳光花园", tmp_path / "first.db")
    second = hq_process.desk("阳光花园", tmp_path / "second.db")
    settle(first, second)
    hq_process.stop(is_killed=True)
    building = first.add_building("3")
    with pytest.raises(DomainError) as caught:
        first.sync()
    assert caught.value.code in {"hq-unreachable", "hq-silent"}
    hq_process.start()
    settle(first, second)
    assert second.value(Building, building, "code") == "3"
    same(first, second)
    for desk in (first, second):
        desk.database.close()


@pytest.mark.both_databases
def test_the_command_administers_sites_and_desks(hq_process: HqProcess, tmp_path: Path) -> None:
    added = hq_process.command("site", "add", "阳光花园", "--json")
    assert json.loads(added.stdout)["name"] == "阳光花园"
    again = hq_process.command("site", "add", "阳光花园")
    assert (again.returncode, again.stdout) == (1, "")
    assert "阳光花园" in again.stderr
    assert hq_process.command("site", "remove").returncode == 2
    assert hq_process.command("desk", "code", "没有的").returncode == 1
    desk = hq_process.desk("阳光花园", tmp_path / "first.db")
    assert desk.sync().is_equal
    listed = json.loads(hq_process.command("--json", "desk", "list").stdout)
    assert [(one["desk"], one["revoked_at"]) for one in listed] == [("A", None)]
    assert hq_process.command("desk", "revoke", "阳光花园", "a").returncode == 0
    desk.add_building("3")
    with pytest.raises(DomainError) as caught:
        desk.sync()
    assert caught.value.code == "desk-revoked"
    assert desk.pending() > 0
    assert hq_process.command("desk", "revoke", "阳光花园", "a").returncode == 1
    desk.database.close()


def test_a_code_enrols_once(hq_process: HqProcess, tmp_path: Path) -> None:
    hq_process.add_site("阳光花园")
    code = hq_process.command("desk", "code", "阳光花园").stdout.strip()
    first, second = fresh_file(tmp_path / "a.db"), fresh_file(tmp_path / "b.db")
    tokens = MemoryTokens()
    enrol(first, tokens, Address(hq_process.url), code.lower().replace("-", " "))
    assert (first.identity.desk_letter, first.identity.desk_no) == ("A", 1)
    for database, typed, expected in (
        (second, code, "enrol-code-used"),
        (second, "0000-0000-0000", "enrol-code-wrong"),
    ):
        with pytest.raises(DomainError) as caught:
            enrol(database, MemoryTokens(), Address(hq_process.url), typed)
        assert caught.value.code == expected
        assert database.identity.desk_no == 0
    lost_answer = tokens.token
    enrol(first, tokens, Address(hq_process.url), code)
    assert tokens.token != lost_answer, "the same installation asks again: the same desk, a new token"
    assert first.identity.desk_no == 1
    link = connect(first, tokens)
    assert Engine(first, link).run_once().is_equal
    link.close()
    first.close()
    second.close()


def test_wrong_codes_are_slowed_down(hq_process: HqProcess, tmp_path: Path) -> None:
    database = fresh_file(tmp_path / "a.db")
    codes = []
    for number in range(12):
        with pytest.raises(DomainError) as caught:
            enrol(database, MemoryTokens(), Address(hq_process.url), f"WRONG{number:07d}")
        codes.append(caught.value.code)
    assert codes[:10] == ["enrol-code-wrong"] * 10
    assert codes[10:] == ["enrol-too-many"] * 2
    database.close()


def test_an_attachment_goes_up_in_chunks_and_down_when_looked_at(
    hq_process: HqProcess, tmp_path: Path
) -> None:
    hq_process.add_site("阳光花园")
    hq_process.add_site("月亮湾")
    first = hq_process.desk("阳光花园", tmp_path / "first.db")
    second = hq_process.desk("阳光花园", tmp_path / "second.db")
    other = hq_process.desk("月亮湾", tmp_path / "other.db")
    content = bytes(range(256)) * 11_000
    store = BlobStore(tmp_path / "mine")
    blob = store.put_bytes(content)
    with first.database.working("test") as work:
        work.session.connection().exec_driver_sql(
            "INSERT INTO blob_transfer(sha256, direction, size, offset, state) "
            "VALUES (?, 'up', ?, 0, 'waiting')",
            (blob.sha256, blob.size),
        )
    assert Attachments(first.database, store).upload(first.link) == 1
    assert Attachments(first.database, store).upload(first.link) == 0
    theirs = Attachments(second.database, BlobStore(tmp_path / "theirs"))
    assert sha256(theirs.fetch(second.link, blob.sha256).read_bytes()).hexdigest() == blob.sha256
    with pytest.raises(DomainError) as caught:
        Attachments(other.database, BlobStore(tmp_path / "others")).fetch(other.link, blob.sha256)
    assert caught.value.code == "blob-unknown"
    for desk in (first, second, other):
        desk.database.close()


def test_the_log_says_nothing_personal(hq_process: HqProcess, tmp_path: Path) -> None:
    hq_process.add_site("阳光花园")
    desk = hq_process.desk("阳光花园", tmp_path / "first.db")
    desk.add_ticket("A-261121-0001", caller_name="赵一曼", caller_phone="13800001234")
    desk.sync()
    log = (tmp_path / "hq.log").read_text(encoding="utf-8")
    assert "POST /v1/sync" in log
    assert not [word for word in ("赵一曼", "13800001234", desk.tokens.token or "?") if word in log]
    desk.database.close()
