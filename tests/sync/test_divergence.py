"""Rows that came to differ past every door are found by the sums and settled row by row, not by a copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from models.entities import Building, Resident
from sync.client import digests
from sync.client.equality import AUDIT_EVERY_MS
from sync.client.local import Plain
from sync.digest import BUCKETS
from sync.protocol import CompareRequest
from sync.server import pull
from sync.server.audit import audit
from tests.sync.parts import TestDesk, TestHq, same, settle

pytestmark = pytest.mark.both_databases
ROWS = 1_500
Plant = Callable[[TestDesk, TestHq, str], None]


def at_the_desk(statement: str) -> Plant:
    """A bug, or somebody with another program, writes into the desk's file."""

    def plant(desk: TestDesk, _hq: TestHq, row_id: str) -> None:
        with desk.database.working("tests.plant") as work:
            plain = Plain(work.session)
            guards = plain.all("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            for name, _ in guards:
                plain.run(f"DROP TRIGGER {name}")
            assert plain.run(statement, (row_id,)) == 1
            for _, made in guards:
                plain.run(made)

    return plant


def at_headquarters(statement: str) -> Plant:
    def plant(_desk: TestDesk, hq: TestHq, row_id: str) -> None:
        with hq.store.database.administering() as connection:
            done = connection.exec_driver_sql(statement.format(row_id))
            assert done.rowcount == 1

    return plant


PLANTS: dict[str, Plant] = {
    "a row is gone at the desk": at_the_desk("DELETE FROM resident WHERE id = ?"),
    "a stamp is older at the desk": at_the_desk("UPDATE resident SET stamp = stamp - 512 WHERE id = ?"),
    "a field is newer at the desk": at_the_desk(
        "UPDATE resident SET work = '教师', field_stamps = json_object('work', stamp + 512) WHERE id = ?"
    ),
    "a row is gone at headquarters": at_headquarters("DELETE FROM resident WHERE id = '{}'"),
    "a stamp is older at headquarters": at_headquarters(
        "UPDATE resident SET stamp = stamp - 512 WHERE id = '{}'"
    ),
}


@pytest.fixture
def full(hq: TestHq, site: str) -> tuple[TestDesk, TestDesk, list[str]]:
    first, second = hq.desk(site), hq.desk(site)
    table: Any = Resident.__table__
    rows = [{"id": f"{number:032x}", "name": f"住户{number}", "kind": "person"} for number in range(1, ROWS)]
    first.write(lambda work: work.bulk_insert(table, rows))
    settle(first, second)
    return first, second, [str(row["id"]) for row in rows]


@pytest.mark.parametrize("what", PLANTS)
def test_it_is_found_within_a_day_and_repaired_with_few_rows(
    hq: TestHq, full: tuple[TestDesk, TestDesk, list[str]], what: str
) -> None:
    first, second, ids = full
    PLANTS[what](first, hq, ids[700])
    found = repaired_within_two_days(hq, first)
    if "headquarters" in what:
        assert not found, "headquarters' kept sums do not know of it"
        assert audit(hq.store.database) == {"阳光花园": ["resident"]}
        assert audit(hq.store.database) == {}
        found = repaired_within_two_days(hq, first)
    assert found, "the sums never told"
    rows = sum(len(table.rows) for table in found[-1])
    assert rows < ROWS // 50, "no full copy"
    settle(first, second)
    same(first, second)
    with first.database.reading() as session:
        assert not digests.wrong(Plain(session))


def repaired_within_two_days(hq: TestHq, desk: TestDesk) -> list[list[Any]]:
    """Rounds of two days; what came down in those that repaired."""
    found: list[list[Any]] = []
    wall = hq.store.clock.now()
    for number in range(80):
        hq.store.clock._wall = lambda now=wall + number * AUDIT_EVERY_MS // 40: now  # type: ignore[misc]
        desk.engine._audit_at = 0.0
        before = len(desk.link.replies)
        if desk.sync().is_repaired:
            found.append(
                [one for reply in desk.link.replies[before:] for one in (*reply.rows, *reply.wanted)]
            )
    return found


def test_nothing_is_repaired_where_nothing_differs(
    hq: TestHq, full: tuple[TestDesk, TestDesk, list[str]]
) -> None:
    assert repaired_within_two_days(hq, full[0]) == []
    assert audit(hq.store.database) == {}


def test_a_bucket_of_more_rows_than_one_answer_names_is_answered_whole(
    hq: TestHq, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = hq.desk(site)
    rows = [{"id": f"{number:030x}aa", "code": f"T{number}", "name": "栋"} for number in range(9)]
    desk.write(lambda work: work.bulk_insert(Building.__table__, rows))  # type: ignore[arg-type]
    settle(desk)
    monkeypatch.setattr(pull, "MAX_COMPARED", 4)
    empty = bytes(8 * BUCKETS)
    with hq.store.database.reading(site) as connection:
        reply = pull.compare(connection, site, CompareRequest(0, {"building": empty, "category": empty}))
        assert pull.sums_hold(connection, site, reply)
    assert {row_id for row_id, _ in reply.rows["building"]} >= {row["id"] for row in rows}
