"""A field's value as it lies in the file and as a service has it: what conflicts and refusals hold is the
former."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.dialects import sqlite

from models.entities.synced import Base, Synced
from models.errors import DomainError

_DIALECT = sqlite.dialect()


def column_of(table: str, field: str) -> Column[Any] | None:
    """None for a table or a field that this program does not know."""
    known: Table | None = Base.metadata.tables.get(table)
    return known.c.get(field) if known is not None else None


def entity_of(table: str) -> type[Synced] | None:
    """The entity of a synced table; None for one that this program does not know."""
    for mapper in Base.registry.mappers:
        if issubclass(mapper.class_, Synced) and mapper.local_table.name == table:  # type: ignore[attr-defined]
            return mapper.class_
    return None


def from_stored(table: str, field: str, stored: Any) -> Any:
    """The value that an entity has; raises ``DomainError("conflict-unknown-field")``."""
    column = column_of(table, field)
    if column is None:
        raise DomainError("conflict-unknown-field", field=field)
    process = column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
    return process(stored) if process is not None and stored is not None else stored


def to_stored(table: str, field: str, value: Any) -> Any:
    """The value as it lies in the file."""
    column = column_of(table, field)
    if column is None:
        raise DomainError("conflict-unknown-field", field=field)
    process = column.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    stored = process(value) if process is not None and value is not None else value
    return int(stored) if isinstance(stored, bool) else stored


def is_sensitive(table: str, field: str) -> bool:
    """Whether its values are never shown in full."""
    column = column_of(table, field)
    return column is not None and bool(column.info.get("sensitive"))


def field_stamp(row: Synced, field: str) -> int:
    """The stamp of a field's present value; of ``deleted`` that of the row's last edit."""
    stamps: dict[str, int] = json.loads(row.field_stamps) if row.field_stamps else {}
    if field == "deleted":
        return max([row.stamp, *(at for name, at in stamps.items() if name != "deleted")])
    return stamps.get(field, row.stamp)


_STAMP_SHIFT = 19
"""A stamp's milliseconds lie above the counter and the desk (`sync.clock`)."""


def stamp_milliseconds(stamp: int) -> int:
    """When the value with this stamp was written, in milliseconds since 1970 UTC."""
    return stamp >> _STAMP_SHIFT
