"""Looking for parents that did not come: once a pull has reached its end, not row by row."""

from __future__ import annotations

from sync.client import pull
from sync.client.columns import local_tables
from sync.client.local import ORPHANS, UNCHECKED, WANTED, Plain, ids_as_json
from sync.client.outbox import Key
from sync.client.pull import Changed

FEW = 5_000
"""Up to this many changed rows are looked at one by one; beyond, SQLite checks the whole table."""


def check(plain: Plain, changed: Changed) -> int:
    """Ask headquarters for parents that are missing; gives how many still are.

    ``changed`` are the rows of this round. What a round that was cut short left unchecked is checked whole.
    A parent that headquarters does not have either is remembered and looked for again after every pull: it
    waits at another desk.
    """
    missing = _still_missing(plain)
    for name in plain.fact(UNCHECKED, []):
        ids = changed.get(name)
        missing |= _whole_table(plain, name) if ids is None or len(ids) > FEW else _rows(plain, name, ids)
    plain.keep(UNCHECKED, [])
    known = {tuple(key) for key in plain.fact(ORPHANS, [])}
    if missing != known:
        plain.keep(ORPHANS, sorted(missing))
    pull.want(plain, sorted(missing - known))
    return len(missing)


def is_due(plain: Plain) -> bool:
    """Whether anything waits to be looked at, now that the pull has ended."""
    facts = plain.facts(UNCHECKED, WANTED)
    return bool(facts.get(UNCHECKED)) and not facts.get(WANTED)


def _still_missing(plain: Plain) -> set[Key]:
    found: set[Key] = set()
    for name, row_id in plain.fact(ORPHANS, []):
        if plain.one(f"SELECT 1 FROM {name} WHERE id = ?", (row_id,)) is None:  # noqa: S608
            found.add((name, row_id))
    return found


def _rows(plain: Plain, name: str, ids: set[str]) -> set[Key]:
    """The rows themselves are read once, whatever they refer to."""
    columns = local_tables()[name].parents
    if not columns:
        return set()
    rows = plain.all(
        f"SELECT {', '.join(columns)} FROM {name} WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608
        (ids_as_json(ids),),
    )
    named: dict[str, set[str]] = {}
    for parent, values in zip(columns.values(), zip(*rows, strict=True), strict=False):
        named.setdefault(parent, set()).update(values)
    found: set[Key] = set()
    for parent, keys in named.items():
        gone = plain.all(
            "SELECT named.value FROM json_each(?) AS named WHERE named.value IS NOT NULL "  # noqa: S608
            f"AND NOT EXISTS (SELECT 1 FROM {parent} WHERE {parent}.id = named.value)",
            (ids_as_json(keys),),
        )
        found.update((parent, row[0]) for row in gone)
    return found


def _whole_table(plain: Plain, name: str) -> set[Key]:
    found: set[Key] = set()
    for column, parent in local_tables()[name].parents.items():
        rows = plain.all(
            f"SELECT DISTINCT {column} FROM {name} WHERE {column} IS NOT NULL "  # noqa: S608
            f"AND {column} NOT IN (SELECT id FROM {parent})"
        )
        found.update((parent, row[0]) for row in rows)
    return found
