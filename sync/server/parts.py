"""What was deleted along with a row, and comes back with it.

A person goes with phones, tags, occupancies and pets, all under one stamp (`models.work.Work.delete_with`).
Where an edit that nobody of those who deleted it had seen brings the person back, the parts come back too:
nobody would look for them, and a conflict that says the person was kept would not be true.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from sqlalchemy import Connection, select

from models.entities.synced import synced_tables
from sync.server.stored import Found
from sync.server.tables import SITE_TABLES, SiteTable


@cache
def parts_of(table: str) -> tuple[tuple[SiteTable, str], ...]:
    """(table, column) of those whose rows name a row of ``table``."""
    return tuple(
        (SITE_TABLES[str(entity.name)], str(column.name))
        for entity in synced_tables()
        for column in entity.c
        for key in column.foreign_keys
        if key.column.table.name == table and entity.name != table
    )


def deleted_with(
    connection: Connection, site_id: str, found: Sequence[Found]
) -> Iterator[tuple[SiteTable, list[str]]]:
    """The parts, by table, of rows that were brought back: those that were deleted under the same stamp."""
    for one in found:
        for part, column in parts_of(one.table) if one.reason == "revived" else ():
            columns = part.table.c
            this = (columns.site_id == site_id) & (columns[column] == one.row_id)
            chosen = select(columns.id).where(this, columns.deleted == one.lost.stamp)
            ids = [str(row[0]) for row in connection.execute(chosen)]
            if ids:
                yield part, ids
