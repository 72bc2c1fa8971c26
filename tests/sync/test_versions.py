"""Programs of different ages at one site: what one does not know, it keeps and hands on."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from models.entities import Building
from models.entities.synced import new_id
from models.errors import DomainError
from sync import protocol
from sync.client import pull, snapshot_load, upgrade
from sync.client.local import CURSOR, SCHEMA_SEEN, SKIPPED, Plain
from sync.protocol import (
    PROTOCOL,
    ROW_HEAD,
    SCHEMA,
    Batch,
    EnrolRequest,
    Patch,
    SyncReply,
    SyncRequest,
    TableRows,
)
from sync.server.tables import SITE_TABLES, hq_site
from sync.snapshots import Block
from tests.sync.parts import TestDesk, TestHq, same, settle

COLUMNS = SITE_TABLES["building"].columns
LATER = 1_795_000_000_000 << 19
Two = tuple[TestDesk, TestDesk]


def newer_program_pushes(hq: TestHq, desk: TestDesk, row_id: str, batch: Batch) -> None:
    """A desk whose program knows more fields, speaking for itself."""
    known = hq.store.desk(desk.tokens.token or "")
    request = SyncRequest(
        PROTOCOL,
        SCHEMA + 1,
        epoch=hq.store.database.epoch,
        push=known.push + 1,
        after=known.push_hash,
        batch=msgspec.Raw(protocol.encode(batch)),
    )
    assert hq.store.sync(known, request).refused == []


@pytest.fixture
def building(hq: TestHq, site: str) -> tuple[str, TestDesk, TestDesk]:
    """A building with a field that only a newer program knows; the two desks do not."""
    newer, first, second = hq.desk(site), hq.desk(site), hq.desk(site)
    row_id = new_id()
    values: dict[str, Any] = {"code": "3", "name": "3栋", "position": 0, "note": None}
    row = [row_id, LATER, None, None, None, *(values[name] for name in COLUMNS), 4]
    newer_program_pushes(hq, newer, row_id, Batch([TableRows("building", [*COLUMNS, "lift_count"], [row])]))
    settle(first, second)
    edit = Patch("building", row_id, {"lift_count": 5}, {"lift_count": LATER + 512}, {"lift_count": LATER})
    newer_program_pushes(hq, newer, row_id, Batch([], [edit]))
    settle(first, second)
    return row_id, first, second


def extra_of(desk: TestDesk, row_id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(desk.value(Building, row_id, "extra"))
    return found


def test_unknown_fields_are_kept_and_go_back_unchanged(building: tuple[str, TestDesk, TestDesk]) -> None:
    row_id, first, second = building
    assert extra_of(first, row_id) == {"lift_count": 5}
    first.edit(Building, row_id, name="三号楼")
    with first.database.working("again") as work:
        Plain(work.session).run("INSERT INTO outbox(table_name, row_id) VALUES ('building', ?)", (row_id,))
    settle(first, second)
    assert extra_of(second, row_id) == {"lift_count": 5}
    assert second.value(Building, row_id, "name") == "三号楼"
    same(first, second)


def test_after_an_upgrade_the_field_moves_into_its_column(two: tuple[TestDesk, TestDesk]) -> None:
    first, second = two
    row_id = first.add_building("3")
    settle(first, second)
    with first.database.working("older") as work:
        plain = Plain(work.session)
        plain.run("UPDATE building SET extra = ? WHERE id = ?", ('{"note":"早就有","other":1}', row_id))
        plain.keep(SCHEMA_SEEN, SCHEMA - 1)
    upgrade.run(first.database)
    assert first.value(Building, row_id, "note") == "早就有"
    assert extra_of(first, row_id) == {"other": 1}
    with first.database.reading() as session:
        assert Plain(session).fact(SCHEMA_SEEN) == SCHEMA


def test_what_somebody_writes_between_the_upgrade_and_the_first_round_stays(
    two: tuple[TestDesk, TestDesk],
) -> None:
    """The older value moved over it, under its stamp: everybody would have got that one."""
    first, second = two
    row_id = first.add_building("3")
    settle(first, second)
    with first.database.working("older") as work:
        plain = Plain(work.session)
        plain.run("UPDATE building SET extra = ? WHERE id = ?", ('{"note":"早就有","other":1}', row_id))
        plain.keep(SCHEMA_SEEN, SCHEMA - 1)
    first.edit(Building, row_id, note="刚写的")
    upgrade.run(first.database)
    assert first.value(Building, row_id, "note") == "刚写的"
    assert extra_of(first, row_id) == {"other": 1}
    settle(first, second)
    assert second.value(Building, row_id, "note") == "刚写的"


def test_a_table_that_was_skipped_is_pulled_after_the_upgrade(two: tuple[TestDesk, TestDesk]) -> None:
    first, second = two
    building = first.add_building("3")
    settle(first, second)
    with second.database.pulling("test") as work:
        plain = Plain(work.session)
        before = int(plain.fact(CURSOR))
        rows = [TableRows("teleporter", ["a"], [[new_id(), LATER, None, None, None, 1]])]
        reply = SyncReply(PROTOCOL, SCHEMA + 1, before + 1, 0, "e", rows=rows)
        applied = pull.apply(plain, reply, None, work.site_id, 0)
        assert applied.changed == {}
        assert plain.fact(SKIPPED) == ["teleporter"]
        plain.keep(SKIPPED, ["building", "teleporter"])
        plain.keep(SCHEMA_SEEN, SCHEMA - 1)
        plain.run("UPDATE building SET deleted = 1")
        plain.run("DELETE FROM building")
        from sync.client import digests

        digests.recount(plain)
    second.reopen()
    second.sync()
    assert second.value(Building, building, "code") == "3"
    with second.database.reading() as session:
        assert Plain(session).fact(SKIPPED) == ["teleporter"]


@pytest.mark.parametrize("way", ["pull", "again", "snapshot"])
def test_a_field_that_headquarters_keeps_in_extra_comes_into_its_column(two: Two, way: str) -> None:
    """Newer desks at an older headquarters: a whole row that comes down must not empty what they know."""
    _, desk = two
    row_id, at = new_id(), LATER + 512
    older = [name for name in COLUMNS if name != "note"]
    known = {"code": "3", "name": "3栋", "position": 0}
    head: list[Any] = [row_id, LATER, {"note": at}, None, '{"lift_count":4,"note":"北门"}']
    row = [*head, *(known[name] for name in older)]
    with desk.database.pulling("test") as work:
        plain = Plain(work.session)
        if way == "snapshot":
            columns = {name: [value] for name, value in zip((*ROW_HEAD, *older), row, strict=True)}
            block = Block("building", 1, columns | {"field_stamps": [json.dumps({"note": at})]})
            snapshot_load.load(work, block, is_agreed=False)
        else:
            reply = SyncReply(PROTOCOL, SCHEMA, 1, 0, "e", rows=[TableRows("building", older, [row])])
            pull.apply(plain, reply, None, work.site_id, 0)
    if way == "again":
        again = [row_id, LATER, {"note": at, "name": at}, *row[3:]]
        again[4] = '{"lift_count":4,"note":"南门"}'
        with desk.database.pulling("test") as work:
            reply = SyncReply(PROTOCOL, SCHEMA, 2, 0, "e", rows=[TableRows("building", older, [again])])
            pull.apply(Plain(work.session), reply, None, work.site_id, 0)
    assert desk.value(Building, row_id, "note") == ("南门" if way == "again" else "北门")
    assert extra_of(desk, row_id) == {"lift_count": 4}


def test_rows_of_an_unknown_table_are_no_difference_to_be_repaired(hq: TestHq, site: str) -> None:
    """A newer headquarters counts them: an older desk cannot, and must not count and compare for ever."""
    first, second = hq.desk(site), hq.desk(site)
    first.add_building("3")
    settle(first, second)
    with hq.store.database.writing(site) as connection:
        known = connection.execute(select(hq_site.c.digest).where(hq_site.c.site_id == site)).scalar_one()
        connection.execute(update(hq_site).where(hq_site.c.site_id == site).values(digest=known ^ 1))
    with second.database.working("test") as work:
        Plain(work.session).keep(SKIPPED, ["teleporter"])
    report = second.sync()
    assert (report.is_equal, report.is_repaired, report.requests) == (None, False, 1)
    first.add_building("4")
    first.sync()
    report = second.sync()
    assert (report.is_equal, report.is_repaired) == (None, False)
    assert first.rows("building") == second.rows("building")


@pytest.mark.parametrize(("spoken", "code"), [(0, "desk-too-old"), (PROTOCOL + 1, "desk-too-new")])
def test_a_desk_too_old_or_too_new_is_told_so_in_words(hq: TestHq, site: str, spoken: int, code: str) -> None:
    desk = hq.desk(site)
    request = SyncRequest(spoken, SCHEMA, epoch=hq.store.database.epoch)
    with pytest.raises(DomainError) as caught:
        hq.store.sync(hq.store.desk(desk.tokens.token or ""), request)
    assert caught.value.code == code
    with pytest.raises(DomainError) as caught:
        hq.store.enrol(EnrolRequest(spoken, SCHEMA, "x", "n", "test"))
    assert caught.value.code == code
