"""The household as a field: typed like the one box (room, name, initials, last digits), chosen from what is
found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from models.queries.household_card import HouseholdCard
from models.search.hits import Hit as Found
from models.search.hits import HitKind
from models.search.query import find
from resources.terms import label as term
from resources.translations import gettext as _
from views.tasks import TaskRunner
from views.widgets.editors import Editor
from views.widgets.marked_text import Marked
from views.widgets.search_box import Hit, SearchBox

Session = Any
"""What a query reads with; screens hand it on and know no more of it."""

_OPENING_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True)
class Household:
    """A room, a person, or both; ``words`` is how the field shows it."""

    room_id: str | None
    resident_id: str | None
    words: str

    @classmethod
    def of_card(cls, card: HouseholdCard, resident_id: str | None) -> Household | None:
        """The household of *card*, named after *resident_id* or its first member; ``None`` if it is gone."""
        if card.room is None and not card.members:
            return None
        person = next((one for one in card.members if one.resident_id == resident_id), None)
        person = person or (card.members[0] if card.members else None)
        words = (card.room.code if card.room else "", person.name if person else "")
        return cls(
            card.room.id if card.room else None,
            person.resident_id if person else None,
            " · ".join(part for part in words if part),
        )


def find_households(session: Session, text: str, limit: int) -> Sequence[Found]:
    """Answers of the one box that are households."""
    found = find(session, text, limit * 2)
    return [one for one in found if one.kind is not HitKind.TICKET and (one.room_id or one.resident_id)][
        :limit
    ]


def _present(found: Found) -> Hit:
    has_left = found.kind is HitKind.RESIDENT and not found.is_current
    return Hit(
        kind=term("search.kind", found.kind.value),
        title=Marked(found.title, list(found.title_spans)),
        reason=Marked(_("已迁出")) if has_left else Marked(),
        detail=Marked(found.detail, list(found.detail_spans)),
        page="",
        arguments={"room_id": found.room_id, "resident_id": found.resident_id},
        ticket_arguments={},
    )


class _Box(SearchBox):
    """Keys belong to the hits only while some are shown; else Enter goes on and Ctrl+Enter saves."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.key() in _OPENING_KEYS:
                event.ignore()
                return False
            if not self.hits and event.key() == Qt.Key.Key_Escape:
                event.ignore()
                return False
        return super().event(event)

    def _place_popup(self, popup: Any) -> None:
        if popup.model.hits:
            popup.foot.setText(_("Enter 选定 · ↑↓ 选择 · Esc 关闭"))
        super()._place_popup(popup)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _OPENING_KEYS:
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                event.ignore()
                return
            if not self.hits and (not self.text().strip() or self.property("isChosen")):
                self.focusNextChild()
                return
        if event.key() == Qt.Key.Key_Escape:
            if self.hits:
                self.close_popup()
            else:
                event.ignore()
            return
        super().keyPressEvent(event)


class HouseholdEditor(Editor):
    """``value()``: a `Household` or ``None``. *wanted* is asked for what a chosen hit names; the page reads
    its card and gives it back with `set_value`."""

    def __init__(
        self, parent: QWidget, tasks: TaskRunner, wanted: Callable[[str | None, str | None], object]
    ) -> None:
        self.box = _Box(tasks, find_households, _present, parent)
        self.box.setObjectName("householdBox")
        self.box.setTextMargins(22, 0, 0, 0)
        self.box.setPlaceholderText(_("房号、姓名或首字母、电话尾号、车牌；公共区域可不选"))
        self.box.setAccessibleName(_("住户"))
        super().__init__(self.box)
        self._chosen: Household | None = None
        self._wanted = wanted
        self.box.opened.connect(self._on_opened)
        self.box.textEdited.connect(self._on_edited)

    def value(self) -> Any:
        return self._chosen

    def set_value(self, value: Any) -> None:
        self._chosen = value
        self.box.setProperty("isChosen", value is not None)
        self.box.close_popup()
        self.box.setText(value.words if value is not None else "")
        self.box.setCursorPosition(0)
        self.changed.emit()

    def words(self, value: Any) -> str:
        return value.words if value is not None else ""

    def problem(self) -> str:
        is_open = self._chosen is None and bool(self.box.text().strip())
        return _("请从找到的住户里选一个，或清空") if is_open else ""

    def typed(self) -> Any:
        return asdict(self._chosen) if self._chosen is not None else {"words": self.box.text()}

    def set_typed(self, typed: Any) -> None:
        data = typed if isinstance(typed, dict) else {}
        words = str(data.get("words", ""))
        if data.get("room_id") or data.get("resident_id"):
            self.set_value(Household(data.get("room_id"), data.get("resident_id"), words))
        else:
            self._chosen = None
            self.box.setText(words)

    def _on_opened(self, hit: Hit) -> None:
        self._wanted(hit.arguments.get("room_id"), hit.arguments.get("resident_id"))

    def _on_edited(self, _text: str) -> None:
        self._chosen = None
        self.box.setProperty("isChosen", False)
        self.changed.emit()
