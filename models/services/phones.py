"""Phones of a resident: kept as typed beside their digits, masked until revealed, every reveal logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from models.entities import Phone, Resident
from models.errors import DomainError
from models.rules.personal_data import is_phone, is_placeholder_phone, mask_phone, phone_digits
from models.rules.rights import Right
from models.work import Work


@dataclass(frozen=True)
class PhoneEntry:
    """A phone as a form gives it; the first of a list is rung first."""

    number: str
    label: str | None = None


def add_phone(work: Work, resident_id: str, number: str, label: str | None = None) -> str:
    """Its id; it is rung after the others.

    Raises ``phone-invalid``, ``phone-placeholder`` (18999999999 and the like mean "unknown"),
    ``phone-twice`` (the resident has it already).
    """
    work.require(Right.ARCHIVE_EDIT)
    resident = work.get(Resident, resident_id)
    present = _living(work, resident_id)
    digits = checked_digits(number)
    if digits in {phone.digits for phone in present}:
        raise DomainError("phone-twice", field="number", masked=mask_phone(digits))
    position = max((phone.position for phone in present), default=-1) + 1
    row = Phone(
        resident_id=resident.id, number=number.strip(), digits=digits, label=_label(label), position=position
    )
    return work.add(row).id


def add_known(work: Work, resident_id: str, phones: Sequence[PhoneEntry]) -> int:
    """Add those of a new form's phones that say something: blanks and placeholders mean unknown. How many."""
    count = 0
    for phone in phones:
        digits = phone_digits(phone.number)
        if digits and not is_placeholder_phone(digits):
            add_phone(work, resident_id, phone.number, phone.label)
            count += 1
    return count


def edit_phone(
    work: Work,
    phone_id: str,
    *,
    number: str | None = None,
    label: str | None = None,
    expected: str | None = None,
) -> None:
    """A new number or label; None leaves it, an empty label clears it.

    ``expected`` is the masked number that the form showed. Raises as `add_phone`, and
    ``changed-meanwhile`` when the number is another one by now.
    """
    work.require(Right.ARCHIVE_EDIT)
    phone = work.get(Phone, phone_id)
    if label is not None:
        phone.label = _label(label)
    if number is not None and phone_digits(number) != phone.digits:
        digits, theirs = checked_digits(number), mask_phone(phone.digits)
        if expected is not None and expected != theirs:
            clash = ("number", mask_phone(digits), theirs)
            raise DomainError(
                "changed-meanwhile",
                field="number",
                mine=clash[1],
                theirs=theirs,
                clashes=[clash],
                id=phone_id,
            )
        if digits in {other.digits for other in _living(work, phone.resident_id) if other.id != phone_id}:
            raise DomainError("phone-twice", field="number", masked=mask_phone(digits))
        phone.number, phone.digits = number.strip(), digits
    work.session.flush()


def delete_phone(work: Work, phone_id: str) -> None:
    work.require(Right.ARCHIVE_EDIT)
    work.delete(work.get(Phone, phone_id))


def order_phones(work: Work, resident_id: str, phone_ids: Sequence[str]) -> None:
    """Ring them in this order; those not named come after, as before."""
    work.require(Right.ARCHIVE_EDIT)
    places = {phone_id: place for place, phone_id in enumerate(phone_ids)}
    present = sorted(_living(work, resident_id), key=lambda phone: places.get(phone.id, len(places)))
    for position, phone in enumerate(present):
        phone.position = position
    work.session.flush()


def reveal_phone(work: Work, phone_id: str) -> str:
    """The number as typed. Needs the right to see phones in full; written to the operation log."""
    work.require(Right.REVEAL)
    phone = work.get(Phone, phone_id)
    resident = work.get(Resident, phone.resident_id)
    label = f"{resident.name} {mask_phone(phone.digits)}"
    work.log("phones.reveal_phone", table="phone", row_id=phone_id, label=label)
    return phone.number


def checked_digits(number: str) -> str:
    """The digits to compare by; a foreign number begins with + or 00. Raises as `add_phone`."""
    digits = phone_digits(number)
    is_foreign = number.strip().startswith(("+", "00", "＋")) and 7 <= len(digits) <= 17
    if not digits or (not is_phone(digits) and not is_foreign and not is_placeholder_phone(digits)):
        raise DomainError("phone-invalid", field="number", number=number.strip())
    if is_placeholder_phone(digits):
        raise DomainError("phone-placeholder", field="number", number=number.strip())
    return digits


def _label(label: str | None) -> str | None:
    plain = " ".join((label or "").split())
    if len(plain) > 20:
        raise DomainError("field-too-long", field="label", longest=20)
    return plain or None


def _living(work: Work, resident_id: str) -> list[Phone]:
    chosen = select(Phone).where(Phone.resident_id == resident_id, Phone.deleted.is_(None))
    return list(work.session.scalars(chosen.order_by(Phone.position, Phone.id)))
