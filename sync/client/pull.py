"""Taking headquarters' answer into the file: acknowledgement, rows, cursor and sums in one transaction.

Headquarters is the arbiter: its value is taken for every field on which no edit of our own still waits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import msgspec

from models.entities.synced import WAS_DELETED, new_id
from models.errors import DomainError
from sync.client import outbox
from sync.client.columns import LocalTable, local_tables
from sync.client.digests import SETTLED, Sums, refused_whole
from sync.client.local import (
    ADOPTING,
    CHAIN,
    CURSOR,
    SINCE,
    SKIPPED,
    UNCHECKED,
    WANTED,
    Chain,
    Plain,
    Row,
    ids_as_json,
)
from sync.client.outbox import NEVER_SENT, Key, Waits
from sync.client.push import Outgoing
from sync.protocol import ROW_HEAD, Patch, Refusal, SyncReply, TableRows

_HEAD = len(ROW_HEAD)
MASS_DELETION = 0.2
"""A page that would delete a larger part of a table than this stops and asks."""
MASS_DELETION_ROWS = 50
"""… unless it is this few rows."""
AGAIN = frozenset({"row-missing"})
"""Refusals that the desk settles itself, by sending the row whole."""

Changed = dict[str, set[str]]
NOTHING = Waits({})


@dataclass
class Applied:
    """What one answer did to the file: rows by table, and what headquarters would not take."""

    changed: Changed = field(default_factory=dict)
    refused: int = 0
    highest: int = 0
    """The highest stamp that came down."""

    def touch(self, table: str, ids: Iterable[str]) -> None:
        self.changed.setdefault(table, set()).update(ids)


def apply(
    plain: Plain,
    reply: SyncReply,
    sent: Outgoing | None,
    site_id: str,
    now_ms: int,
    *,
    is_agreed: bool = False,
) -> Applied:
    """Take one answer. ``sent`` is the batch it answers; ``is_agreed`` when somebody has already agreed to
    a page that deletes much.

    Raises ``DomainError("sync-mass-deletion")`` (table, count, of) and then changes nothing.
    """
    applied = Applied()
    incoming = [*reply.rows, *reply.wanted]
    if not is_agreed:
        ask_about_deletions(plain, incoming, reply.patches)
    keys = _keys(incoming, reply.patches, sent)
    sums = Sums(plain)
    private = refused_whole(plain)
    last = sent.upto if sent is not None else 0
    waiting_before = {**outbox.of_rows(plain, keys), **dict.fromkeys(private, NEVER_SENT)}
    sums.count(_sent_before(keys, waiting_before), waiting_before, is_after=False)

    if plain.fact(ADOPTING):
        for rows in incoming:
            if rows.table in local_tables():
                outbox.give_way(plain, rows.table, [row[0] for row in rows.rows])
        if not reply.more:
            plain.forget(ADOPTING)
    if sent is not None:
        outbox.acknowledge(plain, last)
        _settle_refused(plain, private, sent)
        applied.refused = _keep_refused(plain, reply.refused, sent, now_ms)
        plain.keep(CHAIN, Chain(reply.push, sent.name).packed())
    private = refused_whole(plain) if reply.refused or private else private
    waiting = {**outbox.of_rows(plain, keys), **dict.fromkeys(private, NEVER_SENT)}
    for rows in incoming:
        take_rows(plain, rows, waiting, site_id, applied)
    _take_patches(plain, reply.patches, waiting, applied)

    sums.count(keys, waiting, is_after=True)
    sums.keep()
    if applied.changed:
        _remember_unchecked(plain, applied.changed)
    _settle_wanted(plain, reply)
    if reply.cursor > int(plain.fact(CURSOR, 0)):
        plain.keep(CURSOR, reply.cursor)
    if not reply.more:
        plain.keep(SINCE, reply.cursor)
    return applied


def _keys(
    incoming: Sequence[TableRows], patches: Sequence[Patch], sent: Outgoing | None
) -> dict[str, set[str]]:
    keys: dict[str, set[str]] = {}
    for rows in incoming:
        keys.setdefault(rows.table, set()).update(row[0] for row in rows.rows)
    for patch in patches:
        keys.setdefault(patch.table, set()).add(patch.id)
    for name, row_id in sent.keys if sent is not None else ():
        keys.setdefault(name, set()).add(row_id)
    return keys


def _sent_before(keys: Mapping[str, set[str]], waiting: Mapping[Key, Waits]) -> dict[str, set[str]]:
    """Without the rows that were never sent: they are in no sum, so they need not be read."""
    kept = {
        name: {row_id for row_id in ids if not waiting.get((name, row_id), NOTHING).is_whole}
        for name, ids in keys.items()
    }
    return {name: ids for name, ids in kept.items() if ids}


# -- refusals and wishes ----------------------------------------------------------------------------------


def _keep_refused(plain: Plain, refused: Sequence[Refusal], sent: Outgoing, now_ms: int) -> int:
    """Keep what was refused, with the reason; headquarters' own row is asked for in its place."""
    if not refused:
        return 0
    again = [(one.table, one.id) for one in refused if one.code in AGAIN]
    outbox.queue_whole(plain, again)
    kept = [one for one in refused if one.code not in AGAIN]
    contents = _contents(sent)
    for one in kept:
        content = contents.get((one.table, one.id), {"whole": False, "values": {}})
        plain.run(
            "INSERT INTO refused_patch(id, table_name, row_id, patch, code, refused_at, state) "
            "VALUES (?, ?, ?, ?, ?, ?, 'open')",
            (
                new_id(),
                one.table,
                one.id,
                json.dumps({**content, "field": one.field}, ensure_ascii=False, sort_keys=True),
                one.code,
                now_ms,
            ),
        )
    want(plain, [(one.table, one.id) for one in kept])
    return len(kept)


def _settle_refused(plain: Plain, private: Set[Key], sent: Outgoing) -> None:
    """Rows refused before that went up whole again: corrected, they count like any other, unless this very
    answer refuses them once more."""
    if not private:
        return
    again = [(rows.table, row[0]) for rows in sent.batch.rows for row in rows.rows]
    plain.many(
        "UPDATE refused_patch SET state = ? WHERE table_name = ? AND row_id = ?",
        [(SETTLED, *key) for key in again if key in private],
    )


def _contents(sent: Outgoing) -> dict[Key, dict[str, Any]]:
    found: dict[Key, dict[str, Any]] = {}
    for rows in sent.batch.rows:
        for row in rows.rows:
            values = dict(zip(rows.columns, row[_HEAD:], strict=True))
            found[rows.table, row[0]] = {"whole": True, "values": values}
    for patch in sent.batch.patches:
        found[patch.table, patch.id] = {"whole": False, "values": patch.values}
    return found


def want(plain: Plain, keys: Iterable[Key]) -> None:
    """Ask for these rows whole with the next request."""
    known = [tuple(key) for key in plain.fact(WANTED, [])]
    fresh = [key for key in dict.fromkeys(keys) if key not in known]
    if fresh:
        plain.keep(WANTED, [*known, *fresh])


def _settle_wanted(plain: Plain, reply: SyncReply) -> None:
    answered = {(rows.table, row[0]) for rows in reply.wanted for row in rows.rows}
    answered.update(reply.missing)
    if not answered:
        return
    left = [key for key in plain.fact(WANTED, []) if tuple(key) not in answered]
    plain.keep(WANTED, left)


# -- whole rows -------------------------------------------------------------------------------------------


def take_rows(
    plain: Plain, rows: TableRows, waiting: Mapping[Key, Waits], site_id: str, applied: Applied
) -> None:
    """Take whole rows; ``waiting`` are those of them with edits of our own that are still to go up."""
    table = local_tables().get(rows.table)
    if table is None:
        skip_table(plain, rows.table)
        return
    ids = [row[0] for row in rows.rows]
    known = {row[0]: row for row in plain.all(table.select_whole, (ids_as_json(ids),))}
    arrange = _arranger(table, rows.columns)
    ready: list[tuple[Any, ...]] = []
    for row in rows.rows:
        key = (table.name, row[0])
        own = waiting.get(key, NOTHING)
        if own.is_whole:
            continue  # our whole row is still to go up; headquarters sends the merged one afterwards
        mine = known.get(row[0])
        stamps: dict[str, int] = row[2] or {}
        applied.highest = max(applied.highest, row[1], *stamps.values())
        extra, values = arrange(row)
        deleted = row[3]
        if mine is not None and own.fields:
            stamps, deleted, values = _with_own_edits(table, row, mine, own.fields, values)
        packed = _packed(stamps, row[1])
        if mine is None or (mine[1], _canonical(mine[2], mine[1]), mine[3]) != (row[1], packed, deleted):
            ready.append((row[0], site_id, row[1], packed, deleted, extra, *values))
    if ready:
        plain.many(table.upsert, ready)
        applied.touch(table.name, [row[0] for row in ready])


def _with_own_edits(
    table: LocalTable, row: Sequence[Any], mine: Row, fields: Mapping[str, int], values: Sequence[Any]
) -> tuple[dict[str, int], int | None, list[Any]]:
    """Headquarters' row with our fields that still wait: (stamps, deleted, values)."""
    own: dict[str, int] = json.loads(mine[2]) if mine[2] else {}
    stamps = dict(row[2] or {})
    merged = list(values)
    deleted = row[3]
    for name in fields.keys() - {WAS_DELETED}:
        stamps[name] = own.get(name, mine[1])
        if name == "deleted":
            deleted = mine[3]
        elif name in table.columns:
            merged[table.columns.index(name)] = mine[_HEAD + table.columns.index(name)]
    return stamps, deleted, merged


def _arranger(table: LocalTable, columns: Sequence[str]) -> Any:
    """How headquarters' row becomes ours: (extra, values). What this program does not know goes into
    ``extra``; what headquarters has no value for and the file must have gets its filler."""
    place = {name: at + _HEAD for at, name in enumerate(columns)}
    order = [(place.get(name), table.fillers.get(name)) for name in table.columns]
    unknown = [(name, at) for name, at in place.items() if name not in table.columns]

    def arrange(row: Sequence[Any]) -> tuple[str | None, list[Any]]:
        extra = row[4]
        new = {name: row[at] for name, at in unknown if row[at] is not None}
        if new:
            extra = _extended(extra, new)
        values = [filler if at is None or row[at] is None else row[at] for at, filler in order]
        return extra, values

    return arrange


def _extended(packed: str | None, fields: Mapping[str, Any]) -> str:
    whole = {**(json.loads(packed) if packed else {}), **fields}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _packed(stamps: Mapping[str, int], stamp: int) -> str | None:
    """``field_stamps`` as it is kept: only fields with a stamp of their own."""
    own = {name: at for name, at in stamps.items() if at != stamp}
    return json.dumps(own, separators=(",", ":"), sort_keys=True) if own else None


def _canonical(packed: str | None, stamp: int) -> str | None:
    return _packed(json.loads(packed), stamp) if packed else None


def skip_table(plain: Plain, name: str) -> None:
    """A table of a newer version: remembered, and asked for again after an upgrade."""
    skipped = plain.fact(SKIPPED, [])
    if name not in skipped:
        plain.keep(SKIPPED, [*skipped, name])


# -- edits ------------------------------------------------------------------------------------------------


def _take_patches(
    plain: Plain, patches: Sequence[Patch], waiting: Mapping[Key, Waits], applied: Applied
) -> None:
    by_table: dict[str, list[Patch]] = {}
    for patch in patches:
        by_table.setdefault(patch.table, []).append(patch)
    for name, some in by_table.items():
        table = local_tables().get(name)
        if table is None:
            skip_table(plain, name)
            continue
        known = {
            row[0]: row
            for row in plain.all(
                f"SELECT id, stamp, field_stamps, deleted, extra FROM {name} "  # noqa: S608
                "WHERE id IN (SELECT value FROM json_each(?))",
                (ids_as_json(patch.id for patch in some),),
            )
        }
        updates: dict[tuple[str, ...], list[list[Any]]] = {}
        for patch in some:
            mine = known.get(patch.id)
            if mine is None:
                want(plain, [(name, patch.id)])
                continue
            own = waiting.get((name, patch.id), NOTHING)
            if not own.is_whole:
                _prepare(table, patch, mine, own.fields, updates)
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
) -> None:
    """Collect one row's update under its set of columns; fields with an edit of ours are left alone."""
    stamps: dict[str, int] = msgspec.json.decode(mine[2]) if mine[2] else {}
    before = dict(stamps)
    values: dict[str, Any] = {}
    unknown: dict[str, Any] = {}
    for name, value in patch.values.items():
        if name in own:
            continue
        stamps[name] = patch.stamps[name]
        if name == "deleted" or name in table.columns:
            values[name] = table.fillers.get(name) if value is None else value
        else:
            unknown[name] = value
    if unknown:
        values["extra"] = _extended(mine[4], unknown)
    is_same = stamps == before and values.get("deleted", mine[3]) == mine[3]
    if not values or is_same:
        return
    updates.setdefault(tuple(values), []).append([_packed(stamps, mine[1]), *values.values(), patch.id])


# -- what a page may not do unasked -----------------------------------------------------------------------


def ask_about_deletions(plain: Plain, incoming: Sequence[TableRows], patches: Sequence[Patch]) -> None:
    """Raises ``sync-mass-deletion`` for a page that deletes a large part of what the desk has."""
    gone: dict[str, set[str]] = {}
    for patch in patches:
        if patch.values.get("deleted") is not None:
            gone.setdefault(patch.table, set()).add(patch.id)
    for rows in incoming:
        gone.setdefault(rows.table, set()).update(row[0] for row in rows.rows if row[3] is not None)
    for name, ids in gone.items():
        if len(ids) < MASS_DELETION_ROWS or name not in local_tables():
            continue
        counted = plain.one(f"SELECT count(*) FROM {name} WHERE deleted IS NULL")  # noqa: S608
        living = plain.one(
            f"SELECT count(*) FROM {name} WHERE deleted IS NULL "  # noqa: S608
            "AND id IN (SELECT value FROM json_each(?))",
            (ids_as_json(ids),),
        )
        total, lost = (counted or (0,))[0], (living or (0,))[0]
        if lost >= MASS_DELETION_ROWS and lost > total * MASS_DELETION:
            raise DomainError("sync-mass-deletion", table=name, count=lost, total=total)


def _remember_unchecked(plain: Plain, changed: Changed) -> None:
    """Tables whose parents are to be looked for when the pull has reached its end."""
    known = set(plain.fact(UNCHECKED, []))
    fresh = known | {name for name in changed if local_tables()[name].parents}
    if fresh != known:
        plain.keep(UNCHECKED, sorted(fresh))
