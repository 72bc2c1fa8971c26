"""Headquarters restored from a backup: what it had acknowledged after it comes back, and whatever of it loses
against what people wrote meanwhile loses openly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, MetaData, Table

from models.entities import Building, Ticket
from sync.clock import LAST_DESK, Clock, make_stamp
from sync.protocol import PROTOCOL, SCHEMA, EnrolRequest
from sync.server import backup
from sync.server.database import HqDatabase
from sync.server.store import Store
from tests.sync.parts import TestDesk, TestHq, same, settle
from tests.sync.test_found_by_simulation import enrol_anew


@pytest.fixture
def three(hq: TestHq, site: str) -> tuple[TestDesk, TestDesk, TestDesk]:
    desks = hq.desk(site), hq.desk(site), hq.desk(site)
    settle(*desks)
    return desks


class Backups:
    """Backups of one headquarters, and their way back into its place."""

    def __init__(self, hq: TestHq, folder: Path) -> None:
        self.hq = hq
        self.folder = folder
        self.count = 0
        self.opened: list[HqDatabase] = []

    def make(self) -> Path:
        self.count += 1
        target = self.folder / f"{self.count}.backup"
        backup.write(self.hq.store.database, None, target)
        return target

    def restore(self, source: Path) -> None:
        self.count += 1
        database = HqDatabase(f"sqlite:///{self.folder / f'restored{self.count}.db'}")
        self.opened.append(database)
        backup.restore(database, self.folder / "restored", source)
        store = Store(database)
        for desk in self.hq.desks:
            desk.link.store = store


@pytest.fixture
def backups(hq: TestHq, tmp_path: Path) -> Iterator[Backups]:
    made = Backups(hq, tmp_path)
    yield made
    for database in made.opened:
        database.close()


Three = tuple[TestDesk, TestDesk, TestDesk]


def names(desk: TestDesk, row_id: str) -> set[object]:
    """What the building is called, and what lost in conflicts about it."""
    lost = {json.loads(row[4]) for row in desk.conflicts() if row[2] == "name"}
    return {desk.value(Building, row_id, "name"), *lost}


@pytest.mark.parametrize("first_back", ["who edits on", "who was acknowledged"])
@pytest.mark.parametrize("is_edited_twice", [False, True])
def test_an_acknowledged_edit_and_one_that_did_not_know_it_do_not_both_win(
    three: Three, backups: Backups, first_back: str, is_edited_twice: bool
) -> None:
    """The desk that had the acknowledged one gives back whole rows: nobody could tell what they replaced, so
    no conflict was recorded, whichever came first."""
    editor, other, third = three
    building = editor.add_building("3")
    settle(*three)
    kept = backups.make()
    editor.edit(Building, building, name="已确认")
    assert editor.sync().pushed
    other.edit(Building, building, name="不知道的")
    backups.restore(kept)
    for desk in (other, editor) if first_back == "who edits on" else (editor, other):
        desk.sync()
        if desk is other and is_edited_twice:
            desk.edit(Building, building, name="再改")
            desk.sync()
    settle(*three)
    same(*three)
    wanted = {"已确认", "再改" if is_edited_twice else "不知道的"}
    assert names(third, building) >= wanted


def test_what_comes_back_is_no_conflict_with_the_backup_or_with_what_was_written_on_it(
    three: Three, backups: Backups
) -> None:
    editor, other, third = three
    building, ticket = editor.add_building("3"), editor.add_ticket("A-1")
    for name in ("一", "二"):
        editor.edit(Building, building, name=name)
        settle(*three)
    kept = backups.make()
    editor.edit(Building, building, name="三")
    editor.edit(Ticket, ticket, state="completed")
    settle(editor, other)  # the third one does not hear of it
    other.edit(Ticket, ticket, state="in_progress")
    settle(editor, other)
    other.edit(Building, building, name="四")  # who knows the third name, of a headquarters that is gone
    backups.restore(kept)
    for desk in (third, other, editor):
        desk.sync()
    settle(*three)
    same(*three)
    assert third.value(Building, building, "name") == "四"
    assert third.value(Ticket, ticket, "state") == "in_progress", "whoever reopened it had seen its end"
    assert third.conflicts() == []


def test_a_row_brought_back_after_the_backup_stays(three: Three, backups: Backups) -> None:
    editor, other, _ = three
    building = editor.add_building("3")
    settle(*three)
    editor.delete(Building, building)
    settle(*three)
    kept = backups.make()
    editor.edit(Building, building, deleted=None)
    settle(editor, other)
    backups.restore(kept)
    settle(*three)
    same(*three)
    assert three[2].value(Building, building, "deleted") is None


def test_a_deletion_after_a_revival_comes_back(three: Three, backups: Backups) -> None:
    editor, other, _ = three
    building = editor.add_building("3")
    settle(*three)
    editor.delete(Building, building)
    settle(*three)
    editor.edit(Building, building, deleted=None)
    settle(*three)
    kept = backups.make()
    editor.delete(Building, building)
    settle(editor, other)
    backups.restore(kept)
    settle(*three)
    same(*three)
    assert three[2].value(Building, building, "deleted") is not None
    assert three[2].conflicts() == []


def test_each_restore_is_told_apart_from_the_last(hq: TestHq, site: str, backups: Backups) -> None:
    """Also where no desk was enrolled between them."""
    hq.desk(site).sync()
    floors = []
    source = backups.make()
    for _ in range(2):
        backups.restore(source)
        hq.store = Store(backups.opened[-1])
        source = backups.make()
        with backups.opened[-1].surveying() as connection:
            floors.append(connection.exec_driver_sql("SELECT desk_floor FROM hq_site").scalar_one())
    assert 0 < floors[0] < floors[1]


def test_a_number_given_after_the_backup_is_not_given_again_after_its_second_restore(
    hq: TestHq, site: str, backups: Backups
) -> None:
    """Whoever enrols anew tells what its number was: headquarters knows nothing of it any more."""
    first, second = hq.desk(site), hq.desk(site)
    settle(first, second)
    source = backups.make()
    given = []
    for _ in range(3):
        backups.restore(source)
        hq.store = Store(backups.opened[-1])
        for desk in (first, second):
            enrol_anew(hq, desk)
            given.append(desk.database.identity.desk_no)
        settle(first, second)
    assert len(set(given)) == len(given)
    request = EnrolRequest(PROTOCOL, SCHEMA, hq.code(site), "n" * 32, "made up", number=LAST_DESK)
    assert hq.store.enrol(request).desk_no == max(given) + 1


def test_a_value_of_a_restored_headquarters_loses_openly_against_one_from_before(
    three: Three, backups: Backups
) -> None:
    """Its author's desk came from a headquarters that never had it, and had replaced something later: that
    passed for having seen it too (seed 403970)."""
    editor, other, third = three
    building = editor.add_building("3")
    settle(*three)
    kept = backups.make()
    clock = third.database.stamps
    assert isinstance(clock, Clock)
    clock.observe(make_stamp(clock.now() + 50_000, 0, 0))
    third.edit(Building, building, name="早先")
    third.sync()
    third.edit(Building, building, name="早先又改")
    backups.restore(kept)
    other.edit(Building, building, name="恢复后写的")
    settle(editor, other)
    backups.hq.store = Store(backups.opened[-1])
    backups.restore(backups.make())
    settle(third, editor, other)
    assert names(other, building) >= {"恢复后写的", "早先又改"}
    same(*three)


def test_fields_that_the_older_headquarters_kept_aside_come_into_their_columns(
    hq: TestHq, site: str, backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup of a headquarters that did not know the column, restored into one that does (simulation with
    two ages of programs, seed 5232 of stories that restore)."""
    desk = hq.desk(site)
    building = desk.add_building("3", note="后来才有的栏")
    settle(desk)
    with hq.store.database.administering() as connection:
        connection.exec_driver_sql("""UPDATE building SET extra = '{"note": "后来才有的栏"}', note = NULL""")
    real = backup._write_table

    def of_older(connection: Any, table: Any, target: Any) -> tuple[int, str]:
        if table.name != "building":
            return real(connection, table, target)
        columns = [column for column in table.c if column.name != "note"]
        return real(
            connection,
            Table(
                "building",
                MetaData(),
                *(Column(one.name, one.type, primary_key=one.primary_key) for one in columns),
            ),
            target,
        )

    monkeypatch.setattr(backup, "_write_table", of_older)
    backups.restore(backups.make())
    with backups.opened[-1].surveying() as connection:
        row = connection.exec_driver_sql("SELECT note, extra FROM building").one()
    assert tuple(row) == ("后来才有的栏", None)
    settle(desk)
    assert desk.value(Building, building, "note") == "后来才有的栏"
