"""The long work of an import as the window runs it: with a backup before, and rows left out by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.spreadsheets.applying import ImportResult
from models.spreadsheets.archive import Place
from models.spreadsheets.jobs import Door, carry_out
from models.spreadsheets.plan import ImportPlan, rehearse
from models.spreadsheets.progress import Progress
from models.spreadsheets.rejects import Written, write_rejects
from resources.translations import gettext as _

BackUp = Callable[[Any], Path]


def run_import(
    door: Door,
    progress: Progress,
    plan: ImportPlan,
    *,
    with_suspects: bool,
    skip: frozenset[Place],
    back_up: BackUp | None,
) -> ImportResult:
    """Back up, rehearse anew if rows are left out, write everything in one transaction. Raises `Cancelled`;
    nothing is then written."""
    if back_up is not None:
        progress.step(0, 0, _("正在备份"))
        back_up(progress)
        progress.check()
    if skip != plan.skipped:
        plan = door.read(rehearse, plan.workbook, plan.mapping, skip=skip, progress=progress)
    return carry_out(door, progress, plan, with_suspects=with_suspects)


def save_rejects(
    _door: Door, progress: Progress, plan: ImportPlan, path: Path, left_out: frozenset[Place]
) -> Written:
    """Write the bad rows with their reasons, those that went in apart from those that did not."""
    return write_rejects(plan, path, left_out=left_out, progress=progress)
