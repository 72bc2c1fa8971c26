"""Everything that headquarters asks its database on behalf of desks names one site (`sql_shape`)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from models.entities import Building, Ticket
from models.entities.synced import new_id
from models.errors import DomainError
from models.services import attachments
from models.services.blob_store import BlobStore
from models.work import SYSTEM, Work
from sync.client import digests
from sync.client.attachments import Attachments
from sync.client.engine import Engine
from sync.client.local import Plain
from sync.protocol import PROTOCOL, SCHEMA, EnrolRequest
from sync.server import auth, tokens
from sync.server.snapshot import Snapshots
from tests.sync.parts import TestDesk, TestHq, settle
from tests.sync.server.sql_shape import Recorder, Statement, fault_of, recorded

MINE, OTHER = "1" * 32, "2" * 32


@pytest.mark.both_databases
def test_every_statement_for_a_desk_names_its_site(hq: TestHq, site: str) -> None:
    other_site = hq.add_site("月亮湾")
    hq.snapshots = Snapshots(hq.store.database, hq.blobs.folder)
    with recorded(hq.store.database) as recorder:
        first, second = hq.desk(site), hq.desk(site)
        stranger = hq.desk(other_site)
        make_a_day(hq, site, first, second, stranger)
    assert recorder.faults() == []
    text = " ".join(one.text for one in recorder.statements)
    for sign in (
        *("hq_directory", "INSERT INTO ticket", "UPDATE building", "UPDATE hq_desk", "INSERT INTO conflict"),
        *("hq_blob", "hq_snapshot", "next_token_hash", "revoked_at", "UPDATE hq_table", "substr"),
    ):
        assert sign in text, sign
    assert {one.door for one in recorder.statements} == {
        "reading",
        "writing",
        "addressing",
        "looking_up",
    }
    assert {site, other_site, None} == {one.site_id for one in recorder.statements}


def make_a_day(hq: TestHq, site: str, first: TestDesk, second: TestDesk, stranger: TestDesk) -> None:
    """Enrolled desks push, pull, meet in conflicts, compare, ask for rows, send files, are revoked."""
    building = first.add_building("3")
    ticket = first.add_ticket("A-261121-0001")
    stranger.add_building("9")
    settle(first, second, stranger)
    first.edit(Building, building, name="甲")
    second.edit(Building, building, name="乙")
    settle(first, second)
    assert first.conflicts()
    second.delete(Building, building)
    first.edit(Ticket, ticket, place="厨房")
    settle(first, second)
    content = BlobStore(hq.folder / "contents")
    mine = content.put_bytes(b"x" * 5_000)
    first.database.write(SYSTEM, attachments.add, ticket, mine, name="漏水.jpg")
    sender = Attachments(first.database, content)
    first.engine = Engine(first.database, first.link, attachments=sender)
    first.sync()
    second.sync()
    Attachments(second.database, BlobStore(hq.folder / "theirs")).fetch(second.link, mine.sha256)
    damage_and_repair(hq, site, second)
    fill_and_fetch(hq, site, first)
    with hq.store.database.writing(site) as connection:
        tokens.offer(connection, site, 1, auth.hash_of("new"))
        tokens.ask(connection, site, "A")
        auth.revoke(connection, site, "B", hq.store.clock.now())
    with pytest.raises(DomainError):
        second.sync()
    with pytest.raises(DomainError):
        hq.store.desk("an-old-token")
    with pytest.raises(DomainError):
        hq.store.enrol(EnrolRequest(PROTOCOL, SCHEMA, "WRONG", "n", "d"))


def damage_and_repair(hq: TestHq, site: str, desk: TestDesk) -> None:
    """Sums that are wrong on either side are compared, rows asked for, headquarters' own counted again."""
    with desk.database.pulling("damage") as work:
        Plain(work.session).run("UPDATE ticket SET deleted = 1")
        Plain(work.session).run("DELETE FROM ticket")
        digests.recount(Plain(work.session))
    desk.sync()
    assert desk.link.compared
    hq.store.recount(site)


def fill_and_fetch(hq: TestHq, site: str, desk: TestDesk) -> None:
    """A snapshot, and a first fill out of it."""

    def fill(work: Work) -> None:
        rows: list[dict[str, Any]] = [
            {"id": new_id(), "code": str(n), "name": str(n), "position": n} for n in range(50)
        ]
        work.bulk_insert(Building.metadata.tables["building"], rows)

    desk.write(fill)
    desk.sync()
    assert hq.snapshots is not None
    hq.snapshots.make(site)
    third = hq.desk(site)
    settle(third)


@pytest.mark.parametrize(
    ("door", "text", "parameters"),
    [
        ("reading", "SELECT seq FROM hq_site", ()),
        ("reading", "SELECT * FROM building WHERE id = ?", ("a",)),
        ("reading", "SELECT * FROM building WHERE site_id = ?", (OTHER,)),
        ("reading", f"SELECT * FROM building WHERE site_id = '{MINE}'", ()),
        ("reading", "SELECT * FROM building WHERE site_id = ? OR id = ?", (MINE, "a")),
        (
            "reading",
            "SELECT * FROM building b JOIN room r ON r.building_id = b.id WHERE b.site_id = ?",
            (MINE,),
        ),
        ("reading", "SELECT * FROM building, room WHERE building.site_id = ?", (MINE,)),
        ("reading", "SELECT * FROM hq_directory WHERE key_hash = ?", ("a",)),
        ("reading", "SELECT * FROM hq_account", ()),
        ("surveying", "SELECT * FROM building WHERE site_id = ?", (MINE,)),
        ("", "SELECT * FROM building WHERE site_id = ?", (MINE,)),
        ("addressing", "SELECT * FROM hq_directory", ()),
        ("addressing", "SELECT * FROM hq_desk WHERE token_hash = ?", ("a",)),
        ("writing", "INSERT INTO room (id, name) VALUES (?, ?)", ("a", "b")),
        ("writing", "INSERT INTO room (site_id, id) VALUES (?, ?)", (OTHER, "b")),
        ("writing", "INSERT INTO room (site_id, id) VALUES (?, ?)", [(MINE, "a"), (OTHER, "b")]),
        ("writing", "UPDATE room SET name = ? WHERE id = ?", ("a", "b")),
        ("writing", "UPDATE room SET site_id = ? WHERE id = ?", (MINE, "b")),
        (
            "writing",
            "UPDATE room SET name = %(a)s WHERE room.site_id = %(b)s::VARCHAR",
            {"a": "x", "b": OTHER},
        ),
        ("writing", "DELETE FROM room", ()),
    ],
)
def test_the_check_finds_what_it_is_there_for(door: str, text: str, parameters: Any) -> None:
    """Each of these would ask every shard, or another site's."""
    site = None if door == "addressing" else MINE
    assert fault_of(Statement(door, site, text, parameters, 0)) is not None, json.dumps(text)


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("SELECT * FROM building WHERE building.site_id = ? AND id IN (?, ?)", (MINE, "a", "b")),
        (
            "SELECT * FROM hq_desk JOIN hq_site"
            " ON hq_site.site_id = hq_desk.site_id WHERE hq_desk.site_id = ?",
            (MINE,),
        ),
        (
            "UPDATE room SET name = came.name FROM unnest(%s::TEXT[]) AS came(name) WHERE room.site_id = %s",
            ("{}", MINE),
        ),
        ("INSERT INTO room (id, site_id) VALUES (?, ?)", [("a", MINE), ("b", MINE)]),
    ],
)
def test_the_check_lets_pass_what_one_shard_can_answer(text: str, parameters: Any) -> None:
    assert fault_of(Statement("writing", MINE, text, parameters, 0)) is None


def test_a_transaction_of_two_sites_is_found() -> None:
    one = Statement("writing", MINE, "DELETE FROM room WHERE site_id = ?", (MINE,), 7)
    other = Statement("writing", OTHER, "DELETE FROM room WHERE site_id = ?", (OTHER,), 7)
    directory = Statement("addressing", None, "SELECT 1 FROM hq_directory WHERE key_hash = ?", ("a",), 7)
    assert Recorder([one]).faults() == []
    assert len(Recorder([one, other]).faults()) == 1
    assert len(Recorder([one, directory]).faults()) == 1
