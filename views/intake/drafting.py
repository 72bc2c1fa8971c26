"""Keeps what is typed as a draft at every pause, and lists those that were interrupted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from models.entities.synced import new_id
from models.queries.drafts import DraftItem, drafts
from models.services import drafts as draft_services
from resources.translations import gettext as _
from views.context import AppContext, Notice

KIND = "ticket"
PAUSE_MS = 400
"""What is typed is written at most this long after the first key of it, however fast somebody types on."""


class DraftKeeper(QObject):
    """*contents* gives what to keep, or ``None`` if nothing in the form would be missed."""

    kept = Signal()
    """The draft was written."""
    emptied = Signal()
    """Everything in the form was cleared; its draft is gone."""
    listed = Signal(list)
    """The drafts besides the one in the form, newest first."""
    loading = Signal(object)
    """The `DraftItem` that goes into the form now."""

    def __init__(
        self, context: AppContext, contents: Callable[[], Mapping[str, Any] | None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._context, self._contents = context, contents
        self.current: str | None = None
        self._has_news = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self.keep)

    def schedule(self) -> None:
        """Something was typed."""
        self._has_news = True
        if not self._timer.isActive():
            self._timer.start()

    def keep(self) -> None:
        """Write now what has not been written."""
        self._timer.stop()
        if not self._has_news:
            return
        self._has_news = False
        data = self._contents()
        if data is None:
            self._drop_emptied()
            return
        if self.current is None:
            self.current = new_id()
        self._context.tasks.write(
            self, draft_services.save, self.current, KIND, dict(data), on_done=lambda _id: self.kept.emit()
        )

    def _drop_emptied(self) -> None:
        """Everything was cleared: the draft that was is none any more."""
        if self.current is not None:
            self.drop()
            self.emptied.emit()

    def let_go(self) -> str | None:
        """The form is about something else from now on; the id of the draft that it was."""
        self._timer.stop()
        self._has_news = False
        was, self.current = self.current, None
        return was

    def drop(self) -> None:
        """Nothing in the form is worth a draft: forget it without a word."""
        was = self.let_go()
        if was is not None:
            self._context.tasks.write(self, draft_services.discard, was)

    def read(self) -> None:
        """Ask for the list; it comes with `listed`."""
        self._context.tasks.read_latest(self, "drafts", drafts, KIND, on_done=self._on_read)

    def _on_read(self, items: list[DraftItem]) -> None:
        self.listed.emit([item for item in items if item.id != self.current])

    def load(self, draft_id: str) -> None:
        """Bring a draft into the form; what was typed there is kept first."""
        if draft_id != self.current:
            self.keep()
            self._find(draft_id, self._load_found)

    def _load_found(self, item: DraftItem) -> None:
        self.let_go()
        self.current = item.id
        self.loading.emit(item)
        self._timer.stop()
        self._has_news = False
        self.read()

    def discard(self, draft_id: str) -> None:
        """Throw a draft away; the notice brings it back."""
        self._find(draft_id, self._discard_found)

    def _discard_found(self, item: DraftItem) -> None:
        def bring_back() -> None:
            self._context.tasks.write(
                self, draft_services.save, item.id, KIND, dict(item.data), on_done=lambda _id: self.read()
            )

        def said(_value: object) -> None:
            self._context.notify(Notice(_("草稿已放弃"), undo=bring_back))
            self.read()

        self._context.tasks.write(self, draft_services.discard, item.id, on_done=said)

    def _find(self, draft_id: str, then: Callable[[DraftItem], None]) -> None:
        self._context.tasks.read(self, drafts, KIND, on_done=partial(self._on_found, draft_id, then))

    @staticmethod
    def _on_found(draft_id: str, then: Callable[[DraftItem], None], items: list[DraftItem]) -> None:
        for item in items:
            if item.id == draft_id:
                then(item)
