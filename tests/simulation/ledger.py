"""The book of everything that people did at the desks, kept apart from the product: it knows which edit saw
which, and so what may not be lost; every stamp and number ever given; every row and its site.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from sync.clock import desk_of
from tests.simulation.network import BrokenPromise
from tests.simulation.shadows import Change, Key, Row

Place = tuple[str, str, str]
"""(table, row id, field)."""
TOO_LONG = 600
DERIVED = "callback"
"""Two desks that finish one ticket make the same row, with what the rules say: nobody typed that."""
SILENT = frozenset({"conflict", "operation_log"})
"""Tables whose concurrent edits are settled without telling anybody."""


@dataclass(eq=False)
class Edit:
    """One value somebody wrote. ``stamps`` are its own and what headquarters made of it; ``seen`` is the edit
    whose value the author saw and replaced."""

    place: Place
    value: Any
    stamps: set[int]
    desk: str
    seen: Edit | None = None
    saw: frozenset[int] = frozenset()
    """Of a deletion: every stamp that its author saw in the row."""
    is_excused: bool = False
    """The only file that had it is gone."""

    @property
    def is_renumbered(self) -> bool:
        """It may have gone up under two numbers of its desk: to headquarters those are two desks."""
        return len({desk_of(stamp) for stamp in self.stamps} - {0}) > 1

    def __str__(self) -> str:
        return f"{self.place[0]}.{self.place[2]} of {self.place[1][-6:]} = {self.value!r} by {self.desk}"


@dataclass
class Ledger:
    """One world's book. ``leaves`` are edits that nobody has replaced knowingly."""

    edits: dict[Place, list[Edit]] = field(default_factory=dict)
    leaves: dict[Place, list[Edit]] = field(default_factory=dict)
    by_row: dict[Key, set[Place]] = field(default_factory=dict)
    stamps: dict[tuple[int, int], str] = field(default_factory=dict)
    """{(site, stamp): the transaction it was given in}."""
    numbers: dict[tuple[int, str], str] = field(default_factory=dict)
    sheets: dict[tuple[int, str, str], set[str]] = field(default_factory=dict)
    """{(site, number, callback id): who put it on a callback sheet of that number}."""
    sites: dict[str, int] = field(default_factory=dict)
    """{row id: site}, of rows made in a story."""
    shared: set[str] = field(default_factory=set)
    """Row ids that every site has (seeds)."""

    def wrote(self, desk: str, site: int, changes: list[Change], transaction: str, *, is_alone: bool) -> None:
        """A person's transaction at a desk is committed. Without ``is_alone`` another one gives stamps of the
        same number, and nobody knows it yet."""
        for change in changes:
            row = change.after
            if change.before is None:
                self.sites.setdefault(row.id, site)
                self._created(desk, change.table, row)
            else:
                self._edited(desk, change.table, change.before, row)
            for stamp in _own_stamps(change) if is_alone else ():
                self._register(site, stamp, transaction)

    def _created(self, desk: str, table: str, row: Row) -> None:
        if table == DERIVED:
            return
        for name, value in row.values.items():
            if value is not None:
                self._enter(Edit((table, row.id, name), value, {row.at(name)}, desk))

    def _edited(self, desk: str, table: str, before: Row, after: Row) -> None:
        for name in [*after.values, "deleted"]:
            if before.value(name) == after.value(name) and before.at(name) == after.at(name):
                continue
            place = (table, after.id, name)
            seen = self.find(place, before.at(name), before.value(name))
            edit = Edit(place, after.value(name), {after.at(name)}, desk, seen)
            if name == "deleted":
                edit.saw = frozenset({before.stamp, *before.stamps.values()})
            if before.at(name) == after.at(name):
                raise BrokenPromise(f"changed without a new stamp: {edit}")
            leaves = self.leaves.get(place, [])
            if seen in leaves:
                leaves.remove(seen)
            self._enter(edit)

    def _enter(self, edit: Edit) -> None:
        self.edits.setdefault(edit.place, []).append(edit)
        self.leaves.setdefault(edit.place, []).append(edit)
        self.by_row.setdefault(edit.place[:2], set()).add(edit.place)

    def find(self, place: Place, stamp: int, value: Any) -> Edit | None:
        """The edit that a stamp in force stands for."""
        for edit in self.edits.get(place, ()):
            if stamp in edit.stamps and edit.value == value:
                return edit
        return None

    def unseen(self, deletion: Edit) -> list[Edit]:
        """Edits of the row that whoever deleted it had not seen, nor what came of them."""
        key = deletion.place[:2]
        known: set[int] = set()
        others = [edit for place in self.by_row[key] if place[2] != "deleted" for edit in self.edits[place]]
        for edit in others:
            step: Edit | None = edit if edit.stamps & deletion.saw else None
            while step is not None:
                known.add(id(step))
                step = step.seen
        return [edit for edit in others if id(edit) not in known]

    def stamped_anew(self, change: Change) -> None:
        """A desk's row has other stamps for the same values: headquarters', or those of its new number."""
        before, after = change.before, change.after
        if before is None:
            return
        for place in self.by_row.get((change.table, after.id), ()):
            name = place[2]
            if before.at(name) != after.at(name) and before.value(name) == after.value(name):
                edit = self.find(place, before.at(name), before.value(name))
                is_known = any(after.at(name) in other.stamps for other in self.edits[place])
                if edit is not None and not is_known:
                    edit.stamps.add(after.at(name))

    def restamped(self, table: str, row: Row) -> None:
        """Headquarters has a row: stamps of it that nobody gave are its own for a value from the future. (A
        field that was empty when the row was made has that stamp too; who emptied it again did so later.)"""
        for place in self.by_row.get((table, row.id), ()):
            stamp, value = row.at(place[2]), row.said(place[2])
            known = self.edits[place]
            if any(stamp in edit.stamps for edit in known):
                continue
            meant = [
                edit
                for edit in known
                if edit.value == value
                and desk_of(next(iter(edit.stamps))) == desk_of(stamp)
                and (place[2] in row.stamps or edit.seen is None)
            ]
            if len(meant) > 1:  # several of one value: an edit from the future gets an earlier stamp
                meant = [edit for edit in meant if max(edit.stamps) > stamp] or meant
            if len(meant) == 1:
                self._register_anew(meant[0], stamp)
            for edit in meant:
                edit.stamps.add(stamp)

    def _register_anew(self, edit: Edit, stamp: int) -> None:
        """A stamp of headquarters for an edit: of the transaction in which that was made, and of no other."""
        site = self.sites.get(edit.place[1])
        if site is not None:
            made = [self.stamps[site, given] for given in edit.stamps if (site, given) in self.stamps]
            if made:
                self._register(site, stamp, made[0])

    def found(self, conflict: Row, site: int) -> None:
        """Headquarters has made a conflict's row."""
        self._register(site, conflict.stamp, f"conflict {conflict.id}")

    def gave_number(self, site: int, number: str, who: str) -> None:
        earlier = self.numbers.setdefault((site, number), who)
        if earlier != who:
            raise BrokenPromise(f"number {number} was given twice: to {earlier} and to {who}")

    def put_on_sheet(self, site: int, number: str, callback_ids: list[str], who: str) -> None:
        for callback_id in callback_ids:
            self.sheets.setdefault((site, number, callback_id), set()).add(who)

    def _register(self, site: int, stamp: int, transaction: str) -> None:
        if not desk_of(stamp):
            return  # of a profile that is not enrolled: not unique, and not promised to be
        earlier = self.stamps.setdefault((site, stamp), transaction)
        if earlier != transaction:
            raise BrokenPromise(f"stamp {stamp} was given twice: in {earlier} and in {transaction}")


def _own_stamps(change: Change) -> set[int]:
    """The stamps that this change gave."""
    if change.before is None:
        return {change.after.stamp, *change.after.stamps.values()}
    before = {change.before.stamp, *change.before.stamps.values()}
    return {change.after.stamp, *change.after.stamps.values()} - before


def is_ancestor(one: Edit, other: Edit | None) -> bool:
    """Whether ``other``'s author, or the author of what that one replaced, had seen ``one``."""
    while (
        other is not None and len(str(other.value)) < TOO_LONG
    ):  # what was refused is known to its desk only
        if other.seen is one:
            return True
        other = other.seen
    return False


def packed(value: Any) -> str | None:
    """A value as a conflict keeps it."""
    return None if value is None else json.dumps(value, ensure_ascii=False)
