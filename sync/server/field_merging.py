"""One field's edit meets the value in force: the pure rules of `sync.merge`, and what headquarters remembers
so that an edit that comes twice, late or from the future is told from a fresh one."""

from __future__ import annotations

from dataclasses import dataclass

from sync.clock import desk_of
from sync.merge import (
    FINAL_FIELDS,
    MADE_BY_RULE,
    Cell,
    Finality,
    in_its_life,
    is_concurrent,
    is_same_step,
    join,
)
from sync.server import met as marks
from sync.server import regained
from sync.server.rows import with_extra
from sync.server.stored import Edit, Found, StoredRow
from sync.server.tables import SiteTable


def merge_field(table: SiteTable, row: StoredRow, edit: Edit, name: str, seq: int) -> list[Found]:
    """Merge one field of ``edit`` into ``row`` in place; what changes gets the number ``seq``."""
    if _is_next(table, row, edit, name, seq):
        return []
    meeting = _Meeting.of(table, row, edit, name, seq)
    if meeting.incoming.stamp == meeting.current.stamp:
        return []
    row.is_changed = True
    meeting.understand()
    if meeting.is_repeat():
        return meeting.repeat()
    if edit.era is not None and name in edit.given_back and not meeting.is_as_made:
        return meeting.give_back(edit.era)
    if meeting.is_said_again():
        return meeting.say_again()
    return meeting.decide()


@dataclass
class _Meeting:
    """An edit of one field, and what is there."""

    table: SiteTable
    row: StoredRow
    edit: Edit
    name: str
    seq: int
    current: Cell
    met: marks.Met
    incoming: Cell
    sent_as: int | None
    """The stamp that ``incoming`` came with, if it was stamped again."""
    finality: Finality | None
    is_as_made: bool
    """What is there is what a rule made, and nobody has written over it."""

    @classmethod
    def of(cls, table: SiteTable, row: StoredRow, edit: Edit, name: str, seq: int) -> _Meeting:
        stamp, _, base, life, *rest = row.entries.get(name) or (row.stamp, row.created_seq, 0, 0)
        return cls(
            table,
            row,
            edit,
            name,
            seq,
            current=Cell(row.value_of(name), stamp, base, life),
            met=rest[0] if rest else {},
            incoming=Cell(edit.values[name], edit.stamps[name], edit.replaced.get(name, 0)),
            sent_as=edit.sent_as.get(name),
            finality=FINAL_FIELDS.get((table.name, name)),
            is_as_made=table.name in MADE_BY_RULE and name not in row.entries,
        )

    def understand(self) -> None:
        """Whoever had not heard which stamp the value got here names it by another: put that right."""
        incoming, current = self.incoming, self.current
        if incoming.stamp > current.stamp and incoming.base in marks.said_besides(self.met):
            self.incoming = incoming._replace(base=current.stamp)
        elif self._is_overtaken():
            self.sent_as = incoming.stamp
            self.incoming = incoming._replace(stamp=self.edit.anew(incoming.stamp))
            self.row.is_contested = True

    def _is_overtaken(self) -> bool:
        """Whether it was written over the very value that was of the future and has a stamp of ours now,
        before its desk heard of that stamp: it is the later one all the same."""
        desk = desk_of(self.incoming.stamp)
        is_own = desk == desk_of(self.current.stamp) and self.incoming.stamp < self.current.stamp
        return is_own and 0 < self.incoming.base == self.met.get(f"{desk}+")

    # -- what was merged before ------------------------------------------------------------------

    def is_said_again(self) -> bool:
        """Whether it says what is in force already, in place of the same value, by somebody who did not know:
        two wrote it, or a desk that enrolled anew sends again what was taken from it under its old number."""
        incoming, current = self.incoming, self.current
        is_other = desk_of(incoming.stamp) != desk_of(current.stamp)
        is_same = incoming.value == current.value and type(incoming.value) is type(current.value)
        is_in_place = incoming.base == current.base != current.stamp
        return is_other and is_same and is_in_place and not self.edit.is_whole

    def is_repeat(self) -> bool:
        """Whether this very edit, or a later one of its desk, has been merged before; whoever had seen the
        value in force says something new."""
        has_seen = self.incoming.base == self.current.stamp < self.incoming.stamp
        return not has_seen and _was_merged(self)

    def repeat(self) -> list[Found]:
        """It was taken when it first came; its desk is told what became of it."""
        self._enter(self.current, self.met)
        self.row.is_contested = True
        return []

    def say_again(self) -> list[Found]:
        """Nothing changes, and its desk is told."""
        met = marks.meet(self.met, self.current.stamp, self.incoming.stamp, self.sent_as)
        self._enter(self.current, marks.said_again(met, self.current, self.incoming, self.sent_as))
        self.row.is_contested = True
        return []

    # -- what is new here ------------------------------------------------------------------------

    def give_back(self, era: regained.Era) -> list[Found]:
        """A value that the backup lacked."""
        ruling = regained.rule(self.incoming, self.current, self.met, self.finality, era)
        winner, lost = ruling.winner, ruling.lost
        met = ruling.met if ruling.is_kept else marks.of_new_value(ruling.met)
        self._enter(winner, marks.meet(met, lost.stamp, self.incoming.stamp, self.sent_as))
        if ruling.is_kept:
            self.row.is_contested = True
        else:
            self._set(winner)
        if not ruling.is_claimed or lost.value == winner.value:
            return []
        is_ruled = self._is_ruled(winner, lost) and not ruling.is_unclear
        return [self._found(winner, lost, is_ruled=is_ruled)]

    def decide(self) -> list[Found]:
        """Which of the two wins."""
        edit, current = self.edit, self.current
        is_base_met = marks.is_met(self.met, self.incoming.base)
        is_seen = regained.had_seen(self.incoming, current, self.met, self.finality, edit.era)
        incoming = in_its_life(
            self.incoming,
            current,
            self.finality,
            is_base_met=is_base_met or not edit.era,
            base_life=marks.life_met(self.met, self.incoming.base),
        )
        winner = incoming if self.is_as_made else join(current, incoming, self.finality)
        lost = current if winner is incoming else incoming
        met = marks.meet(self.met, lost.stamp, incoming.stamp, self.sent_as)
        if self.finality is not None:
            marks.note_life(met, incoming)
        if winner is incoming:
            met = marks.of_new_value(met)
            if not edit.is_whole:
                regained.written(met, incoming, current, edit.era, is_base_met=is_base_met)
            self._set(winner)
        else:
            self.row.is_contested = True
        self._enter(winner, met)
        if edit.is_whole or is_seen or self.is_as_made or not is_concurrent(incoming, current):
            return []
        is_restamped = winner is incoming and self.sent_as is not None
        is_ruled = self._is_ruled(winner, lost)
        return [self._found(winner, lost, is_ruled=is_ruled, is_restamped=is_restamped)]

    # -- what is written down --------------------------------------------------------------------

    def _enter(self, cell: Cell, met: marks.Met) -> None:
        entry = [cell.stamp, self.seq, cell.base, cell.life]
        self.row.entries[self.name] = [*entry, met] if met else entry

    def _set(self, cell: Cell) -> None:
        row, name = self.row, self.name
        if name in self.table.kinds:
            row.values[name] = cell.value
            row.touched.add(name)
        else:
            row.extra = with_extra(row.extra, {name: cell.value})

    def _is_ruled(self, kept: Cell, lost: Cell) -> bool:
        """Whether nobody need look at it: the same step at two desks, or a step on a ticket that another desk
        had finished, by somebody who did not know (whichever of the two was later). Two ends that differ
        (办结, 作废) are for a person."""
        if is_same_step((self.table.name, self.name), kept.value, lost.value):
            return True
        rank = self.finality
        return rank is not None and rank(kept.value) > 0 and rank(lost.value) == 0

    def _found(self, kept: Cell, lost: Cell, *, is_ruled: bool, is_restamped: bool = False) -> Found:
        reason = "restamped" if is_restamped else "rank" if lost.stamp > kept.stamp else "concurrent"
        return Found(self.table.name, self.row.id, self.name, kept, lost, reason, is_ruled)


def _was_merged(meeting: _Meeting) -> bool:
    """Whether this very edit, or a later one of its desk, was merged here under its own number. What was of
    the future then may be of the present now, and the other way round, when our own clock was set back."""
    incoming, met, row = meeting.incoming, meeting.met, meeting.row
    desk = desk_of(incoming.stamp)
    from_future = met.get(f"{desk}+")
    if meeting.sent_as is not None:
        return meeting.sent_as in {from_future, met.get(str(desk)), meeting.current.stamp, row.stamp}
    if incoming.stamp == from_future:
        return True
    created = row.stamp if desk_of(row.stamp) == desk else 0
    return incoming.stamp <= max(met.get(str(desk), 0), created)


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
    later = marks.meet(marks.of_new_value(met), before, at, None)
    if finality is not None:
        marks.note_life(later, Cell(None, at, before, life))
    if edit.era:
        regained.written(later, Cell(None, at, before), Cell(None, before), edit.era, is_base_met=True)
    row.entries[name] = [at, seq, before, life, later]
    row.values[name] = edit.values[name]
    row.touched.add(name)
    row.is_changed = True
    return True
