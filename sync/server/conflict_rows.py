"""A conflict that headquarters found, as the row that tells every desk of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from sync.clock import desk_of, milliseconds_of
from sync.merge import Cell
from sync.server.rows import Row
from sync.server.stored import Found

COLUMNS = (
    "table_name",
    "row_id",
    "field",
    "kept_value",
    "lost_value",
    "kept_by",
    "lost_by",
    "kept_at",
    "lost_at",
    "reason",
    "state",
)


def row_of(site_id: str, found: Found, letters: Mapping[int, str], stamp: int) -> Row:
    """The row with its head, values in the order of `COLUMNS`. The same loss has the same id however often it
    is found; ``letters`` are those of the site's desks by number."""
    named = f"{site_id}/{found.table}/{found.row_id}/{found.field}/{found.lost.stamp}"
    values: dict[str, Any] = {
        "table_name": found.table,
        "row_id": found.row_id,
        "field": found.field,
        "kept_value": _packed(found.kept),
        "lost_value": _packed(found.lost),
        "kept_by": letters.get(desk_of(found.kept.stamp)),
        "lost_by": letters.get(desk_of(found.lost.stamp)),
        "kept_at": milliseconds_of(found.kept.stamp),
        "lost_at": milliseconds_of(found.lost.stamp),
        "reason": found.reason,
        "state": "ruled" if found.is_ruled else "open",
    }
    row_id = blake2b(named.encode(), digest_size=16).hexdigest()
    return [row_id, stamp, None, None, None, *(values[name] for name in COLUMNS)]


def _packed(cell: Cell) -> str | None:
    return None if cell.value is None else json.dumps(cell.value, ensure_ascii=False)
