"""The intake page: one form for every request, its household beside it, nothing typed ever lost."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from models.queries.categories import CategoryFacts, CategoryNode, category_facts, category_tree
from models.queries.drafts import DraftItem
from models.queries.household_card import HouseholdCard, household_card
from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext
from views.household.picker import Household
from views.intake import reading, saving
from views.intake.caller_editor import CallerEditor
from views.intake.category_editor import CategoryEditor
from views.intake.draft_list import MOST_KEYS, DraftList
from views.intake.drafting import DraftKeeper
from views.intake.form import EMPTY, fields, has_words, is_answerable, is_worth_keeping
from views.intake.saving import Saver
from views.intake.side import Side
from views.page import Page
from views.widgets.action_bar import ActionBar
from views.widgets.form import Form
from views.widgets.panel import ListAndDetail, Panel, label, scrolled

NARROW = 760
SIDE_HEIGHT = 240


class IntakePage(Page):
    key, title = "intake", N_("受理")
    concerns = frozenset({"ticket", "resident", "phone", "room", "occupancy", "communication", "category"})

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self.masked_phone = ""
        """The phone that was filled in for the caller."""
        self.form = Form(
            fields(context, self.choose_household, lambda: self.masked_phone), formats=context.formats
        )
        self.keeper = DraftKeeper(context, self._contents, self)
        self.saver = Saver(self)
        self.drafts = DraftList(context, self.open_draft, self.discard_draft)
        self.side = Side(context, lambda ticket_id: context.navigate("tickets", ticket_id=ticket_id))
        self.resident_id: str | None = None
        """Who calls, if it is one of the household."""
        self._touched: set[str] = set()
        self._lay_out()
        self._clear()
        self.form.edited.connect(self._on_edited)
        self.keeper.kept.connect(self._on_kept)
        self.keeper.emptied.connect(lambda: self._kept.setText(""))
        self.keeper.listed.connect(self._on_listed)
        self.keeper.loading.connect(self._on_loading)
        self.saver.saved.connect(self._on_saved)

    def _lay_out(self) -> None:
        self._title = label(_("新工单"), name="pageTitle")
        self._kept = label("", "muted")
        bar = ActionBar()
        bar.set_actions(self._commands())
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addWidget(self._kept, 1)
        panel = Panel(padding=16)
        panel.body.addWidget(self.drafts)
        panel.body.addLayout(head)
        panel.body.addWidget(scrolled(self._make_holder()), 1)
        panel.body.addWidget(bar)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._split = ListAndDetail(panel, self.side, "intake", self.context.preferences, share=0.6)
        column.addWidget(self._split)

    def _make_holder(self) -> QWidget:
        """The form, and room below it for what stands beside it in a wide window."""
        holder = QWidget()
        self._below = QVBoxLayout(holder)
        self._below.setContentsMargins(0, 0, 0, 0)
        self._below.addWidget(self.form)
        self._below.addStretch(1)
        return holder

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the household stands below the form."""
        super().resizeEvent(event)
        is_below = self.side.parent() is not self._split
        if self.width() < NARROW and not is_below:
            self.side.setMinimumHeight(SIDE_HEIGHT)
            self._below.addWidget(self.side)
        elif self.width() >= NARROW and is_below:
            self.side.setMinimumHeight(0)
            self._split.addWidget(self.side)

    def _commands(self) -> list[Any]:
        save_and_print = self.add_command(_("保存并打印"), "Ctrl+Return", self.commit)
        save_and_print.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # the window's key calls commit
        shown = [
            save_and_print,
            self.add_command(_("保存"), "Ctrl+S", partial(self.saver.save, saving.SAVE)),
            self.add_command(_("保存并派单"), "Ctrl+Shift+Return", partial(self.saver.save, saving.DISPATCH)),
            self.add_command(_("另起一张"), "Ctrl+N", self.set_aside),
            self.add_command(_("放弃"), "Ctrl+Shift+Delete", self.give_up),
        ]
        self.add_command(_("显示电话"), "Ctrl+Shift+O", self.side.household.reveal_first)
        for place in range(MOST_KEYS):
            number = place + 1
            self.add_command(
                _("继续第 {n} 份草稿").format(n=number), f"Alt+{number}", partial(self.open_draft, place)
            )
            self.add_command(
                _("放弃第 {n} 份草稿").format(n=number),
                f"Alt+Shift+{number}",
                partial(self.discard_draft, place),
            )
        return shown

    # -- Page ------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self.context.tasks.read_latest(self, "tree", category_tree, on_done=self._on_tree)
        self.keeper.read()
        household = self._household()
        if household is not None:
            self._read_card(household.room_id, household.resident_id, is_new=False)

    def open(self, **arguments: Any) -> None:
        """``room_id``, ``resident_id``, ``phone``: a request of that household, what was unfinished is kept
        as a draft. ``draft_id`` continues a draft."""
        draft_id = arguments.get("draft_id")
        room_id, resident_id = arguments.get("room_id"), arguments.get("resident_id")
        phone = str(arguments.get("phone") or "")
        if draft_id:
            self.keeper.load(str(draft_id))
        if not (room_id or resident_id or phone):
            return
        household = self._household()
        is_other = household is None or (household.room_id, household.resident_id) != (room_id, resident_id)
        if is_other and has_words(self.form.typed()):
            self.set_aside()
        if phone:
            self.form.set_values({"caller_phone": phone})
            self.keeper.schedule()
        if room_id or resident_id:
            self.choose_household(room_id, resident_id)
        else:
            self.context.tasks.read(self, reading.household_of_phone, phone, on_done=self._on_phone_found)

    def commit(self) -> bool:
        self.saver.save(saving.PRINT)
        return True

    def step_back(self) -> bool:
        self.keeper.keep()
        return False

    def can_leave(self) -> bool:
        self.keeper.keep()
        return True

    def hideEvent(self, event: QHideEvent) -> None:
        self.keeper.keep()
        super().hideEvent(event)

    # -- the household ---------------------------------------------------------------------------------

    def _household(self) -> Household | None:
        household: Household | None = self.form.editor("household").value()
        return household

    def choose_household(self, room_id: str | None, resident_id: str | None) -> None:
        """Read the household and fill in who calls."""
        self._read_card(room_id, resident_id, is_new=True)

    def _read_card(self, room_id: str | None, resident_id: str | None, *, is_new: bool) -> None:
        self.context.tasks.read_latest(
            self, "card", household_card, room_id=room_id, resident_id=resident_id,
            now=self.context.clock(), on_done=partial(self._on_card, resident_id, is_new),
        )  # fmt: skip

    def _on_phone_found(self, found: tuple[str | None, str | None] | None) -> None:
        if found is not None:
            self.choose_household(*found)

    def _on_card(self, resident_id: str | None, is_new: bool, card: HouseholdCard) -> None:
        household = Household.of_card(card, resident_id)
        if household is None:
            self.side.show_card(None)
            return
        self.side.show_card(card)
        caller = self._caller()
        caller.offer(card.members)
        if not is_new:
            return
        self.resident_id = household.resident_id
        person = next((one for one in card.members if one.resident_id == household.resident_id), None)
        self.masked_phone = person.phones[0].masked if person is not None and person.phones else ""
        values: dict[str, Any] = {"household": household, "caller_name": person.name if person else ""}
        if "caller_phone" not in self._touched:
            values["caller_phone"] = self.masked_phone
        self.form.set_values(values)
        self._aim_focus()
        self.form.focus("matter")
        self.keeper.schedule()

    def _caller(self) -> CallerEditor:
        editor = self.form.editor("caller_name")
        assert isinstance(editor, CallerEditor)
        return editor

    def _follow_caller(self) -> None:
        """Another of the household calls: the ticket is theirs, with their phone."""
        member = self._caller().member
        if member is None or member.resident_id == self.resident_id:
            return
        self.resident_id = member.resident_id
        old, self.masked_phone = self.masked_phone, member.phones[0].masked if member.phones else ""
        if self.form.values()["caller_phone"] in ("", old):
            self.form.set_values({"caller_phone": self.masked_phone})

    # -- typing ----------------------------------------------------------------------------------------

    def _on_edited(self, name: str) -> None:
        self._touched.add(name)
        if name == "household":
            if self._household() is None:
                self._forget_household()
            self._aim_focus()
        elif name == "caller_name":
            self._follow_caller()
        elif name == "category_id":
            self.context.tasks.read_latest(
                self, "category", category_facts, self.form.values()["category_id"], on_done=self._on_category
            )
        elif name == "kind":
            self._show_answer()
        self.keeper.schedule()

    def _forget_household(self) -> None:
        self.resident_id = None
        if self.form.values()["caller_phone"] == self.masked_phone and self.masked_phone:
            self.form.set_values({"caller_phone": "", "caller_name": ""})
        self.masked_phone = ""
        self._caller().offer(())
        self.side.show_card(None)

    def _aim_focus(self) -> None:
        """The page's focus goes where the clerk types next."""
        name = "matter" if self._household() is not None else "household"
        self.setFocusProxy(self.form.editor(name).widget)

    def _on_tree(self, tree: list[CategoryNode]) -> None:
        editor = self.form.editor("category_id")
        assert isinstance(editor, CategoryEditor)
        editor.set_tree(tree)

    def _on_category(self, facts: CategoryFacts | None) -> None:
        if facts is None:
            return
        values = {"kind": facts.kind, "priority": facts.priority}
        self.form.set_values(
            {name: value for name, value in values.items() if value and name not in self._touched}
        )
        self._show_answer()

    def _show_answer(self) -> None:
        self.form.set_shown("answer", is_answerable(self.form.values()))

    # -- drafts ----------------------------------------------------------------------------------------

    def _contents(self) -> dict[str, Any] | None:
        """What the draft keeps; ``None`` if nothing is there that would be missed."""
        typed = self.form.typed()
        if not is_worth_keeping(typed):
            return None
        return {
            "typed": typed,
            "resident_id": self.resident_id,
            "masked_phone": self.masked_phone,
            "touched": sorted(self._touched),
        }

    def _on_kept(self) -> None:
        at = self.context.formats.time(self.context.clock())
        self._kept.setText(_("草稿已存 {at}").format(at=at))
        values = self.form.values()
        if values["matter"]:
            self.saver.look(values, self.side.show_warning)

    def _on_listed(self, items: list[DraftItem]) -> None:
        self.drafts.show_drafts(items)
        self.badge_changed.emit(str(len(items)) if items else "")

    def set_aside(self) -> None:
        """Keep what is typed as a draft and begin another request; a household alone is no request."""
        if has_words(self.form.typed()):
            self.keeper.keep()
        else:
            self.keeper.drop()
        self._clear()
        self.keeper.read()
        self.form.focus("household")

    def give_up(self) -> None:
        """Throw what is typed away; the notice brings it back as a draft."""
        self.keeper.keep()
        draft_id = self.keeper.let_go()
        self._clear()
        if draft_id:
            self.keeper.discard(draft_id)
        self.form.focus("household")

    def open_draft(self, place: int) -> None:
        """Continue the draft at *place* of the list; what is typed now becomes a draft itself."""
        if place < len(self.drafts.items):
            self.keeper.load(self.drafts.items[place].id)

    def discard_draft(self, place: int) -> None:
        if place < len(self.drafts.items):
            self.keeper.discard(self.drafts.items[place].id)

    def _on_loading(self, item: DraftItem) -> None:
        self._fill_empty()
        data = item.data
        self._touched = set(data.get("touched", ()))
        self.form.set_typed(data.get("typed", {}))
        self.resident_id = data.get("resident_id")
        self.masked_phone = str(data.get("masked_phone") or "")
        self._touched = set(data.get("touched", ()))
        household = self._household()
        if household is not None:
            self._read_card(household.room_id, household.resident_id, is_new=False)
        self._show_answer()
        self._aim_focus()
        self.form.focus("matter" if household is not None else "household")

    def _on_saved(self) -> None:
        self._clear()
        self.keeper.read()
        self.form.focus("household")

    def _clear(self) -> None:
        """An empty form that is no draft."""
        self.keeper.let_go()
        self._fill_empty()

    def _fill_empty(self) -> None:
        self.resident_id, self.masked_phone = None, ""
        self.form.set_values(EMPTY)
        self._caller().offer(())
        self._touched.clear()
        self._kept.setText("")
        self.side.show_card(None)
        self.side.show_warning(None)
        self._show_answer()
        self._aim_focus()
