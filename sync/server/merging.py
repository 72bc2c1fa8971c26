"""One edit meets one stored row: field by field, and its deletion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from sync.clock import desk_of
from sync.merge import MADE_BY_RULE, Cell, Grave, is_deleted, join_graves
from sync.server import regained
from sync.server.field_merging import merge_field
from sync.server.stored import Edit, Found, StoredRow
from sync.server.tables import SiteTable

NO_CONFLICTS = frozenset({"conflict", "operation_log"})
"""Tables whose own concurrent edits are settled without telling anybody."""


def merge_edit(table: SiteTable, row: StoredRow, edit: Edit, seq: int) -> list[Found]:
    """Merge ``edit`` into ``row`` in place; what changes gets the number ``seq``."""
    found: list[Found] = []
    for name in edit.values:
        if name != "deleted":
            found.extend(merge_field(table, row, edit, name, seq))
    conflict = _merge_grave(table, row, edit, seq)
    if conflict is not None:
        found.append(conflict)
    if row.is_changed:
        row.seq = seq
    return [] if table.name in NO_CONFLICTS else found


def against_making(
    table: SiteTable, stored: StoredRow, stamp: int, own: Mapping[str, int], values: dict[str, Any]
) -> dict[str, Any]:
    """Of a row that another desk has made too, under one id, what may speak against ours: what was written
    into it since (``own``); and what it was made with, unless that is the rule's, or a profile's beginnings
    where the site has written since."""
    if table.name in MADE_BY_RULE:
        return {name: value for name, value in values.items() if name in own}
    if desk_of(stamp):
        return values
    return {name: value for name, value in values.items() if name in own or name not in stored.entries}


def packed_entries_of_new(
    taken: tuple[Mapping[str, int] | None, int | None, Mapping[str, int]],
    came: Mapping[str, int] | None,
    seq: int,
    era: regained.Era | None,
    waited: Mapping[str, int],
) -> str | None:
    """The entries of a row that is new here. ``taken`` is ({field: stamp}, deleted, what its deletion had
    seen); ``came`` are the fields' stamps before what was of the future was stamped again, by which they are
    known if they come once more. ``era`` as in `Edit`; ``waited`` are the edits that had not gone up before,
    {field: stamp of the value replaced}."""
    stamps, deleted, known = taken
    if not stamps and deleted is None:
        return None
    entries: dict[str, list[Any]] = {}
    for name, at in (stamps or {}).items():
        first = (came or {}).get(name, at)
        met: dict[str, int] = {}
        if era:
            met = regained.written_on(waited[name], era) if name in waited else regained.given_back({}, era)
        if first != at:
            met[f"{desk_of(at)}+"] = first
        entries[name] = [at, seq, 0, 0, met] if met else [at, seq, 0, 0]
    brought_back = entries.pop("deleted", None)
    if brought_back is not None and era and deleted is None:
        entries["deleted"] = [brought_back[0], seq, 0, brought_back[0]]
    if deleted is not None:
        entries["deleted"] = [deleted, seq, 0, 0, known]
    return msgspec.json.encode(entries).decode()


def _known_here(row: StoredRow, edit: Edit, at: int) -> dict[str, int]:
    """What the author of a deletion had seen of others, without stamps that are not in the row: somebody whom
    they did not see has replaced those, or a copy of a file holds what had another stamp in the end. (Where
    headquarters was restored, the row may lack what they saw.)"""
    author = str(desk_of(at))
    is_told = edit.era is not None
    return {
        desk: stamp
        for desk, stamp in edit.known.items()
        if is_told or desk == author or row.is_in_force(stamp)
    }


def _merge_grave(table: SiteTable, row: StoredRow, edit: Edit, seq: int) -> Found | None:
    """Deletions, revivals, and edits of a row that somebody else deleted meanwhile."""
    if row.deleted is None and "deleted" not in row.entries and "deleted" not in edit.values:
        return None
    stamp, _, seen, alive, *rest = row.entries.get("deleted", (0, 0, 0, 0))
    before = Grave(stamp, seen, alive, *rest)
    grave = before
    is_delete = False
    if "deleted" in edit.values:
        at = edit.stamps["deleted"]
        is_delete = edit.values["deleted"] is not None
        seen = 0 if edit.known else edit.replaced.get("deleted", 0)
        incoming = Grave(at, seen, 0, _known_here(row, edit, at)) if is_delete else Grave(at, 0, at)
        grave = join_graves(before, incoming)
    edits = row.edits(grave)
    deleted = grave.stamp if is_deleted(grave, edits) else None
    was_deleted = row.deleted is not None
    is_untrue = "deleted" in edit.values and edit.values["deleted"] != deleted
    if grave == before and deleted == row.deleted and not is_untrue:
        return None
    row.is_changed = True
    row.is_contested |= is_untrue
    row.entries["deleted"] = [
        grave.stamp,
        seq,
        grave.seen,
        grave.alive,
        *([grave.known] if grave.known else ()),
    ]
    row.deleted = deleted
    is_revived = deleted is None and (is_delete or (was_deleted and "deleted" not in edit.values))
    if not is_revived:
        return None
    row.is_contested = True
    unseen = max((at for at in edits if not grave.covers(at)), default=max(edits))
    return Found(table.name, row.id, "deleted", Cell(None, unseen), Cell(grave.stamp, grave.stamp), "revived")
