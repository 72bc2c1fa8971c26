"""修改: what was typed at intake, corrected; only what was changed is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from models.queries.categories import CategoryNode
from models.queries.ticket_detail import TicketDetail
from models.services import ticket_editing
from resources.terms import choices
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext
from views.intake.category_editor import CategoryEditor
from views.tickets.wording import masked_phone_check
from views.widgets.dialog import FormDialog
from views.widgets.form import Field, Kind

_TEXTS = ("caller_name", "caller_phone", "place", "matter", "expectation")


def _fields(tree: Sequence[CategoryNode], masked: str) -> list[Field]:
    return [
        Field("kind", N_("诉求类型"), Kind.CHOICE, choices=lambda: choices("ticket.kind"), mnemonic="K"),
        Field("channel", N_("来源"), Kind.CHOICE, choices=lambda: choices("ticket.channel"), is_beside=True),
        Field("category_id", N_("类别"), Kind.OWN, make=lambda parent: CategoryEditor(parent, tree)),
        Field("priority", N_("紧急程度"), Kind.CHOICE, choices=lambda: choices("ticket.priority"),
              is_beside=True, note=N_("派单前改它，时限跟着变")),
        Field("matter", N_("内容"), Kind.LONG_TEXT, is_required=True, lines=3, mnemonic="M"),
        Field("expectation", N_("期望解决"), Kind.LONG_TEXT, lines=2),
        Field("caller_name", N_("报修人")),
        Field("caller_phone", N_("电话"), is_beside=True, check=masked_phone_check(lambda: masked)),
        Field("appointment_at", N_("预约时间"), Kind.MOMENT, hint=N_("14:30、明天 9:00")),
        Field("place", N_("地点"), is_beside=True),
    ]  # fmt: skip


class EditDialog(FormDialog):
    def __init__(
        self, context: AppContext, detail: TicketDetail, tree: Sequence[CategoryNode], parent: QWidget
    ) -> None:
        self._context, self._detail = context, detail
        super().__init__(
            _("修改 {number}").format(number=detail.number),
            _fields(tree, detail.caller_phone),
            lambda _values, _dialog: self._save(),
            parent,
            confirm=_("保存"),
            formats=context.formats,
            width=640,
        )
        self.form.set_values(
            {
                field.name: (getattr(detail, field.name) or "")
                if field.name in _TEXTS
                else getattr(detail, field.name)
                for field in self.form.fields
            }
        )
        self.form.focus("matter")

    def _save(self) -> None:
        changes: dict[str, Any] = self.form.changed_values()
        if not changes:
            self.done_well()
            return
        self._context.tasks.write(
            self, ticket_editing.edit, self._detail.id, changes, on_done=self.done_well, on_error=self.failed
        )
