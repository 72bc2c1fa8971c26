"""Intentions about a household that touch several records: all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from models.database import Database
from models.errors import DomainError
from models.queries.household import household
from models.queries.recent import household_page, resident_page
from models.queries.residents import ResidentFilter, resident_keys
from models.queries.tags import vocabulary
from models.services import buildings, communications, households, occupancies, rooms
from models.services.batch import BatchResult
from models.services.communications import Contact
from models.services.households import Stay
from models.services.phones import PhoneEntry
from models.work import Actor
from tests.conftest import DeskClock

Do = Callable[..., Any]


@pytest.fixture
def do(database: Database, actor: Actor) -> Do:
    return lambda service, *arguments, **named: database.write(actor, service, *arguments, **named).value


@pytest.fixture
def room(do: Do) -> str:
    building = do(buildings.create_building, {"code": "3"})
    made = do(rooms.create_room, building, None, {"number": "101", "state": "rented"})
    return str(made)


def add(do: Do, room: str, name: str, role: str) -> str:
    person, phones = {"name": name}, [PhoneEntry("13800002207")]
    return str(do(households.add_member, room, {"role": role}, person=person, phones=phones))


def test_a_new_resident_is_not_left_without_the_room(database: Database, do: Do, room: str) -> None:
    stay = {"role": "tenant", "from_on": date(2026, 2, 1), "to_on": date(2026, 1, 1)}
    with pytest.raises(DomainError, match="days-reversed"):
        do(households.add_member, room, stay, person={"name": "单梅", "contact": "x"})
    assert database.read(resident_keys, ResidentFilter()) == []


def test_moving_out_is_taken_back(database: Database, do: Do, room: str) -> None:
    add(do, room, "吴学文", "owner")
    add(do, room, "单梅", "tenant")
    before = database.read(household, room, date(2026, 11, 20))
    do(occupancies.end_household, room, date(2026, 11, 19), room_state="vacant")
    assert len(database.read(household, room, date(2026, 11, 20)).members) == 1
    stays = [Stay(member.occupancy_id, member.to_on) for member in before.members]
    do(households.move_back, stays, room, before.room.state)
    assert database.read(household, room, date(2026, 11, 20)) == before


def test_fields_and_tags_of_many_are_one_change(database: Database, do: Do, room: str) -> None:
    ids = [add(do, room, "吴学文", "owner"), add(do, room, "单梅", "tenant")]
    change = {"status": "已入住"}
    result = do(households.change_residents, ids, change, add=["老年客户"], remove=["独居"])
    assert result == BatchResult(changed=2, unchanged=0, gone=0)
    words = database.read(vocabulary)
    assert {(tag.name, tag.residents) for tag in words.tags} >= {("老年客户", 2)}
    assert words.statuses == ("已入住",)
    with pytest.raises(DomainError, match="nothing-chosen"):
        do(households.change_residents, ids, {})


def test_a_page_is_read_whole(database: Database, do: Do, room: str, clock: DeskClock) -> None:
    owner = add(do, room, "吴学文", "owner")
    do(communications.add, Contact("来电询问", room_id=room, resident_id=owner))
    page = database.read(household_page, room, clock())
    assert [row.content for row in page.recent.contacts] == ["来电询问"]
    assert page.household.resident_ids == (owner,)
    assert database.read(resident_page, owner, clock()).recent.contacts == page.recent.contacts
    with pytest.raises(DomainError, match="row-gone"):
        database.read(household_page, "0" * 32, clock())
