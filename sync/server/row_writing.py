"""Rows of one table read by id, inserted and updated in bulk, by the shortest way each database has.

SQLite's driver takes many rows for one statement. PostgreSQL takes one statement with an array a column
(`unnest`), and arrays as text, made here: twice as fast as ``executemany``, and half the work on our side;
COPY would be faster still, and is refused under row-level security.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql

from models.entities import many_rows
from sync.server.stored import StoredRow
from sync.server.tables import HEAD, SITE_TABLES, SiteTable

_PLACE = HEAD[2:]
"""What every merged row writes besides its values."""


def rows_of_ids(
    connection: Connection, table: SiteTable, site_id: str, ids: Sequence[str], names: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Those of the rows that exist: `HEAD` without the site, then the columns of ``names``."""
    if connection.dialect.name == "postgresql":
        statement, listed = _select_sql(table.name, tuple(names)), array_text(ids)
    else:
        wanted = ", ".join((*HEAD[1:], *names))
        statement = (
            f"SELECT {wanted} FROM {table.name} WHERE site_id = ? "  # noqa: S608
            "AND id IN (SELECT value FROM json_each(?))"
        )
        listed = json.dumps(ids)
    return plain_rows(connection, statement, (site_id, listed))


def plain_rows(connection: Connection, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """All that the driver finds, as its own tuples: nothing is wrapped."""
    result = connection.exec_driver_sql(statement, values)
    cursor: Any = result.cursor
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    result.close()
    return rows


def insert_rows(connection: Connection, table: SiteTable, rows: Sequence[Sequence[Any]]) -> None:
    """New rows of one site, each in the order `tables.HEAD` + columns."""
    insert_columns(connection, table, rows[0][0], list(zip(*rows, strict=True))[1:])


def insert_columns(
    connection: Connection, table: SiteTable, site_id: str, columns: Sequence[Sequence[Any]]
) -> None:
    """New rows of one site by column, `HEAD` without the site and then the table's own."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_insert_sql(table.name), (site_id, *map(array_text, columns)))
        return
    told = dict(zip(table.names()[1:], columns, strict=True))
    fixed = {"site_id": site_id}
    many_rows.insert_columns(connection.exec_driver_sql, table.name, told, fixed, len(columns[0]))


def update_rows(
    connection: Connection,
    table: SiteTable,
    site_id: str,
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
) -> None:
    """Each row: `HEAD` without its key, then the values of ``names``, then its id."""
    if connection.dialect.name == "postgresql":
        arrays = map(array_text, zip(*rows, strict=True))
        connection.exec_driver_sql(_update_sql(table.name, tuple(names)), (*arrays, site_id))
        return
    assigned = ", ".join(f"{name} = ?" for name in (*_PLACE, *names))
    statement = f"UPDATE {table.name} SET {assigned} WHERE id = ? AND site_id = ?"  # noqa: S608
    connection.exec_driver_sql(statement, [(*row, site_id) for row in rows])


def groups(connection: Connection, rows: Sequence[StoredRow]) -> Iterator[tuple[list[str], list[StoredRow]]]:
    """Merged rows by the values that each of them writes. On PostgreSQL it is one statement for all: a row
    writes what others of its batch touched, too, as it was; under the site's lock that changes nothing."""
    if connection.dialect.name == "postgresql":
        yield sorted(set().union(*(row.touched for row in rows))), list(rows)
        return
    found: dict[tuple[str, ...], list[StoredRow]] = {}
    for row in rows:
        found.setdefault(tuple(sorted(row.touched)), []).append(row)
    for names, group in found.items():
        yield list(names), group


# -- PostgreSQL ----------------------------------------------------------------------------------------


def array_text(column: Sequence[Any]) -> str | None:
    """A column of integers, floats or text as PostgreSQL writes an array; NULL for one without values
    (`unnest` fills a shorter array up with NULL)."""
    kinds = set(map(type, column))
    if kinds == {type(None)}:
        return None
    if str not in kinds:
        return "{" + ",".join(["NULL" if value is None else repr(value) for value in column]) + "}"
    if len(kinds) == 1:
        joined = '","'.join(column)
        if "\\" not in joined and joined.count('"') == 2 * (len(column) - 1):
            return '{"' + joined + '"}'
    return "{" + ",".join(map(_quoted, column)) + "}"


def _quoted(value: str | None) -> str:
    if value is None:
        return "NULL"
    if '"' in value or "\\" in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'


@cache
def _array_types(table: str) -> dict[str, str]:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return {column.name: column.type.compile(dialect=dialect) for column in SITE_TABLES[table].table.c}


@cache
def _select_sql(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join((*HEAD[1:], *columns))
    return f"SELECT {names} FROM {table} WHERE site_id = %s AND id = ANY(%s::varchar[])"  # noqa: S608


@cache
def _insert_sql(table: str) -> str:
    names = SITE_TABLES[table].names()
    arrays = ", ".join(f"%s::{_array_types(table)[name]}[]" for name in names[1:])
    return (
        f"INSERT INTO {table} ({', '.join(names)}) SELECT %s, came.* FROM unnest({arrays})"  # noqa: S608
        f" AS came({', '.join(names[1:])})"
    )


@cache
def _update_sql(table: str, names: tuple[str, ...]) -> str:
    columns = (*_PLACE, *names, "id")
    arrays = ", ".join(f"%s::{_array_types(table)[name]}[]" for name in columns)
    assigned = ", ".join(f"{name} = came.{name}" for name in columns[:-1])
    return (
        f"UPDATE {table} SET {assigned} FROM unnest({arrays}) AS came({', '.join(columns)})"  # noqa: S608
        f" WHERE {table}.site_id = %s AND {table}.id = came.id"
    )
