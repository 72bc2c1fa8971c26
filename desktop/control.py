"""What pages may ask of the program around them (`views.context.DeskControl`), carried out.

Imports what each deed needs when it is done: the window must not wait for paper and network at start.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import DomainError
from models.services.blob_store import BlobStore
from models.work import Actor
from resources import translations
from resources.translations import gettext as _
from sync.status import SyncStatus
from views.context import KeyWhere

if TYPE_CHECKING:
    from desktop.application import Application
    from desktop.desk import Desk
    from desktop.sync_service import SyncService


class Control:
    """One desk's. Methods said to run on a worker touch no widget."""

    def __init__(self, application: Application, desk: Desk, sync: SyncService, actor: Actor) -> None:
        self._application = application
        self._desk = desk
        self._sync = sync
        self._actor = actor

    @property
    def profile_folder(self) -> Path:
        return self._desk.profile.folder

    @property
    def backups_folder(self) -> Path:
        return self._desk.profile.backups

    @property
    def attachments(self) -> BlobStore:
        return BlobStore(self._desk.profile.attachments)

    @property
    def sync_status(self) -> SyncStatus:
        return self._sync.status

    @property
    def sync_status_changed(self) -> Any:
        return self._sync.status_changed

    def agree_to_mass_deletion(self) -> None:
        self._sync.agree()

    def enrol(self, url: str, code: str) -> str:
        from desktop.opening import Joining, enrol_desk

        done = enrol_desk(self._desk, Joining(url, code), self._actor)
        self._sync.reconnect()  # the first round, with its progress and its faults, is the light's to tell
        return done.letter

    def move_headquarters(self, url: str) -> None:
        from models.rules.rights import Right
        from sync.client import enrol as enrolment

        if not self._actor.may(Right.ENROL):
            raise DomainError("right-missing", right=Right.ENROL.value)
        enrolment.move_headquarters(self._desk.database, url)
        self._sync.reconnect()

    def fetch_attachment(self, sha256: str, progress: Callable[[int, int], None] | None = None) -> Path:
        from sync.client import enrol as enrolment
        from sync.client.attachments import Attachments

        transfers = Attachments(self._desk.database, self.attachments)
        found = transfers.at_hand(sha256)
        if found is not None:
            return found
        is_spoiled = self.attachments.is_set_aside(sha256)
        try:
            link = enrolment.connect(self._desk.database, self._desk.keys)
        except DomainError as error:
            if error.code == "not-enrolled":  # nobody else has it
                raise DomainError("blob-damaged" if is_spoiled else "blob-missing") from error
            raise
        try:
            return transfers.fetch(link, sha256, progress)
        except DomainError as error:
            if error.code == "blob-unknown" and is_spoiled:
                raise DomainError("blob-damaged") from error
            raise
        finally:
            link.close()

    def back_up(self, progress: Any) -> Path:
        from models.services import backup

        made = backup.make(
            self._desk.database,
            self._actor,
            self._desk.profile.backups,
            attachments=self._desk.profile.attachments,
            progress=lambda done, total: progress.step(done, total, _("正在备份")),
        )
        return made.path

    def key_where(self) -> KeyWhere:
        status = self._desk.keys.status()
        return KeyWhere(status.backend, status.path)

    def write_recovery_file(self, path: Path, passphrase: str) -> None:
        from desktop.key_recovery import export_recovery
        from models.services import backup

        self._desk.database.write(self._actor, backup.log_recovery_file, path.name)
        export_recovery(self._desk.keys, path, passphrase)

    def look(self) -> tuple[str, float, str]:
        theme = self._application.theme
        return theme.scheme.value, theme.text_size, translations.language()

    def set_look(self, scheme: str, text_size: float, language: str) -> None:
        self._application.set_look(scheme, text_size, language)

    def list_printers(self) -> list[str]:
        from desktop import printing

        return [printer.name for printer in printing.list_printers()]

    def print_calibration(self, printer: str, form: str, out: Path | None) -> None:
        from desktop import printing
        from models.queries.printer_profiles import PrinterSetting, printer_settings
        from views.documents.calibration import render_calibration

        kept = {setting.printer: setting for setting in self._desk.database.read(printer_settings)}
        setting = kept.get(printer, PrinterSetting(printer, form))
        profile = printing.PrinterProfile(
            printer, form, setting.offset_x / 100, setting.offset_y / 100, setting.scale / 10_000
        )
        report = render_calibration(
            form, printer=printer, offset_mm=(profile.offset_x, profile.offset_y), scale=profile.scale
        )
        if out is not None:
            printing.save_pdf(report.pdf, out)
        else:
            printing.print_pdf(report.pdf, profile, title=_("校准页"))

    def lock(self) -> None:
        self._application.lock()
