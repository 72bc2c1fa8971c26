"""Beside the intake form: the household, what is open for it, what was said last, and what is like this
request."""

from __future__ import annotations

from collections.abc import Callable

from models.queries.household_card import HouseholdCard
from models.queries.similar_tickets import SimilarWarning
from resources.translations import gettext as _
from views.context import AppContext
from views.household.card import HouseholdView, communication_lines, ticket_lines
from views.widgets.card import Card, Piece
from views.widgets.panel import Panel, label, scrolled


class Side(Panel):
    """`show_card` and `show_warning` fill it."""

    def __init__(self, context: AppContext, opened: Callable[[str], object]) -> None:
        super().__init__()
        self._context, self._opened = context, opened
        inside = Panel(padding=2)
        inside.setObjectName("plain")
        self.warning = Card()
        self.household = HouseholdView(context, is_whole=True)
        self._tickets_title = label(_("未结工单"), name="sectionHeading")
        self._tickets = Card()
        self._said_title = label(_("最近沟通"), name="sectionHeading")
        self._said = Card()
        self._hint = label(
            _("选好住户后，这里显示住户卡片、未结工单和最近沟通。\n公共区域的事不用选住户，填“地点”即可。"),
            "muted", wraps=True,
        )  # fmt: skip
        for one in (
            self.warning, self.household, self._hint, self._tickets_title, self._tickets, self._said_title,
            self._said,
        ):  # fmt: skip
            inside.body.addWidget(one)
        inside.body.addStretch(1)
        self.body.setContentsMargins(8, 8, 8, 8)
        self.body.addWidget(scrolled(inside))
        self.warning.hide()
        self.show_card(None)

    def show_card(self, card: HouseholdCard | None) -> None:
        """Show the household, or the hint that none is chosen."""
        self.household.show_card(card)
        has_card = card is not None
        self._hint.setVisible(not has_card)
        for widget in (self._tickets_title, self._tickets, self._said_title, self._said):
            widget.setVisible(has_card)
        if card is None:
            return
        none_open = [[Piece(_("没有未结工单"), "muted")]]
        self._tickets.show_lines(ticket_lines(card.open_tickets, self._context, self._opened) or none_open)
        none_said = [[Piece(_("还没有沟通记录"), "muted")]]
        self._said.show_lines(communication_lines(card.communications, self._context) or none_said)

    def show_warning(self, warning: SimilarWarning | None) -> None:
        """What is like what is being typed; ``None`` or an empty one hides it."""
        is_empty = warning is None or warning.is_empty
        self.warning.setVisible(not is_empty)
        if warning is None or is_empty:
            return
        lines = []
        for one in warning.similar:
            link = Piece(one.number, run=lambda ticket_id=one.id: self._opened(ticket_id))  # type: ignore[misc]
            lines.append([Piece(_("⚠ 已有相似工单"), "warn"), link, Piece(one.matter)])
        for one in warning.same_riser:
            link = Piece(one.number, run=lambda ticket_id=one.id: self._opened(ticket_id))  # type: ignore[misc]
            room = one.room_code or ""
            lines.append([Piece(_("⚠ 同一立管也在漏：{room}").format(room=room), "warn"), link])
        self.warning.show_lines(lines, tone="warn")
