"""Residents (客户/住户): their facts, deletion of a mistake, and the logged reveal of the identity number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlalchemy import func, select

from models.entities import (
    Callback,
    Communication,
    ParkingSpace,
    Resident,
    Ticket,
    Vehicle,
)
from models.errors import DomainError
from models.rules.personal_data import (
    has_valid_check_digit,
    id_digits,
    id_facts,
    is_placeholder_id,
    mask_id,
)
from models.rules.rights import Right
from models.services import tags
from models.services.editing import Field, Fields, Values, apply, choice, create, day, long_text, text
from models.services.parts import delete_whole
from models.services.phones import PhoneEntry, add_known
from models.work import Work


def _id_number(_work: Work, name: str, value: object) -> object:
    """An identity number as it is compared; a placeholder means unknown."""
    number = id_digits(str(value or ""))
    if not number or is_placeholder_id(number):
        return None
    if len(number) > 40:
        raise DomainError("field-too-long", field=name, longest=40)
    return number


FIELDS: Fields = {
    "customer_no": text(40),
    "name": text(60, is_required=True),
    "kind": choice("resident.kind", is_required=True),
    "gender": choice("resident.gender"),
    "birth_on": day(),
    "id_kind": choice("resident.id_kind"),
    "id_number": Field(_id_number, mask=mask_id),
    "level": choice("resident.level", is_required=True),
    "status": text(20),
    "work": text(100),
    "habits": text(200),
    "hobbies": text(200),
    "spending": text(200),
    "home_opinion": long_text(),
    "estate_opinion": long_text(),
    "latent_needs": long_text(),
    "email": text(100),
    "contact": text(200),
    "consent_note": text(200),
    "major_complaint": text(200),
    "note": long_text(),
}


def create_resident(
    work: Work, values: Values, *, phones: Sequence[PhoneEntry] = (), tag_names: Sequence[str] = ()
) -> str:
    """Its id. Birth date and gender come from an identity card's number where they are not given.

    Raises ``contact-required`` (no phone, e-mail or other contact: the rule of the archive),
    ``id-number-invalid``, ``phone-invalid``, ``phone-twice``, ``customer-no-taken``.
    """
    work.require(Right.ARCHIVE_EDIT)
    given = {"kind": "person", "level": "regular", **values}
    resident = create(work, Resident, FIELDS, given)
    _complete(work, resident, given.keys())
    known = add_known(work, resident.id, phones)
    if not known and not resident.contact and not resident.email:
        raise DomainError("contact-required", field="phones")
    if tag_names:
        tags.set_tags(work, resident.id, tag_names)
    return resident.id


def edit_resident(work: Work, resident_id: str, changes: Values, expected: Values | None = None) -> None:
    """``expected``: what the form showed, the identity number masked. Raises ``changed-meanwhile`` …"""
    work.require(Right.ARCHIVE_EDIT)
    resident = work.get(Resident, resident_id)
    changed = apply(work, resident, FIELDS, changes, expected)
    _complete(work, resident, changed)


def delete_resident(work: Work, resident_id: str) -> None:
    """Delete a mistaken entry with its phones, occupancies, tags and pets.

    Raises ``resident-in-use`` when tickets, callbacks or communications tell of this person: then the
    record stays, or is anonymised on request (`erasure.erase_resident`).
    """
    work.require(Right.ARCHIVE_DELETE)
    resident = work.get(Resident, resident_id)
    count = 0
    telling: tuple[type[Ticket] | type[Callback] | type[Communication], ...] = (
        Ticket,
        Callback,
        Communication,
    )
    for kind in telling:
        used = select(func.count()).where(kind.resident_id == resident_id, kind.deleted.is_(None))
        count += work.session.scalar(used) or 0
    if count:
        raise DomainError("resident-in-use", name=resident.name, count=count)
    detach(work, resident_id)
    delete_whole(work, resident)


def reveal_id_number(work: Work, resident_id: str) -> str | None:
    """The identity number in full. Needs its own right; written to the operation log."""
    work.require(Right.REVEAL_ID)
    resident = work.get(Resident, resident_id)
    work.log("residents.reveal_id_number", table="resident", row_id=resident_id, label=resident.name)
    return resident.id_number


def detach(work: Work, resident_id: str) -> None:
    """Vehicles and parking spaces of a room outlive the person; a vehicle of nothing else goes."""
    for vehicle in work.session.scalars(select(Vehicle).filter_by(resident_id=resident_id, deleted=None)):
        vehicle.resident_id = None
        if vehicle.room_id is None:
            vehicle.deleted = 1
    for space in work.session.scalars(select(ParkingSpace).filter_by(resident_id=resident_id, deleted=None)):
        space.resident_id = None
    work.session.flush()


def _complete(work: Work, resident: Resident, changed: object) -> None:
    """What the changed fields imply, and what they must not be."""
    names = set(cast("Sequence[str]", changed))
    if "customer_no" in names and resident.customer_no:
        same = select(Resident.id).where(
            Resident.customer_no == resident.customer_no,
            Resident.deleted.is_(None),
            Resident.id != resident.id,
        )
        if work.session.scalars(same).first() is not None:
            raise DomainError("customer-no-taken", field="customer_no", number=resident.customer_no)
    number = resident.id_number
    if "id_number" not in names or not number:
        return
    is_card = resident.id_kind == "identity_card" or (resident.id_kind is None and len(number) == 18)
    if not is_card:
        return
    facts = id_facts(number)
    if facts is None or (len(number) == 18 and not has_valid_check_digit(number)):
        raise DomainError("id-number-invalid", field="id_number")
    resident.id_kind = "identity_card"
    resident.birth_on = resident.birth_on or facts.birth_on
    resident.gender = resident.gender or facts.gender
    work.session.flush()
