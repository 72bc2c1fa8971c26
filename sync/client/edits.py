"""Edits of single fields from headquarters into the file, except where an edit of our own still waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sync.client.applied import NOTHING, Applied
from sync.client.columns import LocalTable, local_tables
from sync.client.digests import Tally
from sync.client.local import Plain, Row, ids_as_json
from sync.client.outbox import Key, Waits
from sync.client.wanted import want
from sync.client.whole_rows import extended, packed_stamps, skip_table
from sync.protocol import Patch

_STAMPS = msgspec.json.Decoder(dict[str, int])


def take_patches(
    plain: Plain, patches: Sequence[Patch], waiting: Mapping[Key, Waits], applied: Applied, tally: Tally
) -> None:
    """Take edited fields; rows that are not here are asked for whole."""
    by_table: dict[str, list[Patch]] = {}
    for patch in patches:
        by_table.setdefault(patch.table, []).append(patch)
    for name, some in by_table.items():
        table = local_tables().get(name)
        if table is None:
            skip_table(plain, name)
            continue
        ids = ids_as_json([patch.id for patch in some])
        known = {row[0]: row for row in plain.all(table.select_kept, (ids,))}
        updates: dict[tuple[str, ...], list[list[Any]]] = {}
        for patch in some:
            mine = known.get(patch.id)
            if mine is None:
                want(plain, [(name, patch.id)])
                continue
            own = waiting.get((name, patch.id), NOTHING)
            tally.take_out(name, mine[:4])
            if not own.is_whole:
                known[patch.id] = mine = _prepare(table, patch, mine, own.fields, updates)
            tally.put_in(name, mine[:4])
        for fields, rows in updates.items():
            assigned = ", ".join(f"{field_name} = ?" for field_name in ("field_stamps", *fields))
            plain.many(f"UPDATE {name} SET {assigned} WHERE id = ?", rows)  # noqa: S608
            applied.touch(name, [row[-1] for row in rows])
        applied.highest = max([applied.highest, *(at for patch in some for at in patch.stamps.values())])


def _prepare(
    table: LocalTable,
    patch: Patch,
    mine: Row,
    own: Mapping[str, int],
    updates: dict[tuple[str, ...], list[list[Any]]],
) -> Row:
    """Collect one row's update under its set of columns; fields with an edit of ours are left alone. Gives
    the row ``(id, stamp, field_stamps, deleted, extra)`` as it will be."""
    stamps = _STAMPS.decode(mine[2]) if mine[2] else {}
    before = dict(stamps)
    values: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for name, value in patch.values.items():
        if name in own:
            continue
        stamps[name] = patch.stamps[name]
        if name == "deleted" or name in table.names:
            values[name] = table.fillers.get(name) if value is None else value
        else:
            unknown[name] = value
    if unknown:
        values["extra"] = extended(mine[4], unknown)
    is_same = stamps == before and values.get("deleted", mine[3]) == mine[3]
    if not values or is_same:
        return mine
    packed = packed_stamps(stamps, mine[1])
    updates.setdefault(tuple(values), []).append([packed, *values.values(), patch.id])
    return (mine[0], mine[1], packed, values.get("deleted", mine[3]), values.get("extra", mine[4]))
