"""What is done with contents off the UI thread: put into the store, fetched, copied out."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from models.errors import DomainError
from models.services import attachments
from models.services.blob_store import Blob, BlobStore
from models.work import Work
from views.context import DeskControl
from views.tasks import Door, Progress

MEGABYTE = 1024 * 1024
LARGEST = 50 * MEGABYTE


def put_all(store: BlobStore, progress: Progress, paths: Sequence[Path]) -> list[tuple[Blob, str]]:
    """Contents and names of *paths*, in the store. Raises the faults of `BlobStore.put`."""
    total = sum(path.stat().st_size for path in paths if path.exists())
    done = 0
    found = []
    for path in paths:
        report = partial(_report, progress, done, total, path.name)
        blob = store.put(path, LARGEST, report)
        done += blob.size
        found.append((blob, path.name))
    return found


def _report(progress: Progress, before: int, total: int, name: str, size: int) -> None:
    progress.step(before + size, total, name)


def add_files(door: Door, progress: Progress, store: BlobStore, ticket_id: str, paths: Sequence[Path]) -> int:
    """Attach *paths* to a ticket; how many."""
    blobs = put_all(store, progress, paths)
    door.write(attach, ticket_id, blobs)
    return len(blobs)


def attach(work: Work, ticket_id: str, blobs: Sequence[tuple[Blob, str]]) -> None:
    """Name stored contents on a ticket, all or none."""
    for blob, name in blobs:
        attachments.add(work, ticket_id, blob, name=name)


def copy_out(_door: Door, progress: Progress, desk: DeskControl, sha256: str, target: Path) -> Path:
    """The content as a file of its own name. Raises the faults of ``fetch_attachment`` and
    ``attachment-not-saved`` (name)."""
    progress.step(0, 0, target.name)
    source = desk.fetch_attachment(sha256, lambda done, total: progress.step(done, total, target.name))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    except OSError as error:
        raise DomainError("attachment-not-saved", name=target.name) from error
    return target
