"""What a distributed PostgreSQL (Citus, CockroachDB, YugabyteDB) asks of a query so that one shard answers
it: every statement names the site, as a bound value that is the transaction's own, for each table it touches;
no transaction touches two sites, or a site and the directory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import Connection, event

from sync.server.database import HqDatabase
from sync.server.tables import METADATA, hq_directory, tables_of_sites

_CAST = r"(?:::[A-Za-z0-9]+(?: PRECISION)?(?:\(\d+\))?(?:\[\])?)?"
_PLACE = re.compile(rf"%\((\w+)\)s{_CAST}|%s{_CAST}|\?")
_TABLE = re.compile(
    r'\b(?:FROM|JOIN|UPDATE|INTO|,)\s+"?([a-z_]+)"?(?:\s+(?:AS\s+)?(?!WHERE\b|SET\b|ON\b|FROM\b)([a-z_0-9]+))?'
)
_BOUND = re.compile(r'(?:"?(\w+)"?\.)?"?site_id"?\s*=\s*§(\d+)§')
_SAME = re.compile(r'"?(\w+)"?\."?site_id"?\s*=\s*"?(\w+)"?\."?site_id"?')
_INSERT = re.compile(r"INSERT INTO \"?(\w+)\"? \(([^)]*)\)\s+(?:VALUES \(|SELECT )(.*)", re.DOTALL)
_OF_NO_TABLE = re.compile(r"(?:BEGIN|SELECT set_config|SELECT 1\b|SAVEPOINT|RELEASE|ROLLBACK)")
SITE_TABLES = {table.name for table in tables_of_sites()}


@dataclass(frozen=True)
class Statement:
    door: str
    """The kind of the transaction (`HqDatabase`); empty outside of all."""
    site_id: str | None
    text: str
    parameters: Any
    transaction: int


@dataclass
class Recorder:
    statements: list[Statement] = field(default_factory=list)

    def faults(self) -> list[str]:
        found = [f"{fault}: {one.text[:300]}" for one in self.statements if (fault := fault_of(one))]
        sites: dict[int, dict[str | None, str]] = {}
        for one in self.statements:
            sites.setdefault(one.transaction, {}).setdefault(one.site_id, one.text[:300])
        return found + [f"a transaction of two sites: {each}" for each in sites.values() if len(each) > 1]


@contextmanager
def recorded(database: HqDatabase) -> Iterator[Recorder]:
    """Every statement that goes to the database meanwhile, by whatever way."""
    recorder = Recorder()
    numbers = count()

    def began(connection: Connection) -> None:
        connection.info["transaction"] = next(numbers)

    def executed(
        connection: Connection, _cursor: Any, text: str, parameters: Any, _context: Any, _many: bool
    ) -> None:
        if text.startswith("BEGIN"):
            return  # SQLite's, sent before its beginning is told
        options = connection.get_execution_options()
        door, site_id = str(options.get("qiantai_door", "")), options.get("qiantai_site")
        transaction = connection.info.get("transaction", -1)
        recorder.statements.append(Statement(door, site_id, text, parameters, transaction))

    event.listen(database.engine, "begin", began)
    event.listen(database.engine, "before_cursor_execute", executed)
    try:
        yield recorder
    finally:
        event.remove(database.engine, "before_cursor_execute", executed)
        event.remove(database.engine, "begin", began)


def fault_of(one: Statement) -> str | None:
    """What is wrong with a statement; None when a shard can answer it alone."""
    if _OF_NO_TABLE.match(one.text):
        return None
    every: Sequence[Any] = one.parameters if _is_many(one.parameters) else [one.parameters]
    for parameters in every:
        text, values = _numbered(one.text, parameters)
        fault = _fault(one, text, values)
        if fault is not None:
            return fault
    return None


def _is_many(parameters: Any) -> bool:
    return (
        isinstance(parameters, list) and bool(parameters) and isinstance(parameters[0], (tuple, dict, list))
    )


def _numbered(text: str, parameters: Any) -> tuple[str, list[Any]]:
    """The statement with § n § for its n-th placeholder, and the values bound there."""
    values: list[Any] = []

    def place(match: re.Match[str]) -> str:
        if isinstance(parameters, Mapping):
            values.append(parameters[match[1]])
        else:
            values.append(parameters[len(values)])
        return f"§{len(values) - 1}§"

    return _PLACE.sub(place, text), values


def _fault(one: Statement, text: str, values: list[Any]) -> str | None:
    tables = {alias or name: name for name, alias in _TABLE.findall(text) if name in METADATA.tables}
    if one.door in {"addressing", "looking_up"}:
        keyed = re.search(r"key_hash = §|INSERT INTO hq_directory", text)
        is_only = set(tables.values()) == {hq_directory.name}
        return None if is_only and keyed else "not one key of the directory"
    if one.site_id is None or one.door not in {"reading", "writing"}:
        return "asked outside a site's transaction"
    if not tables:
        return "no table known"
    if not set(tables.values()) <= SITE_TABLES:
        return "another table than a site's"
    inserted = _INSERT.match(text)
    if inserted is not None:
        names = [name.strip(' "') for name in inserted[2].split(",")]
        given = [value.strip(" )") for value in inserted[3].split(",")][: len(names)]
        at = names.index("site_id") if "site_id" in names else -1
        placed = re.fullmatch(r"§(\d+)§", given[at]) if at >= 0 else None
        return None if placed and values[int(placed[1])] == one.site_id else "inserts without its site"
    return _condition_fault(one, text, values, tables)


def _condition_fault(one: Statement, text: str, values: list[Any], tables: dict[str, str]) -> str | None:
    where = text.partition("WHERE")[2]
    while (flat := re.sub(r"\([^()]*\)", "", where)) != where:
        where = flat
    if re.search(r"\bOR\b", where):
        return "its condition is one of several"
    bound: set[str] = set()
    for alias, number in _BOUND.findall(text.partition("WHERE")[2]):
        if values[int(number)] != one.site_id:
            return "names another site"
        bound |= {alias} if alias else set(tables) if len(tables) == 1 else set()
    for first, second in _SAME.findall(text):
        if bound & {first, second}:
            bound |= {first, second}
    missing = set(tables) - bound
    return f"does not name its site for {sorted(missing)}" if missing else None
