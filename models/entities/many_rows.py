"""Puts many rows into a table with few statements: SQLite begins and ends a statement for each row of an
``executemany``, which costs as much as a short row itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection

ROWS = 250
"""Rows given with one statement, and at most so many values:"""
VALUES = 30_000
NAMED = 5_000
"""Row ids given as one list."""


def insert_rows(connection: Connection, into: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run ``into`` (``INSERT INTO t (a, b)``) for all rows, tuples of values as stored, in their order.

    What is left over from whole statements goes one by one.
    """
    if not rows:
        return
    width = len(rows[0])
    one = f"({', '.join('?' * width)})"
    size = max(1, min(ROWS, VALUES // width))
    whole = len(rows) // size * size
    statement = f"{into} VALUES {', '.join([one] * size)}" if whole else ""
    for start in range(0, whole, size):
        values = tuple(chain.from_iterable(rows[start : start + size]))
        connection.exec_driver_sql(statement, values)
    if whole < len(rows):
        connection.exec_driver_sql(f"{into} VALUES {one}", list(rows[whole:]))


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
