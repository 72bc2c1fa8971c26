"""Keeps the search index equal to the rows: in the transaction of each change, or all anew.

`install` makes the index of a database current and hangs `update` into its commits. After it no service,
import or pull has to think of search.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from models.entities.many_rows import insert_rows
from models.search import schema, sources, ticket_index
from models.search.statements import chunks, last_doc, many
from models.search.terms import Kind, terms_of

if TYPE_CHECKING:
    from models.database import Database

Progress = Callable[[int, int], None]
"""Called with (rows done, rows in all); may raise to cancel."""

MANY = 10_000
"""Rows whose terms are sorted and put in together."""
_ENTRIES = "INSERT INTO search_entry (doc, kind, row_id, source)"
_TERMS = "INSERT INTO search_term (field, term, doc)"
_DELETE_TERM = "DELETE FROM search_term WHERE field = ? AND term = ? AND doc = ?"


def install(database: Database, progress: Progress | None = None) -> None:
    """Make the index current, building it anew if its version is another, and keep it so from now on."""
    with database.reading() as session:
        is_current = schema.is_current(session.connection())
        is_fresh_small = is_current and not ticket_index.is_worth_folding(session.connection())
    if not is_fresh_small:
        with database.working("search.prepare") as work:
            if is_current:
                ticket_index.fold(work.session.connection())
            else:
                rebuild(work.session.connection(), progress)
    database.before_commit.append(update)


def update(connection: Connection, changed: Mapping[str, Iterable[str]]) -> None:
    """Bring the entries of changed rows up to date: {table: row ids}; other tables are ignored.

    Runs in the transaction of the change, after its rows are written. New, edited, deleted and revived
    rows are told apart here; a row whose searched text did not change costs one look.
    """
    for kind, (table, _) in sources.SOURCES.items():
        for ids in chunks(sorted(changed.get(table, ())), MANY):
            _update_entries(connection, kind, ids)
    ticket_index.update(connection, changed.get("ticket", ()))


def rebuild(connection: Connection, progress: Progress | None = None) -> None:
    """Build the whole index from the rows, in the caller's transaction."""
    schema.create(connection)
    report = _Report(connection, progress)
    for kind in Kind:
        _fill_entries(connection, kind, report)
    ticket_index.fill(connection, report.add)
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
    next_doc = last_doc(connection, "search_entry") + 1
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
    many(connection, _DELETE_TERM, sorted(gone))
    many(connection, "DELETE FROM search_entry WHERE doc = ?", lost)
    many(
        connection,
        "UPDATE search_entry SET source = ? WHERE doc = ?",
        [(source, doc) for doc, _, row_id, source in entries if row_id in known],
    )
    insert_rows(connection, _ENTRIES, [entry for entry in entries if entry[2] not in known])
    insert_rows(connection, _TERMS, sorted(fresh))


def _fill_entries(connection: Connection, kind: Kind, report: _Report) -> None:
    doc = last_doc(connection, "search_entry")
    for rows in chunks(sources.all_rows(connection, kind), MANY):
        entries = [(doc + place, kind.value, row[0], row[1]) for place, row in enumerate(rows, start=1)]
        doc += len(rows)
        terms = sorted(
            (field, term, entry) for entry, _, _, source in entries for field, term in terms_of(kind, source)
        )
        insert_rows(connection, _ENTRIES, entries)
        insert_rows(connection, _TERMS, terms)
        report.add(len(rows))
