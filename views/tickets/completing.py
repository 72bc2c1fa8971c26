"""办结: what the crew's paper says, with proof, materials, labour and rating, saved in one step."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication, QWidget

from models.queries.ticket_detail import TicketDetail
from models.services import attachments, charges, tickets
from models.services.blob_store import Blob, BlobStore
from models.services.charges import Line
from models.services.tickets import Completion
from models.work import Work
from resources.terms import choices
from resources.translations import N_
from resources.translations import gettext as _
from views.attachments.file_picker import FilesEditor
from views.attachments.jobs import put_all
from views.context import AppContext
from views.formats import Formats
from views.tasks import Door, Progress
from views.tickets.charge_editor import ChargeEditor
from views.widgets.dialog import FormDialog
from views.widgets.form import Field, Kind
from views.widgets.panel import scrolled

PROOF = "proof"
MARGIN = 190
"""Pixels of the screen that a dialog leaves to its own head and buttons and to the desktop."""


def finish(
    work: Work,
    ticket_id: str,
    completion: Completion,
    lines: Sequence[Line] = (),
    proofs: Sequence[tuple[Blob, str]] = (),
) -> str | None:
    """Charges, proof and completion in one transaction; the id of the callback that is due, if one is."""
    for blob, name in proofs:
        attachments.add(work, ticket_id, blob, name=name, kind=PROOF)
    if lines:
        charges.add(work, ticket_id, lines)
    return tickets.complete(work, ticket_id, completion)


def finish_with_files(
    door: Door,
    progress: Progress,
    store: BlobStore,
    ticket_id: str,
    completion: Completion,
    *,
    lines: Sequence[Line],
    paths: Sequence[Path],
) -> str | None:
    """As `finish`, the contents put into the store first."""
    return door.write(finish, ticket_id, completion, lines, put_all(store, progress, paths))


def _fields(formats: Formats, *, has_files: bool) -> list[Field]:
    nothing = ((None, "—"),)
    fields = [
        Field("result", N_("结果"), Kind.CHOICE, is_required=True, mnemonic="R",
              choices=lambda: choices("ticket.result")),
        Field("charge_kind", N_("收费方式"), Kind.CHOICE, is_beside=True, mnemonic="K",
              choices=lambda: [*nothing, *choices("ticket.charge_kind")]),
        Field("resolution", N_("处理情况"), Kind.LONG_TEXT, lines=2, mnemonic="T",
              hint=N_("做了什么、换了什么；没有照片时必须写")),
        Field("unfinished_reason", N_("未修复原因"), Kind.LONG_TEXT, lines=2),
        Field("arrived_at", N_("到场时间"), Kind.MOMENT, hint=N_("14:30、明天 9:00")),
        Field("completed_at", N_("完成时间"), Kind.MOMENT, hint=N_("留空表示现在"), is_beside=True),
        Field("lines", N_("材料人工"), Kind.OWN, make=partial(ChargeEditor, formats=formats)),
        Field("rating", N_("评价"), Kind.CHOICE, choices=lambda: [*nothing, *choices("ticket.rating")]),
        Field("rating_by", N_("评价人"), is_beside=True),
    ]  # fmt: skip
    if has_files:
        fields.append(Field(PROOF, N_("处理凭证"), Kind.OWN, make=FilesEditor))
    return fields


class CompleteDialog(FormDialog):
    """Writes by itself; *done* runs after a success."""

    def __init__(self, context: AppContext, detail: TicketDetail, parent: QWidget) -> None:
        self._context, self._detail = context, detail
        super().__init__(
            _("办结 {number}").format(number=detail.number),
            _fields(context.formats, has_files=context.desk is not None),
            lambda values, _dialog: self._write(values),
            parent,
            confirm=_("办结"),
            formats=context.formats,
            width=640,
        )
        self._scroll()
        self.form.set_values(
            {
                "charge_kind": detail.charge_kind,
                "arrived_at": detail.arrived_at,
                "resolution": detail.resolution or "",
                "rating_by": detail.caller_name or "",
            }
        )
        self.form.edited.connect(self._on_edited)
        self._on_edited("result")
        self.form.focus("resolution")

    def _scroll(self) -> None:
        """A form higher than the screen scrolls; its buttons stay in sight."""
        self.body.removeWidget(self.form)
        area = scrolled(self.form)
        screen = self.screen() or QApplication.primaryScreen()
        wanted = self.form.sizeHint().height() + 12
        area.setMinimumHeight(min(wanted, screen.availableSize().height() - MARGIN))
        self.body.addWidget(area)

    def _on_edited(self, name: str) -> None:
        if name == "result":
            self.form.set_shown("unfinished_reason", self.form.values()["result"] == "unfixed")

    def _write(self, values: dict[str, Any]) -> None:
        lines, paths = values.pop("lines"), values.pop(PROOF, ())
        given: dict[str, Any] = {name: None if value == "" else value for name, value in values.items()}
        completion = Completion(**given)
        tasks, desk = self._context.tasks, self._context.desk
        if paths and desk is not None:
            tasks.long(
                self, finish_with_files, desk.attachments, self._detail.id, completion,
                lines=lines, paths=paths, title=_("办结"), on_done=self.done_well, on_error=self.failed,
                on_cancelled=lambda: self.confirm_button.setEnabled(True),
            )  # fmt: skip
            return
        tasks.write(
            self, finish, self._detail.id, completion, lines, on_done=self.done_well, on_error=self.failed
        )
