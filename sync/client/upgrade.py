"""After the program learned new fields or tables: what lay in ``extra`` moves into its column, and what was
skipped is pulled again."""

from __future__ import annotations

import json
from typing import Any

from models.database import Database
from models.entities.triggers import UNGUARDED
from sync.client import outbox
from sync.client.applied import NOTHING
from sync.client.columns import local_tables
from sync.client.local import CURSOR, SCHEMA_SEEN, SINCE, SKIPPED, Plain
from sync.protocol import SCHEMA


def run(database: Database) -> None:
    """Costs one read unless the schema changed since the last round."""
    with database.reading() as session:
        if Plain(session).fact(SCHEMA_SEEN) == SCHEMA:
            return
    with database.working("sync.upgrade") as work:
        plain = Plain(work.session)
        plain.keep(UNGUARDED, True)
        for name in local_tables():
            promote(plain, name)
        plain.forget(UNGUARDED)
        skipped = set(plain.fact(SKIPPED, []))
        known = skipped & local_tables().keys()
        if known:
            plain.keep(SKIPPED, sorted(skipped - known))
            plain.keep(CURSOR, 0)
            plain.keep(SINCE, 0)
        requeue_refused(plain)
        plain.keep(SCHEMA_SEEN, SCHEMA)


def promote(plain: Plain, name: str) -> int:
    """Move fields of ``extra`` that have a column now; gives the rows changed. Their stamps stay. What
    somebody has written into such a column since the upgrade stands."""
    table = local_tables()[name]
    changed = 0
    kept = plain.all(f"SELECT id, extra FROM {name} WHERE extra IS NOT NULL")  # noqa: S608
    waiting = outbox.of_rows(plain, {name: [row[0] for row in kept]}) if kept else {}
    for row_id, packed in kept:
        extra: dict[str, Any] = json.loads(packed)
        found = {column: extra.pop(column) for column in table.columns if column in extra}
        if not found:
            continue
        written = waiting.get((name, row_id), NOTHING).fields
        values = {column: value for column, value in found.items() if column not in written}
        left = json.dumps(extra, ensure_ascii=False, separators=(",", ":"), sort_keys=True) if extra else None
        assigned = ", ".join(f"{column} = ?" for column in ("extra", *values))
        plain.run(f"UPDATE {name} SET {assigned} WHERE id = ?", (left, *values.values(), row_id))  # noqa: S608
        changed += 1
    return changed


def requeue_refused(plain: Plain) -> None:
    """What an older headquarters did not know is offered again."""
    rows = plain.all("SELECT id, table_name, row_id FROM refused_patch WHERE code = 'unknown-table'")
    for refused_id, name, row_id in rows:
        if name in local_tables():
            plain.run("DELETE FROM refused_patch WHERE id = ?", (refused_id,))
            plain.run("INSERT INTO outbox(table_name, row_id, fields) VALUES (?, ?, NULL)", (name, row_id))
