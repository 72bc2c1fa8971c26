"""What the index reads of the archive: for each kind of entry the one text that decides its terms."""

# ruff: noqa: S608 - the queries are put together from our own names of tables and columns

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from models.rules.numbering import renumbering_id
from models.rules.ticket_life import FINAL
from models.search.terms import Kind
from models.search.text import OPEN, number_tokens, open_in_room, text_tokens

SOURCES: dict[Kind, tuple[str, str]] = {
    Kind.RESIDENT: (
        "resident",
        "SELECT id, name || char(31) || kind || char(31) || coalesce(customer_no, '') FROM resident",
    ),
    Kind.PHONE: ("phone", "SELECT id, digits FROM phone"),
    Kind.ROOM: ("room", "SELECT id, code FROM room"),
    Kind.VEHICLE: ("vehicle", "SELECT id, plate_key FROM vehicle"),
}
"""Kind → (table, query of (id, source))."""

TEXT_COLUMNS = (
    "matter",
    "place",
    "expectation",
    "task",
    "resolution",
    "unfinished_reason",
    "suspend_reason",
    "void_reason",
    "caller_name",
)
"""The columns of a ticket whose words find it."""
FINISHED = frozenset(FINAL)
"""A ticket in another state is open and comes first."""

_TICKET = f"SELECT id, number, state, room_id, {', '.join(TEXT_COLUMNS)} FROM ticket"


@dataclass(frozen=True, slots=True)
class TicketSource:
    """A ticket as the index sees it."""

    ticket_id: str
    number: str
    is_open: bool
    room_id: str | None
    fields: tuple[str | None, ...]
    earlier: str = ""
    """The number it had before another ticket turned out to bear it too."""

    def digest(self) -> int:
        """64 bits that change whenever a token does."""
        standing = f"{OPEN} {self.room_id}" if self.is_open else ""
        text = "\x1f".join((self.number, standing, *(field or "" for field in self.fields)))
        text += f"\x1f{self.earlier}" if self.earlier else ""
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True)

    def tokens(self) -> str:
        """Its tokens, a blank between."""
        tokens = text_tokens(self.fields) | number_tokens(self.number) | number_tokens(self.earlier)
        if self.is_open:
            tokens.add(OPEN)
            if self.room_id:
                tokens.add(open_in_room(self.room_id))
        return " ".join(tokens)


def rows_of(connection: Connection, kind: Kind, ids: str) -> dict[str, str]:
    """{row id: source} of the living rows among ``ids`` (a JSON list)."""
    query = f"{SOURCES[kind][1]} WHERE id IN (SELECT value FROM json_each(?)) AND deleted IS NULL"
    return {row[0]: row[1] for row in connection.exec_driver_sql(query, (ids,))}


def all_rows(connection: Connection, kind: Kind) -> Iterator[Sequence[Any]]:
    """Every living row as (id, source), in the order of ids."""
    yield from connection.exec_driver_sql(f"{SOURCES[kind][1]} WHERE deleted IS NULL ORDER BY id")


def tickets_of(connection: Connection, ids: str) -> list[TicketSource]:
    """The living tickets among ``ids`` (a JSON list), in the order they were received."""
    query = (
        f"{_TICKET} WHERE id IN (SELECT value FROM json_each(?)) AND deleted IS NULL ORDER BY received_at, id"
    )
    found = connection.exec_driver_sql(query, (ids,)).all()
    events = json.dumps([renumbering_id(row[0]) for row in found])
    earlier = _earlier(connection, "id IN (SELECT value FROM json_each(?))", (events,))
    return [_ticket(row, earlier) for row in found]


def all_tickets(connection: Connection) -> Iterator[TicketSource]:
    """Every living ticket, in the order received."""
    earlier = _earlier(connection, "kind = 'renumber'", ())
    for row in connection.exec_driver_sql(f"{_TICKET} WHERE deleted IS NULL ORDER BY received_at, id"):
        yield _ticket(row, earlier)


def _earlier(connection: Connection, condition: str, values: tuple[str, ...]) -> dict[str, str]:
    """{ticket id: the number it had before}."""
    query = f"SELECT ticket_id, json_extract(data, '$.from') FROM ticket_event WHERE {condition}"
    return {row[0]: row[1] or "" for row in connection.exec_driver_sql(query, values)}


def _ticket(row: Sequence[Any], earlier: Mapping[str, str]) -> TicketSource:
    was = earlier.get(row[0], "")
    return TicketSource(row[0], row[1], row[2] not in FINISHED, row[3], tuple(row[4:]), was)
