"""Runs the index's own statements, many rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")

CHUNK = 2_000
"""Rows read and written together."""


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def many(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run the statement once for each row; nothing for none."""
    if rows:
        connection.exec_driver_sql(statement, list(rows))


def last_doc(connection: Connection, table: str) -> int:
    """The highest number given in an index table, 0 for an empty one."""
    return int(connection.exec_driver_sql(f"SELECT coalesce(max(doc), 0) FROM {table}").scalar_one())  # noqa: S608
