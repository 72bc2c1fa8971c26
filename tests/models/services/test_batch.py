"""One change to many rows: all or none, each row in the log, in the outbox and on the other screens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from models.database import Database
from models.entities import OperationLog, Outbox, Resident, Room
from models.errors import DomainError
from models.queries.residents import resident_rows
from models.services import batch, buildings, residents, rooms
from models.services.batch import BatchResult
from models.work import Actor

Do = Callable[..., Any]


@pytest.fixture
def do(database: Database, actor: Actor) -> Do:
    """Runs a service as 王敏."""
    return lambda service, *arguments, **named: database.write(actor, service, *arguments, **named).value


@pytest.fixture
def people(do: Do) -> list[str]:
    return [do(residents.create_resident, {"name": f"住户{n}", "contact": "x"}) for n in range(4)]


def test_fields_of_many_residents_are_set_at_once(database: Database, do: Do, people: list[str]) -> None:
    do(residents.edit_resident, people[0], {"level": "key"})
    do(residents.delete_resident, people[3])
    result = do(batch.set_fields, "resident", [*people, people[0]], {"level": "key", "status": "已入住"})
    assert result == BatchResult(changed=3, unchanged=0, gone=1)
    rows = database.read(resident_rows, people)
    assert [(row.level, row.status) for row in rows] == [("key", "已入住")] * 3
    assert do(batch.set_fields, "resident", people, {"level": "key"}) == BatchResult(0, 3, 1)


def test_each_row_has_its_entry_in_log_and_outbox(database: Database, do: Do, people: list[str]) -> None:
    with database.working("test") as work:
        work.session.query(Outbox).delete()
    do(batch.set_fields, "resident", people[:2], {"status": "待装修"})
    with database.reading() as session:
        queued = session.execute(select(Outbox.row_id, Outbox.fields).filter_by(table_name="resident")).all()
        entries = session.scalars(select(OperationLog).filter_by(operation="batch.resident")).all()
        stamps = session.scalars(select(Resident.field_stamps).where(Resident.id.in_(people[:2]))).all()
    assert {row_id for row_id, fields in queued if "status" in (fields or "")} == set(people[:2])
    assert {entry.row_id: entry.changes for entry in entries} == {
        row_id: {"status": [None, "待装修"]} for row_id in people[:2]
    }
    assert all("status" in (stamp or "") for stamp in stamps)


def test_the_screens_are_told(database: Database, actor: Actor, people: list[str]) -> None:
    written = database.write(actor, batch.set_fields, "resident", people, {"status": "x"})
    assert {"resident", "operation_log"} <= written.changes


def test_dates_of_many_rooms(database: Database, do: Do) -> None:
    building = do(buildings.create_building, {"code": "1"})
    made = [do(rooms.create_room, building, None, {"number": f"10{n}"}) for n in range(1, 4)]
    do(batch.set_fields, "room", made, {"accepted_on": date(2025, 6, 1), "state": "to_decorate"})
    with database.reading() as session:
        assert {row.accepted_on for row in session.scalars(select(Room))} == {date(2025, 6, 1)}


@pytest.mark.parametrize(
    ("kind", "values", "fault"),
    [
        ("resident", {"level": "emperor"}, "choice-unknown"),
        ("resident", {}, "nothing-chosen"),
        ("room", {"state": None}, "field-required"),
    ],
)
def test_a_wrong_value_changes_nothing(
    database: Database, do: Do, people: list[str], kind: str, values: dict[str, object], fault: str
) -> None:
    with pytest.raises(DomainError, match=fault):
        do(batch.set_fields, kind, people, values)
    assert {row.level for row in database.read(resident_rows, people)} == {"regular"}


@pytest.mark.parametrize("field", ["name", "id_number", "code", "deleted"])
def test_fields_that_make_no_sense_for_many_are_a_bug(do: Do, people: list[str], field: str) -> None:
    with pytest.raises(ValueError, match=field):
        do(batch.set_fields, "resident", people, {field: "x"})


def test_tags_are_given_to_and_taken_from_many(database: Database, do: Do, people: list[str]) -> None:
    do(batch.add_tags, people[:1], ["老年客户"])
    assert do(batch.add_tags, people, ["老年客户", "团购"]) == BatchResult(4, 0, 0)
    assert do(batch.add_tags, people, ["团购"]) == BatchResult(0, 4, 0)
    assert [row.tags for row in database.read(resident_rows, people)] == [("团购", "老年客户")] * 4
    assert do(batch.remove_tags, people[:2], ["团购"]) == BatchResult(2, 0, 0)
    assert [len(row.tags) for row in database.read(resident_rows, people)] == [1, 1, 2, 2]


def test_a_clerk_may_not(database: Database, clerk: Actor, people: list[str]) -> None:
    for service, arguments in [
        (batch.set_fields, ("resident", people, {"level": "key"})),
        (batch.add_tags, (people, ["x"])),
        (batch.remove_tags, (people, ["x"])),
    ]:
        with pytest.raises(DomainError, match="right-missing"):
            database.write(clerk, service, *arguments)  # type: ignore[arg-type]
