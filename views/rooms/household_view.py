"""The page of a household: room, people by role, belongings, decoration, tickets, communications in one
view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from models.queries.belongings import DecorationLine
from models.queries.household import Household, Member
from models.queries.recent import HouseholdPage
from resources.terms import label as term
from resources.translations import gettext as _
from views.archive.belongings import Belongings
from views.archive.contacts import Contacts
from views.archive.detail import Detail, Fact
from views.archive.reveals import Reveals
from views.context import AppContext
from views.rooms.columns import look
from views.widgets.card import Line, Piece

LEVEL_TONES: Mapping[str, str] = {"key": "accent", "prospect": "warn"}


@dataclass(frozen=True)
class Deeds:
    """What the links of the page do; each has a key of its own on the page."""

    new_ticket: Callable[[], object]
    edit_room: Callable[[], object]
    add_person: Callable[[], object]
    edit_stay: Callable[[Member], object]
    add_vehicle: Callable[[], object]
    add_space: Callable[[], object]
    add_pet: Callable[[], object]
    add_decoration: Callable[[], object]
    edit_decoration: Callable[[DecorationLine], object]
    add_contact: Callable[[], object]
    show_former: Callable[[], object]


class HouseholdView:
    """Writes a `HouseholdPage` into a `Detail`."""

    def __init__(
        self,
        context: AppContext,
        detail: Detail,
        deeds: Deeds,
        *,
        reveals: Reveals,
        belongings: Belongings,
        contacts: Contacts,
    ) -> None:
        self._context, self._detail, self._reveals = context, detail, reveals
        self._belongings, self._contacts, self._deeds = belongings, contacts, deeds
        self._room_id = ""

    def show(self, page: HouseholdPage, *, with_former: bool) -> None:
        home = page.household
        is_same = home.room.id == self._room_id
        self._room_id = home.room.id
        self._detail.begin()
        self._head(home)
        self._people(home, with_former=with_former)
        self._contacts.show(self._detail, page.recent, "L", self._deeds.add_contact, self._deeds.new_ticket)
        self._things(home)
        self._facts(home)
        self._detail.end(is_same=is_same)

    # -- parts -----------------------------------------------------------------------------------------

    def _head(self, home: Household) -> None:
        room = home.room
        sign, tone = look(room.state)
        where = " · ".join(part for part in (room.building, room.unit, room.layout) if part)
        area = self._context.formats.area(room.building_area) if room.building_area else ""
        words = " · ".join(part for part in (where, area, term("room.kind", room.kind)) if part)
        pills = [Piece(f"{sign} {term('room.state', room.state)}".strip(), str(tone))]
        today = self._context.formats.local(self._context.clock()).date()
        covered = [warranty for warranty in home.warranties if warranty.covers(today)]
        if covered:
            pills.append(Piece(_("保修期内 {n} 项").format(n=len(covered)), "warn"))
        lines: list[Line] = [[Piece(words, "muted")]]
        for member in home.members:
            if member.major_complaint:
                words = _("重大投诉（{name}）：{text}").format(name=member.name, text=member.major_complaint)
                lines.append([Piece(f"⚠ {words}", "bad")])
        self._detail.headline(room.id, room.code, pills, *lines)

    def _people(self, home: Household, *, with_former: bool) -> None:
        self._detail.section(
            _("住户 {n}").format(n=len(home.resident_ids)) if home.members else _("住户"),
            (_("添加"), "A", self._deeds.add_person),
        )
        if home.members:
            self._detail.card([self._member(member) for member in home.members])
        else:
            self._detail.lines([], _("现在没有人，按 A 添加住户"))
        if home.former:
            fold = _("收起以往住户") if with_former else _("以往住户 {n}").format(n=len(home.former))
            self._detail.lines([[Piece(f"{fold}  H", run=self._deeds.show_former)]])
            if with_former:
                self._detail.card([self._member(member) for member in home.former])

    def _member(self, member: Member) -> Line:
        open_page = partial(self._context.navigate, "residents", resident_id=member.resident_id)
        line = [
            Piece(term("occupancy.role", member.role), "muted"),
            Piece(member.name, run=open_page),
        ]
        if member.is_primary and member.is_current:
            line.append(Piece(_("主要联系人"), "good", is_pill=True))
        if member.level in LEVEL_TONES:
            line.append(Piece(term("resident.level", member.level), LEVEL_TONES[member.level], is_pill=True))
        line += [Piece(tag.name, is_pill=True) for tag in member.tags]
        for phone in member.phones if member.is_current else ():
            line += self._reveals.phone_pieces(phone)
        line.append(Piece(self.period(member), "muted"))
        if member.note:
            line.append(Piece(member.note, "muted"))
        line.append(Piece(_("修改"), run=partial(self._deeds.edit_stay, member)))
        return line

    def period(self, member: Member) -> str:
        """``2024-06-01 至今``, or nothing where no day is known."""
        if member.from_on is None and member.to_on is None:
            return ""
        first = member.from_on.isoformat() if member.from_on else "…"
        return f"{first} – {member.to_on.isoformat() if member.to_on else _('至今')}"

    def _things(self, home: Household) -> None:
        things = self._belongings
        decorations = [self._decoration(line) for line in home.decorations]
        self._detail.sections([
            (_("车辆"), things.vehicle_lines(home.vehicles), "V", self._deeds.add_vehicle),
            (_("车位"), things.space_lines(home.spaces), "K", self._deeds.add_space),
            (_("宠物"), things.pet_lines(home.pets), "P", self._deeds.add_pet),
            (_("装修"), decorations, "D", self._deeds.add_decoration),
        ])  # fmt: skip

    def _decoration(self, line: DecorationLine) -> Line:
        until = line.end_on.isoformat() if line.end_on else _("未完工")
        found = [
            Piece(f"{line.start_on.isoformat()} – {until}", run=partial(self._deeds.edit_decoration, line))
        ]
        if line.is_under_way:
            found.append(Piece(f"◑ {_('装修中')}", "warn"))
        words = " · ".join(part for part in (line.contractor, line.note) if part)
        return [*found, Piece(words, "muted")] if words else found

    def _facts(self, home: Household) -> None:
        room, formats = home.room, self._context.formats
        self._detail.section(_("房屋资料"), (_("修改"), "E", self._deeds.edit_room))
        facts: list[Fact] = [
            (_("建筑面积"), formats.area(room.building_area)),
            (_("套内面积"), formats.area(room.inside_area)),
            (_("户型"), room.layout or "—"),
            (_("楼层"), str(room.floor) if room.floor is not None else "—"),
            (_("交付日期"), formats.day(room.delivered_on)),
            (_("竣工验收"), formats.day(room.accepted_on)),
            (_("入住日期"), formats.day(room.moved_in_on)),
            (_("类型"), term("room.kind", room.kind)),
        ]
        self._detail.facts(facts)
        if room.note:
            self._detail.lines([[Piece(room.note)]])
        self._warranties(home)

    def _warranties(self, home: Household) -> None:
        self._detail.section(_("保修期"))
        if not home.warranties:
            self._detail.lines([], _("不知道竣工验收日期，算不出保修期"))
            return
        today = self._context.formats.local(self._context.clock()).date()
        facts: list[Fact] = []
        for warranty in home.warranties:
            day = warranty.until.isoformat()
            is_running = warranty.covers(today)
            words = (_("✓ 至 {day}") if is_running else _("已过 {day}")).format(day=day)
            facts.append(
                (
                    term("warranty.item", warranty.item.value),
                    [Piece(words, "good" if is_running else "muted")],
                )
            )
        self._detail.facts(facts)
