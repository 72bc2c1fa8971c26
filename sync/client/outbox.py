"""What this desk has changed and headquarters has not acknowledged, folded per row and field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from models.entities.local import IF_HELD
from models.entities.synced import SEEN, WAS_DELETED, synced_tables
from sync.client.local import ASK_BLOBS, FORMER, LINK, Plain, Row, ids_as_json

COUNTED = 10_000
"""Entries that are counted one by one."""
STAMPS = msgspec.json.Decoder(dict[str, int])
"""{field: stamp} as rows and outbox keep it."""
Key = tuple[str, str]
"""(table, row id)."""


class Waits(NamedTuple):
    """What of a row waits: ``fields`` is {field: stamp of the value that the first unsent edit replaced};
    ``is_whole`` when headquarters may not have the row at all."""

    fields: dict[str, int]
    is_whole: bool = False


NEVER_SENT = Waits({}, True)


@dataclass(frozen=True)
class Waiting:
    """The oldest part of the outbox: everything up to ``upto``."""

    upto: int
    rows: dict[Key, Waits]


def fold(entries: Iterable[Row]) -> dict[Key, Waits]:
    """Entries ``(table, row id, fields)`` in their order: a field keeps the stamp that its first unsent edit
    replaced, with the whole row as without it."""
    folded: dict[Key, Waits] = {}
    for table, row_id, packed in entries:
        key = (table, row_id)
        known = folded.get(key)
        if packed is None:
            folded[key] = NEVER_SENT if known is None else Waits(known.fields, True)
        elif known is None:
            folded[key] = Waits(STAMPS.decode(packed))
        else:
            folded[key] = Waits(_with_later(known.fields, STAMPS.decode(packed)), known.is_whole)
    return folded


def _with_later(first: dict[str, int], later: dict[str, int]) -> dict[str, int]:
    """What two edits of a row replaced, each field as the first of them says; but what somebody had seen who
    deleted the row is what they had seen at last."""
    if WAS_DELETED not in first or WAS_DELETED not in later:
        return {**later, **first}
    seen = [name for name in {**first, **later} if name == "deleted" or name.startswith(SEEN)]
    return {**later, **first, **{name: max(first.get(name, 0), later.get(name, 0)) for name in seen}}


def oldest(plain: Plain, limit: int) -> Waiting:
    """At most ``limit`` entries from the front."""
    entries = plain.all("SELECT lseq, table_name, row_id, fields FROM outbox ORDER BY lseq LIMIT ?", (limit,))
    return Waiting(entries[-1][0] if entries else 0, fold(entry[1:] for entry in entries))


def newest(plain: Plain) -> int:
    """The highest entry; 0 when nothing waits."""
    row = plain.one("SELECT max(lseq) FROM outbox")
    return int(row[0] or 0) if row else 0


def count_after(plain: Plain, last: int) -> int:
    """How many entries wait behind this one; of very many, how many numbers they have."""
    row = plain.one("SELECT count(*) FROM (SELECT 1 FROM outbox WHERE lseq > ? LIMIT ?)", (last, COUNTED))
    count = int(row[0]) if row else 0
    return count if count < COUNTED else newest(plain) - last


def is_short(plain: Plain, limit: int) -> bool:
    """Whether something waits, and at most ``limit`` entries."""
    row = plain.one("SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT ?)", (limit + 1,))
    return row is not None and 0 < row[0] <= limit


def upto(plain: Plain, last: int) -> dict[Key, Waits]:
    return fold(
        plain.all("SELECT table_name, row_id, fields FROM outbox WHERE lseq <= ? ORDER BY lseq", (last,))
    )


def of_rows(plain: Plain, keys: Mapping[str, Iterable[str]]) -> dict[Key, Waits]:
    """What waits for these rows: {table: ids}."""
    found: list[Row] = []
    for table, ids in keys.items():
        found += plain.all(
            "SELECT lseq, table_name, row_id, fields FROM outbox "
            "WHERE table_name = ? AND row_id IN (SELECT value FROM json_each(?))",
            (table, ids_as_json(ids)),
        )
    found.sort()
    return fold(entry[1:] for entry in found)


def acknowledge(plain: Plain, last: int) -> None:
    """One range delete: whatever was added while the batch travelled stays."""
    plain.run("DELETE FROM outbox WHERE lseq <= ?", (last,))


def go_back(plain: Plain, key: Key, refused: Mapping[str, int], replaced: Mapping[str, int]) -> None:
    """A row's later edits that replaced ``refused`` values, {field: stamp}: headquarters never had those, to
    it they replace what those had ``replaced``."""
    entries = plain.all(
        "SELECT lseq, fields FROM outbox WHERE table_name = ? AND row_id = ? AND fields IS NOT NULL", key
    )
    for lseq, packed in entries:
        fields = STAMPS.decode(packed)
        meant = {name: replaced[name] for name, at in fields.items() if at == refused.get(name)}
        if meant:
            fresh = json.dumps(fields | meant, separators=(",", ":"))
            plain.run("UPDATE outbox SET fields = ? WHERE lseq = ?", (fresh, lseq))


def queue_whole(plain: Plain, keys: Iterable[Key]) -> None:
    """Send these rows whole, whatever of them was sent before."""
    plain.many("INSERT INTO outbox(table_name, row_id, fields) VALUES (?, ?, NULL)", list(keys))


def give_way(plain: Plain, name: str, ids: Iterable[str]) -> None:
    """Do not send rows that nobody edited since they were made: headquarters has them already (the groups,
    departments and categories that every desk starts with have the same ids everywhere)."""
    plain.run(
        "DELETE FROM outbox WHERE table_name = ? AND row_id IN "  # noqa: S608
        f"(SELECT id FROM {name} WHERE field_stamps IS NULL AND id IN (SELECT value FROM json_each(?)))",
        (name, ids_as_json(ids)),
    )


def need_not_go(plain: Plain, name: str, ids: Iterable[str]) -> None:
    """Do not send these rows whole after all: headquarters has them as they are. Edits that wait stay."""
    plain.run(
        "DELETE FROM outbox WHERE table_name = ? AND fields IS NULL "
        "AND row_id IN (SELECT value FROM json_each(?))",
        (name, ids_as_json(ids)),
    )


def queue_everything(plain: Plain) -> int:
    """Send every row and every attachment of the file, parents first: at enrolment, and when headquarters
    was restored. What it has already costs only a look; edits that wait keep what they replaced. Contents
    that this desk never sent go only if they are here.

    Rows that wait whole already are queued anew, not twice. The caller changes the link afterwards: what is
    given back came from the headquarters of the link that is there now.
    """
    former = _former(plain)
    plain.run(
        "INSERT INTO blob_transfer(sha256, direction, size, offset, state, error) "
        "SELECT sha256, 'up', max(size), 0, 'waiting', ? FROM attachment "
        "WHERE deleted IS NULL GROUP BY sha256 "
        "ON CONFLICT(sha256, direction) DO UPDATE SET state = 'waiting', offset = 0, "
        "error = iif(error = excluded.error, error, NULL)",
        (IF_HELD,),
    )
    plain.keep(ASK_BLOBS, True)
    plain.run("DELETE FROM outbox WHERE fields IS NULL")
    for table in synced_tables():
        plain.run(
            f"INSERT INTO outbox(table_name, row_id, fields) SELECT '{table.name}', id, NULL "  # noqa: S608
            f"FROM {table.name} ORDER BY id"
        )
        _queue_behind(plain, table.name)
    if former:
        plain.keep(FORMER, {"epoch": former, "upto": newest(plain)})
    row = plain.one("SELECT count(*) FROM outbox")
    return int(row[0]) if row else 0


def _queue_behind(plain: Plain, name: str) -> None:
    """Edits that wait of deleted rows go with the whole row (`sync.client.push`), not before it: whoever
    deleted it need not have seen them, and in the row alone that does not show."""
    entries = plain.all(
        "SELECT o.lseq FROM outbox AS o "  # noqa: S608
        f"JOIN {name} AS t ON t.id = o.row_id AND t.deleted IS NOT NULL "
        "WHERE o.table_name = ? AND o.fields IS NOT NULL ORDER BY o.lseq",
        (name,),
    )
    for entry in entries:
        plain.run(
            "INSERT INTO outbox(table_name, row_id, fields) "
            "SELECT table_name, row_id, fields FROM outbox WHERE lseq = ?",
            entry,
        )
        plain.run("DELETE FROM outbox WHERE lseq = ?", entry)


def _former(plain: Plain) -> str:
    """The epoch that this file's rows come from; when all has not gone up yet to the one that it knew last,
    that of before."""
    facts = plain.facts(FORMER, LINK)
    begun = facts.get(FORMER)
    if begun and plain.one("SELECT 1 FROM outbox WHERE lseq <= ? LIMIT 1", (begun["upto"],)):
        return str(begun["epoch"])
    return str(facts.get(LINK, {}).get("epoch", ""))
