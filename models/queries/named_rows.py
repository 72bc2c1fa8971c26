"""Rows of several synced tables at once: each table is asked once, however many of its rows are wanted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.entities.synced import Synced
from models.queries.stored_values import entity_of


class NamedRows:
    """Fetched in steps: what the rows of one step point to is the next one."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[tuple[str, str], Synced | None] = {}

    def fetch(self, wanted: Iterable[tuple[str, str | None]]) -> None:
        """Read the rows named by (table, id) that are not here yet; an id of None and a table of a newer
        version name none."""
        missing: dict[str, set[str]] = defaultdict(set)
        for table, row_id in wanted:
            if row_id is not None and (table, row_id) not in self._found:
                missing[table].add(row_id)
        for table, ids in missing.items():
            kind = entity_of(table)
            rows = self._session.scalars(select(kind).where(kind.id.in_(ids))) if kind is not None else ()
            self._found.update({(table, row_id): None for row_id in ids})
            self._found.update({(table, row.id): row for row in rows})

    def get(self, table: str, row_id: str | None) -> Synced | None:
        """A row that was fetched; None where the file has none."""
        return self._found[table, row_id] if row_id is not None else None

    def called(self, table: str, row_id: str | None) -> str:
        """How it is called; empty where there is none."""
        row = self.get(table, row_id)
        return row.described() if row is not None else ""
