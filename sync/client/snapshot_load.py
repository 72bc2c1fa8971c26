"""A snapshot's block into the file: new rows as they come, known ones by the rules of a pull."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import compress, repeat
from typing import Any

from models.entities.many_rows import insert_rows
from models.work import Work
from sync.client import outbox, pull
from sync.client.columns import LocalTable, local_tables
from sync.client.digests import refused_whole
from sync.client.local import ADOPTING, Plain, Row, ids_as_json
from sync.client.outbox import NEVER_SENT
from sync.client.pull import NOTHING, Applied
from sync.protocol import ROW_HEAD, TableRows
from sync.snapshots import Block

_META = ROW_HEAD[1:]


def load(work: Work, block: Block, *, is_agreed: bool) -> Applied:
    """Load one block in the running transaction, which has foreign keys unchecked.

    Raises ``sync-mass-deletion`` as a pull does.
    """
    plain = Plain(work.session)
    applied = Applied()
    table = local_tables().get(block.table)
    if table is None:
        pull.skip_table(plain, block.table)
        return applied
    ids = block.columns["id"]
    known = _known(plain, table, ids)
    if known:
        there = _as_rows(_chosen(block, [row_id in known for row_id in ids]))
        _take_known(work, there, known, applied, is_agreed)
        block = _chosen(block, [row_id not in known for row_id in ids])
    if block.count:
        if block.columns.keys() <= {*ROW_HEAD, *table.columns} and "extra" not in block.columns:
            _insert(work, table, block)
        else:
            pull.take_rows(plain, _as_rows(block), {}, work.site_id, applied)
        applied.touch(table.name, block.columns["id"])
    return applied


def _known(plain: Plain, table: LocalTable, ids: Sequence[str]) -> dict[str, Row]:
    """The rows of these ids that are in the file: {id: (stamp, field_stamps, deleted)}."""
    return {row[0]: row[1:] for row in plain.all(table.select_stamps, (ids_as_json(ids),))}


def _chosen(block: Block, marks: Sequence[bool]) -> Block:
    columns = {name: list(compress(values, marks)) for name, values in block.columns.items()}
    return Block(block.table, len(columns["id"]), columns)


def _insert(work: Work, table: LocalTable, block: Block) -> None:
    """Rows that are not there yet, column by column: no row is looked at alone."""
    columns: dict[str, Any] = {"id": block.columns["id"], "site_id": repeat(work.site_id, block.count)}
    for name in (*_META, *table.columns):
        values: list[Any] | None = block.columns.get(name)
        filler = table.fillers.get(name)
        if values is None:
            if filler is None:
                continue
            columns[name] = repeat(filler, block.count)
        elif filler is not None and None in values:
            columns[name] = [filler if value is None else value for value in values]
        else:
            columns[name] = values
    into = f"INSERT INTO {table.name} ({', '.join(columns)})"
    insert_rows(work.session.connection(), into, list(zip(*columns.values(), strict=True)))


def _take_known(
    work: Work, rows: TableRows, known: dict[str, Row], applied: Applied, is_agreed: bool
) -> None:
    """Rows that are there: what is equal need not go up; where our own is still to go up, headquarters
    merges it; for the rest headquarters' is taken, but for fields with an edit of ours that waits."""
    plain, name = Plain(work.session), rows.table
    if plain.fact(ADOPTING):
        outbox.give_way(plain, name, known)
    equal = {row[0] for row in rows.rows if _stands(known[row[0]], row)}
    outbox.need_not_go(plain, name, equal)
    different = [row for row in rows.rows if row[0] not in equal]
    waiting = outbox.of_rows(plain, {name: [row[0] for row in different]})
    waiting.update(dict.fromkeys(refused_whole(plain), NEVER_SENT))
    theirs = TableRows(
        name, rows.columns, [row for row in different if not waiting.get((name, row[0]), NOTHING).is_whole]
    )
    if not is_agreed:
        pull.ask_about_deletions(plain, [theirs], [])
    pull.take_rows(plain, theirs, waiting, work.site_id, applied)


def _stands(mine: Row, theirs: Sequence[Any]) -> bool:
    """Whether a row of ours has the stamps of theirs, and so its values; also that of a deletion which was
    undone: where it is not known, an old file would have the row deleted again."""
    stamp, packed, deleted = mine
    own = _edits(json.loads(packed) if packed else {}, stamp)
    return (stamp, own, deleted) == (theirs[1], _edits(theirs[2] or {}, stamp), theirs[3])


def _edits(stamps: Mapping[str, int], stamp: int) -> dict[str, int]:
    return {name: at for name, at in stamps.items() if at != stamp}


def _as_rows(block: Block) -> TableRows:
    """The block as a pull gives it."""
    names = [name for name in block.columns if name not in ROW_HEAD]
    none = [None] * block.count
    head = [block.columns.get(name, none) for name in ROW_HEAD]
    found: list[list[Any]] = [
        list(row) for row in zip(*head, *(block.columns[name] for name in names), strict=True)
    ]
    at = ROW_HEAD.index("field_stamps")
    for row in found:
        if row[at] is not None:
            row[at] = json.loads(row[at])
    return TableRows(block.table, names, found)
