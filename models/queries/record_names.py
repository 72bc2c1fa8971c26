"""What people call a row of a synced table, and the record that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from models.entities.callback import Callback
from models.entities.place import Room
from models.entities.resident import Occupancy, Resident, ResidentTag, Tag
from models.entities.synced import Synced
from models.entities.ticket import Ticket
from models.queries.record_states import owner_of
from models.queries.stored_values import entity_of
from models.rules.personal_data import mask_phones_in
from resources.terms import label

ABOUT_LENGTH = 60


@dataclass(frozen=True, slots=True)
class RecordName:
    """``label`` is how the row is called (a ticket's number, a name, a room code; empty where people have no
    name for it), ``about`` a few words to know it by. ``owner`` is the record it is a part of, as (table, id,
    its label): a resident of a phone, a ticket of a note."""

    table: str
    id: str
    label: str
    about: str = ""
    owner: tuple[str, str, str] | None = None
    is_gone: bool = False


def record_name(session: Session, table: str, row_id: str) -> RecordName:
    """A row that is not in the file is called by the end of its id."""
    row = _row(session, table, row_id)
    if row is None:
        return RecordName(table, row_id, row_id[-6:], is_gone=True)
    described = row.described()
    called = "" if described == row.id else described
    if isinstance(row, Callback):
        called = row.sheet_no or label("callback.kind", row.kind)
    values = {name: getattr(row, name) for name in inspect(type(row)).columns.keys()}  # noqa: SIM118
    found = owner_of(table, values)
    owner = _row(session, *found) if found is not None else None
    return RecordName(
        table,
        row_id,
        called,
        mask_phones_in(_about(session, row))[:ABOUT_LENGTH],
        (*found, owner.described()) if found is not None and owner is not None else None,
        is_gone=row.deleted is not None,
    )


def _row(session: Session, table: str, row_id: str | None) -> Synced | None:
    kind = entity_of(table)
    return session.get(kind, row_id) if kind is not None and row_id else None


def _about(session: Session, row: Synced) -> str:
    """A ticket by its room and matter, a callback by its ticket or person, a stay by its room."""
    if isinstance(row, Ticket):
        return " ".join(part for part in (_named(session, Room, row.room_id), row.matter) if part)
    if isinstance(row, Callback):
        told = (
            _named(session, Ticket, row.ticket_id),
            _named(session, Room, row.room_id),
            _named(session, Resident, row.resident_id),
        )
        return " ".join(part for part in told if part)
    if isinstance(row, Occupancy):
        return _named(session, Room, row.room_id)
    if isinstance(row, ResidentTag):
        return _named(session, Tag, row.tag_id)
    return ""


def _named(session: Session, kind: type[Synced], row_id: str | None) -> str:
    row = session.get(kind, row_id) if row_id else None
    return row.described() if row is not None else ""
