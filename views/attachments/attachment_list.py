"""The attachments of a ticket: looked at, saved, added by dialog or by dropping, taken off."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from models.errors import DomainError
from models.queries.ticket_detail import AttachmentRow
from models.queries.transfers import Upload, uploads
from models.rules.rights import Right
from models.services import attachments
from resources.terms import label as term
from resources.translations import gettext as _
from views.attachments import jobs
from views.attachments.file_picker import DropArea, ask_for_files, size_words, too_large
from views.attachments.whereabouts import whereabouts
from views.context import AppContext, Notice
from views.file_places import last_folder, remember
from views.widgets.card import Card, Piece
from views.widgets.panel import button, label

LOOK_AGAIN_MS = 1_500
"""How often the words beside an attachment follow its upload, while one is on its way."""


class AttachmentList(DropArea):
    """`show_rows` fills it. *keys* are those of the page's command that calls `choose`."""

    def __init__(self, context: AppContext, parent: QWidget | None = None, *, keys: str = "") -> None:
        super().__init__(parent, self.add)
        self._context = context
        self._ticket_id = ""
        self._rows: Sequence[AttachmentRow] = ()
        self._uploads: dict[str, Upload] = {}
        self._is_moving = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(LOOK_AGAIN_MS)
        self._again.timeout.connect(self._look)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._add = button(_("添加附件"), self.choose, keys=keys)
        self._card = Card()
        self._hint = label(
            _("还没有附件。照片、视频、录音可以直接拖进来，每个不超过 50 MB"), "muted", wraps=True
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._hint)
        column.addWidget(self._card)
        column.addWidget(self._add, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        self.setAccessibleName(_("附件"))

    def show_rows(self, ticket_id: str, rows: Sequence[AttachmentRow]) -> None:
        self._ticket_id = ticket_id
        can_add = self._context.desk is not None and self._context.may(Right.TICKET_PROGRESS)
        self._add.setVisible(can_add)
        self._hint.setVisible(not rows)
        self._card.setVisible(bool(rows))
        self._rows, self._uploads = rows, {}
        self._show_lines()
        self._look()

    def _look(self) -> None:
        """Ask how far the uploads are; again in a moment while somebody sees them move."""
        names = [row.sha256 for row in self._rows]
        if names and self._context.desk is not None:
            self._context.tasks.read_latest(self, "uploads", uploads, names, on_done=self._take_uploads)

    def _take_uploads(self, found: dict[str, Upload]) -> None:
        if found != self._uploads:
            self._uploads = found
            self._show_lines()
        if self._is_moving and self.isVisible():
            self._again.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()

    def _show_lines(self) -> None:
        self._is_moving = False
        self._card.show_lines([self._line(row) for row in self._rows])

    def _line(self, row: AttachmentRow) -> list[Piece]:
        now = self._context.clock()
        pieces = [
            Piece(row.name),
            Piece(
                f"{term('attachment.kind', row.kind)} · {size_words(row.size)} · "
                f"{self._context.formats.near(row.added_at, now)}",
                "muted",
            ),
        ]
        desk = self._context.desk
        if desk is not None:
            pieces.append(Piece(_("打开"), run=partial(self.open_row, row)))
            pieces.append(Piece(_("另存为"), run=partial(self._ask_where, row)))
        if self._context.may(Right.TICKET_PROGRESS):
            pieces.append(Piece(_("移除"), run=partial(self._remove, row)))
        if desk is not None:
            upload = self._uploads.get(row.sha256)
            where, is_moving = whereabouts(desk.attachments, desk.sync_status, row.sha256, upload)
            self._is_moving = self._is_moving or is_moving
            pieces += [where] if where is not None else []
        return pieces

    # -- adding ----------------------------------------------------------------------------------------

    def choose(self) -> None:
        """Ask for files and attach them."""
        if self._ticket_id and self._context.desk is not None:
            self.add(ask_for_files(self))

    def add(self, paths: Sequence[Path]) -> None:
        """Attach *paths*; those over 50 MB are told and left out."""
        desk = self._context.desk
        if desk is None or not self._ticket_id:
            return
        wrong = too_large(list(paths))
        for path in wrong:
            self._context.notify(Notice(_("“{name}”超过 50 MB，没有添加").format(name=path.name), "warn"))
        right = [path for path in paths if path not in wrong]
        if right:
            self._context.tasks.long(
                self, jobs.add_files, desk.attachments, self._ticket_id, right, title=_("添加附件")
            )

    def _remove(self, row: AttachmentRow) -> None:
        text = _("已移除附件 {name}").format(name=row.name)
        self._context.tasks.write(
            self, attachments.remove, row.id, on_done=lambda _value: self._context.notify(Notice(text))
        )

    # -- looking ---------------------------------------------------------------------------------------

    def open_row(self, row: AttachmentRow) -> None:
        """Show it with the system's program for its kind, as a copy."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="qiantai-", ignore_cleanup_errors=True)
        target = Path(self._folder.name) / row.id / Path(row.name).name
        self._copy(row, target, self._show_file)

    def _show_file(self, path: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            text = _("系统里没有能打开“{name}”的程序，请另存后再看").format(name=path.name)
            self._context.notify(Notice(text, "warn"))

    def _ask_where(self, row: AttachmentRow) -> None:
        proposed = last_folder(self._context.preferences) / Path(row.name).name
        chosen, _filter = QFileDialog.getSaveFileName(self, _("另存为"), str(proposed))
        if chosen:
            remember(self._context.preferences, Path(chosen))
            self.save_row(row, Path(chosen))

    def save_row(self, row: AttachmentRow, target: Path) -> None:
        """Copy the content to *target*."""
        self._copy(row, target, self._say_saved)

    def _say_saved(self, path: Path) -> None:
        self._context.notify(Notice(_("已存到 {path}").format(path=path), "good"))

    def _copy(self, row: AttachmentRow, target: Path, done: object) -> None:
        desk = self._context.desk
        if desk is not None:
            self._context.tasks.long(
                self,
                jobs.copy_out,
                desk,
                row.sha256,
                target,
                title=_("读取附件"),
                on_done=done,  # type: ignore[arg-type]
                on_error=self._on_not_read,
            )

    def _on_not_read(self, error: DomainError) -> None:
        """Told as any other fault; what stands beside it now knows better."""
        self._context.tasks.failed.emit(error)
        self._look()
