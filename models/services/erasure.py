"""A person's data erased on request (个人信息保护法 art. 47): what names the person goes, the figures stay.

Tickets keep room, category, times and results; phones, papers, vehicles, tags and words about the person
go. The operation log is kept as the law on logs asks; it names the person in older entries and is open
only to those who may read it. Backups made before lose the data as they are thinned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, delete, select

from models.entities import (
    Attachment,
    Base,
    Callback,
    Communication,
    Conflict,
    ImportChange,
    Occupancy,
    ParkingSpace,
    Pet,
    Phone,
    Resident,
    ResidentTag,
    Ticket,
    TicketEvent,
    Vehicle,
)
from models.errors import DomainError
from models.queries.archive import chunks
from models.rules.rights import Right
from models.rules.service_time import local_day
from models.work import Work

NAMELESS = "已注销"
"""The name that is left."""
_PLAIN = ("gender", "birth_on", "id_kind", "id_number", "customer_no", "status", "work", "habits", "hobbies",
          "spending", "home_opinion", "estate_opinion", "latent_needs", "email", "contact", "major_complaint",
          "extras", "note")  # fmt: skip
_TICKET_WORDS = ("matter", "place", "expectation", "task", "resolution", "unfinished_reason",
                 "suspend_reason", "void_reason", "contact")  # fmt: skip
_CALLBACK_WORDS = ("opinion", "suggestion", "remark", "override_reason")


@dataclass(frozen=True)
class Erased:
    """What was found of the person. ``attachments`` (photos, recordings) are left to be looked at by hand."""

    phones: int
    tickets: int
    communications: int
    attachments: int


def erase_resident(work: Work, resident_id: str, reason: str) -> Erased:
    """Anonymise a resident; ``reason`` (who asked, when) is kept with the record and in the log.

    Raises ``reason-required`` and ``resident-lives-here`` while an occupancy has not ended.
    """
    work.require(Right.ERASE)
    if not reason.strip():
        raise DomainError("reason-required", field="reason")
    resident = work.get(Resident, resident_id)
    today = local_day(work.now)
    for row in work.session.scalars(select(Occupancy).filter_by(resident_id=resident_id, deleted=None)):
        if row.to_on is None or row.to_on > today:
            raise DomainError("resident-lives-here", name=resident.name)
    phones = list(work.session.scalars(select(Phone).where(Phone.resident_id == resident_id)))
    hide = _hider(resident.name, [phone.digits for phone in phones] + [phone.number for phone in phones])
    consent = f"{today.isoformat()} {reason.strip()[:150]}"
    _write(work, Resident, {resident_id: {"name": NAMELESS, "consent_note": consent} | dict.fromkeys(_PLAIN)})
    blank = {"number": "", "digits": "", "label": None, "deleted": 1}
    _write(work, Phone, {phone.id: blank for phone in phones})
    _belongings(work, resident_id)
    tickets = _tickets(work, resident_id, hide)
    communications = list(work.session.scalars(select(Communication.id).filter_by(resident_id=resident_id)))
    words = {"content": NAMELESS, "purpose": None, "follow_up": None}
    _same(work, Communication, communications, words)
    _words(work, Callback, _CALLBACK_WORDS, Callback.resident_id == resident_id, hide)
    pictures = _pictures(work, tickets)
    _forget_copies(work, [resident_id, *(phone.id for phone in phones), *tickets])
    work.log("erasure.erase_resident", table="resident", row_id=resident_id, label=NAMELESS,
             details={"reason": reason.strip(), "tickets": len(tickets)})  # fmt: skip
    work.session.expire_all()
    return Erased(len(phones), len(tickets), len(communications), pictures)


def _hider(name: str, numbers: list[str]) -> Callable[[str], str]:
    """Takes the person's name and numbers out of a text."""
    secrets = sorted({text for text in [name, *numbers] if len(text) > 1}, key=len, reverse=True)

    def hide(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, "***")
        return text

    return hide


def _belongings(work: Work, resident_id: str) -> None:
    """Vehicles go with their plates, pets and tags go; parking spaces only forget the person."""
    plates = work.session.scalars(select(Vehicle.id).filter_by(resident_id=resident_id))
    gone = {"plate": NAMELESS, "plate_key": "", "brand": None, "colour": None, "note": None, "deleted": 1}
    _same(work, Vehicle, plates, gone)
    pets = work.session.scalars(select(Pet.id).filter_by(resident_id=resident_id))
    _same(work, Pet, pets, {"name": None, "note": None, "deleted": 1})
    links = work.session.scalars(select(ResidentTag.id).filter_by(resident_id=resident_id, deleted=None))
    _same(work, ResidentTag, links, {"deleted": 1})
    spaces = work.session.scalars(select(ParkingSpace.id).filter_by(resident_id=resident_id))
    _same(work, ParkingSpace, spaces, {"resident_id": None, "note": None})
    stays = work.session.scalars(select(Occupancy.id).where(Occupancy.resident_id == resident_id))
    _same(work, Occupancy, stays, {"note": None})


def _tickets(work: Work, resident_id: str, hide: Callable[[str], str]) -> list[str]:
    """The person's tickets: caller forgotten, name and numbers taken out of their words and events."""
    ids = list(work.session.scalars(select(Ticket.id).where(Ticket.resident_id == resident_id)))
    for portion in chunks(ids):
        _same(work, Ticket, portion, {"caller_name": None, "caller_phone": None})
        _words(work, Ticket, _TICKET_WORDS, Ticket.id.in_(portion), hide)
        _words(work, TicketEvent, ("text",), TicketEvent.ticket_id.in_(portion), hide)
        told = work.session.execute(
            select(TicketEvent.id, TicketEvent.data).where(
                TicketEvent.ticket_id.in_(portion), TicketEvent.data.is_not(None)
            )
        )
        changes = {
            row_id: {"data": _hidden(data, hide)} for row_id, data in told if _hidden(data, hide) != data
        }
        _write(work, TicketEvent, changes)
    return ids


def _hidden(data: Any, hide: Callable[[str], str]) -> Any:
    """The same structure with the person taken out of every text in it."""
    if isinstance(data, str):
        return hide(data)
    if isinstance(data, Mapping):
        return {key: _hidden(value, hide) for key, value in data.items()}
    return [_hidden(value, hide) for value in data] if isinstance(data, list) else data


def _words(
    work: Work, kind: type[Base], names: tuple[str, ...], where: Any, hide: Callable[[str], str]
) -> None:
    """Take the person out of these columns of the rows."""
    table = kind.__table__
    changes: dict[str, dict[str, str]] = {}
    chosen = select(table.c.id, *(table.c[name] for name in names)).where(where)
    for row in work.session.execute(chosen).mappings():
        hidden = {name: hide(row[name]) for name in names if row[name]}
        differing = {name: text for name, text in hidden.items() if text != row[name]}
        if differing:
            changes[row["id"]] = differing
    _write(work, kind, changes)


def _pictures(work: Work, ticket_ids: list[str]) -> int:
    found = 0
    for portion in chunks(ticket_ids):
        chosen = select(Attachment.id).where(Attachment.ticket_id.in_(portion), Attachment.deleted.is_(None))
        found += len(work.session.scalars(chosen).all())
    return found


def _forget_copies(work: Work, row_ids: list[str]) -> None:
    """Old values that lie elsewhere: what an import replaced, what a conflict kept."""
    for portion in chunks(row_ids):
        work.session.execute(delete(ImportChange).where(ImportChange.row_id.in_(portion)))
        lost = work.session.scalars(select(Conflict.id).where(Conflict.row_id.in_(portion)))
        _same(work, Conflict, lost, {"kept_value": None, "lost_value": None})


def _same(work: Work, kind: type[Base], row_ids: Iterable[str], values: Mapping[str, object]) -> None:
    """The same values into all these rows."""
    _write(work, kind, dict.fromkeys(row_ids, values))


def _write(work: Work, kind: type[Base], changes: Mapping[str, Mapping[str, object]]) -> None:
    """Past the ORM: its log would keep the old values."""
    table = kind.__table__
    assert isinstance(table, Table)
    work.bulk_update(table, changes)
