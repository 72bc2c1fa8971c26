"""The archive as a clerk keeps it: places, people, phones, tags."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from models.database import Database
from models.entities import (
    OperationLog,
    Phone,
    ResidentTag,
    Tag,
)
from models.errors import DomainError
from models.queries import archive
from models.queries.household import household
from models.queries.rooms import room_detail
from models.services import (
    buildings,
    occupancies,
    phones,
    residents,
    rooms,
    tags,
)
from models.services.phones import PhoneEntry
from models.work import Actor
from tests.models.services.archive.conftest import TODAY, Do, code, detail

# -- places ------------------------------------------------------------------------------------------


def test_a_room_gets_its_canonical_code_and_floor(database: Database, room: str) -> None:
    facts = database.read(room_detail, room)
    assert (facts.code, facts.number, facts.floor) == ("3-2-1502", "1502", 15)
    assert (facts.building, facts.unit) == ("3栋", "2单元")


def test_a_shop_belongs_to_no_unit(database: Database, do: Do, building: str) -> None:
    shop = do(rooms.create_room, building, None, {"number": "101", "kind": "shop"})
    assert code(database, shop) == "3-0-101"


@pytest.mark.usefixtures("room")
@pytest.mark.parametrize("number", ["1502", "01502", "1502室", "３-２-1502", "一五〇二"])
def test_the_same_room_in_another_spelling_is_refused(do: Do, building: str, unit: str, number: str) -> None:
    with pytest.raises(DomainError) as error:
        do(rooms.create_room, building, unit, {"number": number})
    assert error.value.code == "room-code-taken"
    assert error.value.values["field"] == "number"


@pytest.mark.parametrize("spelling", ["3", "03", "3号楼", "三栋"])
def test_the_same_building_in_another_spelling_is_refused(do: Do, building: str, spelling: str) -> None:
    with pytest.raises(DomainError, match="building-code-taken"):
        do(buildings.create_building, {"code": spelling})


@pytest.mark.parametrize("spelling", ["", "  ", "栋"])
def test_a_building_needs_a_code(do: Do, spelling: str) -> None:
    with pytest.raises(DomainError, match=r"code-unreadable|field-required"):
        do(buildings.create_building, {"code": spelling})


def test_a_new_code_of_a_building_or_unit_renames_its_rooms(
    database: Database, do: Do, building: str, unit: str, room: str
) -> None:
    shop = do(rooms.create_room, building, None, {"number": "101"})
    do(buildings.edit_building, building, {"code": "8栋"})
    assert (code(database, room), code(database, shop)) == ("8-2-1502", "8-0-101")
    do(buildings.edit_unit, unit, {"code": "5"})
    assert (code(database, room), code(database, shop)) == ("8-5-1502", "8-0-101")


def test_a_room_moves_to_another_unit_and_number(
    database: Database, do: Do, building: str, room: str
) -> None:
    other = do(buildings.create_unit, building, {"code": "1"})
    do(rooms.edit_room, room, {"unit_id": other})
    assert code(database, room) == "3-1-1502"
    do(rooms.edit_room, room, {"number": "0803"})
    assert code(database, room) == "3-1-0803"
    do(rooms.edit_room, room, {"unit_id": None, "state": "vacant"})
    assert code(database, room) == "3-0-0803"
    elsewhere = do(buildings.create_building, {"code": "4"})
    with pytest.raises(DomainError, match="unit-elsewhere"):
        do(rooms.edit_room, room, {"building_id": elsewhere, "unit_id": other})


def test_an_edit_of_the_same_code_is_no_duplicate_of_itself(database: Database, do: Do, room: str) -> None:
    do(rooms.edit_room, room, {"number": "01502"})
    assert code(database, room) == "3-2-01502"


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("state", "haunted", "choice-unknown"),
        ("kind", None, "field-required"),
        ("floor", 500, "number-out-of-range"),
        ("building_area", -1, "number-out-of-range"),
        ("delivered_on", date(26, 1, 1), "day-impossible"),
        ("layout", "x" * 31, "field-too-long"),
        ("number", "", "field-required"),
    ],
)
def test_a_wrong_value_is_named_with_its_field(
    do: Do, room: str, field: str, value: object, fault: str
) -> None:
    with pytest.raises(DomainError) as error:
        do(rooms.edit_room, room, {field: value})
    assert (error.value.code, error.value.values["field"]) == (fault, field)


def test_a_field_that_no_form_has_is_a_bug(do: Do, room: str) -> None:
    with pytest.raises(ValueError, match="site_id"):
        do(rooms.edit_room, room, {"site_id": "x"})


def test_places_in_use_stay(do: Do, building: str, unit: str, room: str, resident: str) -> None:
    do(occupancies.create_occupancy, resident, room, {"role": "owner"})
    for service, row_id, fault in [
        (buildings.delete_building, building, "building-in-use"),
        (buildings.delete_unit, unit, "unit-in-use"),
        (rooms.delete_room, room, "room-in-use"),
    ]:
        with pytest.raises(DomainError, match=fault):
            do(service, row_id)


def test_empty_places_go_with_their_history(
    database: Database, do: Do, building: str, unit: str, room: str, resident: str
) -> None:
    stay = do(occupancies.create_occupancy, resident, room, {"role": "tenant"})
    do(occupancies.end_occupancy, stay, date(2026, 11, 1))
    do(rooms.delete_room, room)
    do(buildings.delete_building, building)
    assert database.read(archive.building_tree, TODAY) == ()
    assert detail(database, resident).occupancies == ()
    again = do(buildings.create_building, {"code": "3"})
    assert code(database, do(rooms.create_room, again, None, {"number": "1502"})) == "3-0-1502"


def test_decoration_sets_a_waiting_room_under_way(database: Database, do: Do, room: str) -> None:
    do(rooms.edit_room, room, {"state": "to_decorate"})
    row = do(rooms.create_decoration, room, {"start_on": TODAY, "contractor": "美居"})
    assert database.read(room_detail, room).state == "decorating"
    with pytest.raises(DomainError, match="days-reversed"):
        do(rooms.edit_decoration, row, {"end_on": date(2026, 1, 1)})
    page = database.read(household, room, TODAY)
    assert [line.is_under_way for line in page.decorations] == [True]


# -- people ------------------------------------------------------------------------------------------


def test_phones_come_masked_in_order_and_as_typed_only_when_revealed(
    database: Database, do: Do, actor: Actor, resident: str
) -> None:
    lines = detail(database, resident).phones
    assert [(line.masked, line.label) for line in lines] == [("138****5678", "本人"), ("0755****8888", "家")]
    assert do(phones.reveal_phone, lines[0].id) == "138 1234-5678"
    with database.reading() as session:
        entry = session.scalars(
            select(OperationLog).where(OperationLog.operation == "phones.reveal_phone")
        ).one()
    assert (entry.staff_id, entry.row_id, entry.row_label) == (
        actor.staff_id,
        lines[0].id,
        "王 伟 138****5678",
    )


def test_no_log_entry_shows_a_number(database: Database, do: Do, resident: str) -> None:
    line = detail(database, resident).phones[0]
    do(phones.edit_phone, line.id, number="13987654321")
    do(residents.edit_resident, resident, {"id_number": "110105199001011237", "id_kind": "passport"})
    do(phones.reveal_phone, line.id)
    with database.reading() as session:
        told = str([(one.row_label, one.changes) for one in session.scalars(select(OperationLog))])
    for secret in ("12345678", "1234-5678", "13987654321", "110105199001011237"):
        assert secret not in told


def test_the_phone_is_kept_as_typed_beside_its_digits(database: Database, resident: str) -> None:
    with database.reading() as session:
        found = session.execute(select(Phone.number, Phone.digits).order_by(Phone.position)).all()
    assert [tuple(row) for row in found] == [
        ("138 1234-5678", "13812345678"),
        ("0755-2666 8888", "075526668888"),
    ]


@pytest.mark.parametrize("number", ["18999999999", "11111111111"])
def test_a_placeholder_phone_means_unknown(database: Database, do: Do, resident: str, number: str) -> None:
    with pytest.raises(DomainError, match="phone-placeholder"):
        do(phones.add_phone, resident, number)
    made = do(residents.create_resident, {"name": "李", "contact": "楼下小卖部"}, phones=[PhoneEntry(number)])
    assert detail(database, made).phones == ()


@pytest.mark.parametrize("number", ["", "abc", "1234567890123", "138123"])
def test_what_is_no_phone_is_refused(do: Do, resident: str, number: str) -> None:
    with pytest.raises(DomainError, match="phone-invalid"):
        do(phones.add_phone, resident, number)


def test_a_foreign_phone_is_welcome(database: Database, do: Do, resident: str) -> None:
    do(phones.add_phone, resident, "+852 9123 4567")
    assert len(detail(database, resident).phones) == 3


def test_one_phone_may_serve_two_people_but_not_one_person_twice(
    database: Database, do: Do, resident: str
) -> None:
    with pytest.raises(DomainError, match="phone-twice"):
        do(phones.add_phone, resident, "+86 13812345678")
    other = do(residents.create_resident, {"name": "张敏"}, phones=[PhoneEntry("13812345678")])
    assert len(detail(database, other).phones) == 1


def test_the_order_of_phones_is_chosen_and_one_goes(database: Database, do: Do, resident: str) -> None:
    first, second = detail(database, resident).phones
    do(phones.order_phones, resident, [second.id])
    assert [line.id for line in detail(database, resident).phones] == [second.id, first.id]
    do(phones.delete_phone, second.id)
    assert [line.id for line in detail(database, resident).phones] == [first.id]


def test_a_resident_needs_a_name_and_a_contact(do: Do) -> None:
    with pytest.raises(DomainError, match="contact-required"):
        do(residents.create_resident, {"name": "无名"})
    with pytest.raises(DomainError, match="field-required"):
        do(residents.create_resident, {"name": "  "}, phones=[PhoneEntry("13812345678")])


def test_an_identity_card_tells_birth_and_gender(database: Database, do: Do, resident: str) -> None:
    do(residents.edit_resident, resident, {"id_number": "110105199001011232"})
    facts = detail(database, resident)
    assert facts.id_kind == "identity_card"
    assert (facts.birth_on, facts.gender) == (date(1990, 1, 1), "male")
    assert facts.id_number == "110105********1232"


def test_a_mistyped_identity_card_is_refused_and_a_placeholder_is_unknown(
    database: Database, do: Do, resident: str
) -> None:
    with pytest.raises(DomainError, match="id-number-invalid"):
        do(residents.edit_resident, resident, {"id_number": "110105199001011233"})
    do(residents.edit_resident, resident, {"id_number": "111111111111111111"})
    assert detail(database, resident).id_number is None


def test_the_identity_number_needs_its_own_right(
    database: Database, do: Do, clerk: Actor, resident: str
) -> None:
    do(residents.edit_resident, resident, {"id_number": "AB123456", "id_kind": "passport"})
    assert do(residents.reveal_id_number, resident) == "AB123456"
    with pytest.raises(DomainError, match="right-missing"):
        database.write(clerk, residents.reveal_id_number, resident)


def test_a_customer_number_is_given_once(do: Do, resident: str) -> None:
    do(residents.edit_resident, resident, {"customer_no": "Y001"})
    with pytest.raises(DomainError, match="customer-no-taken"):
        do(residents.create_resident, {"name": "另", "customer_no": "Y001", "contact": "x"})


def test_what_others_changed_meanwhile_is_not_written_over(database: Database, do: Do, resident: str) -> None:
    shown = {"name": "王 伟", "id_number": None, "work": None}
    do(residents.edit_resident, resident, {"work": "教师"}, shown)
    do(residents.edit_resident, resident, {"name": "王炜"}, shown)
    do(residents.edit_resident, resident, {"id_number": "AB123456", "id_kind": "passport"}, shown)
    with pytest.raises(DomainError) as error:
        do(residents.edit_resident, resident, {"id_number": "CD9876543"}, shown)
    assert error.value.values["theirs"] == "******56"
    assert "CD9876543" not in str(error.value) and "AB123456" not in str(error.value)
    do(residents.edit_resident, resident, {"id_number": "CD9876543"}, {"id_number": "******56"})
    facts = detail(database, resident)
    assert (facts.name, facts.work, facts.id_number) == ("王炜", "教师", "*******43")


def test_a_phone_that_changed_meanwhile_is_not_written_over(
    database: Database, do: Do, resident: str
) -> None:
    line = detail(database, resident).phones[0]
    do(phones.edit_phone, line.id, number="13900000001", expected=line.masked)
    with pytest.raises(DomainError, match="changed-meanwhile"):
        do(phones.edit_phone, line.id, number="13900000002", expected=line.masked)


def test_tags_are_free_join_the_library_and_are_the_same_on_every_desk(
    database: Database, do: Do, resident: str
) -> None:
    do(tags.set_tags, resident, ["老年客户", " 养 狗 ", "老年客户"])
    assert [tag.name for tag in detail(database, resident).tags] == ["养 狗", "老年客户"]
    do(tags.set_tags, resident, ["老年客户"])
    assert [tag.name for tag in detail(database, resident).tags] == ["老年客户"]
    from models.services.seeds import seed_id

    with database.reading() as session:
        assert seed_id("tag", "老年客户") in set(session.scalars(select(Tag.id)))


def test_a_tag_is_renamed_and_deleted_for_everybody(database: Database, do: Do, resident: str) -> None:
    do(tags.set_tags, resident, ["A", "B"])
    first, second = detail(database, resident).tags
    with pytest.raises(DomainError, match="tag-taken"):
        do(tags.edit_tag, first.id, {"name": "b"})
    do(tags.edit_tag, first.id, {"name": "甲", "category": "关怀"})
    assert do(tags.delete_tag, second.id) == 1
    assert [tag.name for tag in detail(database, resident).tags] == ["甲"]
    do(tags.set_tags, resident, ["甲", "B", "A"])
    assert len(detail(database, resident).tags) == 3
    with database.reading() as session:
        living = session.scalars(select(ResidentTag).where(ResidentTag.deleted.is_(None))).all()
    assert len(living) == 3
