"""费用: materials and labour added to a ticket that goes on."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from models.queries.ticket_detail import TicketDetail
from models.services import charges
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext
from views.tickets.charge_editor import ChargeEditor
from views.widgets.dialog import FormDialog
from views.widgets.form import Field, Kind


class ChargeDialog(FormDialog):
    def __init__(self, context: AppContext, detail: TicketDetail, parent: QWidget) -> None:
        super().__init__(
            _("添加费用 {number}").format(number=detail.number),
            [
                Field(
                    "lines", N_("材料人工"), Kind.OWN, make=partial(ChargeEditor, formats=context.formats),
                    check=lambda lines: None if lines else _("请填写材料或人工费"),
                )
            ],
            lambda values, dialog: context.tasks.write(
                self, charges.add, detail.id, values["lines"],
                on_done=dialog.done_well, on_error=dialog.failed,
            ),
            parent,
            confirm=_("添加"),
            width=620,
        )  # fmt: skip
