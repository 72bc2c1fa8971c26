"""Reads rows for the box at the driver's own speed.

A search runs up to ten small statements between two key strokes. SQLAlchemy's result objects would be
half of their cost; the transaction is the session's all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection


def rows(connection: Connection, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of one statement with ``?`` marks, as stored: moments are milliseconds, days ISO text."""
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    found: list[tuple[Any, ...]] = driver.execute(statement, values).fetchall()
    return found
