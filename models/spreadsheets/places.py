"""Finds or plans the building, unit and room that a row is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from models.rules import room_code
from models.rules.room_code import NO_UNIT, RoomCode
from models.spreadsheets.archive import Archive, Item, Place, bare, room_key
from models.spreadsheets.linking import Statement

ROOM_FACTS = (
    "floor", "kind", "state", "building_area", "inside_area", "layout", "delivered_on", "accepted_on",
    "moved_in_on", "note",
)  # fmt: skip

_PLAIN_PART = re.compile(r"[\w.·+]*\w[\w.·+]*")
_SHOP_UNITS = frozenset({NO_UNIT, "商铺", "底商"})


@dataclass
class Whereabouts:
    """What a row says of its place: a code to look up or to make, or only a building and unit."""

    code: RoomCode | None = None
    known: Item | None = None
    is_building_only: bool = False


class Places:
    """Keeps what the sheets' own keys (房屋ID, 楼栋ID) stand for."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.rooms_by_ref: dict[str, Item] = {}
        self.buildings_by_ref: dict[str, str] = {}
        self.units_by_ref: dict[str, tuple[str, str]] = {}
        self._entrances: dict[tuple[str, str], RoomCode | None] = {}

    # -- reading ---------------------------------------------------------------------------------

    def locate(self, statement: Statement) -> Whereabouts:
        """Understand the row's place; refusals go into ``statement.reasons``."""
        facts = statement.facts
        self._follow_refs(statement)
        building, unit = facts.get("building.code"), facts.get("unit.code")
        number, whole = facts.get("room.number"), facts.get("room.code")
        if whole and not (building and number):
            return self._from_text(statement, whole, building)
        if number and not building:
            if any(sign in number for sign in "-#栋幢座号单") or len(number) >= 6:
                return self._from_text(statement, number, None)
            statement.doubt("building-missing")
            return Whereabouts()
        if number and building:
            return self._from_cells(statement, building, unit or "", number)
        if ref := facts.get("room.ref"):
            if (known := self.rooms_by_ref.get(ref)) is not None:
                return Whereabouts(known=known)
            statement.doubt("reference-unknown", header=statement.header_of("room.ref"), number=ref)
            return Whereabouts()
        return Whereabouts(is_building_only=bool(building))

    def _follow_refs(self, statement: Statement) -> None:
        facts = statement.facts
        if (ref := facts.get("unit.ref")) and not facts.get("unit.code") and ref in self.units_by_ref:
            building, unit = self.units_by_ref[ref]
            facts.setdefault("building.code", building)
            facts["unit.code"] = unit
        if (ref := facts.get("building.ref")) and not facts.get("building.code"):
            known = self.buildings_by_ref.get(ref)
            if known is None:
                statement.doubt("reference-unknown", header=statement.header_of("building.ref"), number=ref)
            else:
                facts["building.code"] = known

    def _from_text(self, statement: Statement, text: str, building: str | None) -> Whereabouts:
        readings = self._readings(text)
        if not readings and building:
            return self._from_cells(statement, building, statement.facts.get("unit.code") or "", text)
        known = {item.id: item for code in readings for item in self._known(code)}
        if len(known) == 1:
            return Whereabouts(known=next(iter(known.values())))
        if len(readings) == 1 and not known:
            return Whereabouts(code=readings[0])
        if readings:
            shown = "、".join(
                sorted({item.values["code"] for item in known.values()}) or [c.canonical for c in readings]
            )
            statement.doubt("room-code-ambiguous", shown=text, readings=shown)
        else:
            statement.doubt("room-code-unreadable", shown=text)
        return Whereabouts()

    def _readings(self, text: str) -> list[RoomCode]:
        """Without a site's name in front (阳光花园3栋2单元1502) when the plain reading says the same."""
        readings = room_code.candidates(text)
        if len(readings) == 2 and readings[1].building.endswith(readings[0].building):
            has_known_prefix = bare(readings[1].building) in self.archive.buildings
            return readings[1:] if has_known_prefix else readings[:1]
        return readings

    def _known(self, code: RoomCode) -> list[Item]:
        if (exact := self.archive.rooms.get(code.key)) is not None:
            return [exact]
        if not code.is_unit_given:
            return self.archive.rooms_by_ends.get((bare(code.building), bare(code.number)), [])
        return []

    def _from_cells(self, statement: Statement, building: str, unit: str, number: str) -> Whereabouts:
        code = self._compose(building, unit, number)
        if code is None:
            shown = " ".join(filter(None, (building, unit, number)))
            statement.doubt("room-code-unreadable", shown=shown)
            return Whereabouts()
        if not unit and code.key not in self.archive.rooms:
            ends = self.archive.rooms_by_ends.get((bare(code.building), bare(code.number)), [])
            if len(ends) == 1:
                statement.doubt("unit-guessed", room=ends[0].values["code"])
                return Whereabouts(known=ends[0])
        return Whereabouts(code=code)

    def _compose(self, building: str, unit: str, number: str) -> RoomCode | None:
        """Three cells; the number cell may hold the whole code, or unit and number (``2-1502``)."""
        if number.isdecimal() and number.isascii():
            entrance = self._entrance(building, unit)
            return RoomCode(entrance.building, entrance.unit, number) if entrance else None
        pieces = [piece for piece in room_code.normalise(number).replace("#", "-").split("-") if piece]
        try:
            if len(pieces) == 2 and not unit:
                unit, number = (
                    ("", pieces[1]) if bare(pieces[0]) == bare(building) else (pieces[0], pieces[1])
                )
            elif len(pieces) == 3:
                unit, number = unit or pieces[1], pieces[2]
            code = room_code.compose(building, unit, number)
        except ValueError:
            return None
        is_plain = all(_PLAIN_PART.fullmatch(part) for part in (code.building, code.unit, code.number))
        return code if is_plain and len(code.canonical) <= 40 else None

    def _entrance(self, building: str, unit: str) -> RoomCode | None:
        """Building and unit as the archive writes them; every room of a unit asks the same."""
        key = (building, unit)
        if key not in self._entrances:
            self._entrances[key] = self._compose(building, unit, "1#")
        return self._entrances[key]

    # -- planning --------------------------------------------------------------------------------

    def building(self, code: str, statement: Statement) -> Item:
        """The building, planned if it is new."""
        known = self.archive.buildings.get(bare(code))
        facts = statement.facts
        if known is None:
            cell = str(facts.get("building.code") or "")
            name = facts.get("building.name") or (cell if _has_mark(cell) else _building_name(code))
            known = self.archive.add(
                "building",
                {
                    "code": code,
                    "name": name,
                    "position": int(code) if code.isdigit() and len(code) < 6 else 0,
                    "note": facts.get("building.note") or _building_note(facts),
                },
                statement.place,
                soft=() if facts.get("building.name") else ("name",),
            )
        return known

    def unit(self, building: Item, code: str, statement: Statement) -> Item | None:
        """The unit, planned if new; None for unit 0 (shops, villas)."""
        if code == NO_UNIT:
            return None
        known = self.archive.units.get((building.id, bare(code)))
        if known is None:
            name = statement.facts.get("unit.name") or f"{code}单元"
            known = self.archive.add(
                "unit",
                {
                    "building_id": building.id,
                    "code": code,
                    "name": name,
                    "position": int(code) if code.isdigit() and len(code) < 6 else 0,
                },
                statement.place,
            )
        return known

    def room(self, code: RoomCode, statement: Statement) -> Item:
        """The room, planned with its building and unit if it is new."""
        known = self.archive.rooms.get(code.key)
        if known is not None:
            return known
        building = self.building(code.building, statement)
        unit = self.unit(building, code.unit, statement)
        return self.archive.add(
            "room",
            {
                "building_id": building.id,
                "unit_id": unit.id if unit else None,
                "code": code.canonical,
                "number": code.number,
                "floor": code.floor,
                "state": "occupied" if statement.people else "vacant",
                "kind": "shop" if statement.facts.get("unit.code") in _SHOP_UNITS else "home",
            },
            statement.place,
            soft=("floor", "state", "kind"),
        )

    def remember(self, statement: Statement, room: Item | None) -> None:
        """Keep what this row explains of the sheets' own keys."""
        facts: dict[str, Any] = statement.facts
        if room is not None and (ref := facts.get("room.ref")):
            self.rooms_by_ref.setdefault(ref, room)
        if building := facts.get("building.code"):
            if ref := facts.get("building.ref"):
                self.buildings_by_ref.setdefault(ref, building)
            if (ref := facts.get("unit.ref")) and facts.get("unit.code"):
                self.units_by_ref.setdefault(ref, (building, facts["unit.code"]))

    def building_only(self, statement: Statement) -> list[tuple[Item, str, Any]]:
        """A row of a list of buildings and units: plan them; facts to state on existing ones."""
        facts = statement.facts
        try:
            code = room_code.compose(facts["building.code"], facts.get("unit.code") or "", "1")
        except ValueError:
            statement.doubt("room-code-unreadable", shown=str(facts["building.code"]))
            return []
        building = self.building(code.building, statement)
        stated: list[tuple[Item, str, Any]] = [
            (building, "name", facts.get("building.name")),
            (building, "note", facts.get("building.note")),
        ]
        unit = self.unit(building, code.unit, statement)
        if unit is not None:
            stated.append((unit, "name", facts.get("unit.name")))
        return stated


def _has_mark(cell: str) -> bool:
    return any("\u3400" <= sign <= "\u9fff" for sign in cell)


def _building_name(code: str) -> str:
    return f"{code}栋" if code.isdigit() else code if _has_mark(code) else f"{code}座"


def _building_note(facts: dict[str, Any]) -> str | None:
    parts = []
    if floors := facts.get("building.floors"):
        parts.append(f"共 {floors} 层")
    if facts.get("building.lift") is not None:
        parts.append("有电梯" if facts["building.lift"] else "无电梯")
    return "，".join(parts) or None


__all__ = ["ROOM_FACTS", "Place", "Places", "Whereabouts", "room_key"]
