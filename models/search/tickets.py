"""Finds tickets by their number and by the words of their text, the newest first.

A common character stands in hundreds of thousands of tickets; because their list is read from its end,
the newest dozen costs no more than a rare one's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from models.search.reading import rows
from models.search.sources import TEXT_COLUMNS
from models.search.text import OPEN, TextQuery, text_query

MOST_CHECKED = 400
"""Candidates whose text is compared while somebody types; a list's filter (`matching_tickets`) has no end."""
_CHUNK = 500

_PART = (
    "SELECT * FROM (SELECT rowid AS doc FROM search_{0} WHERE search_{0} MATCH ?1 AND rowid < ?2 "
    "ORDER BY rowid DESC LIMIT ?3)"
)
_NEWEST = (
    f"SELECT t.doc, t.ticket_id FROM ({_PART.format('text')} UNION ALL {_PART.format('fresh')}) AS f "  # noqa: S608
    "JOIN search_ticket AS t ON t.doc = f.doc ORDER BY t.doc DESC LIMIT ?3"
)
_FIELDS = (
    f"SELECT id, {', '.join(TEXT_COLUMNS)} FROM ticket "  # noqa: S608 - our own column names
    "WHERE id IN (SELECT value FROM json_each(?)) AND deleted IS NULL"
)
_PAST_ALL = 2**62


def newest(connection: Connection, query: TextQuery, limit: int) -> list[tuple[str, bool]]:
    """At most ``limit`` tickets as (id, is open): open ones first, each group newest first."""
    newest_of_all = _some(connection, query, query.expression, limit)
    if not newest_of_all:
        return []
    found = dict.fromkeys(_some(connection, query, f'{query.expression} AND "{OPEN}"', limit), True)
    for ticket_id in newest_of_all:
        found.setdefault(ticket_id, False)
    return list(found.items())[:limit]


def by_expression(connection: Connection, expression: str, limit: int) -> list[str]:
    """Ids of the newest tickets of one full-text expression, unchecked."""
    return [row[1] for row in rows(connection, _NEWEST, (expression, _PAST_ALL, limit))]


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
    while found := rows(connection, _NEWEST, (query.expression, before, _CHUNK)):
        before = found[-1][0]
        yield from _checked(connection, query, [row[1] for row in found])


def _some(connection: Connection, query: TextQuery, expression: str, limit: int) -> list[str]:
    if query.is_exact:
        return by_expression(connection, expression, limit)
    found: list[str] = []
    before, checked, size = _PAST_ALL, 0, 2 * limit
    while len(found) < limit and checked < MOST_CHECKED:
        newer = rows(connection, _NEWEST, (expression, before, size))
        found.extend(_checked(connection, query, [row[1] for row in newer]))
        if len(newer) < size:
            break
        before, checked, size = newer[-1][0], checked + len(newer), 4 * size
    return found[:limit]


def _checked(connection: Connection, query: TextQuery, ids: list[str]) -> list[str]:
    """Those of ``ids`` whose text really has the words, in the same order."""
    if query.is_exact or not ids:
        return ids
    fields = {row[0]: row[1:] for row in rows(connection, _FIELDS, (json.dumps(ids),))}
    return [ticket_id for ticket_id in ids if ticket_id in fields and query.contains(fields[ticket_id])]
