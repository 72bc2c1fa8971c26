"""The tables of the search index. They belong to this desk's file alone: made and made new from the rows.

``search_entry``   one resident, phone, room or vehicle; ``source`` is the text its terms come from
``search_term``    the terms, asked as a range: ``field = ? AND term >= ? AND term < ?``
``search_ticket``  numbers the tickets in the order they came, so that the newest match is the first met
``search_text``    FTS5 of the tickets' tokens; contentless, so it costs half the tickets' own size
``search_fresh``   the same of the tickets written lately: a ticket is in one of the two
``search_state``   which version of these rules the index was built by
"""

from __future__ import annotations

from sqlalchemy import Connection

VERSION = 5
"""Raise it when a term, a token or a table changes: the index is then built anew at the next start."""

_TABLES = (
    """CREATE TABLE search_entry (
        doc INTEGER PRIMARY KEY, kind INTEGER NOT NULL, row_id TEXT NOT NULL, source TEXT NOT NULL,
        UNIQUE (row_id, kind))""",
    """CREATE TABLE search_term (
        field INTEGER NOT NULL, term TEXT NOT NULL, doc INTEGER NOT NULL,
        PRIMARY KEY (field, term, doc)) WITHOUT ROWID""",
    """CREATE TABLE search_ticket (
        doc INTEGER PRIMARY KEY, ticket_id TEXT NOT NULL UNIQUE, digest INTEGER NOT NULL)""",
    """CREATE VIRTUAL TABLE search_text USING fts5(
        words, content='', contentless_delete=1, detail=none, tokenize='ascii')""",
    """CREATE VIRTUAL TABLE search_fresh USING fts5(
        words, content='', contentless_delete=1, detail=none, tokenize='ascii')""",
    "INSERT INTO search_text (search_text, rank) VALUES ('automerge', 0), ('crisismerge', 1000)",
    "INSERT INTO search_fresh (search_fresh, rank) VALUES ('automerge', 0)",
    "CREATE TABLE search_state (version INTEGER NOT NULL)",
)
_NAMES = ("search_entry", "search_term", "search_ticket", "search_text", "search_fresh", "search_state")


def is_current(connection: Connection) -> bool:
    """Whether the index is there, whole, and built by this version."""
    known = connection.exec_driver_sql(
        "SELECT count(*) FROM sqlite_master WHERE name = 'search_state' AND type = 'table'"
    ).scalar_one()
    if not known:
        return False
    version = connection.exec_driver_sql("SELECT version FROM search_state").scalar_one_or_none()
    return bool(version == VERSION)


def create(connection: Connection) -> None:
    """Empty tables, whatever was there before. `mark_built` says when they are filled."""
    for name in _NAMES:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
    for statement in _TABLES:
        connection.exec_driver_sql(statement)


def mark_built(connection: Connection) -> None:
    connection.exec_driver_sql("DELETE FROM search_state")
    connection.exec_driver_sql("INSERT INTO search_state (version) VALUES (?)", (VERSION,))
