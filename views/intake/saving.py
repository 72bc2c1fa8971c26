"""Saving a request: look for one like it, make the ticket, then print it or send it out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from models.errors import DomainError
from models.queries.similar_tickets import SimilarWarning, similar_tickets
from models.services import tickets
from models.services.intake import Taken
from models.services.tickets import Assignment
from resources.translations import gettext as _
from views.context import AppContext, Notice, PrintRequest
from views.intake import reading
from views.intake.form import is_answerable, request_of
from views.intake.reading import ToDispatch
from views.intake.similar_dialog import SimilarDialog
from views.tickets.dispatching import DispatchDialog
from views.widgets.dialog import FormDialog

if TYPE_CHECKING:
    from views.intake.page import IntakePage

PRINT, SAVE, DISPATCH = "print", "save", "dispatch"


class Saver(QObject):
    """`save` with what is to follow; `saved` when the form may be cleared."""

    saved = Signal()

    def __init__(self, page: IntakePage) -> None:
        super().__init__(page)
        self._page = page
        self._context: AppContext = page.context
        self._is_busy = False

    def save(self, then: str) -> None:
        """Check the form, warn of a ticket like it, make the ticket, then *then*."""
        form = self._page.form
        if self._is_busy or not form.is_right():
            return
        self._is_busy = True
        values = form.values()
        self.look(values, partial(self._on_looked, then, values), on_error=self._failed)

    def look(
        self,
        values: dict[str, Any],
        on_done: Callable[[SimilarWarning], None],
        on_error: Callable[[DomainError], None] | None = None,
    ) -> None:
        """Ask for open tickets like what the form states."""
        household = values["household"]
        self._context.tasks.read(
            self, similar_tickets, matter=values["matter"], kind=values["kind"], now=self._context.clock(),
            room_id=household.room_id if household is not None else None, place=values["place"] or None,
            category_id=values["category_id"], on_done=on_done, on_error=on_error,
        )  # fmt: skip

    def _on_looked(self, then: str, values: dict[str, Any], warning: SimilarWarning) -> None:
        if warning.is_empty:
            self._write(then, values)
            return
        dialog = SimilarDialog(
            self._context, warning, self._page,
            chase=partial(self._chase, values["matter"]), create=partial(self._write, then, values),
        )  # fmt: skip
        dialog.rejected.connect(self._stop)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _stop(self) -> None:
        self._is_busy = False

    def _chase(self, matter: str, ticket_id: str) -> None:
        draft_id = self._page.keeper.current
        self._context.tasks.write(
            self, reading.chase_instead, ticket_id, matter, draft_id,
            on_done=lambda _value: self._on_chased(ticket_id), on_error=self._failed,
        )  # fmt: skip

    def _on_chased(self, ticket_id: str) -> None:
        self._is_busy = False
        self._context.notify(Notice(_("已在原单上催单，没有新建"), "good"))
        self.saved.emit()
        self._context.navigate("tickets", ticket_id=ticket_id)

    def _write(self, then: str, values: dict[str, Any]) -> None:
        self._is_busy = True
        answer = values["answer"] if is_answerable(values) else ""
        request = request_of(
            values,
            resident_id=self._page.resident_id,
            masked_phone=self._page.masked_phone,
            draft_id=self._page.keeper.let_go(),
        )
        self._draft_id = request.draft_id
        self._context.tasks.write(
            self, reading.take, request, answer,
            on_done=partial(self._on_taken, then, bool(answer)), on_error=self._refused,
        )  # fmt: skip

    def _on_taken(self, then: str, is_answered: bool, taken: Taken) -> None:
        self._is_busy = False
        wording = _("已受理并答复 {number}，已存本机") if is_answered else _("已受理 {number}，已存本机")
        self._context.notify(Notice(wording.format(number=taken.number), "good"))
        self.saved.emit()
        if is_answered:
            return
        if then == PRINT:
            self._print(taken.ticket_id)
        elif then == DISPATCH:
            self._context.tasks.read(self, reading.to_dispatch, taken.ticket_id, on_done=self._open_dispatch)

    def _refused(self, error: DomainError) -> None:
        """The draft is that of the form still."""
        self._page.keeper.current = self._draft_id
        self._page.keeper.schedule()
        self._failed(error)

    def _failed(self, error: DomainError) -> None:
        self._is_busy = False
        self._page.form.show_error(error)

    def _print(self, ticket_id: str) -> None:
        request = PrintRequest("work-order", (ticket_id,), is_preview=False)
        self._context.print_request(self._page, request)

    def _open_dispatch(self, found: ToDispatch) -> None:
        detail = found.detail

        def send(assignment: Assignment, _reason: str, dialog: FormDialog) -> None:
            self._context.tasks.write(
                dialog, tickets.dispatch, detail.id, assignment,
                on_done=dialog.done_well, on_error=dialog.failed,
            )  # fmt: skip

        title = _("派单 {number}").format(number=detail.number)
        dialog = DispatchDialog(self._context, found.departments, detail, send, self._page, title=title)
        dialog.accepted.connect(lambda: self._on_dispatched(detail.id, detail.number))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_dispatched(self, ticket_id: str, number: str) -> None:
        self._context.notify(Notice(_("已派单 {number}").format(number=number), "good"))
        self._print(ticket_id)
