"""Keeps the tickets' full-text index: a large part that rests, and a small one that takes every change.

FTS5 writes a segment for each commit and merges segments as they gather. In one table that means rewriting
the words of a million tickets every few hundred savings, for seconds, while a clerk waits. So changes go to
the small `search_fresh`, whose merges cost milliseconds, and many at once are folded into `search_text`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from sqlalchemy import Connection

from models.search import sources
from models.search.sources import TicketSource
from models.search.statements import chunks, last_doc, many

FOLD_AT_START = 4_000
FOLD_AT_ONCE = 20_000
"""Fresh tickets that are folded when the program starts, or, should it never be closed, in a write."""
_BULK = 1_000
"""So many new tickets in one transaction (a pull, an import) go to the large part straight away."""
_MOST_SEGMENTS = 8
_BULK_HASH = 64 * 1024 * 1024
_USUAL_HASH = 1024 * 1024
"""Bytes FTS5 gathers in memory before it writes a segment: more while much is built."""

_INSERT = "INSERT INTO search_{table} (rowid, words) VALUES (?, ?)"
_DELETE = "DELETE FROM search_{table} WHERE rowid = ?"
_KNOWN = (
    "SELECT ticket_id, doc, digest FROM search_ticket WHERE ticket_id IN (SELECT value FROM json_each(?))"
)


def update(connection: Connection, ids: Iterable[str]) -> None:
    """Bring the tickets of these ids up to date: new, edited, deleted or revived."""
    is_any = False
    for chunk in chunks(ids):
        _update(connection, chunk)
        is_any = True
    if is_any and _fresh_count(connection) > FOLD_AT_ONCE:
        fold(connection)


def fill(connection: Connection, report: Callable[[int], None]) -> None:
    """Index every ticket into empty tables; ``report`` is told how many were done."""
    _set_hash_size(connection, _BULK_HASH)
    for tickets in chunks(sources.all_tickets(connection)):
        _append(connection, tickets, "text")
        report(len(tickets))
    _set_hash_size(connection, _USUAL_HASH)
    _optimise(connection)


def is_worth_folding(connection: Connection) -> bool:
    """Whether so many changes lie in the small part that finding them costs."""
    return _fresh_count(connection) > FOLD_AT_START


def fold(connection: Connection) -> None:
    """Move all that is fresh into the large part, as one segment (2 s for 20,000 tickets)."""
    fresh = connection.exec_driver_sql(
        "SELECT ticket_id, doc FROM search_ticket WHERE doc IN (SELECT id FROM search_fresh_docsize)"
    ).all()
    _set_hash_size(connection, _BULK_HASH)
    for chunk in chunks(fresh):
        docs = {row[0]: row[1] for row in chunk}
        tickets = sources.tickets_of(connection, json.dumps(list(docs)))
        rows = sorted((docs[ticket.ticket_id], ticket.tokens()) for ticket in tickets)
        many(connection, _INSERT.format(table="text"), rows)
    _set_hash_size(connection, _USUAL_HASH)
    connection.exec_driver_sql("INSERT INTO search_fresh (search_fresh) VALUES ('delete-all')")
    segments = connection.exec_driver_sql("SELECT count(DISTINCT segid) FROM search_text_idx").scalar_one()
    if segments > _MOST_SEGMENTS:
        _optimise(connection)


def _update(connection: Connection, ids: list[str]) -> None:
    wanted = json.dumps(ids)
    living = sources.tickets_of(connection, wanted)
    known: dict[str, tuple[int, int]] = {
        row[0]: (row[1], row[2]) for row in connection.exec_driver_sql(_KNOWN, (wanted,))
    }
    found = {ticket.ticket_id for ticket in living}
    lost = [(doc,) for ticket_id, (doc, _) in known.items() if ticket_id not in found]
    fresh = [ticket for ticket in living if ticket.ticket_id not in known]
    changed: list[tuple[int, int, str]] = []
    for ticket in living:
        doc, digest = known.get(ticket.ticket_id, (0, 0))
        if doc and (now := ticket.digest()) != digest:
            changed.append((now, doc, ticket.tokens()))
    gone = [*lost, *((doc,) for _, doc, _ in changed)]
    many(connection, _DELETE.format(table="text"), gone)
    many(connection, _DELETE.format(table="fresh"), gone)
    many(connection, "DELETE FROM search_ticket WHERE doc = ?", lost)
    many(
        connection,
        "UPDATE search_ticket SET digest = ? WHERE doc = ?",
        [(digest, doc) for digest, doc, _ in changed],
    )
    many(connection, _INSERT.format(table="fresh"), [(doc, tokens) for _, doc, tokens in changed])
    _append(connection, fresh, "text" if len(fresh) >= _BULK else "fresh")


def _append(connection: Connection, tickets: list[TicketSource], table: str) -> None:
    first = last_doc(connection, "search_ticket") + 1
    many(
        connection,
        "INSERT INTO search_ticket (doc, ticket_id, digest) VALUES (?, ?, ?)",
        [(doc, ticket.ticket_id, ticket.digest()) for doc, ticket in enumerate(tickets, start=first)],
    )
    rows = [(doc, ticket.tokens()) for doc, ticket in enumerate(tickets, start=first)]
    many(connection, _INSERT.format(table=table), rows)


def _fresh_count(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM search_fresh_docsize").scalar_one())


def _set_hash_size(connection: Connection, size: int) -> None:
    connection.exec_driver_sql("INSERT INTO search_text (search_text, rank) VALUES ('hashsize', ?)", (size,))


def _optimise(connection: Connection) -> None:
    """Make one segment of all: a question then looks in one place."""
    connection.exec_driver_sql("INSERT INTO search_text (search_text) VALUES ('optimize')")
