"""One row of a site table at headquarters, an edit that comes for it, and the conflict that it may be."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sync.merge import Cell, Grave, Scalar
from sync.server import regained
from sync.server.met import said_besides


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

    def is_in_force(self, stamp: int) -> bool:
        """Whether something in the row bears this stamp: what somebody who has seen the row may have seen."""
        if stamp == self.stamp or any(stamp == entry[0] for entry in self.entries.values()):
            return True
        _, _, _, alive, *_ = self.entries.get("deleted", (0, 0, 0, 0))
        edited = (entry[4] for name, entry in self.entries.items() if name != "deleted" and len(entry) > 4)
        return stamp == alive or any(stamp in said_besides(met) for met in edited)

    def edits(self, grave: Grave) -> list[int]:
        """The stamps of its fields; where several said the same, one that the deleting person had seen."""
        entries = [entry for name, entry in self.entries.items() if name != "deleted"]
        said = ([entry[0], *said_besides(entry[4])] if len(entry) > 4 else entry[:1] for entry in entries)
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
