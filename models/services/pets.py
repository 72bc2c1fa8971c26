"""Pets of a household."""

from __future__ import annotations

from models.entities import Pet, Resident, Room
from models.errors import DomainError
from models.rules.rights import Right
from models.services.editing import Fields, Values, apply, create, day, long_text, reference, text
from models.work import Work

FIELDS: Fields = {
    "kind": text(20, is_required=True),
    "name": text(30),
    "breed": text(30),
    "colour": text(20),
    "vaccinated_on": day(),
    "resident_id": reference(Resident),
    "room_id": reference(Room),
    "note": long_text(500),
}


def create_pet(work: Work, values: Values) -> str:
    """Its id. Raises ``keeper-required`` (neither person nor room)."""
    work.require(Right.ARCHIVE_EDIT)
    row = create(work, Pet, FIELDS, values)
    _need_keeper(row)
    return row.id


def edit_pet(work: Work, pet_id: str, changes: Values, expected: Values | None = None) -> None:
    """Raises as `create_pet`."""
    work.require(Right.ARCHIVE_EDIT)
    row = work.get(Pet, pet_id)
    apply(work, row, FIELDS, changes, expected)
    _need_keeper(row)


def delete_pet(work: Work, pet_id: str) -> None:
    work.require(Right.ARCHIVE_EDIT)
    work.delete(work.get(Pet, pet_id))


def _need_keeper(row: Pet) -> None:
    if row.resident_id is None and row.room_id is None:
        raise DomainError("keeper-required", field="room_id")
