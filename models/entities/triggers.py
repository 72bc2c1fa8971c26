"""The safety net under the write door: the file itself refuses a write that carries no new stamp.

A write past the flush hook and the bulk door would change this desk only, and nobody would ever learn of
it. The triggers see each row of each synced table; they cost a comparison of two integers a write.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table

from models.entities.synced import META_FIELDS, synced_tables

PREFIX = "guard_"
WITHOUT_STAMP = "write-without-stamp"
WITHOUT_TOMBSTONE = "delete-without-tombstone"
UNGUARDED = "sync.unguarded"
"""A fact in ``local_state`` under which columns may be filled without a stamp: an upgrade moves values
that already have one."""


def statements(table: Table) -> list[str]:
    """The triggers of one synced table."""
    name = table.name
    values = [column.name for column in table.c if column.name not in META_FIELDS]
    listed = ", ".join(values)
    differs = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in values)
    insert = (
        f"CREATE TRIGGER {PREFIX}{name}_insert BEFORE INSERT ON {name} "
        f"WHEN NEW.stamp IS NULL OR NEW.stamp <= 0 "
        f"BEGIN SELECT RAISE(ABORT, '{WITHOUT_STAMP}: {name}'); END"
    )
    update = (
        f"CREATE TRIGGER {PREFIX}{name}_update BEFORE UPDATE OF {listed} ON {name} "  # noqa: S608
        f"WHEN NEW.stamp IS OLD.stamp AND NEW.field_stamps IS OLD.field_stamps AND ({differs}) "
        f"AND NOT EXISTS (SELECT 1 FROM local_state WHERE key = '{UNGUARDED}') "
        f"BEGIN SELECT RAISE(ABORT, '{WITHOUT_STAMP}: {name}'); END"
    )
    delete = (
        f"CREATE TRIGGER {PREFIX}{name}_delete BEFORE DELETE ON {name} WHEN OLD.deleted IS NULL "
        f"BEGIN SELECT RAISE(ABORT, '{WITHOUT_TOMBSTONE}: {name}'); END"
    )
    return [insert, update, delete]


def install(connection: Connection) -> None:
    """Put the triggers of all synced tables in place of whatever guards there were."""
    found = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB ?", (f"{PREFIX}*",)
    )
    for row in found.fetchall():
        connection.exec_driver_sql(f'DROP TRIGGER "{row[0]}"')
    for table in synced_tables():
        for statement in statements(table):
            connection.exec_driver_sql(statement)
