"""Finds tickets by their number and by the words of their text, the newest first.

A common character stands in hundreds of thousands of tickets; because their list is read from its end,
the newest dozen costs no more than a rare one's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from models.search.sources import TEXT_COLUMNS
from models.search.text import OPEN, TextQuery, text_query

MOST_CHECKED = 400
"""Candidates whose text is compared while somebody types; a list's filter (`matching_tickets`) has no end."""
_CHUNK = 500

_NEWEST = (
    "SELECT t.doc, t.ticket_id FROM search_text AS s JOIN search_ticket AS t ON t.doc = s.rowid "
    "WHERE s.search_text MATCH ? AND s.rowid < ? ORDER BY s.rowid DESC LIMIT ?"
)
_FIELDS = (
    f"SELECT id, {', '.join(TEXT_COLUMNS)} FROM ticket "  # noqa: S608 - our own column names
    "WHERE id IN (SELECT value FROM json_each(?)) AND deleted IS NULL"
)
_PAST_ALL = 2**62


def newest(connection: Connection, query: TextQuery, limit: int) -> list[tuple[str, bool]]:
    """At most ``limit`` tickets as (id, is open): open ones first, each group newest first."""
    is_open_list = _some(connection, query, f'{query.expression} AND "{OPEN}"', limit)
    found = dict.fromkeys(is_open_list, True)
    if len(found) < limit:
        for ticket_id in _some(connection, query, query.expression, limit):
            found.setdefault(ticket_id, False)
    return list(found.items())[:limit]


def by_expression(connection: Connection, expression: str, limit: int) -> list[str]:
    """Ids of the newest tickets of one full-text expression, unchecked."""
    rows = connection.exec_driver_sql(_NEWEST, (expression, _PAST_ALL, limit))
    return [row[1] for row in rows]


def matching_tickets(session: Session, text: str) -> Iterator[str]:
    """The id of every ticket whose text has each word of ``text``, newest first: what LIKE finds, faster.

    Words are compared half-width and without case. Nothing is found by a single Latin letter or digit, or
    by punctuation alone.
    """
    query = text_query(text)
    if query is None:
        return
    connection = session.connection()
    before = _PAST_ALL
    while rows := connection.exec_driver_sql(_NEWEST, (query.expression, before, _CHUNK)).all():
        before = rows[-1][0]
        yield from _checked(connection, query, [row[1] for row in rows])


def _some(connection: Connection, query: TextQuery, expression: str, limit: int) -> list[str]:
    if query.is_exact:
        return by_expression(connection, expression, limit)
    found: list[str] = []
    before, checked, size = _PAST_ALL, 0, 2 * limit
    while len(found) < limit and checked < MOST_CHECKED:
        rows = connection.exec_driver_sql(_NEWEST, (expression, before, size)).all()
        found.extend(_checked(connection, query, [row[1] for row in rows]))
        if len(rows) < size:
            break
        before, checked, size = rows[-1][0], checked + len(rows), 4 * size
    return found[:limit]


def _checked(connection: Connection, query: TextQuery, ids: list[str]) -> list[str]:
    """Those of ``ids`` whose text really has the words, in the same order."""
    if query.is_exact or not ids:
        return ids
    fields: dict[str, Sequence[Any]] = {
        row[0]: row[1:] for row in connection.exec_driver_sql(_FIELDS, (json.dumps(ids),))
    }
    return [ticket_id for ticket_id in ids if ticket_id in fields and query.contains(fields[ticket_id])]
