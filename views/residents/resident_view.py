"""The page of one resident: everything known, grouped, with phones and papers masked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from models.queries.archive import PhoneLine
from models.queries.recent import ResidentPage
from models.queries.residents import OccupancyLine, ResidentDetail
from resources.terms import label as term
from resources.translations import gettext as _
from views.archive.belongings import Belongings
from views.archive.contacts import Contacts
from views.archive.detail import Detail, Fact
from views.archive.reveals import Reveals
from views.context import AppContext
from views.residents.columns import look
from views.widgets.card import Line, Piece


@dataclass(frozen=True)
class Deeds:
    """What the links of the page do; each has a key of its own on the page."""

    new_ticket: Callable[[], object]
    edit: Callable[[], object]
    add_phone: Callable[[], object]
    edit_phone: Callable[[PhoneLine], object]
    edit_tags: Callable[[], object]
    add_stay: Callable[[], object]
    edit_stay: Callable[[OccupancyLine], object]
    add_vehicle: Callable[[], object]
    add_space: Callable[[], object]
    add_pet: Callable[[], object]
    add_contact: Callable[[], object]


class ResidentView:
    """Writes a `ResidentPage` into a `Detail`."""

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
        self._resident_id = ""

    def show(self, page: ResidentPage) -> None:
        person = page.resident
        is_same = person.id == self._resident_id
        self._resident_id = person.id
        self._detail.begin()
        self._head(person)
        self._phones(person.phones)
        self._stays(person.occupancies)
        self._contacts.show(self._detail, page.recent, "L", self._deeds.add_contact, self._deeds.new_ticket)
        self._things(person)
        self._facts(person)
        self._detail.end(is_same=is_same)

    # -- parts -----------------------------------------------------------------------------------------

    def _head(self, person: ResidentDetail) -> None:
        sign, tone = look(person.level)
        level = f"{sign} {term('resident.level', person.level)}".strip()
        kind = term("resident.kind", person.kind) if person.kind == "company" else ""
        words = [kind, person.status, person.customer_no, term("resident.gender", person.gender)]
        lines: list[Line] = [[Piece(" · ".join(word for word in words if word), "muted")]]
        tags = [Piece(tag.name, "accent", is_pill=True) for tag in person.tags]
        lines.append([*tags, Piece(f"{_('标签')}  G", run=self._deeds.edit_tags)])
        if person.major_complaint:
            text = _("重大投诉：{text}").format(text=person.major_complaint)
            lines.append([Piece(f"⚠ {text}", "bad")])
        self._detail.headline(
            person.id, person.name, [Piece(level, str(tone))], *[line for line in lines if line]
        )

    def _phones(self, phones: Sequence[PhoneLine]) -> None:
        self._detail.section(_("电话"), (_("添加"), "P", self._deeds.add_phone))
        lines: list[Line] = []
        for place, phone in enumerate(phones):
            first = [Piece(_("首选"), "good", is_pill=True)] if place == 0 and len(phones) > 1 else []
            edit = partial(self._deeds.edit_phone, phone)
            lines.append([*self._reveals.phone_pieces(phone, edit=edit), *first])
        self._detail.lines(lines, _("没有电话，按 P 添加"))

    def _stays(self, stays: Sequence[OccupancyLine]) -> None:
        self._detail.section(_("房屋"), (_("添加"), "R", self._deeds.add_stay))
        self._detail.lines([self._stay(stay) for stay in stays if stay.is_current], _("现在没有房屋"))
        former = [self._stay(stay) for stay in stays if not stay.is_current]
        if former:
            self._detail.lines([[Piece(_("以往"), "muted")], *former])

    def _stay(self, stay: OccupancyLine) -> Line:
        open_room = partial(self._context.navigate, "rooms", room_id=stay.room_id)
        first = stay.from_on.isoformat() if stay.from_on else "…"
        last = stay.to_on.isoformat() if stay.to_on else _("至今")
        line = [Piece(stay.room_code, run=open_room), Piece(term("occupancy.role", stay.role))]
        if stay.is_primary and stay.is_current:
            line.append(Piece(_("主要联系人"), "good", is_pill=True))
        if stay.from_on or stay.to_on:
            line.append(Piece(f"{first} – {last}", "muted"))
        if stay.note:
            line.append(Piece(stay.note, "muted"))
        return [*line, Piece(_("修改"), run=partial(self._deeds.edit_stay, stay))]

    def _things(self, person: ResidentDetail) -> None:
        things, deeds = self._belongings, self._deeds
        self._detail.sections([
            (_("车辆"), things.vehicle_lines(person.vehicles), "V", deeds.add_vehicle),
            (_("车位"), things.space_lines(person.spaces), "K", deeds.add_space),
            (_("宠物"), things.pet_lines(person.pets), "W", deeds.add_pet),
        ])  # fmt: skip

    def _facts(self, person: ResidentDetail) -> None:
        formats = self._context.formats
        self._detail.section(_("身份信息"), (_("修改"), "E", self._deeds.edit))
        identity: list[Fact] = [
            (_("证件类型"), term("resident.id_kind", person.id_kind) or "—"),
            (_("证件号码"), self._reveals.id_pieces(person.id, person.id_number)),
            (_("出生日期"), formats.day(person.birth_on)),
            (_("邮箱"), person.email or "—"),
        ]
        self._detail.facts(identity)
        self._detail.facts([(_("其他联系人"), person.contact or "—")], columns=1)
        self._detail.section(_("客户情况"))
        self._detail.facts([
            (_("工作单位"), person.work or "—"),
            (_("爱好"), person.hobbies or "—"),
            (_("生活习惯"), person.habits or "—"),
            (_("消费观念"), person.spending or "—"),
        ])  # fmt: skip
        more: list[Fact] = [
            (_("对房屋的看法"), person.home_opinion or "—"),
            (_("对小区的看法"), person.estate_opinion or "—"),
            (_("潜在需求"), person.latent_needs or "—"),
            (_("个人信息同意"), person.consent_note or "—"),
            (_("备注"), person.note or "—"),
            *person.extras,
        ]
        self._detail.facts(more, columns=1)
