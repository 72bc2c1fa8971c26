"""What the ticket page does to tickets: each command opens its form or acts at once; a mistaken step can be
undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QWidget

from models.queries.categories import CategoryNode, category_tree
from models.queries.dispatching import DepartmentChoice
from models.queries.ticket_detail import ChargeRow, TicketDetail, ticket_id_of
from models.rules.rights import Right
from models.services import charges, tickets, undo
from models.services.tickets import Assignment, Batch
from resources.terms import label as term
from resources.translations import gettext as _
from views import error_messages
from views.context import AppContext, Notice
from views.page import Page
from views.tickets import commands
from views.tickets.charging import ChargeDialog
from views.tickets.completing import CompleteDialog
from views.tickets.dispatching import DispatchDialog
from views.tickets.editing import EditDialog
from views.tickets.reading import choices_for
from views.tickets.step_forms import AT_ONCE, STEP_FORMS
from views.widgets.dialog import FormDialog

SHOWN_REFUSALS = 3


class TicketActions(QObject):
    """Makes the commands of the page; `show_for` and `show_for_many` say which make sense now."""

    done = Signal()
    """Something was done."""
    undone = Signal(str)
    """The last step of this ticket (its id) was taken back."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page
        self._context: AppContext = page.context
        self._detail: TicketDetail | None = None
        self._many: Callable[[Callable[[list[str]], None]], None] | None = None
        self.commands: dict[str, QAction] = {
            action: page.add_command(
                term("ticket.action", action),
                keys,
                partial(self.run, action),
                tip=term("ticket.action", action),
            )
            for action, keys in commands.KEYS.items()
        }
        self.edit = page.add_command(_("修改"), "M", self._edit)
        self.charge = page.add_command(_("添加费用"), "L", self._charge)
        self.undo = page.add_command(_("撤销上一步"), "U", self._undo_last)
        self.show_for(None)

    # -- which -----------------------------------------------------------------------------------------

    def show_for(self, detail: TicketDetail | None) -> list[QAction]:
        """The commands for one ticket, the likeliest first."""
        self._detail, self._many = detail, None
        allowed = commands.in_order(detail.state, detail.actions) if detail is not None else []
        shown = [action for action in allowed if self._context.may(cast(Right, commands.right_of(action)))]
        for action, command in self.commands.items():
            command.setVisible(action in shown)
            command.setEnabled(action in shown)
        is_open = detail is not None and detail.state not in {"archived", "void"}
        self._set(self.edit, is_open and self._context.may(Right.TICKET_CREATE))
        self._set(self.charge, is_open and self._context.may(Right.TICKET_PROGRESS))
        is_mine = detail is not None and detail.undo is not None
        self._set(self.undo, is_mine and self._context.may(Right.TICKET_UNDO))
        return [*(self.commands[action] for action in shown), self.edit, self.charge, self.undo]

    def show_for_many(self, ask: Callable[[Callable[[list[str]], None]], None]) -> list[QAction]:
        """The commands for a selection; *ask* reads its ids and calls back with them."""
        self._detail, self._many = None, ask
        for action, command in self.commands.items():
            is_shown = action in commands.BATCH and self._context.may(cast(Right, commands.right_of(action)))
            self._set(command, is_shown)
        for command in (self.edit, self.charge, self.undo):
            self._set(command, is_on=False)
        return [self.commands[action] for action in commands.BATCH]

    @staticmethod
    def _set(command: QAction, is_on: bool) -> None:
        command.setVisible(is_on)
        command.setEnabled(is_on)

    # -- one -------------------------------------------------------------------------------------------

    def run(self, action: str) -> None:
        """Do it to the ticket shown, or to the selection."""
        if self._many is not None:
            self._many(partial(self._run_many, action))
            return
        detail = self._detail
        if detail is None or action not in detail.actions:
            return
        if action in AT_ONCE:
            self._write(AT_ONCE[action], detail.id, on_done=lambda _value: self._said(action, detail))
        elif action in {"dispatch", "pass_on"}:
            self._context.tasks.read(
                self, choices_for, detail.kind, detail.category_id,
                on_done=partial(self.dispatch, detail, is_passing=action == "pass_on"),
            )  # fmt: skip
        elif action == "complete":
            self._open(CompleteDialog(self._context, detail, self._page), action, detail)
        else:
            self._open(self._step_dialog(action, detail), action, detail)

    def dispatch(
        self, detail: TicketDetail, departments: Sequence[DepartmentChoice], *, is_passing: bool = False
    ) -> None:
        """Open 派单 (or 转单) for a ticket."""
        action = "pass_on" if is_passing else "dispatch"

        def send(assignment: Assignment, reason: str, dialog: FormDialog) -> None:
            service: Callable[..., object] = tickets.pass_on if is_passing else tickets.dispatch
            more = (reason,) if is_passing else ()
            self._write(
                service, detail.id, assignment, *more, owner=dialog,
                on_done=dialog.done_well, on_error=dialog.failed,
            )  # fmt: skip

        title = f"{term('ticket.action', action)} {detail.number} {detail.room_code or ''}".strip()
        dialog = DispatchDialog(
            self._context, departments, detail, send, self._page, title=title, is_passing=is_passing
        )
        self._open(dialog, action, detail)

    def _step_dialog(self, action: str, detail: TicketDetail) -> FormDialog:
        step = STEP_FORMS[action]

        def send(values: dict[str, Any], dialog: FormDialog) -> None:
            given = step.arguments(values)
            number = given.get("duplicate_of")
            if number:
                self._context.tasks.read(
                    dialog, ticket_id_of, str(number).strip().upper(),
                    on_done=partial(self._send_duplicate, dialog, detail.id, given), on_error=dialog.failed,
                )  # fmt: skip
                return
            self._send_step(dialog, step.service, detail.id, given)

        word = term("ticket.action", action)
        return FormDialog(
            f"{word} {detail.number}", step.fields, send, self._page, confirm=word,
            formats=self._context.formats,
        )  # fmt: skip

    def _send_duplicate(
        self, dialog: FormDialog, ticket_id: str, given: dict[str, Any], original: str | None
    ) -> None:
        if original is None:
            dialog.confirm_button.setEnabled(True)
            dialog.form.complain("duplicate_of", _("没有这个单号"))
            return
        self._send_step(dialog, tickets.void, ticket_id, {**given, "duplicate_of": original})

    def _send_step(
        self, dialog: FormDialog, service: Callable[..., object], ticket_id: str, given: dict[str, Any]
    ) -> None:
        self._write(
            service, ticket_id, owner=dialog, on_done=dialog.done_well, on_error=dialog.failed, **given
        )

    def _open(self, dialog: QDialog, action: str, detail: TicketDetail) -> None:
        dialog.accepted.connect(lambda: self._said(action, detail))
        show(dialog)

    def _said(self, action: str, detail: TicketDetail) -> None:
        text = _(commands.DONE[action]).format(number=detail.number)
        is_undoable = action != "archive" and self._context.may(Right.TICKET_UNDO)
        step_back = partial(self._undo, detail.id) if is_undoable else None
        self._context.notify(Notice(text, "good", undo=step_back))
        self.done.emit()

    # -- undoing, editing ------------------------------------------------------------------------------

    def _undo_last(self) -> None:
        if self._detail is not None:
            self._undo(self._detail.id)

    def _undo(self, ticket_id: str) -> None:
        self._write(undo.undo, ticket_id, on_done=partial(self._say_undone, ticket_id))

    def _say_undone(self, ticket_id: str, step: str) -> None:
        self._context.notify(Notice(_("已撤销：{step}").format(step=term("ticket.event", step)), "good"))
        self.done.emit()
        self.undone.emit(ticket_id)

    def _edit(self) -> None:
        detail = self._detail
        if detail is not None:
            self._context.tasks.read(self, category_tree, on_done=partial(self._open_edit, detail))

    def _open_edit(self, detail: TicketDetail, tree: Sequence[CategoryNode]) -> None:
        show(EditDialog(self._context, detail, tree, self._page))

    def _charge(self) -> None:
        if self._detail is not None:
            show(ChargeDialog(self._context, self._detail, self._page))

    def reverse(self, row: ChargeRow) -> None:
        """冲销 one charge."""
        text = _("已冲销 {name}").format(name=row.name)
        self._write(
            charges.reverse, row.id, on_done=lambda _value: self._context.notify(Notice(text, "good"))
        )

    # -- many ------------------------------------------------------------------------------------------

    def _run_many(self, action: str, ids: list[str]) -> None:
        if action == "dispatch":
            self._context.tasks.read(
                self, choices_for, "repair", None, on_done=partial(self._dispatch_many, ids)
            )
        elif action == "void":
            word = _("作废 {n} 张").format(n=len(ids))
            fields = STEP_FORMS["void"].fields[:1]
            show(FormDialog(word, fields, partial(self._void_many, ids), self._page, confirm=word))
        else:
            self._each(ids, action, AT_ONCE[action])

    def _dispatch_many(self, ids: list[str], departments: Sequence[DepartmentChoice]) -> None:
        def send(assignment: Assignment, _reason: str, dialog: FormDialog) -> None:
            self._each(ids, "dispatch", tickets.dispatch, assignment, dialog=dialog)

        title = _("派单 {n} 张").format(n=len(ids))
        show(DispatchDialog(self._context, departments, None, send, self._page, title=title))

    def _void_many(self, ids: list[str], values: dict[str, Any], dialog: FormDialog) -> None:
        self._each(ids, "void", tickets.void, values["reason"], dialog=dialog)

    def _each(
        self, ids: list[str], action: str, service: Callable[..., object], *args: Any,
        dialog: FormDialog | None = None,
    ) -> None:  # fmt: skip
        def finish(batch: Batch) -> None:
            if dialog is not None:
                dialog.done_well()
            self._say_batch(action, batch)

        failed = dialog.failed if dialog is not None else None
        self._write(tickets.each, ids, service, *args, owner=dialog or self, on_done=finish, on_error=failed)

    def _say_batch(self, action: str, batch: Batch) -> None:
        word = term("ticket.action", action)
        text = _("{action} {n} 张").format(action=word, n=len(batch.done))
        if batch.refused:
            reasons = [f"{one.number} {error_messages.message(one.error)}" for one in batch.refused]
            more = _("另有 {n} 张没有做：{reasons}").format(
                n=len(reasons), reasons=" ".join(reasons[:SHOWN_REFUSALS])
            )
            text = f"{text} · {more}"
        is_undoable = bool(batch.done) and action != "archive" and self._context.may(Right.TICKET_UNDO)
        step_back = partial(self._undo_many, batch.done) if is_undoable else None
        tone = "warn" if batch.refused else "good"
        self._context.notify(Notice(text, tone, undo=step_back, seconds=0 if batch.refused else 8))
        self.done.emit()

    def _undo_many(self, ids: Sequence[str]) -> None:
        def said(batch: Batch) -> None:
            self._context.notify(Notice(_("已撤销 {n} 张").format(n=len(batch.done)), "good"))

        self._write(tickets.each, ids, undo.undo, on_done=said)

    def _write(
        self, service: Callable[..., object], *args: Any, owner: QObject | None = None, **more: Any
    ) -> None:
        self._context.tasks.write(owner or self, service, *args, **more)


def show(dialog: QDialog) -> QWidget:
    """Open it over the page without a loop of its own; it is gone when it closes."""
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog
