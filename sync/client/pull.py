"""Taking headquarters' answer into the file: acknowledgement, rows, cursor and sums in one transaction.

Headquarters is the arbiter: its value is taken for every field on which no edit of our own still waits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from typing import Any

from models.entities.synced import new_id
from models.errors import DomainError
from sync.client import outbox
from sync.client.applied import NOTHING, Applied, Changed
from sync.client.columns import local_tables
from sync.client.digests import SETTLED, Tally, refused_whole
from sync.client.edits import take_patches
from sync.client.local import (
    ADOPTING,
    CHAIN,
    CURSOR,
    SINCE,
    UNCHECKED,
    WANTED,
    Chain,
    Plain,
    ids_as_json,
)
from sync.client.outbox import NEVER_SENT, Key, Waits
from sync.client.push import Outgoing
from sync.client.wanted import want
from sync.client.whole_rows import skip_table, take_rows
from sync.protocol import ROW_HEAD, Patch, Refusal, SyncReply, TableRows

__all__ = ["NOTHING", "Applied", "Changed", "apply", "ask_about_deletions", "skip_table", "take_rows", "want"]

_HEAD = len(ROW_HEAD)
MASS_DELETION = 0.2
"""A page that would delete a larger part of a table than this stops and asks."""
MASS_DELETION_ROWS = 50
"""… unless it is this few rows."""
AGAIN = frozenset({"row-missing"})
"""Refusals that the desk settles itself, by sending the row whole."""


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
    keys = _keys(incoming, reply.patches)
    private = refused_whole(plain)
    before = {**_waiting_before(plain, keys, sent), **dict.fromkeys(private, NEVER_SENT)}
    facts = plain.facts(ADOPTING, CURSOR, SINCE)
    if facts.get(ADOPTING):
        for rows in incoming:
            if rows.table in local_tables():
                outbox.give_way(plain, rows.table, [row[0] for row in rows.rows])
        if not reply.more:
            plain.forget(ADOPTING)
    if sent is not None:
        outbox.acknowledge(plain, sent.upto)
        _settle_refused(plain, private, sent)
        applied.refused = _keep_refused(plain, reply.refused, sent, now_ms)
        plain.keep(CHAIN, Chain(reply.push, sent.name).packed())
    private = refused_whole(plain) if reply.refused or private else private
    if private and incoming:
        _own_no_more(plain, private, incoming)
        private = refused_whole(plain)
    waiting = {**_waiting_now(plain, keys, sent), **dict.fromkeys(private, NEVER_SENT)}
    tally = Tally(plain, before, waiting)
    for rows in incoming:
        take_rows(plain, rows, waiting, site_id, applied, tally=tally)
    take_patches(plain, reply.patches, waiting, applied, tally)
    if sent is not None:
        _count_sent(plain, sent, keys, tally)
    tally.keep()
    if applied.changed:
        _remember_unchecked(plain, applied.changed)
    _settle_wanted(plain, reply)
    if reply.cursor > int(facts.get(CURSOR, 0)):
        plain.keep(CURSOR, reply.cursor)
    if not reply.more and facts.get(SINCE) != reply.cursor:
        plain.keep(SINCE, reply.cursor)
    return applied


def _keys(incoming: Sequence[TableRows], patches: Sequence[Patch]) -> dict[str, set[str]]:
    """What came, as {table: ids}."""
    keys: dict[str, set[str]] = {}
    for rows in incoming:
        keys.setdefault(rows.table, set()).update([row[0] for row in rows.rows])
    for patch in patches:
        keys.setdefault(patch.table, set()).add(patch.id)
    return keys


def _waiting_before(plain: Plain, keys: Mapping[str, set[str]], sent: Outgoing | None) -> Mapping[Key, Waits]:
    """What waits of the rows that came or went up, before anything is acknowledged."""
    newest = outbox.newest(plain)
    if newest == 0:
        return {}
    if sent is not None and newest <= sent.upto:
        return sent.waits
    return outbox.of_rows(plain, _with_sent(keys, sent))


def _waiting_now(plain: Plain, keys: Mapping[str, set[str]], sent: Outgoing | None) -> Mapping[Key, Waits]:
    return outbox.of_rows(plain, _with_sent(keys, sent)) if outbox.newest(plain) else {}


def _with_sent(keys: Mapping[str, set[str]], sent: Outgoing | None) -> dict[str, set[str]]:
    every = {name: set(ids) for name, ids in keys.items()}
    for name, row_id in sent.waits if sent is not None else ():
        every.setdefault(name, set()).add(row_id)
    return every


def _count_sent(plain: Plain, sent: Outgoing, came: Mapping[str, set[str]], tally: Tally) -> None:
    """Rows that went up and did not come down: they count now as they were sent. All that counts is known
    from then, unless something of them waits again."""
    left: dict[str, list[str]] = {}
    whole: set[Key] = set()
    for rows in sent.batch.rows:
        name, known = rows.table, came.get(rows.table, ())
        sure = [row for row in rows.rows if row[0] not in known and not tally.waits(name, row[0])]
        whole.update([(name, row[0]) for row in sure])
        if sure:
            tally.add_new(name, *list(zip(*sure, strict=True))[:4])
    for key in sent.waits:
        name, row_id = key
        if row_id in came.get(name, ()) or key in whole:
            continue
        row = sent.edited.get(key)
        if row is None or tally.waits(name, row_id):
            left.setdefault(name, []).append(row_id)
        else:
            tally.take_out(name, row)
            tally.put_in(name, row)
    for name, ids in left.items():
        for found in plain.all(local_tables()[name].select_stamps, (ids_as_json(ids),)):
            tally.take_out(name, found)
            tally.put_in(name, found)


# -- refusals and wishes ----------------------------------------------------------------------------------


def _keep_refused(plain: Plain, refused: Sequence[Refusal], sent: Outgoing, now_ms: int) -> int:
    """Keep what was refused, with the reason; headquarters' own row is asked for in its place."""
    if not refused:
        return 0
    again = [(one.table, one.id) for one in refused if one.code in AGAIN]
    outbox.queue_whole(plain, again)
    kept = {(one.table, one.id): one for one in refused if one.code not in AGAIN}
    contents = _contents(sent, refused)
    for key, one in kept.items():
        content = contents.get(key, {"whole": False, "values": {}})
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
    for patch in sent.batch.patches:
        key = (patch.table, patch.id)
        if key in kept and outbox.newest(plain):
            outbox.go_back(plain, key, patch.stamps, patch.replaced)
    want(plain, kept)
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


def _own_no_more(plain: Plain, private: Set[Key], incoming: Sequence[TableRows]) -> None:
    """Rows that were refused whole although headquarters has them (they went up again at an enrolment, or by
    a copy of this file): its row is taken, and what was refused is kept as an edit of it."""
    there = [(rows.table, row[0]) for rows in incoming for row in rows.rows]
    plain.many(
        "UPDATE refused_patch SET patch = json_set(patch, '$.whole', json('false')) "
        "WHERE table_name = ? AND row_id = ?",
        [key for key in there if key in private],
    )


def _contents(sent: Outgoing, refused: Sequence[Refusal]) -> dict[Key, dict[str, Any]]:
    """What was sent of each row. Of a row that went up whole and with edits besides, the whole row, when it
    was refused as such: headquarters does not have it then."""
    whole = {(one.table, one.id) for one in refused if one.field is None and one.code != "history-fixed"}
    found: dict[Key, dict[str, Any]] = {}
    for rows in sent.batch.rows:
        for row in rows.rows:
            values = dict(zip(rows.columns, row[_HEAD:], strict=True))
            values |= {} if row[3] is None else {"deleted": row[3]}
            found[rows.table, row[0]] = {"whole": True, "values": values}
    for patch in sent.batch.patches:
        key = (patch.table, patch.id)
        if key not in found or key not in whole:
            found[key] = {"whole": False, "values": patch.values}
    return found


def _settle_wanted(plain: Plain, reply: SyncReply) -> None:
    answered = {(rows.table, row[0]) for rows in reply.wanted for row in rows.rows}
    answered.update(reply.missing)
    if not answered:
        return
    left = [key for key in plain.fact(WANTED, []) if tuple(key) not in answered]
    plain.keep(WANTED, left)


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
