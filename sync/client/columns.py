"""The desk's synced tables as the wire sees them: columns, fillers, parents, and ready-made SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Column, Integer, Table

from models.entities.synced import META_FIELDS, synced_tables
from sync.protocol import ROW_HEAD


@dataclass(frozen=True)
class LocalTable:
    """One synced table. ``fillers`` are what stands in for a value that an older version never wrote;
    ``parents`` is {column: parent table}."""

    name: str
    columns: tuple[str, ...]
    names: frozenset[str]
    """The same, to be looked up."""
    fillers: dict[str, Any]
    parents: dict[str, str]
    select_whole: str
    """``[id, stamp, field_stamps, deleted, extra, *columns]`` of ids given as JSON."""
    select_stamps: str
    """``[id, stamp, field_stamps, deleted]`` of ids given as JSON; ``select_kept`` has ``extra`` besides."""
    select_kept: str
    upsert: str
    """Parameters: id, site_id, stamp, field_stamps, deleted, extra, *columns."""

    def select_some(self, columns: Sequence[str]) -> str:
        """As ``select_whole``, with these columns only."""
        return _select(self.name, (*ROW_HEAD, *columns))


def _select(table: str, columns: Sequence[str]) -> str:
    return f"SELECT {', '.join(columns)} FROM {table} WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608


def _filler(column: Column[Any]) -> Any:
    default = getattr(column.default, "arg", None)
    if default is not None and not callable(default):
        return int(default) if isinstance(default, bool) else default
    return 0 if isinstance(column.type, (Integer, Boolean)) or "INT" in str(column.type).upper() else ""


def _table(entity: Table) -> LocalTable:
    values = [column for column in entity.c if column.name not in META_FIELDS]
    columns = tuple(str(column.name) for column in values)
    listed = ", ".join(columns)
    head = ("stamp", "field_stamps", "deleted", "extra")
    marks = ", ".join("?" * (6 + len(columns)))
    assigned = ", ".join(f"{name} = excluded.{name}" for name in (*head, *columns))
    return LocalTable(
        name=str(entity.name),
        columns=columns,
        names=frozenset(columns),
        fillers={str(column.name): _filler(column) for column in values if not column.nullable},
        parents={
            str(column.name): str(key.column.table.name) for column in values for key in column.foreign_keys
        },
        select_whole=_select(str(entity.name), (*ROW_HEAD, *columns)),
        select_stamps=_select(str(entity.name), ROW_HEAD[:4]),
        select_kept=_select(str(entity.name), ROW_HEAD),
        upsert=f"INSERT INTO {entity.name} (id, site_id, {', '.join(head)}, {listed}) VALUES ({marks}) "  # noqa: S608
        f"ON CONFLICT(id) DO UPDATE SET {assigned}",
    )


@cache
def local_tables() -> dict[str, LocalTable]:
    """By name, parents before children."""
    import models.entities  # noqa: F401 - declares every table

    return {str(entity.name): _table(entity) for entity in synced_tables()}
