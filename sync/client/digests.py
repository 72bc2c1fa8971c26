"""This desk's own sums over the rows it shares with headquarters, kept up to date row by row.

A row counts with the stamps headquarters is known to have: fields waiting in the outbox count with the
stamp they replaced, rows never sent do not count. So a local edit changes no sum, and only a round does.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from models.entities.synced import WAS_DELETED, is_note
from sync.client import outbox
from sync.client.columns import local_tables
from sync.client.local import CURSOR, DIGEST, SKIPPED, TOTAL, WANTED, Plain, Row, ids_as_json
from sync.client.outbox import NEVER_SENT, Key, Waits
from sync.clock import milliseconds_of
from sync.digest import TableDigest, combined, row_hash
from sync.merge import NEVER_EDITED

SETTLED = "settled"
"""State of a refused row that was corrected here and taken afterwards."""
_STAMPS = msgspec.json.Decoder(dict[str, int])


def refused_whole(plain: Plain) -> set[Key]:
    """Rows that headquarters would not have at all: they are this desk's alone."""
    rows = plain.all("SELECT table_name, row_id, patch FROM refused_patch WHERE state <> ?", (SETTLED,))
    return {(row[0], row[1]) for row in rows if json.loads(row[2]).get("whole")}


def kept_since(plain: Plain, ms: int) -> bool:
    """Whether a row that headquarters would not have, and that may yet be mended, bears a stamp that is later
    than this time."""
    by_table: dict[str, list[str]] = {}
    for name, row_id in refused_whole(plain):
        if name not in NEVER_EDITED:
            by_table.setdefault(name, []).append(row_id)
    return any(
        milliseconds_of(max([row[1], *(_STAMPS.decode(row[2]) if row[2] else {}).values()])) > ms
        for name, ids in by_table.items()
        for row in plain.all(local_tables()[name].select_stamps, (ids_as_json(ids),))
    )


def known_hash(row: Row, waiting: Mapping[Key, Waits], key: Key) -> int | None:
    """The hash of a row ``(id, stamp, field_stamps, deleted)`` as headquarters has it; None: not at all."""
    row_id, stamp, packed, deleted = row[:4]
    stamps = _STAMPS.decode(packed) if packed else None
    if key in waiting:
        fields, is_whole = waiting[key]
        if is_whole:
            return None
        stamps = {**(stamps or {}), **fields}
        if WAS_DELETED in fields:
            stamps = {name: at for name, at in stamps.items() if not is_note(name)}
            deleted = fields[WAS_DELETED] or None
    return row_hash(row_id, stamp, stamps, deleted)


class Sums:
    """The sums of the tables that a transaction touches, loaded when needed and kept at its end."""

    def __init__(self, plain: Plain) -> None:
        self._plain = plain
        self._tables: dict[str, TableDigest] = {}
        self._totals: dict[str, int] = {}
        """Of each of them as it was found."""

    def of(self, table: str) -> TableDigest:
        found = self._tables.get(table)
        if found is None:
            stored = self._plain.fact(DIGEST + table)
            self._tables[table] = found = TableDigest(base64.b64decode(stored) if stored else None)
            self._totals[table] = found.total()
        return found

    def count(
        self, keys: Mapping[str, Iterable[str]], waiting: Mapping[Key, Waits], *, is_after: bool
    ) -> None:
        """Take rows out as they were before the round touched them, or put them in as they are after it."""
        tables = local_tables()
        for name, ids in keys.items():
            if name not in tables:
                continue
            digest = self.of(name)
            for row in self._plain.all(tables[name].select_stamps, (ids_as_json(ids),)):
                value = known_hash(row, waiting, (name, row[0]))
                if value is None:
                    continue
                if is_after:
                    digest.add(row[0], value)
                else:
                    digest.remove(row[0], value)

    def keep(self) -> None:
        """Write them down, and their part of the one number over all tables."""
        change = 0
        for name, digest in self._tables.items():
            self._plain.keep(DIGEST + name, base64.b64encode(digest.packed()).decode())
            change += combined([(name, digest.total())]) - combined([(name, self._totals[name])])
        if change:
            self._plain.keep(TOTAL, (int(self._plain.fact(TOTAL, 0)) + change) % (1 << 64))


class Tally(Sums):
    """Keeps the sums right over one answer, without reading a row twice: each row that the answer touches is
    taken out as it counted ``before`` and put in as it counts ``after`` (what waits, then and now)."""

    def __init__(self, plain: Plain, before: Mapping[Key, Waits], after: Mapping[Key, Waits]) -> None:
        super().__init__(plain)
        self._before = before
        self._after = after
        self._moved: set[Key] = set()

    def waits(self, table: str, row_id: str) -> bool:
        """Whether anything of the row still is to go up."""
        return (table, row_id) in self._after

    def take_out(self, table: str, row: Row) -> None:
        """A row ``(id, stamp, field_stamps, deleted)`` as it lies in the file before it is touched."""
        key = (table, row[0])
        value = known_hash(row, self._after if key in self._moved else self._before, key)
        self._moved.add(key)
        if value is not None:
            self.of(table).remove(row[0], value)

    def put_in(self, table: str, row: Row) -> None:
        value = known_hash(row, self._after, (table, row[0]))
        if value is not None:
            self.of(table).add(row[0], value)

    def add_new(
        self,
        table: str,
        ids: Sequence[str],
        stamps: Sequence[int],
        fields: Sequence[Mapping[str, int] | None],
        deleted: Sequence[int | None],
    ) -> None:
        """Rows that counted nowhere until now and of which nothing waits, by column."""
        self.of(table).add_rows(ids, stamps, fields, deleted)


def withdraw(plain: Plain, name: str, ids: Iterable[str]) -> None:
    """Take rows out of the sums that are about to be queued whole: until then they count as never sent."""
    keys = {name: set(ids)}
    sums = Sums(plain)
    sums.count(keys, outbox.of_rows(plain, keys), is_after=False)
    sums.keep()


def is_equal(plain: Plain, theirs: int | None, cursor: int) -> bool | None:
    """Whether headquarters' digest at ``cursor`` is this desk's; None unless neither has anything left to
    tell, and where headquarters counts rows of tables that only a newer program knows."""
    if theirs is None:
        return None
    facts = plain.facts(TOTAL, WANTED, CURSOR, SKIPPED)
    if outbox.newest(plain) or facts.get(WANTED) or facts.get(CURSOR, 0) != cursor:
        return None
    is_same = int(facts.get(TOTAL, 0)) == theirs
    return None if facts.get(SKIPPED) and not is_same else is_same


def _total(plain: Plain) -> int:
    """One number over all tables, from the sums as they are kept."""
    rows = plain.all("SELECT key, value FROM local_state WHERE key GLOB ?", (f"{DIGEST}*",))
    return combined(
        (key.removeprefix(DIGEST), TableDigest(base64.b64decode(json.loads(value))).total())
        for key, value in rows
    )


def counted(plain: Plain, names: Iterable[str] | None = None) -> dict[str, TableDigest]:
    """The sums of some tables (None: all), taken from the rows themselves."""
    waiting = outbox.upto(plain, outbox.newest(plain))
    for key in refused_whole(plain):
        waiting[key] = NEVER_SENT
    found: dict[str, TableDigest] = {}
    for name in local_tables() if names is None else names:
        table = local_tables()[name]
        found[name] = digest = TableDigest()
        everything = table.select_stamps.partition(" WHERE ")[0]
        for row in plain.each(everything):
            value = known_hash(row, waiting, (name, row[0]))
            if value is not None:
                digest.add(row[0], value)
    return found


def recount(plain: Plain) -> None:
    """Take every sum from the rows again: at enrolment, and before anybody else is blamed."""
    keep(plain, counted(plain))


def keep(plain: Plain, sums: Mapping[str, TableDigest]) -> None:
    """Write down sums that were `counted`, of every table."""
    for name, digest in sums.items():
        plain.keep(DIGEST + name, base64.b64encode(digest.packed()).decode())
    plain.keep(TOTAL, _total(plain))


def wrong(plain: Plain, names: Iterable[str] | None = None) -> list[str]:
    """Tables (of ``names``, None: of all) whose kept sums are not those of their rows: none, unless something
    wrote past the door."""
    kept, found = packed_sums(plain), counted(plain, names)
    return [name for name, digest in found.items() if TableDigest(kept.get(name)).differing(digest)]


def packed_sums(plain: Plain) -> dict[str, bytes]:
    """Every table's 256 sums, to be compared with headquarters'."""
    rows = plain.all("SELECT key, value FROM local_state WHERE key GLOB ?", (f"{DIGEST}*",))
    return {key.removeprefix(DIGEST): base64.b64decode(json.loads(value)) for key, value in rows}


def rows_in(plain: Plain, name: str, buckets: Iterable[int]) -> dict[str, int]:
    """{id: hash} of this desk's shared rows in some buckets of a table."""
    table = local_tables()[name]
    waiting = outbox.upto(plain, outbox.newest(plain))
    for key in refused_whole(plain):
        waiting[key] = NEVER_SENT
    digits = json.dumps([f"{bucket:02x}" for bucket in buckets])
    statement = table.select_stamps.replace(" WHERE id IN ", " WHERE substr(id, 31, 2) IN ")
    found: dict[str, int] = {}
    for row in plain.all(statement, (digits,)):
        value = known_hash(row, waiting, (name, row[0]))
        if value is not None:
            found[row[0]] = value
    return found
