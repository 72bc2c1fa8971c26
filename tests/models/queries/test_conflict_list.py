"""Conflicts and refusals as they are listed: the same few looks at the file, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from models.database import Database
from models.entities import OperationLog
from models.queries.conflict_list import conflicts, refused
from models.work import SYSTEM, Actor, Work
from tests.conftest import DeskClock
from tests.models.services.conftest import Desk, build_estate
from tests.views.sync_problems.planting import LATER, plant_conflict, plant_refusal


@pytest.fixture
def desk(database: Database, clock: DeskClock, actor: Actor) -> Desk:
    return Desk(database, clock, actor, database.write(SYSTEM, build_estate).value)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The SQL of what is read meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    with database.reading() as session:
        engine = session.connection().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def log_of(work: Work, row_id: str, desk: str, name: str, field: str, seconds: int) -> None:
    """What the log of a desk says of an edit so many seconds after the conflict's."""
    at = LATER + timedelta(seconds=seconds)
    work.session.add(
        OperationLog(
            at=at, staff_name=name, desk=desk, operation="tickets.edit", table_name="ticket", row_id=row_id,
            changes={field: [None, "x"]},
        )
    )  # fmt: skip


def test_many_conflicts_cost_as_many_looks_as_few(desk: Desk) -> None:
    numbers = []
    for more in (2, 12):
        for _ticket in range(more):
            ticket_id = desk.take("水管爆裂").ticket_id
            desk.database.write(SYSTEM, plant_conflict, "ticket", ticket_id, "priority", "urgent", "normal")
            desk.database.write(SYSTEM, plant_refusal, "ticket", ticket_id, {"matter": "x"}, "bad-value")
        with counted(desk.database) as seen:
            assert desk.ask(conflicts)
            assert desk.ask(refused)
        numbers.append(len(seen))
    assert numbers[0] == numbers[1]


def test_the_author_of_each_value_is_the_person_whose_edit_lies_nearest(desk: Desk) -> None:
    ticket_id = desk.take("水管爆裂").ticket_id
    desk.database.write(SYSTEM, plant_conflict, "ticket", ticket_id, "priority", "urgent", "normal")
    for told in (
        ("B", "王敏", "priority", 3),
        ("B", "李强", "priority", 1),
        ("B", "张三", "matter", 0),
        ("A", "赵军", "priority", -420),
        ("A", "孙伟", "priority", 0),
    ):
        desk.database.write(SYSTEM, log_of, ticket_id, *told)
    (item,) = desk.ask(conflicts)
    assert (item.kept_by, item.lost_by) == ("B · 李强", "A · 赵军")
    assert (item.row_label, item.record.about.split()[-1]) == (item.record.label, "水管爆裂")


def test_a_row_that_is_not_there_is_called_by_the_end_of_its_id(desk: Desk) -> None:
    gone = "0" * 26 + "abcdef"
    desk.database.write(SYSTEM, plant_conflict, "ticket", gone, "priority", "urgent", "normal")
    desk.database.write(SYSTEM, plant_conflict, "of_tomorrow", gone, "colour", "red", "blue")
    found = {item.table: item for item in desk.ask(conflicts)}
    assert {item.row_label for item in found.values()} == {"abcdef"}
    assert all(item.record.is_gone and not item.is_moved for item in found.values())
