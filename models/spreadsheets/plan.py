"""The rehearsal: what an import would do, row by row, before it does anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.entities.local import LocalState
from models.spreadsheets.archive import TABLES, Archive, Item, Place
from models.spreadsheets.linking import SheetReader, Statement, ordered
from models.spreadsheets.mapping import Mapping
from models.spreadsheets.places import Places
from models.spreadsheets.planner import RowPlanner
from models.spreadsheets.progress import EVERY, SILENT, Progress, without_collector
from models.spreadsheets.reading import Workbook
from models.spreadsheets.reasons import Reason

OUTCOMES = ("new", "changed", "same", "suspect", "refused")


@dataclass(slots=True)
class PlanRow:
    """One row of the workbook. ``outcome`` is one of `OUTCOMES`.

    ``effect`` (new, changed, same, none) is what goes in, also for a suspect row. ``row`` counts as Excel
    does. ``changes`` {(table, field): (now, then)} of existing rows.
    """

    sheet: str
    row: int
    outcome: str
    effect: str
    summary: str
    reasons: tuple[Reason, ...] = ()
    changes: tuple[tuple[str, str, Any, Any], ...] = ()


@dataclass
class ImportPlan:
    """``counts`` per outcome; ``tables`` {table: (new, changed)}; ``notices`` about whole columns."""

    workbook: Workbook
    mapping: Mapping
    rows: list[PlanRow]
    archive: Archive
    basis: str
    skipped: frozenset[Place] = frozenset()
    notices: list[Reason] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(row.outcome for row in self.rows)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    @property
    def tables(self) -> dict[str, tuple[int, int]]:
        found = {name: (len(self.archive.items[name]), len(self.archive.changed(name))) for name in TABLES}
        return {name: pair for name, pair in found.items() if any(pair)}

    @property
    def is_empty(self) -> bool:
        return not self.tables

    def of_outcome(self, outcome: str) -> list[PlanRow]:
        return [row for row in self.rows if row.outcome == outcome]


def archive_state(session: Session) -> str:
    """Changes whenever this desk writes or pulls anything: a plan made before is then made again."""
    rows = session.execute(select(LocalState.key, LocalState.value).order_by(LocalState.key))
    return repr([tuple(row) for row in rows if "cursor" in row.key or row.key == "last_stamp"])


def rehearse(
    session: Session,
    workbook: Workbook,
    mapping: Mapping,
    *,
    skip: frozenset[Place] = frozenset(),
    progress: Progress = SILENT,
) -> ImportPlan:
    """Read every row of the used sheets against the archive. Writes nothing.

    ``skip``: rows that shall stay out, as (sheet, row). Raises ``Cancelled`` by ``progress.check()``.
    """
    with without_collector():
        return _rehearse(session, workbook, mapping, skip, progress)


def _rehearse(
    session: Session, workbook: Workbook, mapping: Mapping, skip: frozenset[Place], progress: Progress
) -> ImportPlan:
    basis = archive_state(session)
    archive = Archive.load(session)
    planner = RowPlanner(archive, Places(archive))
    rows: list[PlanRow] = []
    readers = [SheetReader(workbook, mapping, of) for of in ordered(mapping)]
    total = sum(reader.count() for reader in readers)
    done = 0
    for reader in readers:
        for statement in reader.statements():
            done += 1
            if done % EVERY == 0:
                progress.check()
                progress.step(done, total, reader.sheet.name)
            if statement.place not in skip:
                rows.append(_plan_row(planner, statement))
    progress.step(total, total)
    order = {sheet.name: at for at, sheet in enumerate(workbook.sheets)}
    rows.sort(key=lambda row: (order[row.sheet], row.row))
    return ImportPlan(workbook, mapping, rows, archive, basis, skip)


def _plan_row(planner: RowPlanner, statement: Statement) -> PlanRow:
    effect = planner.plan(statement)
    if statement.is_refused:
        outcome = "refused"
    elif any(reason.is_suspicion for reason in statement.reasons):
        outcome = "suspect"
    else:
        outcome = effect
    return PlanRow(
        statement.sheet,
        statement.row,
        outcome,
        effect,
        planner.summary,
        tuple(statement.reasons),
        tuple(planner.changes),
    )


__all__ = ["OUTCOMES", "ImportPlan", "Item", "MappingType", "PlanRow", "archive_state", "rehearse"]
