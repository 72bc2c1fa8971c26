"""Vehicles, parking spaces and pets: their lines on a page, and the dialogs that add and change them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from models.queries.belongings import PetLine, SpaceLine, VehicleLine
from models.services import parking, pets, vehicles
from resources.terms import label as term
from resources.translations import gettext as _
from views.archive.dialogs import Call, RecordDialog, ask, call
from views.archive.fields import PET_FIELDS, SPACE_FIELDS, VEHICLE_FIELDS, shown
from views.context import AppContext
from views.widgets.card import Line, Piece
from views.widgets.form import Field


@dataclass(frozen=True)
class Keeper:
    """Whose a new thing becomes: ids of the resident, the room, or both."""

    resident_id: str | None = None
    room_id: str | None = None

    def values(self) -> dict[str, Any]:
        return {"resident_id": self.resident_id, "room_id": self.room_id}


class Belongings:
    """The dialogs of one page; *parent* is the page."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        self._context, self._parent = context, parent

    # -- new -------------------------------------------------------------------------------------------

    def add_vehicle(self, keeper: Keeper) -> RecordDialog:
        return self._add(_("添加车辆"), VEHICLE_FIELDS, vehicles.create_vehicle, keeper)

    def add_space(self, keeper: Keeper) -> RecordDialog:
        return self._add(_("添加车位"), SPACE_FIELDS, parking.create_space, keeper)

    def add_pet(self, keeper: Keeper) -> RecordDialog:
        return self._add(_("添加宠物"), PET_FIELDS, pets.create_pet, keeper)

    def _add(
        self, title: str, fields: Sequence[Field], create: Callable[..., Any], keeper: Keeper
    ) -> RecordDialog:
        def save(values: dict[str, Any], _expected: dict[str, Any]) -> Call:
            return call(create, {**values, **keeper.values()})

        return ask(self._context, title, fields, save, parent=self._parent)

    # -- change ----------------------------------------------------------------------------------------

    def edit_vehicle(self, line: VehicleLine) -> RecordDialog:
        return self._edit(_("修改车辆"), VEHICLE_FIELDS, line, vehicles.edit_vehicle, vehicles.delete_vehicle)

    def edit_space(self, line: SpaceLine) -> RecordDialog:
        return self._edit(_("修改车位"), SPACE_FIELDS, line, parking.edit_space, parking.delete_space)

    def edit_pet(self, line: PetLine) -> RecordDialog:
        return self._edit(_("修改宠物"), PET_FIELDS, line, pets.edit_pet, pets.delete_pet)

    def _edit(
        self,
        title: str,
        fields: tuple[Field, ...],
        line: VehicleLine | SpaceLine | PetLine,
        edit: Callable[..., Any],
        delete: Callable[..., Any],
    ) -> RecordDialog:
        def save(changes: dict[str, Any], expected: dict[str, Any]) -> Call:
            return call(edit, line.id, changes, expected)

        return ask(
            self._context, title, fields, save, parent=self._parent, values=shown(fields, line),
            delete=call(delete, line.id),
        )  # fmt: skip

    # -- lines -----------------------------------------------------------------------------------------

    def vehicle_lines(self, lines: Sequence[VehicleLine]) -> list[Line]:
        return [
            _line(
                line.plate,
                partial(self.edit_vehicle, line),
                line.brand,
                line.colour,
                line.resident,
                line.note,
            )
            for line in lines
        ]

    def space_lines(self, lines: Sequence[SpaceLine]) -> list[Line]:
        return [
            _line(
                line.code, partial(self.edit_space, line), line.area, term("parking.kind", line.kind),
                term("parking.state", line.state), line.resident, line.note,
            )
            for line in lines
        ]  # fmt: skip

    def pet_lines(self, lines: Sequence[PetLine]) -> list[Line]:
        found = []
        for line in lines:
            vaccinated = (
                _("免疫 {day}").format(day=line.vaccinated_on.isoformat()) if line.vaccinated_on else ""
            )
            name = " ".join(part for part in (line.kind, line.name) if part)
            found.append(
                _line(name, partial(self.edit_pet, line), line.breed, line.colour, vaccinated, line.note)
            )
        return found


def _line(title: str, edit: Callable[[], object], *details: str | None) -> Line:
    words = " · ".join(detail for detail in details if detail)
    return [Piece(title, run=edit), *([Piece(words, "muted")] if words else [])]
