"""The invariants of `sync.md`, looked at after every commit of either end, and what healing must lead to."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from models.rules.ticket_life import FINAL
from sync.client import digests
from sync.client.local import Plain
from sync.clock import TOLERANCE_MS, milliseconds_of
from sync.digest import TableDigest, row_hash
from sync.merge import FINAL_FIELDS
from tests.simulation.ledger import DERIVED, SILENT, TOO_LONG, Edit, Place, is_ancestor, packed
from tests.simulation.network import BrokenPromise
from tests.simulation.shadows import COLUMNS, USED, Change, Key, Row, Shadow, difference

if TYPE_CHECKING:
    from tests.simulation.world import SimDesk, World

HISTORIES = frozenset({"ticket_event", "charge_line", "communication", "operation_log"})
_STATE = FINAL_FIELDS["ticket", "state"]
SLACK_MS = 1_000
"""What headquarters stamps again comes one stamp after the other, so many to a millisecond."""


class Checks:
    """Looks at one world; raises `BrokenPromise`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ledger = world.ledger
        self.lost: dict[Place, set[str | None]] = {}
        """Values recorded as lost in a conflict that headquarters has or once had."""
        self.newest: dict[str, int] = {}
        """Per site the highest number that anybody could see."""
        self.told_ms = 0
        """The latest time of which headquarters had a stamp: it tells none that is earlier."""

    # -- a desk ----------------------------------------------------------------------------------

    def desk_wrote(self, desk: SimDesk, by: str, transaction: str) -> None:
        """A transaction of a desk is committed; ``by`` is ``user`` or ``sync``."""
        waited = desk.waiting.rows
        changes, gone = desk.shadow.look()
        touched = desk.waiting.look()
        if gone:
            raise BrokenPromise(f"{desk.name} has lost rows: {gone[:3]}")
        for change in changes:
            self._check_row(desk, change)
        if by == "user":
            is_alone = not (desk.is_double or desk.has_twin)
            self.ledger.wrote(desk.name, desk.site, changes, transaction, is_alone=is_alone)
            self._check_stamps(desk, changes)
        else:
            for change in changes:
                self.ledger.stamped_anew(change)
            self._check_untouched(desk, changes, waited)
            self._check_cursor(desk)
        self._check_leaves(touched | {(change.table, change.after.id) for change in changes})

    def _check_row(self, desk: SimDesk, change: Change) -> None:
        row = change.after
        if desk.is_enrolled and row.site != self.world.site_ids[desk.site]:
            raise BrokenPromise(f"{desk.name} has a row of another site: {change.table} {row.id}")
        if self.ledger.sites.get(row.id, desk.site) != desk.site and row.id not in self.ledger.shared:
            raise BrokenPromise(f"{desk.name} has a row made at another site: {change.table} {row.id}")
        before = change.before
        if before is not None and change.table in HISTORIES:
            differing = [name for name in row.values if row.values[name] != before.values[name]]
            if differing and change.table != "communication":
                raise BrokenPromise(f"history {change.table} {row.id} was changed: {differing}")

    def _check_stamps(self, desk: SimDesk, changes: list[Change]) -> None:
        for change in changes:
            row = change.after
            stamp = max([row.stamp, *row.stamps.values()])
            if change.before is not None:
                earlier = max([change.before.stamp, *change.before.stamps.values()])
                if stamp <= earlier:
                    raise BrokenPromise(f"{desk.name} gave stamp {stamp} although it knew {earlier}")

    def _check_untouched(
        self, desk: SimDesk, changes: list[Change], waited: dict[Key, set[str] | None]
    ) -> None:
        """What still waits here was not overwritten by what came down."""
        for change in changes:
            if change.before is None:
                continue
            key = (change.table, change.after.id)
            for name in [*change.after.values, "deleted"]:
                place = (*key, name)
                if not desk.waiting.waits(key, name) or key not in waited or place not in self.ledger.leaves:
                    continue
                earlier = waited[key]
                if earlier is not None and name not in earlier:
                    continue
                beside = change.before.unknown().get(name)  # an upgrade takes it from there
                if change.after.value(name) not in {change.before.value(name), beside}:
                    raise BrokenPromise(f"{desk.name}: an edit that waits was overwritten: {place}")

    # -- headquarters ----------------------------------------------------------------------------

    def hq_wrote(self) -> None:
        """A transaction of headquarters is committed."""
        shadow = self.world.hq_shadow
        changes, gone = shadow.look()
        self._check_future(changes)
        if gone:
            raise BrokenPromise(f"headquarters has lost rows: {gone[:3]}")
        if not changes:
            return
        numbers: set[tuple[str, int]] = set()
        for change in changes:
            self._check_hq_row(change, numbers)
            self.ledger.restamped(change.table, change.after)
        for site, seq in numbers:
            self.newest[site] = max(self.newest.get(site, 0), seq)
        for change in changes:
            if change.table == "conflict" and change.before is None:
                self.ledger.found(change.after, self.world.site_ids.index(change.after.site))
                self._note_conflict(change.after)
        self._check_leaves({(change.table, change.after.id) for change in changes})
        self._check_hq_sums({change.table for change in changes})

    def _check_future(self, changes: list[Change]) -> None:
        """No stamp lies further ahead of headquarters' time than it bears."""
        latest = max(self.told_ms, self.world.now + self.world.hq_skew) + TOLERANCE_MS + SLACK_MS
        for change in changes:
            for stamp in (change.after.stamp, *change.after.stamps.values()):
                if milliseconds_of(stamp) > latest:
                    ahead = milliseconds_of(stamp) - latest
                    raise BrokenPromise(
                        f"{change.table} {change.after.id[-6:]} lies {ahead} ms too far ahead"
                    )
        found = self.world.hq.disk.look().execute("SELECT max(highest) FROM hq_site").fetchone()
        self.told_ms = max(self.told_ms, milliseconds_of(found[0] or 0))

    def _check_hq_row(self, change: Change, numbers: set[tuple[str, int]]) -> None:
        before, after = change.before, change.after
        named = f"{change.table} {after.id[-6:]} at headquarters"
        if before is not None and before.raw[:6] == after.raw[:6] and before.seq == after.seq:
            if before.values != after.values:
                raise BrokenPromise(f"{named} changed without a number")
            return
        if after.seq <= self.newest.get(after.site, 0):
            raise BrokenPromise(f"{named} got number {after.seq}, but {self.newest[after.site]} was seen")
        if (after.site, after.seq) in numbers:
            raise BrokenPromise(f"number {after.seq} was given twice, last to {named}")
        numbers.add((after.site, after.seq))
        made_at = self.ledger.sites.get(after.id)
        if made_at is not None and after.site != self.world.site_ids[made_at]:
            raise BrokenPromise(f"{named} lies in another site than it was made at")
        if before is None:
            return
        for name, entry in before.entries.items():
            later = after.entries.get(name)
            if later is None:
                raise BrokenPromise(f"{named}: field {name} lost its stamp")
            if name == "deleted" and (later[2] < entry[2] or later[3] < entry[3]):
                raise BrokenPromise(f"{named}: its deletion went back")

    def _note_conflict(self, row: Row) -> None:
        values = row.values
        place = (values["table_name"], values["row_id"], values["field"])
        self.lost.setdefault(place, set()).add(values["lost_value"])
        if place[2] == "deleted" and values["reason"] == "revived":
            self._check_revival(place)
        if self.world.is_forgetful or self.world.has_doubles or place[2] == "deleted" or place[0] in SILENT:
            return
        edits = self.ledger.edits.get(place, [])
        kept = [edit for edit in edits if packed(edit.value) == values["kept_value"]]
        lost = [edit for edit in edits if packed(edit.value) == values["lost_value"]]
        if len(kept) != 1 or len(lost) != 1 or kept[0].desk == lost[0].desk:
            return  # by value alone they cannot be told
        if is_ancestor(lost[0], kept[0]) and not self._is_unclear(place):
            raise BrokenPromise(f"a false conflict: {kept[0]} had seen {lost[0]}")

    def _is_unclear(self, place: Place) -> bool:
        """Whether something in the row was sent under two numbers (to headquarters those are two desks), or
        was refused along with good edits, which so did not replace what their author saw."""
        every = (edit for name in self.ledger.by_row[place[:2]] for edit in self.ledger.edits[name])
        return any(edit.is_renumbered or len(str(edit.value)) >= TOO_LONG for edit in every)

    def _check_revival(self, place: Place) -> None:
        """A deletion is undone by headquarters only for something that its author had not seen."""
        deletions = [edit for edit in self.ledger.edits.get(place, ()) if edit.value is True]
        revivals = [edit for edit in self.ledger.edits.get(place, ()) if edit.value is False]
        is_vague = self.world.is_forgetful or self.world.has_doubles or place[0] == DERIVED
        if is_vague or revivals or not deletions:
            return
        if self._is_unclear(place):
            return
        if not any(self.ledger.unseen(deletion) for deletion in deletions):
            raise BrokenPromise(f"{deletions[0]} was undone, although everything had been seen")

    def _check_graves(self) -> None:
        """What is deleted for good holds nothing that nobody of those who deleted it had seen, nor the same
        written by somebody else."""
        for place, edits in self.ledger.edits.items():
            row = self.world.hq_shadow.row(place[:2])
            if place[2] != "deleted" or row is None or row.deleted is None or self.world.is_forgetful:
                continue
            unseen: set[Edit] | None = None
            for deletion in (edit for edit in edits if edit.value is True):
                found = set(self.ledger.unseen(deletion))
                unseen = found if unseen is None else unseen & found
            unseen = unseen or set()
            for edit in unseen:
                others = (other for other in self.ledger.edits[edit.place] if other not in unseen)
                is_said_too = any(other.value == edit.value for other in others)
                if row.at(edit.place[2]) in edit.stamps and not is_said_too:
                    raise BrokenPromise(f"{edit} lies in a deleted row, and who deleted it never saw it")

    def _check_hq_sums(self, names: set[str]) -> None:
        eyes = self.world.hq.disk.look()
        for name in sorted(names):
            kept = eyes.execute("SELECT site_id, sums FROM hq_table WHERE table_name = ?", (name,)).fetchall()
            counted: dict[str, TableDigest] = {}
            for row in self.world.hq_shadow.tables[name].values():
                digest = counted.setdefault(row.site, TableDigest())
                digest.add(row.id, row_hash(row.id, row.stamp, row.stamps, row.deleted))
            for site_id, sums in kept:
                if TableDigest(sums).differing(counted.get(site_id, TableDigest())):
                    raise BrokenPromise(f"headquarters' sums of {name} are not those of its rows")

    # -- what binds the two ----------------------------------------------------------------------

    def _check_cursor(self, desk: SimDesk) -> None:
        """Whatever headquarters numbered up to the desk's cursor, the desk has. (But of two files, one of
        which repeats the other's batch byte for byte, each is taken for the other until its next request.)"""
        waiting = desk.waiting
        if desk.is_double or desk.has_twin or not desk.is_enrolled:
            return
        if waiting.fact("sync.link", {}).get("epoch") != self.world.epoch:
            return
        cursor = int(waiting.fact("sync.cursor", 0))
        wanted = {tuple(key) for key in waiting.fact("sync.wanted", [])}
        refused = waiting.refused()
        site_id = self.world.site_ids[desk.site]
        for name, rows in self.world.hq_shadow.tables.items():
            for row in rows.values():
                if row.seq > cursor or row.site != site_id:
                    continue
                key = (name, row.id)
                if key in wanted or key in refused or waiting.rows.get(key, ()) is None:
                    continue
                self._check_has(desk, key, row)

    def _check_has(self, desk: SimDesk, key: Key, theirs: Row) -> None:
        mine = desk.shadow.row(key)
        if mine is None:
            raise BrokenPromise(f"{desk.name}'s cursor is past {key}, which it does not have")
        if mine.stamp != theirs.stamp:
            raise BrokenPromise(f"{desk.name}'s cursor is past {key}, but the row has another stamp")
        for name in {*theirs.stamps, *mine.stamps}:
            if mine.at(name) != theirs.at(name) and name != "deleted" and not desk.waiting.waits(key, name):
                raise BrokenPromise(f"{desk.name}'s cursor is past {name} of {key}, which is another")
        if mine.deleted != theirs.deleted and not desk.waiting.waits(key, "deleted"):
            raise BrokenPromise(f"{desk.name}'s cursor is past the deletion of {key}")

    def _check_leaves(self, keys: set[Key]) -> None:
        for key in sorted(keys):
            for place in sorted(self.ledger.by_row.get(key, ())):
                for edit in self.ledger.leaves[place]:
                    if not edit.is_excused and not self.is_kept(edit):
                        raise BrokenPromise(f"lost: {edit}")

    def is_kept(self, edit: Edit) -> bool:
        """An edit that nobody replaced knowingly is in force, waits, was refused or lost openly."""
        place = edit.place
        key, name = place[:2], place[2]
        theirs = self.world.hq_shadow.row(key)
        if theirs is not None and (theirs.at(name) in edit.stamps or theirs.value(name) == edit.value):
            return True
        if packed(edit.value) in self.lost.get(place, ()):
            return True
        if name == "deleted" and (place in self.lost or self._was_revived(edit)):
            return True
        if theirs is not None and place[0] in SILENT:
            return True
        if any(other is not edit and other.value == edit.value for other in self.ledger.edits[place]):
            return True  # somebody else said the same: nothing of it is lost
        return any(self._has(desk, edit) for desk in self.world.desks if desk.is_alive)

    def excuse_lost(self) -> None:
        """Headquarters was restored: what neither its backup nor any file has is gone."""
        for leaves in self.ledger.leaves.values():
            for edit in leaves:
                edit.is_excused |= not self.is_kept(edit)

    def is_at_hq(self, edit: Edit) -> bool:
        row = self.world.hq_shadow.row(edit.place[:2])
        return row is not None and row.at(edit.place[2]) in edit.stamps

    def _has(self, desk: SimDesk, edit: Edit) -> bool:
        """It waits in this desk's file, or was refused and is kept there."""
        key, name = edit.place[:2], edit.place[2]
        row = desk.shadow.row(key)
        if row is not None and row.value(name) == edit.value and row.at(name) in edit.stamps:
            if desk.waiting.waits(key, name):
                return True
            if desk.waiting.fact("sync.link", {}).get("epoch") != self.world.epoch:
                return True  # headquarters was restored: the desk gives everything again
            if int(desk.waiting.fact("sync.cursor", 0)) > self.newest.get(self.world.site_ids[desk.site], 0):
                return True
        for patch in desk.waiting.refused().get(key, ()):
            values = patch.get("values", {})
            if patch.get("whole") or values.get(name) == edit.value or (name == "deleted" and name in values):
                return True
        return False

    def _was_revived(self, edit: Edit) -> bool:
        return edit.value is True and any(
            later.value is False for later in self.ledger.edits.get(edit.place, ())
        )

    # -- after a step and after healing ----------------------------------------------------------

    def check_sums(self, desk: SimDesk) -> None:
        if desk.waiting.fact("sync.snapshot") is not None:
            return  # counted when the fill is over
        with desk.active(), desk.database.reading() as session:
            wrong = digests.wrong(Plain(session))
        if wrong:
            raise BrokenPromise(f"{desk.name}'s sums are not those of its rows: {wrong}")

    def _look_whole(self, shadow: Shadow, name: str) -> None:
        """Also where no statement is known to have written."""
        changes, gone = shadow.look(COLUMNS, is_whole=True)
        unseen = [change.table for change in changes if change.table in USED]
        if unseen or gone:
            raise BrokenPromise(f"{name} changed without being looked at: {unseen} {gone}")

    def check_healed(self) -> None:
        """All replicas of a site and headquarters hold the same, nothing waits, nothing was lost."""
        self._look_whole(self.world.hq_shadow, "headquarters")
        for desk in self.world.desks:
            if not desk.is_alive:
                continue
            self._look_whole(desk.shadow, desk.name)
            desk.waiting.look()
            if desk.waiting.entries:
                waits = sorted({entry[0] for entry in desk.waiting.entries.values()})
                raise BrokenPromise(f"{desk.name} still has something to say: {waits[:3]}")
            self._compare(desk)
            self._check_cursor(desk)
            self.check_sums(desk)
        self._check_hq_sums(set(COLUMNS))
        self._check_extra()
        self._check_contents()
        self._check_graves()
        self._check_numbers()
        for place, edits in self.ledger.leaves.items():
            for edit in edits:
                if not edit.is_excused and not self.is_kept(edit):
                    raise BrokenPromise(f"lost for good: {edit}")
            if place[0] == "ticket" and place[2] == "state":
                self._check_end(place)

    def _check_numbers(self) -> None:
        """No number on two living tickets of a site, whichever file they came from; and what stands on a
        callback sheet was put there together."""
        tickets: dict[tuple[str, str], str] = {}
        for row in self.world.hq_shadow.tables["ticket"].values():
            key = (row.site, str(row.value("number")))
            if row.deleted is None and tickets.setdefault(key, row.id) != row.id:
                raise BrokenPromise(f"number {key[1]} is on two tickets: {tickets[key]} and {row.id}")
        sheets: dict[tuple[int, str], set[str]] = {}
        for row in self.world.hq_shadow.tables["callback"].values():
            number, site = str(row.value("sheet_no")), self.world.site_ids.index(row.site)
            makers = self.ledger.sheets.get((site, number, row.id))
            if row.deleted is None and makers is not None:
                left = sheets.setdefault((site, number), set(makers))
                left &= makers
                if not left:
                    raise BrokenPromise(f"sheet {number} holds what {makers} did not put there alone")

    def _check_extra(self) -> None:
        """What a program knows is in its column, and what it does not know is kept beside."""
        for shadow in (self.world.hq_shadow, *(desk.shadow for desk in self.world.desks if desk.is_alive)):
            for name, rows in shadow.tables.items():
                for row in rows.values():
                    known = row.unknown().keys() & row.values.keys()
                    if known:
                        raise BrokenPromise(f"{shadow.disk.path.name}: {name} {row.id} hides {known}")

    def _check_contents(self) -> None:
        """What a living row names and some desk has, headquarters has whole."""
        world = self.world
        for row in world.hq_shadow.tables["attachment"].values():
            name = str(row.value("sha256"))
            holders = [
                desk
                for desk in world.desks
                if desk.is_alive and world.site_ids[desk.site] == row.site and desk.blobs.has(name)
            ]
            path = world.hq.blobs.path(row.site, name)
            if path.is_file() and sha256(path.read_bytes()).hexdigest() != name:
                raise BrokenPromise(f"headquarters' content {name} is another")
            if row.deleted is None and holders and not path.is_file():
                raise BrokenPromise(f"content {name} of {holders[0].name} is not at headquarters")

    def _compare(self, desk: SimDesk) -> None:
        site_id = self.world.site_ids[desk.site]
        refused = desk.waiting.refused()
        for name in COLUMNS:
            theirs = {
                row.id: row for row in self.world.hq_shadow.tables[name].values() if row.site == site_id
            }
            mine = {
                row_id: row
                for row_id, row in desk.shadow.tables[name].items()
                if row_id in theirs or (name, row_id) not in refused
            }
            if mine.keys() != theirs.keys():
                more, less = sorted(mine.keys() - theirs.keys()), sorted(theirs.keys() - mine.keys())
                raise BrokenPromise(f"{desk.name} and headquarters hold other {name}s: +{more} -{less}")
            for row_id, row in mine.items():
                found = difference(row, theirs[row_id])
                if found:
                    raise BrokenPromise(f"{desk.name} differs in {name} {row_id[-6:]}: {found}")

    def _check_end(self, place: Place) -> None:
        """A finished ticket is open again only if somebody who knew its end reopened it."""
        row = self.world.hq_shadow.row(place[:2])
        if row is None or row.value("state") in FINAL:
            return
        winner = self.ledger.find(place, row.at("state"), row.value("state"))
        ends = [edit for edit in self.ledger.leaves[place] if edit.value in FINAL and not edit.is_excused]
        if winner is None or not ends:
            return
        is_reopened, step = False, winner
        while step.seen is not None:
            is_reopened |= step.seen.value in FINAL and step.value not in FINAL
            step = step.seen
        if not is_reopened and not self.world.is_forgetful:
            raise BrokenPromise(f"{ends[0]} was undone by {winner}, who did not know it")
