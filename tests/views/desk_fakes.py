"""A program around the pages, made small: what `views.context.DeskControl` promises, kept in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from models.errors import DomainError
from models.services.blob_store import BlobStore
from sync.status import SyncState, SyncStatus
from views.context import KeyWhere


class Sender(QObject):
    changed = Signal(object)


@dataclass
class FakeDesk:
    """Remembers what was asked of it; ``refusal`` is raised by `enrol`."""

    folder: Path
    status: SyncStatus = field(default_factory=lambda: SyncStatus(SyncState.LOCAL))
    sender: Sender = field(default_factory=Sender)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    refusal: DomainError | None = None
    printers: list[str] = field(default_factory=lambda: ["EPSON LQ-630K", "HP LaserJet"])
    key: KeyWhere = field(default_factory=lambda: KeyWhere("SecretService"))
    looks: tuple[str, float, str] = ("system", 1.0, "zh_CN")

    @property
    def profile_folder(self) -> Path:
        return self.folder

    @property
    def backups_folder(self) -> Path:
        return self.folder / "backups"

    @property
    def attachments(self) -> BlobStore:
        return BlobStore(self.folder / "attachments")

    @property
    def sync_status(self) -> SyncStatus:
        return self.status

    @property
    def sync_status_changed(self) -> Any:
        return self.sender.changed

    def say(self, status: SyncStatus) -> None:
        """As the sync service does: the new status, then the signal."""
        self.status = status
        self.sender.changed.emit(status)

    def agree_to_mass_deletion(self) -> None:
        self.asked.append(("agree",))

    def enrol(self, url: str, code: str) -> str:
        self.asked.append(("enrol", url, code))
        if self.refusal is not None:
            raise self.refusal
        return "C"

    def move_headquarters(self, url: str) -> None:
        self.asked.append(("move", url))

    def fetch_attachment(self, sha256: str, progress: Any = None) -> Path:
        return self.folder / sha256

    def back_up(self, progress: Any) -> Path:
        self.asked.append(("back_up",))
        self.backups_folder.mkdir(parents=True, exist_ok=True)
        path = self.backups_folder / "20261120T020000Z-manual-00ff.qiantai-backup"
        path.write_bytes(b"x" * 4096)
        progress.step(1, 1)
        return path

    def key_where(self) -> KeyWhere:
        return self.key

    def write_recovery_file(self, path: Path, passphrase: str) -> None:
        self.asked.append(("recovery", path, passphrase))

    def look(self) -> tuple[str, float, str]:
        return self.looks

    def set_look(self, scheme: str, text_size: float, language: str) -> None:
        self.looks = (scheme, text_size, language)

    def list_printers(self) -> list[str]:
        return self.printers

    def print_calibration(self, printer: str, form: str, out: Path | None) -> None:
        self.asked.append(("calibration", printer, form, out))

    def lock(self) -> None:
        self.asked.append(("lock",))
