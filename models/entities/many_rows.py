"""Puts many rows into a table with few statements: SQLite begins and ends a statement for each row of an
``executemany``, which costs as much as a short row itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

from sqlalchemy import Connection

ROWS = 250
"""Rows given with one statement; by column, where rows are wide:"""
WIDE_ROWS = 50
VALUES = 30_000
"""… and no more values than this: SQLite takes 32,766."""
NAMED = 5_000
"""Row ids given as one list."""

Execute = Callable[[str, tuple[Any, ...]], object]
"""Of whatever connection: SQLAlchemy's, or the driver's own."""


def insert_rows(connection: Connection, into: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run ``into`` (``INSERT INTO t (a, b)``) for all rows, tuples of values as stored, in their order."""
    if rows:
        for start, size, statement in _statements(into, len(rows[0]), len(rows), ROWS):
            values = tuple(chain.from_iterable(rows[start : start + size]))
            connection.exec_driver_sql(statement, values)


def insert_columns(
    execute: Execute, table: str, columns: Mapping[str, Sequence[Any]], fixed: Mapping[str, Any], count: int
) -> None:
    """Insert *count* rows given by column, of which those without a value are left out; *fixed* is the same
    in every row."""
    told = {name: column for name, column in columns.items() if column.count(None) < count}
    names = [*fixed, *told]
    width = len(names)
    same = (repeat(value, count) for value in fixed.values())
    flat = tuple(chain.from_iterable(zip(*same, *told.values(), strict=True)))
    into = f"INSERT INTO {table} ({', '.join(names)})"
    for start, size, statement in _statements(into, width, count, WIDE_ROWS):
        execute(statement, flat[start * width : (start + size) * width])


def _statements(into: str, width: int, count: int, at_once: int) -> Iterator[tuple[int, int, str]]:
    """(first row, rows, statement) of each; all but the last are alike."""
    one = f"({', '.join('?' * width)})"
    most = max(1, min(at_once, VALUES // width))
    statement, size = "", 0
    for start in range(0, count, most):
        if size != min(most, count - start):
            size = min(most, count - start)
            statement = f"{into} VALUES {', '.join([one] * size)}"
        yield start, size, statement


def insert_for_ids(
    connection: Connection, into: str, chosen: str, ids: Sequence[str], before: tuple[Any, ...] = ()
) -> None:
    """Insert one row for each id, all else being equal.

    ``chosen`` says the values (``?, value, NULL``): ``value`` is the id, and ``before`` fills the marks.
    """
    statement = f"{into} SELECT {chosen} FROM json_each(?)"  # noqa: S608 - our own names
    for start in range(0, len(ids), NAMED):
        named = json.dumps(ids[start : start + NAMED])
        connection.exec_driver_sql(statement, (*before, named))
