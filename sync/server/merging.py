"""One edit meets one stored row: the pure rules of `sync.merge` applied to headquarters' form of a row."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sync.clock import desk_of
from sync.merge import (
    FINAL_FIELDS,
    MADE_BY_RULE,
    Cell,
    Finality,
    Grave,
    Scalar,
    in_its_life,
    is_concurrent,
    is_deleted,
    is_same_step,
    join,
    join_graves,
)
from sync.server import regained
from sync.server.rows import with_extra
from sync.server.tables import SiteTable

NO_CONFLICTS = frozenset({"conflict", "operation_log"})
"""Tables whose own concurrent edits are settled without telling anybody."""


@dataclass
class StoredRow:
    """One row of a site table while edits are merged into it."""

    id: str
    stamp: int
    seq: int
    created_seq: int
    source_desk: int
    deleted: int | None
    extra: str | None
    entries: dict[str, list[Any]]
    """{field: [stamp, seq, base, life, met]}; for ``deleted`` [stamp, seq, seen, alive, known] (`Grave`).
    ``met`` is {desk: its last stamp met here}, left out while it says no more than ``stamp`` does."""
    values: dict[str, Any]
    before_seq: int = 0
    """The number it had when this batch met it."""
    is_changed: bool = False
    touched: set[str] = field(default_factory=set)
    """Values that are to be written."""
    is_contested: bool = False
    """Something its desk sent was not taken as sent: that desk must be told."""

    def edits(self, grave: Grave) -> list[int]:
        """The stamps of its fields; where several said the same, one that the deleting person had seen."""
        entries = [entry for name, entry in self.entries.items() if name != "deleted"]
        said = ([entry[0], *_said_besides(entry[4])] if len(entry) > 4 else entry[:1] for entry in entries)
        return [self.stamp, *(next(filter(grave.covers, stamps), stamps[0]) for stamps in said)]

    def field_stamps(self) -> dict[str, int]:
        return {name: entry[0] for name, entry in self.entries.items()}

    def packed_entries(self) -> str | None:
        return msgspec.json.encode(self.entries).decode() if self.entries else None

    def value_of(self, name: str) -> Scalar:
        if name in self.values:
            return self.values[name]  # type: ignore[no-any-return]
        return json.loads(self.extra).get(name) if self.extra else None


@dataclass(frozen=True)
class Edit:
    """Some fields of one row as a desk sent them. With the whole row (``is_whole``) nobody knows what its
    values replaced: they are merged, and no conflict is claimed."""

    values: Mapping[str, Any]
    stamps: Mapping[str, int]
    replaced: Mapping[str, int] = field(default_factory=dict)
    is_whole: bool = False
    sent_as: Mapping[str, int] = field(default_factory=dict)
    """{field: the stamp it came with}, of those that were stamped again because it lay in the future."""
    formerly: Mapping[str, Collection[int]] = field(default_factory=dict)
    """{field: stamps that its desk sent the same edit with before it enrolled anew}."""
    known: Mapping[str, int] = field(default_factory=dict)
    """Of a deletion: {desk: its highest stamp that the author saw}. Empty, ``replaced`` has but the highest
    of all."""
    anew: Callable[[int], int] = int
    """Stamps an edit again, of now."""
    era: regained.Era | None = None
    """Of a headquarters that was restored."""
    given_back: Collection[str] = ()
    """There: fields of a whole row that were edited since it was made."""


@dataclass(frozen=True)
class Found:
    """A conflict: what was kept and what lost, each with its stamp, and the rule that decided (``rank``,
    ``concurrent``, ``restamped``, ``revived``)."""

    table: str
    row_id: str
    field: str
    kept: Cell
    lost: Cell
    reason: str
    is_ruled: bool = False
    """The rule left no doubt: it is recorded and told in the histories, and waits for nobody."""


def merge_edit(table: SiteTable, row: StoredRow, edit: Edit, seq: int) -> list[Found]:
    """Merge ``edit`` into ``row`` in place; what changes gets the number ``seq``."""
    found: list[Found] = []
    for name in edit.values:
        if name != "deleted" and not _is_next(table, row, edit, name, seq):
            found.extend(_merge_field(table, row, edit, name, seq))
    conflict = _merge_grave(table, row, edit, seq)
    if conflict is not None:
        found.append(conflict)
    if row.is_changed:
        row.seq = seq
    return [] if table.name in NO_CONFLICTS else found


def _merge_field(table: SiteTable, row: StoredRow, edit: Edit, name: str, seq: int) -> list[Found]:
    value: Scalar = edit.values[name]
    stamp, _, base, life, *rest = row.entries.get(name) or (row.stamp, row.created_seq, 0, 0)
    current = Cell(row.value_of(name), stamp, base, life)
    incoming = Cell(value, edit.stamps[name], edit.replaced.get(name, 0))
    if incoming.stamp == current.stamp:
        return []
    met: dict[str, int] = rest[0] if rest else {}
    row.is_changed = True
    sent_as = edit.sent_as.get(name)
    if incoming.stamp > stamp and incoming.base in _said_besides(met):
        incoming = incoming._replace(base=stamp)
    if _is_overtaken(incoming, current, met):
        sent_as, incoming = incoming.stamp, incoming._replace(stamp=edit.anew(incoming.stamp))
        row.is_contested = True
    is_known = incoming.base == stamp < incoming.stamp  # by who saw the present value, and so no repeat
    is_anew = incoming.value != current.value and _came_before(edit.formerly.get(name, ()), met)
    if not is_known and (is_anew or _is_repeat(row, met, incoming, sent_as, stamp)):
        row.is_contested = True  # it was merged when it first came; its desk is told what became of it
        row.entries[name] = [stamp, seq, base, life, *rest]
        return []
    finality = FINAL_FIELDS.get((table.name, name))
    is_as_made = table.name in MADE_BY_RULE and name not in row.entries
    if edit.era is not None and name in edit.given_back and not is_as_made:
        ruling = regained.rule(incoming, current, met, finality, edit.era)
        met = ruling.met if ruling.is_kept else _of_new_value(ruling.met)
        met = _meet(met, ruling.lost.stamp, incoming.stamp, sent_as)
        row.entries[name] = [ruling.winner.stamp, seq, ruling.winner.base, ruling.winner.life, met]
        return _give_back(table, row, name, ruling)
    if _is_said_again(incoming, current):
        met = _said_again(_meet(met, stamp, incoming.stamp, sent_as), current, incoming, sent_as)
        row.is_contested = True  # its desk is told
        row.entries[name] = [stamp, seq, base, life, met]
        return []
    is_base_met = regained.is_met(met, incoming.base)
    is_seen = regained.had_seen(incoming, current, met, finality, edit.era)
    incoming = in_its_life(
        incoming,
        current,
        finality,
        is_base_met=is_base_met or not edit.era,
        base_life=_life_met(met, incoming.base),
    )
    winner = incoming if is_as_made else join(current, incoming, finality)
    lost = current if winner is incoming else incoming
    row.is_contested |= winner is current
    met = _meet(met, lost.stamp, incoming.stamp, sent_as)
    if finality is not None:
        _note_life(met, incoming)
    if winner is incoming:
        met = _of_new_value(met)
    row.entries[name] = [winner.stamp, seq, winner.base, winner.life, met]
    if winner is incoming:
        if not edit.is_whole:
            regained.written(met, incoming, current, edit.era, is_base_met=is_base_met)
        _set(table, row, name, value)
    if edit.is_whole or is_seen or is_as_made or not is_concurrent(incoming, current):
        return []
    reason = "rank" if lost.stamp > winner.stamp else "concurrent"
    if winner is incoming and sent_as is not None:
        reason = "restamped"
    is_ruled = _is_ruled(winner, lost, finality) or is_same_step((table.name, name), winner.value, lost.value)
    return [Found(table.name, row.id, name, winner, lost, reason, is_ruled)]


def _is_said_again(incoming: Cell, current: Cell) -> bool:
    """Whether it says what is in force already, by somebody who did not know: two wrote the same, or a desk
    that enrolled anew sends again what was taken from it under its old number."""
    is_other = desk_of(incoming.stamp) != desk_of(current.stamp) and incoming.base != current.stamp
    return is_other and incoming.value == current.value and type(incoming.value) is type(current.value)


def _said_again(met: Mapping[str, int], current: Cell, incoming: Cell, sent_as: int | None) -> dict[str, int]:
    """``met`` with somebody who said the same as the value in force. Nobody is contradicted and nothing
    changes: who replaced or deleted one of the two has seen what the other says, whichever of the stamps they
    name it by (``3=``, and ``3+=`` that from the future)."""
    desk = desk_of(incoming.stamp)
    noted = {**met, f"{desk}=": incoming.stamp}
    if sent_as is not None:
        noted[f"{desk}+="] = sent_as
    _note_life(noted, incoming._replace(life=current.life))
    return noted


def _said_besides(met: Mapping[str, int]) -> list[int]:
    """The other stamps of the value in force."""
    return [at for mark, at in met.items() if mark[-1] == "="]


def _set(table: SiteTable, row: StoredRow, name: str, value: Scalar) -> None:
    if name in table.kinds:
        row.values[name] = value
        row.touched.add(name)
    else:
        row.extra = with_extra(row.extra, {name: value})


def _give_back(table: SiteTable, row: StoredRow, name: str, ruling: regained.Ruling) -> list[Found]:
    """A value that the backup lacked, after it was ruled upon."""
    winner, lost = ruling.winner, ruling.lost
    if ruling.is_kept:
        row.is_contested = True
    else:
        _set(table, row, name, winner.value)
    if not ruling.is_claimed or lost.value == winner.value:
        return []
    reason = "rank" if lost.stamp > winner.stamp else "concurrent"
    is_same = is_same_step((table.name, name), winner.value, lost.value)
    is_ruled = is_same or _is_ruled(winner, lost, FINAL_FIELDS.get((table.name, name)))
    return [Found(table.name, row.id, name, winner, lost, reason, is_ruled and not ruling.is_unclear)]


def _is_next(table: SiteTable, row: StoredRow, edit: Edit, name: str, seq: int) -> bool:
    """The usual edit, of somebody who knew the present value: it takes its place by every rule (the same
    life, or a new one that it begins itself; a rank that is no lower; a later stamp), and nobody was
    contradicted. False, and nothing changed, for all others: the long way says the same of these."""
    entry = row.entries.get(name)
    before, life = (entry[0], entry[3]) if entry else (row.stamp, 0)
    at = edit.stamps[name]
    if edit.replaced.get(name) != before or at <= before or at <= row.stamp:
        return False
    met: dict[str, int] = entry[4] if entry and len(entry) > 4 else {}
    if name in edit.sent_as or name not in table.kinds or met.get(str(desk_of(at)), 0) >= at:
        return False
    finality = FINAL_FIELDS.get((table.name, name))
    if finality is not None and finality(edit.values[name]) < finality(row.values[name]):
        if at <= life:
            return False
        life = at
    later = _meet(_of_new_value(met), before, at, None)
    if finality is not None:
        _note_life(later, Cell(None, at, before, life))
    if edit.era:
        regained.written(later, Cell(None, at, before), Cell(None, before), edit.era, is_base_met=True)
    row.entries[name] = [at, seq, before, life, later]
    row.values[name] = edit.values[name]
    row.touched.add(name)
    row.is_changed = True
    return True


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
) -> str | None:
    """The entries of a row that is new here. ``taken`` is ({field: stamp}, deleted, what its deletion had
    seen); ``came`` are the fields' stamps before what was of the future was stamped again, by which they are
    known if they come once more. ``era`` as in `Edit`."""
    stamps, deleted, known = taken
    if not stamps and deleted is None:
        return None
    entries: dict[str, list[Any]] = {}
    for name, at in (stamps or {}).items():
        first = (came or {}).get(name, at)
        met = regained.given_back({}, era) if era else {}
        if first != at:
            met[f"{desk_of(at)}+"] = first
        entries[name] = [at, seq, 0, 0, met] if met else [at, seq, 0, 0]
    brought_back = entries.pop("deleted", None)
    if brought_back is not None and era and deleted is None:
        entries["deleted"] = [brought_back[0], seq, 0, brought_back[0]]
    if deleted is not None:
        entries["deleted"] = [deleted, seq, 0, 0, known]
    return msgspec.json.encode(entries).decode()


def _is_ruled(kept: Cell, lost: Cell, finality: Finality | None) -> bool:
    """Whether nobody need look at it: a step on a ticket that another desk had finished, by somebody who did
    not know (whichever of the two was later). Two ends that differ (办结, 作废) are for a person."""
    return finality is not None and finality(kept.value) > 0 and finality(lost.value) == 0


def _is_overtaken(incoming: Cell, current: Cell, met: Mapping[str, int]) -> bool:
    """Whether it was written over the very value that was of the future and has a stamp of ours now, before
    its desk heard of that stamp: it is the later one all the same."""
    desk = desk_of(incoming.stamp)
    is_own = desk == desk_of(current.stamp) and incoming.stamp < current.stamp
    return is_own and 0 < incoming.base == met.get(f"{desk}+")


def _is_repeat(
    row: StoredRow, met: Mapping[str, int], incoming: Cell, sent_as: int | None, current: int
) -> bool:
    """Whether this very edit, or a later one of its desk, has been merged before. What was of the future
    then may be of the present now, and the other way round, when our own clock was set back."""
    desk = desk_of(incoming.stamp)
    from_future = met.get(f"{desk}+")
    if sent_as is not None:
        return sent_as in {from_future, met.get(str(desk)), current, row.stamp}
    if incoming.stamp == from_future:
        return True
    created = row.stamp if desk_of(row.stamp) == desk else 0
    return incoming.stamp <= max(met.get(str(desk), 0), created)


def _came_before(stamps: Collection[int], met: Mapping[str, int]) -> bool:
    """Whether one of these was the last that was merged of its desk."""
    return any(at in {met.get(str(desk_of(at))), met.get(f"{desk_of(at)}+")} for at in stamps)


def _meet(met: Mapping[str, int], lost: int, incoming: int, sent_as: int | None) -> dict[str, int]:
    """``met`` with one more edit. ``sent_as`` is the stamp from the future that an edit came with: it can
    come with it again, and only then is it known by it."""
    fresh = dict(met)
    for stamp in (lost, incoming):
        desk = str(desk_of(stamp))
        if fresh.get(desk, 0) < stamp:
            fresh[desk] = stamp
    if sent_as is not None:
        fresh[f"{desk_of(incoming)}+"] = sent_as
    return fresh


def _of_new_value(met: Mapping[str, int]) -> dict[str, int]:
    """``met`` without who said the same as the value that was in force."""
    return {mark: at for mark, at in met.items() if mark[-1] != "="}


def _note_life(met: dict[str, int], merged: Cell) -> None:
    """Note the life that the last edit of a desk belongs to, as ``3*``; 0 is not written down."""
    mark = f"{desk_of(merged.stamp)}*"
    if merged.life:
        met[mark] = merged.life
    else:
        met.pop(mark, None)


def _life_met(met: Mapping[str, int], base: int) -> int | None:
    """The life of a value that was merged here, if it is its desk's last; None: not known."""
    desk = desk_of(base)
    is_last = base and base in {met.get(str(desk)), met.get(f"{desk}+")}
    return met.get(f"{desk}*", 0) if is_last else None


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
        incoming = Grave(at, seen, 0, edit.known) if is_delete else Grave(at, 0, at)
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
