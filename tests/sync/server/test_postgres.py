"""What only a database server does: it goes away and comes back, two transactions stand in each other's way,
text goes in as arrays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update

from models.entities import Building
from models.errors import DomainError
from sync.protocol import PROTOCOL, SCHEMA, EnrolRequest, Patch, SyncRequest, TableRows
from sync.server import auth, row_security
from sync.server.push import Push
from sync.server.row_writing import array_text
from sync.server.tables import SITE_TABLES, hq_desk
from tests.sync.parts import TestDesk, TestHq, same, settle
from tests.sync.postgres import Postgres
from tests.sync.server.test_bodies import COLUMNS, Caller, building, stored

Two = tuple[TestDesk, TestDesk]


@pytest.fixture
def hq_kind() -> str:
    return "postgresql"


@pytest.fixture
def up(postgres: Postgres) -> Iterator[Postgres]:
    """The server, running again whatever the test did to it."""
    yield postgres
    postgres.start()


def test_connections_that_the_server_cut_are_made_anew_in_silence(two: Two, postgres: Postgres) -> None:
    first, second = two
    for code in ("3", "4"):
        first.add_building(code)
        postgres.break_connections()
        first.sync()
        postgres.break_connections()
        second.sync()
    same(first, second)


def test_a_server_that_is_down_is_one_clear_code_and_all_goes_on_when_it_is_back(
    two: Two, up: Postgres
) -> None:
    first, second = two
    first.add_building("3")
    up.stop()
    for _ in range(3):
        with pytest.raises(DomainError) as caught:
            first.sync()
        assert (caught.value.code, caught.value.values["seconds"]) == ("hq-database-down", 5)
    assert first.pending()
    up.start()
    settle(first, second)
    same(first, second)
    assert second.rows("building")


@pytest.mark.parametrize("how", ["cut", "stopped"])
def test_a_server_lost_in_the_middle_of_a_batch_has_taken_nothing(
    hq: TestHq, two: Two, up: Postgres, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    first, second = two
    settle(first, second)
    before = hq.store.desk(first.tokens.token or "")
    building_id = first.add_building("3")
    original = Push._close

    def lost(push: Push) -> None:
        up.break_connections() if how == "cut" else up.stop()
        original(push)

    with monkeypatch.context() as patch:
        patch.setattr(Push, "_close", lost)
        with pytest.raises(DomainError) as caught:
            first.sync()
    assert caught.value.code == "hq-database-down"
    up.start()
    after = hq.store.desk(first.tokens.token or "")
    assert (after.push, after.site_seq) == (before.push, before.site_seq)
    assert building_id not in stored(hq, before.site_id)
    settle(first, second)
    assert second.value(Building, building_id, "code") == "3"


def test_of_two_that_wait_for_each_other_one_is_done_again(hq: TestHq, site: str) -> None:
    """A real deadlock: each holds what the other wants."""
    for _ in range(2):
        hq.desk(site)
    meeting = threading.Barrier(2, timeout=20)
    tries: list[int] = []

    def crossing(first: int, second: int) -> None:
        def job(connection: Connection) -> None:
            tries.append(first)
            for number in (first, second):
                this = (hq_desk.c.site_id == site) & (hq_desk.c.number == number)
                connection.execute(update(hq_desk).where(this).values(pending=first))
                if number == first and tries.count(first) == 1:
                    meeting.wait()

        hq.store.database.write(site, job)

    others = [threading.Thread(target=crossing, args=numbers) for numbers in ((1, 2), (2, 1))]
    for one in others:
        one.start()
    for one in others:
        one.join(timeout=30)
    assert len(tries) > 2, "one was done again"
    with hq.store.database.surveying() as connection:
        left = connection.execute(select(hq_desk.c.pending).where(hq_desk.c.site_id == site)).scalars().all()
    assert left in ([1, 1], [2, 2])


def test_a_site_that_stays_locked_is_busy_and_no_other_waits(
    hq: TestHq, two: Two, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    stranger = hq.desk(hq.add_site("月亮湾"))
    settle(stranger)
    monkeypatch.setattr(row_security, "LOCK_TIMEOUT", "100ms")
    first.add_building("3")
    stranger.add_building("4")
    with hq.store.database.writing(site) as connection:
        auth.lock_site(connection, site)
        with pytest.raises(DomainError) as caught:
            first.sync()
        assert caught.value.code == "hq-busy"
        assert stranger.sync().pushed
        second.sync()  # reading waits for nobody
    settle(first, second)
    same(first, second)


def test_numbers_become_visible_in_their_order(hq: TestHq, site: str) -> None:
    """Two desks push at once while a third reads: whoever reads on from his cursor misses nothing."""
    pushers, reader = [Caller(hq, hq.desk(site)) for _ in range(2)], Caller(hq, hq.desk(site))
    sent: set[str] = set()
    faults: list[BaseException] = []

    def push(caller: Caller) -> None:
        try:
            for _ in range(25):
                rows = [building() for _ in range(3)]
                sent.update(row[0] for row in rows)
                caller.push(rows=[TableRows("building", COLUMNS, rows)])
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=push, args=(caller,)) for caller in pushers]
    for one in threads:
        one.start()
    seen: set[str] = set()
    cursor = 0
    while any(one.is_alive() for one in threads) or cursor < newest(hq, reader):
        request = SyncRequest(PROTOCOL, SCHEMA, cursor=cursor, epoch=hq.store.database.epoch, limit=7)
        _, reply = hq.store.round(reader.desk.tokens.token or "", request)
        seen.update(row[0] for table in reply.rows for row in table.rows)
        assert reply.cursor >= cursor
        cursor = reply.cursor
    assert faults == []
    assert seen == sent


def newest(hq: TestHq, caller: Caller) -> int:
    return hq.store.desk(caller.desk.tokens.token or "").site_seq


def test_odd_words_of_a_desk_about_itself_break_nothing(hq: TestHq, site: str) -> None:
    """NUL is no text for PostgreSQL, an integer has 64 bits there, and so on."""
    desk = hq.desk(site)
    epoch = hq.store.database.epoch
    for odd in ("\x00", "a\x00b", "\ud7ff\U0010ffff", "%s", "{}", "'"):
        request = SyncRequest(
            PROTOCOL, SCHEMA, epoch=epoch, version=odd, wanted=[("building", odd), (odd, odd)]
        )
        _, reply = hq.store.round(desk.tokens.token or "", request)
        assert len(reply.missing) == 2
        with pytest.raises(DomainError):
            hq.store.round(
                desk.tokens.token or "", SyncRequest(PROTOCOL, SCHEMA, epoch=epoch, after=odd, push=7)
            )
        with pytest.raises(DomainError):
            hq.store.desk(odd)
        with pytest.raises(DomainError):
            hq.store.desk(f"{odd}.{odd}")
        answer = hq.store.enrol(EnrolRequest(PROTOCOL, SCHEMA, hq.code(site), odd, odd, odd))
        assert hq.store.desk(answer.token).number == answer.desk_no


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_no_file_holds_is_refused(hq: TestHq, site: str, value: float) -> None:
    caller = Caller(hq, hq.desk(site))
    good, odd = building(), building()
    rows = TableRows("building", [*COLUMNS, "lift"], [[*good, 1.5], [*odd, value]])
    edit = Patch("building", good[0], {"lift": value}, {"lift": 2000 << 19}, {})
    reply = caller.push(rows=[rows], patches=[edit])
    assert [(one.id, one.code) for one in reply.refused] == [(odd[0], "bad-value"), (good[0], "bad-value")]


def test_every_kind_of_value_comes_back_as_it_went(hq: TestHq, site: str) -> None:
    caller = Caller(hq, hq.desk(site))
    odd = ["", "NULL", "null", '"', "\\", "a,b", "{x}", "\n\t", "𠮷喆", "'", "%s", None, " ", '\\"', "\u200b"]
    rows = [building(note=text, position=n - (1 << 62)) for n, text in enumerate(odd)]
    assert caller.push(rows=[TableRows("building", COLUMNS, rows)]).refused == []
    found = stored(hq, site)
    for row in rows:
        assert [found[row[0]][name] for name in COLUMNS] == row[5:]
    edits = [
        Patch("building", row[0], {"note": text}, {"note": 2000 << 19}, {"note": 1000 << 19})
        for row, text in zip(rows, reversed(odd), strict=True)
    ]
    assert caller.push(patches=edits).refused == []
    found = stored(hq, site)
    assert [found[row[0]]["note"] for row in rows] == odd[::-1]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.none() | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])), min_size=1
    )
    | st.lists(st.none() | st.integers(-(1 << 63), (1 << 63) - 1), min_size=1)
    | st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9), min_size=1)
)
def test_arrays_are_written_as_postgresql_reads_them(
    asking: psycopg.Connection[Any], column: list[Any]
) -> None:
    kinds = {type(value) for value in column} - {type(None)}
    kind = "text" if kinds <= {str} else "bigint" if kinds == {int} else "double precision"
    written = array_text(column)
    if written is None:
        assert set(column) == {None}
        return
    assert asking.execute(f"SELECT %s::{kind}[]", [written]).fetchone() == (column,)


@pytest.fixture(scope="module")
def asking(postgres: Postgres) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        yield connection


def test_the_way_a_table_is_written_knows_every_column() -> None:
    """`array_text` knows integers, floats and text; a table with another kind of column needs another way."""
    kinds = {repr(column.type) for table in SITE_TABLES.values() for column in table.table.c}
    assert kinds <= {"BigInteger()", "Integer()", "Text()", "String(length=32)", "Double()", "Double(53)"}
