"""A household at a glance: who lives where, how to reach them, what to know before speaking. Phones come
masked; each look at one in full goes through a service and is logged."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from models.queries.household_card import CommunicationRow, HouseholdCard, MaskedPhone, Member
from models.queries.ticket_list import TicketRow
from models.rules.rights import Right
from models.services import phones
from resources.terms import label as term
from resources.terms import marked
from resources.translations import gettext as _
from views.context import AppContext
from views.widgets.card import Card, Line, Piece

SEPARATOR = " · "
_LEVEL_TONES = {"key": "accent"}


class HouseholdView(Card):
    """`show_card` fills it. With *is_whole* every member has a line; else only the first one."""

    def __init__(self, context: AppContext, parent: QWidget | None = None, *, is_whole: bool = False) -> None:
        super().__init__(parent)
        self._context = context
        self._is_whole = is_whole
        self._card: HouseholdCard | None = None
        self._extra: tuple[Line, ...] = ()
        self._revealed: dict[str, str] = {}
        self.hide()

    def show_card(self, card: HouseholdCard | None, *extra: Line) -> None:
        """Show *card* with further lines below it; ``None`` or a card of nobody hides it."""
        is_same = card is not None and self._card is not None and card.members == self._card.members
        if not is_same:
            self._revealed.clear()
        self._card, self._extra = card, extra
        is_empty = card is None or (card.room is None and not card.members)
        self.setVisible(not is_empty or bool(extra))
        self._redraw()

    def reveal_first(self) -> None:
        """Show the first phone in full, as the link 显示 does."""
        for member in self._card.members if self._card is not None else ():
            for phone in member.phones:
                if phone.id not in self._revealed:
                    self._reveal(phone)
                return

    def _redraw(self) -> None:
        lines: list[Line] = []
        tone = ""
        card = self._card
        if card is not None and (card.room is not None or card.members):
            lines = [self._head(card), [Piece(SEPARATOR.join(facts(card, self._context)), "muted")]]
            others = card.members[1:] if self._is_whole else ()
            lines += [self._person(member) for member in others]
            warnings = cautions(card, self._context)
            tone = "warn" if warnings else ""
            lines += [[Piece(f"⚠ {text}", "warn")] for text in warnings]
        self.show_lines([*lines, *self._extra], tone=tone)

    def _head(self, card: HouseholdCard) -> list[Piece]:
        pieces = [Piece(card.room.code, is_bold=True)] if card.room is not None else []
        if not card.members:
            return [*pieces, Piece(_("没有登记住户"), "muted")]
        return [*pieces, *self._person(card.members[0], is_first=True)]

    def _person(self, member: Member, *, is_first: bool = False) -> list[Piece]:
        pieces = [Piece(member.name, is_bold=is_first)]
        if member.role:
            pieces.append(Piece(term("occupancy.role", member.role), "muted"))
        if member.level != "regular":
            tone = _LEVEL_TONES.get(member.level, "")
            pieces.append(Piece(term("resident.level", member.level), tone, is_pill=True))
        pieces += [Piece(tag, "accent", is_pill=True) for tag in member.tags]
        for phone in member.phones:
            pieces.append(Piece(self._revealed.get(phone.id, phone.masked)))
            if phone.id not in self._revealed and self._context.may(Right.REVEAL):
                pieces.append(Piece(_("显示"), run=partial(self._reveal, phone)))
        return pieces

    def _reveal(self, phone: MaskedPhone) -> None:
        self._context.tasks.write(
            self, phones.reveal_phone, phone.id, on_done=partial(self._on_revealed, phone.id)
        )

    def _on_revealed(self, phone_id: str, number: str) -> None:
        self._revealed[phone_id] = number
        self._redraw()


def facts(card: HouseholdCard, context: AppContext) -> list[str]:
    """What the muted line says: people, cars, pets, how long, how it went."""
    said = []
    if card.room is not None:
        said.append(term("room.state", card.room.state))
    if len(card.members) > 1:
        said.append(_("家庭 {n} 人").format(n=len(card.members)))
    said += card.vehicles
    if card.parking:
        said.append(_("车位 {codes}").format(codes=_("、").join(card.parking)))
    said += card.pets
    if card.room is not None and card.room.moved_in_on is not None:
        said.append(_("{month} 入住").format(month=card.room.moved_in_on.strftime("%Y-%m")))
    said.append(_("未结工单 {n}").format(n=len(card.open_tickets)))
    if card.year_tickets:
        said.append(_("近一年 {n} 单，满意 {good}").format(n=card.year_tickets, good=card.year_satisfied))
    if card.year_dissatisfied:
        said.append(_("不满意 {n}").format(n=card.year_dissatisfied))
    return said


def cautions(card: HouseholdCard, context: AppContext) -> list[str]:
    """What must be known before the first word is said."""
    said = [
        _("{name}有重大投诉：{text}").format(name=member.name, text=member.major_complaint)
        for member in card.members
        if member.major_complaint
    ]
    if card.room is not None and card.room.is_decorating:
        until = card.room.decoration_until
        said.append(
            _("装修中，至 {day}").format(day=context.formats.day(until)) if until else _("房屋正在装修")
        )
    return said


def ticket_lines(
    rows: tuple[TicketRow, ...], context: AppContext, opened: Callable[[str], object]
) -> list[Line]:
    """One line an open ticket: number (a link), state, matter, when."""
    now = context.clock()
    return [
        [
            Piece(row.number, run=partial(opened, row.id)),
            Piece(marked("ticket.state", row.shown_state)),
            Piece(row.matter),
            Piece(context.formats.near(row.received_at, now), "muted"),
        ]
        for row in rows
    ]


def communication_lines(rows: tuple[CommunicationRow, ...], context: AppContext) -> list[Line]:
    """One line a contact: when, which way, what was said, by whom."""
    now = context.clock()
    return [
        [
            Piece(context.formats.near(row.at, now), "muted"),
            Piece(
                term("communication.direction", row.direction) + term("communication.channel", row.channel),
                "muted",
            ),
            Piece(row.content),
            Piece(f"— {row.by}" if row.by else "", "muted"),
        ]
        for row in rows
    ]
