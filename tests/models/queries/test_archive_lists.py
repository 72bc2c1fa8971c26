"""The lists and pages of the archive: filters, the order people count in, masks, and speed by plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from models.database import Database
from models.entities import Building, Occupancy, Phone, Resident, ResidentTag, Room, Tag, Unit, Vehicle
from models.entities.synced import new_id
from models.errors import DomainError
from models.queries import belongings
from models.queries.accounts import department_rows, group_rows, staff_rows, tag_library
from models.queries.archive import building_tree
from models.queries.household import household
from models.queries.operation_log import LogFilter, first_log_rows, log_keys, log_rows
from models.queries.residents import ResidentFilter, resident_detail, resident_keys, resident_rows
from models.queries.rooms import NO_UNIT, RoomFilter, room_detail, room_keys, room_rows
from models.rules.rights import Right
from models.services import accounts, phones, seeds
from models.services.seeds import seed_id
from models.work import SYSTEM, Actor, Work

TODAY = date(2026, 11, 20)
YESTERDAY = TODAY - timedelta(days=1)


@dataclass(frozen=True)
class Order:
    key: str
    is_descending: bool = False


def small_estate(work: Work) -> None:
    """Buildings 2 and 10 of one unit with rooms 101 and 1502, a shop; people in and out of them."""

    def room(building: Building, unit: Unit | None, number: str, **more: Any) -> Room:
        code = f"{building.code}-{unit.code if unit else 0}-{number}"
        return work.add(
            Room(building_id=building.id, unit_id=unit.id if unit else None, number=number, code=code, **more)
        )

    def lives(name: str, home: Room, role: str = "owner", to_on: date | None = None, **more: Any) -> Resident:
        person = work.add(Resident(name=name, **more))
        work.add(Occupancy(resident_id=person.id, room_id=home.id, role=role, to_on=to_on))
        return person

    tag = work.add(Tag(name="老年客户"))
    for code in ("10", "2"):
        building = work.add(Building(code=code, name=f"{code}栋"))
        unit = work.add(Unit(building_id=building.id, code="1", name="1单元"))
        for number in ("1502", "0803", "101"):
            home = room(building, unit, number, state="vacant" if number == "101" else "occupied")
            if number == "1502":
                owner = lives(f"业主{code}", home, level="key", customer_no=f"Y{code}")
                lives(f"租户{code}", home, "tenant", status="已入住")
                lives(f"前租户{code}", home, "tenant", to_on=YESTERDAY)
                work.add(
                    Phone(resident_id=owner.id, number=f"1380000{code:0>4}", digits=f"1380000{code:0>4}")
                )
                work.add(ResidentTag(resident_id=owner.id, tag_id=tag.id))
                work.add(ResidentTag(resident_id=owner.id, tag_id=tag.id))  # from another desk
        if code == "2":
            shop = room(building, None, "101", kind="shop")
            lives("喆喆便利店", shop, "merchant", kind="company", major_complaint="漏水未解决")
    work.add(Resident(name="访客", level="prospect"))


@pytest.fixture
def estate(database: Database) -> Database:
    database.write(SYSTEM, small_estate)
    return database


def codes(database: Database, order: Order | None = None, **wanted: Any) -> list[str]:
    ids = database.read(room_keys, RoomFilter(today=TODAY, **wanted), order)
    return [row.code for row in database.read(room_rows, ids, TODAY)]


def names(database: Database, order: Order | None = None, **wanted: Any) -> list[str]:
    ids = database.read(resident_keys, ResidentFilter(today=TODAY, **wanted), order)
    return [row.name for row in database.read(resident_rows, ids, TODAY)]


# -- rooms -------------------------------------------------------------------------------------------


def test_rooms_are_in_the_order_people_count(estate: Database) -> None:
    expected = ["2-0-101", "2-1-101", "2-1-0803", "2-1-1502", "10-1-101", "10-1-0803", "10-1-1502"]
    assert codes(estate) == expected
    assert codes(estate, Order("code", is_descending=True)) == expected[::-1]


def test_rooms_sort_by_other_columns(estate: Database) -> None:
    assert codes(estate, Order("state"))[-2:] == ["10-1-101", "2-1-101"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"states": ("vacant",)}, ["2-1-101", "10-1-101"]),
        ({"kinds": ("shop",)}, ["2-0-101"]),
        ({"unit_id": NO_UNIT}, ["2-0-101"]),
        ({"is_lived_in": True}, ["2-0-101", "2-1-1502", "10-1-1502"]),
        ({"is_lived_in": False, "states": ("occupied",)}, ["2-1-0803", "10-1-0803"]),
        ({"text": "业主2"}, ["2-1-1502"]),
        ({"text": "前租户2"}, []),
        ({"text": "2栋1单元1502"}, ["2-1-1502"]),
        ({"text": "10-1-"}, ["10-1-101", "10-1-0803", "10-1-1502"]),
        ({"text": "%"}, []),
        ({"only": ()}, []),
    ],
)
def test_rooms_are_filtered(estate: Database, wanted: dict[str, Any], expected: list[str]) -> None:
    assert codes(estate, **wanted) == expected


def test_a_room_row_names_who_is_there_now(estate: Database) -> None:
    ids = estate.read(room_keys, RoomFilter(text="2-1-1502", today=TODAY))
    row = estate.read(room_rows, ids, TODAY)[0]
    assert (row.owners, row.occupants, row.people) == ("业主2", "租户2", 2)
    assert (row.building, row.unit) == ("2栋", "1单元")


def test_a_deleted_row_is_left_out_of_its_page(estate: Database) -> None:
    ids = estate.read(room_keys, RoomFilter())
    assert len(estate.read(room_rows, ["absent", *ids])) == len(ids)
    with pytest.raises(DomainError, match="row-gone"):
        estate.read(room_detail, "absent")


def test_the_tree_counts_rooms_and_those_lived_in(estate: Database) -> None:
    two, ten = estate.read(building_tree, TODAY)
    assert (two.code, two.rooms, two.occupied) == ("2", 4, 2)
    assert [(unit.code, unit.rooms, unit.occupied) for unit in two.units] == [("1", 3, 1), ("", 1, 1)]
    assert (ten.rooms, ten.occupied) == (3, 1)


# -- residents ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"levels": ("key",)}, ["业主10", "业主2"]),
        ({"statuses": ("已入住",)}, ["租户10", "租户2"]),
        ({"kinds": ("company",)}, ["喆喆便利店"]),
        ({"role": "tenant"}, ["租户10", "租户2"]),
        ({"role": "tenant", "when": "former"}, ["前租户10", "前租户2"]),
        ({"when": "former"}, ["前租户10", "前租户2"]),
        ({"when": "nowhere"}, ["访客"]),
        ({"when": "current", "levels": ("regular",)}, ["喆喆便利店", "租户10", "租户2"]),
        ({"has_major_complaint": True}, ["喆喆便利店"]),
        ({"text": "租户1"}, ["前租户10", "租户10"]),
        ({"text": "0010"}, ["业主10"]),
        ({"text": "2-1-1502"}, ["业主2", "前租户2", "租户2"]),
        ({"text": "y10"}, ["业主10"]),
        ({"text": "_"}, []),
    ],
)
def test_residents_are_filtered(estate: Database, wanted: dict[str, Any], expected: list[str]) -> None:
    assert sorted(names(estate, **wanted)) == sorted(expected)


def test_residents_of_a_building_and_with_a_tag(estate: Database) -> None:
    (tag,) = estate.read(tag_library)
    assert (tag.name, tag.count) == ("老年客户", 2)
    two = estate.read(building_tree, TODAY)[0]
    assert sorted(names(estate, building_id=two.id)) == ["业主2", "喆喆便利店", "租户2"]
    assert names(estate, building_id=two.id, tag_ids=(tag.id,)) == ["业主2"]
    assert sorted(names(estate, unit_id=two.units[0].id, when="former")) == ["前租户2"]


def test_residents_sort_by_room_with_the_homeless_last(estate: Database) -> None:
    assert names(estate, Order("room"))[:2] == ["喆喆便利店", "业主2"]
    assert names(estate, Order("room", is_descending=True))[0] in {"业主10", "租户10"}
    assert set(names(estate, Order("room"))[-3:]) == {"前租户10", "前租户2", "访客"}
    assert names(estate, Order("level"))[-1] == "访客"


def test_a_resident_row(estate: Database) -> None:
    ids = estate.read(resident_keys, ResidentFilter(text="业主10", today=TODAY))
    row = estate.read(resident_rows, ids, TODAY)[0]
    assert (row.phone, row.phone_count, row.room_codes, row.tags) == (
        "138****0010",
        1,
        "10-1-1502",
        ("老年客户",),
    )
    assert not row.is_former
    former = estate.read(resident_keys, ResidentFilter(text="前租户10", today=TODAY))
    assert estate.read(resident_rows, former, TODAY)[0].is_former


def test_no_list_or_page_gives_a_phone_in_full(estate: Database) -> None:
    ids = estate.read(resident_keys, ResidentFilter(today=TODAY))
    shown = str(estate.read(resident_rows, ids)) + str([estate.read(resident_detail, one) for one in ids])
    for room_id in estate.read(room_keys, RoomFilter()):
        shown += str(estate.read(household, room_id, TODAY))
    assert "138****0010" in shown
    assert "13800000010" not in shown


def test_the_household_page(estate: Database) -> None:
    (room_id,) = estate.read(room_keys, RoomFilter(text="2-1-1502"))
    with estate.working("test") as work:
        work.get(Room, room_id).accepted_on = date(2025, 1, 1)
    page = estate.read(household, room_id, TODAY)
    assert [(one.name, one.role) for one in page.members] == [("业主2", "owner"), ("租户2", "tenant")]
    assert [one.name for one in page.former] == ["前租户2"]
    assert {warranty.item.value: warranty.until for warranty in page.warranties}["waterproofing"].year == 2030
    assert len(page.members[0].tags) == 1


def test_lists_of_belongings(estate: Database) -> None:
    def park(work: Work) -> None:
        room_id = room_keys(work.session, RoomFilter(text="2-1-1502"))[0]
        for plate in ("粤B12345", "京N00001"):
            work.add(Vehicle(plate=plate, plate_key=plate, room_id=room_id))

    estate.write(SYSTEM, park)
    found = estate.read(belongings.vehicle_keys, "b·123")
    assert [line.plate for line in estate.read(belongings.vehicle_rows, found)] == ["粤B12345"]
    assert len(estate.read(belongings.vehicle_keys, "2-1-1502")) == 2
    assert estate.read(belongings.space_rows, estate.read(belongings.space_keys)) == []
    assert estate.read(belongings.pet_rows, estate.read(belongings.pet_keys, "x")) == []


# -- settings and log --------------------------------------------------------------------------------


def test_people_groups_and_departments(database: Database) -> None:
    database.write(SYSTEM, seeds.seed_site, "翠湖苑")
    database.write(SYSTEM, seeds.first_administrator, "0001", "赵主任", "Hua7tong2")
    database.write(SYSTEM, accounts.create_staff, {"staff_no": "c02", "name": "李娜"})
    rows = database.read(staff_rows)
    assert [(row.staff_no, row.group, row.department) for row in rows] == [
        ("0001", "系统管理员", "客服部"),
        ("c02", "", ""),
    ]
    groups = {row.id: row for row in database.read(group_rows)}
    assert groups[seed_id("group", "admin")].rights == frozenset(Right)
    assert groups[seed_id("group", "admin")].members == 1
    assert [row.kind for row in database.read(department_rows)][:2] == ["service", "engineering"]


def test_a_lock_shows_in_the_list_of_people(database: Database) -> None:
    database.write(SYSTEM, seeds.seed_site, "翠湖苑")
    database.write(SYSTEM, seeds.first_administrator, "0001", "赵主任", "Hua7tong2")
    for _ in range(5):
        database.write(SYSTEM, accounts.sign_in, "0001", "x")
    assert database.read(staff_rows)[0].locked_until is not None


def test_the_log_is_read_only_by_those_who_may(estate: Database, actor: Actor, clerk: Actor) -> None:
    with pytest.raises(DomainError, match="right-missing"):
        estate.read(log_keys, LogFilter(clerk))
    ids = estate.read(resident_keys, ResidentFilter(text="业主2"))
    phone = estate.read(resident_detail, ids[0]).phones[0]
    estate.write(actor, phones.reveal_phone, phone.id)
    estate.write(actor, phones.edit_phone, phone.id, label="本人")
    keys = estate.read(log_keys, LogFilter(actor))
    assert [row.operation for row in estate.read(log_rows, keys[:2])] == [
        "phones.edit_phone",
        "phones.reveal_phone",
    ]
    assert estate.read(log_rows, keys[:1])[0].changes == {"label": (None, "本人")}
    for wanted, count in [
        (LogFilter(actor, row_id=phone.id, operation="phones"), 2),
        (LogFilter(actor, operation="phones.reveal_phone"), 1),
        (LogFilter(actor, operation="phone"), 0),
        (LogFilter(actor, staff_id=actor.staff_id, table="phone"), 2),
        (LogFilter(actor, text="王敏", operation="phones"), 2),
        (LogFilter(actor, until=estate.clock()), 0),
    ]:
        assert len(estate.read(log_keys, wanted)) == count
    assert len(estate.read(first_log_rows, LogFilter(actor), None, 1)) == 1


# -- speed -------------------------------------------------------------------------------------------


def fill(work: Work, homes: int) -> None:
    """That many rooms with two people of one phone and one tag each."""
    building, tag = work.add(Building(code="1", name="1栋")), work.add(Tag(name="标签"))
    kinds: tuple[Any, ...] = (Room, Resident, Phone, Occupancy, ResidentTag)
    made: dict[Any, list[dict[str, Any]]] = {kind: [] for kind in kinds}

    def add(kind: Any, /, **values: Any) -> str:
        row_id = new_id()
        made[kind].append({"id": row_id, **values})
        return row_id

    for number in range(homes):
        place = {"building_id": building.id, "number": str(number), "code": f"1-0-{number}"}
        room_id = add(Room, kind="home", state="occupied", **place)
        for role in ("owner", "tenant"):
            digits = f"138{number:08}"
            person = add(Resident, name=f"住户{number}", kind="person", level="regular")
            add(Phone, resident_id=person, number=digits, digits=digits, position=0)
            add(Occupancy, resident_id=person, room_id=room_id, role=role, is_primary=False)
            add(ResidentTag, resident_id=person, tag_id=tag.id)
    for kind, rows in made.items():
        work.bulk_insert(kind.__table__, rows)


@pytest.mark.parametrize(
    "wanted",
    [
        ResidentFilter(),
        ResidentFilter(when="former"),
        ResidentFilter(role="tenant", when="current"),
        ResidentFilter(text="住户77"),
        ResidentFilter(text="77777"),
    ],
)
def test_no_filter_scans_a_table_once_for_each_row(database: Database, wanted: ResidentFilter) -> None:
    """Ten times the rows may cost at most some fifteen times the steps of SQLite's machine."""
    steps: list[int] = []
    for homes in (300, 3_000):
        database.write(SYSTEM, fill, homes - (300 if steps else 0))
        count = 0

        def tick() -> int:
            nonlocal count
            count += 1
            return 0

        with database.reading() as session:
            raw: Any = session.connection().connection.driver_connection
            raw.set_progress_handler(tick, 100)
            resident_keys(session, wanted)
            raw.set_progress_handler(None, 100)
        steps.append(count)
    assert steps[1] < 16 * steps[0]


def test_a_page_of_rows_costs_the_same_in_a_large_estate(
    database: Database, request: pytest.FixtureRequest
) -> None:
    run: Callable[..., Any] = database.read
    steps = []
    for homes in (300, 3_000):
        database.write(SYSTEM, fill, homes)
        ids = run(resident_keys, ResidentFilter())[:200]
        count = 0

        def tick() -> int:
            nonlocal count
            count += 1
            return 0

        with database.reading() as session:
            raw: Any = session.connection().connection.driver_connection
            raw.set_progress_handler(tick, 100)
            resident_rows(session, ids)
            raw.set_progress_handler(None, 100)
        steps.append(count)
    assert steps[1] < 2 * steps[0]
