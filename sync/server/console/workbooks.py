"""Large lists as workbooks: rows go to a file first, and a process of its own makes the workbook of it.

Fifty thousand tickets take seconds of pure computing. On a thread of headquarters' own process every desk's
round would wait for it again and again; a process beside it, with the lowest place in the queue, takes what
is left over. Neither of the two ever holds all rows.
"""

from __future__ import annotations

import contextlib
import logging
import os
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from models.errors import DomainError
from models.rules.service_time import SITE_ZONE
from models.spreadsheets.writing import ExportColumn, Kind, export_rows

COMMAND = "write-workbook"
"""The first word of the command line of that process (`sync.server.__main__`); for nobody else."""
FEW = 2_000
"""Rows that are written where they are: sooner done than a process has started."""
LONGEST_S = 600.0
_AT_ONCE = 1_000
_LENGTH = struct.Struct(">I")
_NAMED = "qiantai-hq-"
_FORGOTTEN_S = 3_600.0
Row = Sequence[Any]
LOG = logging.getLogger("qiantai.hq")


@dataclass
class Spool:
    """Rows on their way into a workbook: the first `FEW` here, all of them in a file when there are more."""

    first: list[Row]
    count: int
    file: Path | None = None

    def discard(self) -> None:
        if self.file is not None:
            self.file.unlink(missing_ok=True)


def spooled(rows: Iterable[Row]) -> Spool:
    """Read the rows to their end, a thousand at a time."""
    left = iter(rows)
    first = list(islice(left, FEW))
    found = Spool(first, len(first))
    if len(first) < FEW:
        return found
    found.file = temporary(".rows")
    try:
        with found.file.open("wb") as out:
            _put(out, first)
            while chunk := list(islice(left, _AT_ONCE)):
                _put(out, chunk)
                found.count += len(chunk)
    except BaseException:
        found.discard()
        raise
    return found


def _put(out: Any, rows: Sequence[Row]) -> None:
    body = msgspec.msgpack.encode(rows)
    out.write(_LENGTH.pack(len(body)) + body)


def _rows_of(path: Path) -> Iterator[Row]:
    with path.open("rb") as source:
        while head := source.read(_LENGTH.size):
            yield from msgspec.msgpack.decode(source.read(_LENGTH.unpack(head)[0]))


def temporary(suffix: str) -> Path:
    """A new file for its owner's eyes only. What an answer that nobody fetched has left goes with that."""
    folder = Path(tempfile.gettempdir())
    for old in folder.glob(f"{_NAMED}*"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > _FORGOTTEN_S:
                old.unlink()
    handle, name = tempfile.mkstemp(prefix=_NAMED, suffix=suffix)
    os.close(handle)
    return Path(name)


@dataclass(frozen=True)
class Task:
    """What the process is told on its standard input."""

    rows: str
    target: str
    title: str
    columns: Sequence[tuple[str, str]]
    """(title, kind) of each."""


class Workshop:
    """Makes workbooks; one for an application. One large one at a time: a second would make both late."""

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def write(self, spool: Spool, columns: Sequence[ExportColumn], target: Path, title: str) -> None:
        """Raises ``export-busy`` while another large one is being made, ``export-failed``."""
        if spool.file is None:
            try:
                export_rows(columns, spool.first, target, title=title, zone=SITE_ZONE)
            except DomainError as error:  # a full disk, as the desk would say it
                raise DomainError("export-failed") from error
            return
        if not self._turn.acquire(blocking=False):
            raise DomainError("export-busy")
        try:
            told = [(column.title, column.kind.value) for column in columns]
            _run(Task(str(spool.file), str(target), title, told))
        finally:
            self._turn.release()


def _run(task: Task) -> None:
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "sync.server"]
    command, told = [*program, COMMAND], msgspec.json.encode(task)
    try:
        done = subprocess.run(  # noqa: S603 - ourselves, and none of what was asked is on the command line
            command, input=told, capture_output=True, timeout=LONGEST_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        LOG.exception("a workbook was not written")
        raise DomainError("export-failed") from error
    if done.returncode:
        kind = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2].partition(":")[0]
        LOG.error("a workbook was not written: %s", kind)  # the kind alone: an error may carry a cell
        raise DomainError("export-failed")


def main() -> int:
    """The process: reads its task and writes the workbook, after everybody else."""
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    columns = [ExportColumn(title, Kind(kind)) for title, kind in task.columns]
    rows = Path(task.rows)
    export_rows(columns, lambda: _rows_of(rows), Path(task.target), title=task.title, zone=SITE_ZONE)
    return 0
