"""Who lives where and what belongs to them; and who may do what in the archive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from models.database import Database
from models.entities import (
    Occupancy,
    ParkingSpace,
    Phone,
    Resident,
    Room,
    Vehicle,
)
from models.errors import DomainError
from models.queries.household import household
from models.rules.rights import Right
from models.services import (
    buildings,
    occupancies,
    parking,
    pets,
    phones,
    residents,
    rooms,
    tags,
    vehicles,
)
from models.services.phones import PhoneEntry
from models.work import Actor
from tests.models.services.archive.conftest import TODAY, Do, detail

# -- stays -------------------------------------------------------------------------------------------


def test_the_first_one_in_is_the_primary_contact_and_there_is_only_one(
    database: Database, do: Do, room: str, resident: str
) -> None:
    owner = do(occupancies.create_occupancy, resident, room, {"role": "owner"})
    wife = do(residents.create_resident, {"name": "赵丽"}, phones=[PhoneEntry("13700000001")])
    family = do(occupancies.create_occupancy, wife, room, {"role": "family", "is_primary": True})
    page = database.read(household, room, TODAY)
    assert [(one.name, one.is_primary) for one in page.members] == [("赵丽", True), ("王 伟", False)]
    assert {one.occupancy_id for one in page.members} == {owner, family}


def test_the_same_role_twice_is_refused_and_again_after_moving_out_is_not(
    do: Do, room: str, resident: str
) -> None:
    stay = do(occupancies.create_occupancy, resident, room, {"role": "tenant", "from_on": date(2025, 1, 1)})
    with pytest.raises(DomainError, match="occupancy-twice"):
        do(occupancies.create_occupancy, resident, room, {"role": "tenant"})
    do(occupancies.end_occupancy, stay, date(2026, 10, 31))
    do(occupancies.create_occupancy, resident, room, {"role": "tenant"})
    with pytest.raises(DomainError, match="days-reversed"):
        do(occupancies.end_occupancy, stay, date(2024, 1, 1))


def test_a_household_moves_out_and_stays_as_history(
    database: Database, do: Do, room: str, resident: str
) -> None:
    do(occupancies.create_occupancy, resident, room, {"role": "owner"})
    for number, role in enumerate(("tenant", "family")):
        person = do(residents.create_resident, {"name": role, "contact": str(number)})
        do(occupancies.create_occupancy, person, room, {"role": role})
    assert do(occupancies.end_household, room, date(2026, 11, 19), room_state="vacant") == 2
    page = database.read(household, room, TODAY)
    assert [one.role for one in page.members] == ["owner"]
    assert {one.role for one in page.former} == {"tenant", "family"}
    assert page.room.state == "vacant"


def test_the_last_day_still_counts(database: Database, do: Do, room: str, resident: str) -> None:
    do(occupancies.create_occupancy, resident, room, {"role": "tenant", "to_on": TODAY})
    assert database.read(household, room, TODAY).members
    assert not database.read(household, room, date(2026, 11, 21)).members


# -- belongings --------------------------------------------------------------------------------------


def test_plates_are_one_in_any_spelling(database: Database, do: Do, room: str, resident: str) -> None:
    do(occupancies.create_occupancy, resident, room, {"role": "owner"})
    car = do(vehicles.create_vehicle, {"plate": "粤b 7a21k", "resident_id": resident, "room_id": room})
    with pytest.raises(DomainError) as error:
        do(vehicles.create_vehicle, {"plate": "粤B·7A21K", "room_id": room})
    assert (error.value.code, error.value.values["whose"]) == ("plate-taken", "3-2-1502 王 伟")
    with pytest.raises(DomainError, match="keeper-required"):
        do(vehicles.create_vehicle, {"plate": "粤B12345"})
    do(vehicles.edit_vehicle, car, {"plate": "京N12345", "colour": "白"})
    (line,) = database.read(household, room, TODAY).vehicles
    assert (line.plate, line.colour, line.resident) == ("京N·12345", "白", "王 伟")
    do(vehicles.create_vehicle, {"plate": "粤B7A21K", "room_id": room})


def test_parking_spaces(database: Database, do: Do, room: str, resident: str) -> None:
    space = do(parking.create_space, {"code": "B2-101", "area": "B2", "room_id": room, "state": "rented"})
    with pytest.raises(DomainError, match="space-taken"):
        do(parking.create_space, {"code": "b2-101", "area": "B2"})
    do(parking.create_space, {"code": "B2-101", "area": "A"})
    do(parking.edit_space, space, {"state": "free"})
    with database.reading() as session:
        assert session.get_one(ParkingSpace, space).room_id is None


def test_pets(database: Database, do: Do, room: str) -> None:
    with pytest.raises(DomainError, match="keeper-required"):
        do(pets.create_pet, {"kind": "狗"})
    pet = do(pets.create_pet, {"kind": "狗", "name": "豆豆", "room_id": room})
    do(pets.edit_pet, pet, {"vaccinated_on": date(2026, 3, 1)})
    assert [line.vaccinated_on for line in database.read(household, room, TODAY).pets] == [date(2026, 3, 1)]
    do(pets.delete_pet, pet)
    assert database.read(household, room, TODAY).pets == ()


def test_deleting_a_person_leaves_what_belongs_to_the_room(
    database: Database, do: Do, room: str, resident: str
) -> None:
    do(occupancies.create_occupancy, resident, room, {"role": "owner"})
    of_room = do(vehicles.create_vehicle, {"plate": "粤B00001", "resident_id": resident, "room_id": room})
    of_nobody = do(vehicles.create_vehicle, {"plate": "粤B00002", "resident_id": resident})
    do(residents.delete_resident, resident)
    with database.reading() as session:
        assert session.get_one(Vehicle, of_room).resident_id is None
        assert session.get_one(Vehicle, of_nobody).deleted is not None
        assert not session.scalars(select(Occupancy).where(Occupancy.deleted.is_(None))).all()
        assert not session.scalars(select(Phone).where(Phone.deleted.is_(None))).all()
    with pytest.raises(DomainError, match="row-gone"):
        detail(database, resident)


# -- rights ------------------------------------------------------------------------------------------


def test_every_service_asks_for_its_right(
    database: Database, room: str, resident: str, building: str
) -> None:
    nobody = Actor("x" * 32, "0", "路人", frozenset())
    attempts: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
        (buildings.create_building, ({"code": "9"},)),
        (buildings.edit_building, (building, {"name": "x"})),
        (buildings.delete_building, (building,)),
        (buildings.create_unit, (building, {"code": "9"})),
        (rooms.create_room, (building, None, {"number": "101"})),
        (rooms.edit_room, (room, {"note": "x"})),
        (rooms.delete_room, (room,)),
        (rooms.create_decoration, (room, {"start_on": TODAY})),
        (residents.create_resident, ({"name": "x"},)),
        (residents.edit_resident, (resident, {"name": "x"})),
        (residents.delete_resident, (resident,)),
        (residents.reveal_id_number, (resident,)),
        (phones.add_phone, (resident, "13700000000")),
        (phones.order_phones, (resident, [])),
        (tags.set_tags, (resident, ["x"])),
        (tags.create_tag, ("x",)),
        (occupancies.create_occupancy, (resident, room, {"role": "owner"})),
        (occupancies.end_household, (room, TODAY)),
        (vehicles.create_vehicle, ({"plate": "粤B12345", "room_id": room},)),
        (parking.create_space, ({"code": "1"},)),
        (pets.create_pet, ({"kind": "x", "room_id": room},)),
    ]
    for service, arguments in attempts:
        with pytest.raises(DomainError, match="right-missing"):
            database.write(nobody, service, *arguments)


def test_a_clerk_edits_but_does_not_delete(
    database: Database, clerk: Actor, room: str, resident: str
) -> None:
    assert Right.ARCHIVE_DELETE not in clerk.rights
    database.write(clerk, rooms.edit_room, room, {"note": "钥匙在前台"})
    for service, row_id in [(rooms.delete_room, room), (residents.delete_resident, resident)]:
        with pytest.raises(DomainError, match="right-missing"):
            database.write(clerk, service, row_id)
    with database.reading() as session:
        assert session.get_one(Room, room).note == "钥匙在前台"
        assert session.get_one(Resident, resident).deleted is None
