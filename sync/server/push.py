"""Taking a desk's batch: one transaction, under the lock of its site, each change the site's next number.

The site's digest is kept by what changes: a push reads and writes the sums of the tables it touches only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from sync.clock import HEADQUARTERS, TOLERANCE_MS, Clock, desk_of, make_stamp, milliseconds_of, parts_of
from sync.digest import TableDigest, combined, row_hash
from sync.protocol import ROW_HEAD, Batch, Patch, Refusal, TableRows
from sync.server import conflict_rows, graves, parts, regained, row_writing
from sync.server import rows as wire
from sync.server.auth import LockedSite
from sync.server.merging import against_making, merge_edit, packed_entries_of_new
from sync.server.stored import Edit, Found, StoredRow
from sync.server.tables import HEAD, SITE_TABLES, SiteTable, hq_desk, hq_site, hq_table

_HEAD = len(ROW_HEAD)
_WIDTH = len(HEAD) - 1
_ENTRIES = msgspec.json.Decoder(dict[str, list[Any]])
_OFFSET = 1 << 63
_MASK = (1 << 64) - 1


Stamps = tuple[int, dict[str, int] | None, int | None]
"""Of a whole row: of its making, {field: stamp} of later edits, of its deletion."""


def signed(value: int) -> int:
    """A 64-bit sum as BIGINT can hold it."""
    return value - (1 << 64) if value >= _OFFSET else value


@dataclass
class Push:
    """One batch on its way into the tables of one site."""

    connection: Connection
    site: LockedSite
    """Locked by this transaction, before it read anything else."""
    desk_no: int
    cursor: int
    """How far the desk had read when it sent this."""
    clock: Clock
    era: regained.Era | None = None
    """Of a headquarters that was restored."""
    seq: int = field(init=False)
    digest: int = field(init=False)
    """Over all rows of the site, with those of this batch once it is taken."""
    refused: list[Refusal] = field(default_factory=list)
    is_echo_free: bool = field(init=False)
    """All that was written came from this desk and was taken as sent: it need not be told anything."""
    highest: int = field(init=False)
    """The highest stamp of the site, with those of this batch."""
    _found: list[Found] = field(default_factory=list)
    _sums: dict[str, TableDigest] = field(default_factory=dict)
    _totals: dict[str, int | None] = field(default_factory=dict)
    """Of each table in ``_sums`` as it was found; None for one without rows until now."""
    _restamped: dict[int, int] = field(default_factory=dict)
    _patched: dict[tuple[str, str], Patch] = field(default_factory=dict)
    """Edits that come besides whole rows: what is in them has the stamps it replaced."""

    def __post_init__(self) -> None:
        self.site_id = self.site.site_id
        self.seq = self.site.seq
        self.digest = self.site.digest & _MASK
        self.is_echo_free = self.seq == self.cursor
        self.highest = self.site.highest
        self.clock.observe(self.highest)  # set back or started anew, it stamps nothing below what is here

    def take(self, batch: Batch) -> None:
        """Merge the whole batch; what cannot be taken is refused alone and stops nothing else."""
        first = self.seq
        now_ms = max(self.clock.now(), milliseconds_of(self.highest))  # as desks are told
        self._restamp_from = make_stamp(now_ms + TOLERANCE_MS, 0, 0)
        by_table: dict[str, list[Patch]] = {}
        for patch in batch.patches:
            by_table.setdefault(patch.table, []).append(patch)
            self._patched[patch.table, patch.id] = patch
        for rows in batch.rows:
            self._take_rows(rows)
        for name, patches in by_table.items():
            self._take_patches(name, patches)
        self._bring_back_parts()
        self._record_conflicts()
        if self.seq > first:
            self._close()

    # -- the site's sums -------------------------------------------------------------------------

    def _sums_of(self, table: str) -> TableDigest:
        if table not in self._sums:
            packed = self.connection.execute(
                select(hq_table.c.sums).where(
                    hq_table.c.site_id == self.site_id, hq_table.c.table_name == table
                )
            ).scalar_one_or_none()
            self._sums[table] = TableDigest(packed)
            self._totals[table] = None if packed is None else self._sums[table].total()
        return self._sums[table]

    def _close(self) -> None:
        fresh, known = [], []
        for table, sums in self._sums.items():
            values = {"last_seq": self.seq, "sums": sums.packed()}
            before = self._totals[table]
            if before is None:
                fresh.append({"site_id": self.site_id, "table_name": table, **values})
            else:
                known.append({"b_site": self.site_id, "b_table": table, **values})
            change = combined([(table, sums.total())]) - combined([(table, before or 0)])
            self.digest = (self.digest + change) & _MASK
        if fresh:
            self.connection.execute(insert(hq_table), fresh)
        if known:
            this = (hq_table.c.site_id == bindparam("b_site")) & (
                hq_table.c.table_name == bindparam("b_table")
            )
            self.connection.execute(update(hq_table).where(this), known)
        self.connection.execute(
            update(hq_site)
            .where(hq_site.c.site_id == self.site_id)
            .values(seq=self.seq, digest=signed(self.digest), highest=self.highest)
        )

    # -- whole rows ------------------------------------------------------------------------------

    def _take_rows(self, rows: TableRows) -> None:
        table = SITE_TABLES.get(rows.table)
        if table is None:
            self.refused.extend(
                Refusal(rows.table[:64], str(row[0])[:40], "unknown-table") for row in rows.rows if row
            )
            return
        good, bad = wire.good_rows(table, rows)
        self.refused.extend(Refusal(table.name, row_id, "bad-value") for row_id in bad)
        present = self._load(table, [row[0] for row in good])
        fresh = [row for row in good if row[0] not in present]
        if len({row[0] for row in fresh}) < len(fresh):
            fresh = list({row[0]: row for row in fresh}.values())
        if fresh:
            self._insert(table, rows.columns, fresh)
        again = [row for row in good if row[0] in present]
        if again:
            self._merge_whole(table, rows.columns, again, present)

    def _insert(self, table: SiteTable, columns: Sequence[str], rows: Sequence[wire.Row]) -> None:
        usual = list(zip(*rows, strict=True))
        ids, stamps, fields, deleted, extra = usual[:_HEAD]
        count = len(rows)
        is_usual = fields.count(None) == deleted.count(None) == count and max(stamps) < self._restamp_from
        if not is_usual or tuple(columns) != table.columns:
            self._insert_one_by_one(table, columns, rows)
            return
        self.highest = max((self.highest, *stamps))
        self._sums_of(table.name).add_rows(ids, stamps, fields, deleted)
        numbers = range(self.seq + 1, self.seq + count + 1)
        self.seq += count
        source = (self.desk_no,) * count
        head = (ids, stamps, fields, extra, deleted, numbers, numbers, source)
        row_writing.insert_columns(self.connection, table, self.site_id, [*head, *usual[_HEAD:]])

    def _insert_one_by_one(self, table: SiteTable, columns: Sequence[str], rows: Sequence[wire.Row]) -> None:
        """Rows that were edited before they came, are deleted, or are from the future."""
        sums, limit, site_id = self._sums_of(table.name), self._restamp_from, self.site_id
        align = wire.aligner(table, columns)
        seq, desk_no = self.seq, self.desk_no
        ready: list[tuple[Any, ...]] = []
        for row in rows:
            seq += 1
            row_id, stamp, stamps, deleted = row[0], row[1], row[2], row[3]
            source = desk_no
            if stamp >= limit or stamps or deleted:
                taken = self._new_stamps(stamp, stamps, deleted)
                source = desk_no if taken == (stamp, stamps, deleted) else 0
                stamp, stamps, deleted = taken
            extra, values = align(row)
            known: dict[str, int] = {}
            patch = self._patched.get((table.name, row_id))
            if deleted is not None:
                known = self._seen_in_row(patch, stamp, stamps or {}, deleted)
            waited = patch.replaced if patch is not None else {}
            packed = packed_entries_of_new((stamps, deleted, known), row[2], seq, self.era, waited)
            sums.add(row_id, row_hash(row_id, stamp, stamps, deleted))
            self.highest = max(self.highest, stamp, deleted or 0, *(stamps or {}).values())
            self.is_echo_free &= source == desk_no
            ready.append((site_id, row_id, stamp, packed, extra, deleted, seq, seq, source, *values))
        self.seq = seq
        row_writing.insert_rows(self.connection, table, ready)

    def _new_stamps(self, stamp: int, stamps: Mapping[str, int] | None, deleted: int | None) -> Stamps:
        for at in sorted({stamp, *(stamps or {}).values(), deleted or 0}):
            self._stamp(at)  # in the order they were given in
        return (
            self._stamp(stamp),
            None if stamps is None else {name: self._stamp(at) for name, at in stamps.items()},
            None if deleted is None else self._stamp(deleted),
        )

    def _stamp(self, stamp: int) -> int:
        """A stamp from the future becomes one of now, the same stamp always the same one."""
        if stamp < self._restamp_from:
            return stamp
        return self._stamp_anew(stamp)

    def _stamp_anew(self, stamp: int) -> int:
        if stamp not in self._restamped:
            now = parts_of(self.clock.next())
            self._restamped[stamp] = make_stamp(now.ms, now.counter, desk_of(stamp))
            self.highest = max(self.highest, self._restamped[stamp])
        return self._restamped[stamp]

    def _merge_whole(
        self,
        table: SiteTable,
        columns: Sequence[str],
        rows: Sequence[wire.Row],
        present: Mapping[str, StoredRow],
    ) -> None:
        changed = []
        for row in rows:
            stored = present[row[0]]
            came = (row[1], row[2], row[3])
            taken = self._new_stamps(*came)
            values = wire.values_of(table, columns, row)
            untold = stored.entries.keys() - values.keys() - {"deleted"}  # fields that its desk does not know
            is_changed = self._merge(table, stored, self._edit_of_row(table, stored, values, came, taken))
            if taken != came or untold or (stored.stamp, stored.deleted) != (row[1], row[3]):
                # Its desk did not read this row while its own waited: the row goes down whole.
                self._sums_of(table.name)  # its newest number is kept beside the sums
                self.seq += 0 if is_changed else 1
                stored.seq = stored.created_seq = self.seq
                stored.is_contested = is_changed = True
            if is_changed:
                changed.append(stored)
        self._store(table, changed)

    def _edit_of_row(
        self, table: SiteTable, stored: StoredRow, values: dict[str, Any], came: Stamps, taken: Stamps
    ) -> Edit:
        """What a whole row says of one that is here: ``values``, but for what comes as an edit besides.
        ``came`` are its stamps as they were sent, ``taken`` those they have here."""
        stamp, own, deleted = taken[0], taken[1] or {}, taken[2]
        if desk_of(stamp) == desk_of(stored.stamp):
            stamp = stored.stamp  # the same making of the same row, or of two profiles that were no desks
        patch = self._patched.get((table.name, stored.id))
        told = patch.values.keys() if patch is not None else ()
        values = {name: value for name, value in values.items() if name not in told}
        is_other = stamp != stored.stamp
        if is_other:
            values = against_making(table, stored, stamp, own, values)
        edited = {name: own.get(name, stamp) for name in values}
        first = {name: (came[1] or {}).get(name, came[0]) for name in values}
        sent_as = {name: at for name, at in first.items() if at != edited[name]}
        known: Mapping[str, int] = {}
        buried = stored.entries.get("deleted", [0])[0]
        if deleted is None and self.era and own.get("deleted", 0) > buried:
            values["deleted"], edited["deleted"] = None, own["deleted"]  # brought back since the backup
        if deleted is not None and "deleted" not in told:  # else it follows with what it had seen
            values["deleted"] = edited["deleted"] = deleted
            if deleted != buried:  # else it has told already
                known = self._seen_in_row(patch, stamp, own, deleted)
        return Edit(
            values,
            edited,
            known=known,
            is_whole=not is_other or not desk_of(stamp) or self.era is not None,
            sent_as=sent_as,
            era=self.era,
            given_back=own.keys() if self.era else (),
        )

    # -- edits -----------------------------------------------------------------------------------

    def _take_patches(self, name: str, patches: Sequence[Patch]) -> None:
        table = SITE_TABLES.get(name)
        if table is None:
            self.refused.extend(Refusal(name[:64], patch.id[:40], "unknown-table") for patch in patches)
            return
        names = sorted({name for patch in patches for name in patch.values} & table.kinds.keys())
        present = self._load(table, [patch.id for patch in patches if wire.is_id(patch.id)], names)
        changed: dict[str, StoredRow] = {}
        for patch in patches:
            fault = wire.fault_of(table, patch)
            stored = present.get(patch.id)
            if fault is not None:
                self.refused.append(Refusal(table.name, patch.id[:40], "bad-value", fault))
            elif stored is None:
                self.refused.append(Refusal(table.name, patch.id, "row-missing"))
            elif table.is_history:
                self.refused.append(Refusal(table.name, patch.id, "history-fixed"))
            else:
                edit = self._edit_of(patch)
                if self._merge(table, stored, edit):
                    stored.is_contested |= bool(edit.sent_as)
                    changed[stored.id] = stored
        self._store(table, list(changed.values()))

    def _edit_of(self, patch: Patch) -> Edit:
        stamps, replaced = patch.stamps, patch.replaced
        sent_as: Mapping[str, int] = {}
        known: Mapping[str, int] = {}
        latest = max(stamps.values(), default=0)
        if latest >= self._restamp_from or max(replaced.values(), default=0) > min(
            stamps.values(), default=0
        ):
            stamps, replaced = self._of_now(patch)
            sent_as = {name: at for name, at in patch.stamps.items() if at != stamps[name]}
        if "deleted" in patch.values:
            known = self._seen(patch, stamps["deleted"])
            # What was seen may lie in the future: left there, it would cover what others write until then.
            replaced = {**replaced, "deleted": self._stamp(patch.replaced.get("deleted", 0))}
        anew = self._stamp_anew
        return Edit(patch.values, stamps, replaced, sent_as=sent_as, era=self.era, known=known, anew=anew)

    def _of_now(self, patch: Patch) -> tuple[dict[str, int], dict[str, int]]:
        """Stamps of an edit and those it replaced, without any of the future. Whoever replaced a value with a
        later stamp than their own had their clock let back in between: whatever we made of that one, theirs
        comes after it."""
        stamps, replaced = {}, dict(patch.replaced)
        for name, at in sorted(patch.stamps.items(), key=itemgetter(1)):
            is_let_back = replaced.get(name, 0) > at
            stamps[name] = self._stamp_anew(at) if is_let_back else self._stamp(at)
            if is_let_back:
                replaced.pop(name)
        return stamps, replaced

    def _seen(self, patch: Patch, at: int) -> dict[str, int]:
        """What somebody who deleted a row had seen of it; ``at`` is the deletion's stamp here."""
        return graves.of_patch(patch, at, max(self.highest, self._restamp_from), self._stamp)

    def _seen_in_row(
        self, patch: Patch | None, stamp: int, stamps: Mapping[str, int], deleted: int
    ) -> dict[str, int]:
        """The same of a whole row, unless an edit that comes besides tells it better."""
        told = patch.values if patch is not None else {}
        found = self._seen(patch, deleted) if patch is not None and "deleted" in told else {}
        return found or graves.of_row(stamp, stamps, deleted, told.keys())

    def _merge(self, table: SiteTable, stored: StoredRow, edit: Edit) -> bool:
        """Merge one edit, keeping the sums; whether anything changed."""
        before = row_hash(stored.id, stored.stamp, stored.field_stamps(), stored.deleted)
        stored.is_changed = False
        found = merge_edit(table, stored, edit, self.seq + 1)
        if not stored.is_changed:
            return False
        self.seq += 1
        self.highest = max((self.highest, *edit.stamps.values()))
        self._found.extend(found)
        sums = self._sums_of(table.name)
        sums.remove(stored.id, before)
        sums.add(stored.id, row_hash(stored.id, stored.stamp, stored.field_stamps(), stored.deleted))
        return True

    # -- reading and writing rows ----------------------------------------------------------------

    def _load(
        self, table: SiteTable, ids: Sequence[str], names: Sequence[str] | None = None
    ) -> dict[str, StoredRow]:
        """Rows that are here, with the values of ``names`` (all by default)."""
        columns = table.columns if names is None else names
        found: dict[str, StoredRow] = {}
        chosen = row_writing.rows_of_ids(self.connection, table, self.site_id, ids, columns) if ids else ()
        for row in chosen:
            row_id, stamp, packed, extra, deleted, seq, created_seq, source_desk = row[:_WIDTH]
            found[row_id] = StoredRow(
                id=row_id,
                stamp=stamp,
                seq=seq,
                created_seq=created_seq,
                source_desk=source_desk,
                deleted=deleted,
                extra=extra,
                entries=_ENTRIES.decode(packed) if packed else {},
                values=dict(zip(columns, row[_WIDTH:], strict=True)),
                before_seq=seq,
            )
        return found

    def _store(self, table: SiteTable, rows: Sequence[StoredRow]) -> None:
        """Write merged rows back. A row's desk is spared the echo only if all it sent was taken and it had
        seen what was there before."""
        if not rows:
            return
        for row in rows:
            spared = not row.is_contested and (
                row.before_seq <= self.cursor or row.source_desk == self.desk_no
            )
            row.source_desk = self.desk_no if spared else 0
            self.is_echo_free &= spared
        for names, group in row_writing.groups(self.connection, rows):
            written = [
                (
                    *(row.stamp, row.packed_entries(), row.extra, row.deleted),
                    *(row.seq, row.created_seq, row.source_desk),
                    *(row.values[name] for name in names),
                    row.id,
                )
                for row in group
            ]
            row_writing.update_rows(self.connection, table, self.site_id, names, written)

    # -- conflicts -------------------------------------------------------------------------------

    def _record_conflicts(self) -> None:
        if not self._found:
            return
        table = SITE_TABLES["conflict"]
        desks = select(hq_desk.c.number, hq_desk.c.letter).where(hq_desk.c.site_id == self.site_id)
        letters = {row[0]: row[1] for row in self.connection.execute(desks)}
        rows = {}
        for found in self._found:
            now = parts_of(self.clock.next())
            row = conflict_rows.row_of(
                self.site_id, found, letters, make_stamp(now.ms, now.counter, HEADQUARTERS)
            )
            rows[row[0]] = row
        present = self._load(table, list(rows))
        columns = list(conflict_rows.COLUMNS)
        fresh = [row for row_id, row in rows.items() if row_id not in present]
        if fresh:
            self._insert(table, columns, fresh)
            self._tell_everybody(table, [row[0] for row in fresh])

    def _bring_back_parts(self) -> None:
        for table, ids in parts.deleted_with(self.connection, self.site_id, self._found):
            now = parts_of(self.clock.next())
            edit = Edit({"deleted": None}, {"deleted": make_stamp(now.ms, now.counter, HEADQUARTERS)})
            present = self._load(table, ids, ())
            for stored in present.values():
                self._merge(table, stored, edit)
                stored.is_contested = True
            self._store(table, list(present.values()))

    def _tell_everybody(self, table: SiteTable, ids: Iterable[str]) -> None:
        self.is_echo_free = False
        target = table.table
        this = (target.c.site_id == bindparam("b_site")) & (target.c.id == bindparam("b_id"))
        rows = [{"b_site": self.site_id, "b_id": row_id} for row_id in ids]
        self.connection.execute(update(target).where(this).values(source_desk=0), rows)
