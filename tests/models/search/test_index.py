"""The index says what the rows say, whatever happened to them and in whatever order."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from models.database import Database
from models.entities import Phone, Resident, Ticket
from models.search import index, schema, ticket_index
from models.search.sources import TEXT_COLUMNS
from models.search.tickets import by_expression, matching_tickets
from tests.conftest import KEY, DeskClock, MakeDatabase, stamps_of
from tests.models.search.conftest import Estate

ALPHABET = "漏水厨房门A1"
QUERIES = [
    *"漏水厨房门",
    *map("".join, product(ALPHABET, repeat=2)),
    "漏水厨",
    "厨房漏水",
    "房A1",
    "水 门",
    "漏，水",
]


def _terms(connection: Connection) -> set[tuple[Any, ...]]:
    statement = "SELECT e.kind, e.row_id, t.field, t.term FROM search_term t JOIN search_entry e USING (doc)"
    return {tuple(row) for row in connection.exec_driver_sql(statement)}


def _everything(session: Session) -> tuple[set[tuple[Any, ...]], dict[str, set[str]]]:
    """What every question would find: all terms with their rows, and all tickets of many words."""
    found = {query: set(matching_tickets(session, query)) for query in QUERIES}
    for token in ("open", "nt42", "nra2611210042", "nr261121"):
        found[token] = set(by_expression(session.connection(), f'"{token}"*', 1_000))
    return _terms(session.connection()), found


def _like(session: Session, query: str) -> set[str]:
    every = " AND ".join(
        "(" + " OR ".join(f"{name} LIKE ?" for name in TEXT_COLUMNS) + ")" for _ in query.split()
    )
    values = tuple(f"%{word}%" for word in query.split() for _ in TEXT_COLUMNS)
    rows = session.connection().exec_driver_sql(
        f"SELECT id FROM ticket WHERE deleted IS NULL AND {every}", values
    )
    return {row[0] for row in rows}


def _rebuilt(database: Database) -> None:
    with database.working("test.rebuild") as work:
        index.rebuild(work.session.connection())


TEXT = st.text(alphabet=ALPHABET + "，", min_size=0, max_size=8)
STATES = st.sampled_from(["received", "in_progress", "archived", "void"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), TEXT, STATES),
        st.tuples(st.just("edit"), TEXT, STATES),
        st.tuples(st.just("delete"), st.just(""), st.just("")),
        st.tuples(st.just("fold"), st.just(""), st.just("")),
        st.tuples(st.just("name"), st.sampled_from(["单梅", "张三丰", "Tom Li", "重庆面馆"]), st.just("")),
        st.tuples(st.just("phone"), st.from_regex(r"\A1[3-9][0-9]{3,9}\Z"), st.just("")),
    ),
    max_size=12,
)


class _Model:
    """Applies steps to an estate, each to the row that was made last."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.tickets: list[str] = []
        self.resident = estate.resident("王")
        self.phone = estate.add(Phone(resident_id=self.resident, number="13800001111", digits="13800001111"))

    def apply(self, step: str, text: str, state: str) -> None:
        if step == "add":
            number = f"A-261121-{len(self.tickets) + 41:04d}"
            self.tickets.append(self.estate.ticket(number, text, state=state, place=text[::-1]))
        elif step == "edit" and self.tickets:
            self.estate.change(Ticket, self.tickets[-1], matter=text, state=state)
        elif step == "delete" and self.tickets:
            self.estate.delete(Ticket, self.tickets.pop())
        elif step == "fold":
            with self.estate.database.working("test.fold") as work:
                ticket_index.fold(work.session.connection())
        elif step == "name":
            self.estate.change(Resident, self.resident, name=text)
        elif step == "phone":
            self.estate.change(Phone, self.phone, number=text, digits=text)


@contextmanager
def fresh_estate(template: Path) -> Iterator[Estate]:
    """An empty estate for one example, gone after it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copy2(template, Path(folder) / "desk.db"))
        database = Database.open(path, KEY, stamps_of(DeskClock()))
        index.install(database)
        try:
            yield Estate(database)
        finally:
            database.close()


@given(steps=STEPS)
@settings(max_examples=40)
def test_what_is_kept_up_equals_what_is_built_anew(
    database_template: Path, steps: list[tuple[str, str, str]]
) -> None:
    with fresh_estate(database_template) as estate:
        model = _Model(estate)
        for step in steps:
            model.apply(*step)
        kept_up = estate.database.read(_everything)
        _rebuilt(estate.database)
        assert kept_up == estate.database.read(_everything)


@given(texts=st.lists(st.tuples(TEXT, TEXT), max_size=15))
@settings(max_examples=40)
def test_text_finds_exactly_what_like_finds(database_template: Path, texts: list[tuple[str, str]]) -> None:
    with fresh_estate(database_template) as estate:
        for number, (matter, resolution) in enumerate(texts):
            estate.ticket(f"A-261121-{number:04d}", matter, resolution=resolution)
        with estate.database.reading() as session:
            for query in QUERIES:
                assert set(matching_tickets(session, query)) == _like(session, query), query


def test_the_newest_comes_first_across_many_pages(estate: Estate) -> None:
    with estate.database.working("test.many") as work:
        rows = [estate_ticket(number) for number in range(1_200)]
        for row in rows:
            work.session.add(row)
        work.session.flush()
        ids = [row.id for row in rows]
    with estate.database.reading() as session:
        assert next(matching_tickets(session, "漏水")) == ids[-1]
        assert set(matching_tickets(session, "漏水")) == set(ids)


def estate_ticket(number: int) -> Ticket:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    return Ticket(
        number=f"A-260101-{number:04d}", kind="repair", channel="phone", priority="normal", state="archived",
        matter=f"厨房漏水{number}", received_at=moment,
    )  # fmt: skip


def test_many_fresh_tickets_are_folded_into_the_large_part(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_index, "FOLD_AT_ONCE", 5)
    edited = estate.ticket("A-261121-0001", "厨房漏水")
    fresh = []
    for number in range(2, 12):
        estate.ticket(f"A-261121-{number:04d}", "客厅漏水")
        estate.change(Ticket, edited, matter=f"阳台渗水{number}")
        with estate.database.reading() as session:
            fresh.append(
                session.connection().exec_driver_sql("SELECT count(*) FROM search_fresh_docsize").scalar_one()
            )
            assert len(list(matching_tickets(session, "漏水"))) == number - 1
            assert list(matching_tickets(session, f"渗水{number}")) == [edited]
            assert list(matching_tickets(session, "厨房")) == []
    assert fresh[:5] == [2, 3, 4, 5, 1]


def test_the_fresh_part_is_folded_at_the_start(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket_index, "FOLD_AT_START", 1)
    ids = [estate.ticket(f"A-261121-{number:04d}", "厨房漏水") for number in range(1, 4)]
    before = estate.database.read(_everything)
    index.install(estate.database)
    assert estate.database.read(_everything) == before
    with estate.database.reading() as session:
        assert not ticket_index.is_worth_folding(session.connection())
        assert set(matching_tickets(session, "漏水")) == set(ids)


def test_a_rolled_back_change_leaves_no_trace(estate: Estate) -> None:
    before = estate.database.read(_everything)
    try:
        with estate.database.working("test.fail") as work:
            work.add(Resident(name="单梅"))
            index.update(work.session.connection(), {"resident": [row.id for row in work.session.new]})
            raise RuntimeError("no")
    except RuntimeError:
        pass
    assert estate.database.read(_everything) == before


def test_an_index_of_another_version_is_built_anew_at_the_start(make_database: MakeDatabase) -> None:
    database = make_database()
    index.install(database)
    Estate(database).resident("单梅")
    with database.working("test.old") as work:
        connection = work.session.connection()
        connection.exec_driver_sql("UPDATE search_state SET version = -1")
        connection.exec_driver_sql("DELETE FROM search_term")
    database.before_commit.clear()
    steps: list[tuple[int, int]] = []
    index.install(database, lambda done, total: steps.append((done, total)))
    assert Estate(database).titles("sm") == ["单梅"]
    assert steps[-1] == (1, 1)
    with database.reading() as session:
        assert schema.is_current(session.connection())


def test_the_index_lies_in_the_encrypted_file_only(estate: Estate) -> None:
    estate.resident("单梅", None, "13812345678")
    estate.ticket("A-261121-0001", "厨房漏水")
    estate.database.close()
    for path in estate.database.path.parent.glob("desk.db*"):
        content = path.read_bytes()
        assert KEY not in content
        assert "漏水".encode() not in content
        assert b"12345678" not in content


def test_unchanged_text_costs_no_new_entry(estate: Estate) -> None:
    ticket_id = estate.ticket("A-261121-0001", "厨房漏水")
    with estate.database.working("test.count") as work:
        connection = work.session.connection()
        before = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
        index.update(connection, {"ticket": [ticket_id], "no_such_table": ["x"]})
        assert connection.exec_driver_sql("SELECT total_changes()").scalar_one() == before
