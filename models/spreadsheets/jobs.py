"""Whole imports and exports for whoever has a door to the database: the window's task runner, the command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

from models.database import Database
from models.spreadsheets.applying import ImportResult, TakenBack, apply, take_back
from models.spreadsheets.mapping import Mapping, fit_mapping, guess_mapping, load_mapping
from models.spreadsheets.plan import ImportPlan, rehearse
from models.spreadsheets.progress import SILENT, Progress, without_collector
from models.spreadsheets.reading import Workbook, read_workbook
from models.work import Actor

T = TypeVar("T")


class Door(Protocol):
    """Reads and writes as one person (`views.tasks.Door`; `DatabaseDoor` without a window)."""

    def read(self, query: Callable[..., T], /, *args: Any, **kwargs: Any) -> T: ...

    def write(self, service: Callable[..., T], /, *args: Any, **kwargs: Any) -> T: ...


def open_workbook(
    door: Door, progress: Progress, path: Path, mapping_name: str | None = None
) -> tuple[Workbook, Mapping]:
    """Read a workbook and say what its columns mean, by a saved mapping if one is named.

    Raises what `read_workbook`, `load_mapping` and `fit_mapping` raise, and ``workbook-without-header`` is
    no fault here: the mapping then has no sheets and the user points at the header.
    """
    progress.step(0, 0, path.name)
    workbook = read_workbook(path)
    progress.check()
    if mapping_name is None:
        return workbook, guess_mapping(workbook)
    return workbook, fit_mapping(door.read(load_mapping, mapping_name), workbook)


def rehearse_import(door: Door, progress: Progress, workbook: Workbook, mapping: Mapping) -> ImportPlan:
    """`rehearse` through the door."""
    return door.read(rehearse, workbook, mapping, progress=progress)


def carry_out(
    door: Door, progress: Progress, plan: ImportPlan, *, with_suspects: bool = True
) -> ImportResult:
    """`apply` through the door: one transaction."""
    with without_collector():  # also over the search index and the outbox, written before the commit
        return door.write(apply, plan, with_suspects=with_suspects, progress=progress)


def undo(door: Door, progress: Progress, batch_id: str) -> TakenBack:
    """`take_back` through the door."""
    with without_collector():
        return door.write(take_back, batch_id, progress=progress)


def import_file(
    door: Door,
    path: Path,
    *,
    mapping_name: str | None = None,
    with_suspects: bool = True,
    progress: Progress = SILENT,
) -> ImportResult:
    """Read, rehearse and apply in one go (the command ``import FILE``)."""
    workbook, mapping = open_workbook(door, progress, path, mapping_name)
    plan = rehearse_import(door, progress, workbook, mapping)
    return carry_out(door, progress, plan, with_suspects=with_suspects)


class DatabaseDoor:
    """A door for one person straight on the database, for commands and tests."""

    def __init__(self, database: Database, actor: Actor) -> None:
        self._database = database
        self._actor = actor

    def read(self, query: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        result: T = self._database.read(query, *args, **kwargs)
        return result

    def write(self, service: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        result: T = self._database.write(self._actor, service, *args, **kwargs).value
        return result


__all__ = [
    "DatabaseDoor", "Door", "carry_out", "import_file", "open_workbook", "rehearse_import", "undo",
]  # fmt: skip
