"""住户: the list with its filters, and the person that is chosen."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QWidget

from models.queries.archive import BuildingNode, building_tree
from models.queries.recent import ResidentPage, resident_page
from models.queries.residents import (
    ResidentDetail,
    ResidentFilter,
    resident_keys,
    resident_rows,
)
from models.queries.tags import Vocabulary, vocabulary
from models.rules.rights import Right
from resources.terms import choices
from resources.translations import N_, pgettext
from resources.translations import gettext as _
from views.archive.belongings import Belongings, Keeper
from views.archive.contacts import Contacts
from views.archive.page import ArchivePage
from views.context import AppContext, Notice
from views.residents.columns import CHIPS, COLUMNS, COMPLAINT
from views.residents.dialogs import ResidentDialogs
from views.residents.resident_view import Deeds, ResidentView
from views.widgets.flow_layout import FlowLayout
from views.widgets.row_table_model import RowSource

LEVELS = ("key", "regular", "prospect")
WHEN = ("former", "nowhere")
MOST_CHIPS = 24
"""Tags offered as chips, the most used ones; others can be typed."""


class ResidentsPage(ArchivePage):
    """``open(resident_id=…)`` shows a person."""

    key, title = "residents", N_("住户")
    concerns = frozenset({
        "resident", "phone", "resident_tag", "tag", "occupancy", "room", "building", "unit", "vehicle",
        "parking_space", "pet", "ticket", "communication", "callback",
    })  # fmt: skip
    export_kind = "residents"
    record_table = "resident"
    share = 0.53

    def __init__(self, context: AppContext) -> None:
        source = RowSource(resident_keys, resident_rows)
        super().__init__(context, source, COLUMNS, CHIPS, _("选择一位住户，这里显示全部资料"))
        self.dialogs = ResidentDialogs(context, self)
        self.belongings = Belongings(context, self)
        self.contacts = Contacts(context, self)
        self.filters = {
            "building_id": self._filter(_("楼栋")),
            "role": self._filter(_("身份")),
            "tag_id": self._filter(_("标签")),
            "status": self._filter(_("状态")),
        }
        self._offer("role", choices("occupancy.role"))
        self._make_commands()
        self.view = ResidentView(
            context, self.detail, self._deeds(), reveals=self.reveals, belongings=self.belongings,
            contacts=self.contacts,
        )  # fmt: skip
        self.compose(pgettext("page", "住户"), above=[self._filter_row()])
        self.table.empty.say(
            _("没有符合条件的住户"), _("换一个筛选，按 N 新建，或导入表格"),
            _("导入  I"), lambda: context.navigate("import"),
        )  # fmt: skip

    # -- filters ---------------------------------------------------------------------------------------

    def _filter(self, words: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(words)
        box.addItem(f"{words}：{_('不限')}", None)
        box.currentIndexChanged.connect(lambda _index: self.show_list())
        return box

    def _filter_row(self) -> QWidget:
        row = QWidget()
        flow = FlowLayout(row, spacing=6)
        for box in self.filters.values():
            flow.addWidget(box)
        return row

    def _offer(self, name: str, offered: list[tuple[str, str]]) -> None:
        """What a filter offers; what is chosen stays if it is still there."""
        box = self.filters[name]
        chosen = box.currentData()
        with QSignalBlocker(box):
            while box.count() > 1:
                box.removeItem(1)
            for value, words in offered:
                box.addItem(words, value)
            box.setCurrentIndex(max(box.findData(chosen), 0))

    def _on_vocabulary(self, found: Vocabulary) -> None:
        self.dialogs.library = [tag.name for tag in found.tags[:MOST_CHIPS]]
        self._offer("tag_id", [(tag.id, f"{tag.name} {tag.residents}") for tag in found.tags])
        self._offer("status", [(status, status) for status in found.statuses])

    def _on_buildings(self, nodes: tuple[BuildingNode, ...]) -> None:
        self._offer("building_id", [(node.id, node.name) for node in nodes])

    def wanted(self) -> ResidentFilter:
        chip = self.chips.current
        chosen = {name: box.currentData() for name, box in self.filters.items()}
        return ResidentFilter(
            when=chip if chip in WHEN else None,
            levels=(chip,) if chip in LEVELS else (),
            has_major_complaint=True if chip == COMPLAINT else None,
            statuses=(chosen["status"],) if chosen["status"] else (),
            tag_ids=(chosen["tag_id"],) if chosen["tag_id"] else (),
            role=chosen["role"],
            building_id=chosen["building_id"],
            text=self.filter_line.text(),
            today=self.context.formats.local(self.context.clock()).date(),
        )

    def clear_filters(self) -> None:
        super().clear_filters()
        for box in self.filters.values():
            with QSignalBlocker(box):
                box.setCurrentIndex(0)

    # -- data ------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        day = self.context.formats.local(self.context.clock()).date()
        self.context.tasks.read_latest(self, "words", vocabulary, on_done=self._on_vocabulary)
        self.context.tasks.read_latest(self, "tree", building_tree, day, on_done=self._on_buildings)
        super().refresh()

    def open(self, **arguments: Any) -> None:
        if arguments.get("resident_id"):
            self.open_record(str(arguments["resident_id"]))

    def load(self, key: str) -> None:
        self.context.tasks.read_latest(
            self, "detail", resident_page, key, self.context.clock(),
            on_done=self.loaded, on_error=self.load_failed,
        )  # fmt: skip

    def show_detail(self, page: ResidentPage) -> None:
        self.view.show(page)

    @property
    def person(self) -> ResidentDetail | None:
        return self._shown.resident if isinstance(self._shown, ResidentPage) else None

    # -- commands --------------------------------------------------------------------------------------

    def _make_commands(self) -> None:
        edit = Right.ARCHIVE_EDIT
        self.detail.bar.set_actions([
            *self.guarded(edit, _("修改"), "E", self.edit_resident),
            *self.guarded(Right.TICKET_CREATE, _("新工单"), "T", self.new_ticket),
            *self.guarded(Right.REVEAL, _("显示电话"), "S", self.reveal_phones),
            *self.guarded(Right.CALLBACK, _("沟通"), "L", self.add_contact),
            *self.guarded(edit, _("电话"), "P", self.add_phone),
            *self.guarded(edit, _("标签"), "G", self.edit_tags),
            *self.guarded(edit, _("入住"), "R", self.add_stay),
            *self.guarded(edit, _("车辆"), "V", self.add_vehicle),
            *self.guarded(edit, _("车位"), "K", self.add_space),
            *self.guarded(edit, _("宠物"), "W", self.add_pet),
            *self.guarded(Right.REVEAL_ID, _("显示证件号"), "U", self.reveal_id),
            *self.guarded(Right.ERASE, _("注销个人信息"), "Ctrl+Del", self.erase),
        ])  # fmt: skip
        self.list_bar.set_actions([
            *self.guarded(edit, _("新建住户"), "N", self.new_resident),
            *self.guarded(Right.ARCHIVE_BATCH, _("批量修改"), "B", self.batch),
            *self.common_commands(),
        ])  # fmt: skip

    def _deeds(self) -> Deeds:
        return Deeds(
            new_ticket=self.new_ticket,
            edit=self.edit_resident,
            add_phone=self.add_phone,
            edit_phone=lambda phone: self.person and self.dialogs.edit_phone(self.person, phone),
            edit_tags=self.edit_tags,
            add_stay=self.add_stay,
            edit_stay=self.dialogs.edit_stay,
            add_vehicle=self.add_vehicle,
            add_space=self.add_space,
            add_pet=self.add_pet,
            add_contact=self.add_contact,
        )

    def _need_person(self) -> ResidentDetail | None:
        if self.person is None:
            self.context.notify(Notice(_("先选择一位住户"), "info"))
        return self.person

    def new_ticket(self) -> None:
        if person := self._need_person():
            room = next((stay.room_id for stay in person.occupancies if stay.is_current), None)
            household = {"room_id": room} if room else {}
            self.context.navigate("intake", resident_id=person.id, **household)

    def new_resident(self) -> None:
        self.dialogs.new(self.open_record)

    def edit_resident(self) -> None:
        if person := self._need_person():
            self.dialogs.edit(person)

    def erase(self) -> None:
        if person := self._need_person():
            self.dialogs.erase(person)

    def add_phone(self) -> None:
        if person := self._need_person():
            self.dialogs.add_phone(person)

    def edit_tags(self) -> None:
        if person := self._need_person():
            self.dialogs.edit_tags(person)

    def add_stay(self) -> None:
        if person := self._need_person():
            self.dialogs.add_stay(person)

    def add_vehicle(self) -> None:
        if person := self._need_person():
            self.belongings.add_vehicle(_keeper(person))

    def add_space(self) -> None:
        if person := self._need_person():
            self.belongings.add_space(_keeper(person))

    def add_pet(self) -> None:
        if person := self._need_person():
            self.belongings.add_pet(_keeper(person))

    def add_contact(self) -> None:
        if person := self._need_person():
            room = next((stay.room_id for stay in person.occupancies if stay.is_current), None)
            self.contacts.add(room_id=room, resident_id=person.id)

    def reveal_phones(self) -> None:
        """Show every phone of this person; each is logged."""
        if person := self._need_person():
            for phone in person.phones:
                self.reveals.phone(phone.id)

    def reveal_id(self) -> None:
        person = self._need_person()
        if person is not None and person.id_number:
            self.reveals.id_number(person.id)

    def batch(self) -> None:
        ids = self.chosen_ids()
        if ids:
            self.dialogs.batch(ids)


def _keeper(person: ResidentDetail) -> Keeper:
    """A new thing belongs to the person and the room where the person is now."""
    return Keeper(person.id, next((stay.room_id for stay in person.occupancies if stay.is_current), None))
