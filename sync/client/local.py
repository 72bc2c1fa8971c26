"""What the desk remembers of its link to headquarters: small facts in its file, changed with the rows.

All of it is read and written on the connection of the running transaction, as plain SQL: a round costs
few statements, and cursor and rows can never part.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from filelock import FileLock
from sqlalchemy.orm import Session

from models.database import Database

CURSOR = "sync.cursor"
SINCE = "sync.since"
"""The cursor at which this desk last was at the end of a pull."""
CHAIN = "sync.chain"
LINK = "sync.link"
WANTED = "sync.wanted"
UNCHECKED = "sync.unchecked"
ORPHANS = "sync.orphans"
SKIPPED = "sync.skipped"
LAST = "sync.last"
OFFSET = "clock_offset"
LAST_STAMP = "last_stamp"
"""Kept by `models.database` with every write: no stamp at or below it is given again."""
SCHEMA_SEEN = "sync.schema"
ADOPTING = "sync.adopting"
"""While it is there, a first pull runs: rows untouched since their making give way to headquarters'."""
SNAPSHOT = "sync.snapshot"
"""While it is there, the file is to be filled from a snapshot first: {} or {id, part, block, rows}, where to
go on (`sync.client.snapshot`)."""
FORKED = "sync.forked"
"""Headquarters told this file that it is a copy or an old backup ({known, came}); until it enrols anew."""
FORMER = "sync.former"
"""{epoch, upto}: the headquarters that had acknowledged what this desk gives back to another, or to the same
after a restore, in the outbox up to there."""
ASK_BLOBS = "sync.ask_blobs"
"""While it is there, headquarters is to be asked at once which contents of attachments it lacks."""
DIGEST = "sync.digest."
TOTAL = "sync.total"
Row = tuple[Any, ...]


class Plain:
    """The driver's own cursor on a session's transaction: rows are plain tuples, nothing is converted."""

    def __init__(self, session: Session) -> None:
        connection: Any = session.connection().connection.driver_connection
        self._connection = connection

    def all(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        found: list[Row] = self._connection.execute(statement, values).fetchall()
        return found

    def each(self, statement: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        """The same row by row, for more of them than should lie in memory at once."""
        yield from self._connection.execute(statement, values)

    def one(self, statement: str, values: Sequence[Any] = ()) -> Row | None:
        row: Row | None = self._connection.execute(statement, values).fetchone()
        return row

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Rows changed."""
        return int(self._connection.execute(statement, values).rowcount)

    def many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        self._connection.executemany(statement, rows)

    # -- facts -----------------------------------------------------------------------------------

    def fact(self, key: str, default: Any = None) -> Any:
        row = self.one("SELECT value FROM local_state WHERE key = ?", (key,))
        return default if row is None else json.loads(row[0])

    def facts(self, *keys: str) -> dict[str, Any]:
        """Several at once; those that are not there are left out."""
        marks = ", ".join("?" * len(keys))
        rows = self.all(f"SELECT key, value FROM local_state WHERE key IN ({marks})", keys)  # noqa: S608
        return {row[0]: json.loads(row[1]) for row in rows}

    def keep(self, key: str, value: Any) -> None:
        self.run(
            "INSERT INTO local_state(key, value) VALUES (?, ?) "
            "ON CONFLICT(key) DO UPDATE SET value = excluded.value",
            (key, json.dumps(value, ensure_ascii=False, separators=(",", ":"))),
        )

    def forget(self, key: str) -> None:
        self.run("DELETE FROM local_state WHERE key = ?", (key,))


@dataclass(frozen=True)
class Chain:
    """Where the desk's batches stand: the number and hash acknowledged last, and the hashes of bodies that
    were sent under the next number without an answer (`sync.server.store` checks the chain)."""

    number: int = 0
    hash: str = ""
    tries: list[str] = field(default_factory=list)

    def packed(self) -> dict[str, Any]:
        return asdict(self)


def chain(plain: Plain) -> Chain:
    stored = plain.fact(CHAIN)
    return Chain(**stored) if stored else Chain()


def round_lock(database: Database) -> FileLock:
    """Held by whoever makes a round with this file, or another desk of it; between processes."""
    return FileLock(f"{database.path}.sync-lock")


def ids_as_json(ids: Iterable[str]) -> str:
    """Ids as one parameter: ``WHERE id IN (SELECT value FROM json_each(?))``."""
    return json.dumps(list(ids))
