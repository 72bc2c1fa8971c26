"""What people call a row of a synced table, and the record that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import inspect

from models.entities.callback import Callback
from models.entities.resident import Occupancy, ResidentTag
from models.entities.synced import Synced
from models.entities.ticket import Ticket
from models.queries.named_rows import NamedRows
from models.queries.record_states import owner_of
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


def record_names(rows: NamedRows, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], RecordName]:
    """How each row named by (table, id) is called; one that is not in the file, by the end of its id."""
    places = list(dict.fromkeys(wanted))
    rows.fetch(places)
    there = {place: row for place in places if (row := rows.get(*place)) is not None}
    owners = {place: _owner(place[0], row) for place, row in there.items()}
    rows.fetch(owner for owner in owners.values() if owner is not None)
    rows.fetch(named for row in there.values() for named in _told_by(row))
    return {
        place: _name(rows, place, there[place], owners[place])
        if place in there
        else RecordName(*place, place[1][-6:], is_gone=True)
        for place in places
    }


def _name(rows: NamedRows, place: tuple[str, str], row: Synced, owner: tuple[str, str] | None) -> RecordName:
    described = row.described()
    called = "" if described == row.id else described
    if isinstance(row, Callback):
        called = row.sheet_no or label("callback.kind", row.kind)
    about = [rows.called(*named) for named in _told_by(row)]
    if isinstance(row, Ticket):
        about.append(row.matter)
    whole = rows.get(*owner) if owner is not None else None
    return RecordName(
        *place,
        called,
        mask_phones_in(" ".join(part for part in about if part))[:ABOUT_LENGTH],
        (*owner, whole.described()) if owner is not None and whole is not None else None,
        is_gone=row.deleted is not None,
    )


def _owner(table: str, row: Synced) -> tuple[str, str] | None:
    names = inspect(type(row)).columns.keys()
    return owner_of(table, {name: getattr(row, name) for name in names})


def _told_by(row: Synced) -> tuple[tuple[str, str | None], ...]:
    """Rows by which it is known: a ticket by its room, a callback by its ticket or person, a stay by its
    room."""
    if isinstance(row, Ticket | Occupancy):
        return (("room", row.room_id),)
    if isinstance(row, Callback):
        return (("ticket", row.ticket_id), ("room", row.room_id), ("resident", row.resident_id))
    if isinstance(row, ResidentTag):
        return (("tag", row.tag_id),)
    return ()
