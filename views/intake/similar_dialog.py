"""Before saving: a ticket like this one is open already. 催原单, or a new one all the same."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from models.queries.similar_tickets import SimilarTicket, SimilarWarning
from resources.terms import marked
from resources.translations import gettext as _
from views.context import AppContext
from views.widgets.dialog import Dialog
from views.widgets.panel import button, label

CHASE_KEYS = "Alt+C"
SHOWN = 6


def words_of(one: SimilarTicket, context: AppContext) -> str:
    """One line: number, where, state, when, what."""
    at = context.formats.near(one.received_at, context.clock())
    parts = (one.number, one.room_code or "", marked("ticket.state", one.state), at, one.matter)
    return " · ".join(part for part in parts if part)


class SimilarDialog(Dialog):
    """*chase* gets the id of the ticket chosen; *create* makes the new one."""

    def __init__(
        self,
        context: AppContext,
        warning: SimilarWarning,
        parent: QWidget,
        *,
        chase: Callable[[str], object],
        create: Callable[[], object],
    ) -> None:
        super().__init__(_("已有相似的未结工单"), parent, confirm=_("仍然新建"), width=560)
        self._chase, self._create = chase, create
        self._group = QButtonGroup(self)
        self._ids: list[str] = []
        for one in warning.similar[:SHOWN]:
            self._offer(one, context)
        if warning.same_riser:
            text = _("⚠ 同一立管 1 小时内还有 {n} 户报漏水，可能是同一件事：").format(
                n=len(warning.same_riser)
            )
            self.body.addWidget(label(text, "warn", wraps=True))
            for one in warning.same_riser[:SHOWN]:
                self._offer(one, context)
        chase_button = button(_("催原单"), self.chase, keys=CHASE_KEYS)
        self.body.addWidget(chase_button, 0, Qt.AlignmentFlag.AlignLeft)
        QShortcut(QKeySequence(CHASE_KEYS), self, self.chase)
        first = self._group.button(0)
        if first is not None:
            first.setChecked(True)
            first.setFocus()

    def _offer(self, one: SimilarTicket, context: AppContext) -> None:
        choice = QRadioButton(words_of(one, context), self)
        self._group.addButton(choice, len(self._ids))
        self._ids.append(one.id)
        self.body.addWidget(choice)

    def chase(self) -> None:
        """催单 of the chosen ticket instead of a new one."""
        chosen = self._ids[max(self._group.checkedId(), 0)]
        self.reject()
        self._chase(chosen)

    def confirmed(self) -> None:
        self.accept()
        self._create()
