"""A file that enrols as another desk may hold tickets and callback sheets whose numbers were given twice: by
the desk it was copied from, or by itself before it was restored. Once the others' are here, its own get
numbers of its new letter."""

from __future__ import annotations

from models.database import Database
from models.entities.ticket import PrintRecord
from models.queries.double_numbers import NUMBERED, doubles_among
from models.services import renumbering
from models.work import SYSTEM
from sync.client.local import Plain

OWN = "sync.own_numbers"
"""{table: {id: number}} of what waited to go up when the file enrolled: headquarters had never told these
numbers to anybody."""
TABLES = frozenset(kind.table for kind in NUMBERED)
_BEARERS = {**{kind.table: kind.column for kind in NUMBERED}, str(PrintRecord.__tablename__): "sheet_no"}
"""{table: the column with the number}, with the records of what was printed."""


def remember(plain: Plain) -> None:
    """Before all rows are queued: which numbers only this file has."""
    known: dict[str, dict[str, str]] = plain.fact(OWN, {})
    for table, column in _BEARERS.items():
        found = plain.all(
            f"SELECT DISTINCT t.id, t.{column} FROM outbox AS o JOIN {table} AS t ON t.id = o.row_id "  # noqa: S608
            f"WHERE o.table_name = '{table}' AND t.{column} IS NOT NULL "
            f"AND (o.fields IS NULL OR json_extract(o.fields, '$.{column}') IS NOT NULL)"
        )
        if found:
            known.setdefault(table, {}).update(found)
    if known:
        plain.keep(OWN, known)


def settle(database: Database) -> list[tuple[str, str]]:
    """New numbers for those whose number another bears; gives [(old, new)], most often nothing."""
    with database.reading() as session:
        own: dict[str, dict[str, str]] = Plain(session).fact(OWN, {})
        if not any(doubles_among(session, kind, own.get(kind.table, {})) for kind in NUMBERED):
            return []
    return database.write(SYSTEM, renumbering.give_own_numbers, own).value
