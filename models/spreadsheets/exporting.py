"""Which lists leave the archive, with which columns, and under whose right.

Exports can come back: what `rehearse` reads from them is "same" everywhere, because the headers are ours,
codes are words, and each row carries the archive's own number for its person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from models.errors import DomainError
from models.rules.rights import Right
from models.rules.service_time import SITE_ZONE
from models.spreadsheets import listing
from models.spreadsheets.jobs import Door
from models.spreadsheets.progress import SILENT, Progress
from models.spreadsheets.writing import ExportColumn, ExportSheet, export_sheets
from models.work import Work
from resources.translations import N_
from resources.translations import gettext as _


@dataclass(frozen=True)
class ExportKind:
    """``has_personal``: phones or IDs stand in it, so full values need the reveal rights."""

    key: str
    title: str
    has_personal: bool = True


KINDS: dict[str, ExportKind] = {
    kind.key: kind
    for kind in (
        ExportKind("archive", N_("客户档案")),
        ExportKind("rooms", N_("房屋"), has_personal=False),
        ExportKind("residents", N_("住户")),
        ExportKind("occupancies", N_("入住关系")),
        ExportKind("vehicles", N_("车辆")),
        ExportKind("parking", N_("车位")),
        ExportKind("pets", N_("宠物")),
        ExportKind("tickets", N_("工单")),
        ExportKind("callbacks", N_("回访")),
    )
}
"""Everything that ``export WHAT`` knows."""
_ARCHIVE = ("buildings", "residents", "rooms", "occupancies", "vehicles", "parking", "pets")


def export_list(
    door: Door,
    progress: Progress,
    kind: str,
    path: Path,
    *,
    ids: Sequence[str] | None = None,
    masked: bool = True,
) -> int:
    """Write one of `KINDS`; ``ids`` of the listed table choose rows, None takes all. Returns the rows.

    Logged before the file appears. Raises ``DomainError``: ``export-kind-unknown``, ``right-missing``
    (`EXPORT`; with ``masked`` False also `REVEAL` and, where IDs are listed, `REVEAL_ID`), and the faults
    of `export_sheets`.
    """
    if kind not in KINDS:
        raise DomainError("export-kind-unknown", kind=kind, kinds=", ".join(KINDS))
    count = door.read(partial(_count, kind=kind, ids=ids))
    door.write(log_export, kind, count=count, path=path.name, masked=masked)
    return door.read(partial(_write, kind=kind, path=path, ids=ids, masked=masked, progress=progress))


def log_export(work: Work, kind: str, *, count: int, path: str, masked: bool) -> None:
    """Check the rights and write the operation log."""
    work.require(Right.EXPORT)
    if not masked and KINDS[kind].has_personal:
        work.require(Right.REVEAL)
        if kind in {"archive", "residents"}:
            work.require(Right.REVEAL_ID)
    work.log("export", table=kind, label=path[:60], details={"rows": count, "masked": masked})


def _count(session: Session, *, kind: str, ids: Sequence[str] | None) -> int:
    if ids is not None:
        return len(ids)
    names = _ARCHIVE if kind == "archive" else (kind,)
    return sum(listing.count(session, name) for name in names)


def _write(
    session: Session,
    *,
    kind: str,
    path: Path,
    ids: Sequence[str] | None,
    masked: bool,
    progress: Progress = SILENT,
) -> int:
    names = _ARCHIVE if kind == "archive" else (kind,)
    sheets = [_sheet(session, name, ids, masked) for name in names]
    return export_sheets(sheets, path, zone=SITE_ZONE, progress=progress)


def _sheet(session: Session, name: str, ids: Sequence[str] | None, masked: bool) -> ExportSheet:
    found = listing.LISTS[name]
    columns = [ExportColumn(_(title), kind) for title, kind in found.columns]
    columns += [ExportColumn(title) for title in found.extra_columns(session)]
    rows: Callable[[], Iterable[Sequence[Any]]] = partial(found.rows, session, ids, masked)
    return ExportSheet(_(found.title), columns, rows)


__all__ = ["KINDS", "ExportColumn", "ExportKind", "ExportSheet", "export_list", "log_export"]
