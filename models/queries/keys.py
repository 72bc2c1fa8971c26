"""Reads the keys of a long list straight from the driver: a million row ids in a fraction of a second."""

from __future__ import annotations

from array import array
from itertools import chain
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session


def read_keys(session: Session, statement: Select[*tuple[Any, ...]]) -> array[int]:
    """The integers that a statement of one column gives, eight bytes each."""
    cursor: Any = session.connection().execute(statement).cursor
    return array("q", chain.from_iterable(cursor))
