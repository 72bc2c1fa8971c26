"""Keeps the search index equal to the rows: in the transaction of each change, or all anew.

`install` makes the index of a database current and hangs `update` into its commits. After it no service,
import or pull has to think of search.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection

from models.search import schema, sources
from models.search.sources import TicketSource
from models.search.terms import Kind, terms_of

if TYPE_CHECKING:
    from models.database import Database

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Called with (rows done, rows in all); may raise to cancel."""

CHUNK = 2_000
"""Rows read and written together."""
_BULK_HASH = 64 * 1024 * 1024
_USUAL_HASH = 1024 * 1024
"""Bytes FTS5 gathers in memory before it writes a segment: more while everything is built."""

_INSERT_TERM = "INSERT INTO search_term (field, term, doc) VALUES (?, ?, ?)"
_DELETE_TERM = "DELETE FROM search_term WHERE field = ? AND term = ? AND doc = ?"
_INSERT_TEXT = "INSERT INTO search_text (rowid, words) VALUES (?, ?)"
_DELETE_TEXT = "DELETE FROM search_text WHERE rowid = ?"


def install(database: Database, progress: Progress | None = None) -> None:
    """Make the index current, building it anew if its version is another, and keep it so from now on."""
    with database.reading() as session:
        is_current = schema.is_current(session.connection())
    if not is_current:
        with database.working("search.rebuild") as work:
            rebuild(work.session.connection(), progress)
    database.before_commit.append(update)


def update(connection: Connection, changed: Mapping[str, Iterable[str]]) -> None:
    """Bring the entries of changed rows up to date: {table: row ids}; other tables are ignored.

    Runs in the transaction of the change, after its rows are written. New, edited, deleted and revived
    rows are told apart here; a row whose searched text did not change costs one look.
    """
    for kind, (table, _) in sources.SOURCES.items():
        for ids in _chunks(changed.get(table, ())):
            _update_entries(connection, kind, ids)
    for ids in _chunks(changed.get("ticket", ())):
        _update_tickets(connection, ids)


def rebuild(connection: Connection, progress: Progress | None = None) -> None:
    """Build the whole index from the rows, in the caller's transaction."""
    schema.create(connection)
    report = _Report(connection, progress)
    for kind in Kind:
        _fill_entries(connection, kind, report)
    _fill_tickets(connection, report)
    schema.mark_built(connection)


class _Report:
    def __init__(self, connection: Connection, progress: Progress | None) -> None:
        self._progress = progress
        self._done = 0
        tables = [*(table for table, _ in sources.SOURCES.values()), "ticket"]
        self._total = sum(_count(connection, table) for table in tables) if progress is not None else 0

    def add(self, rows: int) -> None:
        self._done += rows
        if self._progress is not None:
            self._progress(min(self._done, self._total), self._total)


def _count(connection: Connection, table: str) -> int:
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())  # noqa: S608


def _chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _many(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        connection.exec_driver_sql(statement, list(rows))


def _last_doc(connection: Connection, table: str) -> int:
    return int(connection.exec_driver_sql(f"SELECT coalesce(max(doc), 0) FROM {table}").scalar_one())  # noqa: S608


# -- residents, phones, rooms, vehicles ---------------------------------------------------------------


def _update_entries(connection: Connection, kind: Kind, ids: list[str]) -> None:
    wanted = json.dumps(ids)
    living = sources.rows_of(connection, kind, wanted)
    known: dict[str, tuple[int, str]] = {
        row[0]: (row[1], row[2])
        for row in connection.exec_driver_sql(
            "SELECT row_id, doc, source FROM search_entry "
            "WHERE kind = ? AND row_id IN (SELECT value FROM json_each(?))",
            (kind.value, wanted),
        )
    }
    gone: list[tuple[int, str, int]] = []
    fresh: list[tuple[int, str, int]] = []
    entries: list[tuple[int, int, str, str]] = []
    lost = [(doc,) for row_id, (doc, _) in known.items() if row_id not in living]
    next_doc = _last_doc(connection, "search_entry") + 1
    for row_id, (doc, source) in known.items():
        if living.get(row_id) != source:
            gone.extend((field, term, doc) for field, term in terms_of(kind, source))
    for row_id, source in living.items():
        doc, indexed = known.get(row_id, (next_doc, None))
        if source == indexed:
            continue
        next_doc += doc == next_doc
        entries.append((doc, kind.value, row_id, source))
        fresh.extend((field, term, doc) for field, term in terms_of(kind, source))
    if gone:
        gone, fresh = list(set(gone) - set(fresh)), list(set(fresh) - set(gone))
    _many(connection, _DELETE_TERM, sorted(gone))
    _many(connection, "DELETE FROM search_entry WHERE doc = ?", lost)
    _many(
        connection,
        "INSERT INTO search_entry (doc, kind, row_id, source) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (doc) DO UPDATE SET source = excluded.source",
        entries,
    )
    _many(connection, _INSERT_TERM, sorted(fresh))


def _fill_entries(connection: Connection, kind: Kind, report: _Report) -> None:
    doc = _last_doc(connection, "search_entry")
    for rows in _chunks(sources.all_rows(connection, kind), CHUNK):
        entries = [(doc + place, kind.value, row[0], row[1]) for place, row in enumerate(rows, start=1)]
        doc += len(rows)
        terms = sorted(
            (field, term, entry) for entry, _, _, source in entries for field, term in terms_of(kind, source)
        )
        _many(connection, "INSERT INTO search_entry (doc, kind, row_id, source) VALUES (?, ?, ?, ?)", entries)
        _many(connection, _INSERT_TERM, terms)
        report.add(len(rows))


# -- tickets ------------------------------------------------------------------------------------------


def _update_tickets(connection: Connection, ids: list[str]) -> None:
    wanted = json.dumps(ids)
    living = sources.tickets_of(connection, wanted)
    known: dict[str, tuple[int, int]] = {
        row[0]: (row[1], row[2])
        for row in connection.exec_driver_sql(
            "SELECT ticket_id, doc, digest FROM search_ticket "
            "WHERE ticket_id IN (SELECT value FROM json_each(?))",
            (wanted,),
        )
    }
    found = {ticket.ticket_id for ticket in living}
    lost = [(doc,) for ticket_id, (doc, _) in known.items() if ticket_id not in found]
    fresh: list[TicketSource] = []
    changed: list[tuple[int, int, str]] = []
    for ticket in living:
        if ticket.ticket_id not in known:
            fresh.append(ticket)
        else:
            doc, digest = known[ticket.ticket_id]
            if (now := ticket.digest()) != digest:
                changed.append((doc, now, ticket.tokens()))
    _many(connection, _DELETE_TEXT, lost)
    _many(connection, "DELETE FROM search_ticket WHERE doc = ?", lost)
    _many(connection, _DELETE_TEXT, [(doc,) for doc, _, _ in changed])
    _many(connection, _INSERT_TEXT, [(doc, tokens) for doc, _, tokens in changed])
    _many(
        connection,
        "UPDATE search_ticket SET digest = ? WHERE doc = ?",
        [(digest, doc) for doc, digest, _ in changed],
    )
    _append_tickets(connection, fresh)


def _fill_tickets(connection: Connection, report: _Report) -> None:
    _set_hash_size(connection, _BULK_HASH)
    for tickets in _chunks(sources.all_tickets(connection)):
        _append_tickets(connection, tickets)
        report.add(len(tickets))
    _set_hash_size(connection, _USUAL_HASH)
    connection.exec_driver_sql("INSERT INTO search_text (search_text) VALUES ('optimize')")


def _append_tickets(connection: Connection, tickets: list[TicketSource]) -> None:
    if not tickets:
        return
    first = _last_doc(connection, "search_ticket") + 1
    _many(
        connection,
        "INSERT INTO search_ticket (doc, ticket_id, digest) VALUES (?, ?, ?)",
        [(doc, ticket.ticket_id, ticket.digest()) for doc, ticket in enumerate(tickets, start=first)],
    )
    _many(
        connection, _INSERT_TEXT, [(doc, ticket.tokens()) for doc, ticket in enumerate(tickets, start=first)]
    )


def _set_hash_size(connection: Connection, size: int) -> None:
    connection.exec_driver_sql("INSERT INTO search_text (search_text, rank) VALUES ('hashsize', ?)", (size,))
