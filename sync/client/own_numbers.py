"""A file that enrols as another desk may hold tickets whose numbers were given twice: by the desk it was
copied from, or by itself before it was restored. Once the others' are here, its own get numbers of its new
letter."""

from __future__ import annotations

from models.database import Database
from models.queries.double_numbers import doubles_among
from models.services import renumbering
from models.work import SYSTEM
from sync.client.local import Plain

OWN = "sync.own_tickets"
"""Tickets that waited to go up when the file enrolled: headquarters had never told them to anybody."""


def remember(plain: Plain) -> None:
    """Before all rows are queued: which tickets only this file has."""
    found = plain.all("SELECT DISTINCT row_id FROM outbox WHERE table_name = 'ticket' AND fields IS NULL")
    known = {row[0] for row in found} | set(plain.fact(OWN, []))
    if known:
        plain.keep(OWN, sorted(known))


def settle(database: Database) -> list[tuple[str, str]]:
    """New numbers for those whose number another ticket bears; gives [(old, new)], most often nothing."""
    with database.reading() as session:
        own = Plain(session).fact(OWN)
        if not own or not doubles_among(session, own):
            return []
    return database.write(SYSTEM, renumbering.give_own_numbers, own).value
