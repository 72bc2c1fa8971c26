"""What lies in the files, read past the product: rows of both ends as they were last seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from models.entities.synced import META_FIELDS, synced_tables
from tests.simulation.disks import Disk

Key = tuple[str, str]
"""(table, row id)."""
USED = (
    "site",
    "department",
    "building",
    "room",
    "resident",
    "ticket",
    "ticket_event",
    "charge_line",
    "attachment",
    "callback",
    "communication",
    "conflict",
    "operation_log",
)
"""Tables that the stories write to; the others are compared at the end only."""
HEAD = 6


class Row:
    """A synced row: ``stamps`` is {field: stamp}, ``values`` {field: value as stored}."""

    __slots__ = ("deleted", "entries", "extra", "id", "raw", "seq", "site", "stamp", "stamps", "values")

    def __init__(self, raw: tuple[Any, ...], columns: tuple[str, ...], *, is_hq: bool) -> None:
        self.raw = raw
        self.id, self.site, self.stamp, packed, self.deleted, self.extra = raw[:HEAD]
        self.entries: dict[str, Any] = json.loads(packed) if packed else {}
        if is_hq:
            self.seq: int = raw[HEAD]
            self.stamps: dict[str, int] = {name: entry[0] for name, entry in self.entries.items()}
            self.values = dict(zip(columns, raw[HEAD + 2 :], strict=True))
        else:
            self.seq = 0
            self.stamps = self.entries
            self.values = dict(zip(columns, raw[HEAD:], strict=True))

    def at(self, name: str) -> int:
        """The stamp in force for a field."""
        return int(self.stamps.get(name, self.stamp))

    def value(self, name: str) -> Any:
        if name == "deleted":
            return self.deleted is not None
        return self.values[name] if name in self.values else self.unknown().get(name)

    def said(self, name: str) -> Any:
        """The value that the stamp in force was given with: a deletion that was undone is none any more."""
        if name == "deleted" and name in self.entries:
            stamp, _, _, revived = self.entries[name][:4]
            return stamp != revived
        return self.value(name)

    def unknown(self) -> dict[str, Any]:
        """{field: value} of what the program that holds it has no column for."""
        if not self.extra:
            return {}
        kept: dict[str, Any] = json.loads(self.extra)
        return kept


@dataclass
class Change:
    """One row that is not as it was: ``before`` None for a new one."""

    table: str
    before: Row | None
    after: Row


def columns_of() -> dict[str, tuple[str, ...]]:
    """{synced table: its value columns}, of the newest program."""
    return {
        str(table.name): tuple(column.name for column in table.c if column.name not in META_FIELDS)
        for table in synced_tables()
    }


COLUMNS = columns_of()


def difference(mine: Row, theirs: Row) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in {*mine.values, *theirs.values}:
        left, right = mine.value(name), theirs.value(name)
        if left != right and not (right is None and left in {0, ""}):
            found[name] = (left, right)
        if mine.at(name) != theirs.at(name):
            found[f"{name} stamp"] = (mine.at(name), theirs.at(name))
    if mine.deleted != theirs.deleted:
        found["deleted"] = (mine.deleted, theirs.deleted)
    for name in mine.unknown().keys() | theirs.unknown().keys():
        if mine.value(name) != theirs.value(name):
            found[f"{name} in extra"] = (mine.value(name), theirs.value(name))
    return found


Rows = dict[str, dict[str, Row]]
"""{table: {row id: row}}."""


@dataclass
class Shadow:
    """The rows of one file, table by table."""

    disk: Disk
    is_hq: bool = False
    tables: Rows = field(default_factory=lambda: {name: {} for name in COLUMNS})
    hidden: frozenset[tuple[str, str]] = frozenset()
    """(table, column) that this file does not have yet."""
    _statements: dict[str, str] = field(default_factory=dict)
    _marks: dict[str, object] = field(default_factory=dict)

    def forget(self) -> None:
        """The file was replaced."""
        self.tables = {name: {} for name in COLUMNS}
        self._marks.clear()
        self._statements.clear()

    def accept(self, tables: Rows) -> None:
        """The file holds these rows."""
        self.tables = {name: dict(rows) for name, rows in tables.items()}
        self._marks = {name: self.disk.mark(name) for name in tables}

    def look(self, names: Iterable[str] = USED, *, is_whole: bool = False) -> tuple[list[Change], list[Key]]:
        """What changed since the last look, and which rows vanished; with ``is_whole`` also in tables that no
        statement named."""
        changes: list[Change] = []
        gone: list[Key] = []
        for name in names:
            mark = self.disk.mark(name)
            if not is_whole and self._marks.get(name) == mark:
                continue
            self._marks[name] = mark
            known = self.tables[name]
            rows = self.disk.look().execute(self._statement(name)).fetchall()
            columns = self._columns(name)
            for raw in rows:
                before = known.get(raw[0])
                if before is None or before.raw != raw:
                    known[raw[0]] = after = Row(raw, columns, is_hq=self.is_hq)
                    changes.append(Change(name, before, after))
            if len(known) > len(rows):
                present = {raw[0] for raw in rows}
                gone += [(name, row_id) for row_id in known if row_id not in present]
        return changes, gone

    def row(self, key: Key) -> Row | None:
        return self.tables[key[0]].get(key[1])

    def _columns(self, name: str) -> tuple[str, ...]:
        if not self.hidden:
            return COLUMNS[name]
        return tuple(column for column in COLUMNS[name] if (name, column) not in self.hidden)

    def _statement(self, name: str) -> str:
        if name not in self._statements:
            head = ["id", "site_id", "stamp", "field_stamps", "deleted", "extra"]
            place = ["seq", "created_seq"] if self.is_hq else []
            listed = ", ".join([*head, *place, *self._columns(name)])
            self._statements[name] = f"SELECT {listed} FROM {name} ORDER BY id"
        return self._statements[name]


@dataclass
class Waiting:
    """A desk's outbox and facts, read past the product."""

    disk: Disk
    entries: dict[int, tuple[Key, frozenset[str] | None]] = field(default_factory=dict)
    rows: dict[Key, set[str] | None] = field(default_factory=dict)
    """{row: fields that wait}; None when the whole row waits."""
    _memory: dict[str, tuple[object, Any]] = field(default_factory=dict)
    _mark: object = None

    def forget(self) -> None:
        """The file was replaced."""
        self.entries.clear()

    def look(self) -> set[Key]:
        """Rows of which an entry is new or gone."""
        mark = self.disk.mark("outbox")
        if mark == self._mark:
            return set()
        self._mark = mark
        found = self.disk.look().execute("SELECT lseq, table_name, row_id, fields FROM outbox").fetchall()
        fresh = {
            row[0]: self.entries.get(row[0])
            or ((row[1], row[2]), None if row[3] is None else frozenset(json.loads(row[3])))
            for row in found
        }
        touched = {entry[0] for lseq, entry in self.entries.items() if lseq not in fresh}
        touched |= {entry[0] for lseq, entry in fresh.items() if lseq not in self.entries}
        self.entries = fresh
        self.rows = {}
        for key, fields in fresh.values():
            if fields is None or self.rows.get(key, set()) is None:
                self.rows[key] = None
            else:
                self.rows[key] = (self.rows.get(key) or set()) | fields
        return touched

    def waits(self, key: Key, name: str) -> bool:
        if key not in self.rows:
            return False
        fields = self.rows[key]
        return fields is None or name in fields

    def fact(self, name: str, default: Any = None) -> Any:
        facts = self._kept("local_state", "SELECT key, value FROM local_state", dict)
        return json.loads(facts[name]) if name in facts else default

    def refused(self) -> dict[Key, list[dict[str, Any]]]:
        """What headquarters would not take, kept here: {row: patches}."""
        kept: dict[Key, list[dict[str, Any]]] = self._kept(
            "refused_patch", "SELECT table_name, row_id, patch FROM refused_patch", _by_row
        )
        return kept

    def _kept(self, table: str, statement: str, made: Callable[[list[Any]], Any]) -> Any:
        mark = self.disk.mark(table)
        known = self._memory.get(table)
        if known is None or known[0] != mark:
            known = self._memory[table] = mark, made(self.disk.look().execute(statement).fetchall())
        return known[1]


def _by_row(found: list[tuple[str, str, str]]) -> dict[Key, list[dict[str, Any]]]:
    kept: dict[Key, list[dict[str, Any]]] = {}
    for table, row_id, patch in found:
        kept.setdefault((table, row_id), []).append(json.loads(patch))
    return kept
