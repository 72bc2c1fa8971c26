"""房屋: the tree of buildings, the list of rooms, and the household of the room that is chosen."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from models.queries.archive import BuildingNode, building_tree
from models.queries.household import Household
from models.queries.recent import HouseholdPage, household_page
from models.queries.rooms import RoomFilter, room_keys, room_rows
from models.rules.rights import Right
from resources.translations import N_, pgettext
from resources.translations import gettext as _
from views.archive.belongings import Belongings, Keeper
from views.archive.contacts import Contacts
from views.archive.page import ArchivePage
from views.context import AppContext, Notice
from views.rooms.columns import ALL, CHIPS, EMPTY, columns
from views.rooms.dialogs import RoomDialogs
from views.rooms.household_view import Deeds, HouseholdView
from views.rooms.tree import Place, PlaceTree
from views.widgets.action_bar import ActionBar
from views.widgets.row_table_model import RowSource


class RoomsPage(ArchivePage):
    """``open(room_id=…)`` shows a household."""

    key, title = "rooms", N_("房屋")
    concerns = frozenset({
        "building", "unit", "room", "occupancy", "resident", "phone", "resident_tag", "tag", "vehicle",
        "parking_space", "pet", "decoration", "ticket", "communication", "callback",
    })  # fmt: skip
    export_kind = "rooms"
    record_table = "room"
    share = 0.53

    def __init__(self, context: AppContext) -> None:
        source = RowSource(room_keys, room_rows)
        super().__init__(
            context, source, columns(context.formats), CHIPS, _("选择一套房屋，这里显示整户的情况")
        )
        self.tree = PlaceTree()
        self.tree.chosen.connect(lambda _place: self.show_list())
        self.tree.opened.connect(self.table.setFocus)
        self.dialogs = RoomDialogs(context, self)
        self.belongings = Belongings(context, self)
        self.contacts = Contacts(context, self)
        self._with_former = False
        self._make_commands()
        self.view = HouseholdView(
            context, self.detail, self._deeds(), reveals=self.reveals, belongings=self.belongings,
            contacts=self.contacts,
        )  # fmt: skip
        self.compose(pgettext("page", "房屋"), beside=self._tree_side())
        self.table.empty.say(
            _("没有符合条件的房屋"), _("换一个筛选；新小区可以先导入表格"),
            _("导入  I"), lambda: context.navigate("import"),
        )  # fmt: skip

    # -- data ------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        day = self.context.formats.local(self.context.clock()).date()
        self.context.tasks.read_latest(self, "tree", building_tree, day, on_done=self.tree.show_nodes)
        super().refresh()

    def open(self, **arguments: Any) -> None:
        if arguments.get("room_id"):
            self.open_record(str(arguments["room_id"]))

    def wanted(self) -> RoomFilter:
        place, chip = self.tree.place(), self.chips.current
        return RoomFilter(
            building_id=place.building_id,
            unit_id=place.unit_id,
            states=(chip,) if chip not in (ALL, EMPTY) else (),
            is_lived_in=False if chip == EMPTY else None,
            text=self.filter_line.text(),
            today=self.context.formats.local(self.context.clock()).date(),
        )

    def clear_filters(self) -> None:
        super().clear_filters()
        self.tree.go_to(Place())

    def load(self, key: str) -> None:
        self.context.tasks.read_latest(
            self, "detail", household_page, key, self.context.clock(),
            on_done=self.loaded, on_error=self.load_failed,
        )  # fmt: skip

    def show_detail(self, page: HouseholdPage) -> None:
        self.view.show(page, with_former=self._with_former)

    @property
    def home(self) -> Household | None:
        return self._shown.household if isinstance(self._shown, HouseholdPage) else None

    # -- commands --------------------------------------------------------------------------------------

    def _make_commands(self) -> None:
        edit = Right.ARCHIVE_EDIT
        of_room = [
            *self.guarded(Right.TICKET_CREATE, _("新工单"), "T", self.new_ticket),
            *self.guarded(edit, _("添加住户"), "A", self.add_person),
            *self.guarded(edit, _("修改"), "E", self.edit_room),
            *self.guarded(Right.CALLBACK, _("沟通"), "L", self.add_contact),
            *self.guarded(Right.REVEAL, _("显示电话"), "S", self.reveal_phones),
            *self.guarded(edit, _("迁出"), "M", self.move_out),
            *self.guarded(edit, _("车辆"), "V", self.add_vehicle),
            *self.guarded(edit, _("车位"), "K", self.add_space),
            *self.guarded(edit, _("宠物"), "P", self.add_pet),
            *self.guarded(edit, _("装修"), "D", self.add_decoration),
            self.add_command(_("以往住户"), "H", self.toggle_former),
        ]
        self.detail.bar.set_actions(of_room)
        self.list_bar.set_actions([
            *self.guarded(edit, _("新建房屋"), "N", self.new_room),
            *self.guarded(Right.ARCHIVE_BATCH, _("批量修改"), "B", self.batch),
            *self.common_commands(),
        ])  # fmt: skip

    def _deeds(self) -> Deeds:
        return Deeds(
            new_ticket=self.new_ticket,
            edit_room=self.edit_room,
            add_person=self.add_person,
            edit_stay=self.dialogs.edit_stay,
            add_vehicle=self.add_vehicle,
            add_space=self.add_space,
            add_pet=self.add_pet,
            add_decoration=self.add_decoration,
            edit_decoration=self.dialogs.edit_decoration,
            add_contact=self.add_contact,
            show_former=self.toggle_former,
        )

    def _tree_side(self) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.tree, 1)
        bar = ActionBar(has_primary=False)
        edit = Right.ARCHIVE_EDIT
        bar.set_actions([
            *self.guarded(edit, _("楼栋"), "Ctrl+B", self.dialogs.new_building),
            *self.guarded(edit, _("单元"), "Ctrl+U", self.new_unit),
            *self.guarded(edit, _("改楼栋单元"), "F6", self.edit_place),
        ])  # fmt: skip
        column.addWidget(bar)
        return side

    def _need_home(self) -> Household | None:
        if self.home is None:
            self.context.notify(Notice(_("先选择一套房屋"), "info"))
        return self.home

    def new_ticket(self) -> None:
        if home := self._need_home():
            self.context.navigate("intake", room_id=home.room.id)

    def edit_room(self) -> None:
        if home := self._need_home():
            self.dialogs.edit_room(self.tree.nodes, home.room)

    def new_room(self) -> None:
        if not self.tree.nodes:
            self.context.notify(Notice(_("先用 Ctrl+B 新建楼栋，或导入表格"), "info"))
            return
        self.dialogs.new_room(self.tree.nodes, self._usual_place(), self.open_record)

    def _usual_place(self) -> tuple[str, str | None] | None:
        building, unit = self.tree.building(), self.tree.unit()
        if building is None:
            return (self.home.room.building_id, self.home.room.unit_id) if self.home else None
        return building.id, unit.id if unit is not None else next((one.id for one in building.units), None)

    def batch(self) -> None:
        ids = self.chosen_ids()
        if ids:
            self.dialogs.batch(ids)

    def add_person(self) -> None:
        if home := self._need_home():
            self.dialogs.add_person(home.room)

    def move_out(self) -> None:
        home = self._need_home()
        if home is not None and not home.members:
            self.context.notify(Notice(_("这里现在没有人"), "info"))
        elif home is not None:
            self.dialogs.move_out(home)

    def add_vehicle(self) -> None:
        if home := self._need_home():
            self.belongings.add_vehicle(_keeper(home))

    def add_space(self) -> None:
        if home := self._need_home():
            self.belongings.add_space(_keeper(home))

    def add_pet(self) -> None:
        if home := self._need_home():
            self.belongings.add_pet(_keeper(home))

    def add_decoration(self) -> None:
        if home := self._need_home():
            self.dialogs.add_decoration(home.room)

    def add_contact(self) -> None:
        if home := self._need_home():
            people = {member.resident_id: member.name for member in home.members}
            self.contacts.add(room_id=home.room.id, resident_id=None, people=list(people.items()))

    def reveal_phones(self) -> None:
        """Show the first phone of the primary contact; the others by their own 显示."""
        home = self._need_home()
        phones = [phone for member in home.members for phone in member.phones] if home is not None else []
        if phones:
            self.reveals.phone(phones[0].id)

    def toggle_former(self) -> None:
        self._with_former = not self._with_former
        self._redraw()

    def new_unit(self) -> None:
        building: BuildingNode | None = self.tree.building()
        if building is None:
            self.context.notify(Notice(_("先在左边选择一栋楼"), "info"))
        else:
            self.dialogs.new_unit(building)

    def edit_place(self) -> None:
        building = self.tree.building()
        if building is None:
            self.context.notify(Notice(_("先在左边选择一栋楼"), "info"))
        else:
            self.dialogs.edit_place(building, self.tree.unit())


def _keeper(home: Household) -> Keeper:
    """A new thing belongs to the room and its primary contact."""
    first = home.members[0].resident_id if home.members else None
    return Keeper(first, home.room.id)
