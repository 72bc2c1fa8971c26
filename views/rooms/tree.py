"""Buildings and units at the left, with how many rooms each has and how many are lived in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from models.queries.archive import BuildingNode, UnitNode
from models.queries.rooms import NO_UNIT
from resources.translations import gettext as _

NODE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Place:
    """What the tree stands on; both None: the whole site."""

    building_id: str | None = None
    unit_id: str | None = None


class PlaceTree(QTreeWidget):
    """`show_nodes` fills it; what was chosen and opened stays."""

    chosen = Signal(object)
    """The `Place` that is now current."""
    opened = Signal()
    """Enter: on to the list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setAccessibleName(_("楼栋单元"))
        self.setIndentation(14)
        self.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.setUniformRowHeights(True)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.nodes: Sequence[BuildingNode] = ()
        self.currentItemChanged.connect(lambda *_items: self.chosen.emit(self.place()))
        self.itemActivated.connect(lambda *_item: self.opened.emit())

    def place(self) -> Place:
        item = self.currentItem()
        found = item.data(0, NODE) if item is not None else None
        return found if isinstance(found, Place) else Place()

    def building(self) -> BuildingNode | None:
        """The building of the current node."""
        wanted = self.place().building_id
        return next((node for node in self.nodes if node.id == wanted), None)

    def unit(self) -> UnitNode | None:
        building, wanted = self.building(), self.place().unit_id
        return next((unit for unit in building.units if unit.id == wanted), None) if building else None

    def show_nodes(self, nodes: Sequence[BuildingNode]) -> None:
        before = self.place()
        closed = {
            self.topLevelItem(row).data(0, NODE)  # type: ignore[union-attr]
            for row in range(self.topLevelItemCount())
            if not self.topLevelItem(row).isExpanded()  # type: ignore[union-attr]
        }
        self.nodes = nodes
        with QSignalBlocker(self):
            self.clear()
            rooms, occupied = sum(node.rooms for node in nodes), sum(node.occupied for node in nodes)
            top = self._add(self.invisibleRootItem(), _("全部"), rooms, occupied, Place())
            chosen = top
            for node in nodes:
                place = Place(node.id)
                item = self._add(self.invisibleRootItem(), node.name, node.rooms, node.occupied, place)
                chosen = item if place == before else chosen
                for unit in node.units:
                    under = Place(node.id, unit.id or NO_UNIT)
                    if unit.id is None and len(node.units) == 1:
                        continue
                    child = self._add(item, unit.name or _("无单元"), unit.rooms, unit.occupied, under)
                    chosen = child if under == before else chosen
                item.setExpanded(len(nodes) <= 12 and place not in closed)
            self.setCurrentItem(chosen)

    def _add(
        self, parent: QTreeWidgetItem, words: str, rooms: int, occupied: int, place: Place
    ) -> QTreeWidgetItem:
        item = QTreeWidgetItem(parent, [words, str(rooms)])
        item.setData(0, NODE, place)
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setForeground(1, self.palette().placeholderText())
        tip = _("{rooms} 套，有人 {occupied} 套").format(rooms=rooms, occupied=occupied)
        item.setToolTip(0, f"{words} · {tip}")
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{words} {tip}")
        return item

    def go_to(self, place: Place) -> None:
        """Make a node current."""
        for item in self._items():
            if item.data(0, NODE) == place:
                self.setCurrentItem(item)
                return

    def _items(self) -> Sequence[QTreeWidgetItem]:
        found: list[QTreeWidgetItem] = []

        def walk(item: QTreeWidgetItem, visit: Callable[[QTreeWidgetItem], None]) -> None:
            visit(item)
            for row in range(item.childCount()):
                child = item.child(row)
                if child is not None:
                    walk(child, visit)

        for row in range(self.topLevelItemCount()):
            top = self.topLevelItem(row)
            if top is not None:
                walk(top, found.append)
        return found


def place_choices(nodes: Sequence[BuildingNode]) -> list[tuple[tuple[str, str | None], str]]:
    """((building id, unit id), words) of every place a room may lie in."""
    found: list[tuple[tuple[str, str | None], str]] = []
    for node in nodes:
        found += [((node.id, unit.id), f"{node.name} {unit.name}") for unit in node.units if unit.id]
        found.append(((node.id, None), _("{building} 无单元").format(building=node.name)))
    return found
