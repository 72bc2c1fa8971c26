"""Masked phones and identity numbers with their 显示: each reveal is a logged service, and lasts a minute."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer

from models.queries.archive import PhoneLine
from models.rules.rights import Right
from models.services import phones, residents
from resources.translations import gettext as _
from views.context import AppContext
from views.widgets.card import Piece

SHOWN_SECONDS = 60


class Reveals(QObject):
    """What is shown in full now, by row id; *changed* redraws the page."""

    def __init__(self, context: AppContext, changed: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._changed = context, changed
        self._shown: dict[str, str] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_SECONDS * 1000)
        self._timer.timeout.connect(self.hide)

    def forget(self) -> None:
        """Another person is shown: mask everything, without redrawing."""
        self._shown.clear()
        self._timer.stop()

    def hide(self) -> None:
        """Mask everything again."""
        if self._shown:
            self.forget()
            self._changed()

    def text(self, row_id: str, masked: str) -> str:
        return self._shown.get(row_id, masked)

    def phone(self, phone_id: str) -> None:
        self._context.tasks.write(
            self, phones.reveal_phone, phone_id, on_done=partial(self._on_shown, phone_id)
        )

    def id_number(self, resident_id: str) -> None:
        self._context.tasks.write(
            self, residents.reveal_id_number, resident_id, on_done=partial(self._on_shown, resident_id)
        )

    def phone_pieces(self, line: PhoneLine, *, edit: Callable[[], object] | None = None) -> list[Piece]:
        """The number (a link that edits it, if given), its label, and 显示."""
        text = self.text(line.id, line.masked)
        found = [Piece(text, run=edit) if edit is not None else Piece(text)]
        if line.label:
            found.append(Piece(line.label, "muted"))
        if line.id not in self._shown and self._context.may(Right.REVEAL):
            found.append(Piece(_("显示"), run=partial(self.phone, line.id)))
        return found

    def id_pieces(self, resident_id: str, masked: str | None) -> list[Piece]:
        if masked is None:
            return [Piece("—", "muted")]
        found = [Piece(self.text(resident_id, masked))]
        if resident_id not in self._shown and self._context.may(Right.REVEAL_ID):
            found.append(Piece(_("显示"), run=partial(self.id_number, resident_id)))
        return found

    def _on_shown(self, row_id: str, text: str | None) -> None:
        self._shown[row_id] = text or "—"
        self._timer.start()
        self._changed()
