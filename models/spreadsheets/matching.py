"""Decides whether a person of a workbook is one the archive (or an earlier row) already knows.

In this order: customer number; identity number with the same name; name with a phone; name with the room;
the name alone where nothing else is said. A name is never enough against a contradicting number.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.spreadsheets.archive import Archive, Item, same_name
from models.spreadsheets.linking import Statement, has_check_digit_fault
from models.spreadsheets.people import Person

_MOST_NAMESAKES = 50


@dataclass
class Match:
    """``item`` None: a new person. ``drops_id``: the identity number belongs to somebody else."""

    item: Item | None
    drops_id: bool = False
    is_refused: bool = False
    is_nobody: bool = False
    """Only a name, and several have it: nobody is meant for certain, and no further one is made."""


def match(
    archive: Archive,
    statement: Statement,
    person: Person,
    *,
    customer_no: str | None,
    room: Item | None,
    has_room: bool,
) -> Match:
    """Find the person; what is doubtful goes into ``statement.reasons``.

    ``has_room``: the row names a room, even if the archive does not have it yet (``room`` None).
    """
    name = same_name(person.name)
    drops_id = False
    if customer_no and (known := archive.by_customer_no.get(customer_no)) is not None:
        if known.name_key == name or _is_corroborated(archive, known, person, room):
            return Match(known, _is_foreign_id(archive, statement, person, known))
        statement.doubt("customer-number-taken", number=customer_no, other=known.values["name"])
        return Match(None, is_refused=True)
    if person.id_number:
        if has_check_digit_fault(person.id_number) and person.kind == "person":
            statement.doubt("id-invalid")
        known = archive.by_id_number.get(person.id_number)
        if known is not None:
            if known.name_key == name and not _differs(known, customer_no):
                return Match(known)
            statement.doubt("id-shared", other=known.values["name"])
            drops_id = True
    found = _by_phone(archive, statement, person, customer_no, name)
    if found is None and room is not None:
        near = archive.by_name_room.get((name, room.id))
        if near is not None and not _differs(near, customer_no) and not _differs_id(near, person, drops_id):
            found = near
    is_nobody = False
    if found is None:
        candidates = _by_name_alone(
            archive, person, customer_no=customer_no, has_room=has_room, drops_id=drops_id
        )
        is_bare = not person.phones and not person.id_number and not customer_no
        if len(candidates) == 1:
            found = candidates[0]
        elif candidates and is_bare:
            statement.doubt("owner-ambiguous", name=person.name)
            is_nobody = not has_room
    return Match(found, drops_id, is_nobody=is_nobody)


def _is_foreign_id(archive: Archive, statement: Statement, person: Person, known: Item) -> bool:
    if not person.id_number:
        return False
    owner = archive.by_id_number.get(person.id_number)
    if owner is not None and owner is not known:
        statement.doubt("id-shared", other=owner.values["name"])
        return True
    if owner is None and has_check_digit_fault(person.id_number) and person.kind == "person":
        statement.doubt("id-invalid")
    return False


def _is_corroborated(archive: Archive, known: Item, person: Person, room: Item | None) -> bool:
    """The name differs, but ID, phone or room say it is the same person under a corrected name."""
    if person.id_number and person.id_number == known.values.get("id_number"):
        return True
    phones = archive.phones.get(known.id, {})
    if any(phone.digits in phones for phone in person.phones):
        return True
    return room is not None and (known.id, room.id) in archive.occupancies


def _differs(item: Item, customer_no: str | None) -> bool:
    now = item.values.get("customer_no")
    return bool(customer_no and now and now != customer_no)


def _differs_id(item: Item, person: Person, drops_id: bool) -> bool:
    now = item.values.get("id_number")
    return bool(now and person.id_number and not drops_id and now != person.id_number)


def _by_phone(
    archive: Archive, statement: Statement, person: Person, customer_no: str | None, name: str
) -> Item | None:
    for phone in person.phones:
        for item in archive.by_name_phone.get((name, phone.digits), ()):
            if _differs(item, customer_no):
                statement.doubt("number-differs", name=person.name, number=item.values["customer_no"])
            elif not _differs_id(item, person, drops_id=False):
                return item
    return None


def _by_name_alone(
    archive: Archive, person: Person, *, customer_no: str | None, has_room: bool, drops_id: bool
) -> list[Item]:
    """Those of that name against whom nothing speaks that the row says."""
    named = archive.by_name.get(same_name(person.name), [])
    if len(named) > _MOST_NAMESAKES and has_room:  # 业主, 住户: no name at all
        return []
    if has_room:  # anyone else of that name lives elsewhere
        housed, listed = archive.housed, archive.listed
        named = [item for item in named if item.id not in housed or item.id in listed]
    candidates = [
        item for item in named if not _differs(item, customer_no) and not _differs_id(item, person, drops_id)
    ]
    if person.phones or person.id_number:
        candidates = [
            item
            for item in candidates
            if not archive.phones.get(item.id) and not item.values.get("id_number")
        ]
    return candidates
