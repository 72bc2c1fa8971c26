"""A file that comes back as another desk: what still waits in it is stamped anew, with the new number.

The old number may live on elsewhere (the file is a copy) or may have been used further (it is an old backup).
Headquarters knows a repeat by the desk and the stamp: an edit that waits here, older than one it had from the
other, would be taken for one and lost.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from models.entities.synced import DESK_MASK, SEEN, StampSource
from sync.client import outbox
from sync.client.columns import local_tables
from sync.client.local import Plain, ids_as_json
from sync.client.outbox import Waits
from sync.clock import make_stamp, parts_of


def restamp_waiting(plain: Plain, stamps: StampSource, desk_no: int) -> int:
    """Give the edits in the outbox stamps of ``desk_no``, in their old order; gives how many rows changed.

    Whole rows keep the stamp of their making: their ids say which they are.
    """
    by_table: dict[str, dict[str, Waits]] = {}
    for (name, row_id), waits in outbox.upto(plain, outbox.newest(plain)).items():
        if waits.fields and name in local_tables():
            by_table.setdefault(name, {})[row_id] = waits
    found = [
        (name, *row, json.loads(row[2]) if row[2] else {})
        for name, rows in by_table.items()
        for row in plain.all(local_tables()[name].select_stamps, (ids_as_json(rows),))
    ]
    old = {
        own.get(field, stamp)
        for name, row_id, stamp, _, _, own in found
        for field in by_table[name][row_id].fields
    }
    fresh = {}
    for stamp in sorted(old):
        given = parts_of(stamps.next())
        fresh[stamp] = make_stamp(given.ms, given.counter, desk_no)
    for name, row_id, stamp, _, was_deleted, own in found:
        deleted = was_deleted
        edited = by_table[name][row_id].fields.keys() & {*local_tables()[name].columns, "deleted"}
        if deleted is not None and "deleted" in edited:
            first = by_table[name][row_id].fields
            kept = [stamp, *(at for field, at in own.items() if field not in first)]
            kept += [at for field, at in first.items() if field in edited and field != "deleted"]
            ours = {own.get(field, stamp) & DESK_MASK for field in edited}
            deleted = fresh[own["deleted"]]
            highest = max([stamp, *(fresh.get(at, at) for field, at in own.items() if field != "deleted")])
            _see(plain, name, row_id, kept, ours, highest=highest)
        own |= {field: fresh[own.get(field, stamp)] for field in edited}
        plain.run(
            f"UPDATE {name} SET field_stamps = ?, deleted = ? WHERE id = ?",  # noqa: S608
            (json.dumps(own, separators=(",", ":"), sort_keys=True), deleted, row_id),
        )
    return len(found)


def _see(
    plain: Plain, name: str, row_id: str, kept: Collection[int], ours: Collection[int], *, highest: int
) -> None:
    """What somebody who deleted a row had seen of the numbers that this file bore (``ours``) is what is still
    ``kept`` of them: stamps given here and not sent say nothing of what the other file wrote under them. All
    that was written here they had seen (``highest``); headquarters knows that of a deletion and its desk."""
    entries = plain.all(
        "SELECT lseq, fields FROM outbox WHERE table_name = ? AND row_id = ? AND fields IS NOT NULL",
        (name, row_id),
    )
    for lseq, packed in entries:
        fields: dict[str, int] = json.loads(packed)
        if "deleted" not in fields:
            continue
        fields["deleted"] = highest
        for desk in ours:
            note = f"{SEEN}{desk}?"
            limit = fields.pop(note, 0)
            seen = [at for at in kept if at & DESK_MASK == desk and at <= limit]
            fields |= {note: max(seen)} if seen else {}
        plain.run("UPDATE outbox SET fields = ? WHERE lseq = ?", (json.dumps(fields), lseq))
