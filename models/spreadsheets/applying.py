"""Puts a rehearsed import into the archive in one transaction, and takes one back whole.

Cancel, a fault or a crash anywhere leaves nothing: the transaction is rolled back. What an import did is
kept row by row in ``import_change``, so that `take_back` can undo exactly that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from models.entities.local import ImportBatch, ImportChange
from models.entities.many_rows import insert_for_ids, insert_rows
from models.entities.synced import Base, is_synced, new_id
from models.entities.types import to_json
from models.errors import DomainError
from models.rules.rights import Right
from models.spreadsheets.archive import TABLES, Item
from models.spreadsheets.plan import ImportPlan, archive_state, rehearse
from models.spreadsheets.progress import SILENT, Progress, without_collector
from models.work import Work
from resources.terms import label

BATCH = 2_000
"""Rows given to the database between two looks at Cancel."""


_CHANGE = "INSERT INTO import_change (batch_id, table_name, stamp, row_id"


@dataclass(frozen=True)
class ImportResult:
    """``plan`` is what was carried out: made anew if the archive had changed since the rehearsal."""

    batch_id: str | None
    plan: ImportPlan
    written: int


@dataclass(frozen=True)
class KeptRow:
    """A row that was not taken back. ``why``: ``edited`` since, or ``in-use`` by newer rows."""

    table: str
    row_id: str
    label: str
    why: str


@dataclass(frozen=True)
class TakenBack:
    """``removed`` new rows, ``restored`` changed rows, and what stays with the reason."""

    removed: int
    restored: int
    kept: tuple[KeptRow, ...] = ()


@dataclass(frozen=True)
class ImportSummary:
    """One import for the list of imports. ``state``: ``applied`` or ``taken_back``."""

    batch_id: str
    file_name: str
    at: datetime
    staff_id: str | None
    counts: dict[str, int] = field(default_factory=dict)
    state: str = "applied"


def apply(
    work: Work, plan: ImportPlan, *, with_suspects: bool = True, progress: Progress = SILENT
) -> ImportResult:
    """Write the plan's new and changed rows. Run it through ``Database.write``.

    ``with_suspects`` False leaves suspect rows out. Raises ``DomainError("right-missing")``; ``Cancelled``
    by ``progress``, and then nothing has happened.
    """
    work.require(Right.ARCHIVE_IMPORT)
    skip = plan.skipped
    if not with_suspects:
        skip |= {(row.sheet, row.row) for row in plan.rows if row.outcome == "suspect"}
    if skip != plan.skipped or archive_state(work.session) != plan.basis:
        plan = rehearse(work.session, plan.workbook, plan.mapping, skip=skip, progress=progress)
    if plan.is_empty:
        return ImportResult(None, plan, 0)
    batch_id = new_id()
    work.session.execute(
        insert(ImportBatch),
        [
            {
                "id": batch_id,
                "file_name": plan.workbook.file_name,
                "at": work.now,
                "staff_id": work.actor.staff_id,
                "counts": plan.counts,
                "state": "applied",
            }
        ],
    )
    with without_collector():
        written = _write(work, plan, batch_id, progress)
    work.log("import", table="import_batch", label=plan.workbook.file_name[:60], details=plan.counts)
    progress.check()
    return ImportResult(batch_id, plan, written)


def _write(work: Work, plan: ImportPlan, batch_id: str, progress: Progress) -> int:
    """Every table, parents before children."""
    total = sum(new + changed for new, changed in plan.tables.values())
    done = 0
    for name, table in TABLES.items():
        for items in _pieces(plan.archive.items[name]):
            progress.check()
            work.bulk_insert(table, [{"id": item.id, **item.values} for item in items])
            _record(work, batch_id, name, items)
            done += len(items)
            progress.step(done, total, label("table", name))
        for items in _pieces(plan.archive.changed(name)):
            progress.check()
            work.bulk_update(
                table, {item.id: {key: item.values[key] for key in item.before} for item in items}
            )
            _record(work, batch_id, name, items)
            done += len(items)
            progress.step(done, total, label("table", name))
    return done


def _pieces(items: Sequence[Item]) -> Iterable[Sequence[Item]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


def _record(work: Work, batch_id: str, name: str, items: Sequence[Item]) -> None:
    """Keep what was there before, as JSON of the values as stored; nothing for a new row."""
    table = TABLES[name]
    stamp = work.context.last_stamp
    connection = work.session.connection()
    fixed = (batch_id, name, stamp)
    new = [item.id for item in items if not item.before]
    insert_for_ids(connection, f"{_CHANGE})", "?, ?, ?, value", new, fixed)
    changed = [
        (*fixed, item.id, to_json(_as_stored(table, item.before, work.session)))
        for item in items
        if item.before
    ]
    insert_rows(connection, f"{_CHANGE}, before)", changed)


def _as_stored(table: Table, fields: dict[str, Any], session: Session) -> dict[str, Any]:
    """Python values as they lie in the file, so that JSON can hold them."""
    stored = {}
    for name, value in fields.items():
        process = table.c[name].type.bind_processor(session.connection().dialect)
        stored[name] = process(value) if process else value
    return stored


def _as_python(table: Table, fields: dict[str, Any], session: Session) -> dict[str, Any]:
    values = {}
    for name, value in fields.items():
        process = table.c[name].type.result_processor(session.connection().dialect, None)
        values[name] = process(value) if process else value
    return values


# -- taking back --------------------------------------------------------------------------------------


def imports(session: Session) -> tuple[ImportSummary, ...]:
    """All imports of this desk, newest first."""
    found = session.scalars(select(ImportBatch).order_by(ImportBatch.at.desc(), ImportBatch.id.desc()))
    return tuple(
        ImportSummary(batch.id, batch.file_name, batch.at, batch.staff_id, dict(batch.counts), batch.state)
        for batch in found
    )


def take_back(work: Work, batch_id: str, *, progress: Progress = SILENT) -> TakenBack:
    """Undo an import: its new rows go, its changes are reversed.

    A row or field edited since stays as it is, and so does a row that newer rows stand on (a ticket for an
    imported room); both are told in ``kept``. Raises ``import-missing``, ``import-taken-back``.
    """
    work.require(Right.ARCHIVE_IMPORT)
    batch = work.session.get(ImportBatch, batch_id)
    if batch is None:
        raise DomainError("import-missing")
    if batch.state != "applied":
        raise DomainError("import-taken-back", file=batch.file_name)
    taking = _Taking(work, batch_id, progress)
    with without_collector():
        result = taking.run()
    work.session.execute(update(ImportBatch).where(ImportBatch.id == batch_id).values(state="taken_back"))
    work.log(
        "import_taken_back",
        table="import_batch",
        label=batch.file_name[:60],
        details={"removed": result.removed, "restored": result.restored, "kept": len(result.kept)},
    )
    return result


class _Taking:
    """One undoing: children first, so that a parent goes only when nothing is left on it."""

    def __init__(self, work: Work, batch_id: str, progress: Progress) -> None:
        self.work = work
        self.session = work.session
        self.batch_id = batch_id
        self.progress = progress
        self.gone: dict[str, set[str]] = {name: set() for name in TABLES}
        self.kept: list[KeptRow] = []
        self.restored = 0

    def run(self) -> TakenBack:
        for at, name in enumerate(reversed(TABLES)):
            self.progress.step(at, len(TABLES), label("table", name))
            self._table(name)
        removed = sum(len(ids) for ids in self.gone.values())
        return TakenBack(removed, self.restored, tuple(self.kept))

    def _table(self, name: str) -> None:
        table = TABLES[name]
        changes = self.session.execute(
            select(ImportChange.row_id, ImportChange.stamp, ImportChange.before).where(
                ImportChange.batch_id == self.batch_id, ImportChange.table_name == name
            )
        ).all()
        if not changes:
            return
        now = self._rows(table, [change.row_id for change in changes])
        new = [change for change in changes if change.before is None]
        undone = self._stamps_of_undone_imports(table, [change.row_id for change in new])
        in_use = self._in_use(table, {change.row_id for change in new})
        doomed: list[str] = []
        for change in new:
            row = now.get(change.row_id)
            if row is None or row["deleted"] is not None:
                continue
            edits = set(json.loads(row["field_stamps"] or "{}").values())
            if row["stamp"] != change.stamp or edits - undone.get(change.row_id, set()):
                self._keep(name, row, "edited")
            elif change.row_id in in_use:
                self._keep(name, row, "in-use")
            else:
                doomed.append(change.row_id)
        self.gone[name].update(doomed)
        for start in range(0, len(doomed), BATCH):
            self.progress.check()
            self.work.bulk_update(table, {row_id: {"deleted": 1} for row_id in doomed[start : start + BATCH]})
        self._restore(table, [change for change in changes if change.before is not None], now)

    def _restore(self, table: Table, changes: Sequence[Any], now: dict[str, Any]) -> None:
        back: dict[str, dict[str, Any]] = {}
        for change in changes:
            row = now.get(change.row_id)
            if row is None or row["deleted"] is not None:
                continue
            stamps = json.loads(row["field_stamps"] or "{}")
            ours = {key: value for key, value in change.before.items() if stamps.get(key) == change.stamp}
            if len(ours) < len(change.before):
                self._keep(table.name, row, "edited")
            if ours:
                back[change.row_id] = _as_python(table, ours, self.session)
        if back:
            self.work.bulk_update(table, back)
            self.restored += len(back)
            # Undoing is no edit: an earlier import of these rows can still be taken back.
            self.session.execute(
                update(ImportChange)
                .where(
                    ImportChange.batch_id == self.batch_id,
                    ImportChange.table_name == table.name,
                    ImportChange.before.is_not(None),
                )
                .values(stamp=self.work.context.last_stamp)
            )

    def _stamps_of_undone_imports(self, table: Table, ids: Sequence[str]) -> dict[str, set[int]]:
        """Row id → the stamps that imports left there and that were undone since."""
        found: dict[str, set[int]] = {}
        chosen = (
            select(ImportChange.row_id, ImportChange.stamp)
            .join(ImportBatch, ImportBatch.id == ImportChange.batch_id)
            .where(ImportBatch.state == "taken_back", ImportChange.table_name == table.name)
        )
        wanted = set(ids)
        for row_id, stamp in self.session.execute(chosen):
            if row_id in wanted:
                found.setdefault(row_id, set()).add(stamp)
        return found

    def _rows(self, table: Table, ids: Sequence[str]) -> dict[str, Any]:
        rows: dict[str, Any] = {}
        for start in range(0, len(ids), 500):
            chosen = select(table).where(table.c.id.in_(ids[start : start + 500]))
            rows.update({row["id"]: row for row in self.session.execute(chosen).mappings()})
        return rows

    def _keep(self, name: str, row: Any, why: str) -> None:
        label = next((row[key] for key in ("code", "name", "plate", "label") if row.get(key)), "")
        self.kept.append(KeptRow(name, row["id"], str(label), why))

    def _in_use(self, table: Table, ids: set[str]) -> set[str]:
        """Of these rows, the ones that a living row refers to which this undoing leaves."""
        if not ids:
            return set()
        used: set[str] = set()
        for other in Base.metadata.sorted_tables:
            if not is_synced(other):
                continue
            for column in other.c:
                if any(key.column.table is table for key in column.foreign_keys):
                    found = self.session.execute(
                        select(column, other.c.id).where(column.is_not(None), other.c.deleted.is_(None))
                    )
                    leaving = self.gone.get(other.name, set())
                    used.update(value for value, owner in found if value in ids and owner not in leaving)
        return used
