"""A record that somebody's unseen edit brings back comes whole, with what was deleted along with it."""

from __future__ import annotations

import pytest

from models.entities import Phone, Resident
from models.queries import conflict_list
from models.services import conflicts, residents
from models.work import Work
from tests.sync.parts import TestDesk, same, settle

Two = tuple[TestDesk, TestDesk]
pytestmark = pytest.mark.both_databases


def add_person(desk: TestDesk) -> tuple[str, str]:
    """(resident, phone)."""

    def change(work: Work) -> tuple[str, str]:
        person = work.add(Resident(name="冯晓明")).id
        return person, work.add(Phone(resident_id=person, number="13900000010", digits="13900000010")).id

    found: tuple[str, str] = desk.write(change)
    return found


@pytest.mark.parametrize("is_deletion_first", [True, False])
def test_who_is_brought_back_keeps_phone(two: Two, is_deletion_first: bool) -> None:
    """The conflict said that the person was kept; nobody could be called any more."""
    first, second = two
    person, phone = add_person(first)
    settle(first, second)
    first.write(lambda work: residents.delete_resident(work, person))
    second.edit(Resident, person, email="feng@example.cn")
    for desk in (first, second) if is_deletion_first else (second, first):
        desk.sync()
    settle(first, second)
    assert first.value(Resident, person, "deleted") is None
    assert first.value(Phone, phone, "deleted") is None
    assert [row[5] for row in first.conflicts()] == ["revived"]
    same(first, second)


def test_what_was_deleted_by_itself_stays_so(two: Two) -> None:
    first, second = two
    person, phone = add_person(first)
    settle(first, second)
    first.delete(Phone, phone)
    first.write(lambda work: residents.delete_resident(work, person))
    second.edit(Resident, person, email="feng@example.cn")
    settle(first, second)
    assert first.value(Resident, person, "deleted") is None
    assert first.value(Phone, phone, "deleted") is not None
    same(first, second)


def test_who_is_deleted_after_all_goes_whole_and_comes_back_whole(two: Two) -> None:
    first, second = two
    person, phone = add_person(first)
    settle(first, second)
    first.write(lambda work: residents.delete_resident(work, person))
    second.edit(Resident, person, email="feng@example.cn")
    settle(first, second)
    (item,) = first.database.read(conflict_list.conflicts)
    first.write(lambda work: conflicts.take_back(work, item.id))
    settle(first, second)
    assert second.value(Phone, phone, "deleted") is not None
    second.write(lambda work: conflicts.reopen(work, item.id))
    settle(second, first)
    assert first.value(Resident, person, "deleted") is None
    assert first.value(Phone, phone, "deleted") is None
    same(first, second)
