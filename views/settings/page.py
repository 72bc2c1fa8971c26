"""设置: the sections at the left, the chosen one at the right. What the user may not change is not shown."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStackedWidget, QVBoxLayout, QWidget

from resources.translations import N_
from resources.translations import gettext as _
from views.context import AppContext
from views.page import Page
from views.settings.section import LOW, Section
from views.settings.sections import SECTIONS, SectionSpec
from views.widgets.panel import ListAndDetail, Panel, label

KEY = Qt.ItemDataRole.UserRole
LAST_KEY = "settings/section"
SHARE = 0.16
GAP_HEIGHT = 9
LEFT_WIDTH = 150


class SectionList(QListWidget):
    """The names of the sections; Enter and → go into the one chosen."""

    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(_("设置"))
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setStyleSheet("QListWidget, QListWidget:focus { border: 0; padding: 0; }")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)

    def show_specs(self, specs: list[SectionSpec]) -> None:
        for spec in specs:
            if spec.begins_group and self.count():
                gap = QListWidgetItem(self)
                gap.setFlags(Qt.ItemFlag.NoItemFlags)
                gap.setSizeHint(QSize(1, GAP_HEIGHT))
            item = QListWidgetItem(_(spec.title), self)
            item.setData(KEY, spec.key)
            item.setToolTip(_(spec.title))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Right):
            self.entered.emit()
            return
        if event.text() and event.text().isprintable():
            event.ignore()  # letters and digits belong to the page
            return
        super().keyPressEvent(event)


class SettingsPage(Page):
    key, title, help_topic = "settings", N_("设置"), "settings"

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self.specs = {spec.key: spec for spec in SECTIONS if spec.is_shown(context)}
        self._made: dict[str, Section] = {}
        self.list = SectionList()
        self.list.show_specs(list(self.specs.values()))
        self.stack = QStackedWidget()
        left = Panel(padding=10)
        left.body.addWidget(label(_("设置"), name="pageTitle"))
        left.body.addWidget(self.list, 1)
        self.keys_label = label(_("上一项 / 下一项") + "\nCtrl+PgUp / PgDn", "muted")
        left.body.addWidget(self.keys_label)
        left.setMinimumWidth(LEFT_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(ListAndDetail(left, self.stack, "settings", context.preferences, share=SHARE))
        self.setFocusProxy(self.list)
        self.list.currentItemChanged.connect(lambda item, _old: self._on_chosen(item))
        self.list.entered.connect(self._go_inside)
        self.add_command(_("上一项设置"), "Ctrl+PgUp", lambda: self._step(-1))
        self.add_command(_("下一项设置"), "Ctrl+PgDown", lambda: self._step(1))
        last = str(context.preferences.get(LAST_KEY, ""))
        self.choose(last if last in self.specs else next(iter(self.specs)))

    # -- sections --------------------------------------------------------------------------------------

    @property
    def section(self) -> Section:
        """The section shown."""
        shown = self.stack.currentWidget()
        assert isinstance(shown, Section)
        return shown

    def choose(self, key: str) -> None:
        """Show the section named *key*; nothing happens if the user may not see it."""
        for place in range(self.list.count()):
            if self.list.item(place).data(KEY) == key:
                self.list.setCurrentRow(place)

    def _on_chosen(self, item: QListWidgetItem | None) -> None:
        key = item.data(KEY) if item is not None else None
        if key is None:
            return
        if self._made:
            for action in self.section.commands:
                self.removeAction(action)
        if key not in self._made:
            self._made[key] = self.specs[key].factory(self.context)
            self.stack.addWidget(self._made[key])
        section = self._made[key]
        self.stack.setCurrentWidget(section)
        self.addActions(section.commands)
        self.context.preferences.set(LAST_KEY, key)
        if self.isVisible():
            self._refresh_if_stale(section)

    def _refresh_if_stale(self, section: Section) -> None:
        if section.is_stale:
            section.is_stale = False
            section.refresh()

    def _go_inside(self) -> None:
        self.section.focus_inside()

    def _step(self, by: int) -> None:
        """To the next section that can be chosen; the focus goes along."""
        was_inside = not self.list.hasFocus()
        place = self.list.currentRow() + by
        while 0 <= place < self.list.count() and self.list.item(place).data(KEY) is None:
            place += by
        if 0 <= place < self.list.count():
            self.list.setCurrentRow(place)
            if was_inside:
                self.section.focus_inside()

    # -- Page ------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.keys_label.setVisible(self.height() >= LOW)

    def refresh(self) -> None:
        self.section.is_stale = False
        self.section.refresh()

    def open(self, **arguments: Any) -> None:
        """``section``: its key; what else is named goes to the section (``row_id`` to the log)."""
        key = arguments.pop("section", "")
        if key:
            self.choose(key)
        if arguments or key:
            self.section.open(**arguments)

    def commit(self) -> bool:
        return self.section.commit()

    def step_back(self) -> bool:
        if self.section.step_back():
            return True
        if not self.list.hasFocus() and self.section.isAncestorOf(self.focusWidget() or self.list):
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return False

    def _on_data_changed(self, changes: frozenset[str]) -> None:
        for section in self._made.values():
            if section.concerns & changes:
                section.is_stale = True
        if self.isVisible():
            self._refresh_if_stale(self.section)
        elif self._made and self.section.is_stale:
            self.mark_stale()
